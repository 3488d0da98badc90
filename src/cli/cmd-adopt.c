/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* adopt: makes a container of this host of a directory that is there. */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/adopt.h"
#include "base/log.h"
#include "base/signals.h"
#include "cli/cmds.h"
#include "container/record-value.h"
#include "systemd/manager.h"

#define INTO(member) offsetof(struct adopt_options, member)
static const struct verb_option options[] = {
	{ "new-identity", 0, NULL, "give the container a level, ids and addresses that are free", verb_take_flag,
	  INTO(anew) },
	{ "dry-run", 'n', NULL, "print what would be done, and do nothing", verb_take_flag, INTO(dry_run) },
	{ "json", 0, NULL, "with --dry-run: print it as JSON", verb_take_flag, INTO(json) },
	{ 0 },
};
#undef INTO

static int adopt_one(const struct context *context, struct adopt_options *o, const char *argument)
{
	_cleanup_(signals_done) struct signals signals = { .fd = -1 };
	_cleanup_(freep) char *path = xstrdup(argument);
	int r;

	for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--) /* which a shell appends */
		path[n - 1] = '\0';
	if (!value_is_path(path))
		return log_error_errno(-EINVAL, "'%s' must be an absolute path without '..'.", argument);
	o->path = path;
	r = signals_begin(&signals);
	if (r < 0)
		return log_error_errno(r, "Cannot wait for signals: %m");
	r = adopt(context, o);
	if (r == -EINTR)
		log_error("Interrupted; '%s' is as it was.", path);
	return r;
}

static int run(const struct context *context, int argc, char **argv)
{
	struct adopt_options o = { 0 };
	int status = verb_parse(&cmd_adopt, argc, argv, &o);

	if (status)
		return status;
	if (optind == argc)
		return verb_usage(&cmd_adopt, "give the directory of a container, or several");
	if (o.json && !o.dry_run)
		return verb_usage(&cmd_adopt, "--json works only with --dry-run");
	if (verb_need_root(&cmd_adopt) < 0 || (!o.dry_run && context->on_host && systemd_require() < 0))
		return 1;
	umask(0);
	for (int i = optind; i < argc; i++)
		status |= adopt_one(context, &o, argv[i]) < 0;
	return status;
}

const struct verb cmd_adopt = {
	.name = "adopt",
	.synopsis = "[OPTION...] DIR...",
	.help = "Make containers of directories that other hosts or forget have left",
	.options = options,
	.run = run,
	.any_root = true,
};
