/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks for secrets in compressed files and archives, one level deep, with libarchive. Archives are hostile: a child
 * process reads them, whose memory and time are limited, and which answers with nothing but the name of a form. */
#pragma once

#include "contents/secret-forms.h"

/* Whether unpack_find() knows files that begin like this. */
bool unpack_knows(const struct secret_text *text);

/* Searches what is packed in the file 'fd', whose position it changes, for secrets, and stores the form of the worst
 * in *ret (constant), or NULL. At most 64 MiB of the file and 64 MiB of its content are read. 0, or -errno if
 * nothing was found and something could not be searched: -E2BIG if it is larger, -EBADMSG if it is damaged or
 * encrypted, -ENOSYS without libarchive. */
int unpack_find(int fd, const struct strv *hashes, const struct secret_form **ret);
