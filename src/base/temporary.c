/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A name that nobody can guess, by mkdtemp(3). */
#include "base/temporary.h"

#include <errno.h>
#include <stdlib.h>

#include "base/util.h"

int temporary_make(const char *otherwise, char **ret)
{
	const char *place = secure_getenv("TMPDIR");
	_cleanup_(freep) char *path =
		xasprintf("%s/virt-sandbox-service.XXXXXX", place && *place == '/' ? place : otherwise);

	if (!mkdtemp(path))
		return -errno;
	*ret = steal_ptr(path);
	return 0;
}
