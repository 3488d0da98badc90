/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making a snapshot of a container, and putting it back. The caller holds the container's lock, and keeps the container
 * from running or frozen (running/hold.h). */
#pragma once

#include "base/context.h"
#include "container/record.h"
#include "create/plan.h"

/* Makes a snapshot of this label. 'check' is called with 'data' once everything is copied: whether the container stayed
 * as it was, 0 or -errno after a message. A snapshot that is cut short leaves nothing that has a label. 0; -EEXIST,
 * after a message, if there is one of this label; -EINTR, without one, after a signal; or another -errno after a
 * message. */
int snapshot_make(const struct context *context, const struct record *record, const char *label,
		  int (*check)(const void *data), const void *data);

/* Composes what follows from the snapshot of that label: the record that the container will have. It keeps its present
 * name, directory, identity, networks and ports, and gets the rest from the snapshot. 0, with *ret_plan for plan_done()
 * and *ret_record for record_done(); or -errno after a message: -ENOENT if there is none. */
int restore_compose(const struct context *context, const struct record *record, const char *label,
		    struct plan *ret_plan, struct record *ret_record);

/* Exchanges the container's tree for a copy of the snapshot's, and then removes the old one. At any time, the container
 * has all of the old tree or all of the new one. 0; -EINTR, without a message, if a signal came before that; or another
 * -errno after a message. */
int restore_apply(const struct context *context, struct plan *plan, const char *label, const struct record *record);

/* Makes the tree of the container anew, as the limit on the disk of 'after' needs it, with all that is in it; and
 * 'after' its record, which otherwise is like 'record'. 'check' and 'data' are as for snapshot_make(). If it was cut
 * short, the tree is the old one or the new one, and the container works with either. 0; -EINTR, without a message,
 * after a signal; or another -errno after a message: -ENOSPC if the files take more than the limit. */
int snapshot_renew(const struct context *context, const struct record *record, const struct record *after,
		   int (*check)(const void *data), const void *data);
