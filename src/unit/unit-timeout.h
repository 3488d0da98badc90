/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long a unit may take to start and to stop, by its own settings (systemd.service(5)). Pure. */
#pragma once

#include "unit/unit.h"

#define UNIT_FOREVER UINT32_MAX /* seconds: there is no limit */

/* Parses a time span as systemd.time(7) defines it, such as '5min 20s', '90' and 'infinity', into whole seconds,
 * rounded up; UNIT_FOREVER if it is longer than that can hold. 0 or -EINVAL. */
int unit_time_parse(const char *text, uint32_t *ret);

/* Seconds within which the unit has started, or 0 if it does not say. */
uint32_t unit_start_seconds(const struct unit *unit);

/* Seconds within which the unit has stopped: each command of ExecStop= may take TimeoutStopSec=, and after them so may
 * the processes that get SIGTERM. The same goes for ExecStopPost=, if it has any commands. 'initial' is what counts if
 * the unit does not set it. */
uint32_t unit_stop_seconds(const struct unit *unit, uint32_t initial);
