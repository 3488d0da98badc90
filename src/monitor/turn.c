/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each byte of a file is a turn; who has locked it (F_OFD_SETLK in fcntl(2)) has that turn. */
#include "monitor/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/util.h"
#include "container/paths.h"

#define TURNS_MAX 65536 /* of a kind; there are far fewer processors */

int turn_open(void)
{
	int fd = open(RUNTIME_DIR "/" TURNS_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fd;
}

static int lock(int fd, short type, int first, int length)
{
	struct flock range = { .l_type = type, .l_whence = SEEK_SET, .l_start = first, .l_len = length };

	return fcntl(fd, F_OFD_SETLK, &range) < 0 ? -errno : 0;
}

bool turn_take(int fd, enum turn kind)
{
	int r = -EAGAIN, first = (int)kind * TURNS_MAX;

	for (int i = 0, n = (int)parallel_jobs(); i < n && r == -EAGAIN; i++)
		r = lock(fd, F_WRLCK, first + i, 1);
	return r != -EAGAIN; /* the kernel answers EACCES if a security module refuses, and nobody may wait for that */
}

void turn_give(int fd)
{
	(void)lock(fd, F_UNLCK, 0, 0);
}
