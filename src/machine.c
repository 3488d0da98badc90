/* See machine.h. The connection enters the container's namespaces in a child process and connects to the system bus in
 * there. A command becomes a transient unit, so it has the container's label, cgroup, capabilities and limits, and
 * nothing of ours but the far ends of three pipes. */
#include "machine.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "interrupt.h"
#include "leader.h"
#include "log.h"
#include "relay.h"

#define CALL_TIMEOUT (UINT64_C(25) * 1000000)
#define MORE_MEMORY ((rlim_t)256 * 1024 * 1024)
#define STOP_TIMEOUT (UINT64_C(5) * 1000000) /* from SIGTERM to SIGKILL for a command that does not end */

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

/* The same process before and after: then it was the container's leader whose namespaces were entered. */
static int leader_again(int root_fd, const char *name, pid_t before)
{
	pid_t now;
	int r = leader_read(root_fd, name, &now);

	return r < 0 ? r : now == before ? 0 : -ESRCH;
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

static int start_in(sd_bus *bus, const char *name, pid_t leader)
{
	_cleanup_(freep) char *address = xasprintf("x-machine-unix:pid=%d", leader);
	_cleanup_(freep) char *who = xasprintf("systemd in container '%s'", name);
	int r;

	r = sd_bus_set_description(bus, who);
	if (r >= 0)
		r = sd_bus_set_address(bus, address);
	if (r >= 0)
		r = sd_bus_set_bus_client(bus, true);
	if (r >= 0)
		r = sd_bus_set_method_call_timeout(bus, CALL_TIMEOUT);
	return r < 0 ? r : sd_bus_start(bus);
}

int machine_connect(int root_fd, const char *name, sd_bus **ret)
{
	_cleanup_(bus_closep) sd_bus *bus = NULL;
	pid_t leader;
	int r;

	r = leader_read(root_fd, name, &leader);
	if (r == -ESRCH) {
		log_error("Container '%s' is not running.", name);
		return r;
	}
	if (r < 0)
		return log_error_errno(r, "Cannot find the processes of container '%s': %m", name);
	bound_memory();
	r = sd_bus_new(&bus);
	if (r >= 0)
		r = start_in(bus, name, leader);
	if (r >= 0)
		r = wait_ready(bus);
	if (r >= 0)
		r = leader_again(root_fd, name, leader);
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
	bool changed; /* the unit's state has to be asked for again */
	int signals;  /* how many we got */
	struct unit_state state;
};

static void run_done(struct run *run)
{
	interrupt_done(&run->interrupt);
	relay_done(&run->relay);
}

static int append_property(sd_bus_message *m, const char *name, const char *type, ...)
{
	va_list ap;
	int r = sd_bus_message_open_container(m, 'r', "sv");

	if (r >= 0)
		r = sd_bus_message_append_basic(m, 's', name);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', type);
	va_start(ap, type);
	if (r >= 0)
		r = sd_bus_message_appendv(m, type, ap);
	va_end(ap);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* A shell between systemd and the command looks it up and says, by its status and in its words, that a command is not
 * there or not executable: systemd says only 203, which may as well be the command's own status. */
static int append_exec(sd_bus_message *m, char *const *argv)
{
	static const char *const shell[] = { "/bin/sh", "-c", "exec \"$@\"", "sh", NULL };
	_cleanup_(strv_done) struct strv words = { 0 };
	int r;

	for (size_t i = 0; shell[i]; i++)
		strv_add(&words, shell[i]);
	for (size_t i = 0; argv[i]; i++)
		strv_add(&words, argv[i]);
	r = sd_bus_message_open_container(m, 'r', "sv");
	if (r >= 0)
		r = sd_bus_message_append(m, "s", "ExecStartEx");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "a(sasas)");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sasas)");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'r', "sasas");
	if (r >= 0)
		r = sd_bus_message_append(m, "s", shell[0]);
	if (r >= 0)
		r = sd_bus_message_append_strv(m, words.v);
	if (r >= 0)
		r = sd_bus_message_append(m, "as", 1, "no-env-expand");
	for (int i = 0; r >= 0 && i < 4; i++)
		r = sd_bus_message_close_container(m);
	return r;
}

