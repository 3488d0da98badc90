/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands that the systemd of a container runs, against a manager that the test plays. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <time.h>

#include "base/stdio.h"
#include "lib/mock-manager.h"
#include "running/command.h"
#include "running/machine-bus.h"
#include "running/relay.h"
#include "running/terminal.h"
#include "running/unit-run.h"

#define BIG (32 * 1024 * 1024)

/* A systemd that runs the command of a transient unit as a child process of its own. */
static struct {
	char path[128];
	pid_t pid;
	int status;
	bool ended;
	int fds[3];
	char *argv[16];
	bool no_expansion;
	int unborn; /* the exit status with which it ends before it runs, or 0 */
	int stopped;
	char tty[64], user[32], env[256], kill_mode[16];
	int kill_signal;
} service;

static int read_exec(sd_bus_message *m)
{
	const char *path, *word;
	int n = 0;

	mock_must(sd_bus_message_enter_container(m, 'v', "a(sasas)"));
	mock_must(sd_bus_message_enter_container(m, 'a', "(sasas)"));
	mock_must(sd_bus_message_enter_container(m, 'r', "sasas"));
	mock_must(sd_bus_message_read(m, "s", &path));
	mock_must(sd_bus_message_enter_container(m, 'a', "s"));
	while (n < 15 && sd_bus_message_read(m, "s", &word) > 0)
		service.argv[n++] = strdup(word);
	mock_must(sd_bus_message_exit_container(m));
	mock_must(sd_bus_message_read(m, "as", 1, &word));
	service.no_expansion = strcmp(word, "no-env-expand") == 0;
	for (int i = 0; i < 3; i++)
		mock_must(sd_bus_message_exit_container(m));
	return 0;
}

static bool read_word(sd_bus_message *m, const char *name)
{
	const struct {
		const char *name;
		char *to;
		size_t size;
	} words[] = {
		{ "TTYPath", service.tty, sizeof(service.tty) },
		{ "User", service.user, sizeof(service.user) },
		{ "KillMode", service.kill_mode, sizeof(service.kill_mode) },
	};
	const char *value;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(name, words[i].name) != 0)
			continue;
		mock_must(sd_bus_message_read(m, "v", "s", &value));
		snprintf(words[i].to, words[i].size, "%s", value);
		return true;
	}
	return false;
}

/* Separated by ';'. */
static bool read_environment(sd_bus_message *m)
{
	const char *word;
	size_t n = 0;

	mock_must(sd_bus_message_enter_container(m, 'v', "as"));
	mock_must(sd_bus_message_enter_container(m, 'a', "s"));
	service.env[0] = '\0';
	while (sd_bus_message_read(m, "s", &word) > 0)
		n += (size_t)snprintf(service.env + n, sizeof(service.env) - n, "%s;", word);
	mock_must(sd_bus_message_exit_container(m));
	mock_must(sd_bus_message_exit_container(m));
	return true;
}

static int read_properties(sd_bus_message *m)
{
	static const char *const streams[] = { "StandardInputFileDescriptor", "StandardOutputFileDescriptor",
					       "StandardErrorFileDescriptor" };

	mock_must(sd_bus_message_enter_container(m, 'a', "(sv)"));
	while (sd_bus_message_enter_container(m, 'r', "sv") > 0) {
		const char *name;
		bool known = false;

		mock_must(sd_bus_message_read(m, "s", &name));
		for (int i = 0; i < 3; i++) {
			int fd;

			if (strcmp(name, streams[i]) != 0)
				continue;
			mock_must(sd_bus_message_read(m, "v", "h", &fd));
			service.fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
			known = true;
		}
		if (strcmp(name, "ExecStartEx") == 0)
			known = read_exec(m) == 0;
		if (strcmp(name, "Environment") == 0)
			known = read_environment(m);
		if (strcmp(name, "KillSignal") == 0)
			known = sd_bus_message_read(m, "v", "i", &service.kill_signal) > 0;
		if (!known)
			known = read_word(m, name);
		if (!known)
			mock_must(sd_bus_message_skip(m, "v"));
		mock_must(sd_bus_message_exit_container(m));
	}
	return 0;
}

