/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The monitor as systemd runs it, over a program and a container that are this file: the monitor under test runs it as
 * 'domain-start NAME', 'domain-check NAME LEADER', 'domain-look NAME LEADER' and 'domain-resume NAME', and the name
 * says how the container behaves. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/syscalls.h"
#include "base/util.h"
#include "container/handover.h"
#include "lib/linger.h"
#include "lib/userns.h"

#define MONITOR "tests/monitor-under-test"
#define RUNTIME "tests/monitor.run"
#define SHUTDOWN_LINE "Sending SIGTERM to remaining processes...\n"

/* The container. */

static int terminal;

static void print(const char *text)
{
	if (write(terminal, text, strlen(text)) < 0)
		_exit(99);
}

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return address;
}

static void notify(const char *name, const char *text)
{
	_cleanup_(freep) char *path = xasprintf(RUNTIME "/%s/host/notify", name);
	struct sockaddr_un address = address_of(path);
	_cleanup_(closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof(address)) < 0)
		_exit(98);
}

static void wait_poweroff(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 4);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigwaitinfo(&set, NULL);
	print(SHUTDOWN_LINE);
}

/* Until the test has seen what it waited for. */
static void wait_go(const char *name)
{
	_cleanup_(freep) char *go = xasprintf(RUNTIME "/%s/go", name);

	while (rmdir(go) < 0)
		usleep(1000);
}

static void be_good(const char *name)
{
	print("hello \033[1mfrom\033[0m inside\n");
	notify(name, "STATUS=x\nREADY=1\n");
	wait_poweroff();
}

static void be_deaf(const char *name)
{
	signal(SIGRTMIN + 4, SIG_IGN);
	notify(name, "READY=1");
	for (;;)
		pause();
}

/* As if suspended: it does nothing until it is resumed. */
static void be_frozen(const char *name)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 4);
	sigprocmask(SIG_BLOCK, &set, NULL);
	notify(name, "READY=1");
	wait_go(name);
	sigwaitinfo(&set, NULL);
}

static void be_short(const char *name)
{
	(void)name;
}

static void be_broken(const char *name)
{
	notify(name, "X_INIT_FAILED=cannot do\033it");
}

static void be_crashing(const char *name)
{
	notify(name, "READY=1");
	wait_go(name);
}

static void be_orderly(const char *name)
{
	notify(name, "READY=1");
	print(SHUTDOWN_LINE);
	wait_go(name); /* an end at once could come before the line, which the kernel then drops */
}

static void be_talkative(const char *name)
{
	for (int i = 0; i < 1000; i++) {
		print("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123"
		      "\n");
		notify(name, "READY=0\nNONSENSE\n\n=");
	}
	notify(name, "READY=1");
	wait_poweroff();
}

