/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The first program of a virtual machine that is a sandbox. It loads the modules with which the machine reaches its
 * host, makes the root of what the host shows by 9p and of memory, has sandbox-init run the command in it, and carries
 * streams and messages between that and the host. The machine ends with it. It is linked statically, as nothing of the
 * host's system is there yet. */
#include "inside/guest-init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/fdpass.h"
#include "base/strv.h"
#include "base/syscalls.h"
#include "base/util.h"
#include "inside/sandbox-init.h"
#include "inside/wire.h"

#define LOWER "/lower" /* what the host shows */
#define OVER "/over"   /* what is written over it */
#define NEW "/new"     /* the root to be */
#define PORT_MS 60000  /* that the channel may take to appear; an emulated machine on a busy host is slow */

static int channel = -1, sandbox_init = -1;
static char *begin; /* the first frame */
static size_t begin_length;
static char *order; /* in there: what follows the places */
static struct strv places;
static bool terminal, write_over;

static _Noreturn void end_machine(void)
{
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

/* Until the host has heard the last message, and ends the machine. The channel does not block. */
static void wait_for_end(void)
{
	struct pollfd p = { .fd = channel, .events = POLLIN };
	char text[256];
	ssize_t n;

	do {
		poll(&p, 1, -1);
		n = read(channel, text, sizeof(text));
	} while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
}

/* As sandbox-init does, if the host can hear it. */
static void fail(const char *what, int r)
{
	_cleanup_(freep) char *text = xasprintf(SANDBOX_FAILED "%d cannot %s: %s", STATUS_FAILED, what, strerror(-r));

	if (channel >= 0 && begin && wire_send(channel, WIRE_MESSAGE, text, strlen(text)) == 0)
		wait_for_end();
	else
		dprintf(STDERR_FILENO, "\n" GUEST_SAYS "cannot %s: %s\n", what, strerror(-r));
}

static int mount_at(const char *type, const char *path, unsigned long flags, const char *options)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST && errno != EROFS)
		return -errno;
	return mount(type, path, type, flags, options) < 0 ? -errno : 0;
}

