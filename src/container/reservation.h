/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What belongs to one container alone: its level, its ids, its address. A reservation is a file made with O_EXCL whose
 * name is what is reserved and whose content is the container's name, so that two creates at once cannot agree. */
#pragma once

#include "base/strv.h"

#define RESERVE_LEVELS "levels"
#define RESERVE_IDS "ids"
#define RESERVE_ADDRESSES "addresses"
#define RESERVE_MACS "macs" /* those that somebody chose; ours follow from the address, or are random */
#define RESERVE_PORTS "ports"

/* What is reserved of one kind, appended. None is no error. 0, or -errno after a message. */
int reservation_list(int root_fd, const char *kind, struct strv *ret);

/* Whose reservation 'value' is: caller frees. -ENOENT when it is nobody's. */
int reservation_owner(int root_fd, const char *kind, const char *value, char **ret);

/* Gives back every reservation of container 'name'. 0, or the first -errno after messages. */
int reservation_release(int root_fd, const char *name);
