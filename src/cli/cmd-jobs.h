/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* start, stop and restart: jobs of systemd for the containers' host units. */
#pragma once

#include "base/strv.h"
#include "base/verb.h"
#include "systemd/jobs.h"

/* Has systemd do 'job' for each of the containers. Those that have no good record are told of, and do not keep the
 * others from it. 0, or -errno after a message; interrupted, it does not return. */
int jobs_run(const struct context *context, enum systemd_job job, const struct strv *names);

/* What the verbs of jobs do. Exit status. */
int jobs_verb(const struct verb *verb, const struct context *context, int argc, char **argv, enum systemd_job job);
