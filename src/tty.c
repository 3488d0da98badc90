/* See tty.h. A child process enters the container's namespaces as its root, opens the multiplexer there and sends it
 * back. The container may have put anything in that place, so nothing is taken from it that is no pseudoterminal. */
#include "tty.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leader.h"
#include "log.h"

#define TIMEOUT_MS 10000

static int send_fd(int socket, int fd)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(fd))];
	} control = { 0 };
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int receive_fd(int socket, int *ret)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(*ret))];
	} control;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;

	if (recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	c = CMSG_FIRSTHDR(&message);
	if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(*ret)))
		return -ENXIO;
	memcpy(ret, CMSG_DATA(c), sizeof(*ret));
	return 0;
}

/* In the child, which stays in the host's pid namespace, where nothing in the container sees it. The terminal then
 * belongs to the container's root, as one that was made in there would. */
static int open_inside(int leader, int socket)
{
	int master;

	if (setns(leader, CLONE_NEWNS | CLONE_NEWUSER) < 0)
		return -errno;
	if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return -errno;
	master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	return master < 0 ? -errno : send_fd(socket, master);
}

static int wait_for(int socket, int *ret)
{
	struct pollfd fd = { .fd = socket, .events = POLLIN };
	int r;

	do
		r = poll(&fd, 1, TIMEOUT_MS);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r == 0 ? -ETIMEDOUT : receive_fd(socket, ret);
}

static int open_by_child(int leader, int *ret)
{
	_cleanup_(closep) int ours = -1, theirs = -1;
	int pair[2], status, r;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	ours = pair[0];
	theirs = pair[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(-open_inside(leader, theirs));
	close(steal_fd(&theirs));
	r = wait_for(ours, ret);
	if (r == -ETIMEDOUT)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	/* Without a descriptor its exit status is the reason. */
	return r == -ENXIO && WIFEXITED(status) && WEXITSTATUS(status) ? -WEXITSTATUS(status) : r;
}

/* The other end comes from the first, by no name that the container could play with. */
static int complete(struct tty *tty)
{
	unsigned int number;
	int unlocked = 0;

	if (ioctl(tty->master, TIOCGPTN, &number) < 0 || ioctl(tty->master, TIOCSPTLCK, &unlocked) < 0)
		return -errno;
	tty->slave = ioctl(tty->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty->slave < 0)
		return -errno;
	snprintf(tty->path, sizeof(tty->path), "/dev/pts/%u", number);
	return 0;
}

int tty_open(int root_fd, const char *name, struct tty *ret)
{
	_cleanup_(tty_done) struct tty tty = TTY_INIT;
	_cleanup_(closep) int leader = -1;
	pid_t pid;
	int r;

	leader = leader_open(root_fd, name, &pid);
	r = leader < 0 ? leader : 0;
	if (r == 0)
		r = open_by_child(leader, &tty.master);
	if (r == 0)
		r = complete(&tty);
	if (r == -ESRCH) {
		log_error("Container '%s' is not running.", name);
		return r;
	}
	if (r < 0)
		return log_error_errno(r, "Cannot make a terminal in container '%s': %m", name);
	*ret = tty;
	tty = (struct tty)TTY_INIT;
	return 0;
}

void tty_done(struct tty *tty)
{
	closep(&tty->slave);
	closep(&tty->master);
	*tty = (struct tty)TTY_INIT;
}
