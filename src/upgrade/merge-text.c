/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Merging by diff3(1) from GNU diffutils. */
#include "upgrade/merge-text.h"

#include <errno.h>
#include <string.h>

#include "base/diffutils.h"

static struct diffutils_text text_of(const char *text)
{
	return (struct diffutils_text){ text, text ? strlen(text) : 0 };
}

int merge_text(const char *mine, const char *old, const char *yours, int timeout_ms, char **ret)
{
	static const char *const argv[] = { "/usr/bin/diff3", "--merge",	"--show-overlap", "--",
					    DIFFUTILS_FIRST,  DIFFUTILS_SECOND, DIFFUTILS_THIRD,  NULL };
	const struct diffutils_text texts[] = { text_of(mine), text_of(old), text_of(yours) };
	_cleanup_(freep) char *merged = NULL;
	int r = diffutils_run(argv, texts, ARRAY_SIZE(texts), timeout_ms, &merged);

	if (r == 0)
		*ret = steal_ptr(merged);
	return r > 0 ? -EBUSY : r == -EBUSY ? -EIO : r;
}
