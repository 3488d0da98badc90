/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Merges two changed versions of a text by diff3(1). Root in a container wrote one of them, so the program runs without
 * rights, and with limits on its time, its memory and its output. */
#pragma once

#include "base/util.h"

/* Applies to 'mine' what changed from 'old' to 'yours'. All are texts without NUL. 0, with *ret as text that the caller
 * frees; -EBUSY if both changed the same place; -ETIMEDOUT after this many milliseconds; or another -errno if the
 * program is missing or gave up; all without a message. */
int merge_text(const char *mine, const char *old, const char *yours, int timeout_ms, char **ret);
