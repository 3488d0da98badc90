/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain-check NAME LEADER: run by the monitor while the container boots. The monitor sends it a byte on standard input
 * when the systemd inside says that it is up. Exits with 0 if the container's services are up, too; or with 1, after
 * saying which one is not, why, and its last messages, on standard error, which is the journal of the container's unit.
 *
 * domain-look NAME LEADER: run by the monitor when something in a container that is up may have changed.
 *
 * Both tell what else has failed, write it to a file for other commands, and print a line for the unit's STATUS on
 * standard output. CHANGES_FD is an inotify(7) instance, which learns here what it is to watch. */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/cmds.h"
#include "container/handover.h"
#include "container/record-file.h"
#include "running/cgroup-scope.h"
#include "running/health.h"
#include "running/leader.h"
#include "running/machine-bus.h"

#define POLL_USEC 100000
#define QUOTED 3 /* units of which a look quotes messages; the container may have many, again and again */

static void tell(enum log_level level, const struct record *record, const struct ailment *ailment, bool quote)
{
	quote &= *ailment->messages != '\0';
	log_message(level, "Unit '%s' in container '%s' %s.%s", ailment->unit, record->name, ailment->reason,
		    quote ? " Its last messages:" : "");
	if (quote)
		log_quote(ailment->messages);
}

static bool is_up(struct sd_bus *bus, const struct record *record, const char *unit)
{
	_cleanup_(ailment_done) struct ailment ailment = { 0 };
	enum verdict verdict = UNIT_WAITS;
	struct unit_state state;

	for (uint64_t waited = 0; verdict == UNIT_WAITS; waited += POLL_USEC) {
		if (bus_unit_state(bus, unit, &state) < 0)
			return false;
		verdict = health_judge(bus, &state, waited);
		if (verdict == UNIT_WAITS)
			usleep(POLL_USEC);
	}
	if (verdict == UNIT_IS_UP)
		return true;
	health_diagnose(bus, record, unit, &state, &ailment);
	tell(LOG_LEVEL_ERROR, record, &ailment, true);
	return false;
}

/* Tells what is wrong that was not in 'known'. Returns the exit status. */
static int look(const struct context *context, const struct record *record, struct sd_bus *bus,
		const struct health *known)
{
	_cleanup_(health_done) struct health health = { 0 };
	_cleanup_(freep) char *status = NULL;
	int r = health_look(bus, record, known, &health), told = 0;

	if (r < 0)
		return 1;
	for (size_t i = 0; i < health.n; i++)
		if (!health_has(known, &health.v[i]))
			tell(LOG_LEVEL_WARN, record, &health.v[i], told++ < QUOTED);
	r = health_write(context->root_fd, record->name, &health);
	if (r < 0)
		log_warn_errno(r, "Cannot record what is wrong in container '%s': %m", record->name);
	status = health_status(&health);
	puts(status);
	return 0;
}

/* Called before a look, so that no change after the look goes unseen. */
static void watch(const struct context *context, const char *name, pid_t leader)
{
	int r = scope_watch(context->root_fd, leader, CHANGES_FD);

	if (r < 0)
		log_debug("Container '%s' is not watched: %s.", name, strerror(-r));
}

static int check(const struct context *context, const struct record *record, pid_t leader)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	const struct health nothing = { 0 };
	bool up = true;

	watch(context, record->name, leader);
	if (machine_bus_open(context->root_fd, record->name, &bus) < 0)
		return 1;
	for (size_t i = 0; i < record->units.n; i++)
		up &= is_up(bus, record, record->units.v[i]);
	if (up) /* a look at all the others that fails has said so, and is no reason to stop these */
		look(context, record, bus, &nothing);
	return !up;
}

static int look_again(const struct context *context, const struct record *record, pid_t leader)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(health_done) struct health known = { 0 };

	if (leader_is_frozen(context->root_fd, leader))
		return 0;
	watch(context, record->name, leader);
	if (machine_bus_open(context->root_fd, record->name, &bus) < 0)
		return 1;
	health_read(context->root_fd, record->name, &known);
	return look(context, record, bus, &known);
}

static int with_leader(const struct context *context, const char *name, uint64_t expected,
		       int (*run)(const struct context *context, const struct record *record, pid_t leader))
{
	_cleanup_(record_done) struct record record = { 0 };
	pid_t leader;

	if (record_load(context->root_fd, name, &record) < 0)
		return 1;
	if (leader_read(context->root_fd, name, &leader) == 0 && (uint64_t)leader == expected)
		return run(context, &record, leader);
	log_error("Process %llu is not the leader of container '%s'.", (unsigned long long)expected, name);
	return 1;
}

static int run_check(const struct context *context, int argc, char **argv)
{
	uint64_t leader;
	char go;

	if (argc != 3 || parse_u64(argv[2], INT_MAX, &leader) < 0)
		return verb_usage(&cmd_domain_check, "needs the name of a container and the number of its leader");
	if (read(STDIN_FILENO, &go, 1) != 1)
		return 1; /* the container does not come up, and the monitor says so */
	return with_leader(context, argv[1], leader, check);
}

static int run_look(const struct context *context, int argc, char **argv)
{
	uint64_t leader;

	if (argc != 3 || parse_u64(argv[2], INT_MAX, &leader) < 0)
		return verb_usage(&cmd_domain_look, "needs the name of a container and the number of its leader");
	return with_leader(context, argv[1], leader, look_again);
}

const struct verb cmd_domain_check = {
	.name = "domain-check",
	.synopsis = "NAME LEADER",
	.help = "Check the services in a container that has just started",
	.run = run_check,
	.internal = true,
};

const struct verb cmd_domain_look = {
	.name = "domain-look",
	.synopsis = "NAME LEADER",
	.help = "Look which services in a container are up",
	.run = run_look,
	.internal = true,
};
