/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives a container another record, whatever verb made it: checks it, changes what follows from it, and does at once
 * what can be done while the container runs. */
#pragma once

#include "base/context.h"
#include "container/record.h"

struct upgrade;

struct reconfigure {
	const struct context *context;
	bool dry_run, json;
	bool more;		      /* it is not all that changes, so nothing is said if it changes nothing */
	bool disk;		      /* the limit on the disk was asked for, even if it is that of the record */
	const struct upgrade *brings; /* what the container gets besides, for a dry run to show; or NULL */
};

/* 'now' is the container's record, whose lock the caller holds. 'record' is what it is to be, as for settle(). 0; 1 if
 * some of it has its effect only after a restart of the container, which runs; or -errno after a message, and then the
 * container is as it was. */
int reconfigure(const struct reconfigure *how, const struct record *now, const struct record *record);
