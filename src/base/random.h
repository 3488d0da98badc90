/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random bytes and ids, and the number that stands for a name. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Fills 'n' (at most 256) bytes by getrandom(2). 0 or -EIO. */
int random_bytes(void *data, size_t n);

/* A random id as machine-id(5) and container UUIDs have it: 32 hexadecimal digits, a UUID of version 4. 0 or -errno. */
#define RANDOM_ID_SIZE 33 /* with the NUL */
int random_id(char ret[static RANDOM_ID_SIZE]);

/* Where a search for something that a container can have of its own begins: the same for the same name, and far apart
 * for similar ones, so that containers made at the same time do not meet. FNV-1a. */
uint64_t name_seed(const char *name);
