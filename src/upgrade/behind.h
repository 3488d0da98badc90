/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the host has newer configuration than a container was given, as far as a glance tells: the files that were
 * copied, and the directories of which everything was. Only an upgrade finds out everything. Changes nothing. */
#pragma once

#include "base/util.h"

/* The words of 'list' and 'status' for what the host has newer. */
#define OUTDATED_CONFIGURATION "configuration"
#define OUTDATED_CODE "code" /* running/old-code.h */

/* Containers that were given the same are looked at once. {0} at first. */
struct behind_cache {
	struct behind_known {
		uint64_t stamps;
		bool behind;
	} * v;
	size_t n;
};
void behind_cache_done(struct behind_cache *cache);

/* 1 or 0; -ENOENT if nobody knows what the container was given; or another -errno, as -EACCES for a user who may not
 * know. No messages. */
int behind_find(int root_fd, const char *name, struct behind_cache *cache);
