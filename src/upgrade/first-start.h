/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a container's own start puts into its /etc without anybody's doing, so that it is no change of the
 * administrator: new keys, and what tmpfiles.d(5) files of packages make. Reads only files below the host's /usr, and
 * changes nothing. */
#pragma once

#include "create/plan.h"
#include "upgrade/version.h"

/* Owned; {0} is what makes nothing. */
struct first_start {
	struct first_start_made {
		char *path;
		struct version made;
	} * v;
	size_t n;
};
void first_start_done(struct first_start *start);

/* Reads what the host's packages have systemd-tmpfiles(8) make in /etc. A file or line that cannot be read makes
 * nothing. */
void first_start_read(int root_fd, struct first_start *ret);

/* Whether 'now', which the container has at 'path', is what its start makes there. 'plan' is what create would do for
 * it, sorted by plan_sort_left(). Only the type counts of a directory, and of a key that the container makes. */
bool first_start_makes(const struct first_start *start, const struct plan *plan, const char *path,
		       const struct version *now);

/* Whether the first start writes a key or a certificate of the container's own at 'path', where create put another
 * one or an empty file. */
bool first_start_renews(const struct plan *plan, const char *path);
