/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The service that makes sandboxes for callers other than root: systemd starts one process for each connection to
 * virt-sandbox.socket. It asks the kernel who calls, reads the call, checks it against what the administrator permits,
 * and runs it in a child process, which becomes the caller before it relays anything. This process stays to pass on
 * signals, to end the child when the caller's end is closed, to restore the terminal then, and until nothing of the
 * sandbox is left.
 *
 * Everything that comes through the socket is hostile, the descriptors too. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdpass.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "base/stdio.h"
#include "base/syscalls.h"
#include "container/paths.h"
#include "create/allocate.h"
#include "inside/sandbox-init.h"
#include "running/relay.h"
#include "sandbox/call.h"
#include "sandbox/caller.h"
#include "sandbox/permit.h"
#include "sandbox/program.h"

#define SOCKET 3	   /* sd_listen_fds(3) */
#define BEGIN_MS 10000	   /* for the caller to say what it wants */
#define END_USEC 2000000   /* for the caller to read how it ended */
#define LATE_USEC 15000000 /* for the child to end what has had its time */
#define CALLS_DIR SANDBOX_DIR "/calls"

struct service {
	int root_fd;
	struct caller caller;
	gid_t *groups;
	struct permit permit;
	int turn; /* a file whose lock counts as one of the caller's sandboxes */
	int fds[CALL_FDS];
	struct call call;
	pid_t runner;
	int runner_fd;
	bool signalled; /* the caller has sent a signal */
	bool late;	/* the child was killed because it did not end in time */
};

static void tell(const char *prefix, const char *text)
{
	_cleanup_(freep) char *message = xasprintf("%s%.*s", prefix, CALL_MESSAGE - 16, text);

	sys_send(SOCKET, message, strlen(message) + 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static int refuse(const char *sentence)
{
	tell(CALL_FAILED, sentence);
	return -EPERM;
}

/* Lets the caller read what it was told: if a socket is closed before all that came through it was read, the other end
 * gets an error instead (unix(7)). The caller closes its end then, and one that does not gets no more time. */
static void end_call(void)
{
	uint64_t until = clock_usec() + END_USEC, now;
	struct pollfd p = { .fd = SOCKET, .events = POLLIN };
	char text[CALL_MESSAGE];

	shutdown(SOCKET, SHUT_WR);
	while ((now = clock_usec()) < until && poll(&p, 1, (int)((until - now) / 1000 + 1)) != 0) {
		int n = sys_recv(SOCKET, text, sizeof(text), MSG_DONTWAIT);

		if (n <= 0 && n != -EAGAIN && n != -EINTR)
			return;
	}
}

/* Who made the connection, and was in which groups, when it was made. */
static int identify(struct service *s)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);

	if (getsockopt(SOCKET, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 || len != sizeof(peer))
		return -errno;
	s->caller.uid = peer.uid;
	s->caller.gid = peer.gid;
	s->caller.served = true;
	len = 0;
	if (getsockopt(SOCKET, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) < 0 && errno != ERANGE)
		return -errno;
	s->groups = xcalloc(1, len + 1);
	if (len && getsockopt(SOCKET, SOL_SOCKET, SO_PEERGROUPS, s->groups, &len) < 0)
		return -errno;
	s->caller.groups = s->groups;
	s->caller.n_groups = len / sizeof(*s->groups);
	return 0;
}

/* One of as many files as the caller may have sandboxes: the kernel drops the lock when this process and all that it
 * started for the sandbox are gone. */
static int take_turn(struct service *s)
{
	int r = rootfd_mkdir_p(s->root_fd, CALLS_DIR);

	for (uint64_t i = 0; r == 0 && i < s->permit.sandboxes; i++) {
		_cleanup_(freep) char *path = xasprintf(CALLS_DIR "/%u.%llu", s->caller.uid, (unsigned long long)i);
		_cleanup_(closep) int fd =
			rootfd_openat(s->root_fd, path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600, WALK_ROOT);

		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
			s->turn = steal_fd(&fd);
			return 0;
		}
		r = fd < 0 ? fd : 0;
	}
	if (r < 0)
		return log_error_errno(r, "Cannot lock a file in '" CALLS_DIR "': %m");
	return refuse("You have as many sandboxes as '" PERMIT_FILE "' permits at a time.");
}

