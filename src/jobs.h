/* start and stop: jobs of systemd for the containers' host units. */
#pragma once

#include "cmd.h"
#include "systemd.h"

/* What the verbs of jobs do: read their options, and have systemd do 'job' for the container of each operand, all at
 * once. Nothing is begun when one of them has no good record. Exit status. */
int jobs_verb(const struct cmd *cmd, const struct globals *globals, int argc, char **argv, enum systemd_job job);
