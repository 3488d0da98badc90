/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the units in a running container are up, and if not, why. Everything comes from the container's own systemd,
 * which may be hostile: nothing is longer than a limit, and nothing waits for ever. */
#pragma once

#include "container/record.h"
#include "systemd/bus.h"

/* Why a unit that is not up is not, as unit_failure_text() says it, with the names of files that it lacks. Caller
 * frees. */
char *health_reason(struct sd_bus *bus, const struct record *record, const char *unit, const struct unit_state *state);

/* The last messages of the unit since it was last to be started; to be given to log_quote(). The container's own
 * journalctl reads them, because we must not parse files that the container can write. Caller frees. */
char *health_messages(struct sd_bus *bus, const struct record *record, const char *unit,
		      const struct unit_state *state);