/* Where the caller is. The descriptor proves that it could get there; the name is only for the sandbox. */
static int take_cwd(struct service *s)
{
	struct stat st;
	int flags = fcntl(s->fds[CALL_CWD], F_GETFL);

	if (flags < 0 || !(flags & O_PATH) || fstat(s->fds[CALL_CWD], &st) < 0 || !S_ISDIR(st.st_mode))
		return -EBADMSG;
	if (st.st_nlink == 0)
		return 0; /* it was removed */
	s->caller.cwd = rootfd_path_of(s->root_fd, s->fds[CALL_CWD]);
	s->caller.cwd_fd = s->caller.cwd ? s->fds[CALL_CWD] : -1;
	return 0;
}

/* Streams that are only paths could not be read or written by the caller either. */
static int check_streams(const struct service *s)
{
	for (int i = CALL_INPUT; i < CALL_FDS; i++) {
		int flags = fcntl(s->fds[i], F_GETFL);

		if (flags < 0 || flags & O_PATH)
			return -EBADMSG;
	}
	return 0;
}

static int take_call(struct service *s)
{
	static char *const nothing[] = { NULL };
	struct pollfd p = { .fd = SOCKET, .events = POLLIN };
	char text[CALL_MESSAGE];
	int r = poll(&p, 1, BEGIN_MS) > 0 ? fdpass_receive(SOCKET, text, sizeof(text), s->fds, CALL_FDS) : -EBADMSG;

	if (r == 0 && strcmp(text, CALL_BEGIN) != 0)
		r = -EBADMSG;
	if (r == 0)
		r = call_unpack(s->fds[CALL_TEXT], &s->call);
	if (r == 0)
		r = take_cwd(s);
	if (r == 0)
		r = check_streams(s);
	if (r < 0)
		return refuse("The service does not understand this call; it may be of another version than the "
			      "program that you ran.");
	s->caller.environment = s->call.environment.n ? s->call.environment.v : nothing;
	return 0;
}

static int check_option(void *data, const struct verb_option *option, const char *value)
{
	(void)value;
	return permit_option(data, option->name);
}

/* Takes the type of terminal, which the code for commands in containers takes from the environment of this process. */
static void take_term(const struct service *s)
{
	for (size_t i = 0; i < s->call.environment.n; i++) {
		const char *term = skip_prefix(s->call.environment.v[i], "TERM=");

		if (term)
			setenv("TERM", term, 1);
	}
}

/* Runs in the child, whose messages go to the caller. Returns the exit status. */
static int run(struct service *s)
{
	_cleanup_(program_done) struct program p = PROGRAM_INIT;
	int argc = (int)s->call.words.n, status;
	char **argv = s->call.words.v;

	if (verb_each(&program_verb, argc, argv, check_option, &s->permit) != 0)
		return STATUS_FAILED;
	optind = 0;
	if (verb_parse(&program_verb, argc, argv, &p))
		return STATUS_FAILED;
	if (p.verbose)
		log_set_level(p.verbose > 1 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	if (p.request.write == TREE_KEEP) {
		log_error("Only root can use --write=keep.");
		return STATUS_FAILED;
	}
	if (permit_limits(&s->permit, &p.request) < 0)
		return STATUS_FAILED;
	status = program_run(&p, &s->caller, argv + optind);
	return fflush(stdout) ? STATUS_FAILED : status;
}

/* The terminal's SIGTSTP would do nothing, as the child's process group is orphaned. */
static void stop(int signal)
{
	(void)signal;
	raise(SIGSTOP);
}

/* Until the child has become the caller, it does what others wait for, and must not be stopped. */
static void put_off_stop(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGTSTP, stop);
}

static void become_runner(struct service *s)
{
	for (int i = 0; i < RELAY_STREAMS; i++)
		dup2(s->fds[CALL_INPUT + i], i);
	for (int i = CALL_INPUT; i < CALL_FDS; i++)
		closep(&s->fds[i]);
	close(SOCKET);
	take_term(s);
	_exit(run(s));
}

static int start(struct service *s)
{
	put_off_stop(); /* before there is a child to stop */
	s->runner = fork();
	if (s->runner == 0)
		become_runner(s);
	s->runner_fd = s->runner < 0 ? -errno : sys_pidfd_open(s->runner);
	if (s->runner_fd >= 0)
		return 0;
	if (s->runner > 0)
		kill(s->runner, SIGKILL);
	return log_error_errno(s->runner_fd, "Cannot create a process: %m");
}

