/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which packages a container is made of. */
#pragma once

#include "contents/collect.h"

/* Opens the database and fills roots and closure. 0, or -errno after a message. */
int gather_packages(const struct gather_request *request, struct gathered *g);
