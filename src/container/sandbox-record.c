/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that are replaced as a whole. */
#include "container/sandbox-record.h"

#include <errno.h>

#include "base/atomic-file.h"
#include "base/rootfd.h"
#include "container/paths.h"
#include "container/record-text.h"

static char *path_of(const char *name)
{
	return xasprintf(SANDBOX_RECORDS "/%s", name);
}

int sandbox_record_write(int root_fd, struct record *record)
{
	_cleanup_(freep) char *path = path_of(record->name), *text = NULL;

	free(record->path);
	record->path = xstrdup(path);
	text = record_format(record);
	return atomic_file_write(root_fd, path, 0600, text, true);
}

int sandbox_record_load(int root_fd, const char *name, struct record *ret)
{
	_cleanup_(freep) char *path = path_of(name), *text = NULL, *message = NULL;
	size_t size;
	int r = record_name_valid(name) ? rootfd_read(root_fd, path, WALK_ROOT, RECORD_TEXT_MAX, &text, &size)
					: -EINVAL;

	return r < 0 ? r : record_parse(name, text, size, ret, &message);
}

int sandbox_record_remove(int root_fd, const char *name)
{
	_cleanup_(freep) char *path = path_of(name);
	int r = atomic_file_remove(root_fd, path);

	return r == -ENOENT ? 0 : r;
}

int sandbox_record_names(int root_fd, struct strv *ret)
{
	int r = rootfd_list(root_fd, SANDBOX_RECORDS, WALK_ROOT, ret);

	return r == -ENOENT ? 0 : r;
}
