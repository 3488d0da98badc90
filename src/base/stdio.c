/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptors 0 to 2. */
#include "base/stdio.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int stdio_fill(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR); /* without O_CLOEXEC, so that programs that we start have it, too */
		if (fd < 0)
			return -errno;
	} while (fd <= STDERR_FILENO);
	close(fd);
	return 0;
}
