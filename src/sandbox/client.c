/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command's part of a sandbox. It decides, has a keeper start the sandbox, makes the sandbox's root meanwhile,
 * sends that to the sandbox's first program, and relays until that reports the status. What comes from the sandbox's
 * end of the socket may be forged by root inside, and decides nothing but that status. */
#include "sandbox/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/context.h"
#include "base/fdpass.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "container/paths.h"
#include "create/generated.h"
#include "inside/sandbox-init.h"
#include "running/command.h"
#include "running/session.h"
#include "sandbox/caller.h"
#include "sandbox/engine.h"
#include "sandbox/identity.h"
#include "sandbox/keeper.h"
#include "sandbox/kept.h"
#include "sandbox/kept-verbs.h"
#include "sandbox/layout.h"
#include "sandbox/networks.h"
#include "sandbox/secrets.h"
#include "sandbox/tree.h"
#include "selinux/selinux.h"

#define PATHS "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define PASSWD_MAX (64 * 1024 * 1024) /* bytes */
#define KILL_USEC 5000000	      /* from SIGTERM to the end of the sandbox after a time limit */

struct client {
	const struct engine *engine;
	struct request *request;
	struct container_user user;
	struct host_file root; /* of --root */
	struct layout layout;
	int kept; /* the directory with what is written, or -1 */
	struct identity identity;
	struct sandbox sandbox; /* what the engine knows of all this */
	struct keeper keeper;
	int socket; /* to the sandbox's first program */
	int tree;   /* its root, or -1 as long as there is none */
	struct pty pty;
	struct session session;
	uint64_t until; /* as clock_usec(): the end of its time, or if that is over, of the sandbox */
	bool late;
	bool lost;
	int status; /* -1 as long as it is not known */
};

static void client_done(struct client *c)
{
	session_done(&c->session);
	pty_done(&c->pty);
	closep(&c->socket);
	closep(&c->tree);
	keeper_done(&c->keeper);
	identity_done(&c->identity);
	closep(&c->kept);
	layout_done(&c->layout);
	host_file_done(&c->root);
	container_user_done(&c->user);
	guest_image_done(&c->sandbox.image);
}

/* Whether the caller's directory is somebody's home, or has one in it. */
static bool has_home(const struct context *context, const char *path)
{
	_cleanup_(freep) char *passwd = NULL, *parent = path_parent(path);
	struct accounts accounts = { 0 };
	bool found = strcmp(parent, "/home") == 0;

	if (rootfd_read(context->root_fd, "/etc/passwd", WALK_ROOT, PASSWD_MAX, &passwd, NULL) < 0)
		return true;
	accounts_parse(passwd, "", &accounts);
	for (size_t i = 0; !found && i < accounts.n_users; i++)
		found = path_within(accounts.users[i].home, path);
	accounts_done(&accounts);
	return found;
}

/* The caller's directory is seen as part of a shared place, or, if it lies in one that the sandbox has for itself,
 * shown alone; but neither that place, nor a home. */
static void find_cwd(const struct context *context, struct client *c)
{
	const char *path = c->request->caller->cwd;
	const struct place *place = path ? layout_find(&c->layout, path) : NULL;

	if (c->request->cwd || !place || place->kind != PLACE_OWN || strcmp(place->path, path) == 0)
		return;
	c->sandbox.shows_cwd = path_is_normal(path) && !has_home(context, path);
	if (!c->sandbox.shows_cwd)
		log_info("'%s' is not shown, because it is not only a working directory.", path);
}

/* The root that the sandbox sees. */
static int root_of(const struct context *context, const struct client *c)
{
	return c->request->root ? c->root.fd : context->root_fd;
}

static int open_root(const struct context *context, struct client *c)
{
	const char *root = c->request->root;
	int r = root ? host_file_open(context->root_fd, c->request->caller, root, "taken as the root", &c->root) : 0;

	if (r == 0 && root && !S_ISDIR(c->root.type))
		r = log_error_errno(-ENOTDIR, "'%s' cannot be taken as the root: it is no directory.", root);
	return r;
}