static int start_transient(sd_bus_message *call)
{
	char *encoded;
	const char *unit;

	mock_must(sd_bus_message_read(call, "ss", &unit, NULL));
	mock_must(sd_bus_path_encode(SYSTEMD_PATH "/unit", unit, &encoded));
	snprintf(service.path, sizeof(service.path), "%s", encoded);
	free(encoded);
	read_properties(call);
	if (!service.no_expansion)
		return -1;
	service.pid = fork();
	if (service.pid == 0) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		signal(SIGPIPE, SIG_DFL);
		if (service.tty[0]) {
			setsid();
			service.fds[0] = service.fds[1] = service.fds[2] = open(service.tty, O_RDWR);
		}
		for (int i = 0; i < 3; i++)
			dup2(service.fds[i], i);
		if (service.unborn)
			_exit(service.unborn);
		for (char *word = strtok(service.env, ";"); word; word = strtok(NULL, ";"))
			putenv(word);
		execv("/bin/sh", service.argv);
		_exit(203);
	}
	for (int i = 0; i < 3 && !service.tty[0]; i++)
		close(service.fds[i]);
	return sd_bus_reply_method_return(call, "o", SYSTEMD_PATH "/job/1");
}

static int service_state(sd_bus_message *call)
{
	const char *active = !service.pid     ? "inactive"
			     : !service.ended ? "active"
			     : service.status ? "failed"
					      : "inactive";
	bool killed = service.ended && WIFSIGNALED(service.status);
	int code = !service.ended ? 0 : killed ? CLD_KILLED : CLD_EXITED;
	int status = !service.ended ? 0 : killed ? WTERMSIG(service.status) : WEXITSTATUS(service.status);

	return sd_bus_reply_method_return(call, "a{sv}", 7, "ActiveState", "s", active, "Result", "s", "some-result",
					  "ExecMainCode", "i", code, "ExecMainStatus", "i", status, "Unknown", "a{ss}",
					  1, "a", "b", "Job", "(uo)", 0, "/", "ActiveEnterTimestamp", "t",
					  service.unborn ? UINT64_C(0) : UINT64_C(1));
}

static int answer(sd_bus_message *call, const char *member)
{
	const char *unit, *whom;
	int signo = SIGTERM;

	if (strcmp(member, "StartTransientUnit") == 0)
		return start_transient(call);
	if (strcmp(member, "GetAll") == 0)
		return service_state(call);
	if (strcmp(member, "KillUnit") == 0)
		mock_must(sd_bus_message_read(call, "ssi", &unit, &whom, &signo));
	if (strcmp(member, "KillUnit") == 0 || strcmp(member, "StopUnit") == 0) {
		service.stopped++;
		kill(service.pid, service.stopped > 1 ? SIGKILL : signo);
		return sd_bus_reply_method_return(call, "o", "/");
	}
	return sd_bus_reply_method_return(call, NULL);
}

static void tick(sd_bus *bus)
{
	if (service.pid <= 0 || service.ended || waitpid(service.pid, &service.status, WNOHANG) != service.pid)
		return;
	service.ended = true;
	mock_signal(bus, service.path, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as", "x", 0, 0);
}

/* A file in memory that holds 'size' bytes that do not repeat in any block. */
static int pattern(size_t size)
{
	int fd = memfd_create("pattern", MFD_CLOEXEC);
	uint32_t *p;

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		abort();
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		abort();
	for (size_t i = 0; i < size / sizeof(*p); i++)
		p[i] = (uint32_t)i * 2654435761u;
	munmap(p, size);
	return fd;
}

static bool same(int a, int b)
{
	off_t size = lseek(a, 0, SEEK_END);
	bool r = size == lseek(b, 0, SEEK_END);
	void *p, *q;

	if (!r || size == 0)
		return r;
	p = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, a, 0);
	q = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, b, 0);
	r = p != MAP_FAILED && q != MAP_FAILED && memcmp(p, q, (size_t)size) == 0;
	munmap(p, (size_t)size);
	munmap(q, (size_t)size);
	return r;
}

