/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists that the host hands to the container's init: virt/unit-allow.c and virt/closed.c make them. */
#include "inside/init.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/strv.h"
#include "base/util.h"
#include "container/paths.h"

#define LIST_MAX (4 * 1024 * 1024) /* bytes */

int read_handed(const char *name, struct strv *ret)
{
	_cleanup_(freep) char *path = xasprintf(INSIDE_HOST "/%s", name);
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_(buf_done) struct buf text = { 0 };
	char part[4096];
	ssize_t n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, part, sizeof(part))) > 0 && text.len < LIST_MAX)
		buf_add(&text, part, (size_t)n);
	if (n != 0)
		return n < 0 ? -errno : -EFBIG;
	if (text.text)
		strv_split(ret, text.text, "\n");
	strv_sort_unique(ret);
	return 0;
}
