/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's unit for a container, /etc/systemd/system/NAME_sandbox.service. Pure. */
#pragma once

#include "container/record.h"

/* Its text. Caller frees. */
char *host_unit_text(const struct record *record);