static int decide(const struct context *context, struct client *c)
{
	struct context seen = *context;
	const struct place *place;
	int r = open_root(context, c);

	seen.root_fd = root_of(context, c);
	if (r == 0)
		r = caller_user(&seen, c->request->caller, c->request->user, &c->user);
	if (r == 0)
		r = layout_read(seen.root_fd, c->request->root != NULL, &c->layout);
	if (r < 0)
		return r;
	find_cwd(context, c);
	place = layout_find(&c->layout, c->user.home);
	c->sandbox.has_home = place && place->kind == PLACE_OWN && path_is_normal(c->user.home);
	c->sandbox.terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	r = shown_open(context->root_fd, c->request->caller, &c->layout, &c->request->shown);
	return r < 0 ? r
		     : includes_open(context->root_fd, c->request->caller, &c->layout, &c->request->mounts,
				     c->sandbox.shows_cwd ? c->request->caller->cwd : NULL, &c->request->includes);
}

static int print_xml(const struct context *context, struct client *c)
{
	_cleanup_(freep) char *xml = NULL;
	int r = identity_preview(context, &c->request->spec, &c->identity);

	if (r < 0)
		return r;
	r = c->engine->label ? c->engine->label(&c->sandbox) : 0;
	if (r < 0)
		return r;
	xml = c->engine->xml(&c->sandbox);
	fputs(xml, stdout);
	return fflush(stdout) ? log_error_errno(errno, "Cannot write the output: %m") : 0;
}

static int start_keeper(const struct context *context, struct client *c)
{
	int ends[2], r = selinux_sockets_as(c->identity.record.process_context);

	if (r == 0)
		r = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ? -errno : 0;
	(void)selinux_sockets_as(NULL);
	if (r < 0)
		return log_error_errno(r, "Cannot create a socket: %m");
	c->socket = ends[0];
	r = keeper_start(context, c->engine, &c->sandbox, ends[1], &c->keeper);
	close(ends[1]);
	return r < 0 ? log_error_errno(r, "Cannot create a process: %m") : 0;
}

/* Nobody else may reach what a sandbox has left. */
static int make_kept(struct client *c)
{
	const char *keep = c->request->keep;

	if (c->request->write != TREE_KEEP)
		return 0;
	if (mkdir(keep, 0700) < 0)
		return log_error_errno(errno, "Cannot create directory '%s': %m", keep);
	c->kept = kept_open(keep, KEPT_ALONE);
	return c->kept < 0 ? c->kept : 0;
}

/* For what is thrown away, only the comparison afterwards reads it. */
static int write_kept(const struct client *c, int dir, struct strv *places, int64_t time)
{
	struct kept kept = { .places = *places, .time = time, .caller = c->request->caller->uid };
	int r;

	if (dir < 0)
		return 0;
	kept.shift = c->request->write == TREE_THROW ? c->identity.record.uid_base : 0;
	for (size_t i = 0; c->request->argv[i]; i++)
		strv_add(&kept.command, c->request->argv[i]);
	r = kept_write(dir, &kept);
	strv_done(&kept.command);
	return r < 0 ? log_error_errno(r, "Cannot note what the sandbox may write to: %m") : 0;
}

/* What a child makes: the second one, of tree_make(), only with TREE_THROW. */
enum { TREE_ROOT, TREE_THROWN, TREE_FDS };

static enum tree_write tree_write(const struct client *c)
{
	return c->engine->machine ? TREE_READ_ONLY : c->request->write;
}

static size_t tree_fds(const struct client *c)
{
	return tree_write(c) == TREE_THROW ? TREE_FDS : TREE_THROWN;
}

/* Runs in a child, which closes nothing. */
static int build_tree(const struct context *context, const struct client *c, int ret[TREE_FDS])
{
	struct record record = c->identity.record; /* owns nothing */
	_cleanup_(freep) char *resolver = record.nets.n > 0 ? generated_resolver(&record) : NULL;
	struct strv secrets = { 0 };
	const struct tree_order order = {
		.caller = c->request->caller,
		.layout = &c->layout,
		.record = &record,
		.resolver = resolver,
		.mounts = &c->request->mounts,
		.secrets = &secrets,
		.shown = &c->request->shown,
		.includes = &c->request->includes,
		.host_fd = context->root_fd,
		.root_fd = root_of(context, c),
		.cwd_fd = c->sandbox.shows_cwd ? c->request->caller->cwd_fd : -1,
		.cwd = c->request->caller->cwd,
		.home = c->sandbox.has_home && !c->engine->machine ? c->user.home : NULL,
		.uid = c->user.uid,
		.gid = c->user.gid,
		.write = tree_write(c),
		.open = c->engine->machine,
		.kept = c->kept,
	};
	_cleanup_(strv_done) struct strv places = { 0 };
	int64_t time = kept_clock();
	int thrown = -1, tree, r = c->request->root ? 0 : secrets_open_to_all(context->root_fd, &secrets);

	if (r < 0)
		return log_error_errno(r, "Cannot look for secrets in the host's configuration: %m");
	if (c->engine->machine)
		record.uid_base = 0;
	tree = tree_make(&order, &places, &thrown);
	ret[TREE_ROOT] = tree;
	ret[TREE_THROWN] = thrown;
	return tree < 0 ? tree : write_kept(c, c->kept < 0 ? thrown : c->kept, &places, time);
}

