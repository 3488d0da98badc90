/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Removes a whole tree, whatever is in it. */
#pragma once

/* Removes 'name' in directory 'dir' and all below it: follows no link, crosses no mount (-EBUSY), needs bounded memory,
 * stack and descriptors for any depth and width, and ends whatever other processes do in the tree meanwhile. What is
 * already gone is not an error. 0; or the first -errno after going on with the rest; or -ENOTEMPTY as soon as another
 * process turns out to be making files in it without an end. */
int rm_rf(int dir, const char *name);