/* The console is the serial line that the kernel writes its last words to. */
static int mount_kernel(void)
{
	int r = mount_at("devtmpfs", "/dev", MS_NOSUID, "mode=755"), console;

	if (r == 0)
		r = mount_at("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	if (r == 0)
		r = mount_at("sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	console = open("/dev/console", O_RDWR | O_NOCTTY);
	for (int i = 0; console >= 0 && i < 3; i++)
		dup2(console, i);
	return r;
}

/* One that is there already is fine. */
static int load_module(const char *name)
{
	_cleanup_(freep) char *path = xasprintf(GUEST_MODULES "/%s", name);
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST ? -errno : 0;
}

static int load_modules(void)
{
	char text[4096];
	_cleanup_(strv_done) struct strv names = { 0 };
	_cleanup_(closep) int fd = open(GUEST_LIST, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	int r = 0;

	if (n < 0)
		return -errno;
	text[n] = '\0';
	strv_split(&names, text, "\n");
	for (size_t i = 0; r == 0 && i < names.n; i++)
		r = load_module(names.v[i]);
	return r;
}

static bool is_port(const char *name)
{
	_cleanup_(freep) char *path = xasprintf("/sys/class/virtio-ports/%s/name", name);
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[64] = "";

	return fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && strcmp(text, WIRE_NAME "\n") == 0;
}

static int find_port(void)
{
	_cleanup_(closedirp) DIR *dir = opendir("/sys/class/virtio-ports");
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		_cleanup_(freep) char *path = xasprintf("/dev/%s", entry->d_name);

		if (is_port(entry->d_name))
			return open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	}
	errno = ENODEV;
	return -1;
}

static int open_channel(void)
{
	for (int ms = 0; ms < PORT_MS; ms++) {
		channel = find_port();
		if (channel >= 0)
			return 0;
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	return -errno;
}

static int read_begin(void)
{
	int r = wire_receive(channel, &begin, &begin_length);
	char *p = begin, *last = begin + begin_length;

	for (; r == 0 && p < last && *p; p += strlen(p) + 1) {
		terminal = terminal || strcmp(p, GUEST_TERMINAL) == 0;
		write_over = write_over || strcmp(p, GUEST_WRITE) == 0;
		strv_add(&places, p);
	}
	if (r == 0 && p >= last)
		return -EBADMSG;
	order = p + 1;
	return r;
}

static int mount_lower(void)
{
	if (mkdir(LOWER, 0755) < 0)
		return -errno;
	return mount(GUEST_TAG, LOWER, "9p", MS_RDONLY | MS_NODEV,
		     "trans=virtio,version=9p2000.L,cache=loose,msize=512000") < 0
		       ? -errno
		       : 0;
}

/* Mounts what the host shows at 'path' there, for the command: read-only, or below a layer in memory. */
static int show(const char *path, bool writable)
{
	static int layers;
	_cleanup_(freep) char *from = xasprintf(LOWER "%s", path), *to = xasprintf(NEW "%s", path);
	_cleanup_(freep) char *upper = xasprintf(OVER "/%d", layers), *work = xasprintf(OVER "/%d-work", layers);
	_cleanup_(freep) char *options = xasprintf("lowerdir=%s,upperdir=%s,workdir=%s", from, upper, work);
	struct stat st;

	if (!writable)
		return mount(from, to, NULL, MS_BIND, NULL) < 0 ||
				       mount(NULL, to, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NODEV, NULL) < 0
			       ? -errno
			       : 0;
	layers++;
	if (stat(from, &st) < 0 || mkdir(upper, 0755) < 0 || mkdir(work, 0755) < 0 ||
	    chown(upper, st.st_uid, st.st_gid) < 0 || chmod(upper, st.st_mode & 07777) < 0)
		return -errno;
	return mount("overlay", to, "overlay", MS_NODEV, options) < 0 ? -errno : 0;
}

/* Makes the directory and what is missing above it. If that cannot be done, mounting there fails. */
static void make_dirs(const char *path)
{
	_cleanup_(freep) char *whole = xasprintf(NEW "%s", path);

	for (char *p = strchr(whole + strlen(NEW) + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		mkdir(whole, 0755);
		*p = '/';
	}
	mkdir(whole, 0755);
}

static int place_own(const uint64_t numbers[], const char *path)
{
	_cleanup_(freep) char *to = xasprintf(NEW "%s", path);
	_cleanup_(freep) char *options = xasprintf("mode=%llo", (unsigned long long)numbers[0]);

	return mount("none", to, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0 ? -errno : 0;
}

static int place_home(const uint64_t numbers[], const char *path)
{
	_cleanup_(freep) char *to = xasprintf(NEW "%s", path);

	make_dirs(path);
	return chmod(to, 0700) < 0 || chown(to, (uid_t)numbers[0], (gid_t)numbers[1]) < 0 ? -errno : 0;
}

static int place_bind(const uint64_t numbers[], const char *path)
{
	(void)numbers;
	make_dirs(path);
	return show(path, false);
}

static int place_copy(const uint64_t numbers[], const char *path)
{
	(void)numbers;
	make_dirs(path);
	return show(path, write_over);
}

static int place_ram(const uint64_t numbers[], const char *path)
{
	_cleanup_(freep) char *to = xasprintf(NEW "%s", path);
	_cleanup_(freep) char *options = xasprintf("mode=755,size=%llu", (unsigned long long)numbers[0]);

	make_dirs(path);
	return mount("none", to, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0 ? -errno : 0;
}

static int place_nothing(const uint64_t numbers[], const char *path)
{
	(void)numbers, (void)path;
	return 0;
}

static const struct {
	const char *word;
	int numbers;
	int (*make)(const uint64_t numbers[], const char *path);
} guest_places[] = {
	{ GUEST_BIND, 0, place_bind },	   { GUEST_COPY, 0, place_copy }, { GUEST_HOME, 2, place_home },
	{ GUEST_OWN, 1, place_own },	   { GUEST_RAM, 1, place_ram },	  { GUEST_TERMINAL, 0, place_nothing },
	{ GUEST_WRITE, 0, place_nothing },
};

static int make_place(const char *text)
{
	size_t length = strcspn(text, " ");
	uint64_t numbers[2] = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(guest_places); i++) {
		const char *p = text + length;
		char *rest;

		if (strlen(guest_places[i].word) != length || memcmp(guest_places[i].word, text, length) != 0)
			continue;
		for (int n = 0; n < guest_places[i].numbers; n++, p = rest)
			numbers[n] = strtoull(p, &rest, strcmp(guest_places[i].word, GUEST_OWN) == 0 ? 8 : 10);
		return guest_places[i].make(numbers, *p == ' ' ? p + 1 : p);
	}
	return -EBADMSG;
}

static int make_root(void)
{
	int r = mkdir(NEW, 0755) < 0 ? -errno : 0;

	if (r == 0 && write_over)
		r = mount_at("tmpfs", OVER, MS_NODEV, "mode=700");
	if (r == 0)
		r = show("", write_over);
	for (size_t i = 0; r == 0 && i < places.n; i++)
		r = make_place(places.v[i]);
	return r;
}

static int make_devices(void)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" },
		{ "fd/0", "/dev/stdin" },
		{ "fd/1", "/dev/stdout" },
		{ "fd/2", "/dev/stderr" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (symlink(links[i][0], links[i][1]) < 0 && errno != EEXIST)
			return -errno;
	return mount_at("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "ptmxmode=666,mode=620,gid=5");
}

static int raise_loopback(void)
{
	_cleanup_(closep) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

	return fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr) < 0 ? -errno : 0;
}

/* The first root cannot be left by pivot_root(2): switch_root(8) does the same. */
static int enter_root(void)
{
	static const char *const moved[] = { "/dev", "/proc", "/sys" };

	_cleanup_(closep) int new = -1, root = -1;

	sandbox_init = open(GUEST_SANDBOX_INIT, O_RDONLY | O_CLOEXEC);
	if (sandbox_init < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(moved); i++) {
		_cleanup_(freep) char *to = xasprintf(NEW "%s", moved[i]);

		if (mount(moved[i], to, NULL, MS_MOVE, NULL) < 0)
			return -errno;
	}
	new = open(NEW, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (new < 0 || fchdir(new) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0)
		return -errno;
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root < 0 || fchdir(root) < 0 ? -errno : 0;
}

static const struct {
	const char *what;
	int (*run)(void);
} steps[] = {
	{ "mount what the kernel shows", mount_kernel },
	{ "load the modules of its kernel", load_modules },
	{ "find the channel to the host", open_channel },
	{ "read what to run", read_begin },
	{ "mount what the host shows", mount_lower },
	{ "make its root", make_root },
	{ "make its devices", make_devices },
	{ "raise its loopback interface", raise_loopback },
	{ "enter its root", enter_root },
};

/* Runs in the child. */
static void run_sandbox_init(int socket)
{
	char *argv[] = { "sandbox-init", SANDBOX_GUEST, terminal ? SANDBOX_TERMINAL : NULL, NULL };
	char *env[] = { NULL };

	signal(SIGCHLD, SIG_DFL);
	if (dup2(socket, SANDBOX_SOCKET) < 0 || (socket == SANDBOX_SOCKET && fcntl(socket, F_SETFD, 0) < 0))
		return;
	sys_execveat(sandbox_init, "", argv, env, AT_EMPTY_PATH);
}

static int order_file(void)
{
	_cleanup_(closep) int fd = memfd_create("order", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : write_all(fd, order, begin_length - (size_t)(order - begin));

	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	return r < 0 ? r : steal_fd(&fd);
}

/* Makes the pipes: 'ours' for the wire, 'theirs' for the command. */
static int make_pipes(int ours[WIRE_STREAMS], int theirs[WIRE_STREAMS])
{
	for (int i = 0; i < WIRE_STREAMS; i++) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC) < 0)
			return -errno;
		ours[i] = ends[i == STDIN_FILENO];
		theirs[i] = ends[i != STDIN_FILENO];
		if (fcntl(ours[i], F_SETFL, O_NONBLOCK) < 0 || fchmod(theirs[i], 0666) < 0)
			return -errno;
	}
	return 0;
}

/* Waits for the terminal that sandbox-init makes. -EBADMSG if it says something else, which is passed on. */
static int take_terminal(int control, int ours[WIRE_STREAMS])
{
	struct pollfd p = { .fd = control, .events = POLLIN };
	char text[SANDBOX_MESSAGE] = "";
	int r;

	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		;
	r = fdpass_receive(control, text, sizeof(text), ours, 1);
	if (r < 0 && *text && wire_send(channel, WIRE_MESSAGE, text, strlen(text)) == 0)
		return -EBADMSG;
	if (r == 0)
		ours[STDOUT_FILENO] = fcntl(ours[STDIN_FILENO], F_DUPFD_CLOEXEC, 0);
	return r;
}

static int start(int control, int ours[WIRE_STREAMS])
{
	int fds[START_FDS] = { order_file(), open("/", O_PATH | O_CLOEXEC), -1, -1, -1 };
	int r = fds[START_ORDER] < 0 ? fds[START_ORDER] : 0;

	if (r == 0 && !terminal)
		r = make_pipes(ours, fds + START_INPUT);
	if (r == 0)
		r = fdpass_send(control, SANDBOX_START, fds, terminal ? START_FDS_TERMINAL : START_FDS);
	for (int i = 0; i < START_FDS; i++)
		closep(&fds[i]);
	return r == 0 && terminal ? take_terminal(control, ours) : r;
}

/* Until the host is gone. */
static void carry(int control, const int streams[WIRE_STREAMS])
{
	struct wire wire;
	struct pollfd fds[WIRE_FDS];

	wire_init(&wire, true, channel, control, streams);
	do {
		wire_poll(&wire, fds);
		while (poll(fds, WIRE_FDS, -1) < 0 && errno == EINTR)
			;
	} while (wire_step(&wire, fds) == 0);
}

static int run(void)
{
	int streams[WIRE_STREAMS] = { -1, -1, -1 }, ends[2], r;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		run_sandbox_init(ends[1]);
		_exit(1);
	}
	close(ends[1]);
	r = start(ends[0], streams);
	if (r == 0)
		carry(ends[0], streams);
	return r;
}

static int hold(void)
{
	char byte;

	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	int r = 0;

	if (argc > 1 && strcmp(argv[1], GUEST_HOLD) == 0)
		return hold();

	umask(0);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN); /* whatever becomes our child is reaped */
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(steps); i++) {
		r = steps[i].run();
		if (r < 0)
			fail(steps[i].what, r);
	}
	if (r == 0) {
		r = run();
		if (r < 0)
			fail("run the command", r);
	}
	end_machine();
}