static int append_properties(sd_bus_message *m, const struct run *run)
{
	static const struct {
		const char *name, *value;
	} words[] = {
		{ "Description", "A command of the host's administrator" },
		{ "Type", "exec" },
		{ "CollectMode", "inactive-or-failed" },
		{ "User", "root" }, /* for HOME and the other variables of a login */
	};
	const struct {
		const char *name, *type;
		int value;
	} numbers[] = {
		/* The unit's state stays for us to read after its end, as long as we are connected. */
		{ "AddRef", "b", true },
		{ "IgnoreSIGPIPE", "b", false },
		{ "StandardInputFileDescriptor", "h", run->relay.inside[STDIN_FILENO] },
		{ "StandardOutputFileDescriptor", "h", run->relay.inside[STDOUT_FILENO] },
		{ "StandardErrorFileDescriptor", "h", run->relay.inside[STDERR_FILENO] },
	};
	int r = sd_bus_message_open_container(m, 'a', "(sv)");

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(words); i++)
		r = append_property(m, words[i].name, "s", words[i].value);
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(numbers); i++)
		r = append_property(m, numbers[i].name, numbers[i].type, numbers[i].value);
	if (r >= 0)
		r = append_property(m, "TimeoutStopUSec", "t", STOP_TIMEOUT);
	if (r >= 0)
		r = append_exec(m, run->command->argv);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int run_start(struct run *run)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *m = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	r = sd_bus_message_new_method_call(run->bus, &m, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
					   "StartTransientUnit");
	if (r >= 0)
		r = sd_bus_message_append(m, "ss", run->unit, "fail");
	if (r >= 0)
		r = append_properties(m, run);
	if (r >= 0)
		r = sd_bus_message_append(m, "a(sa(sv))", 0);
	if (r >= 0)
		r = sd_bus_call(run->bus, m, 0, &error, NULL);
	return r < 0 ? bus_log(run->bus, r, run->command->argv[0], error.message) : 0;
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
	struct pollfd fds[RELAY_STREAMS + 1];
	int r, signal;

	if (bus_now() >= until)
		return bus_log(run->bus, -ETIMEDOUT, run->command->argv[0], NULL);
	relay_poll(&run->relay, fds);
	fds[RELAY_STREAMS] = (struct pollfd){ .fd = run->interrupt.fd, .events = POLLIN };
	r = bus_wait(run->bus, fds, ARRAY_SIZE(fds), until);
	if (r < 0) {
		log_error("Container '%s' stopped while '%s' ran in it.", run->command->name, run->command->argv[0]);
		return r;
	}
	relay_step(&run->relay, fds);
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
	switch (run->state.exit_code) {
	case CLD_EXITED:
		return run->state.exit_status & 0xff;
	case CLD_KILLED:
	case CLD_DUMPED:
		return 128 + (run->state.exit_status & 0x7f);
	default:
		log_error("Container '%s' could not start '%s': %s.", run->command->name, run->command->argv[0],
			  run->state.result);
		return -EIO;
	}
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

int machine_run(sd_bus *bus, const struct machine_command *command)
{
	_cleanup_(run_done) struct run run = { .bus = bus, .command = command, .interrupt = { .fd = -1 } };
	_cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
	int r;

	run_name(&run);
	r = relay_open(&run.relay, command->stdio, command->owner);
	if (r >= 0)
		r = interrupt_begin(&run.interrupt);
	if (r < 0)
		return log_error_errno(r, "Cannot make the pipes for '%s': %m", command->argv[0]);
	r = run_watch(&run, &slot);
	if (r >= 0)
		r = run_start(&run);
	if (r < 0)
		return r;
	relay_close_inside(&run.relay);
	run.changed = true;
	r = run_wait(&run);
	if (r < 0) {
		run_stop(&run);
		return r;
	}
	interrupt_done(&run.interrupt); /* from here on Ctrl-C ends us as it would end anyone */
	relay_finish(&run.relay);
	if (run.relay.error < 0)
		return log_error_errno(run.relay.error, "Cannot write the output of '%s': %m", command->argv[0]);
	return run_status(&run);
}
