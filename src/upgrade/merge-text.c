/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Merging by diff3(1) from GNU diffutils. It reads from, and writes to, files in memory, so there is no pipe on which
 * either side could wait for the other. */
#include "upgrade/merge-text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/nobody.h"
#include "base/subprocess.h"
#include "base/syscalls.h"

#define DIFF3 "/usr/bin/diff3"
#define CPU_SECONDS 10
/* The exit status. */
#define CONFLICT 1
#define TROUBLE 2

#define FIRST 3 /* descriptor of the first file in the program; the two others follow */

static const struct {
	int resource;
	rlim_t limit;
} limits[] = {
	{ RLIMIT_AS, 512 * 1024 * 1024 },
	{ RLIMIT_CORE, 0 },
	{ RLIMIT_CPU, CPU_SECONDS },
	{ RLIMIT_FSIZE, 8 * 1024 * 1024 },
};

/* In a user namespace with one id, there is nobody to become; but there are no rights to lose either. The program opens
 * the files by their names in /proc, so they have to be its own. */
static int drop_rights(const int files[], size_t n)
{
	int r = nobody_become(files, n);

	if (r < 0 && r != -EINVAL && r != -EPERM)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (setrlimit(limits[i].resource, &(struct rlimit){ limits[i].limit, limits[i].limit }) < 0)
			return -errno;
	return 0;
}

/* The files, in the order of diff3's operands, and the one for its output. */
struct job {
	int files[3];
	int output;
};

/* In the child process. Returns only if the program could not be run. */
static int run(void *data)
{
	static char *const argv[] = {
		DIFF3, "--merge", "--show-overlap", "--", "/proc/self/fd/3", "/proc/self/fd/4", "/proc/self/fd/5", NULL
	};
	static char *const environment[] = { "LC_ALL=C", "PATH=/usr/bin:/bin", NULL };
	const struct job *job = data;
	int moved[ARRAY_SIZE(job->files)], files[ARRAY_SIZE(job->files)];
	sigset_t none;

	/* Above the places that they will have, so that none takes the place of another. */
	for (size_t i = 0; i < ARRAY_SIZE(job->files); i++)
		if ((moved[i] = fcntl(job->files[i], F_DUPFD, FIRST + (int)ARRAY_SIZE(job->files))) < 0)
			return -TROUBLE;
	if (dup2(job->output, STDOUT_FILENO) < 0 || dup2(open("/dev/null", O_RDWR), STDIN_FILENO) < 0 ||
	    dup2(STDIN_FILENO, STDERR_FILENO) < 0)
		return -TROUBLE;
	for (size_t i = 0; i < ARRAY_SIZE(job->files); i++)
		if ((files[i] = dup2(moved[i], FIRST + (int)i)) < 0)
			return -TROUBLE;
	sys_close_range(FIRST + ARRAY_SIZE(job->files), ~0U, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (drop_rights(files, ARRAY_SIZE(files)) < 0)
		return -TROUBLE;
	execve(DIFF3, argv, environment);
	return -TROUBLE;
}

/* A file in memory with this text, which may be NULL, or -errno. */
static int file_of(const char *text)
{
	int fd = memfd_create("merge", MFD_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = fchmod(fd, 0400) < 0 ? -errno : text ? write_all(fd, text, strlen(text)) : 0;
	if (r == 0)
		return fd;
	close(fd);
	return r;
}

static int read_all(int fd, char **ret)
{
	struct stat st;
	_cleanup_(freep) char *text = NULL;

	if (fstat(fd, &st) < 0)
		return -errno;
	text = xcalloc(1, (size_t)st.st_size + 1);
	if (pread(fd, text, (size_t)st.st_size, 0) != st.st_size)
		return -EIO;
	*ret = steal_ptr(text);
	return 0;
}

int merge_text(const char *mine, const char *old, const char *yours, int timeout_ms, char **ret)
{
	_cleanup_(closep) int a = file_of(mine), b = file_of(old), c = file_of(yours), output = file_of(NULL);
	struct job job = { { a, b, c }, output };
	int r;

	if (a < 0 || b < 0 || c < 0 || output < 0)
		return a < 0 ? a : b < 0 ? b : c < 0 ? c : output;
	r = subprocess_call(run, &job, timeout_ms);
	if (r == 0)
		return read_all(output, ret);
	return r == -CONFLICT ? -EBUSY : r == -EBUSY ? -EIO : r;
}
