/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes a container of this host of a directory that is there: on a disk that moved, or restored from a backup. Its
 * record lies beside the directory (record-file.h), or in RECORD_DIR already. */
#pragma once

#include "base/context.h"
#include "base/util.h"

struct adopt_options {
	const char *path; /* the container's directory */
	bool anew;	  /* give it what is free, in place of what its record says */
	bool dry_run, json;
};

/* 0; -EINTR, without a message, after a signal (base/signals.h); or another -errno after a message: -EBUSY
 * if the container runs; -EEXIST if something that the record says belongs to another container. */
int adopt(const struct context *context, const struct adopt_options *options);
