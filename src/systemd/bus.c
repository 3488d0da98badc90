/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls to the systemd of the host or of a container, over D-Bus. A container's systemd may answer anything, so every
 * property is read with the type that it should have, and into a buffer of fixed size. */
#include "systemd/bus.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

#define MAX_DESCRIPTORS 8
#define UNIT_NAME_SIZE 256 /* systemd.unit(5): a longer name is not a unit's */

/* The connection's description names its other end in messages. */
int bus_log(sd_bus *bus, int error, const char *what, const char *message)
{
	const char *who = NULL;

	if (sd_bus_get_description(bus, &who) < 0 || !who)
		who = "systemd";
	errno = abs(error);
	return log_error_errno(error, "%s (%.300s): %.1000s", who, what, message ? message : strerror(errno));
}

int bus_call(sd_bus *bus, sd_bus_message **ret, const char *method, const char *types, ...)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	va_list ap;
	int r;

	log_debug("Call systemd: %s.", method);
	va_start(ap, types);
	r = sd_bus_call_methodv(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, method, &error, ret, types, ap);
	va_end(ap);
	return r < 0 ? bus_log(bus, r, method, error.message) : 0;
}

char *bus_unit_path(const char *unit)
{
	char *path;

	if (sd_bus_path_encode(SYSTEMD_PATH "/unit", unit, &path) < 0)
		abort(); /* only memory can run out */
	return path;
}

int bus_read_word(sd_bus_message *m, void *ret, size_t size)
{
	const char *word;
	int r = sd_bus_message_read_basic(m, 's', &word);

	if (r >= 0)
		snprintf(ret, size, "%s", word);
	return r;
}

static int read_bool(sd_bus_message *m, void *ret, size_t size)
{
	(void)size;
	return sd_bus_message_read_basic(m, 'b', ret);
}

static int read_u32(sd_bus_message *m, void *ret, size_t size)
{
	(void)size;
	return sd_bus_message_read_basic(m, 'u', ret);
}

static int read_i32(sd_bus_message *m, void *ret, size_t size)
{
	(void)size;
	return sd_bus_message_read_basic(m, 'i', ret);
}

static int read_u64(sd_bus_message *m, void *ret, size_t size)
{
	(void)size;
	return sd_bus_message_read_basic(m, 't', ret);
}

static int read_hex(sd_bus_message *m, void *ret, size_t size)
{
	const uint8_t *data;
	size_t n;
	int r = sd_bus_message_read_array(m, 'y', (const void **)&data, &n);

	for (size_t i = 0; r >= 0 && i < n && 2 * i + 2 < size; i++)
		snprintf((char *)ret + 2 * i, 3, "%02x", data[i]);
	return r;
}

static int read_job(sd_bus_message *m, void *ret, size_t size)
{
	(void)size;
	return sd_bus_message_read(m, "(uo)", ret, NULL);
}

