/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths of the host that might go into a container, with all the facts that the rules need: a vector of them, and
 * reading the facts about one from the disk. */
#include "contents/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/rootfd.h"
#include "container/record.h"

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

struct entry *entries_find(const struct entries *entries, const char *path)
{
	struct entry key = { .path = (char *)path };

	return entries->n ? bsearch(&key, entries->v, entries->n, sizeof(key), compare_entries) : NULL;
}

size_t entries_from(const struct entries *entries, const char *path)
{
	size_t low = 0, high = entries->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(entries->v[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct entry *entries_add(struct entries *entries, char *path, unsigned int claims)
{
	grow(entries->v, entries->n);
	entries->v[entries->n] = (struct entry){ .path = path, .claims = claims };
	return &entries->v[entries->n++];
}

void entries_move(struct entries *entries, struct entry *e)
{
	*entries_add(entries, NULL, 0) = *e;
	*e = (struct entry){ 0 };
}

void entries_merge(struct entries *entries)
{
	size_t kept = 0;

	if (entries->n > 0)
		qsort(entries->v, entries->n, sizeof(*entries->v), compare_entries);
	for (size_t i = 0; i < entries->n; i++) {
		struct entry *e = &entries->v[i], *last = kept ? &entries->v[kept - 1] : NULL;

		if (!last || strcmp(last->path, e->path) != 0) {
			entries->v[kept++] = *e;
			continue;
		}
		/* If several packages own it, a root package is shown. */
		if (!last->package || (e->package && (e->claims & ~last->claims & CLAIM_ROOT)))
			last->package = e->package;
		last->claims |= e->claims;
		last->config |= e->config;
		if (!e->other_dir)
			free(steal_ptr(last->other_dir));
		entry_done(e);
	}
	entries->n = kept;
}

void entries_done(struct entries *entries)
{
	for (size_t i = 0; i < entries->n; i++)
		entry_done(&entries->v[i]);
	free(entries->v);
	*entries = (struct entries){ 0 };
}

int entry_stat(int dir, const char *name, struct entry *e)
{
	if (fstatat(dir, name, &e->st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	e->exists = true;
	return S_ISLNK(e->st.st_mode) ? rootfd_readlinkat(dir, name, &e->target) : 0;
}

void entry_limit_owner(struct entry *e, bool private_ids)
{
	bool lost_uid = private_ids && e->st.st_uid >= RECORD_ID_COUNT;
	bool lost_gid = private_ids && e->st.st_gid >= RECORD_ID_COUNT;

	if (lost_uid)
		e->st.st_uid = ID_NOBODY;
	if (lost_gid)
		e->st.st_gid = ID_NOBODY;
	e->lost_owner = lost_uid || lost_gid;
}

int entry_find_end(int root_fd, const struct entry *link, struct stat *ret, char **ret_path)
{
	_cleanup_(closep) int fd = rootfd_openat(root_fd, link->path, O_PATH | O_DIRECTORY, 0, WALK_ROOT);

	if (fd < 0)
		return fd;
	if (fstat(fd, ret) < 0)
		return -errno;
	*ret_path = rootfd_path_of(root_fd, fd);
	return *ret_path ? 0 : -ENOENT;
}

bool entry_is_directory(const struct entry *e)
{
	return e->exists && S_ISDIR(e->st.st_mode);
}

bool entry_is_file(const struct entry *e)
{
	return e->exists && S_ISREG(e->st.st_mode);
}

void entry_done(struct entry *e)
{
	free(e->path);
	free(e->target);
	free(e->outsider);
	free(e->other_dir);
	free(e->key_command);
	free(e->tls_options);
	free(e->certificate);
	free(e->content);
	*e = (struct entry){ 0 };
}
