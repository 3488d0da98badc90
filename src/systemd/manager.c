/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's systemd: whether it is running, which units it has, and which are enabled. */
#include "systemd/manager.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>

#include "base/log.h"
#include "systemd/journal.h"

/* A host with a thousand units takes long to reload. */
#define CALL_TIMEOUT (UINT64_C(180) * 1000000)

/* systemd-machined's default for containers. */
#define MACHINE_TASKS UINT64_C(16384)

bool systemd_present(void)
{
	return sd_booted() > 0;
}

int systemd_require(void)
{
	if (systemd_present())
		return 0;
	return log_error_errno(
		-EHOSTDOWN,
		"This host was not started by systemd, which virt-sandbox-service needs to run containers.");
}

int systemd_connect(sd_bus **ret)
{
	_cleanup_(bus_closep) sd_bus *bus = NULL;
	int r = systemd_require();

	if (r < 0)
		return r;
	r = sd_bus_open_system_with_description(&bus, "systemd");
	if (r < 0)
		return log_error_errno(r, "Cannot reach systemd over D-Bus: %m. Is 'dbus.service' running?");
	sd_bus_set_method_call_timeout(bus, CALL_TIMEOUT);
	log_debug("Connected to systemd.");
	*ret = steal_ptr(bus);
	return 0;
}

/* A unit that was asked for, and where its state goes. */
struct wanted {
	const char *unit;
	struct unit_state *state;
};

static int compare_wanted(const void *a, const void *b)
{
	const struct wanted *left = a, *right = b;

	return strcmp(left->unit, right->unit);
}

static int list_read(sd_bus_message *m, const struct wanted *wanted, size_t n)
{
	int r = sd_bus_message_enter_container(m, 'a', "(ssssssouso)");

	while (r >= 0) {
		const char *load, *active, *sub;
		struct wanted key = { 0 }, *found;

		r = sd_bus_message_read(m, "(ssssssouso)", &key.unit, NULL, &load, &active, &sub, NULL, NULL, NULL,
					NULL, NULL);
		if (r == 0)
			return 0;
		found = r < 0 ? NULL : bsearch(&key, wanted, n, sizeof(*wanted), compare_wanted);
		if (!found)
			continue;
		snprintf(found->state->load, sizeof(found->state->load), "%s", load);
		snprintf(found->state->active, sizeof(found->state->active), "%s", active);
		snprintf(found->state->sub, sizeof(found->state->sub), "%s", sub);
	}
	return r;
}

/* ListUnitsByNames would read the file of every unit that is not loaded. */
int systemd_list(sd_bus *bus, const char *pattern, const struct strv *units, struct unit_state *ret)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(freep) struct wanted *wanted = xcalloc(units->n + 1, sizeof(*wanted));
	int r;

	memset(ret, 0, units->n * sizeof(*ret));
	if (units->n == 0)
		return 0;
	for (size_t i = 0; i < units->n; i++)
		wanted[i] = (struct wanted){ units->v[i], &ret[i] };
	qsort(wanted, units->n, sizeof(*wanted), compare_wanted);
	r = sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "ListUnitsByPatterns", &error, &reply,
			       "asas", 0, 1, pattern);
	if (r >= 0)
		r = list_read(reply, wanted, units->n);
	return r < 0 ? bus_log(bus, r, "ListUnitsByPatterns", error.message) : 0;
}

int systemd_runs(sd_bus *bus, const char *unit, struct service_runs *ret)
{
	_cleanup_(freep) char *path = bus_unit_path(unit), *result = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	struct service_runs runs = { 0 };
	int r = sd_bus_get_property_trivial(bus, SYSTEMD_NAME, path, SYSTEMD_NAME ".Service", "NRestarts", &error, 'u',
					    &runs.restarts);

	if (r >= 0)
		r = sd_bus_get_property_string(bus, SYSTEMD_NAME, path, SYSTEMD_NAME ".Service", "Result", &error,
					       &result);
	if (r < 0)
		return bus_log(bus, r, unit, error.message);
	if (strcmp(result, "success") != 0)
		snprintf(runs.result, sizeof(runs.result), "%s", result);
	else if (runs.restarts > 0)
		journal_last_failure(unit, runs.result, sizeof(runs.result));
	*ret = runs;
	return 0;
}

int systemd_version(sd_bus *bus, char *ret, size_t size)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(freep) char *version = NULL;
	int r = sd_bus_get_property_string(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "Version", &error,
					   &version);

	if (r < 0)
		return bus_log(bus, r, "Version", error.message);
	snprintf(ret, size, "%s", version);
	return 0;
}

int systemd_reload(sd_bus *bus)
{
	return bus_call(bus, NULL, "Reload", NULL);
}

int systemd_enable(sd_bus *bus, const char *unit, bool enable)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	log_info("Make systemd %s '%s'.", enable ? "enable" : "disable", unit);
	if (enable)
		return bus_call(bus, NULL, "EnableUnitFiles", "asbb", 1, unit, false, false);
	r = sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "DisableUnitFiles", &error, NULL,
			       "asb", 1, unit, false);
	if (r < 0 && !sd_bus_error_has_name(&error, SYSTEMD_NO_SUCH_UNIT))
		return bus_log(bus, r, unit, error.message);
	return 0;
}

/* The words are those of systemctl(1), is-enabled. */
int systemd_is_enabled(sd_bus *bus, const char *unit)
{
	static const char *const not_enabled[] = { "disabled", "masked", "masked-runtime",
						   "bad",      "linked", "linked-runtime" };
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *state;
	int r = sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "GetUnitFileState", &error, &reply,
				   "s", unit);

	if (r < 0 && (sd_bus_error_has_name(&error, SYSTEMD_NO_SUCH_UNIT) ||
		      sd_bus_error_has_name(&error, SD_BUS_ERROR_FILE_NOT_FOUND)))
		return 0;
	if (r >= 0)
		r = sd_bus_message_read(reply, "s", &state);
	if (r < 0)
		return bus_log(bus, r, unit, error.message);
	for (size_t i = 0; i < ARRAY_SIZE(not_enabled); i++)
		if (strcmp(state, not_enabled[i]) == 0)
			return 0;
	return 1;
}

int systemd_limit(sd_bus *bus, pid_t pid, uint64_t tasks, uint64_t io_weight, bool swap)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *unit;
	int r = bus_call(bus, &reply, "GetUnitByPID", "u", (uint32_t)pid);

	if (r < 0)
		return r;
	r = sd_bus_message_read(reply, "o", &unit);
	if (r >= 0)
		r = sd_bus_call_method(bus, SYSTEMD_NAME, unit, SYSTEMD_NAME ".Unit", "SetProperties", &error, NULL,
				       "ba(sv)", true, 3, "TasksMax", "t", tasks ? tasks : MACHINE_TASKS, "IOWeight",
				       "t", io_weight ? io_weight : UINT64_MAX, "MemorySwapMax", "t",
				       swap ? UINT64_MAX : UINT64_C(0));
	return r < 0 ? bus_log(bus, r, "SetProperties", error.message) : 0;
}

int systemd_reset_failed(sd_bus *bus, const char *unit)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	r = sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "ResetFailedUnit", &error, NULL, "s",
			       unit);
	if (r < 0 && !sd_bus_error_has_name(&error, SYSTEMD_NO_SUCH_UNIT))
		return bus_log(bus, r, unit, error.message);
	return 0;
}
