/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a command in a sandbox gets of whoever runs virt-sandbox. Its account is read from the host's files. */
#include "sandbox/caller.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/context.h"
#include "base/log.h"
#include "container/record.h"

static const char *const passed[] = {
	"COLORTERM",	     "LANG",	       "LANGUAGE",    "LC_ADDRESS",  "LC_ALL",	"LC_COLLATE", "LC_CTYPE",
	"LC_IDENTIFICATION", "LC_MEASUREMENT", "LC_MESSAGES", "LC_MONETARY", "LC_NAME", "LC_NUMERIC", "LC_PAPER",
	"LC_TELEPHONE",	     "LC_TIME",	       "NO_COLOR",    "TZ",
};

int caller_user(const struct context *context, const char *who, struct container_user *ret)
{
	_cleanup_(container_user_done) struct container_user user = { 0 };
	_cleanup_(freep) char *caller = xasprintf("%u", getuid());
	int r;

	who = who ? who : caller;
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

void caller_environment(struct strv *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(passed); i++)
		if (getenv(passed[i]))
			strv_addf(ret, "%s=%s", passed[i], getenv(passed[i]));
}
