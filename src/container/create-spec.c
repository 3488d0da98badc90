/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options that fill a struct create_spec, and what it owns. */
#include "container/create-spec.h"

#include <string.h>

#include "container/record-value.h"

char *create_spec_take_context(struct create_spec *spec, const char *label)
{
	const char *level = label;

	for (int i = 0; level && i < 3; i++)
		level = strchr(level, ':') ? strchr(level, ':') + 1 : NULL;
	if (!level || !value_is_context(label) || !value_is_level(level))
		return xstrdup("like 'static,label=system_u:system_r:svirt_lxc_net_t:s0:c1,c2'");
	spec->level = level;
	free(spec->process);
	spec->process = xstrndup(label, (size_t)(level - label) - 1);
	return NULL;
}

char *create_spec_take_rights(enum right_kind kind, const char *value, struct strv *rights)
{
	_cleanup_(strv_done) struct strv names = { 0 };

	strv_split(&names, value, ",");
	if (names.n == 0)
		return xstrdup(right_refused(kind, value));
	for (size_t i = 0; i < names.n; i++) {
		const char *refused = right_refused(kind, names.v[i]);

		if (refused)
			return xstrdup(refused);
		strv_add_once(rights, names.v[i]);
	}
	return NULL;
}

char *create_spec_take_network(struct create_spec *spec, bool *none, const char *value)
{
	struct net net;
	char *must;

	if (*none || (spec->nets.n > 0 && strcmp(value, NET_NONE) == 0))
		return xstrdup("--network=" NET_NONE " cannot be combined with another --network");
	if (spec->nets.n >= NETS_MAX)
		return xasprintf("--network can be given at most %d times", NETS_MAX);
	*none = strcmp(value, NET_NONE) == 0;
	must = *none ? NULL : net_spec_parse(value, &net);
	if (!must && !*none)
		nets_take(&spec->nets, &net);
	return must;
}

void create_spec_done(struct create_spec *spec)
{
	free(spec->path);
	free(spec->process);
	strv_done(&spec->units);
	strv_done(&spec->devices);
	strv_done(&spec->packages);
	strv_done(&spec->capabilities);
	strv_done(&spec->system_calls);
	mounts_done(&spec->mounts);
	ports_done(&spec->ports);
	nets_done(&spec->nets);
	*spec = (struct create_spec){ 0 };
}
