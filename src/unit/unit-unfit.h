/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units and generators of a host that make no sense in a container, each with the reason. */
#pragma once

/* The reason for the file 'name' of systemd's directories, or NULL if it may be in a container. A unit that a container
 * was made for is allowed all the same: the caller sees to that. */
const char *unit_unfit(const char *name);
