/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses for a new container in the networks that it joins. */
#pragma once

#include "container/create-spec.h"
#include "create/choice.h"

/* Checks what was asked for, chooses what was not, and finds the name servers. 0, or -errno after a message. */
int allocate_nets(const struct create_spec *spec, uint64_t seed, struct choice *choice);
