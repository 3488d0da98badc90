/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Those steps of the container's first program that are files of their own. 0 or -errno each. */
#pragma once

/* Masks the unit files, generators and the like of host packages that are not the container's. */
int mask_units(void);

/* Covers all of '/proc' and '/sys' that a container does not need. */
int cover_kernel(void);

/* From now on nobody in the container can unmount, move or remount what is mounted. */
int cover_lock(void);
