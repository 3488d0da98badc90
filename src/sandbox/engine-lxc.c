/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sandboxes that are containers of libvirt-lxc. The first program, sandbox-init, has the sandbox's end of the socket
 * from libvirt, and gets its root through it. */
#include <errno.h>
#include <poll.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/rootfd.h"
#include "base/syscalls.h"
#include "inside/sandbox-init.h"
#include "running/cgroup-scope.h"
#include "sandbox/engine.h"
#include "sandbox/identity.h"
#include "sandbox/networks.h"
#include "virt/domain-xml.h"
#include "virt/leader-limits.h"
#include "virt/libvirt-domain.h"

static char *xml(const struct sandbox *s)
{
	const struct domain_sandbox domain = {
		.root = SANDBOX_ROOT,
		.programs = PROGRAMSDIR,
		.programs_target = SANDBOX_PROGRAMS,
		.init = SANDBOX_PROGRAMS "/sandbox-init",
		.argument = s->terminal ? SANDBOX_TERMINAL : NULL,
	};
	struct sysinfo info;

	sysinfo(&info); /* cannot fail with a valid pointer */
	return domain_xml_sandbox(&s->identity->record, &domain, (uint64_t)info.totalram * info.mem_unit / 1024);
}

/* Sets what libvirt does not support: a limit of tasks, and with one of memory, no swap. Without it, the sandbox may
 * not run on. */
static int limit(const struct record *record, const struct libvirt_leader *leader)
{
	int r = record->limits[LIMIT_TASKS] || record->limits[LIMIT_MEMORY] ? scope_limit(record, leader->pid) : 0;

	return r < 0 && sys_pidfd_wait(leader->pidfd, 0) ? 0 : r;
}

/* The sandbox may end meanwhile, and its interfaces with it. */
static int guard(struct _virConnect *conn, const struct record *record, const struct libvirt_leader *leader)
{
	int r = networks_guard(conn, record);

	return r < 0 && sys_pidfd_wait(leader->pidfd, 0) ? 0 : r;
}

/* Waits until the sandbox has ended, or the command. */
static void watch(const struct libvirt_leader *leader, int alive)
{
	struct pollfd p[] = { { .fd = leader->pidfd, .events = POLLIN }, { .fd = alive, .events = POLLIN } };

	while (poll(p, 2, -1) < 0 && errno == EINTR)
		;
}

static int run(struct _virConnect *conn, const struct sandbox *s, int socket, int alive)
{
	_cleanup_(libvirt_leader_done) struct libvirt_leader leader = { .pidfd = -1, .console = -1 };
	_cleanup_(freep) char *text = xml(s);
	_cleanup_(closep) int root = rootfd_open("/");
	const struct record *record = &s->identity->record;
	int r = libvirt_domain_run(conn, record->name, text, socket, &leader);

	close(socket);
	if (r > 0 && root >= 0)
		leader_limits_set(root, record->name, &leader);
	if (r > 0)
		r = guard(conn, record, &leader);
	if (r == 0 && leader.pidfd >= 0)
		r = limit(record, &leader);
	close(s->ready);
	if (r == 0 && leader.pidfd >= 0)
		watch(&leader, alive);
	return r;
}

const struct engine engine_lxc = {
	.uri = "lxc:///",
	.container = "libvirt-lxc",
	.networks = true,
	.xml = xml,
	.run = run,
	.destroy = libvirt_domain_destroy,
};
