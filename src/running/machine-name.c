/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A libvirtd that is started again asks machined for the machine of its process for the container, the controller
 * (GetMachineByPID in org.freedesktop.machine1(5)). If the answer is not the name that it chose, it does not find the
 * container's control group, and ends the container. So that name stays, with the controller as its leader; and it says
 * 'vm', so that nobody is let into what would be the host's own namespaces. machined notes only one machine for each
 * scope, and forgets only that one when the scope ends.
 *
 * machined refuses a machine whose leader another one has, and then ends the scope, and all of the container with it. A
 * call that failed here may still succeed there, so nothing is registered again after a failure. */
#include "running/machine-name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "systemd/manager.h"

#define MACHINED_NAME "org.freedesktop.machine1"
#define MACHINED_PATH "/org/freedesktop/machine1"
#define MACHINED_MANAGER MACHINED_NAME ".Manager"
#define MACHINED_MACHINE MACHINED_NAME ".Machine"
#define SERVICE "libvirt-lxc"
#define ID_SIZE 16
#define CALL_TIMEOUT (UINT64_C(25) * 1000000) /* microseconds; what sd_bus_call(3) waits by default */

static int connect_bus(sd_bus **ret)
{
	int r = systemd_connect(ret);

	return r < 0 ? r : sd_bus_set_method_call_timeout(*ret, CALL_TIMEOUT);
}

/* The UUID of the record, which is in its usual form, or all zeros. */
static void read_id(const struct record *record, unsigned char ret[static ID_SIZE])
{
	const char *c = record->uuid ? record->uuid : "";
	unsigned int byte;

	memset(ret, 0, ID_SIZE);
	for (size_t i = 0; i < ID_SIZE; i++) {
		while (*c == '-')
			c++;
		if (sscanf(c, "%2x", &byte) != 1 || !c[1])
			return;
		ret[i] = (unsigned char)byte;
		c += 2;
	}
}

/* Calls a method of the manager that takes a word, a number, or, if 'argument' is NULL, nothing; without starting
 * machined. */
static int call(sd_bus *bus, sd_bus_message **ret, const char *method, char type, const void *argument)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(bus, &m, MACHINED_NAME, MACHINED_PATH, MACHINED_MANAGER, method);

	if (r >= 0)
		r = sd_bus_message_set_auto_start(m, false);
	if (r >= 0 && argument)
		r = sd_bus_message_append_basic(m, type, argument);
	return r < 0 ? r : sd_bus_call(bus, m, 0, NULL, ret);
}

/* Finds the machine of process 'leader'. Caller frees. */
static int name_of(sd_bus *bus, pid_t leader, char **ret)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *reply = NULL;
	uint32_t pid = (uint32_t)leader;
	const char *path;
	int r = call(bus, &reply, "GetMachineByPID", 'u', &pid);

	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &path);
	return r < 0 ? r : sd_bus_get_property_string(bus, MACHINED_NAME, path, MACHINED_MACHINE, "Name", NULL, ret);
}

/* Whether the machine at 'path' is this container's. */
static bool is_ours(sd_bus *bus, const char *path, const struct record *record)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *property = NULL;
	unsigned char id[ID_SIZE];
	const void *found;
	size_t size;

	read_id(record, id);
	return sd_bus_get_property(bus, MACHINED_NAME, path, MACHINED_MACHINE, "Id", NULL, &property, "ay") >= 0 &&
	       sd_bus_message_read_array(property, 'y', &found, &size) >= 0 && size == ID_SIZE &&
	       memcmp(found, id, ID_SIZE) == 0;
}

/* Whether libvirt may have given this name to the container: 'lxc-PID-NAME', cut to the length of a host name. */
static bool is_given(const char *name, const struct record *record)
{
	const char *rest = skip_prefix(name, "lxc-");

	rest = rest ? rest + strspn(rest, "0123456789") : "";
	return *rest == '-' && strncmp(rest + 1, record->name, strlen(rest + 1)) == 0;
}

/* Stores the names of its machines. 0 or -errno; -EEXIST if another machine has its name. */
static int list(sd_bus *bus, const struct record *record, struct strv *ret)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *name, *path;
	bool taken = false;
	int r = call(bus, &reply, "ListMachines", '\0', NULL);

	if (r >= 0)
		r = sd_bus_message_enter_container(reply, 'a', "(ssso)");
	while (r >= 0 && (r = sd_bus_message_read(reply, "(ssso)", &name, NULL, NULL, &path)) > 0) {
		bool is_own = strcmp(name, record->name) == 0;

		if (!is_own && !is_given(name, record))
			continue;
		if (is_ours(bus, path, record))
			strv_add(ret, name);
		else
			taken |= is_own;
	}
	return r < 0 ? r : taken ? -EEXIST : 0;
}

static int add(sd_bus *bus, const char *name, const unsigned char *id, const char *class, pid_t leader)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(bus, &m, MACHINED_NAME, MACHINED_PATH, MACHINED_MANAGER,
					       "RegisterMachine");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", name);
	if (r >= 0)
		r = sd_bus_message_append_array(m, 'y', id, ID_SIZE);
	if (r >= 0)
		r = sd_bus_message_append(m, "ssus", SERVICE, class, (uint32_t)leader, "");
	return r < 0 ? r : sd_bus_call(bus, m, 0, NULL, NULL);
}

int machine_name_take(const struct record *record, pid_t leader, pid_t controller)
{
	_cleanup_(bus_closep) sd_bus *bus = NULL;
	_cleanup_(strv_done) struct strv names = { 0 };
	_cleanup_(freep) char *given = NULL;
	unsigned char id[ID_SIZE];
	int r = connect_bus(&bus);

	if (r >= 0)
		r = list(bus, record, &names);
	if (r >= 0)
		r = name_of(bus, leader, &given);
	if (r >= 0)
		strv_add_once(&names, given);
	for (size_t i = 0; r >= 0 && i < names.n; i++)
		r = call(bus, NULL, "UnregisterMachine", 's', names.v[i]);
	if (r < 0)
		return r;
	read_id(record, id);
	r = add(bus, given, id, "vm", controller);
	return r < 0 ? r : add(bus, record->name, id, "container", leader);
}

int machine_name_drop(const struct record *record)
{
	_cleanup_(bus_closep) sd_bus *bus = NULL;
	_cleanup_(strv_done) struct strv names = { 0 };
	int r = connect_bus(&bus);

	if (r >= 0)
		r = list(bus, record, &names);
	for (size_t i = 0; i < names.n; i++) /* one of them may go at this moment */
		call(bus, NULL, "UnregisterMachine", 's', names.v[i]);
	return r == -EEXIST ? 0 : r;
}