static char *content(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = xcalloc((size_t)size + 1, 1);

	if (pread(fd, text, (size_t)size, 0) != size)
		abort();
	return text;
}

/* Runs a command through a mock; 'in' may be -1. The messages go to *ret_text where it is not NULL. */
static int run_on(mock_answer how, char *const *argv, int in, int out, int err, uint64_t timeout, char **ret_text)
{
	struct mock mock = mock_start(how, tick);
	struct command command = {
		.name = "box",
		.argv = argv,
		.stdio = { in, out, err },
		.owner = getuid(),
		.timeout = timeout,
	};
	int saved = capture_begin(), r = unit_run(mock.bus, &command);
	char *text = capture_end(saved);

	mock_done(&mock);
	if (ret_text)
		*ret_text = text;
	else
		free(text);
	return r;
}

static int run(const char *script, int in, int out, int err)
{
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)script, NULL };

	return run_on(answer, argv, in, out, err, 300000000, NULL);
}

TEST(exit_status)
{
	static const struct {
		const char *argv[4];
		int status;
	} cases[] = {
		{ { "true" }, 0 },
		{ { "sh", "-c", "exit 7" }, 7 },
		{ { "sh", "-c", "exit 203" }, 203 },
		{ { "sh", "-c", "exit 255" }, 255 },
		{ { "sh", "-c", "kill -KILL $$" }, 137 },
		{ { "sh", "-c", "kill -TERM $$" }, 143 },
		{ { "there-is-no-such-command" }, 127 },
		{ { "/there/is/no/such/command" }, 127 },
		{ { "/dev/null" }, 126 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(closep) int out = memfd_create("out", MFD_CLOEXEC);
		int r = run_on(answer, (char *const *)cases[i].argv, -1, out, out, UINT64_MAX, NULL);

		printf("# %s %s %s\n", cases[i].argv[0], cases[i].argv[1] ? cases[i].argv[1] : "",
		       cases[i].argv[2] ? cases[i].argv[2] : "");
		CHECK_INT(r, cases[i].status);
	}
}

/* Runs 'argv' with what the caller has filled in; what it wrote is stored in *ret_out. */
static int run_command(struct command *command, char **ret_out, char **ret_text)
{
	_cleanup_(closep) int out = memfd_create("out", MFD_CLOEXEC);
	struct mock mock = mock_start(answer, tick);
	int saved = capture_begin(), r;

	command->name = "box";
	command->stdio[0] = command->pty ? command->stdio[0] : -1;
	command->stdio[1] = command->stdio[2] = out;
	command->owner = getuid();
	command->timeout = 300000000;
	r = unit_run(mock.bus, command);
	*ret_text = capture_end(saved);
	*ret_out = content(out);
	mock_done(&mock);
	return r;
}

TEST(options)
{
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)"pwd; echo $A; echo $B", NULL };
	_cleanup_(strv_done) struct strv env = { 0 };
	struct command command = { .argv = argv, .cwd = "/dev", .env = &env };
	_cleanup_(freep) char *out = NULL;
	_cleanup_(freep) char *text = NULL;

	strv_add(&env, "A=a b");
	strv_add(&env, "B=$A");
	CHECK_INT(run_command(&command, &out, &text), 0);
	CHECK_STR(out, "/dev\na b\n$A\n");
}

TEST(no_such_folder)
{
	char *const argv[] = { (char *)"true", NULL };
	struct command command = { .argv = argv, .cwd = "/no/such" };
	_cleanup_(freep) char *out = NULL;
	_cleanup_(freep) char *text = NULL;

	CHECK_INT(run_command(&command, &out, &text), 126);
	CHECK(strstr(out, "/no/such"));
}

