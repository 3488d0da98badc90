/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an enemy with root in a container does for test-hostile.sh, if a shell would be too slow or cannot do it:
 * 'hostile NAME ARGUMENT...'. Actions without an end go on until they are killed. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
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

static const struct {
	const char *name;
	int arguments;
	int (*run)(char **argv);
} deeds[] = {
	{ "deep", 2, deep },	       { "wide", 2, wide }, { "exchange", 2, exchange }, { "fill", 1, fill },
	{ "swarm", 1, swarm },	       { "halt", 0, halt }, { "hold", 1, hold },	 { "bus", 2, bus },
	{ "attribute", 3, attribute }, { "ask", 1, ask },
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
