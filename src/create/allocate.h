/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chooses what a new container must have for itself: level, user ids, addresses, names. Reads what is taken, but takes
 * nothing: applying the plan does that, and fails if another create was faster. */
#pragma once

#include "container/create-spec.h"
#include "create/choice.h"

/* Checks what was asked for, and chooses what was not. 'attempt' is how many times another create was faster. 0, with
 * *ret for choice_done(); or -errno after a message. */
int allocate(const struct create_spec *spec, unsigned int attempt, struct choice *ret);
