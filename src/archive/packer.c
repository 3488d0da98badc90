/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program that knows the format of archives: tar in the form of pax(1), compressed by zstd. It is a process of its
 * own that reads one descriptor and writes another, because archives come from anybody, and before it reads the first
 * byte it gives up its user, and all calls but those that it needs for that. What a hole in the libraries would give
 * away is the archive. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/frames.h"
#include "base/nobody.h"

#define MEMORY_MAX ((rlim_t)1024 * 1024 * 1024) /* bytes; a window of zstd has at most 128 MiB */
#define BLOCK ((size_t)128 * 1024)
#define XATTRS_MAX 64 /* of one member */

static const int calls[] = {
	SCMP_SYS(read),		SCMP_SYS(write),	  SCMP_SYS(writev),	SCMP_SYS(readv),
	SCMP_SYS(close),	SCMP_SYS(fstat),	  SCMP_SYS(newfstatat), SCMP_SYS(lseek),
	SCMP_SYS(munmap),	SCMP_SYS(mremap),	  SCMP_SYS(brk),	SCMP_SYS(madvise),
	SCMP_SYS(futex),	SCMP_SYS(exit),		  SCMP_SYS(exit_group), SCMP_SYS(sysinfo),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(getrandom),	SCMP_SYS(clock_gettime),
};

/* Sanitizers make system calls of their own, and reserve much memory. */
#ifdef WITH_SANITIZERS
static const bool filtered = false;
#else
static const bool filtered = true;
#endif

/* All other calls fail. */
static int filter_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = filter ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(calls); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
				     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r;
}

static int confine(void)
{
	int r = nobody_become(NULL, 0);

	if (r < 0)
		return r;
	if (setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }) < 0)
		return -errno;
	if (filtered && setrlimit(RLIMIT_AS, &(struct rlimit){ MEMORY_MAX, MEMORY_MAX }) < 0)
		return -errno;
	return filtered ? filter_calls() : 0;
}

/* --- from frames to an archive --------------------------------------------------------------------------- */

struct packing {
	struct archive *archive;
	struct archive_entry *entry;
	bool open, has_header; /* of the current member */
	uint64_t size, at;     /* of the current file, and how much of it was written */
};

static int failed(struct archive *a, FILE *to)
{
	const char *text = archive_error_string(a);

	frame_write_error(to, text ? text : "the archive cannot be read");
	return 1;
}

static bool write_zeros(struct packing *p, uint64_t up_to)
{
	static const char zeros[4 * 1024 * 1024];

	while (p->at < up_to) {
		size_t n = up_to - p->at < sizeof(zeros) ? (size_t)(up_to - p->at) : sizeof(zeros);
		la_ssize_t written = archive_write_data(p->archive, zeros, n);

		if (written <= 0)
			return false;
		p->at += (uint64_t)written;
	}
	return true;
}

static bool write_header(struct packing *p)
{
	p->has_header = true;
	return archive_write_header(p->archive, p->entry) >= ARCHIVE_WARN;
}

static bool end_member(struct packing *p)
{
	if (!p->open)
		return true;
	p->open = false;
	return (p->has_header || write_header(p)) && write_zeros(p, p->size) &&
	       archive_write_finish_entry(p->archive) == ARCHIVE_OK;
}

static bool begin_member(struct packing *p, const struct frame *f)
{
	const struct frame_member *m = &f->member;

	if (!end_member(p))
		return false;
	archive_entry_clear(p->entry);
	archive_entry_copy_pathname(p->entry, f->path);
	archive_entry_set_mode(p->entry, m->mode);
	archive_entry_set_uid(p->entry, (la_int64_t)m->uid);
	archive_entry_set_gid(p->entry, (la_int64_t)m->gid);
	archive_entry_set_mtime(p->entry, m->seconds, m->nanoseconds);
	p->open = true;
	p->has_header = false;
	p->at = 0;
	p->size = S_ISREG(m->mode) && !m->hardlink ? m->size : 0;
	archive_entry_set_size(p->entry, (la_int64_t)p->size);
	if (m->hardlink)
		archive_entry_copy_hardlink(p->entry, f->target);
	else if (S_ISLNK(m->mode))
		archive_entry_copy_symlink(p->entry, f->target);
	return true;
}

static bool write_data(struct packing *p, const struct frame *f)
{
	if (!p->open || f->offset < p->at || f->offset > p->size || f->length > p->size - f->offset ||
	    (!p->has_header && !write_header(p)) || !write_zeros(p, f->offset))
		return false;
	for (uint64_t done = 0; done < f->length;) {
		la_ssize_t written = archive_write_data(p->archive, f->data + done, (size_t)(f->length - done));

		if (written <= 0)
			return false;
		done += (uint64_t)written;
		p->at += (uint64_t)written;
	}
	return true;
}

