/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain-check NAME LEADER: run by the monitor while the container boots. The monitor sends it a byte on standard input
 * when the systemd inside says that it is up. Exits with 0 if the container's services are up, too; or with 1, after
 * printing which one is not, and its last log lines, on standard error, which is the journal of the container's
 * unit. */
#include <getopt.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/cmds.h"
#include "container/record-file.h"
#include "running/health.h"
#include "running/leader.h"
#include "running/machine-bus.h"

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

static void complain(struct sd_bus *bus, const struct record *record, const char *unit, const struct unit_state *state)
{
	_cleanup_(freep) char *reason = health_reason(bus, record, unit, state);
	_cleanup_(freep) char *messages = health_messages(bus, record, unit, state);

	log_error("Unit '%s' in container '%s' %s.%s", unit, record->name, reason,
		  *messages ? " Its last messages:" : "");
	log_quote(messages);
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
	complain(bus, record, unit, &state);
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
