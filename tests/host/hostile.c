/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an enemy with root in a container does for test-hostile.sh and test-worst.sh, if a shell would be too slow or
 * cannot do it: 'hostile NAME ARGUMENT...'. Actions without an end go on until they are killed. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "../lib/linger.h"

/* deep FOLDER COUNT: folders in each other, with a file at the end */
static int deep(char **argv)
{
	int dir = open(argv[0], O_PATH | O_DIRECTORY);

	for (int i = atoi(argv[1]); i > 0 && dir >= 0; i--) {
		int next = mkdirat(dir, "deeper", 0755) < 0 ? -1 : openat(dir, "deeper", O_PATH | O_DIRECTORY);

		close(dir);
		dir = next;
	}
	return dir < 0 ? -1 : openat(dir, "end", O_WRONLY | O_CREAT, 0600);
}

/* wide FOLDER COUNT: so many names, most of them of one file; a removal uses the same names */
static int wide(char **argv)
{
	int dir = open(argv[0], O_PATH | O_DIRECTORY);
	char name[32];

	if (mknodat(dir, "first", S_IFREG | 0600, 0) < 0)
		return -1;
	for (int i = atoi(argv[1]); i > 0; i--) {
		snprintf(name, sizeof(name), ".removing-%d", i);
		if ((i % 10 ? linkat(dir, "first", dir, name, 0) : mkdirat(dir, name, 0700)) < 0)
			return -1;
	}
	return 0;
}

/* exchange A B: without an end */
static int exchange(char **argv)
{
	while (renameat2(AT_FDCWD, argv[0], AT_FDCWD, argv[1], RENAME_EXCHANGE) == 0 || errno == ENOENT)
		;
	return -1;
}

/* fill FOLDER: new files, folders and links in it, without an end */
static int fill(char **argv)
{
	int dir = open(argv[0], O_PATH | O_DIRECTORY);
	char name[32];

	for (unsigned int i = 0; dir >= 0; i++) {
		snprintf(name, sizeof(name), "new-%u", i);
		if ((i % 3 == 0	  ? mkdirat(dir, name, 0700)
		     : i % 3 == 1 ? symlinkat("/", dir, name)
				  : mknodat(dir, name, S_IFREG | 0600, 0)) < 0)
			return errno == ENOENT ? 0 : -1; /* the folder is gone: it has lost */
	}
	return -1;
}

/* swarm COUNT: so many processes that ignore signals */
static int swarm(char **argv)
{
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_IGN);
	for (int i = atoi(argv[0]); i > 0; i--)
		if (fork() == 0)
			break;
	while (pause() < 0)
		;
	return 0;
}

/* attribute FILE NAME VALUE: an extended attribute, its value in hexadecimal */
static int attribute(char **argv)
{
	static unsigned char value[65536];
	size_t n = strlen(argv[2]) / 2;

	for (size_t i = 0; i < n && i < sizeof(value); i++)
		sscanf(argv[2] + 2 * i, "%2hhx", &value[i]);
	return setxattr(argv[0], argv[1], value, n, 0);
}

