/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may be on a network: containers, and sandboxes that have one. */
#pragma once

#include <stdbool.h>

#include "container/record.h"

struct context;

struct member {
	struct record record;
	bool sandbox;
	bool runs; /* a sandbox that is not swept yet counts as running */
};

struct members {
	struct member *v;
	size_t n;
	int broken; /* the first -errno of a record that cannot be read, after a message, or 0 */
};
void members_done(struct members *members);

/* All whose records can be read, unfinished containers among them. 0, with *ret for members_done(), or -errno after a
 * message. */
int members_read(const struct context *context, struct members *ret);
