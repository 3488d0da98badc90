/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A command in a container, as a transient unit of the container's systemd. The unit has the container's label, control
 * group, capabilities and limits, and nothing of ours except the other ends of three pipes; or it has a terminal of the
 * container. */
#include "running/unit-run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "running/command.h"
#include "running/session.h"
#include "systemd/bus.h"

#define LOG_WARNING 4			     /* syslog(3) */
#define STOP_TIMEOUT (UINT64_C(5) * 1000000) /* from SIGTERM to SIGKILL for a command that does not end */

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

static int append_exec(sd_bus_message *m, const struct command *command)
{
	_cleanup_(strv_done) struct strv words = { 0 };
	int r;

	command_words(command, &words);
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
		r = sd_bus_message_append(m, "s", words.v[0]);
	if (r >= 0)
		r = sd_bus_message_append_strv(m, words.v);
	if (r >= 0)
		r = sd_bus_message_append(m, "as", 1, "no-env-expand");
	for (int i = 0; r >= 0 && i < 4; i++)
		r = sd_bus_message_close_container(m);
	return r;
}

static int append_words(sd_bus_message *m, const struct command *command)
{
	const struct {
		const char *name, *value;
	} words[] = {
		{ "Description", "A command of the host's administrator" },
		{ "Type", "exec" },
		{ "CollectMode", "inactive-or-failed" },
		{ "User", command->user ? command->user : "root" }, /* sets HOME and the other variables of a login */
	};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(words); i++)
		r = append_property(m, words[i].name, "s", words[i].value);
	/* Keeps the unit's state as long as we are connected, so that we can read it after the end. */
	if (r >= 0)
		r = append_property(m, "AddRef", "b", true);
	if (r >= 0)
		r = append_property(m, "IgnoreSIGPIPE", "b", false);
	/* Reading the journal must not add messages to it. */
	if (r >= 0 && command->filtered)
		r = append_property(m, "LogLevelMax", "i", LOG_WARNING);
	return r < 0 ? r : append_property(m, "TimeoutStopUSec", "t", STOP_TIMEOUT);
}

static int append_pipes(sd_bus_message *m, const int stdio[3])
{
	static const char *const names[] = { "StandardInputFileDescriptor", "StandardOutputFileDescriptor",
					     "StandardErrorFileDescriptor" };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(names); i++)
		r = append_property(m, names[i], "h", stdio[i]);
	return r;
}

/* The unit ends like a login: the shell gets SIGHUP, and what it left in the background keeps running. */
static int append_terminal(sd_bus_message *m, const struct pty *pty)
{
	static const char *const streams[] = { "StandardInput", "StandardOutput", "StandardError" };
	int r = append_property(m, "TTYPath", "s", pty->path);

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(streams); i++)
		r = append_property(m, streams[i], "s", "tty");
	if (r >= 0)
		r = append_property(m, "KillMode", "s", "process");
	return r < 0 ? r : append_property(m, "KillSignal", "i", SIGHUP);
}

static int append_environment(sd_bus_message *m, const struct command *command)
{
	_cleanup_(strv_done) struct strv all = { 0 };
	int r;

	command_environment(command, &all);
	r = sd_bus_message_open_container(m, 'r', "sv");
	if (r >= 0)
		r = sd_bus_message_append(m, "s", "Environment");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "as");
	if (r >= 0)
		r = sd_bus_message_append_strv(m, all.v);
	for (int i = 0; r >= 0 && i < 2; i++)
		r = sd_bus_message_close_container(m);
	return r;
}

