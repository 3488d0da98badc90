/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The service uses the caller's streams and terminal itself. What is left to do here is to pass on signals, which only
 * reach this process, and to restore the terminal if the service is killed. */
#include "sandbox/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "base/fdpass.h"
#include "base/log.h"
#include "base/syscalls.h"
#include "inside/sandbox-init.h"
#include "sandbox/call.h"
#include "sandbox/caller.h"

struct asker {
	int socket;
	int signals;	       /* signalfd(2) */
	bool terminal;	       /* the command gets one of its own */
	struct termios before; /* of the terminal */
};

static int connect_service(void)
{
	static const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = CALL_SOCKET };
	_cleanup_(closep) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return log_error_errno(errno, "Cannot create a socket: %m");
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return steal_fd(&fd);
	if (errno == ENOENT || errno == ECONNREFUSED)
		return log_error_errno(-EPERM,
				       "Only root can run 'virt-sandbox' on this host, unless the administrator "
				       "enables 'virt-sandbox.socket'.");
	if (errno == EACCES)
		return log_error_errno(-EPERM, "You may not use sandboxes: '" CALL_SOCKET "' is closed to you.");
	return log_error_errno(errno, "Cannot connect to '" CALL_SOCKET "': %m");
}

/* In the background, the kernel stops us here until we are in the foreground, as it would when we read. The service
 * does not belong to the terminal, so nothing would stop it from reading what is typed for others. */
static void take_terminal(struct asker *a)
{
	bool input = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &a->before) == 0;

	a->terminal = input && isatty(STDOUT_FILENO);
	if (input)
		tcsetattr(STDIN_FILENO, TCSANOW, &a->before);
}

static int take_signals(struct asker *a)
{
	sigset_t set;

	sigemptyset(&set);
	for (int i = 1; i < NSIG; i++) {
		struct sigaction now;

		/* A signal that nohup(1) or a shell's '&' made us ignore stays ignored. */
		if (call_passes((uint64_t)i) && sigaction(i, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaddset(&set, i);
	}
	a->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (a->signals < 0)
		return log_error_errno(errno, "Cannot wait for signals: %m");
	sigprocmask(SIG_BLOCK, &set, NULL);
	return 0;
}

static int send_call(const struct asker *a, int argc, char **argv)
{
	_cleanup_(caller_done) struct caller caller = CALLER_INIT;
	_cleanup_(call_done) struct call call = { 0 };
	_cleanup_(closep) int text = -1, root = -1;
	int r;

	caller_self(&caller);
	for (int i = 0; i < argc; i++)
		strv_add(&call.words, argv[i]);
	caller_environment(&caller, &call.environment);
	if (getenv("TERM"))
		strv_addf(&call.environment, "TERM=%s", getenv("TERM"));
	text = call_pack(&call);
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = text < 0 ? text : root < 0 ? -errno : 0;
	if (r == 0) {
		int fds[CALL_FDS] = { text, caller.cwd_fd < 0 ? root : caller.cwd_fd, STDIN_FILENO, STDOUT_FILENO,
				      STDERR_FILENO };

		r = fdpass_send(a->socket, CALL_BEGIN, fds, CALL_FDS);
	}
	if (r == -EPIPE)
		return 0; /* it has refused the call already, and its answer says why */
	return r < 0 ? log_error_errno(r, "Cannot tell the service what to run: %m") : 0;
}

static void pass(const struct asker *a, int signal)
{
	_cleanup_(freep) char *text = xasprintf(CALL_SIGNAL "%d", signal);

	sys_send(a->socket, text, strlen(text) + 1, MSG_NOSIGNAL);
}

/* The service stops relaying, too, and the terminal is as the shell expects it, until somebody continues us in the
 * foreground. */
static void stop(struct asker *a)
{
	struct termios raw;
	pid_t foreground;
	bool changed = a->terminal && tcgetattr(STDIN_FILENO, &raw) == 0;

	pass(a, SIGTSTP);
	if (changed)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &a->before);
	do
		raise(SIGSTOP);
	while ((foreground = tcgetpgrp(STDIN_FILENO)) >= 0 && foreground != getpgrp());
	if (changed)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

static void take_signal(struct asker *a)
{
	struct signalfd_siginfo info;

	if (read(a->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGTSTP)
		stop(a);
	else
		pass(a, (int)info.ssi_signo);
}

static int lost(const struct asker *a)
{
	if (a->terminal)
		tcsetattr(STDIN_FILENO, TCSANOW, &a->before);
	log_error("The service for sandboxes ended, and the status of the command is lost; the journal of the host may "
		  "say why.");
	return STATUS_FAILED;
}

/* Reads a message. Returns the exit status, or -EAGAIN. */
static int hear(const struct asker *a)
{
	char text[CALL_MESSAGE];
	int n = sys_recv(a->socket, text, sizeof(text) - 1, MSG_DONTWAIT);
	const char *rest;
	uint64_t status;

	if (n == -EAGAIN || n == -EINTR)
		return -EAGAIN;
	if (n <= 0)
		return lost(a);
	text[n] = '\0';
	rest = skip_prefix(text, CALL_FAILED);
	if (rest)
		log_error("%s", rest);
	rest = skip_prefix(text, CALL_ENDED);
	return rest && parse_u64(rest, UINT8_MAX, &status) == 0 ? (int)status : STATUS_FAILED;
}

static int wait_service(struct asker *a)
{
	for (;;) {
		struct pollfd p[] = { { .fd = a->socket, .events = POLLIN }, { .fd = a->signals, .events = POLLIN } };
		int status;

		if (poll(p, ARRAY_SIZE(p), -1) < 0)
			continue; /* it was interrupted */
		if (p[1].revents)
			take_signal(a);
		status = p[0].revents ? hear(a) : -EAGAIN;
		if (status >= 0)
			return status;
	}
}

int ask_service(int argc, char **argv)
{
	struct asker a = { .socket = -1, .signals = -1 };
	int status = STATUS_FAILED;

	take_terminal(&a); /* first, as the service does not wait for ever for a call */
	a.socket = connect_service();
	if (a.socket < 0)
		return status;
	if (take_signals(&a) == 0 && send_call(&a, argc, argv) == 0)
		status = wait_service(&a);
	closep(&a.signals);
	closep(&a.socket);
	return status;
}
