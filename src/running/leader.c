/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PID 1 of a running container, as seen from the host. A process id alone proves nothing, because ids are reused;
 * together with the start time of the process, it identifies one process. */
#include "running/leader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "base/syscalls.h"
#include "container/paths.h"
#include "running/cgroup-scope.h"

#define STAT_STARTTIME 22 /* proc(5), counted from 1 */

/* Field 2, the name of the process, is in parentheses and may contain anything, so fields are counted from the last
 * parenthesis. */
static int start_time_parse(const char *stat, uint64_t *ret)
{
	_cleanup_(strv_done) struct strv fields = { 0 };
	const char *rest = strrchr(stat, ')');

	if (!rest)
		return -EBADMSG;
	strv_split(&fields, rest, " \n");
	if (fields.n <= STAT_STARTTIME - 2)
		return -EBADMSG;
	return parse_u64(fields.v[STAT_STARTTIME - 2], UINT64_MAX, ret);
}

static int start_time(pid_t pid, uint64_t *ret)
{
	_cleanup_(freep) char *path = xasprintf("/proc/%d/stat", pid);
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[1024];
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return start_time_parse(text, ret);
}

int leader_read(int root_fd, const char *name, pid_t *ret)
{
	_cleanup_(freep) char *path = leader_path(name);
	_cleanup_(freep) char *text = NULL;
	_cleanup_(strv_done) struct strv words = { 0 };
	uint64_t pid, then, now;
	int r;

	r = rootfd_read(root_fd, path, WALK_ROOT, 128, &text, NULL);
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	strv_split(&words, text, " \n");
	if (words.n != 2 || parse_u64(words.v[0], INT_MAX, &pid) < 0 || parse_u64(words.v[1], UINT64_MAX, &then) < 0 ||
	    pid <= 1)
		return -EBADMSG;
	r = start_time((pid_t)pid, &now);
	if (r < 0)
		return r;
	if (now != then)
		return -ESRCH;
	*ret = (pid_t)pid;
	return 0;
}

/* With version 1 of control groups, it waits in a function of its own in the kernel (wchan in proc(5)). With version 2,
 * that function is often inlined into another one, but then its group says so, whichever group above it was frozen
 * (cgroup.events in the kernel's cgroup-v2.rst). */
bool leader_is_frozen(int root_fd, pid_t leader)
{
	_cleanup_(freep) char *path = xasprintf("/proc/%d/wchan", leader);
	_cleanup_(freep) char *where = NULL, *group = NULL, *file = NULL, *events = NULL;

	if (rootfd_read(root_fd, path, WALK_ROOT, 128, &where, NULL) == 0 && strcmp(where, "__refrigerator") == 0)
		return true;
	if (scope_leader_path(root_fd, leader, &group) < 0)
		return false;
	file = xasprintf("%s/cgroup.events", group);
	return rootfd_read(root_fd, file, WALK_ROOT, 4096, &events, NULL) == 0 && strstr(events, "frozen 1\n");
}

bool leader_ids_parse(const char *text, struct leader_ids *ret)
{
	int end = 0;

	return sscanf(text, "%" SCNu32 " %" SCNu32 " %" SCNu32 " %n", &ret->inside, &ret->outside, &ret->length,
		      &end) == 3 &&
	       !text[end];
}

/* When it is opened, the id may already be another process's. If it is still the leader's afterwards, it was the
 * leader's all the time. */
int leader_open(int root_fd, const char *name, pid_t *ret_pid)
{
	_cleanup_(closep) int fd = -1;
	pid_t pid, again;
	int r = leader_read(root_fd, name, &pid);

	if (r < 0)
		return r;
	fd = sys_pidfd_open(pid);
	if (fd < 0)
		return fd;
	r = leader_read(root_fd, name, &again);
	if (r == 0 && again != pid)
		r = -ESRCH;
	if (r < 0)
		return r;
	*ret_pid = pid;
	return steal_fd(&fd);
}

int leader_kill(int root_fd, const char *name, int timeout_ms)
{
	pid_t pid;
	_cleanup_(closep) int fd = leader_open(root_fd, name, &pid);
	int r;

	if (fd < 0)
		return fd == -ESRCH ? 0 : fd;
	r = sys_pidfd_send_signal(fd, SIGKILL);
	if (r < 0)
		return r == -ESRCH ? 0 : r;
	r = sys_pidfd_wait(fd, timeout_ms);
	return r < 0 ? r : r > 0 ? 0 : -ETIMEDOUT;
}

/* If it still runs after its start time was read, the time is its own. */
int leader_write(int root_fd, const char *name, pid_t leader, int pidfd)
{
	_cleanup_(freep) char *path = leader_path(name);
	_cleanup_(freep) char *dir = path_parent(path);
	_cleanup_(freep) char *text = NULL;
	uint64_t started;
	int r;

	r = start_time(leader, &started);
	if (r == 0 && sys_pidfd_wait(pidfd, 0) != 0)
		r = -ESRCH;
	if (r < 0)
		return r;
	r = rootfd_mkdir_p(root_fd, dir);
	if (r < 0)
		return r;
	text = xasprintf("%d %" PRIu64 "\n", leader, started);
	return atomic_file_write(root_fd, path, 0644, text, true);
}
