/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptors 0 to 2. */
#pragma once

/* Opens /dev/null for each of them that our caller has closed, so that no file of ours gets one of these numbers. To be
 * called at the beginning of main(). 0 or -errno. */
int stdio_fill(void);
