/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether what is to be mounted in a new container can be: what a start would refuse, create does already. */
#pragma once

#include "base/strv.h"
#include "container/mount-spec.h"
#include "create/plan.h"

/* 'mounts' are those of --mount, 'tree' is where the container's directory will be and 'plan' what will be in it. 0, or
 * -errno after a message. */
int check_mounts(int root_fd, const struct mounts *mounts, const char *tree, const struct plan *plan);
