/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading and writing the records of a host. A rewritten record is complete at any time. */
#include "container/record-file.h"

#include <errno.h>
#include <string.h>

#include "base/atomic-file.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "container/paths.h"
#include "container/record-text.h"

#define MAX_SIZE (1024 * 1024)

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
	r = rootfd_read(root_fd, path, WALK_ROOT, MAX_SIZE, &text, &size);
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

int record_rewrite(int root_fd, const struct record *record)
{
	_cleanup_(freep) char *path = record_path(record->name);
	_cleanup_(freep) char *text = record_format(record);
	int r = atomic_file_write(root_fd, path, 0644, text, true);

	return r < 0 ? log_error_errno(r, "Cannot write record '%s': %m", path) : 0;
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