/* Sends sockets that keep their receiver waiting, and more while it shuts down. */
static void be_lingering(const char *name)
{
	_cleanup_(freep) char *path = xasprintf(RUNTIME "/%s/host/notify", name);
	struct sockaddr_un address = address_of(path);
	_cleanup_(closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	for (int i = 0; i < 3; i++)
		if (send_with(fd, "STATUS=x", lingering_socket(), (struct sockaddr *)&address, sizeof(address)) < 0)
			_exit(96);
	notify(name, "READY=1");
	wait_poweroff();
	send_with(fd, "STATUS=x", lingering_socket(), (struct sockaddr *)&address, sizeof(address));
}

static const struct {
	const char *name;
	void (*behave)(const char *name); /* NULL: it does not even start */
} containers[] = {
	{ "good", be_good },	       { "sick", be_good },	      { "frozen", be_frozen },
	{ "unhealthy", be_good },      { "deaf", be_deaf },	      { "short", be_short },
	{ "broken", be_broken },       { "crashing", be_crashing },   { "lonely", be_good },
	{ "blind", be_good },	       { "orderly", be_orderly },     { "refused", NULL },
	{ "talkative", be_talkative }, { "lingering", be_lingering },
};

/* The program. */

/* The container is an orphan, as libvirt's is. Its end of the terminal is the monitor's other end. */
static int domain_start(const char *name)
{
	size_t i = 0;
	int console;
	pid_t pid;

	while (strcmp(containers[i].name, name) != 0)
		i++;
	if (!containers[i].behave ||
	    openpty(&terminal, &console, NULL, &(struct termios){ .c_cflag = CS8 | CREAD, .c_cc[VMIN] = 1 }, NULL) < 0)
		return 1;
	fcntl(console, F_SETFL, O_NONBLOCK);
	pid = fork();
	if (pid == 0) {
		close(console);
		close(STDOUT_FILENO);
		alarm(300);
		containers[i].behave(name);
		_exit(0);
	}
	return handover_send(STDOUT_FILENO, pid, sys_pidfd_open(pid), console) < 0;
}

static int domain_check(const char *name)
{
	char go;

	if (read(STDIN_FILENO, &go, 1) != 1)
		return 1;
	fprintf(stderr, "checked %s\n", name);
	if (strcmp(name, "sick") == 0) {
		inotify_add_watch(CHANGES_FD, RUNTIME "/sick/host", IN_CREATE);
		puts("Degraded: it is ill.");
	}
	if (strcmp(name, "lonely") == 0)
		inotify_add_watch(CHANGES_FD, RUNTIME "/lonely/host", IN_CREATE);
	return strcmp(name, "unhealthy") == 0;
}

static int domain_look(const char *name)
{
	if (strcmp(name, "lonely") == 0)
		return kill(getppid(), SIGKILL);
	printf("Degraded: %s has got worse.\n", name);
	return 0;
}

static int domain_resume(const char *name)
{
	_cleanup_(freep) char *go = xasprintf(RUNTIME "/%s/go", name);

	return mkdir(go, 0700) < 0;
}

/* The host. */

struct run {
	pid_t pid;
	int output, notify;
	struct buf said;
	char *text;	 /* what it had printed in the end */
	char told[1024]; /* what systemd was told */
	int status;
};

static void prepare(const char *name)
{
	_cleanup_(freep) char *dir = xasprintf(RUNTIME "/%s", name);
	_cleanup_(freep) char *socket_path = xasprintf("%s/host/notify", dir);

	mkdir(RUNTIME, 0755);
	mkdir(dir, 0755);
	unlink(socket_path);
	unlink(RUNTIME "/systemd");
}

static struct run start(const char *name, const char *seconds)
{
	struct sockaddr_un address = address_of(RUNTIME "/systemd");
	struct run run = { .notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) };
	int pair[2];

	prepare(name);
	CHECK_INT(bind(run.notify, (struct sockaddr *)&address, sizeof(address)), 0);
	/* A socket, like the journal's. */
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	run.output = pair[0];
	run.pid = fork();
	if (run.pid == 0) {
		dup2(pair[1], STDOUT_FILENO);
		dup2(pair[1], STDERR_FILENO);
		setenv("NOTIFY_SOCKET", RUNTIME "/systemd", 1);
		execl(MONITOR, MONITOR, name, seconds, (char *)NULL);
		_exit(97);
	}
	close(pair[1]);
	return run;
}

static bool read_output(struct run *run)
{
	char part[4096];
	ssize_t n = read(run->output, part, sizeof(part));

	if (n > 0)
		buf_add(&run->said, part, (size_t)n);
	return n > 0;
}

static void read_notify(struct run *run)
{
	size_t used = strlen(run->told);
	ssize_t n = recv(run->notify, run->told + used, sizeof(run->told) - used - 1, 0);

	run->told[n > 0 ? used + (size_t)n : used] = '\0';
}

static bool has_told(const struct run *run, const char *text)
{
	return strstr(run->told, text);
}

static bool has_said(const struct run *run, const char *text)
{
	return run->said.len > 0 && strstr(run->said.text, text);
}