/* Has a child make it, whose end nobody waits for: it takes down the mounts with which the tree was made. */
static int make_tree(const struct context *context, struct client *c)
{
	_cleanup_(closep) int ours = -1, theirs = -1;
	struct pollfd p = { .events = POLLIN };
	int ends[2], made[TREE_FDS], status;
	char text[8];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return log_error_errno(errno, "Cannot create a socket: %m");
	ours = ends[0];
	theirs = ends[1];
	pid = fork();
	if (pid < 0)
		return log_error_errno(errno, "Cannot create a process: %m");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* it may copy much */
		_exit(build_tree(context, c, made) < 0 || fdpass_send(theirs, "tree", made, tree_fds(c)) < 0);
	}
	closep(&theirs);
	theirs = -1;
	p.fd = ours;
	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		;
	if (fdpass_receive(ours, text, sizeof(text), made, tree_fds(c)) < 0) {
		if (waitpid(pid, &status, 0) == pid && WIFSIGNALED(status))
			log_error("The process that makes the root directory of the sandbox ended.");
		return -EIO;
	}
	c->tree = made[TREE_ROOT];
	if (tree_write(c) == TREE_THROW)
		c->kept = made[TREE_THROWN];
	return 0;
}

static void add_environment(const struct client *c, const struct command *command, struct strv *ret)
{
	strv_add(ret, "PATH=" PATHS);
	strv_addf(ret, "HOME=%s", c->user.home);
	strv_addf(ret, "USER=%s", c->user.name);
	strv_addf(ret, "LOGNAME=%s", c->user.name);
	strv_addf(ret, "SHELL=%s", c->user.shell);
	if (c->engine->container)
		strv_addf(ret, "container=%s", c->engine->container);
	caller_environment(c->request->caller, ret);
	command_environment(command, ret);
}

/* Appends the strings, each with its NUL, to the order. */
static int write_strings(int fd, const struct strv *strings)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < strings->n; i++)
		r = write_all(fd, strings->v[i], strlen(strings->v[i]) + 1);
	return r;
}

/* Whether a set-user-ID program could be made that gives others on the host the rights of a caller who is not root.
 * What root has mounted, root has to close to others. */
static bool lends_rights(const struct request *request)
{
	bool writable = false;

	for (size_t i = 0; i < request->mounts.n; i++)
		writable = writable || (request->mounts.v[i].source && !request->mounts.v[i].readonly);
	return request->caller->served && writable;
}

