/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each attempt is made twice in a child process: before confine_self(), where it works, and after it. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/syscalls.h"
#include "base/util.h"
#include "monitor/confine.h"

static int pair[2]; /* connected sockets for datagrams */

static int try_open(void)
{
	return open("/", O_RDONLY | O_CLOEXEC);
}

static int try_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static int try_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 ? -1 : waitpid(pid, NULL, 0);
}

/* Where this works it is the end of the process, with exit status 0. */
static int try_execute(void)
{
	return execl("/bin/true", "true", (char *)NULL);
}

static int try_kill(void)
{
	return kill(getpid(), 0);
}

static int try_pidfd(void)
{
	int r = sys_pidfd_open(getpid());

	errno = -r;
	return r < 0 ? -1 : r;
}

/* A socket that nobody has may not exist: it is the address that is refused. */
static int try_address(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/nonexistent/socket" };

	return sendto(pair[0], "x", 1, MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof(address)) < 0 &&
			       errno == ENOENT
		       ? 0
		       : -1;
}

static int try_descriptor(void)
{
	struct iovec iov = { &(char){ 0 }, 1 };
	struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1 };

	return (int)sendmsg(pair[0], &header, MSG_NOSIGNAL);
}

static int try_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

static int try_protect(void)
{
	void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

static int try_namespace(void)
{
	return setns(-1, 0) < 0 && errno == EBADF ? 0 : -1;
}

/* What the monitor goes on doing. */
static int try_work(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	static int epoll = -1;
	char *memory;

	if (epoll < 0)
		epoll = epoll_create1(EPOLL_CLOEXEC);
	if (sys_send(pair[0], "x", 1, MSG_NOSIGNAL) != 1 || epoll_wait(epoll, &event, 1, 0) != 0 ||
	    sys_recv(pair[1], &(char){ 0 }, 1, MSG_DONTWAIT) != 1)
		return -1;
	memory = malloc(1 << 20);
	memset(memory, 1, 1 << 20);
	free(memory);
	nanosleep(&(struct timespec){ .tv_nsec = 1 }, NULL);
	return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD ? 0 : -1;
}

/* 0: it works; EPERM and the like: it does not. */
static int answer(int (*attempt)(void), bool confined)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		try_work(); /* opens what it needs */
		if (confined && confine_self() < 0)
			_exit(255);
		_exit(attempt() < 0 ? errno : 0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void check_refused(int (*attempt)(void))
{
	CHECK_INT(answer(attempt, false), 0);
	CHECK_INT(answer(attempt, true), EPERM);
}

TEST(what_it_needs_works)
{
	CHECK_INT(answer(try_work, false), 0);
	CHECK_INT(answer(try_work, true), 0);
}

#ifdef WITH_SANITIZERS
static const bool filtered = false;
#else
static const bool filtered = true;
#endif

#define REFUSED(name)                                                                                                  \
	TEST(name##_is_refused)                                                                                        \
	{                                                                                                              \
		if (!filtered)                                                                                         \
			SKIP("with sanitizers, there is no filter");                                                   \
		check_refused(try_##name);                                                                             \
	}

REFUSED(open)
REFUSED(socket)
REFUSED(fork)
REFUSED(execute)
REFUSED(kill)
REFUSED(pidfd)
REFUSED(address)
REFUSED(descriptor)
REFUSED(code)
REFUSED(protect)
REFUSED(namespace)

int main(void)
{
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) < 0)
		return 1;
	return test_run_all();
}
