/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which ports of the host a container can have. */
#pragma once

#include "container/create-spec.h"
#include "create/choice.h"

/* Checks what was asked for; 'choice' has the container's networks. 0, or -errno after a message. */
int allocate_ports(const struct create_spec *spec, const struct choice *choice);

/* Removes those of 'ports' that cannot be had, because another container or something on the host has them or they are
 * those of an address that the host does not have; and adds a sentence for each to 'changes'. 0, or -errno after a
 * message. */
int allocate_drop_ports(const struct create_spec *spec, struct ports *ports, struct strv *changes);