/* The process id that was assigned last. */
static int last_process(void)
{
	char text[128] = "";
	int fd = open("/proc/loadavg", O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return -1;
	close(fd);
	return atoi(strrchr(text, ' '));
}

/* halt: stops every process that appears, without an end */
static int halt(char **argv)
{
	int stopped = last_process(), last;

	(void)argv;
	while ((last = last_process()) > 0) {
		for (int pid = stopped + 1; pid <= last + 2; pid++)
			if (pid != getpid())
				kill(pid, SIGSTOP);
		stopped = last > stopped ? last : stopped;
	}
	return -1;
}

/* hold PID: stops the process as a debugger does, and keeps it stopped */
static int hold(char **argv)
{
	pid_t pid = (pid_t)atoi(argv[0]);

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0 || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		return -1;
	return pause();
}

static void send_text(int fd, const char *text)
{
	send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* Ways to impersonate a message bus. Each function gets a connection, which is closed when it returns. */
static void silent(int fd)
{
	(void)fd;
	for (;;)
		pause();
}

static void garbage(int fd)
{
	send_text(fd, "\033]0;title\007\033[2J no bus\r\n\r\n");
}

static void endless(int fd)
{
	static char text[65536];

	memset(text, 'x', sizeof(text));
	while (send(fd, text, sizeof(text), MSG_NOSIGNAL) > 0)
		;
}

static void drip(int fd)
{
	while (send(fd, "O", 1, MSG_NOSIGNAL) > 0)
		sleep(1);
}

static void accepted(int fd)
{
	send_text(fd, "OK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n");
}

/* Accepts the client, and then does not answer. */
static void deaf(int fd)
{
	accepted(fd);
	silent(fd);
}

/* Accepts, and then sends what is not a message. */
static void noise(int fd)
{
	accepted(fd);
	endless(fd);
}

/* Accepts, and then announces a message larger than any. */
static void giant(int fd)
{
	static const unsigned char header[16] = { 'l', 2, 0, 1, 0xff, 0xff, 0xff, 0xff,
						  1,   0, 0, 0, 0xff, 0xff, 0xff, 0xff };

	accepted(fd);
	send(fd, header, sizeof(header), MSG_NOSIGNAL);
	silent(fd);
}

/* Accepts, and then sends one signal, a good one, over and over. */
static void signals(int fd)
{
	static const unsigned char message[] = {
		'l', 4, 1,   1, 0, 0, 0, 0, 1,	 0,   0,   0,	46,  0, 0, 0, /* no body, 46 bytes of fields */
		1,   1, 'o', 0, 1, 0, 0, 0, '/', 0,   0,   0,	0,   0, 0, 0, /* path */
		2,   1, 's', 0, 3, 0, 0, 0, 'a', '.', 'b', 0,	0,   0, 0, 0, /* interface */
		3,   1, 's', 0, 5, 0, 0, 0, 'F', 'l', 'o', 'o', 'd', 0, 0, 0, /* member, and padding */
	};
	static unsigned char text[1024 * sizeof(message)];

	for (size_t i = 0; i < 1024; i++)
		memcpy(text + i * sizeof(message), message, sizeof(message));
	accepted(fd);
	while (send(fd, text, sizeof(text), MSG_NOSIGNAL) > 0)
		;
}

/* Sends sockets that keep the receiver waiting, at once or after it has accepted. */
static void lingering(int fd)
{
	for (int i = 0; i < 3; i++)
		send_with(fd, "O", lingering_socket(), NULL, 0);
	silent(fd);
}

static void lingering_later(int fd)
{
	accepted(fd);
	lingering(fd);
}

static const struct {
	const char *name;
	void (*serve)(int fd);
} buses[] = {
	{ "silent", silent },	    { "garbage", garbage },
	{ "endless", endless },	    { "drip", drip },
	{ "deaf", deaf },	    { "noise", noise },
	{ "giant", giant },	    { "signals", signals },
	{ "lingering", lingering }, { "lingering-later", lingering_later },
};

/* bus KIND PATH: listens there and behaves like that to each client; 'full' accepts no connections */
static int bus(char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", argv[1]);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || chmod(argv[1], 0666) < 0 ||
	    listen(fd, strcmp(argv[0], "full") == 0 ? 0 : 8) < 0)
		return -1;
	if (strcmp(argv[0], "full") == 0) {
		int other = socket(AF_UNIX, SOCK_STREAM, 0);

		if (connect(other, (struct sockaddr *)&address, sizeof(address)) < 0)
			return -1;
		silent(fd);
	}
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int peer = accept(fd, NULL, NULL);

		for (size_t i = 0; peer >= 0 && i < sizeof(buses) / sizeof(*buses); i++)
			if (strcmp(buses[i].name, argv[0]) == 0 && fork() == 0) {
				buses[i].serve(peer);
				_exit(0);
			}
		close(peer);
	}
}

/* ask PATH: a minimal client. Prints that it asks, and that it has received three bytes. */
static int ask(char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char text;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", argv[0]);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	write(STDOUT_FILENO, "asks\n", 5);
	for (int i = 0; i < 3; i++)
		if (recv(fd, &text, 1, 0) != 1)
			return -1;
	write(STDOUT_FILENO, "received\n", 9);
	return 0;
}

/* What an attack has tried and got. The attacks share these numbers with the host, through a file. */
struct tally {
	uint64_t tried, got;
};

static bool count(struct tally *t, long answer)
{
	t->tried++;
	t->got += answer >= 0;
	return answer >= 0;
}

static void rest(unsigned int milliseconds)
{
	usleep(milliseconds * 1000);
}

/* Does it to each program and each unit of the host, over and over. */
static void to_shared_files(struct tally *t, long (*act)(const char *path))
{
	static const char *const folders[] = { "/usr/bin", "/usr/lib/systemd/system" };
	char path[4096];

	for (size_t i = 0;; i = (i + 1) % (sizeof(folders) / sizeof(*folders))) {
		DIR *d = opendir(folders[i]);
		struct dirent *e;

		while (d && (e = readdir(d))) {
			snprintf(path, sizeof(path), "%s/%s", folders[i], e->d_name);
			if (e->d_type == DT_REG)
				count(t, act(path));
		}
		if (d)
			closedir(d);
		rest(1);
	}
}

/* Keeps the file open if 'answer' says that there is something to keep. */
static long keep(int fd, long answer)
{
	if (answer < 0)
		close(fd);
	return answer;
}

