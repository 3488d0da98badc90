/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is, or was, at one path. */
#include "upgrade/version.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void version_done(struct version *v)
{
	free(v->target);
	free(v->data);
	*v = (struct version){ 0 };
}

void version_copy(const struct version *from, struct version *to)
{
	*to = *from;
	to->target = from->target ? xstrdup(from->target) : NULL;
	if (!from->data)
		return;
	to->data = xcalloc(1, from->size + 1);
	memcpy(to->data, from->data, from->size);
}

static enum version_type type_of(mode_t mode)
{
	return S_ISREG(mode)	? VERSION_FILE
	       : S_ISDIR(mode)	? VERSION_DIRECTORY
	       : S_ISLNK(mode)	? VERSION_LINK
	       : S_ISFIFO(mode) ? VERSION_FIFO
				: VERSION_OTHER;
}

/* Reads the regular file 'path', seen from 'dir'. One that changes meanwhile has no content that could be relied on. */
static int read_data(int dir, const char *path, int flags, size_t size, char **ret)
{
	_cleanup_(freep) char *data = NULL;
	_cleanup_(closep) int f = openat(dir, path, flags | O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	size_t done = 0;

	if (f < 0)
		return -errno;
	data = xcalloc(1, size + 1);
	while (done < size) {
		ssize_t n = read(f, data + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		done += (size_t)n;
	}
	*ret = steal_ptr(data);
	return 0;
}

static struct version version_of(const struct stat *st)
{
	return (struct version){
		.type = type_of(st->st_mode),
		.mode = S_ISLNK(st->st_mode) ? 0 : st->st_mode & 07777,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.size = S_ISREG(st->st_mode) ? (size_t)st->st_size : 0,
	};
}

/* The file is opened behind an O_PATH descriptor, of which it is known that it is a regular one, so that this neither
 * waits nor has other effects. */
int version_read(int fd, const char *path, enum walk walk, size_t max, struct version *ret, struct stat *ret_st)
{
	_cleanup_(closep) int f = rootfd_openat(fd, path, O_PATH | O_NOFOLLOW, 0, walk);
	_cleanup_(version_done) struct version v = { 0 };
	struct stat st = { 0 };
	char self[32];
	int r = 0;

	if (f == -ENOENT || f == -ENOTDIR || f == -ELOOP || f == -EXDEV)
		f = -1;
	else if (f < 0)
		return f;
	if (f >= 0) {
		if (fstat(f, &st) < 0)
			return -errno;
		v = version_of(&st);
	}
	snprintf(self, sizeof(self), "/proc/self/fd/%d", f);
	if (v.type == VERSION_FILE && v.size <= max)
		r = read_data(AT_FDCWD, self, 0, v.size, &v.data);
	else if (v.type == VERSION_LINK)
		r = rootfd_readlinkat(f, "", &v.target);
	if (r < 0)
		return r;
	if (ret_st)
		*ret_st = st;
	*ret = v;
	v = (struct version){ 0 };
	return 0;
}

int version_read_closed(int dir, const char *name, size_t max, struct version *ret, struct stat *ret_st)
{
	_cleanup_(version_done) struct version v = { 0 };
	int r = 0;

	if (fstatat(dir, name, ret_st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	v = version_of(ret_st);
	if (v.type == VERSION_FILE && v.size <= max)
		r = read_data(dir, name, O_NOFOLLOW, v.size, &v.data);
	else if (v.type == VERSION_LINK)
		r = rootfd_readlinkat(dir, name, &v.target);
	if (r < 0)
		return r;
	*ret = v;
	v = (struct version){ 0 };
	return 0;
}

bool version_same(const struct version *a, const struct version *b)
{
	if (a->type != b->type || a->type == VERSION_OTHER)
		return false;
	if (a->type == VERSION_LINK)
		return strcmp(a->target, b->target) == 0;
	if (a->type != VERSION_FILE || a->size != b->size || !a->data || !b->data)
		return a->type != VERSION_FILE || (a->size == b->size && !a->data && !b->data);
	return memcmp(a->data, b->data, a->size) == 0;
}

bool version_same_mode(const struct version *a, const struct version *b)
{
	return a->mode == b->mode || a->type == VERSION_LINK || b->type == VERSION_LINK;
}

bool version_same_owner(const struct version *a, const struct version *b)
{
	return (a->uid == b->uid && a->gid == b->gid) || a->type == VERSION_LINK || b->type == VERSION_LINK;
}
