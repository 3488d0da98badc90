/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits on what a container may use of the host. Each is a number, with 0 for no limit. One table serves the options
 * of create and set and the keys of the record. Pure. */
#pragma once

#include "base/util.h"

enum limit {
	LIMIT_MEMORY,	 /* bytes */
	LIMIT_CPUS,	 /* thousandths of a processor */
	LIMIT_TASKS,	 /* processes and threads */
	LIMIT_IO_WEIGHT, /* 1 to 10000; 100 if not set */
	LIMIT_DISK,	 /* bytes; container/disk.h */
	LIMITS,
};

/* Rows for the options of a command; see verb.h. */
/* clang-format off */
#define LIMIT_OPTIONS(take, offset) \
	{ "memory", 0, "SIZE", "limit memory, for example to 512M or 2G", take, offset }, \
	{ "cpus", 0, "NUMBER", "limit processor time, for example to 1.5 processors", take, offset }, \
	{ "tasks", 0, "NUMBER", "limit the number of processes and threads", take, offset }, \
	{ "io-weight", 0, "NUMBER", "share of disk time, 1 to 10000 (default: 100)", take, offset }, \
	{ "disk", 0, "SIZE", "limit space on the disk, for example to 20G", take, offset }
/* clang-format on */

/* Parses '512M' into bytes. They must be whole KiB, because libvirt counts in KiB. 0 or -EINVAL. */
int size_parse(const char *text, uint64_t *ret);

/* Writes bytes for size_parse(), in the largest unit that gives a whole number. Caller frees. */
char *size_format(uint64_t bytes);

/* Writes bytes for a reader, in the largest unit and rounded, as in '17.9M'. Caller frees. */
char *size_round(uint64_t bytes);

enum limit limit_of_option(const char *option); /* LIMITS if it is not that of a limit */
enum limit limit_of_key(const char *key);	/* by the key in the record */
const char *limit_must(enum limit limit);	/* the end of the sentence "... must be" */

/* Parses a limit; "infinity" is 0, no limit. 0 or -EINVAL. */
int limit_parse(enum limit limit, const char *text, uint64_t *ret);

/* Writes a limit for limit_parse(); "" for no limit. Caller frees. */
char *limit_format(enum limit limit, uint64_t value);
