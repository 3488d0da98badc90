/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings of a unit that cannot work in a container, each a row, and the drop-in that replaces them. All others
 * stay as they are. */
#include "create/unit-override.h"

#include <string.h>

#include "base/buf.h"
#include "unit/unit-load.h"

static bool is_negative(const char *value)
{
	return value[0] == '-';
}

static bool is_realtime(const char *value)
{
	return strcmp(value, "rr") == 0 || strcmp(value, "fifo") == 0;
}

static bool is_any(const char *value)
{
	return *value;
}

static const struct {
	const char *key;
	bool (*cannot_work)(const char *value);
	const char *replacement;
	const char *reason;
} rows[] = {
	{ "OOMScoreAdjust", is_negative, "0", "a container must not be spared before the host's own processes" },
	{ "CPUSchedulingPolicy", is_realtime, "other", "real-time scheduling is up to the host" },
	{ "CPUSchedulingPriority", is_any, "0", "real-time scheduling is up to the host" },
	{ "IOSchedulingClass", is_any, "", "the priority of disk accesses is up to the host" },
	{ "Nice", is_negative, "0", "a container must not have priority over the host's own processes" },
	{ "DevicePolicy", is_any, "auto", "which devices a container has is up to the host" },
	{ "DeviceAllow", is_any, "", "which devices a container has is up to the host" },
	{ "PrivateUsers", is_any, "no", "the container has a user namespace of its own, and cannot make others" },
};

/* Drop-ins are read in the order of their names, whichever directory they are in (systemd.unit(5)). So a name that
 * begins with that of the last one comes after it. */
char *unit_override_path(const struct unit *unit)
{
	static const char ours[] = "zzz-virt-sandbox.conf";
	const char *last = unit->dropins.n ? strrchr(unit->dropins.v[unit->dropins.n - 1], '/') + 1 : "";

	if (strcmp(last, ours) < 0)
		return xasprintf("/etc/systemd/system/%s.d/%s", unit->id, ours);
	return xasprintf("/etc/systemd/system/%s.d/%s-virt-sandbox.conf", unit->id, last);
}

char *unit_override_text(const struct unit *unit)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *value = ini_get(&unit->ini, "Service", rows[i].key);

		if (!value || !rows[i].cannot_work(value))
			continue;
		if (b.len == 0)
			buf_addf(&b, "# Made by virt-sandbox-service: replaces settings that cannot work in a "
				     "container.\n[Service]\n");
		buf_addf(&b, "# %s\n%s=%s\n", rows[i].reason, rows[i].key, rows[i].replacement);
	}
	return b.len ? buf_steal(&b) : NULL;
}
