/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* monitor NAME SECONDS [CONTEXT]: the main process of NAME_sandbox.service. Each container has one, so it is small: it
 * links only the C library, and short-lived children use libvirt and the bus. It turns everything that happens into
 * events, and states.c decides what to do. Everything that comes from the container is hostile: its console, its
 * notifications, its end. SECONDS is how long a clean shutdown may take, or 'infinity'; CONTEXT is the SELinux context
 * of the container's processes. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/syscalls.h"
#include "container/handover.h"
#include "container/paths.h"
#include "monitor/confine.h"
#include "monitor/console.h"
#include "monitor/helper.h"
#include "monitor/notify.h"
#include "monitor/states.h"
#include "monitor/turn.h"

#define POWEROFF_SIGNAL (SIGRTMIN + 4) /* systemd(1) */
#define REPEAT_MS 500
/* How often a turn is asked for; and how long one lasts at most: a container that is not up or has not shut down by
 * then is waiting for something, and keeps the host less busy than it would keep others waiting. */
#define TURN_WAIT_MS 200
#define START_TURN_MS 20000
#define STOP_TURN_MS 5000
/* How much later than the monitor systemd may lose patience (create/host-unit.c), and how long a waiting monitor asks
 * systemd to be patient each time. */
#define PATIENCE_MS 15000
#define START_MS 300000 /* as long as a unit has to start, at least (create/host-unit.c); from its turn on */
/* How long after a change the container is looked at, so that what changes together is seen together. A container can
 * change all the time, and each look costs the host time and may add to its journal. So LOOKS_AT_ONCE of them may
 * follow each other, and after that there is one in LOOK_MS. */
#define SETTLE_MS 1000
#define LOOKS_AT_ONCE 30
#define LOOK_MS 20000
/* systemd writes this to the console when it has stopped all units. Without it, PID 1 did not end by itself. */
#define SHUTDOWN_LINE "Sending SIGTERM to remaining processes"

struct monitor {
	const char *name;
	const char *context; /* of the container's processes, or NULL without SELinux */
	uint64_t stop_ms;    /* UINT64_MAX for no limit */
	enum state state;
	int epoll, signals, notify;
	int host;     /* to systemd, or -1 */
	int handover; /* from the child that starts the domain */
	int pidfd, terminal;
	int go;	     /* to the checker, and from it */
	int changes; /* an inotify instance, or -errno */
	int helper;  /* to the child that looks, and from it; or -1 */
	int turns;   /* the file with the turns, or -errno */
	pid_t leader;
	pid_t starter, checker;	     /* children, or 0 */
	char *why;		     /* what the container's init reported when it failed, or NULL */
	uint64_t kill_at, repeat_at; /* ms; 0 if not set */
	uint64_t turn_at, give_at;   /* likewise: when to ask for a turn again, and when to give it back */
	uint64_t look_at, refilled;  /* likewise */
	uint64_t looks;		     /* how many of LOOKS_AT_ONCE have been made */
	bool looking;		     /* the helper is at work */
	bool waited;		     /* for its turn to start */
	bool resumed;
	char status[512]; /* what the last look said */
	uint64_t busy_second;
	unsigned int busy;
	struct console console;
};

static void handle(struct monitor *m, enum event event);

static uint64_t now_ms(void)
{
	return clock_usec() / 1000;
}

/* Never blocks: even if the host's journal hangs, the container must be able to stop. */
static void print_console_line(const char *line)
{
	_cleanup_(freep) char *text = xasprintf("console: %s\n", line);

	if (sys_send(STDOUT_FILENO, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) == -ENOTSOCK &&
	    write(STDOUT_FILENO, text, strlen(text)) < 0)
		return;
}

static void on_console_line(void *data, const char *line, bool kept)
{
	if (kept)
		print_console_line(line);
	if (skip_prefix(line, SHUTDOWN_LINE))
		handle(data, CONTAINER_LEAVES);
}

