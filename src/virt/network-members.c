/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads records, and whether there is a first process. */
#include "virt/network-members.h"

#include <errno.h>

#include "base/context.h"
#include "base/log.h"
#include "container/record-file.h"
#include "container/sandbox-record.h"
#include "running/leader.h"

void members_done(struct members *members)
{
	for (size_t i = 0; i < members->n; i++)
		record_done(&members->v[i].record);
	free(members->v);
	*members = (struct members){ 0 };
}

static void add(struct members *members, const struct record *record, bool sandbox, bool runs)
{
	grow(members->v, members->n);
	members->v[members->n++] = (struct member){ *record, sandbox, runs };
}

static int add_containers(const struct context *context, struct members *members)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	int r = record_names(context->root_fd, &names);

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		struct record record;
		pid_t leader;
		int e = record_load(context->root_fd, names.v[i], &record);

		if (e == 0)
			add(members, &record, false, leader_read(context->root_fd, names.v[i], &leader) == 0);
		else if (members->broken == 0)
			members->broken = e;
	}
	return r;
}

static int add_sandboxes(const struct context *context, struct members *members)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	int r = sandbox_record_names(context->root_fd, &names);

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		struct record record;
		int e = sandbox_record_load(context->root_fd, names.v[i], &record);

		if (e == 0)
			add(members, &record, true, true);
		else if (e != -ENOENT) /* it is gone meanwhile */
			log_warn_errno(e, "Cannot read the record of sandbox '%s': %m", names.v[i]);
	}
	return r < 0 ? log_error_errno(r, "Cannot read directory '" SANDBOX_RECORDS "': %m") : 0;
}

int members_read(const struct context *context, struct members *ret)
{
	_cleanup_(members_done) struct members members = { 0 };
	int r = add_containers(context, &members);

	if (r == 0)
		r = add_sandboxes(context, &members);
	if (r < 0)
		return r;
	*ret = members;
	members = (struct members){ 0 };
	return 0;
}
