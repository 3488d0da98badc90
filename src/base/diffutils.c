/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs of GNU diffutils, run without rights. */
#include "base/diffutils.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/nobody.h"
#include "base/subprocess.h"
#include "base/syscalls.h"

#define CPU_SECONDS 10
/* The exit status. */
#define DIFFERENCES 1
#define TROUBLE 2

#define FIRST 3 /* descriptor of the first text in the program */

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

struct job {
	const char *const *argv;
	int files[DIFFUTILS_TEXTS_MAX];
	size_t n;
	int output;
};

static void job_done(struct job *job)
{
	for (size_t i = 0; i < job->n; i++)
		closep(&job->files[i]);
	closep(&job->output);
}

/* In the child process. Returns only if the program could not be run. */
static int run(void *data)
{
	static char *const environment[] = { "LC_ALL=C", "PATH=/usr/bin:/bin", NULL };
	const struct job *job = data;
	int moved[DIFFUTILS_TEXTS_MAX], files[DIFFUTILS_TEXTS_MAX];
	sigset_t none;

	/* Above the places that they will have, so that none takes the place of another. */
	for (size_t i = 0; i < job->n; i++)
		if ((moved[i] = fcntl(job->files[i], F_DUPFD, FIRST + DIFFUTILS_TEXTS_MAX)) < 0)
			return -TROUBLE;
	if (dup2(job->output, STDOUT_FILENO) < 0 || dup2(open("/dev/null", O_RDWR), STDIN_FILENO) < 0 ||
	    dup2(STDIN_FILENO, STDERR_FILENO) < 0)
		return -TROUBLE;
	for (size_t i = 0; i < job->n; i++)
		if ((files[i] = dup2(moved[i], FIRST + (int)i)) < 0)
			return -TROUBLE;
	sys_close_range(FIRST + (unsigned int)job->n, ~0U, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (drop_rights(files, job->n) < 0)
		return -TROUBLE;
	execve(job->argv[0], (char *const *)job->argv, environment);
	return -TROUBLE;
}

/* A file in memory with this text, or -errno. */
static int file_of(const struct diffutils_text *text)
{
	int fd = memfd_create("text", MFD_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = fchmod(fd, 0400) < 0 ? -errno : text ? write_all(fd, text->data, text->len) : 0;
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

int diffutils_run(const char *const argv[], const struct diffutils_text texts[], size_t n, int timeout_ms, char **ret)
{
	_cleanup_(job_done) struct job job = { .argv = argv, .output = file_of(NULL) };
	int status, r;

	if (job.output < 0)
		return job.output;
	for (; job.n < n; job.n++)
		if ((job.files[job.n] = file_of(&texts[job.n])) < 0)
			return job.files[job.n];
	status = subprocess_call(run, &job, timeout_ms);
	if (status < 0 && status != -DIFFERENCES)
		return status == -TROUBLE ? -EIO : status;
	r = read_all(job.output, ret);
	return r < 0 ? r : -status;
}
