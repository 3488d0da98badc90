/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file begins with the sizes of its parts; the stamp follows, and then the rows and the keys of each index. Only
 * the user who reads it can have written it. Times of files have the resolution of the kernel's clock tick, so a file
 * that changed shortly before it was read may change again without a trace; then nothing is kept. */
#include "package/pkg-cache.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/rootfd.h"

#define FORMAT UINT64_C(0x31676b702d737376) /* "vss-pkg1" */
#define INDEXES_MAX 4
#define SETTLED 2 /* seconds after which no file system gives a second change the same time */

struct head {
	uint64_t format, stamp; /* and the bytes of the stamp */
	struct {
		uint64_t rows, keys; /* their number, and the bytes of all keys */
	} index[INDEXES_MAX];
};

void pkg_stamp_done(struct pkg_stamp *stamp)
{
	buf_done(&stamp->text);
}

bool pkg_facts_find(int dir, const char *name, int flags, struct pkg_facts *ret)
{
	struct stat st;

	*ret = (struct pkg_facts){ 0 };
	if (fstatat(dir, name, &st, flags) < 0)
		return false;
	*ret = (struct pkg_facts){ st.st_dev,	      st.st_ino,	  st.st_mode,	     (uint64_t)st.st_size,
				   st.st_mtim.tv_sec, st.st_mtim.tv_nsec, st.st_ctim.tv_sec, st.st_ctim.tv_nsec };
	return true;
}

void pkg_stamp_note(struct pkg_stamp *stamp, const struct pkg_facts *facts)
{
	if (facts->ctime > stamp->newest)
		stamp->newest = facts->ctime;
}

void pkg_stamp_add(struct pkg_stamp *stamp, int dir, const char *name, int flags)
{
	struct pkg_facts facts;

	pkg_facts_find(dir, name, flags, &facts);
	pkg_stamp_note(stamp, &facts);
	buf_add(&stamp->text, name, strlen(name) + 1);
	buf_add(&stamp->text, &facts, sizeof(facts));
}

static char *cache_path(const char *name)
{
	return xasprintf(PKG_CACHE_DIR "/%s", name);
}

/* --- loading --- */

static int read_exactly(int fd, void *to, size_t size)
{
	ssize_t n = read(fd, to, size);

	return n < 0 ? -errno : (size_t)n == size ? 0 : -EBADMSG;
}

/* Whether the file has exactly these parts. */
static bool sizes_fit(const struct head *head, size_t n, uint64_t size)
{
	uint64_t sum = sizeof(*head) + head->stamp;

	for (size_t i = 0; i < INDEXES_MAX; i++) {
		if (head->index[i].rows > UINT32_MAX || head->index[i].keys > UINT32_MAX ||
		    (i >= n && head->index[i].rows > 0))
			return false;
		sum += head->index[i].rows * sizeof(struct pkg_row) + head->index[i].keys;
	}
	return head->format == FORMAT && sum == size;
}

static int check_stamp(int fd, uint64_t size, const struct buf *stamp)
{
	_cleanup_(freep) char *kept = size == stamp->len ? xrealloc(NULL, stamp->len, 1) : NULL;
	int r = kept ? read_exactly(fd, kept, stamp->len) : -ESTALE;

	return r == 0 && memcmp(kept, stamp->text, stamp->len) != 0 ? -ESTALE : r;
}

static int load_index(int fd, uint64_t rows, uint64_t keys, uint32_t limit, struct pkg_index *index)
{
	int r;

	index->rows = xcalloc(rows, sizeof(*index->rows));
	index->n = rows;
	index->keys = (struct buf){ xrealloc(NULL, keys + 1, 1), keys, keys + 1 };
	index->keys.text[keys] = '\0';
	index->sorted = true;
	r = read_exactly(fd, index->rows, rows * sizeof(*index->rows));
	if (r == 0)
		r = read_exactly(fd, index->keys.text, keys);
	for (size_t i = 0; i < rows && r == 0; i++)
		if (index->rows[i].key > keys || index->rows[i].len > keys - index->rows[i].key ||
		    index->rows[i].value >= limit)
			r = -EBADMSG;
	return r;
}

static int load(int fd, const struct pkg_stamp *stamp, uint32_t limit, struct pkg_index *const *indexes, size_t n)
{
	struct head head;
	struct stat st;
	int r = fstat(fd, &st) < 0 ? -errno : 0;

	if (r == 0 && (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH))))
		return -EPERM;
	if (r == 0)
		r = read_exactly(fd, &head, sizeof(head));
	if (r == 0 && !sizes_fit(&head, n, (uint64_t)st.st_size))
		return -EBADMSG;
	if (r == 0)
		r = check_stamp(fd, head.stamp, &stamp->text);
	for (size_t i = 0; i < n && r == 0; i++)
		r = load_index(fd, head.index[i].rows, head.index[i].keys, limit, indexes[i]);
	return r;
}

int pkg_cache_load(int root_fd, const char *name, const struct pkg_stamp *stamp, uint32_t limit,
		   struct pkg_index *const *indexes, size_t n)
{
	_cleanup_(freep) char *path = cache_path(name);
	_cleanup_(closep) int fd =
		rootfd_openat(root_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, WALK_ROOT);
	int r = fd < 0 ? fd : load(fd, stamp, limit, indexes, n);

	for (size_t i = 0; i < n && r < 0; i++)
		pkg_index_done(indexes[i]);
	return r;
}

/* --- saving --- */

int pkg_cache_save(int root_fd, const char *name, const struct pkg_stamp *stamp, struct pkg_index *const *indexes,
		   size_t n)
{
	_cleanup_(freep) char *path = cache_path(name);
	_cleanup_(buf_done) struct buf file = { 0 };
	struct head head = { .format = FORMAT, .stamp = stamp->text.len };
	int r;

	if (stamp->newest + SETTLED >= stamp->begun)
		return 0;
	for (size_t i = 0; i < n; i++) {
		head.index[i].rows = indexes[i]->n;
		head.index[i].keys = indexes[i]->keys.len;
	}
	buf_add(&file, &head, sizeof(head));
	buf_add(&file, stamp->text.text, stamp->text.len);
	for (size_t i = 0; i < n; i++) {
		buf_add(&file, indexes[i]->rows, indexes[i]->n * sizeof(*indexes[i]->rows));
		buf_add(&file, indexes[i]->keys.text, indexes[i]->keys.len);
	}
	r = rootfd_mkdir_p(root_fd, PKG_CACHE_DIR);
	return r < 0 ? r : atomic_file_write_data(root_fd, path, 0600, file.text, file.len, true);
}
