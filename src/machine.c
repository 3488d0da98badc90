/* See machine.h. The connection is one to the system bus in the container. A command becomes a transient unit. */
#include "machine.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "domain.h"
#include "interrupt.h"
#include "leader.h"
#include "log.h"
#include "tty.h"
#include "relay.h"
#include "selinux.h"
#include "terminal.h"
#include "transient.h"
#include "visit.h"

#define CALL_TIMEOUT (UINT64_C(25) * 1000000)
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
static int wait_ready(sd_bus *bus)
{
	uint64_t until = bus_now() + CALL_TIMEOUT;
	int r = 0;

	while (r >= 0 && sd_bus_is_ready(bus) <= 0)
		r = bus_now() < until ? bus_wait(bus, NULL, 0, until) : -ETIMEDOUT;
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

int machine_connect(int root_fd, const char *name, sd_bus **ret)
{
	_cleanup_(bus_closep) sd_bus *bus = NULL;
	int r, fd;

	r = sd_bus_new(&bus);
	if (r >= 0)
		r = connect_labelled(root_fd, name, &fd);
	if (r == -ESRCH) {
		log_error("Container '%s' is not running.", name);
		return r;
	}
	if (r >= 0) {
		bound_memory();
		r = start_on(bus, name, fd);
	}
	if (r >= 0)
		r = wait_ready(bus);
	if (r < 0)
		return log_error_errno(r, "Cannot connect to systemd in container '%s': %m", name);
	*ret = steal_ptr(bus);
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
	struct relay relay;
	struct interrupt interrupt;
	struct terminal terminal;
	bool changed; /* the unit's state has to be asked for again */
	int signals;  /* how many we got */
	struct unit_state state;
};

static void run_done(struct run *run)
{
	terminal_done(&run->terminal);
	interrupt_done(&run->interrupt);
	relay_done(&run->relay);
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

/* The first Ctrl-C goes to the command, which may know what to do with it; then, and for any other signal, it has to
 * go; and who asks a third time is not kept waiting. That it has ended meanwhile is no failure. */
static int run_signal(struct run *run, int signal)
{
	if (++run->signals > 2)
		return -EINTR;
	if (signal == SIGINT && run->signals == 1)
		(void)bus_call(run->bus, NULL, "KillUnit", "ssi", run->unit, "all", signal);
	else
		run_stop(run);
	return 0;
}

/* Waits once for whatever comes next, and deals with it. */
static int run_step(struct run *run, uint64_t until)
{
	struct pollfd fds[RELAY_STREAMS + 2];
	int r, signal;

	if (bus_now() >= until)
		return bus_log(run->bus, -ETIMEDOUT, run->command->argv[0], NULL);
	relay_poll(&run->relay, fds);
	fds[RELAY_STREAMS] = (struct pollfd){ .fd = run->interrupt.fd, .events = POLLIN };
	fds[RELAY_STREAMS + 1] = (struct pollfd){ .fd = run->terminal.resized, .events = POLLIN };
	r = bus_wait(run->bus, fds, ARRAY_SIZE(fds), until);
	if (r < 0) {
		terminal_done(&run->terminal); /* else the message could not be read */
		log_error("Container '%s' stopped while '%s' ran in it.", run->command->name, run->command->argv[0]);
		return r;
	}
	relay_step(&run->relay, fds);
	if (run->relay.left)
		return -ECANCELED;
	if (fds[RELAY_STREAMS + 1].revents)
		terminal_resize(&run->terminal, run->command->tty->master);
	signal = interrupt_take(&run->interrupt);
	return signal > 0 ? run_signal(run, signal) : 0;
}

static int run_wait(struct run *run)
{
	uint64_t timeout = run->command->timeout, until = timeout == UINT64_MAX ? timeout : bus_now() + timeout;
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

	if (getrandom(&id, sizeof(id), 0) < 0)
		id = bus_now();
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

static int run_open(struct run *run)
{
	const struct machine_command *command = run->command;
	_cleanup_(freep) char *dir = xasprintf(DOMAIN_RUNTIME_DIR "/%s/" DOMAIN_HOST, command->name);
	int r = command->tty ? relay_open_terminal(&run->relay, command->stdio, command->tty->master)
			     : relay_open(&run->relay, command->stdio, command->owner, dir);

	run->relay.plain = command->plain;
	if (r >= 0)
		r = interrupt_begin(&run->interrupt);
	if (r < 0)
		return log_error_errno(r, "Cannot make the pipes for '%s': %m", command->argv[0]);
	return 0;
}

static int run_terminal(struct run *run)
{
	int r = 0;

	if (run->command->tty)
		r = terminal_begin(&run->terminal, run->command->stdio[STDIN_FILENO]);
	return r < 0 ? log_error_errno(r, "Cannot use this terminal: %m") : 0;
}

/* From the start of the command to its end. */
static int run_through(struct run *run)
{
	int r = transient_start(run->bus, run->unit, run->command, run->relay.inside);

	if (r < 0)
		return r;
	relay_close_inside(&run->relay);
	run->changed = true;
	r = run_terminal(run);
	if (r >= 0)
		r = run_wait(run);
	if (r < 0)
		run_stop(run);
	return r;
}

int machine_run(sd_bus *bus, const struct machine_command *command)
{
	_cleanup_(run_done) struct run run = {
		.bus = bus, .command = command, .interrupt = { .fd = -1 }, .terminal = TERMINAL_INIT,
	};
	_cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
	int r;

	run_name(&run);
	if (command->tty)
		terminal_copy_size(command->stdio[STDIN_FILENO], command->tty->master);
	r = run_open(&run);
	if (r >= 0)
		r = run_watch(&run, &slot);
	if (r >= 0)
		r = run_through(&run);
	if (r < 0)
		return r;
	if (!command->tty) /* from here on Ctrl-C ends us as it would end anyone; but not with the terminal in disorder */
		interrupt_done(&run.interrupt);
	relay_finish(&run.relay);
	terminal_done(&run.terminal);
	if (run.relay.error < 0)
		return log_error_errno(run.relay.error, "Cannot write the output of '%s': %m", command->argv[0]);
	return run_status(&run);
}
