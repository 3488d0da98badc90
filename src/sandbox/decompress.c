/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decompresses with libarchive, which is loaded for it. */
#include "sandbox/decompress.h"

#include <archive.h>
#include <errno.h>

#include "base/buf.h"
#include "base/library.h"

#define LIBRARY "libarchive.so.13" /* its name since version 3 */

static struct {
	struct archive *(*read_new)(void);
	int (*filters[6])(struct archive *);
	int (*raw)(struct archive *);
	int (*open_memory)(struct archive *, const void *data, size_t size);
	int (*next_header)(struct archive *, struct archive_entry **);
	la_ssize_t (*read_data)(struct archive *, void *, size_t);
	int (*read_free)(struct archive *);
} lib;

static const struct library_function functions[] = {
	{ "archive_read_new", &lib.read_new },
	{ "archive_read_open_memory", &lib.open_memory },
	{ "archive_read_next_header", &lib.next_header },
	{ "archive_read_data", &lib.read_data },
	{ "archive_read_free", &lib.read_free },
	{ "archive_read_support_filter_bzip2", &lib.filters[0] },
	{ "archive_read_support_filter_gzip", &lib.filters[1] },
	{ "archive_read_support_filter_lz4", &lib.filters[2] },
	{ "archive_read_support_filter_lzma", &lib.filters[3] },
	{ "archive_read_support_filter_xz", &lib.filters[4] },
	{ "archive_read_support_filter_zstd", &lib.filters[5] },
	{ "archive_read_support_format_raw", &lib.raw },
};

int decompress(const void *data, size_t size, size_t max, char **ret, size_t *ret_size)
{
	_cleanup_(buf_done) struct buf text = { 0 };
	static char part[256 * 1024];
	struct archive_entry *entry;
	struct archive *a;
	la_ssize_t n = -1;

	if (!library_load(LIBRARY, functions, ARRAY_SIZE(functions)))
		return -ENOSYS;
	a = lib.read_new();
	if (!a)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(lib.filters); i++)
		lib.filters[i](a);
	lib.raw(a);
	if (lib.open_memory(a, data, size) == ARCHIVE_OK && lib.next_header(a, &entry) == ARCHIVE_OK)
		while ((n = lib.read_data(a, part, sizeof(part))) > 0 && text.len <= max)
			buf_add(&text, part, (size_t)n);
	lib.read_free(a);
	if (n != 0)
		return n > 0 ? -EFBIG : -EBADMSG;
	*ret_size = text.len;
	*ret = buf_steal(&text);
	return 0;
}
