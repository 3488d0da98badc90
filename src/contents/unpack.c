/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks into compressed files and archives. libarchive is loaded only when there is one, and only in the child process
 * that reads it. */
#include "contents/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/library.h"
#include "base/subprocess.h"
#include "contents/secret-reader.h"

#define LIBRARY "libarchive.so.13" /* its name since version 3 */
#define BYTES_MAX ((size_t)64 * 1024 * 1024)
#define MEMORY_MAX ((rlim_t)512 * 1024 * 1024) /* bytes; xz -9 takes 64 MiB */
#define CPU_MAX 20			       /* seconds */
#define PATIENCE_MS 60000
#define BLOCK 65536	 /* bytes */
#define MEMBER_COST 1024 /* bytes for which a file in an archive counts, even if it is empty */

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

/* The functions of the library that are used. */
static struct {
	struct archive *(*read_new)(void);
	int (*filters[7])(struct archive *);
	int (*raw)(struct archive *);
	int (*formats[4])(struct archive *);
	int (*open_fd)(struct archive *, int fd, size_t block);
	int (*next_header)(struct archive *, struct archive_entry **);
	la_ssize_t (*read_data)(struct archive *, void *, size_t);
} lib;

static const struct library_function functions[] = {
	{ "archive_read_new", &lib.read_new },
	{ "archive_read_open_fd", &lib.open_fd },
	{ "archive_read_next_header", &lib.next_header },
	{ "archive_read_data", &lib.read_data },
	/* Not archive_read_support_filter_all(): some filters run programs. */
	{ "archive_read_support_filter_bzip2", &lib.filters[0] },
	{ "archive_read_support_filter_compress", &lib.filters[1] },
	{ "archive_read_support_filter_gzip", &lib.filters[2] },
	{ "archive_read_support_filter_lz4", &lib.filters[3] },
	{ "archive_read_support_filter_lzma", &lib.filters[4] },
	{ "archive_read_support_filter_xz", &lib.filters[5] },
	{ "archive_read_support_filter_zstd", &lib.filters[6] },
	{ "archive_read_support_format_7zip", &lib.formats[0] },
	{ "archive_read_support_format_cpio", &lib.formats[1] },
	{ "archive_read_support_format_raw", &lib.raw },
	{ "archive_read_support_format_tar", &lib.formats[2] },
	{ "archive_read_support_format_zip", &lib.formats[3] },
};

struct job {
	int fd;
	const struct strv *hashes;
	char found[32]; /* written by the child: the name of the worst form, or "" */
};

static ssize_t read_member(void *from, char *to, size_t size)
{
	la_ssize_t n = lib.read_data(from, to, size);

	return n < 0 ? -EBADMSG : n;
}

/* Searches one file of the archive. 0 or -errno. */
static int look_at_member(struct archive *a, struct job *job, size_t *left)
{
	_cleanup_(secret_reader_done) struct secret_reader reader = { .read = read_member, .from = a };
	struct secret_text text;
	int r;

	while ((r = secret_reader_next(&reader, &text)) > 0) {
		const struct secret_form *form = secret_find(&text, job->hashes);
		const struct secret_form *worst = secret_form_named(job->found);

		if (form && (!worst || form->sort > worst->sort))
			strncpy(job->found, form->name, sizeof(job->found) - 1);
		if (text.len > *left)
			return -E2BIG;
		*left -= text.len;
	}
	return r;
}

/* -ENOENT if there is no file in it. */
static int look_at_all(struct archive *a, struct job *job)
{
	size_t left = BYTES_MAX;
	struct archive_entry *member;
	int r, result = -ENOENT;

	for (;;) {
		r = lib.next_header(a, &member);
		if (r == ARCHIVE_EOF)
			return result;
		if (r < ARCHIVE_WARN)
			return -EBADMSG;
		r = look_at_member(a, job, &left);
		if (r == -E2BIG || left < MEMBER_COST)
			return -E2BIG;
		result = r < 0 || result == -ENOENT ? r : result;
		left -= MEMBER_COST;
	}
}

/* Reads the file as an archive or, with 'raw', as a compressed file. */
static int look(struct job *job, bool raw)
{
	struct archive *a = xcheck(lib.read_new());

	for (size_t i = 0; i < ARRAY_SIZE(lib.filters); i++)
		lib.filters[i](a);
	for (size_t i = 0; i < ARRAY_SIZE(lib.formats) && !raw; i++)
		lib.formats[i](a);
	lib.raw(a);
	if (lseek(job->fd, 0, SEEK_SET) < 0)
		return -errno;
	return lib.open_fd(a, job->fd, BLOCK) == ARCHIVE_OK ? look_at_all(a, job) : -EBADMSG;
}

/* Runs in the child, whose end releases everything. A file that begins with zeros looks like an empty tar archive. */
static int work(void *data)
{
	struct job *job = data;
	int r;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	setrlimit(RLIMIT_CPU, &(struct rlimit){ CPU_MAX, CPU_MAX });
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 0, 0 });
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	if (!library_load(LIBRARY, functions, ARRAY_SIZE(functions)))
		return -ENOSYS;
#ifndef __SANITIZE_ADDRESS__
	setrlimit(RLIMIT_DATA, &(struct rlimit){ MEMORY_MAX, MEMORY_MAX });
#endif
	r = look(job, false);
	if (r == -ENOENT)
		r = look(job, true);
	return r == -ENOENT ? 0 : r;
}

int unpack_find(int fd, const struct strv *hashes, const struct secret_form **ret)
{
	struct job *job;
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size > (off_t)BYTES_MAX)
		return -E2BIG;
	job = mmap(NULL, sizeof(*job), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (job == MAP_FAILED)
		return -errno;
	*job = (struct job){ .fd = fd, .hashes = hashes };
	r = subprocess_call(work, job, PATIENCE_MS);
	job->found[sizeof(job->found) - 1] = '\0'; /* the child is not trusted */
	*ret = secret_form_named(job->found);
	munmap(job, sizeof(*job));
	return *ret ? 0 : r;
}

bool unpack_knows(const struct secret_text *text)
{
	static const struct {
		size_t at;
		const char *magic;
	} kinds[] = {
		{ 0, "\x1f\x8b" },	     /* gzip, RFC 1952 */
		{ 0, "\x1f\x9d" },	     /* compress(1) */
		{ 0, "BZh" },		     /* bzip2 */
		{ 0, "\xfd\x37zXZ" },	     /* xz */
		{ 0, "]" },		     /* lzma: properties, and then the size of the dictionary */
		{ 0, "\x28\xb5\x2f\xfd" },   /* zstd, RFC 8878 */
		{ 0, "\x04\x22\x4d\x18" },   /* lz4 */
		{ 0, "PK\x03\x04" },	     /* zip, and jar */
		{ 0, "7z\xbc\xaf\x27\x1c" }, /* 7-Zip */
		{ 0, "070701" },	     /* cpio */
		{ 257, "ustar" },	     /* tar, POSIX.1 */
	};

	for (size_t i = 0; text->first && i < ARRAY_SIZE(kinds); i++) {
		size_t len = strlen(kinds[i].magic);

		if (text->len >= kinds[i].at + len && memcmp(text->data + kinds[i].at, kinds[i].magic, len) == 0)
			return true;
	}
	return false;
}
