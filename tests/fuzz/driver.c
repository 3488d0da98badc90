/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* main() without libFuzzer: runs the target with each file of its corpus, once, and prints TAP. With arguments, it uses
 * these files instead. If libFuzzer is linked, its own main() replaces this one. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/strv.h"
#include "base/util.h"
#include "fuzz.h"

static void read_file(const char *path, struct buf *ret)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char part[4096];
	ssize_t n;

	CHECK(fd >= 0);
	while ((n = read(fd, part, sizeof(part))) > 0)
		buf_add(ret, part, (size_t)n);
	CHECK(n == 0);
}

/* A copy of exactly the right size, so that a sanitizer notices reads beyond its end. */
static void try(const char *path)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	_cleanup_(freep) uint8_t *data = NULL;

	read_file(path, &b);
	data = xcalloc(b.len, 1);
	if (b.len > 0)
		memcpy(data, b.text, b.len);
	LLVMFuzzerTestOneInput(data, b.len);
}

static void list(const char *dir, struct strv *ret)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	CHECK(d);
	while ((e = readdir(d)))
		if (*e->d_name != '.')
			strv_addf(ret, "%s/%s", dir, e->d_name);
	closedir(d);
	strv_sort_unique(ret);
}

static char *corpus_of(const char *program)
{
	const char *source = getenv("top_srcdir"), *target = strrchr(program, '/');

	target = skip_prefix(target ? target + 1 : program, "fuzz-");
	CHECK(target);
	return xasprintf("%s/tests/fuzz/corpus/%s", source ? source : ".", target);
}

int main(int argc, char **argv) __attribute__((weak));

int main(int argc, char **argv)
{
	_cleanup_(strv_done) struct strv files = { 0 };
	_cleanup_(freep) char *corpus = NULL;

	for (int i = 1; i < argc; i++)
		strv_add(&files, argv[i]);
	if (argc == 1) {
		corpus = corpus_of(argv[0]);
		list(corpus, &files);
	}
	for (size_t i = 0; i < files.n; i++) {
		printf("# %s\n", files.v[i]); /* printed first, in case the target crashes */
		fflush(stdout);
		try(files.v[i]);
		printf("ok %zu - %s\n", i + 1, strrchr(files.v[i], '/') ? strrchr(files.v[i], '/') + 1 : files.v[i]);
	}
	printf("1..%zu\n", files.n);
	return files.n == 0;
}
