/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys by which a host is known to SSH's users. A container gets none of the host's: it makes its own, of the same
 * kinds, at its first start, inside. PURE. */
#pragma once

#include "base/util.h"

/* What ssh-keygen(1) calls the type of the key whose public half has this text; for others the one that all know. */
const char *ssh_key_type(const char *public_key);

/* Whether a unit can be made that names the path: without what systemd would take for something else. */
bool ssh_key_path_usable(const char *path);

/* The text of a unit that makes the key unless it is there. Caller frees. */
char *ssh_key_unit_text(const char *path, const char *type);