static bool pack_frame(struct packing *p, const struct frame *f)
{
	switch (f->kind) {
	case FRAME_MEMBER:
		return begin_member(p, f);
	case FRAME_XATTR:
		archive_entry_xattr_add_entry(p->entry, f->name, f->data, (size_t)f->length);
		return p->open && !p->has_header;
	case FRAME_EXTENT:
		archive_entry_sparse_add_entry(p->entry, (la_int64_t)f->offset, (la_int64_t)f->length);
		return p->open && !p->has_header;
	case FRAME_DATA:
		return write_data(p, f);
	case FRAME_END:
	case FRAME_ERROR:
	case FRAME_KINDS:
		break;
	}
	return false;
}

/* The exit status says why it could not go on, as an errno. */
static int reason(struct archive *a)
{
	int error = archive_errno(a);

	return error > 0 && error <= UINT8_MAX ? error : EIO;
}

/* In the C locale, which is that of a program that does not call setlocale(3), libarchive marks names that are not
 * ASCII, and writes and reads them as the bytes that they are. In others it would bring them into another normal form.
 * */
static int pack(FILE *frames)
{
	static struct frame frame;
	struct packing p = { .archive = archive_write_new(), .entry = archive_entry_new() };
	int r = 0;

	if (!p.archive || !p.entry || archive_write_set_format_pax(p.archive) != ARCHIVE_OK ||
	    archive_write_add_filter_zstd(p.archive) != ARCHIVE_OK ||
	    archive_write_set_options(p.archive, "pax:xattrheader=SCHILY") != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(p.archive, 1) != ARCHIVE_OK ||
	    archive_write_open_fd(p.archive, STDOUT_FILENO) != ARCHIVE_OK || confine() < 0)
		return 1;
	while ((r = frame_read(frames, &frame)) == 0 && frame.kind != FRAME_END)
		if (!pack_frame(&p, &frame))
			return reason(p.archive);
	return r < 0 || !end_member(&p) || archive_write_close(p.archive) != ARCHIVE_OK ? reason(p.archive) : 0;
}

/* --- from an archive to frames --------------------------------------------------------------------------- */

static int send_xattrs(struct archive_entry *entry, FILE *to)
{
	const char *name;
	const void *value;
	size_t len;

	if (archive_entry_xattr_reset(entry) > XATTRS_MAX)
		return -E2BIG;
	while (archive_entry_xattr_next(entry, &name, &value, &len) == ARCHIVE_OK) {
		int r = frame_write_xattr(to, name, value, len);

		if (r < 0)
			return r;
	}
	return 0;
}

static int send_data(struct archive *a, FILE *to)
{
	const void *data;
	size_t len;
	la_int64_t offset;
	int r;

	while ((r = archive_read_data_block(a, &data, &len, &offset)) == ARCHIVE_OK) {
		for (size_t done = 0; done < len;) {
			size_t n = len - done < FRAME_DATA_MAX ? len - done : FRAME_DATA_MAX;

			r = frame_write_data(to, (uint64_t)offset + done, (const char *)data + done, n);
			if (r < 0)
				return r;
			done += n;
		}
	}
	return r == ARCHIVE_EOF ? 0 : -EBADMSG;
}

static int send_member(struct archive *a, struct archive_entry *entry, FILE *to)
{
	const char *path = archive_entry_pathname(entry), *hardlink = archive_entry_hardlink(entry),
		   *symlink = archive_entry_symlink(entry);
	const struct frame_member m = {
		.size = (uint64_t)archive_entry_size(entry),
		.seconds = archive_entry_mtime(entry),
		.nanoseconds = (uint32_t)archive_entry_mtime_nsec(entry),
		.mode = archive_entry_mode(entry),
		.uid = (uint64_t)archive_entry_uid(entry),
		.gid = (uint64_t)archive_entry_gid(entry),
		.hardlink = hardlink != NULL,
	};
	int r = path ? frame_write_member(to, &m, path, hardlink ? hardlink : symlink) : -EILSEQ;

	if (r == 0)
		r = send_xattrs(entry, to);
	return r < 0 || hardlink ? r : send_data(a, to);
}

static int unpack(FILE *frames)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	int r;

	/* Not the functions for all filters: some run programs. */
	if (!a || archive_read_support_filter_zstd(a) != ARCHIVE_OK ||
	    archive_read_support_format_tar(a) != ARCHIVE_OK || confine() < 0)
		return 1;
	if (archive_read_open_fd(a, STDIN_FILENO, BLOCK) != ARCHIVE_OK)
		return failed(a, frames);
	while ((r = archive_read_next_header(a, &entry)) == ARCHIVE_OK || r == ARCHIVE_WARN) {
		r = send_member(a, entry, frames);
		if (r == -EBADMSG)
			return failed(a, frames);
		if (r < 0) {
			frame_write_error(frames, r == -EMSGSIZE ? "a name or an attribute in it is too long"
						  : r == -E2BIG	 ? "a file in it has too many attributes"
								 : "a name in it is not text");
			return 1;
		}
	}
	return r == ARCHIVE_EOF ? frame_write_end(frames) < 0 : failed(a, frames);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "pack") == 0)
		_exit(pack(stdin)); /* without what the libraries do at an exit */
	if (argc == 2 && strcmp(argv[1], "unpack") == 0)
		_exit(unpack(stdout));
	return EINVAL;
}
