/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a running container may use of the host, and what it uses. libvirt limits memory and processor time, because it
 * owns the container's control group and tells the container how much memory there is. systemd, in whose scope that
 * group is, limits tasks and disks, which libvirt does not support for containers. */
#include "virt/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/context.h"
#include "base/log.h"
#include "container/record-file.h"
#include "running/cgroup-scope.h"
#include "running/leader.h"
#include "virt/domain-xml.h"
#include "virt/libvirt-domain.h"
#include "virt/libvirt.h"
#include "virt/verbs.h"

int limits_apply(const char *connect, const struct record *record, pid_t leader)
{
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;
	int r = libvirt_open(connect, &conn);

	if (r == 0)
		r = libvirt_domain_limit(conn, record->name, record->uuid, record->limits[LIMIT_MEMORY] / 1024,
					 domain_cpu_quota(record->limits[LIMIT_CPUS]));
	return r < 0 ? r : scope_limit(record, leader);
}

/* Returns -ESRCH, without a message, if the container is not running. */
static int read_running(const struct context *context, const char *name, struct record *ret, pid_t *ret_leader)
{
	int r = record_load(context->root_fd, name, ret);

	if (r < 0)
		return r;
	r = leader_read(context->root_fd, name, ret_leader);
	if (r < 0 && r != -ESRCH)
		log_error_errno(r, "Cannot find the processes of container '%s': %m", name);
	return r;
}

int verb_domain_limit(const struct context *context, const char *name)
{
	_cleanup_(record_done) struct record record = { 0 };
	pid_t leader;
	int r = read_running(context, name, &record, &leader);

	if (r == 0)
		r = limits_apply(context->connect, &record, leader);
	return r == -ESRCH ? 0 : r;
}

int verb_domain_usage(const struct context *context, const char *name)
{
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;
	struct libvirt_usage usage;
	pid_t leader;
	int r = read_running(context, name, &record, &leader);

	if (r == 0)
		r = libvirt_open(context->connect, &conn);
	if (r == 0)
		r = libvirt_domain_usage(conn, name, record.uuid, &usage);
	if (r == 0)
		printf("%" PRIu64 " %" PRIu64, usage.memory, usage.cpu);
	return r == -ESRCH ? 0 : r;
}
