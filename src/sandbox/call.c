/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of a call is sealed: whoever sent it can neither change nor shorten it while it is read, and reading it
 * depends on no other process, as it would if it were a pipe or a file of a file system in user space. */
#include "sandbox/call.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX (4 * 1024 * 1024) /* bytes; execve(2) takes 2 MiB of arguments, with the usual limit of the stack */
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

void call_done(struct call *call)
{
	strv_done(&call->words);
	strv_done(&call->environment);
}

static int write_strings(int fd, const struct strv *strings)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < strings->n; i++)
		r = write_all(fd, strings->v[i], strlen(strings->v[i]) + 1);
	return r;
}

int call_pack(const struct call *call)
{
	_cleanup_(closep) int fd = memfd_create("call", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	_cleanup_(freep) char *number = xasprintf("%zu", call->words.n);
	int r = fd < 0 ? -errno : write_all(fd, number, strlen(number) + 1);

	if (r == 0)
		r = write_strings(fd, &call->words);
	if (r == 0)
		r = write_strings(fd, &call->environment);
	if (r == 0 && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		r = -errno;
	return r < 0 ? r : steal_fd(&fd);
}

static int read_text(int fd, char **ret, size_t *ret_len)
{
	_cleanup_(freep) char *text = NULL;
	struct stat st;
	size_t n = 0;

	if (fcntl(fd, F_GET_SEALS) != SEALS || fstat(fd, &st) < 0 || st.st_size < 1 || st.st_size > TEXT_MAX)
		return -EBADMSG;
	text = xcalloc(1, (size_t)st.st_size);
	while (n < (size_t)st.st_size) {
		ssize_t part = pread(fd, text + n, (size_t)st.st_size - n, (off_t)n);

		if (part <= 0)
			return -EBADMSG;
		n += (size_t)part;
	}
	if (text[n - 1])
		return -EBADMSG;
	*ret = steal_ptr(text);
	*ret_len = n;
	return 0;
}

int call_unpack(int fd, struct call *ret)
{
	_cleanup_(freep) char *text = NULL;
	struct call call = { 0 };
	uint64_t words;
	size_t len;
	const char *p;

	if (read_text(fd, &text, &len) < 0 || parse_u64(text, TEXT_MAX, &words) < 0 || words == 0)
		return -EBADMSG;
	for (p = text + strlen(text) + 1; p < text + len; p += strlen(p) + 1)
		strv_add(call.words.n < words ? &call.words : &call.environment, p);
	if (call.words.n < words) {
		call_done(&call);
		return -EBADMSG;
	}
	*ret = call;
	return 0;
}

/* SIGKILL and SIGSTOP are not among them, as those never reach the caller's program, which would have to send them. */
bool call_passes(uint64_t signal)
{
	static const int passed[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH, SIGTSTP, SIGCONT };
	bool is = false;

	for (size_t i = 0; i < ARRAY_SIZE(passed); i++)
		is = is || signal == (uint64_t)passed[i];
	return is;
}
