/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Moves a container's tree to another directory: it is copied there, the record follows, and the old tree is removed.
 * Meanwhile the record is marked, and has in 'other' which tree is not the container's: the unfinished copy at first,
 * and the old tree once the copy is complete. So nothing uses the container, whatever stops the program, and removing
 * that tree completes the move or takes it back. */
#pragma once

#include "base/context.h"
#include "container/record.h"
#include "create/plan.h"

/* Composes the plan that copies the tree of 'record' to 'path', whose last component is the container's name. 0, or
 * -errno after a message: -EEXIST if something is there, or there are snapshots, which would not come along. */
int move_compose(const struct context *context, const struct record *record, const char *path, struct plan *ret);

/* Applies it. 'check' is called with 'data' once all is copied: whether the container did not run meanwhile, 0 or
 * -errno after a message. 0, and then *ret is the record, which move_finish() has to complete; -EINTR, without a
 * message, after a signal; -EUCLEAN if not everything could be undone, and otherwise another -errno after a message,
 * and nothing has changed. */
int move_apply(const struct context *context, const struct record *record, struct plan *plan,
	       int (*check)(const void *data), const void *data, struct record *ret);

/* Completes a move, or takes back one that was cut short before its copy was complete: removes the tree that is not the
 * container's, and makes the record ready. 0, or -errno, and then another call goes on: -EINTR without a message. */
int move_finish(const struct context *context, struct record *record);