static bool eventually(struct run *run, bool (*has)(const struct run *run, const char *text), const char *text)
{
	struct pollfd pfd[] = { { run->notify, POLLIN, 0 }, { run->output, POLLIN, 0 } };

	while (!has(run, text) && poll(pfd, 2, 60000) > 0) {
		if (pfd[0].revents)
			read_notify(run);
		if (pfd[1].revents && !read_output(run))
			break;
	}
	return has(run, text);
}

/* Reads until everyone who could write is gone. */
static void finish(struct run *run)
{
	while (read_output(run))
		;
	waitpid(run->pid, &run->status, 0);
	close(run->output);
	close(run->notify);
	run->text = buf_steal(&run->said);
	CHECK(WIFEXITED(run->status));
	run->status = WEXITSTATUS(run->status);
}

/* Starts one that is to run, and waits until it does. */
static struct run start_ready(const char *name, const char *seconds)
{
	struct run run = start(name, seconds);

	CHECK(eventually(&run, has_told, "READY=1"));
	return run;
}

/* Ends it as systemd does. The caller frees run->text. */
static void stop_as(struct run *run, int status)
{
	kill(run->pid, SIGTERM);
	finish(run);
	CHECK_INT(run->status, status);
}

static void stop(struct run *run)
{
	stop_as(run, 0);
}

static void go(const char *name)
{
	_cleanup_(freep) char *path = xasprintf(RUNTIME "/%s/go", name);

	CHECK_INT(mkdir(path, 0700), 0);
}

static void check_failure(const char *name, const char *message)
{
	struct run run = start(name, "5");

	finish(&run);
	CHECK_INT(run.status, 1);
	CHECK(strstr(run.text, message));
	CHECK(!strstr(run.told, "READY=1"));
	free(run.text);
}

TEST(ready_and_stop)
{
	struct run run = start_ready("good", "5");

	CHECK(eventually(&run, has_said, "console: hello from inside\n"));
	kill(run.pid, SIGTERM);
	CHECK(eventually(&run, has_told, "STOPPING=1"));
	finish(&run);
	CHECK_INT(run.status, 0);
	CHECK(strstr(run.text, "checked good\n"));
	free(run.text);
}

TEST(what_is_wrong_is_told_and_followed)
{
	struct run run = start("sick", "5");
	char worse[] = RUNTIME "/sick/host/worse";

	rmdir(worse);
	CHECK(eventually(&run, has_told, "READY=1\nSTATUS=Degraded: it is ill."));
	CHECK(!has_told(&run, "worse"));
	CHECK_INT(mkdir(worse, 0700), 0);
	CHECK(eventually(&run, has_told, "STATUS=Degraded: sick has got worse."));
	stop(&run);
	free(run.text);
}

TEST(an_end_of_the_helper_is_told)
{
	struct run run = start("lonely", "5");
	char change[] = RUNTIME "/lonely/host/change";

	rmdir(change);
	CHECK(eventually(&run, has_told, "READY=1"));
	CHECK_INT(mkdir(change, 0700), 0);
	CHECK(eventually(&run, has_said, "'lonely' are not watched any more"));
	rmdir(change);
	CHECK_INT(mkdir(change, 0700), 0);
	stop(&run);
	free(run.text);
}

/* Where nobody may have another inotify instance. */
static void run_blind(void)
{
	struct run run;

	if (!write_file("/proc/sys/user/max_inotify_instances", "0"))
		_exit(NO_USERNS);
	run = start_ready("blind", "5");
	stop(&run);
	CHECK(strstr(run.text, "The services in container 'blind' are not watched: Too many open files"));
	free(run.text);
}

TEST(a_container_that_cannot_be_watched_runs_with_a_warning)
{
	RUN_AS_ROOT(run_blind);
}

TEST(one_that_is_suspended_is_resumed_for_its_stop)
{
	struct run run = start_ready("frozen", "300");

	stop(&run);
	CHECK(!strstr(run.text, "did not shut down"));
	free(run.text);
}

