/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening a container. The lock is taken before the record is read, so that the record does not change until the lock
 * is released. */
#include "container/open.h"

#include <errno.h>

#include "base/log.h"
#include "base/rootfd.h"
#include "container/paths.h"
#include "container/record-file.h"

char *container_unfinished(const struct record *record)
{
	const char *name = record->name, *other = record->other;

	switch (record->state) {
	case RECORD_LEAVING:
		return xasprintf("renaming it to '%s' was interrupted; 'virt-sandbox-service rename %s %s' completes "
				 "that",
				 other, name, other);
	case RECORD_ARRIVING:
		return xasprintf("renaming '%s' to it was interrupted; 'virt-sandbox-service rename %s %s' completes "
				 "that",
				 other, other, name);
	case RECORD_RESTORING:
		return xasprintf("restoring its snapshot '%s' was interrupted; 'virt-sandbox-service restore %s %s' "
				 "completes that",
				 other, name, other);
	case RECORD_MOVING:
		return xasprintf(
			"moving it was interrupted; 'virt-sandbox-service set --path=DIRECTORY %s' completes that",
			name);
	case RECORD_CREATING:
	case RECORD_READY:
		break;
	}
	return xasprintf("creating it was interrupted; 'virt-sandbox-service delete %s' removes what is left", name);
}

int container_check_ready(const struct record *record)
{
	_cleanup_(freep) char *sentence = NULL;

	if (record->state == RECORD_READY)
		return 0;
	sentence = container_unfinished(record);
	return log_error_errno(-EBUSY, "Container '%s' is unfinished: %s.", record->name, sentence);
}

int container_check_upgraded(int root_fd, const char *name)
{
	_cleanup_(freep) char *undo = undo_path(name), *unfinished = xasprintf("%s/" UNDO_UNFINISHED, undo);
	struct stat st;
	int r = rootfd_lstat(root_fd, unfinished, WALK_ROOT, &st);

	if (rootfd_is_missing(r))
		return 0;
	if (r < 0)
		return log_error_errno(r,
				       "Cannot find out whether container '%s' is completely upgraded, from '%s': %m",
				       name, unfinished);
	return log_error_errno(-EBUSY,
			       "An upgrade of container '%s' is not complete; if it was interrupted, "
			       "'virt-sandbox-service upgrade --undo %s' takes it back.",
			       name, name);
}

int container_open(int root_fd, const char *name, enum open_state state, struct lock *ret_lock,
		   struct record *ret_record)
{
	_cleanup_(lock_done) struct lock lock = LOCK_INIT;
	_cleanup_(record_done) struct record record = { 0 };
	int r = record_check_name(name);

	if (r == 0)
		r = lock_container(root_fd, name, &lock);
	if (r == 0)
		r = record_load(root_fd, name, &record);
	if (r == 0 && state == OPEN_READY)
		r = container_check_ready(&record);
	if (r < 0)
		return r;
	*ret_lock = lock;
	lock = LOCK_INIT;
	*ret_record = record;
	record = (struct record){ 0 };
	return 0;
}
