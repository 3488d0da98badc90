/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening a container. The lock is taken before the record is read, so that the record does not change until the lock
 * is released. */
#include "container/open.h"

#include <errno.h>

#include "base/log.h"
#include "container/record-file.h"

int container_check_ready(const struct record *record)
{
	if (record->state == RECORD_READY)
		return 0;
	return log_error_errno(
		-EBUSY,
		"Creating container '%s' was interrupted; 'virt-sandbox-service delete %s' removes what is left.",
		record->name, record->name);
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
