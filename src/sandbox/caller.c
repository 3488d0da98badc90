/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a command in a sandbox gets of its caller. The caller's account is read from the host's files. */
#include "sandbox/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/context.h"
#include "base/fdpass.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "base/subprocess.h"
#include "container/record.h"

#define OPEN_MS 30000 /* the caller may own a file system in user space that does not answer */

static const char *const passed[] = {
	"COLORTERM",	     "LANG",	       "LANGUAGE",    "LC_ADDRESS",  "LC_ALL",	"LC_COLLATE", "LC_CTYPE",
	"LC_IDENTIFICATION", "LC_MEASUREMENT", "LC_MESSAGES", "LC_MONETARY", "LC_NAME", "LC_NUMERIC", "LC_PAPER",
	"LC_TELEPHONE",	     "LC_TIME",	       "NO_COLOR",    "TZ",
};

void caller_self(struct caller *ret)
{
	char path[PATH_MAX];

	*ret = CALLER_INIT;
	ret->uid = getuid();
	ret->gid = getgid();
	ret->environment = environ;
	if (!getcwd(path, sizeof(path)) || *path != '/')
		return;
	ret->cwd_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	ret->cwd = ret->cwd_fd < 0 ? NULL : xstrdup(path);
}

void caller_done(struct caller *caller)
{
	free(caller->cwd);
	closep(&caller->cwd_fd);
	*caller = CALLER_INIT;
}

int caller_become(const struct caller *caller)
{
	if (setgroups(caller->n_groups, caller->groups) < 0 || setresgid(caller->gid, caller->gid, caller->gid) < 0 ||
	    setresuid(caller->uid, caller->uid, caller->uid) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return 0;
}

struct opening {
	const struct caller *caller;
	int root_fd, socket;
	const char *path;
	pid_t parent;
};

/* Runs in a child, which must not outlive its parent, nor keep anything of it: the caller's file systems may let it
 * wait for ever. The kernel forgets PR_SET_PDEATHSIG when ids change (prctl(2)). */
static int open_as_caller(void *data)
{
	const struct opening *o = data;
	int kept[] = { o->root_fd, o->socket }, r;
	_cleanup_(closep) int fd = -1;

	subprocess_close_others(kept, ARRAY_SIZE(kept));
	r = caller_become(o->caller);
	if (r < 0)
		return r;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != o->parent)
		return -ECANCELED;
	fd = rootfd_openat(o->root_fd, o->path, O_PATH | O_DIRECTORY, 0, WALK_TREE);

	return fd < 0 ? fd : fdpass_send(o->socket, "", &fd, 1);
}

int caller_open_directory(const struct caller *caller, int root_fd, const char *path)
{
	_cleanup_(closep) int ours = -1, theirs = -1;
	struct opening opening = { caller, root_fd, -1, path, getpid() };
	int ends[2], fd, r;
	char text[8];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	ours = ends[0];
	opening.socket = theirs = ends[1];
	r = subprocess_call(open_as_caller, &opening, OPEN_MS);
	if (r == 0)
		r = fdpass_receive(ours, text, sizeof(text), &fd, 1);
	return r < 0 ? r : fd;
}

int caller_user(const struct context *context, const struct caller *caller, const char *who, struct container_user *ret)
{
	_cleanup_(container_user_done) struct container_user user = { 0 };
	_cleanup_(freep) char *number = xasprintf("%u", caller->uid);
	int r;

	who = who ? who : number;
	r = container_user_find(context->root_fd, who, &user);
	if (r == -ENOENT) {
		log_error("There is no user '%s'.", who);
		return r;
	}
	if (r < 0)
		return log_error_errno(r, "Cannot read the users of the host: %m");
	if (user.uid >= RECORD_ID_COUNT || user.gid >= RECORD_ID_COUNT) {
		log_error("A sandbox has users up to number %u, and '%s' is number %u.", RECORD_ID_COUNT - 1, user.name,
			  user.uid);
		return -EINVAL;
	}
	*ret = user;
	user = (struct container_user){ 0 };
	return 0;
}

static const char *value_of(const struct caller *caller, const char *name)
{
	size_t len = strlen(name);

	for (char *const *v = caller->environment; *v; v++)
		if (strncmp(*v, name, len) == 0 && (*v)[len] == '=')
			return *v + len + 1;
	return NULL;
}

void caller_environment(const struct caller *caller, struct strv *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(passed); i++) {
		const char *value = value_of(caller, passed[i]);

		if (value)
			strv_addf(ret, "%s=%s", passed[i], value);
	}
}
