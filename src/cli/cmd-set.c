/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* set: changes a container's limits, in its record and, if it is running, at once. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "cli/cmds.h"
#include "running/leader.h"
#include "container/open.h"
#include "base/log.h"
#include "container/record-file.h"
#include "container/virt-client.h"

struct change {
	bool asked[LIMITS];
	uint64_t limits[LIMITS];
	bool any;
};

static char *take_limit(const struct verb_option *option, const char *value, void *at)
{
	struct change *change = at;
	enum limit limit = limit_of_option(option->name);

	if (limit_parse(limit, value, &change->limits[limit]) < 0)
		return xasprintf("%s, or 'infinity'", limit_must(limit));
	change->asked[limit] = change->any = true;
	return NULL;
}

static const struct verb_option options[] = { LIMIT_OPTIONS(take_limit, 0), { 0 } };

/* 0, or the exit status of a usage message. */
static int parse(struct change *change, int argc, char **argv)
{
	int r = verb_parse(&cmd_set, argc, argv, change);

	if (r)
		return r;
	if (optind + 1 != argc)
		return verb_usage(&cmd_set, "give the name of one container");
	return change->any ? 0 : verb_usage(&cmd_set, "give an option that says what to change");
}

/* Applies the limits in the record to a running container. Returns 0 if it is not running, too. */
static int hold_running(const struct context *context, const char *name)
{
	_cleanup_(freep) char *nothing = NULL;
	pid_t leader;
	int r = leader_read(context->root_fd, name, &leader);

	if (r == -ESRCH)
		return 0;
	if (r < 0)
		return log_error_errno(r, "Cannot find the processes of container '%s': %m", name);
	return virt_client_run(context->connect, "domain-limit", name, &nothing);
}

/* The record comes first: a container that starts meanwhile reads it again after it can be found running. */
static int apply(const struct context *context, struct record *record, const struct change *change)
{
	uint64_t before[LIMITS];
	int r;

	memcpy(before, record->limits, sizeof(before));
	for (enum limit l = 0; l < LIMITS; l++)
		if (change->asked[l])
			record->limits[l] = change->limits[l];
	r = record_rewrite(context->root_fd, record);
	if (r < 0)
		return r;
	r = hold_running(context, record->name);
	if (r == 0)
		return 0;
	memcpy(record->limits, before, sizeof(before));
	if (record_rewrite(context->root_fd, record) == 0 && hold_running(context, record->name) == 0)
		log_error("The limits of container '%s' stay as they were.", record->name);
	return r;
}

static int set(const struct context *context, const char *name, const struct change *change)
{
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(lock_done) struct lock lock = LOCK_INIT;
	int r = container_open(context->root_fd, name, OPEN_READY, &lock, &record);

	return r < 0 ? r : apply(context, &record, change);
}

static int run(const struct context *context, int argc, char **argv)
{
	struct change change = { 0 };
	int r = parse(&change, argc, argv);

	if (r == 0 && verb_need_root(&cmd_set) < 0)
		return 1;
	return r ? r : set(context, argv[optind], &change) < 0;
}

const struct verb cmd_set = {
	.name = "set",
	.synopsis = "OPTION... NAME",
	.help = "Change the limits of a container",
	.options = options,
	.run = run,
};
