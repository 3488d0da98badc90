/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads everything from the host that deciding and composing need: the units, the packages, the accounts and the files.
 * Changes nothing. */
#pragma once

#include "container/create-spec.h"
#include "contents/gathered.h"

/* Fills *ret, which the caller releases with gathered_done(). 0, or -errno after a message. */
int collect(const struct create_spec *spec, struct gathered *ret);
