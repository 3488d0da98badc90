/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text that a container wrote, made fit for the administrator's terminal as it passes by. Pure. */
#pragma once

#include "base/util.h"

/* Where in a UTF-8 sequence the text so far ends; {0} at first. */
struct plain {
	unsigned char last;
	int left;
};

#define PLAIN_GROWTH 4 /* a byte becomes at most so many */

/* 'n' bytes of 'in' to 'out', which has room for PLAIN_GROWTH times as many: control characters but newline and tab, and
 * what is not UTF-8, as \xNN; but what begins like a sequence has gone by already. Returns how many bytes there are. */
size_t plain_filter(struct plain *plain, const char *in, size_t n, char *out);
