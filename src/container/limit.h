/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a container may take of the host. One number each, 0 for no limit, and one table for the options of create and
 * set and the keys of the record. PURE. */
#pragma once

#include "base/util.h"

enum limit {
	LIMIT_MEMORY,	 /* bytes */
	LIMIT_CPUS,	 /* thousandths of a processor */
	LIMIT_TASKS,	 /* processes and threads */
	LIMIT_IO_WEIGHT, /* 1 to 10000; 100 where none is given */
	LIMITS,
};

/* For the options of a command: verb.h. */
/* clang-format off */
#define LIMIT_OPTIONS \
	{ "memory", 0, "SIZE", "limit memory, for example to 512M or 2G" }, \
	{ "cpus", 0, "NUMBER", "limit processor time, for example to 1.5 processors" }, \
	{ "tasks", 0, "NUMBER", "limit the number of processes and threads" }, \
	{ "io-weight", 0, "NUMBER", "share of disk time, 1 to 10000 (default: 100)" }
/* clang-format on */

/* '512M': bytes, whole KiB, which is how libvirt counts. 0 or -EINVAL. */
int size_parse(const char *text, uint64_t *ret);

/* Bytes in the largest unit that is whole: what size_parse() takes. Caller frees. */
char *size_format(uint64_t bytes);

enum limit limit_of_option(const char *option); /* LIMITS: none of them */
enum limit limit_of_key(const char *key);	/* of the record */
const char *limit_must(enum limit limit);	/* the end of the sentence "... must be" */

/* "infinity" is 0: none. 0 or -EINVAL. */
int limit_parse(enum limit limit, const char *text, uint64_t *ret);

/* As limit_parse() takes it; "" for none. Caller frees. */
char *limit_format(enum limit limit, uint64_t value);
