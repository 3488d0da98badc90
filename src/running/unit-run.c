/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See machine.h. The connection is one to the system bus in the container. A command becomes a transient unit. */
#include "running/unit-run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "running/leader.h"
#include "running/ns-open.h"
#include "running/session.h"
#include "running/transient-unit.h"
#include "selinux/selinux.h"

#define CALL_TIMEOUT (UINT64_C(25) * 1000000)
#define PATIENCE (UINT64_C(5) * 1000000)
#define MORE_MEMORY ((rlim_t)256 * 1024 * 1024)

/* libsystemd queues what it is sent while it waits for a reply, and sets no bound to it. With one, a container that
 * sends without end makes this process fail, and not the host run out of memory. */
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

/* Until the other end has said hello: libsystemd alone would wait longer for it. */
static int wait_ready(sd_bus *bus, uint64_t until)
{
	int r = 0;

	while (r >= 0 && sd_bus_is_ready(bus) <= 0)
		r = clock_usec() < until ? bus_wait(bus, NULL, 0, until) : -ETIMEDOUT;
	return r;
}

/* In the container. */
static int connect_to_bus(void)
{
	static const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/run/dbus/system_bus_socket" };
	_cleanup_(closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return steal_fd(&fd);
}

/* The bus in there has to be able to talk to us: a connection has the level of the one who makes it. */
static int connect_labelled(int root_fd, const char *name, int *ret)
{
	pid_t leader;
	int r = leader_read(root_fd, name, &leader);

	if (r >= 0)
		r = selinux_sockets_like(leader);
	if (r >= 0)
		r = visit(root_fd, name, connect_to_bus, ret);
	selinux_sockets_like(0);
	return r;
}

/* The descriptor becomes the bus's. */
static int start_on(sd_bus *bus, const char *name, int fd)
{
	_cleanup_(freep) char *who = xasprintf("systemd in container '%s'", name);
	int r = sd_bus_set_fd(bus, fd, fd);

	if (r < 0) {
		close(fd);
		return r;
	}
	r = sd_bus_set_description(bus, who);
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
	if (r >= 0) {
		bound_memory();
		r = start_on(bus, name, fd);
	}
	if (r >= 0)
		r = wait_ready(bus, until);
	if (r < 0)
		return r;
	*ret = steal_ptr(bus);
	return 0;
}

static int not_running(const char *name)
{
	log_error("Container '%s' is not running.", name);
	return -ESRCH;
}

int machine_connect(int root_fd, const char *name, sd_bus **ret)
{
	int r = connect_to(root_fd, name, clock_usec() + CALL_TIMEOUT, ret);

	if (r == -ESRCH)
		return not_running(name);
	return r < 0 ? log_error_errno(r, "Cannot connect to systemd in container '%s': %m", name) : 0;
}

/* Any answer of its systemd's: the bus daemon may live on without it. */
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

int machine_reach(int root_fd, const char *name, sd_bus **ret)
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
		log_warn_errno(r, "systemd in container '%s' cannot be reached (%m): going in without it", name);
	return 0;
}

int machine_state(sd_bus *bus, char *ret, size_t size)
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

/* One command under way. */
struct run {
	sd_bus *bus;
	const struct machine_command *command;
	char unit[40];
	struct session session;
	bool changed; /* the unit's state has to be asked for again */
	struct unit_state state;
};

static void run_done(struct run *run)
{
	session_done(&run->session);
}

static int on_changed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	(void)m;
	(void)error;
	((struct run *)userdata)->changed = true;
	return 0;
}

static bool run_ended(const struct run *run)
{
	const char *active = run->state.active;

	return run->state.job == 0 && (strcmp(active, "inactive") == 0 || strcmp(active, "failed") == 0);
}

/* Without a word: there may be nothing left to stop, and nobody to ask. */
static void run_stop(const struct run *run)
{
	(void)sd_bus_call_method(run->bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "StopUnit", NULL, NULL, "ss",
				 run->unit, "replace");
}

/* That it has ended meanwhile is no failure. */
static void run_signal(struct run *run, enum session_event event)
{
	if (event == SESSION_INTERRUPT)
		(void)bus_call(run->bus, NULL, "KillUnit", "ssi", run->unit, "all", SIGINT);
	else if (event == SESSION_STOP)
		run_stop(run);
}

/* Waits once for whatever comes next, and deals with it. */
static int run_step(struct run *run, uint64_t until)
{
	struct pollfd fds[SESSION_FDS];
	int r;

	if (clock_usec() >= until)
		return bus_log(run->bus, -ETIMEDOUT, run->command->argv[0], NULL);
	session_poll(&run->session, fds);
	r = bus_wait(run->bus, fds, ARRAY_SIZE(fds), until);
	if (r < 0)
		return session_lost(&run->session, r);
	r = session_step(&run->session, fds);
	if (r > 0)
		run_signal(run, (enum session_event)r);
	return r < 0 ? r : 0;
}

static int run_wait(struct run *run)
{
	uint64_t timeout = run->command->timeout, until = timeout == UINT64_MAX ? timeout : clock_usec() + timeout;
	int r = 0;

	while (r >= 0) {
		if (run->changed) {
			run->changed = false;
			r = bus_unit_state(run->bus, run->unit, &run->state);
			if (r < 0 || run_ended(run))
				break;
		}
		r = run_step(run, until);
	}
	return r;
}

static int run_status(const struct run *run)
{
	const char *problem = run->state.result;

	switch (run->state.exit_code) {
	case CLD_EXITED:
		if (run->state.ran == 0)
			problem = transient_problem(run->state.exit_status);
		if (run->state.ran != 0 || !problem)
			return run->state.exit_status & 0xff;
		break;
	case CLD_KILLED:
	case CLD_DUMPED:
		return 128 + (run->state.exit_status & 0x7f);
	}
	log_error("Container '%s' could not start '%s': %s.", run->command->name, run->command->argv[0], problem);
	return -EIO;
}

static void run_name(struct run *run)
{
	uint64_t id = 0;

	if (random_bytes(&id, sizeof(id)) < 0)
		id = clock_usec();
	snprintf(run->unit, sizeof(run->unit), "execute-%016llx.service", (unsigned long long)id);
}

static int run_watch(struct run *run, sd_bus_slot **ret)
{
	_cleanup_(freep) char *path = bus_unit_path(run->unit);
	int r;

	r = sd_bus_match_signal(run->bus, ret, SYSTEMD_NAME, path, "org.freedesktop.DBus.Properties",
				"PropertiesChanged", on_changed, run);
	if (r < 0)
		return bus_log(run->bus, r, "PropertiesChanged", NULL);
	return bus_call(run->bus, NULL, "Subscribe", NULL); /* without it systemd sends no signals */
}

/* From the start of the command to its end. */
static int run_through(struct run *run)
{
	int r = transient_start(run->bus, run->unit, run->command, run->session.relay.inside);

	if (r < 0)
		return r;
	run->changed = true;
	r = session_begin(&run->session);
	if (r >= 0)
		r = run_wait(run);
	if (r < 0)
		run_stop(run);
	return r;
}

int machine_run(sd_bus *bus, const struct machine_command *command)
{
	_cleanup_(run_done) struct run run = { .bus = bus, .command = command, .session = SESSION_INIT };
	_cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
	int r;

	run_name(&run);
	r = session_open(&run.session, command);
	if (r >= 0)
		r = run_watch(&run, &slot);
	if (r >= 0)
		r = run_through(&run);
	if (r >= 0)
		r = session_finish(&run.session);
	return r < 0 ? r : run_status(&run);
}