static int read_first(sd_bus_message *m, void *ret, size_t size)
{
	int r = sd_bus_message_enter_container(m, 'a', "s");
	const char *word;

	for (size_t n = 0; r > 0 && (r = sd_bus_message_read_basic(m, 's', &word)) > 0; n++)
		if (n == 0)
			snprintf(ret, size, "%s", word);
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

#define INTO(member) offsetof(struct unit_state, member), sizeof(((struct unit_state *)NULL)->member)
static const struct bus_property properties[] = {
	{ "LoadState", "s", bus_read_word, INTO(load) },
	{ "ActiveState", "s", bus_read_word, INTO(active) },
	{ "SubState", "s", bus_read_word, INTO(sub) },
	{ "Type", "s", bus_read_word, INTO(type) },
	{ "Result", "s", bus_read_word, INTO(result) },
	{ "StatusText", "s", bus_read_word, INTO(status) },
	{ "InvocationID", "ay", read_hex, INTO(invocation) },
	{ "CanReload", "b", read_bool, INTO(can_reload) },
	{ "MainPID", "u", read_u32, INTO(main_pid) },
	{ "Job", "(uo)", read_job, INTO(job) },
	{ "ExecMainCode", "i", read_i32, INTO(exit_code) },
	{ "ExecMainStatus", "i", read_i32, INTO(exit_status) },
	{ "StateChangeTimestamp", "t", read_u64, INTO(since) },
	{ "ConditionTimestamp", "t", read_u64, INTO(tried) },
	{ "InactiveExitTimestamp", "t", read_u64, INTO(started) },
	{ "ActiveEnterTimestamp", "t", read_u64, INTO(ran) },
	{ "TriggeredBy", "as", read_first, INTO(trigger) },
	{ 0 },
};
#undef INTO

/* Reads the value of a {sv} whose 's' has been read: stores it if we know the name, else skips it. */
static int property_read(sd_bus_message *m, const char *name, const struct bus_property *p, void *ret)
{
	int r;

	while (p->name && strcmp(p->name, name) != 0)
		p++;
	if (!p->name)
		return sd_bus_message_skip(m, "v");
	r = sd_bus_message_enter_container(m, 'v', p->type);
	if (r >= 0)
		r = p->read(m, (char *)ret + p->offset, p->size);
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	return r;
}

static int properties_read(sd_bus_message *m, const struct bus_property *known, void *ret)
{
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	while (r >= 0) {
		const char *name;

		r = sd_bus_message_enter_container(m, 'e', "sv");
		if (r == 0)
			return 0;
		if (r > 0)
			r = sd_bus_message_read_basic(m, 's', &name);
		if (r > 0)
			r = property_read(m, name, known, ret);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	return r;
}

int bus_unit_properties(sd_bus *bus, const char *unit, const struct bus_property *known, void *ret)
{
	_cleanup_(freep) char *path = bus_unit_path(unit);
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(bus_message_unrefp) sd_bus_message *m = NULL;
	int r;

	/* The empty interface means all of them, so one reply has the properties of a unit and of a service. */
	r = sd_bus_call_method(bus, SYSTEMD_NAME, path, "org.freedesktop.DBus.Properties", "GetAll", &error, &m, "s",
			       "");
	if (r < 0)
		return bus_log(bus, r, unit, error.message);
	if (properties_read(m, known, ret) < 0)
		return bus_log(bus, -EBADMSG, unit, "its answer is not valid");
	return 0;
}

int bus_unit_state(sd_bus *bus, const char *unit, struct unit_state *ret)
{
	struct unit_state state = { 0 };
	int r = bus_unit_properties(bus, unit, properties, &state);

	if (r < 0)
		return r;
	if (!state.active[0])
		return bus_log(bus, -EBADMSG, unit, "its answer is not valid");
	*ret = state;
	return 0;
}

bool unit_is_at_rest(const struct unit_state *state)
{
	const char *active = state->active;

	return !*active || strcmp(active, "inactive") == 0 || strcmp(active, "failed") == 0;
}

/* A name becomes a path on the bus, a word in messages and in files, and each of them has to stay short. */
static void add_unit_name(struct strv *units, const char *name)
{
	if (*name && strlen(name) < UNIT_NAME_SIZE)
		strv_add(units, name);
}

int bus_units_in_state(sd_bus *bus, const char *state, size_t max, struct strv *ret)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *reply = NULL;
	int r = bus_call(bus, &reply, "ListUnitsFiltered", "as", 1, state);

	if (r < 0)
		return r;
	r = sd_bus_message_enter_container(reply, 'a', "(ssssssouso)");
	for (size_t n = 0; r > 0 && n < max; n++) {
		const char *unit;

		r = sd_bus_message_read(reply, "(ssssssouso)", &unit, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
					NULL);
		if (r > 0)
			add_unit_name(ret, unit);
	}
	return r < 0 ? bus_log(bus, -EBADMSG, "ListUnitsFiltered", "its answer is not valid") : 0;
}

int bus_unit_list(sd_bus *bus, const char *unit, const char *property, size_t max, struct strv *ret)
{
	_cleanup_(freep) char *path = bus_unit_path(unit);
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(bus_message_unrefp) sd_bus_message *reply = NULL;
	int r = sd_bus_get_property(bus, SYSTEMD_NAME, path, SYSTEMD_NAME ".Unit", property, &error, &reply, "as");

	if (r < 0)
		return bus_log(bus, r, unit, error.message);
	r = sd_bus_message_enter_container(reply, 'a', "s");
	for (size_t n = 0; r > 0 && n < max; n++) {
		const char *part;

		r = sd_bus_message_read_basic(reply, 's', &part);
		if (r > 0)
			add_unit_name(ret, part);
	}
	return r < 0 ? bus_log(bus, -EBADMSG, unit, "its answer is not valid") : 0;
}

/* Like ppoll(2), but with a point in time instead of a timeout. */
static int poll_until(struct pollfd *fds, size_t n, uint64_t until)
{
	uint64_t now = clock_usec(), left = until > now ? until - now : 0;
	struct timespec t = { (time_t)(left / 1000000), (long)(left % 1000000) * 1000 };

	if (ppoll(fds, n, until == UINT64_MAX ? NULL : &t, NULL) < 0)
		return errno == EINTR ? 0 : -errno;
	return 0;
}

int bus_wait(sd_bus *bus, struct pollfd *fds, size_t n, uint64_t until)
{
	struct pollfd all[MAX_DESCRIPTORS];
	uint64_t bus_until = 0;
	int r, events;

	if (n >= ARRAY_SIZE(all))
		return -E2BIG;
	r = sd_bus_process(bus, NULL);
	if (r < 0)
		return r;
	if (r == 0) /* otherwise more messages may be waiting, and the caller's descriptors are only checked */
		sd_bus_get_timeout(bus, &bus_until);
	events = sd_bus_get_events(bus);
	if (events < 0)
		return events;
	for (size_t i = 0; i < n; i++)
		all[i] = fds[i];
	all[n] = (struct pollfd){ .fd = sd_bus_get_fd(bus), .events = (short)events };
	r = poll_until(all, n + 1, bus_until < until ? bus_until : until);
	for (size_t i = 0; i < n; i++)
		fds[i].revents = all[i].revents;
	return r;
}

void bus_closep(sd_bus **bus)
{
	*bus = sd_bus_close_unref(*bus);
}

void bus_message_unrefp(sd_bus_message **message)
{
	*message = sd_bus_message_unref(*message);
}