/* The value of a line of /proc/PID/status, proc(5). */
static char *status_of(pid_t pid, const char *key)
{
	_cleanup_(freep) char *path = xasprintf("/proc/%d/status", pid);
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[8192];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	const char *value;

	text[n < 0 ? 0 : n] = '\0';
	value = strstr(text, key);
	return value ? xstrndup(value + strlen(key), strcspn(value + strlen(key), "\n")) : xstrdup("");
}

static void check_status(pid_t pid, const char *key, const char *expected)
{
	_cleanup_(freep) char *value = status_of(pid, key);

	CHECK_STR(value, expected);
}

TEST(it_is_confined_when_the_container_runs)
{
	struct run run = start_ready("good", "5");

	check_status(run.pid, "CapPrm:\t", "0000000000000000");
	check_status(run.pid, "CapEff:\t", "0000000000000000");
	check_status(run.pid, "NoNewPrivs:\t", "1");
#ifndef WITH_SANITIZERS
	check_status(run.pid, "Seccomp:\t", "2");
#endif
	stop(&run);
	free(run.text);
}

TEST(reload_signal_is_ignored)
{
	struct run run = start_ready("good", "5");

	kill(run.pid, SIGHUP);
	usleep(50 * 1000);
	CHECK_INT(waitpid(run.pid, NULL, WNOHANG), 0);
	stop(&run);
	free(run.text);
}

TEST(stop_while_starting)
{
	struct run run = start("good", "5");

	for (int i = 0; i < 60000 && access(RUNTIME "/good/host/notify", F_OK) < 0; i++)
		usleep(1000);
	stop(&run);
	free(run.text);
}

TEST(one_that_does_not_listen_is_killed)
{
	struct run run = start_ready("deaf", "1");

	stop_as(&run, 1);
	CHECK(strstr(run.text, "did not shut down in 1 s"));
	free(run.text);
}

TEST(not_ready_without_its_services)
{
	check_failure("unhealthy", "checked unhealthy\n");
}

TEST(not_started)
{
	check_failure("refused", "");
}

TEST(ended_before_ready)
{
	check_failure("short", "'short' ended before its services were up");
}

TEST(init_says_why)
{
	check_failure("broken", "'broken' cannot start: cannot do\\x1bit");
}

TEST(crash)
{
	struct run run = start_ready("crashing", "5");

	go("crashing");
	finish(&run);
	CHECK_INT(run.status, 1);
	CHECK(strstr(run.text, "'crashing' ended unexpectedly"));
	free(run.text);
}

TEST(poweroff_inside)
{
	struct run run = start_ready("orderly", "5");

	CHECK(eventually(&run, has_said, SHUTDOWN_LINE));
	go("orderly");
	finish(&run);
	CHECK_INT(run.status, 0);
	free(run.text);
}

TEST(flood)
{
	struct run run = start_ready("talkative", "5");

	stop(&run);
	CHECK(strlen(run.text) < 200 * 1024);
	free(run.text);
}

TEST(sockets_that_linger)
{
	struct run run;
	int fd = lingering_socket();

	if (fd < 0)
		SKIP("there is no loopback interface");
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 0 }, sizeof(struct linger));
	close(fd);
	run = start_ready("lingering", "5");
	stop(&run);
	free(run.text);
}

TEST(usage)
{
	struct run run = start("good/..", "5");

	finish(&run);
	CHECK_INT(run.status, 2);
	free(run.text);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "domain-start") == 0)
		return domain_start(argv[2]);
	if (argc == 4 && strcmp(argv[1], "domain-check") == 0)
		return domain_check(argv[2]);
	if (argc == 4 && strcmp(argv[1], "domain-look") == 0)
		return domain_look(argv[2]);
	if (argc == 3 && strcmp(argv[1], "domain-resume") == 0)
		return domain_resume(argv[2]);
	return test_run_all();
}
