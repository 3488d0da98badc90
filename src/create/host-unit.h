/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's unit for a container, /etc/systemd/system/NAME_sandbox.service. Pure. */
#pragma once

#include "container/record.h"

#define UNIT_STOP_SECONDS 90 /* of a unit that does not say how long it may take: systemd-system.conf(5) */

/* Its text. Caller frees. */
char *host_unit_text(const struct record *record);
