/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of the container's first program that have their own files. Each returns 0 or -errno. */
#pragma once

/* Masks the unit files, generators and the like of the host's packages that the container does not have. */
int mask_units(void);

/* Covers all of '/proc' and '/sys' that a container does not need. */
int cover_kernel(void);

/* After this, nothing in the container can unmount, move or remount what is mounted now. */
int cover_lock(void);
