/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compares the stamps in what a container was given with the host. A host may have a thousand containers, and most are
 * given the same; so the file that says what begins with a hash of its stamps, and of each hash one file is read. */
#include "upgrade/behind.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/rootfd.h"
#include "container/paths.h"
#include "upgrade/given.h"

void behind_cache_done(struct behind_cache *cache)
{
	free(cache->v);
	*cache = (struct behind_cache){ 0 };
}

/* A file whose stamp differs may still hold the same: it was written again, or restored. */
static bool has_changed(int root_fd, const struct given_entry *e)
{
	const struct version *given = e->has_offered ? &e->offered : &e->given;
	_cleanup_(version_done) struct version now = { 0 };
	struct stat st;
	struct stamp stamp;

	if (rootfd_lstat(root_fd, e->source, WALK_TREE, &st) < 0)
		return true;
	stamp = given_stamp(&st);
	if (S_ISDIR(st.st_mode))
		return stamp.mtime != e->stamp.mtime;
	if (memcmp(&stamp, &e->stamp, sizeof(stamp)) == 0)
		return false;
	return version_read(root_fd, e->source, WALK_TREE, VERSION_CONTENT_MAX, &now, NULL) < 0 ||
	       !version_same(&now, given) || !version_same_mode(&now, given);
}

static int look(int root_fd, const char *path)
{
	_cleanup_(given_done) struct given given = { 0 };
	int r = given_read(root_fd, path, WALK_ROOT, &given);

	for (size_t i = 0; i < given.n && r == 0; i++)
		if (given.v[i].source && given.v[i].stamp.mtime)
			r = has_changed(root_fd, &given.v[i]);
	return r;
}

static int read_hash(int root_fd, const char *path, uint64_t *ret)
{
	_cleanup_(closep) int fd = rootfd_openat(root_fd, path, O_RDONLY | O_NOFOLLOW | O_NOCTTY, 0, WALK_ROOT);
	char head[GIVEN_HEAD_SIZE];
	ssize_t n = fd < 0 ? 0 : read(fd, head, sizeof(head) - 1);

	if (fd < 0 || n < 0)
		return fd < 0 ? fd : -errno;
	head[n] = '\0';
	return given_parse_hash(head, ret);
}

int behind_find(int root_fd, const char *name, struct behind_cache *cache)
{
	_cleanup_(freep) char *path = given_path(name);
	uint64_t stamps;
	int r = read_hash(root_fd, path, &stamps);

	if (r < 0)
		return r;
	for (size_t i = 0; i < cache->n; i++)
		if (cache->v[i].stamps == stamps)
			return cache->v[i].behind;
	r = look(root_fd, path);
	if (r < 0)
		return r;
	grow(cache->v, cache->n);
	cache->v[cache->n++] = (struct behind_known){ stamps, r };
	return r;
}
