/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads from the host all that deciding and composing need: the units, the packages, the accounts, the files. Changes
 * nothing. */
#pragma once

#include "contents/gathered.h"

/* Fills *ret, which the caller releases with gathered_done(). 0, or -errno after a message. */
int collect(const struct collect_request *request, struct gathered *ret);
