/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The answers that the administrator gave debconf(7) when packages were installed. */
#pragma once

#include "package/dpkg-relation.h"

/* What the package's installation script was told: those paragraphs of debconf's database below the root that the
 * package owns and that have a value. Passwords are in another file, and are not among them. NULL if there are none.
 * Caller frees. */
char *debconf_answers(int root_fd, struct dpkg_text package);