TEST(not_utf8)
{
	char *const argv[] = { (char *)"printf", (char *)"a\xff", NULL };
	struct command command = { .argv = argv };
	_cleanup_(freep) char *out = NULL;
	_cleanup_(freep) char *text = NULL;

	CHECK_INT(run_command(&command, &out, &text), -EINVAL);
	CHECK(strstr(text, "'box' is not valid UTF-8"));
}

TEST(not_prepared)
{
	static const struct {
		int status;
		const char *said;
	} cases[] = {
		{ 217, "no such user" },
		{ 219, "control group" },
		{ 226, "failed to prepare it" },
	};
	char *const argv[] = { (char *)"true", NULL };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct command command = { .argv = argv };
		_cleanup_(freep) char *out = NULL, *text = NULL;

		service.unborn = cases[i].status;
		CHECK_INT(run_command(&command, &out, &text), -EIO);
		service.unborn = 0;
		CHECK(strstr(text, cases[i].said));
	}
}

/* The command has a terminal, which is not ours; ours is ready for it while it runs, and as it was afterwards. */
static void on_a_terminal(const char *script, const char *keys, int status, const char *screen)
{
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)script, NULL };
	struct command command = { .argv = argv };
	struct winsize size = { .ws_row = 20, .ws_col = 70 };
	struct termios before, after;
	struct pty pty = PTY_INIT;
	_cleanup_(closep) int keyboard = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), ours = -1;
	_cleanup_(freep) char *out = NULL;
	_cleanup_(freep) char *text = NULL;

	pty.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (keyboard < 0 || pty.master < 0 || unlockpt(keyboard) < 0 || unlockpt(pty.master) < 0)
		SKIP("no pseudoterminals here");
	snprintf(pty.path, sizeof(pty.path), "%s", ptsname(pty.master));
	pty.slave = open(pty.path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	ours = open(ptsname(keyboard), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ioctl(ours, TIOCSWINSZ, &size);
	tcgetattr(ours, &before);
	command.pty = &pty;
	command.stdio[0] = ours;
	CHECK_INT(write(keyboard, keys, strlen(keys)), (long long)strlen(keys));
	CHECK_INT(run_command(&command, &out, &text), status);
	CHECK_STR(out, screen);
	CHECK_STR(text, "");
	tcgetattr(ours, &after);
	CHECK_INT(after.c_lflag, before.c_lflag);
	pty_done(&pty);
}

TEST(terminal)
{
	on_a_terminal("test -t 0 && test -t 2 && stty size && echo error >&2; exit 6", "", 6, "20 70\r\nerror\r\n");
}

TEST(terminal_left)
{
	on_a_terminal("sleep 20", "\035\n", -ECANCELED, "");
}

TEST(terminal_keys)
{
	on_a_terminal("read word; test $word = go && exit 9", "go\n", 9, "go\r\n");
}

TEST(streams_are_apart)
{
	_cleanup_(closep) int in = pattern(12), out = memfd_create("out", 0), err = memfd_create("err", 0);
	_cleanup_(freep) char *text = NULL;

	CHECK_INT(run("echo error >&2; exec cat", in, out, err), 0);
	CHECK(same(in, out));
	text = content(err);
	CHECK_STR(text, "error\n");
}

TEST(arguments_unchanged)
{
	char *const argv[] = { (char *)"printf", (char *)"%s|", (char *)"$HOME", (char *)"%n", (char *)" a  b ",
			       (char *)"",	 NULL };
	_cleanup_(closep) int out = memfd_create("out", 0);
	_cleanup_(freep) char *text = NULL;

	CHECK_INT(run_on(answer, argv, -1, out, out, UINT64_MAX, NULL), 0);
	text = content(out);
	CHECK_STR(text, "$HOME|%n| a  b ||");
}

TEST(much_data_both_ways)
{
	_cleanup_(closep) int in = pattern(BIG), out = memfd_create("out", 0), err = memfd_create("err", 0);

	CHECK_INT(run("tee /dev/stderr", in, out, err), 0);
	CHECK(same(in, out));
	CHECK(same(in, err));
}

/* Our output is a pipe whose reader takes its time, and the command writes before it reads. */
TEST(slow_reader)
{
	_cleanup_(closep) int in = pattern(1024 * 1024), copy = memfd_create("copy", 0);
	int fds[2], r;
	pid_t reader;

	if (pipe(fds) < 0)
		abort();
	fflush(NULL);
	reader = fork();
	if (reader == 0) {
		char data[50000];
		ssize_t n;

		close(fds[1]);
		while ((n = read(fds[0], data, sizeof(data))) > 0 && write(copy, data, (size_t)n) == n)
			usleep(1000);
		_exit(0);
	}
	close(fds[0]);
	r = run("exec cat", in, fds[1], STDERR_FILENO);
	close(fds[1]);
	waitpid(reader, NULL, 0);
	CHECK_INT(r, 0);
	CHECK(same(in, copy));
}

TEST(odd_input)
{
	_cleanup_(closep) int null = open("/dev/null", O_RDWR), dir = open("/", O_RDONLY), out = memfd_create("out", 0);
	_cleanup_(closep) int path = open("/", O_PATH);
	int inputs[] = { -1, null, dir, path, 999 };

	for (size_t i = 0; i < ARRAY_SIZE(inputs); i++)
		CHECK_INT(run("exec cat", inputs[i], out, out), 0);
	CHECK_INT(lseek(out, 0, SEEK_END), 0);
}

/* The command takes no input, and ends: what would come is not waited for. */
TEST(unread_input)
{
	_cleanup_(closep) int out = memfd_create("out", 0);
	int fds[2];

	if (pipe(fds) < 0)
		abort();
	CHECK_INT(run("exit 3", fds[0], out, out), 3);
	CHECK_INT(run("exec <&-; exit 4", fds[0], out, out), 4);
	close(fds[0]);
	close(fds[1]);
}

TEST(reader_gone)
{
	_cleanup_(closep) int err = memfd_create("err", 0);
	int fds[2];

	if (pipe(fds) < 0)
		abort();
	close(fds[0]);
	CHECK_INT(run("exec yes", -1, fds[1], err), 128 + SIGPIPE);
	close(fds[1]);
}

TEST(output_full)
{
	_cleanup_(closep) int full = open("/dev/full", O_WRONLY), err = memfd_create("err", 0);
	char *const argv[] = { (char *)"echo", (char *)"x", NULL };
	_cleanup_(freep) char *text = NULL;

	CHECK_INT(run_on(answer, argv, -1, full, err, UINT64_MAX, &text), -ENOSPC);
	CHECK(strstr(text, "Cannot write the output of 'echo'"));
}

TEST(sealed_output)
{
	_cleanup_(closep) int out = memfd_create("out", MFD_ALLOW_SEALING);

	if (ftruncate(out, 8192) < 0 || fcntl(out, F_ADD_SEALS, F_SEAL_GROW) < 0)
		abort();
	CHECK_INT(run("exec yes", -1, out, out), 128 + SIGPIPE);
	CHECK_INT(lseek(out, 0, SEEK_END), 8192);
}

/* A process outlives the command and holds its pipes. */
TEST(pipe_held_open)
{
	_cleanup_(closep) int out = memfd_create("out", 0);
	_cleanup_(freep) char *text = NULL;
	pid_t holder;

	CHECK_INT(run("sleep 3600 & echo $!", -1, out, out), 0);
	text = content(out);
	holder = (pid_t)atoi(text);
	CHECK(holder > 1);
	CHECK_INT(kill(holder, SIGKILL), 0); /* it was there still when run() returned */
}

/* Sends us the signal once the script has written to out that it is ready, and again until it has ended if one is
 * not enough. */
static pid_t signal_when_ready(int out, int signo, bool again)
{
	pid_t parent = getpid(), pid;

	fflush(NULL);
	pid = fork();
	if (pid > 0)
		return pid;
	while (lseek(out, 0, SEEK_END) == 0)
		usleep(1000);
	do {
		kill(parent, signo);
		usleep(100000);
	} while (again && getppid() == parent);
	_exit(0);
}

TEST(signals)
{
	static const struct {
		const char *script;
		int signo, status;
		bool again;
	} cases[] = {
		{ "echo ready; exec sleep 1000", SIGINT, 130, false },
		{ "echo ready; exec sleep 1000", SIGTERM, 143, false },
		{ "trap 'exit 5' INT; echo ready; while :; do sleep 0.01; done", SIGINT, 5, false },
		{ "trap '' INT; echo ready; exec sleep 1000", SIGINT, 137, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(closep) int out = memfd_create("out", 0);
		pid_t pid = signal_when_ready(out, cases[i].signo, cases[i].again);

		CHECK_INT(run(cases[i].script, -1, out, out), cases[i].status);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

/* Hostile ones. */
static const char *hostile;

static int reply_hostile(sd_bus_message *call)
{
	_cleanup_(freep) char *huge = NULL;

	if (strcmp(hostile, "silence") == 0)
		return 0;
	if (strcmp(hostile, "hangup") == 0)
		return -1;
	if (strcmp(hostile, "nothing") == 0)
		return sd_bus_reply_method_return(call, NULL);
	if (strcmp(hostile, "string") == 0)
		return sd_bus_reply_method_return(call, "s", "active");
	if (strcmp(hostile, "empty") == 0)
		return sd_bus_reply_method_return(call, "a{sv}", 0);
	if (strcmp(hostile, "no state") == 0)
		return sd_bus_reply_method_return(call, "a{sv}", 1, "ActiveState", "s", "");
	if (strcmp(hostile, "number") == 0)
		return sd_bus_reply_method_return(call, "a{sv}", 1, "ActiveState", "u", 1);
	if (strcmp(hostile, "words for numbers") == 0)
		return sd_bus_reply_method_return(call, "a{sv}", 2, "ActiveState", "s", "failed", "ExecMainStatus", "s",
						  "1");
	if (strcmp(hostile, "wrong job") == 0)
		return sd_bus_reply_method_return(call, "a{sv}", 2, "ActiveState", "s", "failed", "Job", "(us)", 1,
						  "/");
	if (strcmp(hostile, "wrong keys") == 0)
		return sd_bus_reply_method_return(call, "a{uv}", 1, 5, "s", "active");
	if (strcmp(hostile, "not begun") == 0)
		return sd_bus_reply_method_return(call, "a{sv}", 2, "ActiveState", "s", "failed", "Result", "s",
						  "resources");
	if (strcmp(hostile, "error") == 0)
		return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_FAILED, "\033[2J%s", "gone\n");
	huge = xcalloc(8 * 1024 * 1024 + 1, 1);
	memset(huge, 'x', 8 * 1024 * 1024);
	return sd_bus_reply_method_return(call, "a{sv}", 4, "ActiveState", "s", huge, "StatusText", "s", huge,
					  "Unknown", "v", "s", huge, "InvocationID", "ay", 40, 1, 2, 3, 4, 5, 6, 7, 8,
					  9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,
					  29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40);
}

static int answer_hostile(sd_bus_message *call, const char *member)
{
	if (strcmp(member, "Subscribe") == 0 || strcmp(member, "StopUnit") == 0)
		return sd_bus_reply_method_return(call, NULL);
	if (strcmp(member, "StartTransientUnit") == 0)
		return sd_bus_reply_method_return(call, "o", "/");
	return reply_hostile(call);
}

TEST(hostile_state)
{
	static const char *const cases[] = { "silence",	  "hangup",	"nothing", "string",
					     "empty",	  "no state",	"number",  "words for numbers",
					     "wrong job", "wrong keys", "error" };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *text = NULL;
		struct unit_state state = { .sub = "untouched" };
		struct mock mock;
		int saved, r;

		hostile = cases[i];
		mock = mock_start(answer_hostile, NULL);
		sd_bus_set_method_call_timeout(mock.bus, 200000);
		saved = capture_begin();
		r = bus_unit_state(mock.bus, "x.service", &state);
		text = capture_end(saved);
		printf("# %s: %s", hostile, text);
		CHECK(r < 0);
		CHECK_STR(state.sub, "untouched");
		CHECK(strstr(text, "mock (x.service): "));
		CHECK(!strchr(text, 033));
		mock_done(&mock);
	}
}

TEST(huge_state)
{
	struct unit_state state;
	struct mock mock;

	hostile = "huge";
	mock = mock_start(answer_hostile, NULL);
	CHECK_INT(bus_unit_state(mock.bus, "x.service", &state), 0);
	CHECK_INT(strlen(state.active), sizeof(state.active) - 1);
	CHECK_INT(strlen(state.status), sizeof(state.status) - 1);
	CHECK_STR(state.invocation, "0102030405060708090a0b0c0d0e0f10");
	mock_done(&mock);
}

TEST(hostile_system_state)
{
	char word[8] = "kept";
	struct mock mock;
	_cleanup_(freep) char *text = NULL;
	int saved;

	hostile = "string"; /* where a variant is due */
	mock = mock_start(answer_hostile, NULL);
	saved = capture_begin();
	CHECK(machine_bus_state(mock.bus, word, sizeof(word)) < 0);
	text = capture_end(saved);
	CHECK_STR(word, "kept");
	mock_done(&mock);
}

/* It says that the command was started, and then never that it ended. */
TEST(hostile_run)
{
	static const char *const cases[] = { "hangup", "number", "words for numbers", "error" };
	char *const argv[] = { (char *)"x", NULL };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(closep) int out = memfd_create("out", 0);
		_cleanup_(freep) char *text = NULL;

		hostile = cases[i];
		CHECK(run_on(answer_hostile, argv, -1, out, out, 2000000, &text) < 0);
		CHECK(*text);
	}
}

static int answer_flood(sd_bus_message *call, const char *member)
{
	sd_bus *bus = sd_bus_message_get_bus(call);

	if (strcmp(member, "GetAll") == 0) {
		for (int i = 0; i < 1000; i++)
			mock_signal(bus, sd_bus_message_get_path(call), "org.freedesktop.DBus.Properties",
				    "PropertiesChanged", "sa{sv}as", "x", 0, 0);
		return sd_bus_reply_method_return(call, "a{sv}", 1, "ActiveState", "s", "active");
	}
	return sd_bus_reply_method_return(call, NULL);
}

TEST(time_out)
{
	_cleanup_(closep) int out = memfd_create("out", 0);
	_cleanup_(freep) char *text = NULL;
	char *const argv[] = { (char *)"x", NULL };

	CHECK_INT(run_on(answer_flood, argv, -1, out, out, 300000, &text), -ETIMEDOUT);
	CHECK(strstr(text, "x"));
}

/* What ended before it began has no exit status. */
TEST(never_started)
{
	_cleanup_(closep) int out = memfd_create("out", 0);
	_cleanup_(freep) char *text = NULL;
	char *const argv[] = { (char *)"x", NULL };

	hostile = "not begun";
	CHECK_INT(run_on(answer_hostile, argv, -1, out, out, 300000, &text), -EIO);
	CHECK(strstr(text, "could not start 'x': resources"));
}

TEST(fill_stdio)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		int next;

		close(0);
		close(2);
		if (stdio_fill() < 0)
			_exit(1);
		next = open("/", O_PATH);
		_exit(next > 2 && fcntl(0, F_GETFD) == 0 && fcntl(2, F_GETFD) == 0 ? 0 : 2);
	}
	waitpid(pid, &status, 0);
	CHECK_INT(status, 0);
}

TEST_MAIN
