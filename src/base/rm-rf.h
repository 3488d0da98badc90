/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Removes a whole tree, whatever is in it. */
#pragma once

/* Removes 'name' in directory 'dir' and everything below it. Follows no links and crosses no mounts (-EBUSY). Needs
 * bounded memory, stack and descriptors for any depth and width, and ends, whatever other processes do in the tree
 * meanwhile. A file that is already gone is not an error. Returns 0; or the first -errno, after going on with the rest;
 * or -ENOTEMPTY as soon as another process turns out to keep creating files in the tree. */
int rm_rf(int dir, const char *name);