static int watch(struct monitor *m, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(m->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* Opens the socket on which the container's systemd reports that it is up. */
static int open_notify(struct monitor *m)
{
	_cleanup_(freep) char *dir = xasprintf(RUNTIME_DIR "/%s/" RUNTIME_HOST, m->name);

	m->notify = notify_listen(dir, m->context);
	return m->notify < 0 ? m->notify : watch(m, m->notify);
}

/* Runs a program of ours, with 'fd' as its standard input and output, and 'changes' if there are. */
static pid_t spawn(const char *program, const char *verb, const char *name, const char *argument, int fd, int changes)
{
	pid_t pid = fork();
	sigset_t none;

	if (pid != 0)
		return pid;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGHUP, SIG_DFL);
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(changes, CHANGES_FD);
	execl(program, program, verb, name, argument, (char *)NULL);
	log_error_errno(errno, "Cannot run '%s': %m", program);
	_exit(1);
}

static int start_domain(struct monitor *m)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	m->handover = pair[0];
	m->starter = spawn(VIRTPATH, "domain-start", m->name, NULL, pair[1], -1);
	close(pair[1]);
	return m->starter < 0 ? -errno : 0;
}

static int take_over(struct monitor *m)
{
	int r = handover_receive(m->handover, &m->leader, &m->pidfd, &m->terminal);

	if (r < 0)
		return r;
	close(steal_fd(&m->handover));
	r = watch(m, m->pidfd);
	return r < 0 ? r : watch(m, m->terminal);
}

static void on_notify_line(struct monitor *m, const char *line)
{
	const char *message = skip_prefix(line, "X_INIT_FAILED=");

	if (strcmp(line, "READY=1") == 0)
		handle(m, CONTAINER_UP);
	else if (strcmp(line, "STOPPING=1") == 0)
		handle(m, CONTAINER_LEAVES);
	else if (message && !m->why) /* any process in the container can send this, again and again */
		m->why = xstrdup(message);
}

/* False if there is nothing more to read at present. */
static bool read_notify(struct monitor *m)
{
	char text[2048], *line, *rest = text;
	int n = notify_receive(m->notify, text, sizeof(text) - 1);

	if (n < 0)
		return false;
	text[n] = '\0';
	while ((line = strsep(&rest, "\n")))
		on_notify_line(m, line);
	return true;
}

/* Reads what was sent before the end. It does not read for ever, since the senders may be alive. */
static void drain_notify(struct monitor *m)
{
	for (int i = 0; i < 64 && read_notify(m); i++)
		;
}

/* Starts a process that finds out whether the container's services are up. It waits for a byte before it does so, and
 * ends if there will be none. It answers with a line for systemd. */
static int start_checker(struct monitor *m)
{
	char leader[16];
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	m->go = pair[0];
	snprintf(leader, sizeof(leader), "%d", m->leader);
	m->checker = spawn(PROGRAMPATH, "domain-check", m->name, leader, pair[1], m->changes);
	close(pair[1]);
	return m->checker < 0 ? -EAGAIN : 0;
}

static void do_nothing(struct monitor *m)
{
	(void)m;
}

static void begin_check(struct monitor *m)
{
	int r = start_checker(m);

	if (r < 0) {
		log_error_errno(r, "Cannot run '" PROGRAMPATH "': %m");
		m->checker = 0;
		handle(m, CHECK_FAILED);
	}
}

/* systemd counts from when it asked us (EXTEND_TIMEOUT_USEC= in sd_notify(3)). */
static void ask_patience(struct monitor *m, uint64_t ms)
{
	_cleanup_(freep) char *text = xasprintf("EXTEND_TIMEOUT_USEC=%llu\nSTATUS=The container is %s.",
						(unsigned long long)ms * 1000, state_names[m->state]);

	notify_host(m->host, text);
}

static void begin_start(struct monitor *m)
{
	int r = start_domain(m);

	if (m->waited)
		ask_patience(m, START_MS);
	if (r < 0) {
		log_error_errno(r, "Cannot run '" VIRTPATH "': %m");
		m->starter = 0;
		handle(m, DOMAIN_REFUSED);
	}
}

static void let_check(struct monitor *m)
{
	sys_send(m->go, "", 1, MSG_NOSIGNAL); /* if the checker has ended, that is a separate event */
}

static void begin_and_check(struct monitor *m)
{
	begin_check(m);
	if (m->checker)
		let_check(m);
}

