/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading and writing the records of a host. A rewritten record is complete at any time. */
#include "container/record-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "container/paths.h"
#include "container/places.h"
#include "container/record-text.h"

int record_check_name(const char *name)
{
	if (record_name_valid(name))
		return 0;
	return log_error_errno(-EINVAL,
			       "'%.80s' cannot be the name of a container: a name has up to 63 lower-case letters, "
			       "digits, '.', '_' and '-', and starts with a letter or a digit.",
			       name);
}

int record_load(int root_fd, const char *name, struct record *ret)
{
	_cleanup_(freep) char *path = NULL;
	_cleanup_(freep) char *text = NULL;
	_cleanup_(freep) char *message = NULL;
	size_t size;
	int r;

	r = record_check_name(name);
	if (r < 0)
		return r;
	path = record_path(name);
	r = rootfd_read(root_fd, path, WALK_ROOT, RECORD_TEXT_MAX, &text, &size);
	if (r == -ENOENT) {
		log_error("There is no container '%s'; 'virt-sandbox-service list' shows the containers.", name);
		return r;
	}
	if (r == -EINVAL)
		return log_error_errno(r, "Record '%s' is not a regular file.", path);
	if (r < 0)
		return log_error_errno(r, "Cannot read record '%s': %m", path);
	r = record_parse(name, text, size, ret, &message);
	if (r < 0)
		log_error("%s", message);
	else
		log_debug("Read record '%s'.", path);
	return r;
}

char *record_path_beside(const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	return xasprintf("%.*s.%s" RECORD_SUFFIX, (int)(name - path), path, name);
}

/* The directory that holds the container's, and the copy's name in it, which the caller frees. As place_open_parent(),
 * but -ENOENT comes without a message. */
static int open_beside(int root_fd, const char *path, char **ret_name)
{
	const char *name;
	int fd = place_open_parent(root_fd, path, &name);

	if (fd >= 0)
		*ret_name = xasprintf(".%s" RECORD_SUFFIX, name);
	return fd;
}

int record_keep(int root_fd, const char *name, const char *text)
{
	const struct file_access access = { .mode = 0600 };
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(freep) char *message = NULL, *file = NULL;
	_cleanup_(closep) int dir = -1;
	int r = record_parse(name, text, strlen(text), &record, &message);

	if (r == 0 && record.state != RECORD_READY)
		return record_drop_beside(root_fd, record.path);
	if (r == 0)
		r = dir = open_beside(root_fd, record.path, &file);
	if (dir >= 0)
		r = atomic_file_write_at(dir, file, &access, text, strlen(text), true);
	return r < 0 ? log_warn_errno(r, "Cannot keep a copy of the record of container '%s' beside its directory: %m",
				      name)
		     : 0;
}

int record_rewrite(int root_fd, const struct record *record)
{
	_cleanup_(freep) char *path = record_path(record->name);
	_cleanup_(freep) char *text = record_format(record);
	int r = atomic_file_write(root_fd, path, 0644, text, true);

	if (r < 0)
		return log_error_errno(r, "Cannot write record '%s': %m", path);
	record_keep(root_fd, record->name, text);
	return 0;
}

int record_sync(int root_fd)
{
	_cleanup_(closep) int dir = rootfd_openat(root_fd, RECORD_DIR, O_RDONLY | O_DIRECTORY, 0, WALK_ROOT);

	if (dir >= 0 && syncfs(dir) == 0)
		return 0;
	return log_error_errno(dir < 0 ? dir : -errno, "Cannot write the records of containers to disk: %m");
}

/* Reads it if only root can have written it. */
static int read_beside(int dir, const char *file, char **ret, size_t *ret_size)
{
	struct stat st;

	if (fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || users_can_write(&st))
		return -EPERM;
	return rootfd_read(dir, file, WALK_TREE, RECORD_TEXT_MAX, ret, ret_size);
}

int record_load_beside(int root_fd, const char *path, struct record *ret)
{
	const char *name = strrchr(path, '/') + 1;
	_cleanup_(freep) char *beside = record_path_beside(path), *file = NULL, *text = NULL, *message = NULL;
	_cleanup_(closep) int dir = open_beside(root_fd, path, &file);
	size_t size;
	int r = dir < 0 ? dir : read_beside(dir, file, &text, &size);

	if (r == -ENOENT)
		return log_error_errno(r,
				       "There is no record of '%s': neither '%s' nor one of this host. Copy it there "
				       "from where the container was.",
				       path, beside);
	if (r == -EPERM)
		return log_error_errno(r, "'%s' must be a file that only root can write to.", beside);
	if (r < 0)
		return dir < 0 ? r : log_error_errno(r, "Cannot read the record beside '%s': %m", path);
	r = record_parse(name, text, size, ret, &message);
	if (r < 0)
		return log_error_errno(r, "The record beside '%s' is not valid. %s", path, message);
	free(ret->path);
	ret->path = xstrdup(path);
	return 0;
}

int record_drop_beside(int root_fd, const char *path)
{
	_cleanup_(freep) char *file = NULL;
	_cleanup_(closep) int dir = open_beside(root_fd, path, &file);

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	if (unlinkat(dir, file, 0) < 0 && errno != ENOENT)
		return log_error_errno(errno, "Cannot remove the record beside '%s': %m", path);
	return 0;
}

int record_names(int root_fd, struct strv *ret)
{
	_cleanup_(strv_done) struct strv files = { 0 };
	int r = rootfd_list(root_fd, RECORD_DIR, WALK_ROOT, &files);

	if (r < 0 && r != -ENOENT)
		return log_error_errno(r, "Cannot read directory '%s': %m", RECORD_DIR);
	for (size_t i = 0; i < files.n; i++) {
		_cleanup_(freep) char *name = NULL;

		if (!has_suffix(files.v[i], RECORD_SUFFIX))
			continue;
		name = xstrndup(files.v[i], strlen(files.v[i]) - strlen(RECORD_SUFFIX));
		if (record_name_valid(name))
			strv_take(ret, steal_ptr(name));
	}
	strv_sort_unique(ret); /* the order of the files depended on the suffix, too */
	return 0;
}