/* A file with what is to be run, for inside/sandbox-init.h. A descriptor or -errno. */
static int write_order(const struct client *c, const struct command *command)
{
	_cleanup_(strv_done) struct strv strings = { 0 };
	_cleanup_(freep) char *groups = strv_join(&c->user.groups, ",");
	_cleanup_(freep) char *rights = record_rights(&c->identity.record);
	_cleanup_(closep) int fd = memfd_create("order", MFD_CLOEXEC);
	const char *cwd = c->request->cwd ?: c->request->caller->cwd;
	size_t words = 0;
	int r;

	while (command->argv[words])
		words++;
	strv_add(&strings, c->identity.record.name);
	strv_addf(&strings, "%u", c->user.uid);
	strv_addf(&strings, "%u", c->user.gid);
	strv_add(&strings, groups);
	strv_add(&strings, cwd ? cwd : "/");
	strv_add(&strings, c->request->cwd ? "" : "/");
	strv_add(&strings, lends_rights(c->request) ? "no" : "");
	strv_add(&strings, rights);
	strv_addf(&strings, "%zu", words);
	for (size_t i = 0; i < words; i++)
		strv_add(&strings, command->argv[i]);
	add_environment(c, command, &strings);
	r = fd < 0 ? -errno : write_strings(fd, &strings);
	if (r == 0 && selinux_on())
		r = selinux_label(fd, c->identity.record.file_context);
	if (r >= 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	return r < 0 ? r : steal_fd(&fd);
}

/* The sandbox ended, and did not say how. */
static int lost(struct client *c)
{
	c->lost = true;
	terminal_done(&c->session.terminal); /* so that the message can be read */
	if (!keeper_report(&c->keeper) && !c->late)
		log_error("The sandbox ended, and the status of '%s' is lost.", c->request->argv[0]);
	return c->late ? STATUS_TIMEOUT : STATUS_FAILED;
}

/* A sentence from the sandbox, of which any byte may be hostile; log_error() escapes them. */
static int refused(struct client *c, const char *text)
{
	_cleanup_(freep) char *number = xstrndup(text, strcspn(text, " "));
	const char *sentence = text + strlen(number);
	uint64_t status;

	terminal_done(&c->session.terminal);
	log_error("The sandbox%s.", *sentence ? sentence : " failed");
	return parse_u64(number, STATUS_NOT_FOUND, &status) < 0 || status < STATUS_FAILED ? STATUS_FAILED : (int)status;
}

/* Reads a message. Returns 1 if it has the status, or if there will be none. */
static int hear(struct client *c)
{
	char text[SANDBOX_MESSAGE];
	int n = sys_recv(c->socket, text, sizeof(text) - 1, MSG_DONTWAIT);
	const char *rest;
	uint64_t status;

	if (n == -EAGAIN || n == -EINTR)
		return 0;
	if (n <= 0) {
		c->status = lost(c);
		return 1;
	}
	text[n] = '\0';
	rest = skip_prefix(text, SANDBOX_ENDED);
	if (rest && parse_u64(rest, UINT8_MAX, &status) == 0) {
		c->status = c->late ? STATUS_TIMEOUT : (int)status;
		return 1;
	}
	rest = skip_prefix(text, SANDBOX_FAILED);
	if (rest)
		c->status = c->late ? STATUS_TIMEOUT : refused(c, rest);
	return rest != NULL;
}

static void pass_signal(void *data, int signal)
{
	const struct client *c = data;
	_cleanup_(freep) char *text = xasprintf(SANDBOX_SIGNAL "%d", signal);

	sys_send(c->socket, text, strlen(text) + 1, MSG_NOSIGNAL);
}

/* Once the time is over, the command may clean up, but not for ever. Returns 1 if that is over, too. */
static int check_time(struct client *c)
{
	if (clock_usec() < c->until)
		return 0;
	if (c->late) {
		c->status = STATUS_TIMEOUT;
		return 1;
	}
	c->late = true;
	c->until = clock_usec() + KILL_USEC;
	pass_signal(c, SIGTERM);
	return 0;
}

static int wait_command(void *data, struct pollfd *fds, size_t n)
{
	struct client *c = data;
	struct pollfd all[SESSION_FDS + 1];

	memcpy(all, fds, n * sizeof(*fds));
	all[n] = (struct pollfd){ .fd = c->socket, .events = POLLIN };
	if (poll(all, n + 1, clock_wait_ms(c->until)) < 0) {
		if (errno != EINTR)
			return log_error_errno(errno, "Cannot wait for '%s': %m", c->request->argv[0]);
		return 0; /* no 'revents' is set */
	}
	memcpy(fds, all, n * sizeof(*fds));
	if (check_time(c))
		return 1;
	return all[n].revents ? hear(c) : 0;
}

/* Waits for the terminal that the sandbox makes. 1 if it failed instead, with the status. */
static int take_terminal(struct client *c)
{
	struct pollfd p = { .fd = c->socket, .events = POLLIN };
	char text[SANDBOX_MESSAGE] = ""; /* it stays as it is if nothing can be received */
	int master, r;

	while (poll(&p, 1, -1) < 0)
		if (errno != EINTR)
			return log_error_errno(errno, "Cannot wait for the sandbox: %m");
	r = fdpass_receive(c->socket, text, sizeof(text), &master, 1);
	if (r < 0) {
		const char *failed = skip_prefix(text, SANDBOX_FAILED);

		c->status = failed ? refused(c, failed) : lost(c);
		return 1;
	}
	r = pty_adopt(master, &c->pty);
	if (r < 0)
		close(master);
	return r < 0 ? log_error_errno(r, "Cannot use the terminal of the sandbox: %m") : 0;
}

static int send_order(struct client *c, const struct command *command)
{
	_cleanup_(closep) int order = write_order(c, command);
	int fds[START_FDS] = { order, c->tree }, r;

	for (int i = 0; !c->sandbox.terminal && i < RELAY_STREAMS; i++)
		fds[START_INPUT + i] = c->session.relay.inside[i];
	r = order < 0
		    ? order
		    : fdpass_send(c->socket, SANDBOX_START, fds, c->sandbox.terminal ? START_FDS_TERMINAL : START_FDS);
	if (r == -EPIPE || r == -ECONNRESET) {
		c->status = lost(c);
		return 1;
	}
	return r < 0 ? log_error_errno(r, "Cannot tell the sandbox what to run: %m") : 0;
}

/* From here on, only descriptors are needed, and some of these are a caller's who has fewer rights than we. Such a
 * caller may also stop us now, which the service has put off. */
static int drop_rights(const struct client *c)
{
	sigset_t set;
	int r;

	if (!c->request->caller->served)
		return 0;
	r = caller_become(c->request->caller);
	if (r < 0)
		return log_error_errno(r, "Cannot become user %u: %m", c->request->caller->uid);
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return 0;
}

/* Streams exist before the sandbox does, a terminal after it. Sets the status unless it fails. */
static int attend(struct client *c, struct command *command)
{
	const struct session_peer peer = { .wait = wait_command, .signal = pass_signal, .takes_all = true, .data = c };
	int r = c->sandbox.terminal ? 0 : session_open(&c->session, command);

	if (r == 0)
		r = send_order(c, command);
	if (r == 0 && c->sandbox.terminal) {
		r = take_terminal(c);
		command->pty = &c->pty;
		if (r == 0)
			r = session_open(&c->session, command);
	}
	if (r == 0)
		r = drop_rights(c);
	if (r == 0)
		r = session_run(&c->session, &peer);
	if (r != 0)
		return r < 0 ? r : 0;
	return session_finish(&c->session);
}

/* Whether the command has to wait until the keeper has put up the walls of its networks, or set its limits. */
static bool needs_keeper(const struct record *record)
{
	return record->nets.n > 0 || record->limits[LIMIT_TASKS] || record->limits[LIMIT_MEMORY];
}

static int run(const struct context *context, struct client *c)
{
	struct command command = {
		.name = c->identity.record.name,
		.pipes = SANDBOX_DIR,
		.pipe_label = c->identity.record.file_context,
		.argv = c->request->argv,
		.stdio = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO },
		.owner = c->identity.record.uid_base,
		.env = &c->request->env,
		.no_escape = true,
		.pty = NULL,
	};
	static const struct pty later = PTY_INIT;
	int r = start_keeper(context, c);

	if (r < 0)
		return r;
	r = make_tree(context, c);
	if (r < 0)
		return r;
	if (needs_keeper(&c->identity.record))
		keeper_wait(&c->keeper);
	command.pty = c->sandbox.terminal ? &later : NULL; /* for the environment */
	return attend(c, &command);
}

