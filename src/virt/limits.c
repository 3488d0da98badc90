/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain-limit and domain-usage: what a running container may take of the host and what it takes, for set and status. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "cli/cmds.h"
#include "virt/limits-apply.h"
#include "running/leader.h"
#include "base/log.h"
#include "virt/libvirt.h"

static int limit(const struct context *context, const struct record *record, pid_t leader)
{
	return hold(context->connect, record, leader);
}

static int usage(const struct context *context, const struct record *record, pid_t leader)
{
	_cleanup_(virt_closep) struct _virConnect *conn = NULL;
	struct virt_usage u;
	int r = virt_open(context->connect, &conn);

	(void)leader;
	if (r == 0)
		r = virt_usage(conn, record->name, record->uuid, &u);
	if (r == 0)
		printf("%" PRIu64 " %" PRIu64, u.memory, u.cpu);
	return r;
}

/* For a container that has stopped meanwhile there is nothing to do. */
static int run(const struct verb *verb, int argc, char **argv, const struct context *context,
	       int (*action)(const struct context *, const struct record *, pid_t))
{
	_cleanup_(record_done) struct record record = { 0 };
	pid_t leader;
	int r;

	if (argc != 2)
		return verb_usage(verb, "needs the name of a container");
	if (record_load(context->root_fd, argv[1], &record) < 0)
		return 1;
	r = leader_read(context->root_fd, record.name, &leader);
	if (r < 0 && r != -ESRCH)
		log_error_errno(r, "Cannot find the processes of container '%s': %m", record.name);
	if (r == 0)
		r = action(context, &record, leader);
	return r < 0 && r != -ESRCH;
}

static int run_limit(const struct context *context, int argc, char **argv)
{
	return run(&cmd_domain_limit, argc, argv, context, limit);
}

static int run_usage(const struct context *context, int argc, char **argv)
{
	return run(&cmd_domain_usage, argc, argv, context, usage);
}

const struct verb cmd_domain_limit = {
	.name = "domain-limit",
	.synopsis = "NAME",
	.help = "Hold a running container to the limits of its record",
	.run = run_limit,
	.internal = true,
};

const struct verb cmd_domain_usage = {
	.name = "domain-usage",
	.synopsis = "NAME",
	.help = "Print the memory and the processor time that a running container uses",
	.run = run_usage,
	.internal = true,
};
