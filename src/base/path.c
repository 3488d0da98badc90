/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths as text. Nothing here looks at a file system. */
#include "base/path.h"

bool path_within(const char *path, const char *dir)
{
	const char *rest = skip_prefix(path, dir);

	return rest && (*rest == '\0' || *rest == '/');
}
