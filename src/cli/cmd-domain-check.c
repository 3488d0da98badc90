/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain-check NAME LEADER: run by the monitor while the container boots. The monitor sends it a byte on standard input
 * when the systemd inside says that it is up. Exits with 0 if the container's services are up, too; or with 1, after
 * printing which one is not, and its last log lines, on standard error, which is the journal of the container's
 * unit. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/cmds.h"
#include "container/record-file.h"
#include "running/command.h"
#include "running/leader.h"
#include "running/machine-bus.h"
#include "running/unit-run.h"

#define LOG_LINES "10"
#define LOG_SIZE (16 * 1024)
#define LOG_TIMEOUT (UINT64_C(10) * 1000000)
#define POLL_USEC 100000
/* For a service that is restarted over and over. A service that is starting has a time-out of its own inside, and the
 * host's unit has one for everything. */
#define RESTARTS_USEC (UINT64_C(30) * 1000000)

enum verdict { WAIT, GOOD, BAD };

static bool is(const char *word, const char *expected)
{
	return strcmp(word, expected) == 0;
}

static enum verdict judge(const struct unit_state *s, uint64_t waited)
{
	if (is(s->active, "active") || is(s->active, "reloading"))
		return GOOD;
	if (is(s->sub, "auto-restart"))
		return waited < RESTARTS_USEC ? WAIT : BAD;
	if (s->job != 0 || is(s->active, "activating") || is(s->active, "deactivating"))
		return WAIT;
	/* A oneshot service is up if it did its work and ended; but it must have run. */
	if (is(s->active, "inactive") && is(s->type, "oneshot") && is(s->result, "success") && s->started != 0)
		return GOOD;
	return BAD;
}

static void complain(const char *name, const char *unit, const struct unit_state *s)
{
	if (!is(s->load, "loaded"))
		log_error("Unit '%s' is missing in container '%s' (%s).", unit, name, s->load);
	else if (s->started == 0 && s->tried != 0)
		log_error("Unit '%s' did not start in container '%s': one of its conditions is not met there.", unit,
			  name);
	else if (s->started == 0)
		log_error("Unit '%s' was not started in container '%s': it is not enabled there, or something it needs "
			  "failed.",
			  unit, name);
	else if (is(s->result, "success"))
		log_error("Unit '%s' ended in container '%s' as soon as it was started. Its last messages:", unit,
			  name);
	else if (s->exit_code == 0) /* it was not the main process that failed, but one of ExecStartPre= or the like */
		log_error("Unit '%s' failed in container '%s': %s. Its last messages:", unit, name, s->result);
	else
		log_error("Unit '%s' failed in container '%s': %s, %s %d. Its last messages:", unit, name, s->result,
			  s->exit_code == CLD_EXITED ? "status" : "signal", s->exit_status);
}

/* The container's own journalctl reads the journal, because we must not parse files that the container can write. */
static void quote_log(struct sd_bus *bus, const struct record *record, const char *unit)
{
	char *const argv[] = {
		"journalctl", "-u", (char *)unit, "-n", LOG_LINES, "-o", "cat", "--no-pager", "-q", NULL
	};
	_cleanup_(closep) int file = memfd_create("log", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct command command = {
		.name = record->name,
		.argv = argv,
		.stdio = { -1, file, file },
		.owner = record->uid_base,
		.timeout = LOG_TIMEOUT,
	};
	char text[LOG_SIZE + 1] = "";

	/* No more than this is read, however much it sends. */
	if (file < 0 || ftruncate(file, LOG_SIZE) < 0 || fcntl(file, F_ADD_SEALS, F_SEAL_GROW) < 0)
		return;
	if (unit_run(bus, &command) < 0)
		return;
	if (pread(file, text, LOG_SIZE, 0) > 0)
		log_quote(text);
}

static enum verdict check_unit(struct sd_bus *bus, const struct record *record, const char *unit)
{
	enum verdict verdict = WAIT;
	struct unit_state state;

	for (uint64_t waited = 0; verdict == WAIT; waited += POLL_USEC) {
		if (bus_unit_state(bus, unit, &state) < 0)
			return BAD;
		verdict = judge(&state, waited);
		if (verdict == WAIT)
			usleep(POLL_USEC);
	}
	if (verdict == GOOD)
		return GOOD;
	complain(record->name, unit, &state);
	if (state.started != 0)
		quote_log(bus, record, unit);
	return BAD;
}

static int check(const struct context *context, const char *name, uint64_t expected)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(record_done) struct record record = { 0 };
	pid_t leader = 0;
	int failed = 0;
	char go;

	if (record_load(context->root_fd, name, &record) < 0)
		return 1;
	if (read(STDIN_FILENO, &go, 1) != 1)
		return 1; /* the container does not come up, and the monitor says so */
	if (leader_read(context->root_fd, name, &leader) < 0 || (uint64_t)leader != expected) {
		log_error("Process %llu is not the leader of container '%s'.", (unsigned long long)expected, name);
		return 1;
	}
	if (machine_bus_open(context->root_fd, name, &bus) < 0)
		return 1;
	for (size_t i = 0; i < record.units.n; i++)
		failed |= check_unit(bus, &record, record.units.v[i]) != GOOD;
	return failed;
}

static int run(const struct context *context, int argc, char **argv)
{
	uint64_t leader;

	if (argc != 3 || parse_u64(argv[2], INT_MAX, &leader) < 0)
		return verb_usage(&cmd_domain_check, "needs the name of a container and the number of its leader");
	return check(context, argv[1], leader);
}

const struct verb cmd_domain_check = {
	.name = "domain-check",
	.synopsis = "NAME LEADER",
	.help = "Check the services in a container that has just started",
	.run = run,
	.internal = true,
};
