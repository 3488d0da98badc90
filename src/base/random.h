/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random bytes and ids, and hashes of names. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Fills 'n' (at most 256) bytes by getrandom(2). 0 or -EIO. */
int random_bytes(void *data, size_t n);

/* A random id, for machine-id(5) and for container UUIDs: 32 hexadecimal digits, a UUID of version 4. 0 or -errno. */
#define RANDOM_ID_SIZE 33 /* with the NUL */
int random_id(char ret[static RANDOM_ID_SIZE]);

/* Where to begin the search for a resource that only one container may have. It is the same for the same name, and far
 * apart for similar names, so that containers created at the same time do not compete. FNV-1a. */
uint64_t name_seed(const char *name);
