/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a running container takes of the host, beside what it may take. */
#pragma once

#include <sys/types.h>

#include "base/verb.h"
#include "container/record.h"

struct usage {
	uint64_t memory; /* bytes */
	uint64_t cpu;	 /* nanoseconds since its start */
	uint64_t processes;
};

/* 0, or -errno after a message where something is wrong; -ESRCH, without one, when it does not run any more. */
int usage_read(const struct context *context, const struct record *record, pid_t leader, struct usage *ret);

/* '17.9M' for people. Caller frees. */
char *usage_format_size(uint64_t bytes);