/* Reads a line that a program of ours has sent. Whether there was one. */
static bool read_line(int fd, char *text, size_t size)
{
	int n = sys_recv(fd, text, size - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return n > 0;
}

static void give_turn(struct monitor *m)
{
	m->give_at = 0;
	turn_give(m->turns);
}

static void tell_ready(struct monitor *m)
{
	_cleanup_(freep) char *text = NULL;

	read_line(m->go, m->status, sizeof(m->status));
	text = xasprintf("READY=1\nSTATUS=%s", *m->status ? m->status : "The container's services are up.");
	notify_host(m->host, text);
	give_turn(m);
}

static void tell_stopping(struct monitor *m)
{
	notify_host(m->host, "STOPPING=1");
}

static void ask_poweroff(struct monitor *m)
{
	sys_pidfd_send_signal(m->pidfd, POWEROFF_SIGNAL);
	m->repeat_at = now_ms() + REPEAT_MS;
}

/* A PID 1 that is not ready yet loses the signal, and one that is frozen does not get it. */
static void ask_again(struct monitor *m)
{
	ask_poweroff(m);
	if (!m->resumed)
		helper_ask(m->helper, HELPER_RESUME);
	m->resumed = true;
}

static void ask_turn(struct monitor *m)
{
	bool starts = m->state == LINED_UP;

	if (!turn_take(m->turns, starts ? TURN_START : TURN_STOP)) {
		m->turn_at = now_ms() + TURN_WAIT_MS;
		m->waited = true;
		ask_patience(m, PATIENCE_MS);
		return;
	}
	m->give_at = now_ms() + (starts ? START_TURN_MS : STOP_TURN_MS);
	handle(m, TURN_CAME);
}

static void await_turn(struct monitor *m)
{
	tell_stopping(m);
	ask_turn(m);
}

static void shut_down(struct monitor *m)
{
	m->turn_at = 0;
	if (m->stop_ms < UINT64_MAX)
		ask_patience(m, m->stop_ms + PATIENCE_MS);
	m->kill_at = m->stop_ms < UINT64_MAX ? now_ms() + m->stop_ms : 0;
	ask_poweroff(m);
}

static void stop(struct monitor *m)
{
	tell_stopping(m);
	shut_down(m);
}

static void kill_container(struct monitor *m)
{
	log_warn("Container '%s' did not shut down in %llu s; killing it.", m->name,
		 (unsigned long long)m->stop_ms / 1000);
	sys_pidfd_send_signal(m->pidfd, SIGKILL);
	m->repeat_at = 0;
}

static void say_why(struct monitor *m)
{
	if (m->why)
		log_error("Container '%s' cannot start: %s", m->name, m->why);
}

static void say_early_end(struct monitor *m)
{
	say_why(m);
	if (!m->why)
		log_error("Container '%s' ended before its services were up.", m->name);
}

static void say_sudden_end(struct monitor *m)
{
	log_error("Container '%s' ended unexpectedly.", m->name);
}

static void (*const actions[ACTIONS])(struct monitor *m) = {
	[DO_NOTHING] = do_nothing,
	[START_DOMAIN] = begin_start,
	[START_CHECKER] = begin_check,
	[START_AND_CHECK] = begin_and_check,
	[LET_CHECK] = let_check,
	[TELL_READY] = tell_ready,
	[TELL_STOPPING] = tell_stopping,
	[AWAIT_TURN] = await_turn,
	[SHUT_DOWN] = shut_down,
	[STOP] = stop,
	[ASK_AGAIN] = ask_again,
	[KILL] = kill_container,
	[SAY_WHY] = say_why,
	[SAY_EARLY_END] = say_early_end,
	[SAY_SUDDEN_END] = say_sudden_end,
};

static void handle(struct monitor *m, enum event event)
{
	const struct transition *t = transition_find(m->state, event);

	if (!t)
		return;
	log_info("Container '%s': %s: it is %s.", m->name, event_names[event], state_names[t->next]);
	m->state = t->next;
	actions[t->action](m);
}

/* From here on this process can start no program. */
static void confine(struct monitor *m)
{
	int r = confine_self();

	if (r < 0) {
		log_error_errno(r, "Cannot confine the monitor of container '%s': %m", m->name);
		handle(m, CHECK_FAILED);
	}
}

/* Without it, the container runs, but nobody sees what becomes of its services. */
static void begin_help(struct monitor *m)
{
	int r;

	m->helper = helper_start(m->name, m->leader, m->changes);
	r = m->helper < 0 ? m->helper : watch(m, m->helper);
	if (r == 0)
		r = m->changes < 0 ? m->changes : watch(m, m->changes);
	if (r < 0)
		log_warn_errno(r, "The services in container '%s' are not watched: %m", m->name);
}

/* If the start failed, reads what the container has reported: its init may know more than domain-start, which has
 * printed its own message. */
static void starter_ended(struct monitor *m, bool good)
{
	m->starter = 0;
	good = good && take_over(m) == 0;
	if (!good)
		drain_notify(m);
	handle(m, good ? DOMAIN_STARTED : DOMAIN_REFUSED);
	if (good) {
		begin_help(m);
		confine(m);
	}
}

static void reap(struct monitor *m)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;

		if (pid == m->starter)
			starter_ended(m, good);
		else if (pid == m->checker)
			handle(m, good ? CHECK_PASSED : CHECK_FAILED);
	}
}

