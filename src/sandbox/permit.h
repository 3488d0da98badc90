/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the administrator permits callers other than root, as PERMIT_FILE says: virt-sandbox-users.conf(5). */
#pragma once

#include <stdbool.h>

#include "container/limit.h"
#include "base/strv.h"

#define PERMIT_FILE "/etc/virt-sandbox/users.conf"
#define PERMIT_SANDBOXES_MAX 1000

struct accounts;
struct caller;
struct request;

struct permit {
	struct strv options;	 /* long names: those of the options that need a permission, and have one */
	uint64_t limits[LIMITS]; /* at most this, and this if the caller asks for nothing; 0 for no limit */
	uint64_t timeout;	 /* the same in microseconds; UINT64_MAX for no limit */
	uint64_t sandboxes;	 /* at a time */
};
void permit_done(struct permit *permit);

/* Reads what this caller may do from a text of 'len' bytes; an empty one has the defaults. 0, with *ret for
 * permit_done(); or -EINVAL after a message with the number of the line. */
int permit_parse(const char *text, size_t len, const struct accounts *accounts, const struct caller *caller,
		 struct permit *ret);

/* The same from the host's file, if there is one, and its accounts. 0 or -errno, after a message. */
int permit_read(int root_fd, const struct caller *caller, struct permit *ret);

/* Whether the caller may use option 'name'. 0, or -EPERM after a message. */
int permit_option(const struct permit *permit, const char *name);

/* Puts limits into the request where it has none. 0; or -EPERM after a message if it asks for more. */
int permit_limits(const struct permit *permit, struct request *request);
