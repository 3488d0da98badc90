/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clock that cannot be set. */
#pragma once

#include <stdint.h>

/* Microseconds of CLOCK_MONOTONIC (clock_gettime(2)). */
uint64_t clock_usec(void);

/* How long poll(2) may wait for that time, in milliseconds, and at most a second: 0 if it has come, and -1 if it is
 * UINT64_MAX, which never comes. */
int clock_wait_ms(uint64_t until);
