/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Work that somebody else may keep from ending, and that takes no timeout: in a process of its own, which can be given
 * up. */
#pragma once

/* What 'work' returned, 0 or -errno; -ETIMEDOUT, without a message, when it did not end in time and has been killed. */
int subprocess_call(int (*work)(void *data), void *data, int timeout_ms);
