/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See transient.h. A unit has the container's label, cgroup, capabilities and limits, and nothing of ours but the far
 * ends of three pipes, or a terminal of the container's own. */
#include "running/transient-unit.h"

#include <errno.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "systemd/bus.h"
#include "running/command.h"
#include "base/log.h"
#include "running/unit-run.h"
#include "running/pty.h"

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

static int append_exec(sd_bus_message *m, const struct machine_command *command)
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

static int append_words(sd_bus_message *m, const struct machine_command *command)
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
	/* The unit's state stays for us to read after its end, as long as we are connected. */
	if (r >= 0)
		r = append_property(m, "AddRef", "b", true);
	if (r >= 0)
		r = append_property(m, "IgnoreSIGPIPE", "b", false);
	/* Reading the log leaves nothing in it. */
	if (r >= 0 && command->plain)
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

/* Its end is that of a login: the shell is hung up on, and what it left to run in the background runs on. */
static int append_terminal(sd_bus_message *m, const struct tty *tty)
{
	static const char *const streams[] = { "StandardInput", "StandardOutput", "StandardError" };
	int r = append_property(m, "TTYPath", "s", tty->path);

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(streams); i++)
		r = append_property(m, streams[i], "s", "tty");
	if (r >= 0)
		r = append_property(m, "KillMode", "s", "process");
	return r < 0 ? r : append_property(m, "KillSignal", "i", SIGHUP);
}

static int append_environment(sd_bus_message *m, const struct machine_command *command)
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

static int append_properties(sd_bus_message *m, const struct machine_command *command, const int stdio[3])
{
	int r = sd_bus_message_open_container(m, 'a', "(sv)");

	if (r >= 0)
		r = append_words(m, command);
	if (r >= 0)
		r = command->tty ? append_terminal(m, command->tty) : append_pipes(m, stdio);
	if (r >= 0)
		r = append_environment(m, command);
	if (r >= 0)
		r = append_exec(m, command);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

int transient_start(sd_bus *bus, const char *unit, const struct machine_command *command, const int stdio[3])
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
	if (r == -EINVAL) /* all that sd-bus has against a string */
		return log_error_errno(
			r,
			"The command for container '%s' is not all UTF-8, which D-Bus wants; its standard "
			"input takes any bytes.",
			command->name);
	if (r >= 0)
		r = sd_bus_call(bus, m, 0, &error, NULL);
	return r < 0 ? bus_log(bus, r, command->argv[0], error.message) : 0;
}

/* systemd.exec(5), PROCESS EXIT CODES. */
const char *transient_problem(int status)
{
	static const struct {
		int status;
		const char *problem;
	} table[] = {
		{ 203, "there is no '/bin/sh'" },
		{ 208, "its standard input cannot be opened" },
		{ 209, "its standard output cannot be opened" },
		{ 216, "its group cannot be had" },
		{ 217, "there is no such user" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].status == status)
			return table[i].problem;
	return NULL;
}