static int append_properties(sd_bus_message *m, const struct command *command, const int stdio[3])
{
	int r = sd_bus_message_open_container(m, 'a', "(sv)");

	if (r >= 0)
		r = append_words(m, command);
	if (r >= 0)
		r = command->pty ? append_terminal(m, command->pty) : append_pipes(m, stdio);
	if (r >= 0)
		r = append_environment(m, command);
	if (r >= 0)
		r = append_exec(m, command);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int start(sd_bus *bus, const char *unit, const struct command *command, const int stdio[3])
{
	_cleanup_(bus_message_unrefp) sd_bus_message *m = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	r = sd_bus_message_new_method_call(bus, &m, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "StartTransientUnit");
	if (r >= 0)
		r = sd_bus_message_append(m, "ss", unit, "fail");
	if (r >= 0)
		r = append_properties(m, command, stdio);
	if (r >= 0)
		r = sd_bus_message_append(m, "a(sa(sv))", 0);
	if (r == -EINVAL) /* the only thing that sd-bus checks in a string */
		return log_error_errno(r,
				       "The command for container '%s' is not valid UTF-8, which D-Bus requires; pass "
				       "other bytes on its standard input.",
				       command->name);
	if (r >= 0)
		r = sd_bus_call(bus, m, 0, &error, NULL);
	return r < 0 ? bus_log(bus, r, command->argv[0], error.message) : 0;
}

/* What the exit status of systemd's own child says that ended before it executed the command; systemd.exec(5), PROCESS
 * EXIT CODES. NULL for one that systemd does not use: a command that ends at once may look like that, too. */
static const char *problem_of(int status)
{
	static const struct {
		int first, last;
		const char *problem;
	} table[] = {
		{ 203, 203, "there is no '/bin/sh'" },
		{ 208, 208, "its standard input cannot be opened" },
		{ 209, 209, "its standard output cannot be opened" },
		{ 216, 216, "its group cannot be set" },
		{ 217, 217, "there is no such user" },
		{ 219, 219, "its control group cannot be made, as if the container may have no more of them" },
		{ 200, 245, "the container's systemd failed to prepare it; the container's journal has the reason" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].first <= status && status <= table[i].last)
			return table[i].problem;
	return NULL;
}

/* A running command. */
struct run {
	sd_bus *bus;
	const struct command *command;
	char unit[40];
	struct session session;
	bool changed;	/* the unit's state must be read again */
	uint64_t until; /* as clock_usec() */
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

/* The unit or its systemd may be gone already, so a failure is not worth a message. */
static void run_stop(const struct run *run)
{
	(void)sd_bus_call_method(run->bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "StopUnit", NULL, NULL, "ss",
				 run->unit, "replace");
}

static void run_signal(void *data, int signal)
{
	struct run *run = data;

	if (signal == SIGINT)
		(void)bus_call(run->bus, NULL, "KillUnit", "ssi", run->unit, "all", signal);
	else
		run_stop(run);
}

static int run_wait(void *data, struct pollfd *fds, size_t n)
{
	struct run *run = data;
	int r = 0;

	if (run->changed) {
		run->changed = false;
		r = bus_unit_state(run->bus, run->unit, &run->state);
	}
	if (r < 0 || run_ended(run))
		return r < 0 ? r : 1;
	if (clock_usec() >= run->until)
		return bus_log(run->bus, -ETIMEDOUT, run->command->argv[0], NULL);
	r = bus_wait(run->bus, fds, n, run->until);
	return r < 0 ? session_lost(&run->session, r) : 0;
}

static int run_status(const struct run *run)
{
	const char *problem = run->state.result;

	log_debug("'%s' has ended: %s, code %d, status %d.", run->unit, problem, run->state.exit_code,
		  run->state.exit_status);
	switch (run->state.exit_code) {
	case CLD_EXITED:
		if (run->state.ran == 0)
			problem = problem_of(run->state.exit_status);
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

static int run_through(struct run *run)
{
	const struct session_peer peer = { .wait = run_wait, .signal = run_signal, .data = run };
	uint64_t timeout = run->command->timeout;
	int r = start(run->bus, run->unit, run->command, run->session.relay.inside);

	if (r < 0)
		return r;
	log_info("Container '%s' runs '%s' as '%s'.", run->command->name, run->command->argv[0], run->unit);
	run->changed = true;
	run->until = timeout == UINT64_MAX ? timeout : clock_usec() + timeout;
	r = session_run(&run->session, &peer);
	if (r < 0)
		run_stop(run);
	return r;
}

int unit_run(sd_bus *bus, const struct command *command)
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
