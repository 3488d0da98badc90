/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inputs as files and directories for the targets, and checks that several of them share. */
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "base/text.h"

void fuzz_fail(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: failed: %s\n", file, line, condition);
	abort();
}

static char *take(struct fuzz_input *input, size_t size, size_t separator)
{
	char *text = xcalloc(size + 1, 1);

	if (size > 0)
		memcpy(text, input->p, size);
	input->p += size + separator;
	input->n -= size + separator;
	return text;
}

char *fuzz_line(struct fuzz_input *input)
{
	const char *end = input->n ? memchr(input->p, '\n', input->n) : NULL;

	return take(input, end ? (size_t)(end - input->p) : input->n, end != NULL);
}

char *fuzz_part(struct fuzz_input *input, size_t *ret_size)
{
	static const char separator[] = "\n" FUZZ_PART "\n";
	const size_t len = strlen(separator);
	const char *end = input->n ? memmem(input->p, input->n, separator, len) : NULL;
	size_t size = end ? (size_t)(end + 1 - input->p) : input->n;

	if (ret_size)
		*ret_size = size;
	return take(input, size, end ? len - 1 : 0);
}

static char scratch[64];
static int scratch_fd = -1;

static void remove_scratch(void)
{
	close(scratch_fd);
	rm_rf(AT_FDCWD, scratch);
}

int fuzz_root(void)
{
	const char *temporary = getenv("TMPDIR");

	if (scratch_fd >= 0)
		return scratch_fd;
	snprintf(scratch, sizeof(scratch), "%.40s/fuzz-XXXXXX", temporary ? temporary : "/tmp");
	CHECK(mkdtemp(scratch));
	scratch_fd = rootfd_open(scratch);
	CHECK(scratch_fd >= 0);
	atexit(remove_scratch);
	return scratch_fd;
}

void fuzz_write(const char *path, const char *text, size_t size)
{
	_cleanup_(freep) char *dir = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	_cleanup_(closep) int fd = -1;
	int root = fuzz_root();

	CHECK(rootfd_mkdir_p(root, dir) == 0);
	fd = rootfd_openat(root, path, O_WRONLY | O_CREAT | O_TRUNC, 0700, WALK_TREE);
	CHECK(fd >= 0 && write_all(fd, text, size) == 0);
}

void fuzz_unlink(const char *path)
{
	unlinkat(fuzz_root(), path + strspn(path, "/"), 0);
}

bool fuzz_is_plain(const char *text, const char *but)
{
	size_t left = strlen(text), n;
	uint32_t c;

	for (; left > 0; text += n, left -= n) {
		n = utf8_decode(text, left, &c);
		if (n == 0 || (utf8_is_control(c) && !(c < 0x80 && strchr(but, (int)c))))
			return false;
	}
	return true;
}
