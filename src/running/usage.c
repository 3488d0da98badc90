/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See usage.h. Memory and processor time by libvirt, which counts them on any version of control groups. */
#include "running/usage.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "running/cgroup-scope.h"
#include "container/virt-client.h"

int usage_read(const struct context *context, const struct record *record, pid_t leader, struct usage *ret)
{
	_cleanup_(freep) char *text = NULL;
	struct usage usage;
	int r = scope_processes(context->root_fd, leader, &usage.processes);

	if (r == -ENOENT || r == -ENODATA)
		return -ESRCH;
	if (r < 0)
		return log_error_errno(r, "Cannot count the processes of container '%s': %m", record->name);
	r = virt_client_run(context->connect, "domain-usage", record->name, &text);
	if (r < 0)
		return r;
	if (sscanf(text, "%" SCNu64 " %" SCNu64, &usage.memory, &usage.cpu) != 2)
		return -ESRCH;
	*ret = usage;
	return 0;
}

char *usage_format_size(uint64_t bytes)
{
	static const char units[] = "BKMGT";
	double value = (double)bytes;
	size_t i = 0;

	while (value >= 1024 && units[i + 1]) {
		value /= 1024;
		i++;
	}
	return xasprintf("%.1f%c", value, units[i]);
}
