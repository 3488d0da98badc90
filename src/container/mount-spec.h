/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The option --mount, which is also how the record has it: 'host-bind:TARGET=SOURCE' or '...:ro' for a directory of the
 * host, 'ram:TARGET=SIZE' for one in memory. PURE. */
#pragma once

#include "base/strv.h"

#define MOUNTS_MAX 32

struct mount {
	char *target; /* in the container */
	char *source; /* on the host, or NULL: in memory */
	bool readonly;
	uint64_t size; /* bytes, of one in memory */
};
void mount_done(struct mount *mount);

/* NULL, or the end of the sentence "--mount must be ...". */
const char *mount_parse(const char *text, struct mount *ret);
bool mount_valid(const char *text);

/* Whether 'text', which is valid, mounts on or below what one of 'mounts' does, or the other way round. */
bool mount_overlaps(const char *text, const struct strv *mounts);
