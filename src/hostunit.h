/* The unit of the host that stands for a container. */
#pragma once

#include "cmd.h"
#include "systemd.h"

/* 'NAME_sandbox.service'. Caller frees. */
char *hostunit_name(const char *container);

/* What the verbs of jobs do: read their options, and have systemd do 'job' for the container of each operand, all at
 * once. Nothing is begun when one of them has no good record. Exit status. */
int hostunit_verb(const struct cmd *cmd, const struct globals *globals, int argc, char **argv, enum systemd_job job);
