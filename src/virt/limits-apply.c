/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See hold.h. Memory and processor time are libvirt's to limit: it owns the container's control group, on any version of
 * control groups, and shows the container its memory. Tasks and disks, for which libvirt's containers have no words, are
 * systemd's, in whose scope that group is. */
#include "virt/limits-apply.h"

#include "virt/domain-xml.h"
#include "running/cgroup-scope.h"
#include "virt/libvirt.h"

int hold(const char *connect, const struct record *record, pid_t leader)
{
	_cleanup_(virt_closep) struct _virConnect *conn = NULL;
	int r = virt_open(connect, &conn);

	if (r == 0)
		r = virt_limit(conn, record->name, record->uuid, record->limits[LIMIT_MEMORY] / 1024,
			       domain_cpu_quota(record->limits[LIMIT_CPUS]));
	return r < 0 ? r : scope_limit(record, leader);
}
