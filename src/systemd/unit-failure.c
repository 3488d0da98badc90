/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why a unit is not up. systemd keeps the reason in several properties: whether the unit could be loaded, which of its
 * conditions hold, what became of each of its commands, and a word for the result (org.freedesktop.systemd1(5)). The
 * first of them that says something decides. */
#include "systemd/unit-failure.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>

/* More than any unit has. */
#define ENVIRONMENT_FILES 32
#define COMMANDS 256

void unit_failure_done(struct unit_failure *f)
{
	strv_done(&f->environment);
	strv_done(&f->missing);
}

static int read_load_error(sd_bus_message *m, void *ret, size_t size)
{
	const char *name, *text;
	int r = sd_bus_message_read(m, "(ss)", &name, &text);

	if (r >= 0)
		snprintf(ret, size, "%s", text);
	return r;
}

/* Keeps the first condition that does not hold. One of those with '|' counts only if none of them holds, and then
 * systemd has looked at all of them (systemd.unit(5), CONDITIONS AND ASSERTS). */
static int read_conditions(sd_bus_message *m, void *ret, size_t size)
{
	char triggering[256] = "";
	bool triggered = false, found = false;
	int r = sd_bus_message_enter_container(m, 'a', "(sbbsi)");

	while (r >= 0) {
		const char *name, *parameter;
		int trigger, negate, result;

		r = sd_bus_message_read(m, "(sbbsi)", &name, &trigger, &negate, &parameter, &result);
		if (r == 0)
			break;
		if (r < 0)
			return r;
		triggered |= trigger && result > 0;
		if (result >= 0 || (trigger && *triggering) || (!trigger && found))
			continue;
		found |= !trigger;
		snprintf(trigger ? triggering : (char *)ret, trigger ? sizeof(triggering) : size, "%s=%s%s%s", name,
			 trigger ? "|" : "", negate ? "!" : "", parameter);
	}
	if (r >= 0 && !found && !triggered && *triggering)
		snprintf(ret, size, "%s", triggering);
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* A file with '-' before its name, which is a flag here, may be missing. */
static int read_environment_files(sd_bus_message *m, void *ret, size_t size)
{
	struct strv *files = ret;
	int r = sd_bus_message_enter_container(m, 'a', "(sb)");

	(void)size;
	while (r >= 0) {
		const char *path;
		int optional;

		r = sd_bus_message_read(m, "(sb)", &path, &optional);
		if (r == 0)
			break;
		if (r > 0 && !optional && files->n < ENVIRONMENT_FILES)
			strv_add(files, path);
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* Keeps the last command that ended with an error. */
static int read_commands(sd_bus_message *m, void *ret, size_t size)
{
	struct unit_command *command = ret;
	int r = sd_bus_message_enter_container(m, 'a', "(sasbttttuii)");

	(void)size;
	for (int i = 0; r >= 0 && i < COMMANDS; i++) {
		const char *path;
		int code, status;

		r = sd_bus_message_enter_container(m, 'r', "sasbttttuii");
		if (r == 0)
			break;
		if (r > 0)
			r = sd_bus_message_read_basic(m, 's', &path);
		if (r > 0)
			r = sd_bus_message_skip(m, "as");
		if (r >= 0)
			r = sd_bus_message_read(m, "bttttuii", NULL, NULL, NULL, NULL, NULL, NULL, &code, &status);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
		if (r < 0 || code == 0 || (code == CLD_EXITED && status == 0))
			continue;
		snprintf(command->program, sizeof(command->program), "%s", path);
		command->code = code;
		command->status = status;
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

#define INTO(member) offsetof(struct unit_failure, member), sizeof(((struct unit_failure *)NULL)->member)
static const struct bus_property properties[] = {
	{ "LoadError", "(ss)", read_load_error, INTO(load_error) },
	{ "Conditions", "a(sbbsi)", read_conditions, INTO(condition) },
	{ "Asserts", "a(sbbsi)", read_conditions, INTO(assertion) },
	{ "EnvironmentFiles", "a(sb)", read_environment_files, INTO(environment) },
	{ "ExecCondition", "a(sasbttttuii)", read_commands, INTO(command) },
	{ "ExecStartPre", "a(sasbttttuii)", read_commands, INTO(command) },
	{ "ExecStart", "a(sasbttttuii)", read_commands, INTO(command) },
	{ "ExecStartPost", "a(sasbttttuii)", read_commands, INTO(command) },
	{ "User", "s", bus_read_word, INTO(user) },
	{ "Group", "s", bus_read_word, INTO(group) },
	{ "WorkingDirectory", "s", bus_read_word, INTO(directory) },
	{ "StandardInput", "s", bus_read_word, INTO(input) },
	{ 0 },
};

int unit_failure_read(sd_bus *bus, const char *unit, struct unit_failure *ret)
{
	struct unit_failure f = { 0 };
	int r = bus_unit_properties(bus, unit, properties, &f);

	if (r < 0)
		unit_failure_done(&f);
	else
		*ret = f;
	return r;
}

/* The exit statuses with which systemd's child says why it could not run the command (systemd.exec(5), PROCESS EXIT
 * CODES): the name of each, and a reason, with a member of struct unit_failure between 'reason' and 'end'. */
static const struct exit_status {
	int status;
	const char *name, *reason;
	size_t member; /* 0 for none */
	const char *end;
} statuses[] = {
	{ 200, "CHDIR", "its working directory", offsetof(struct unit_failure, directory), " cannot be entered" },
	{ 201, "NICE", "its Nice= cannot be set", 0, "" },
	{ 202, "FDS", "its open files cannot be arranged", 0, "" },
	{ 203, "EXEC", "its program", offsetof(struct unit_failure, command.program), " is missing or cannot be run" },
	{ 204, "MEMORY", "there is not enough memory", 0, "" },
	{ 205, "LIMITS", "one of its limits, as LimitNOFILE=, cannot be set", 0, "" },
	{ 206, "OOM_ADJUST", "its OOMScoreAdjust= cannot be set", 0, "" },
	{ 208, "STDIN", "its StandardInput= cannot be opened", 0, "" },
	{ 209, "STDOUT", "its StandardOutput= cannot be opened", 0, "" },
	{ 210, "CHROOT", "its RootDirectory= cannot be entered", 0, "" },
	{ 211, "IOPRIO", "its IOSchedulingClass= or IOSchedulingPriority= cannot be set", 0, "" },
	{ 213, "SECUREBITS", "its SecureBits= cannot be set", 0, "" },
	{ 214, "SETSCHEDULER", "its CPUSchedulingPolicy= cannot be set", 0, "" },
	{ 215, "CPUAFFINITY", "its CPUAffinity= cannot be set", 0, "" },
	{ 216, "GROUP", "there is no group", offsetof(struct unit_failure, group), "" },
	{ 217, "USER", "there is no user", offsetof(struct unit_failure, user), "" },
	{ 218, "CAPABILITIES", "it asks for a capability that the container does not have", 0, "" },
	{ 219, "CGROUP", "its control group cannot be set up", 0, "" },
	{ 222, "STDERR", "its StandardError= cannot be opened", 0, "" },
	{ 224, "PAM", "its PAMName= does not let it in", 0, "" },
	{ 225, "NETWORK", "its network namespace cannot be set up", 0, "" },
	{ 226, "NAMESPACE", "a path of its settings for the file system, as ReadWritePaths=, cannot be set up", 0, "" },
	{ 228, "SECCOMP", "its system call filter cannot be set up", 0, "" },
	{ 229, "SELINUX_CONTEXT", "its SELinuxContext= cannot be set", 0, "" },
	{ 231, "APPARMOR_PROFILE", "its AppArmorProfile= cannot be set", 0, "" },
	{ 233, "RUNTIME_DIRECTORY", "its RuntimeDirectory= cannot be made", 0, "" },
	{ 238, "STATE_DIRECTORY", "its StateDirectory= cannot be made", 0, "" },
	{ 239, "CACHE_DIRECTORY", "its CacheDirectory= cannot be made", 0, "" },
	{ 240, "LOGS_DIRECTORY", "its LogsDirectory= cannot be made", 0, "" },
	{ 241, "CONFIGURATION_DIRECTORY", "its ConfigurationDirectory= cannot be made", 0, "" },
	{ 242, "NUMA_POLICY", "its NUMAPolicy= cannot be set", 0, "" },
	{ 243, "CREDENTIALS", "one of its credentials cannot be read", 0, "" },
};

/* The word of Result=, systemd.service(5) and the like, for what is not about one command. */
static const struct {
	const char *result, *reason;
} results[] = {
	{ "resources", "its systemd could not prepare it" },
	{ "timeout", "it took longer than it may" },
	{ "watchdog", "it did not tell in time that it is alive (WatchdogSec=)" },
	{ "start-limit-hit", "it was started too often in a short time (StartLimitBurst=)" },
	{ "oom-kill", "the kernel killed one of its processes, as no memory was left for it" },
	{ "protocol", "it did not tell that it is up in the way that its Type= or PIDFile= says" },
	{ "exec-condition", "its ExecCondition= does not hold there" },
};

static const char *member(const struct unit_failure *f, const struct exit_status *s)
{
	return (const char *)f + s->member;
}

static char *command_text(const char *program, int code, int status, const struct unit_failure *f)
{
	const char *signal = code == CLD_EXITED ? NULL : strsignal(status);

	for (size_t i = 0; code == CLD_EXITED && i < ARRAY_SIZE(statuses); i++) {
		const struct exit_status *s = &statuses[i];

		if (s->status == status)
			return s->member ? xasprintf("%s '%s'%s (%d/%s)", s->reason, member(f, s), s->end, status,
						     s->name)
					 : xasprintf("%s (%d/%s)", s->reason, status, s->name);
	}
	if (code == CLD_EXITED)
		return xasprintf("%s ended with status %d", program, status);
	return xasprintf("%s was ended by signal %d (%s)", program, status, signal ? signal : "unknown");
}

static char *failure_reason(const struct unit_state *state, const struct unit_failure *f)
{
	_cleanup_(freep) char *program = NULL;

	if (f->missing.n > 0)
		return xasprintf("its EnvironmentFile= '%s' does not exist there", f->missing.v[0]);
	if (strcmp(state->result, "resources") == 0 && strcmp(f->input, "socket") == 0)
		return xstrdup("its StandardInput= is a socket, which it has only if a socket unit starts it");
	for (size_t i = 0; i < ARRAY_SIZE(results); i++)
		if (strcmp(results[i].result, state->result) == 0)
			return xstrdup(results[i].reason);
	if (f->command.code != 0) {
		program = xasprintf("'%s'", f->command.program);
		return command_text(program, f->command.code, f->command.status, f);
	}
	if (state->exit_code != 0)
		return command_text("its main process", state->exit_code, state->exit_status, f);
	return xstrdup(state->result);
}

char *unit_failure_text(const struct unit_state *state, const struct unit_failure *f)
{
	_cleanup_(freep) char *reason = NULL;

	if (strcmp(state->load, "not-found") == 0)
		return xstrdup("is missing");
	if (strcmp(state->load, "masked") == 0)
		return xstrdup("is masked there");
	if (strcmp(state->load, "loaded") != 0)
		return xasprintf("cannot be loaded: %s", *f->load_error ? f->load_error : state->load);
	if (*f->condition || *f->assertion)
		return xasprintf("was not started: %s does not hold there",
				 *f->condition ? f->condition : f->assertion);
	if (strcmp(state->active, "failed") != 0 && strcmp(state->result, "success") == 0) {
		if (state->started != 0)
			return xstrdup("has ended");
		if (*state->trigger)
			return xasprintf("was not started: it waits for '%s'", state->trigger);
		return xstrdup("was not started: it is not enabled there, or something it needs failed");
	}
	reason = failure_reason(state, f);
	return xasprintf("failed: %s", reason);
}