static void on_signal(struct monitor *m)
{
	struct signalfd_siginfo info;

	while (read(m->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap(m);
		else
			handle(m, STOP_ASKED);
	}
}

/* False if there is nothing more to read at present. */
static bool on_console(struct monitor *m)
{
	char data[4096];
	ssize_t n = read(m->terminal, data, sizeof(data));

	if (n > 0) {
		console_feed(&m->console, data, (size_t)n, now_ms() / 1000);
		return true;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR)) /* libvirt closed its end */
		epoll_ctl(m->epoll, EPOLL_CTL_DEL, m->terminal, NULL);
	return false;
}

static void on_leader_gone(struct monitor *m)
{
	for (int i = 0; i < 64 && on_console(m); i++)
		;
	console_flush(&m->console);
	drain_notify(m);
	handle(m, CONTAINER_GONE);
}

/* Until the look, further changes do not matter. */
static void on_changes(struct monitor *m, uint64_t now)
{
	uint64_t back = (now - m->refilled) / LOOK_MS;

	epoll_ctl(m->epoll, EPOLL_CTL_DEL, m->changes, NULL);
	m->looks -= back < m->looks ? back : m->looks;
	m->refilled += back * LOOK_MS;
	m->look_at = now + (m->looks < LOOKS_AT_ONCE ? SETTLE_MS : LOOK_MS);
}

/* What changes from here on is for the next look. */
static void look(struct monitor *m, uint64_t now)
{
	char data[4096];

	if (m->helper < 0)
		return;
	if (m->looking) {
		m->look_at = now + SETTLE_MS;
		return;
	}
	for (int i = 0; i < 64 && read(m->changes, data, sizeof(data)) > 0; i++)
		;
	watch(m, m->changes);
	m->looks++;
	m->looking = true;
	helper_ask(m->helper, HELPER_LOOK);
}

/* Somebody has killed it, and a confined monitor cannot start another one. */
static void end_help(struct monitor *m)
{
	log_warn("The services in container '%s' are not watched any more: the process that looks at them has ended.",
		 m->name);
	epoll_ctl(m->epoll, EPOLL_CTL_DEL, m->changes, NULL);
	close(steal_fd(&m->helper));
	m->look_at = 0;
}

static void on_helper(struct monitor *m)
{
	char text[sizeof(m->status)];
	_cleanup_(freep) char *message = NULL;

	if (!read_line(m->helper, text, sizeof(text))) {
		end_help(m);
		return;
	}
	if (!*text) { /* HELPER_DONE */
		m->looking = false;
		return;
	}
	if (strcmp(text, m->status) == 0 || m->state != RUNNING)
		return;
	memcpy(m->status, text, sizeof(text));
	message = xasprintf("STATUS=%s", text);
	notify_host(m->host, message);
}

static void on_event(struct monitor *m, int fd)
{
	if (fd == m->signals)
		on_signal(m);
	else if (fd == m->notify)
		read_notify(m);
	else if (fd == m->terminal)
		on_console(m);
	else if (fd == m->changes)
		on_changes(m, now_ms());
	else if (fd == m->helper)
		on_helper(m);
	else if (fd == m->pidfd)
		on_leader_gone(m);
}

