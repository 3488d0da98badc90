/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection to a container's systemd: through the system bus in the container, whose socket a process of ours
 * opens there, and a courier, which keeps descriptors away from us. The other end belongs to the container and may send
 * anything, or nothing, so every wait has an end and the memory of this process has a bound. */
#include "running/machine-bus.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "running/courier.h"
#include "running/leader.h"
#include "running/ns-open.h"
#include "selinux/selinux.h"

#define CALL_TIMEOUT (UINT64_C(25) * 1000000) /* microseconds, like PATIENCE */
#define PATIENCE (UINT64_C(5) * 1000000)
#define MORE_MEMORY ((rlim_t)256 * 1024 * 1024) /* bytes */

/* libsystemd queues everything that arrives while it waits for a reply. With a limit, a container that never stops
 * sending makes this process fail; without one, it would use up the host's memory. */
static void bound_memory(void)
{
	FILE *statm = fopen("/proc/self/statm", "re");
	struct rlimit limit;
	unsigned long pages;

	if (statm && fscanf(statm, "%lu", &pages) == 1 && getrlimit(RLIMIT_AS, &limit) == 0) {
		limit.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE) + MORE_MEMORY;
		if (limit.rlim_cur < limit.rlim_max)
			setrlimit(RLIMIT_AS, &limit);
	}
	if (statm)
		fclose(statm);
}

/* Waits for the peer's greeting. libsystemd itself would wait longer. */
static int wait_ready(sd_bus *bus, uint64_t until)
{
	int r = 0;

	while (r >= 0 && sd_bus_is_ready(bus) <= 0)
		r = clock_usec() < until ? bus_wait(bus, NULL, 0, until) : -ETIMEDOUT;
	return r;
}

/* Runs in the container. */
static int connect_to_bus(void)
{
	static const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/run/dbus/system_bus_socket" };
	_cleanup_(closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return steal_fd(&fd);
}

/* SELinux gives a connection the level of its creator, and the bus in the container may answer only its own level. */
static int connect_labelled(int root_fd, const char *name, int *ret)
{
	pid_t leader;
	int r = leader_read(root_fd, name, &leader);

	if (r >= 0)
		r = selinux_sockets_like(leader);
	if (r >= 0)
		r = ns_open(root_fd, name, connect_to_bus, ret);
	selinux_sockets_like(0);
	return r;
}

/* Takes ownership of the descriptor, even if it fails. */
static int start_on(sd_bus *bus, const char *name, int fd)
{
	_cleanup_(freep) char *description = xasprintf("systemd in container '%s'", name);
	int r = sd_bus_set_fd(bus, fd, fd);

	if (r < 0) {
		close(fd);
		return r;
	}
	r = sd_bus_set_description(bus, description);
	if (r >= 0)
		r = sd_bus_set_bus_client(bus, true);
	if (r >= 0)
		r = sd_bus_set_method_call_timeout(bus, CALL_TIMEOUT);
	return r < 0 ? r : sd_bus_start(bus);
}

/* 0, or -errno without a message. */
static int connect_to(int root_fd, const char *name, uint64_t until, sd_bus **ret)
{
	_cleanup_(bus_closep) sd_bus *bus = NULL;
	int r, fd;

	r = sd_bus_new(&bus);
	if (r >= 0)
		r = connect_labelled(root_fd, name, &fd);
	if (r >= 0)
		r = courier_start(fd, &fd);
	if (r >= 0) {
		bound_memory();
		r = start_on(bus, name, fd);
	}
	if (r >= 0)
		r = wait_ready(bus, until);
	if (r < 0)
		return r;
	log_info("Connected to systemd in container '%s'.", name);
	*ret = steal_ptr(bus);
	return 0;
}

static int not_running(const char *name)
{
	log_error("Container '%s' is not running.", name);
	return -ESRCH;
}

int machine_bus_open(int root_fd, const char *name, sd_bus **ret)
{
	int r = connect_to(root_fd, name, clock_usec() + CALL_TIMEOUT, ret);

	if (r == -ESRCH)
		return not_running(name);
	return r < 0 ? log_error_errno(r, "Cannot connect to systemd in container '%s': %m", name) : 0;
}

/* Asks systemd itself, because the bus daemon may outlive it. */
static int answers(sd_bus *bus, uint64_t until)
{
	_cleanup_(freep) char *state = NULL;
	uint64_t now = clock_usec();
	int r = now < until ? sd_bus_set_method_call_timeout(bus, until - now) : -ETIMEDOUT;

	if (r >= 0)
		r = sd_bus_get_property_string(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "Version", NULL,
					       &state);
	return r < 0 ? r : sd_bus_set_method_call_timeout(bus, CALL_TIMEOUT);
}

int machine_bus_try(int root_fd, const char *name, sd_bus **ret)
{
	_cleanup_(bus_closep) sd_bus *bus = NULL;
	uint64_t until = clock_usec() + PATIENCE;
	int r = connect_to(root_fd, name, until, &bus);

	if (r >= 0)
		r = answers(bus, until);
	if (r == -ESRCH)
		return not_running(name);
	if (r >= 0)
		*ret = steal_ptr(bus);
	else
		log_warn_errno(r, "systemd in container '%s' cannot be reached (%m); entering without it.", name);
	return 0;
}

int machine_bus_state(sd_bus *bus, char *ret, size_t size)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(freep) char *state = NULL;
	int r;

	r = sd_bus_get_property_string(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "SystemState", &error, &state);
	if (r < 0)
		return bus_log(bus, r, "SystemState", error.message);
	snprintf(ret, size, "%s", state);
	return 0;
}