int client_run(const struct context *context, const struct engine *engine, struct request *request)
{
	_cleanup_(client_done) struct client c = {
		.engine = engine,
		.request = request,
		.root = HOST_FILE_INIT,
		.kept = -1,
		.identity = IDENTITY_INIT,
		.sandbox = { .request = request, .user = &c.user, .layout = &c.layout, .identity = &c.identity },
		.keeper = KEEPER_INIT,
		.socket = -1,
		.tree = -1,
		.pty = PTY_INIT,
		.session = SESSION_INIT,
		.until = request->timeout == UINT64_MAX ? UINT64_MAX : clock_usec() + request->timeout,
		.status = -1,
	};
	int r = decide(context, &c);

	if (r == 0 && engine->prepare)
		r = engine->prepare(context, &c.sandbox);
	if (r < 0)
		return STATUS_FAILED;
	if (request->dry_run)
		return print_xml(context, &c) < 0 ? STATUS_FAILED : 0;
	r = make_kept(&c);
	if (r == 0)
		r = identity_take(context, &request->spec, request->argv, &c.identity);
	if (r == 0 && engine->label)
		r = engine->label(&c.sandbox);
	if (r == 0)
		r = run(context, &c);
	if (keeper_was_killed(&c.keeper, c.lost) && networks_clear(context, c.identity.record.name) == 0)
		identity_release(context->root_fd, &c.identity);
	if (r >= 0 && c.kept >= 0 && c.request->diff) {
		(void)keeper_report(&c.keeper); /* until then, processes may write */
		r = kept_diff(context, c.kept, request->json);
	}
	if (c.tree < 0 && c.kept >= 0)		      /* it is that of --write=keep= */
		(void)rm_rf(AT_FDCWD, request->keep); /* it is ours, and nothing was run over it */
	return r < 0 || c.status < 0 ? STATUS_FAILED : c.status;
}
