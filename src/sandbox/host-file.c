/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file or directory of the host: the sentences, and what is refused. */
#include "sandbox/host-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guarded.h"
#include "base/log.h"
#include "base/path.h"
#include "sandbox/caller.h"
#include "sandbox/changes.h"

void host_file_done(struct host_file *file)
{
	free(file->path);
	closep(&file->dir);
	closep(&file->fd);
	*file = HOST_FILE_INIT;
}

static int say_refused(int r, const char *given, const char *done, const struct way *way)
{
	if (r == -ELOOP)
		return log_error_errno(r,
				       "'%s' cannot be %s: '%s' is a symbolic link, which is not followed; use the "
				       "path that it leads to.",
				       given, done, way->culprit ? way->culprit : given);
	if (r == -EPERM)
		return log_error_errno(
			r,
			"'%s' cannot be %s: '%s' belongs to root, but users of the host can put something "
			"else in its place.",
			given, done, way->culprit);
	return log_error_errno(r, "'%s' cannot be %s: %m", given, done);
}

int host_file_open(int root_fd, const struct caller *caller, const char *given, const char *done, struct host_file *ret)
{
	_cleanup_(host_file_done) struct host_file file = HOST_FILE_INIT;
	_cleanup_(freep) char *whole =
		*given == '/' ? xstrdup(given) : xasprintf("%s/%s", caller->cwd ? caller->cwd : "..", given);
	_cleanup_(freep) char *dir = NULL;
	_cleanup_(way_done) struct way way = { 0 };
	struct stat dir_st, st;

	file.path = path_normalise(whole);
	if (!file.path || !path_is_normal(file.path))
		return log_error_errno(-EINVAL, "'%s' cannot be %s; give a path without '..' below the root.", given,
				       done);
	dir = path_parent(file.path);
	file.name = file.path + strlen(dir) + 1;
	file.dir = guarded_open(root_fd, *dir ? dir : "/", GUARD_USERS, &way);
	if (file.dir < 0)
		return say_refused(file.dir, given, done, &way);
	file.fd = openat(file.dir, file.name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (file.fd < 0 || fstat(file.fd, &st) < 0 || fstat(file.dir, &dir_st) < 0)
		return say_refused(-errno, given, done, &way);
	file.type = st.st_mode & S_IFMT;
	if (S_ISLNK(st.st_mode))
		return say_refused(-ELOOP, given, done, &way);
	if (st.st_uid == 0 && users_can_rename(&dir_st)) {
		way.culprit = xstrdup(file.path);
		return say_refused(-EPERM, given, done, &way);
	}
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return log_error_errno(-EINVAL, "'%s' cannot be %s: it is a %s, and no file or directory.", given, done,
				       change_type_word(st.st_mode));
	*ret = file;
	file = HOST_FILE_INIT;
	return 0;
}
