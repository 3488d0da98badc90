/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a command in a sandbox gets of its caller. The caller's account is read from the host's files. */
#include "sandbox/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/context.h"
#include "base/log.h"
#include "container/record.h"

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
