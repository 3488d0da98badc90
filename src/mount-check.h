/* Whether what is to be mounted in a new container can be: what a start would refuse, create does already. */
#pragma once

#include "plan.h"

/* 'mounts' are those of --mount, 'plan' is what the container's tree will have. 0, or -errno after a message. */
int mount_check(int root_fd, const struct strv *mounts, const struct plan *plan);
