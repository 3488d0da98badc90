/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two ends of the handover, in one file so that they agree. The monitor links this file, so it uses only the C
 * library. */
#include "container/handover.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fdpass.h"
#include "base/util.h"

enum { PIDFD, CONSOLE, FDS };

int handover_send(int fd, pid_t pid, int pidfd, int console)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return fdpass_send(fd, text, (int[FDS]){ [PIDFD] = pidfd, [CONSOLE] = console }, FDS);
}

int handover_receive(int fd, pid_t *ret_pid, int *ret_pidfd, int *ret_console)
{
	int fds[FDS];
	char text[16];
	uint64_t pid;
	int r = fdpass_receive(fd, text, sizeof(text), fds, FDS);

	if (r < 0)
		return r;
	if (parse_u64(text, INT32_MAX, &pid) < 0) {
		close(fds[PIDFD]);
		close(fds[CONSOLE]);
		return -EBADMSG;
	}
	*ret_pid = (pid_t)pid;
	*ret_pidfd = fds[PIDFD];
	*ret_console = fds[CONSOLE];
	return 0;
}
