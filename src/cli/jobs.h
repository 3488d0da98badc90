/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs of systemd for the units of containers, and their states. */
#pragma once

#include "base/context.h"
#include "base/strv.h"
#include "systemd/jobs.h"

/* Does 'job' for the units of the named containers, and waits until all are done. Returns the exit status, 0 or 1 after
 * messages; if interrupted, it does not return. */
int jobs_run(const struct context *context, enum systemd_job job, const struct strv *names);

/* Stores the states of the units of the named containers, as systemd_list() has them, in an array that the caller
 * frees, even after an error. 0, or -errno after a message. */
int jobs_states(struct sd_bus *bus, const struct strv *names, struct unit_state **ret);