static long lease(const char *path)
{
	int fd = open(path, O_RDONLY);
	long r = fcntl(fd, F_SETLEASE, F_WRLCK);

	return keep(fd, r < 0 ? fcntl(fd, F_SETLEASE, F_RDLCK) : r);
}

static long lock(const char *path)
{
	int fd = open(path, O_RDONLY);

	return keep(fd, flock(fd, LOCK_EX | LOCK_NB));
}

/* What every program of the host opens when it starts: the loader and the C library, which this program has mapped. */
static void watch_libraries(int instance)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[4096], path[4096];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %*s %*s %*s %*s %4095s", path) == 1 && strstr(path, ".so"))
			inotify_add_watch(instance, path, IN_ALL_EVENTS);
	if (f)
		fclose(f);
}

/* Each time with another inotify instance, as long as there is one. Nobody reads the events. */
static long watch(const char *path)
{
	static int instance = -1;
	int fd = inotify_init1(IN_NONBLOCK);

	if (fd >= 0) {
		instance = fd;
		watch_libraries(instance);
	}
	return inotify_add_watch(instance, path, IN_ALL_EVENTS);
}

static void take_leases(struct tally *t, char **argv)
{
	(void)argv;
	to_shared_files(t, lease);
}

static void take_locks(struct tally *t, char **argv)
{
	(void)argv;
	to_shared_files(t, lock);
}

static void take_watches(struct tally *t, char **argv)
{
	(void)argv;
	to_shared_files(t, watch);
}

static long queue_signal(void)
{
	return sigqueue(getpid(), SIGRTMIN, (union sigval){ 0 });
}

static long make_message_queue(void)
{
	static unsigned int number;
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "worst-%u", number++);
	fd = (int)syscall(SYS_mq_open, name, O_RDWR | O_CREAT, 0600, NULL);
	if (fd >= 0)
		close(fd); /* it exists until it is removed */
	return fd;
}

/* As many as each of many users can have, because the kernel counts for each user and for all of them together. */
static void by_many_users(struct tally *t, long (*take)(void))
{
	for (uid_t i = 0;; i = (i + 1) % 60000) {
		if (setresuid(2000 + i, 2000 + i, 0) < 0)
			return;
		while (count(t, take()))
			;
		if (setresuid(0, 0, 0) < 0)
			return;
		rest(1);
	}
}

static void take_signals(struct tally *t, char **argv)
{
	sigset_t set;

	(void)argv;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	by_many_users(t, queue_signal);
}

static void take_queues(struct tally *t, char **argv)
{
	(void)argv;
	by_many_users(t, make_message_queue);
}

static void take_terminals(struct tally *t, char **argv)
{
	(void)argv;
	for (;;)
		if (!count(t, open("/dev/ptmx", O_RDWR | O_NOCTTY)))
			rest(1);
}

static void flood_log(struct tally *t, char **argv)
{
	static const char line[] = "<0>kernel: a line that is there to push out others, and a second one\nlike it\n";
	int fd = open("/dev/console", O_WRONLY | O_NOCTTY);

	(void)argv;
	for (;;)
		count(t, write(fd, line, sizeof(line) - 1));
}

static void flood_monitor(struct tally *t, char **argv)
{
	static const char text[] = "READY=1\nSTATUS=nonsense\nX_INIT_FAILED=nonsense\n";
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/run/host/notify" };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	(void)argv;
	for (;;)
		count(t, sendto(fd, text, sizeof(text) - 1, 0, (struct sockaddr *)&address, sizeof(address)));
}

/* Has the kernel ask for each address of the network in turn, by ARP. */
static void flood_network(struct tally *t, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	uint32_t network = ntohl(inet_addr(argv[1])) & ~255U;

	for (uint32_t i = 0;; i = (i + 1) % 254) {
		address.sin_addr.s_addr = htonl(network + 1 + i);
		if (!count(t, sendto(fd, "", 0, MSG_DONTWAIT, (struct sockaddr *)&address, sizeof(address)))) {
			close(fd); /* too many packets of this socket wait for an answer */
			fd = socket(AF_INET, SOCK_DGRAM, 0);
			rest(1);
		}
	}
}

/* Stays full for a moment, and then begins again, so that it can be seen to go on. */
static void fill_tmp(struct tally *t, char **argv)
{
	static char data[65536];

	(void)argv;
	for (;;) {
		int fd = open("/tmp/worst", O_WRONLY | O_CREAT, 0600);

		while (count(t, write(fd, data, sizeof(data))))
			;
		rest(500);
		close(fd);
		unlink("/tmp/worst");
	}
}

/* As many as the limit of tasks that test-worst.sh sets, and no more even where the kernel does not enforce it. */
#define MOST_PROCESSES 300

