/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts containers, and prints how many microseconds that took, always by the same clock lend command COMMAND
 * [ARGUMENT]... for any command, and for libvirt's own lend virsh DIR NAME... with the mounts that domain-start would
 * make and the sign by which the monitor knows that a container is up: made from the program's own sources. It runs
 * 'virsh create DIR/NAME.xml' for one after another, with DIR/NAME.allow for the allow list, without waiting for the
 * container to be up; then it waits until the systemd of each has said READY=1. The mounts are not virsh's and do not
 * count, although containers boot while those of the next are made: so what is printed is rather less than what virsh
 * takes. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/context.h"
#include "base/rootfd.h"
#include "container/paths.h"
#include "container/places.h"
#include "container/staging.h"
#include "container/record-file.h"
#include "monitor/notify.h"
#include "virt/closed.h"

#define ALLOW_MAX (1024 * 1024) /* bytes */
#define TIMEOUT_MS 60000

struct guest {
	struct record record;
	int socket;
};

static int fail(const char *what)
{
	perror(what);
	return -1;
}

/* The socket on which the container reports, in a runtime directory like that which systemd makes for our unit. */
static int make_runtime(int root, const char *dir, struct guest *guest)
{
	const struct record *record = &guest->record;
	_cleanup_(freep) char *runtime = runtime_dir(record->name);
	_cleanup_(freep) char *host = xasprintf("%s/" RUNTIME_HOST, runtime);
	_cleanup_(freep) char *notify = xasprintf("%s/notify", host);
	_cleanup_(freep) char *list = xasprintf("%s/allow", host);
	_cleanup_(freep) char *closed = xasprintf("%s/" HOST_CLOSED, host);
	_cleanup_(freep) char *allow = xasprintf("%s/%s.allow", dir, record->name);
	const struct context context = { .root = "/", .root_fd = root, .on_host = true };
	_cleanup_(freep) char *text = NULL;
	_cleanup_(closep) int tree = place_open_tree(root, record->path, false);

	mkdir(RUNTIME_DIR, 0755);
	if (mkdir(runtime, 0710) < 0 || chown(runtime, 0, record->uid_base) < 0)
		return fail(runtime);
	guest->socket = notify_listen(host, NULL);
	if (guest->socket < 0 || chown(notify, record->uid_base, record->uid_base) < 0)
		return fail(notify);
	if (rootfd_read(root, allow, WALK_ROOT, ALLOW_MAX, &text, NULL) < 0 ||
	    atomic_file_write(root, list, 0644, text, false) < 0)
		return fail(list);
	if (closed_write(&context, record, closed) < 0)
		return -1;
	return tree < 0 ? tree : staging_prepare(tree, record);
}

static int run(char *const *argv)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : fail(argv[0]);
}

static int virsh_create(const char *dir, const char *name)
{
	_cleanup_(freep) char *xml = xasprintf("%s/%s.xml", dir, name);

	return run((char *[]){ "virsh", "--quiet", "--connect", "lxc:///", "create", xml, NULL });
}

static bool says_ready(const char *text)
{
	return skip_prefix(text, "READY=1") || strstr(text, "\nREADY=1");
}

static int wait_ready(const struct guest *guest)
{
	struct pollfd p = { .fd = guest->socket, .events = POLLIN };
	char text[2048];
	ssize_t n;

	do {
		if (poll(&p, 1, TIMEOUT_MS) != 1)
			return fail("waiting for READY=1");
		n = recv(guest->socket, text, sizeof(text) - 1, 0);
		text[n > 0 ? n : 0] = '\0';
	} while (!says_ready(text));
	return 0;
}

static long long now_usec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/* Adds the time that virsh takes to '*ret'. */
static int start(int root, const char *dir, const struct guest *guest, long long *ret)
{
	_cleanup_(closep) int tree = place_open_tree(root, guest->record.path, false);
	int r = tree < 0 ? tree : staging_make(root, tree, &guest->record);
	long long from = now_usec();

	if (r == 0)
		r = virsh_create(dir, guest->record.name);
	*ret += now_usec() - from;
	staging_clear(guest->record.name);
	return r;
}

static int start_all(int root, const char *dir, const struct guest *guests, int n, long long *ret)
{
	long long from;
	int r = 0;

	for (int i = 0; r == 0 && i < n; i++)
		r = start(root, dir, &guests[i], ret);
	from = now_usec();
	for (int i = 0; r == 0 && i < n; i++)
		r = wait_ready(&guests[i]);
	*ret += now_usec() - from;
	return r;
}

static int by_virsh(const char *dir, int n, char **names, long long *ret)
{
	_cleanup_(closep) int root = rootfd_open("/");
	_cleanup_(freep) struct guest *guests = xcalloc((size_t)n, sizeof(*guests));
	int r = 0;

	for (int i = 0; r == 0 && i < n; i++) {
		r = record_load(root, names[i], &guests[i].record);
		if (r == 0)
			r = make_runtime(root, dir, &guests[i]);
	}
	if (r == 0)
		r = start_all(root, dir, guests, n, ret);
	for (int i = 0; i < n; i++)
		record_done(&guests[i].record);
	return r;
}

static int by_command(char **argv, long long *ret)
{
	long long from = now_usec();
	int r = run(argv);

	*ret = now_usec() - from;
	return r;
}

int main(int argc, char **argv)
{
	long long usec = 0;
	int r;

	if (argc > 3 && strcmp(argv[1], "virsh") == 0)
		r = by_virsh(argv[2], argc - 3, argv + 3, &usec);
	else if (argc > 2 && strcmp(argv[1], "command") == 0)
		r = by_command(argv + 2, &usec);
	else
		return 2;
	printf("%lld\n", usec);
	return r < 0;
}
