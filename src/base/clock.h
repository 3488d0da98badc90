/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clock that cannot be set. */
#pragma once

#include <stdint.h>

/* Microseconds of CLOCK_MONOTONIC (clock_gettime(2)). */
uint64_t clock_usec(void);
