/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chooses for a new container what must be its own: level, user ids, addresses, names. Reads what is taken, and takes
 * nothing: applying the plan does, and fails where another create was faster. */
#pragma once

#include "container/create-spec.h"
#include "create/choice.h"

/* Checks what was asked for, and chooses what was not. 'attempt' counts how often another create was faster. 0 and *ret
 * for choice_done(), or -errno after a message. */
int allocate(const struct create_spec *spec, unsigned int attempt, struct choice *ret);