static void take_processes(struct tally *t, char **argv)
{
	pid_t children[MOST_PROCESSES];

	(void)argv;
	for (;;) {
		size_t n = 0;

		do {
			children[n] = fork();
			if (children[n] == 0) {
				prctl(PR_SET_PDEATHSIG, SIGKILL);
				for (;;)
					pause();
			}
		} while (count(t, children[n]) && ++n < MOST_PROCESSES);
		rest(500);
		for (size_t i = 0; i < n; i++) {
			kill(children[i], SIGKILL);
			waitpid(children[i], NULL, 0);
		}
	}
}

static const struct {
	const char *name;
	void (*run)(struct tally *t, char **argv);
} attacks[] = {
	{ "leases", take_leases },   { "locks", take_locks },	      { "inotify", take_watches },
	{ "signals", take_signals }, { "queues", take_queues },	      { "terminals", take_terminals },
	{ "log", flood_log },	     { "messages", flood_monitor },   { "network", flood_network },
	{ "tmp", fill_tmp },	     { "processes", take_processes },
};
#define N_ATTACKS (sizeof(attacks) / sizeof(*attacks))

static struct tally *open_tally(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	struct tally *t;

	if (ftruncate(fd, N_ATTACKS * sizeof(*t)) < 0)
		return NULL;
	t = mmap(NULL, N_ATTACKS * sizeof(*t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return t == MAP_FAILED ? NULL : t;
}

/* worst FILE ADDRESS: all attacks at once, without an end; one that is killed begins again. FILE gets the numbers, and
 * ADDRESS is one of the network. */
static int worst(char **argv)
{
	struct tally *tallies = open_tally(argv[0]);
	pid_t running[N_ATTACKS] = { 0 };
	struct rlimit files;

	if (!tallies || getrlimit(RLIMIT_NOFILE, &files) < 0)
		return -1;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	for (;;) {
		pid_t ended;

		for (size_t i = 0; i < N_ATTACKS; i++) {
			if (running[i] <= 0 && (running[i] = fork()) == 0) {
				prctl(PR_SET_PDEATHSIG, SIGKILL);
				attacks[i].run(&tallies[i], argv);
				_exit(1);
			}
		}
		rest(10);
		while ((ended = waitpid(-1, NULL, WNOHANG)) > 0)
			for (size_t i = 0; i < N_ATTACKS; i++)
				if (running[i] == ended)
					running[i] = 0;
	}
}

/* tally FILE: prints the numbers, a line 'NAME TRIED GOT' for each attack */
static int tally(char **argv)
{
	struct tally *tallies = open_tally(argv[0]);

	for (size_t i = 0; tallies && i < N_ATTACKS; i++)
		printf("%s %" PRIu64 " %" PRIu64 "\n", attacks[i].name, tallies[i].tried, tallies[i].got);
	return tallies ? 0 : -1;
}

/* start-all FOLDER: executes each program in it, which ends before its first instruction. Prints how many there are and
 * those that cannot be executed. */
static int start_all(char **argv)
{
	int dir = open(argv[0], O_RDONLY | O_DIRECTORY), started = 0, status;
	DIR *d = dir < 0 ? NULL : fdopendir(dir);
	struct dirent *e;
	struct stat st;

	while (d && (e = readdir(d))) {
		char *const arguments[] = { e->d_name, NULL };
		pid_t pid;

		if (fstatat(dir, e->d_name, &st, 0) < 0 || !S_ISREG(st.st_mode) || !(st.st_mode & S_IXUSR))
			continue;
		pid = fork();
		if (pid == 0) {
			if (fchdir(dir) < 0 || ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
				_exit(255);
			execv(e->d_name, arguments);
			_exit(errno);
		}
		if (pid < 0 || waitpid(pid, &status, 0) < 0)
			return -1;
		if (WIFSTOPPED(status)) {
			started++;
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		} else {
			printf("%s: %s\n", e->d_name, strerror(WEXITSTATUS(status)));
		}
	}
	printf("%d\n", started);
	return started > 0 ? 0 : -1;
}

static const struct {
	const char *name;
	int arguments;
	int (*run)(char **argv);
} deeds[] = {
	{ "deep", 2, deep },	       { "wide", 2, wide }, { "exchange", 2, exchange }, { "fill", 1, fill },
	{ "swarm", 1, swarm },	       { "halt", 0, halt }, { "hold", 1, hold },	 { "bus", 2, bus },
	{ "attribute", 3, attribute }, { "ask", 1, ask },   { "worst", 2, worst },	 { "tally", 1, tally },
	{ "start-all", 1, start_all },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(deeds) / sizeof(*deeds); i++) {
		if (strcmp(argv[1], deeds[i].name) != 0 || argc != 2 + deeds[i].arguments)
			continue;
		if (deeds[i].run(argv + 2) >= 0)
			return 0;
		perror(argv[1]);
		return 1;
	}
	fprintf(stderr, "no such deed\n");
	return 2;
}
