/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* export: writes a container as an archive to a file, which appears as a whole or not at all, or to standard output. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/export.h"
#include "base/log.h"
#include "base/signals.h"
#include "cli/cmds.h"
#include "container/open.h"
#include "running/hold.h"

struct export_options {
	bool live;
};

#define INTO(member) offsetof(struct export_options, member)
static const struct verb_option options[] = {
	{ "live", 0, NULL, "export a running container, which is frozen meanwhile", verb_take_flag, INTO(live) },
	{ 0 },
};
#undef INTO

/* The archive before it is complete, beside where it will be. */
struct output {
	const char *path; /* NULL for standard output; borrowed */
	char *before;
	int fd;
};

static void output_done(struct output *o)
{
	if (o->before)
		unlink(o->before);
	if (o->path)
		closep(&o->fd);
	free(o->before);
}

static int output_begin(const char *path, struct output *ret)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	struct output o = { .path = path, .fd = STDOUT_FILENO };
	struct stat st;

	if (!path && isatty(STDOUT_FILENO))
		return log_error_errno(-EINVAL, "An archive is not written to a terminal; name a file for it.");
	if (path) {
		if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
			return log_error_errno(-EEXIST,
					       "'%s' is not a regular file; use '-' to write to something else.", path);
		o.before = slash ? xasprintf("%.*s/.%s.new", (int)(slash - path), path, slash + 1)
				 : xasprintf(".%s.new", path);
		unlink(o.before);
		o.fd = open(o.before, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (o.fd < 0) {
			int r = log_error_errno(errno, "Cannot create '%s': %m", o.before);

			free(o.before);
			return r;
		}
	}
	*ret = o;
	return 0;
}

/* What is inside may be secret, so only root can read it. */
static int output_end(struct output *o)
{
	if (!o->path)
		return 0;
	if (fsync(o->fd) < 0 || rename(o->before, o->path) < 0)
		return log_error_errno(errno, "Cannot write '%s': %m", o->path);
	free(o->before);
	o->before = NULL;
	return 0;
}

static int export(const struct context *context, const char *name, const char *path, bool live)
{
	_cleanup_(signals_done) struct signals signals = { .fd = -1 };
	_cleanup_(lock_done) struct lock lock = LOCK_INIT;
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(output_done) struct output output = { .fd = -1 };
	_cleanup_(hold_done) struct hold hold = { 0 };
	int r = output_begin(path, &output);

	if (r == 0)
		r = container_open(context->root_fd, name, OPEN_READY, &lock, &record);
	if (r == 0)
		r = container_check_upgraded(context->root_fd, name);
	if (r == 0 && (r = signals_begin(&signals)) < 0)
		log_error_errno(r, "Cannot wait for signals: %m");
	if (r == 0)
		r = hold_begin(context, name, live, &hold);
	if (r == 0)
		r = export_write(context, &record, output.fd);
	if (r == 0)
		r = hold_check(&hold);
	if (r == 0)
		r = output_end(&output);
	if (r == -EINTR)
		log_error("Interrupted; there is no archive of container '%s'.", name);
	return r;
}

static int run(const struct context *context, int argc, char **argv)
{
	struct export_options o = { 0 };
	int r = verb_parse(&cmd_export, argc, argv, &o);
	const char *path = argc - optind > 1 && strcmp(argv[optind + 1], "-") != 0 ? argv[optind + 1] : NULL;

	if (r)
		return r;
	if (argc - optind < 1 || argc - optind > 2)
		return verb_usage(&cmd_export, "give the name of one container, and the name of a file or '-'");
	if (verb_need_root(&cmd_export) < 0)
		return 1;
	return export(context, argv[optind], path, o.live) < 0;
}

const struct verb cmd_export = {
	.name = "export",
	.synopsis = "[--live] NAME [FILE | -]",
	.help = "Write a container, with its data, as an archive",
	.options = options,
	.run = run,
	.any_root = true,
};
