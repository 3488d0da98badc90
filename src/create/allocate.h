/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chooses what a new container must have for itself: level, user ids, addresses, names. Reads what is taken, but takes
 * nothing: applying the plan does that, and fails if another create was faster. */
#pragma once

#include "container/create-spec.h"
#include "create/choice.h"

/* How many times another command may take what this one chose, before this one gives up. */
#define ALLOCATE_ATTEMPTS 200

/* Checks what was asked for, and chooses what was not. 'attempt' is how many times another create was faster. 0, with
 * *ret for choice_done(); or -errno after a message. */
int allocate(const struct create_spec *spec, unsigned int attempt, struct choice *ret);

/* Whether this can be the base of a container's ids, because neither a container nor a user of the host has an id of
 * the range: 1 or 0, or -errno after a message. */
int allocate_base_is_free(int root_fd, uint32_t base);

/* Whether this user id is one of a user namespace: in the range of a container or sandbox, or of /etc/subuid, which
 * lends many ids to one user. 1 or 0, or -errno after a message. */
int allocate_is_lent(int root_fd, uint32_t id);

/* Whether this can be a container's level: a pair of categories, as create chooses them, that gives nobody access to
 * anything, and that nothing has. 1 or 0, or -errno after a message. */
int allocate_level_is_free(int root_fd, const char *level);
