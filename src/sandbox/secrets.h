/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Secrets of the host, recognised by what files contain, in the forms of contents/secret-forms.h. What not every user
 * of the host can read needs none of this, because no sandbox can read it either (sandbox/tree.h). */
#pragma once

#include "base/strv.h"

/* Appends the paths of the files with a private key, a store of keys or a keytab that every user of the host can read,
 * in the places of the host's configuration; sorted. Files are read only if they are new or have changed since an
 * earlier call, of any process, noted that. 0 or -errno. */
int secrets_open_to_all(int root_fd, struct strv *ret);

/* Warns if what 'fd', an O_PATH descriptor of a file or directory of the host at 'path', holds secrets. Of a directory,
 * small files are read, and not any number of them. */
void secrets_warn(int fd, const char *path);
