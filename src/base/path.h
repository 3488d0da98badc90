/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths as text. Nothing here looks at a file system. */
#pragma once

#include "base/util.h"

/* Whether 'path' is 'dir' or below it; both absolute and without repeated or trailing slashes. */
bool path_within(const char *path, const char *dir);
