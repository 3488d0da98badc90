/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decompresses files of the kernel: gzip, bzip2, lzma, xz, lz4 and zstd, by libarchive, which is loaded only then. */
#pragma once

#include "base/util.h"

/* Decompresses 'size' bytes, or copies them if they are not compressed; at most 'max' come out of it (-EFBIG). The
 * caller frees *ret. 0, or -errno: -ENOSYS without the library, -EBADMSG if the data are damaged. */
int decompress(const void *data, size_t size, size_t max, char **ret, size_t *ret_size);
