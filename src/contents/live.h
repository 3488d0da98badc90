/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decides which places of the host a container shares live (container/live-places.h). Changes nothing. */
#pragma once

#include "container/create-spec.h"

/* Adds those of spec->live or, without that, those that the host has, where the container gets nothing else by --mount,
 * and in which no secret is open to all users: a place with such a secret is copied without it, after a warning. 0 or
 * -errno after a message. */
int live_choose(const struct create_spec *spec, struct strv *ret);
