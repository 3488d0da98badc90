/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes a container from an archive that export has written, or that somebody says it has. The container is made by a
 * plan, as by create, so that an interrupted import leaves nothing, or something that delete finishes. */
#pragma once

#include "base/context.h"
#include "base/util.h"

struct import_options {
	const char *name;  /* of the new container; NULL for the one that the archive says */
	const char *path;  /* the directory in which its directory will be */
	uint64_t max_size; /* bytes that it may take on the disk; 0 for what is free */
	bool force;	   /* even if its services may not run on this host */
	bool trust;	   /* with all rights that its record says */
	bool anew;	   /* keep nothing of what only one container can have, even if it is free */
	bool dry_run, json;
};

/* 0; -EINTR, without a message, after a signal (base/signals.h); or another -errno after a message. */
int import_read(const struct context *context, const struct import_options *options, int fd);