/* A message of the caller. Returns 1 if it is gone or has to go. */
static int hear(struct service *s)
{
	char text[CALL_MESSAGE];
	int n = sys_recv(SOCKET, text, sizeof(text) - 1, MSG_DONTWAIT);
	const char *number;
	uint64_t signal;

	if (n == -EAGAIN || n == -EINTR)
		return 0;
	if (n <= 0)
		return 1;
	text[n] = '\0';
	number = skip_prefix(text, CALL_SIGNAL);
	if (!number || parse_u64(number, NSIG - 1, &signal) < 0 || !call_passes(signal)) {
		(void)refuse("The service does not understand a message.");
		return 1;
	}
	s->signalled = true;
	sys_pidfd_send_signal(s->runner_fd, (int)signal);
	return 0;
}

/* Waits for the child, or the end of the caller. The child ends what has had its time, but the caller can stop it. */
static void watch(struct service *s)
{
	uint64_t time = s->permit.timeout;
	uint64_t until = time == UINT64_MAX ? time : clock_usec() + time + LATE_USEC;

	while (!s->late) {
		struct pollfd p[] = { { .fd = SOCKET, .events = POLLIN }, { .fd = s->runner_fd, .events = POLLIN } };

		if (poll(p, ARRAY_SIZE(p), clock_wait_ms(until)) < 0)
			continue; /* it was interrupted */
		if (p[1].revents)
			return;
		if (p[0].revents && hear(s))
			break;
		s->late = clock_usec() >= until;
	}
	sys_pidfd_send_signal(s->runner_fd, SIGKILL);
}

/* What the child could not restore if it was killed. */
static void restore(const struct service *s, const struct termios *before, bool terminal)
{
	if (terminal)
		tcsetattr(s->fds[CALL_INPUT], TCSANOW, before);
}

static void serve(struct service *s)
{
	struct termios before;
	bool terminal = tcgetattr(s->fds[CALL_INPUT], &before) == 0;
	_cleanup_(freep) char *status = NULL;
	int ended = 0;

	if (start(s) < 0) {
		(void)refuse("The service cannot create a process.");
		end_call();
		return;
	}
	watch(s);
	while (waitpid(s->runner, &ended, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(ended))
		restore(s, &before, terminal);
	status = xasprintf("%d", WIFEXITED(ended) ? WEXITSTATUS(ended)
				 : s->late	  ? STATUS_TIMEOUT
				 : s->signalled	  ? 128 + WTERMSIG(ended)
						  : STATUS_FAILED);
	tell(CALL_ENDED, status);
	for (int i = CALL_INPUT; i < CALL_FDS; i++)
		closep(&s->fds[i]);
	end_call();
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		; /* the keeper: its sandbox counts until then */
}

static int prepare(struct service *s)
{
	int r = identify(s);

	if (r < 0)
		return log_error_errno(r, "Cannot find out who calls: %m");
	if (s->caller.uid == 0)
		return refuse("Root needs no service for sandboxes.");
	s->root_fd = rootfd_open("/");
	if (s->root_fd < 0)
		return log_error_errno(s->root_fd, "Cannot open the root directory: %m");
	r = allocate_is_lent(s->root_fd, s->caller.uid);
	if (r != 0)
		return refuse("Only a user of the host can use this service, and no id of a container or user "
			      "namespace.");
	r = permit_read(s->root_fd, &s->caller, &s->permit);
	if (r < 0)
		return refuse("The service cannot use '" PERMIT_FILE "'; the journal of the host says why.");
	r = take_turn(s);
	return r < 0 ? r : take_call(s);
}

int main(void)
{
	struct service s = { .root_fd = -1, .caller = CALLER_INIT, .turn = -1, .fds = { -1, -1, -1, -1, -1 } };
	const char *listens = getenv("LISTEN_FDS");

	log_program = "virt-sandbox";
	if (stdio_fill() < 0)
		return 1; /* there is no way to report it */
	log_begin();
	if (!listens || strcmp(listens, "1") != 0) {
		log_error("This program is for virt-sandbox.socket to start.");
		return 1;
	}
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDNAMES");
	fcntl(SOCKET, F_SETFD, FD_CLOEXEC);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (prepare(&s) == 0)
		serve(&s);
	else
		end_call();
	return 0; /* the caller's failures are not the host's */
}
