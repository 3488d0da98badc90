/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units and generators of a host that make no sense in a container, each with the reason. */
#pragma once

/* The reason why the file 'name' in systemd's directories is left out, or NULL if a container may have it. A unit that
 * the container was created for is allowed anyway, which is up to the caller. */
const char *unit_unfit(const char *name);
