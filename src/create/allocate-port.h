/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks that a new container can have the ports of the host that it asks for. */
#pragma once

#include "container/create-spec.h"
#include "create/choice.h"

/* Checks what was asked for; 'choice' has the container's networks. 0, or -errno after a message. */
int allocate_ports(const struct create_spec *spec, const struct choice *choice);