static void on_time(struct monitor *m, uint64_t now)
{
	if (m->kill_at && now >= m->kill_at) {
		m->kill_at = 0;
		handle(m, TIME_IS_UP);
	} else if (m->repeat_at && now >= m->repeat_at) {
		m->repeat_at = 0;
		handle(m, TIME_TO_REPEAT);
	} else if (m->turn_at && now >= m->turn_at) {
		m->turn_at = 0;
		ask_turn(m);
	} else if (m->give_at && now >= m->give_at) {
		give_turn(m);
	} else if (m->look_at && now >= m->look_at) {
		m->look_at = 0;
		if (m->state == RUNNING) /* while it shuts down, its systemd may not answer */
			look(m, now);
	}
}

static int timeout(const struct monitor *m, uint64_t now)
{
	const uint64_t times[] = { m->kill_at, m->repeat_at, m->turn_at, m->give_at, m->look_at };
	uint64_t at = 0;

	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		if (times[i] && (!at || times[i] < at))
			at = times[i];
	if (!at)
		return -1;
	at = at <= now ? 0 : at - now;
	return at < INT_MAX ? (int)at : INT_MAX;
}

static bool is_over(const struct monitor *m)
{
	return m->state == ENDED || m->state == FAILED;
}

/* A container that floods us must not use up the host's processor through us, because its own limits do not count what
 * we use. */
static void throttle(struct monitor *m, uint64_t now)
{
	if (m->busy_second != now / 1000) {
		m->busy_second = now / 1000;
		m->busy = 0;
	}
	if (++m->busy > 500)
		nanosleep(&(struct timespec){ .tv_nsec = 10 * 1000 * 1000 }, NULL);
}

static int loop(struct monitor *m)
{
	while (!is_over(m)) {
		struct epoll_event events[4];
		int n = epoll_wait(m->epoll, events, ARRAY_SIZE(events), timeout(m, now_ms()));

		if (n < 0 && errno != EINTR)
			return log_error_errno(errno, "Cannot wait for events: %m");
		on_time(m, now_ms());
		for (int i = 0; i < n && !is_over(m); i++)
			on_event(m, events[i].data.fd);
		throttle(m, now_ms());
	}
	return m->state == FAILED ? -ECANCELED : 0;
}

static int watch_signals(struct monitor *m)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGHUP, SIG_IGN);
	m->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return m->signals < 0 ? -errno : watch(m, m->signals);
}

static int run(struct monitor *m)
{
	int r;

	m->host = notify_connect();
	m->epoll = epoll_create1(EPOLL_CLOEXEC);
	r = m->epoll < 0 ? -errno : watch_signals(m);
	if (r == 0)
		r = open_notify(m);
	m->turns = turn_open();
	if (m->turns < 0)
		log_info("Cannot open '" RUNTIME_DIR "/" TURNS_FILE
			 "', so container '%s' starts and stops when others do: %s.",
			 m->name, strerror(-m->turns));
	m->changes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (m->changes < 0)
		m->changes = -errno;
	if (r < 0)
		return log_error_errno(r, "Cannot prepare '" RUNTIME_DIR "/%s': %m%s", m->name, RUNTIME_ADVICE);
	ask_turn(m);
	return loop(m);
}

int main(int argc, char **argv)
{
	struct monitor m = {
		.epoll = -1,
		.signals = -1,
		.notify = -1,
		.host = -1,
		.handover = -1,
		.go = -1,
		.changes = -1,
		.helper = -1,
		.turns = -1,
		.pidfd = -1,
		.terminal = -1,
		.console = { .say = on_console_line, .data = &m },
	};
	uint64_t seconds = UINT64_MAX;
	int r;

	log_begin();
	if (argc < 3 || argc > 4 || strchr(argv[1], '/') ||
	    (strcmp(argv[2], "infinity") != 0 && parse_u64(argv[2], UINT32_MAX, &seconds) < 0)) {
		log_error("This program is run by the unit of a container: monitor NAME SECONDS [CONTEXT]");
		return 2;
	}
	m.name = argv[1];
	m.context = argv[3];
	m.stop_ms = seconds < UINT64_MAX ? seconds * 1000 : seconds;
	r = run(&m);
	free(m.why);
	return r < 0 ? 1 : 0;
}
