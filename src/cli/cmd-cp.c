/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cp: copies files between the host and containers, by transfer.c. A stream is packed and unpacked by tar(1) in a
 * directory on the host that nobody else can enter, because tar itself must not meet files that a container may
 * exchange meanwhile. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "base/signals.h"
#include "base/temporary.h"
#include "cli/cmds.h"
#include "cli/transfer.h"

/* Makes the directory, and opens 'base' in it as an end. */
static int make_directory(const struct context *context, const char *base, char **ret_dir, struct place_end *ret)
{
	_cleanup_(freep) char *path = NULL;
	int r = temporary_make("/var/tmp", ret_dir);

	if (r < 0)
		return log_error_errno(r, "Cannot make a directory for the archive's files: %m");
	path = xasprintf("%s/%s", *ret_dir, base);
	return place_end_open(context, path, ret);
}

static int run_tar(const struct signals *signals, const char *const argv[])
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return log_error_errno(errno, "Cannot run 'tar': %m");
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, &signals->before, NULL);
		execvp(argv[0], (char *const *)argv);
		log_error_errno(errno, "Cannot run 'tar': %m");
		_exit(1);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (signals_pending())
		return -EINTR;
	return status == 0 ? 0 : log_error_errno(-EIO, "'tar' failed.");
}

static int to_stream(const struct context *context, const struct signals *signals, const char *operand, char **ret_dir)
{
	_cleanup_(place_end_done) struct place_end from = PLACE_END_INIT, to = PLACE_END_INIT;
	int r = place_end_open(context, operand, &from), e;

	if (r == 0 && isatty(STDOUT_FILENO))
		r = log_error_errno(-EINVAL, "An archive is not written to a terminal; redirect standard output.");
	if (r == 0)
		r = make_directory(context, from.base, ret_dir, &to);
	if (r < 0)
		return r;
	r = transfer(&from, &to);
	if (r == -EINTR || faccessat(to.dir, to.base, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return r;
	e = run_tar(signals, (const char *const[]){ "tar", "-C", *ret_dir, "-cf", "-", "--", from.base, NULL });
	return r ? r : e;
}

static int from_stream(const struct context *context, const struct signals *signals, const char *operand,
		       char **ret_dir)
{
	_cleanup_(place_end_done) struct place_end to = PLACE_END_INIT, from = PLACE_END_INIT;
	_cleanup_(strv_done) struct strv names = { 0 };
	int r = place_end_open(context, operand, &to), e;

	if (r == 0)
		r = place_end_enter(&to, "");
	if (r == 0 && *to.base)
		r = log_error_errno(-ENOTDIR, "'%s' is not a directory, so no archive can be unpacked in it.", operand);
	if (r == 0)
		r = make_directory(context, "x", ret_dir, &from);
	if (r == 0)
		r = run_tar(signals,
			    (const char *const[]){ "tar", "-C", *ret_dir, "--no-same-owner", "-xf", "-", NULL });
	if (r == 0)
		r = rootfd_list(from.dir, ".", WALK_TREE, &names);
	for (size_t i = 0; i < names.n && r != -EINTR; i++) {
		free(from.base);
		free(to.base);
		from.base = xstrdup(names.v[i]);
		to.base = xstrdup(names.v[i]);
		e = transfer(&from, &to);
		r = r && e != -EINTR ? r : e;
	}
	return r;
}

static int copy(const struct context *context, const char *source, const char *destination)
{
	_cleanup_(place_end_done) struct place_end from = PLACE_END_INIT, to = PLACE_END_INIT;
	int r = place_end_open(context, source, &from);

	if (r == 0)
		r = place_end_open(context, destination, &to);
	if (r == 0)
		r = place_end_enter(&to, from.base);
	return r < 0 ? r : transfer(&from, &to);
}

static int run(const struct context *context, int argc, char **argv)
{
	_cleanup_(freep) char *dir = NULL;
	const char *source, *destination;
	struct signals signals;
	int r = verb_parse(&cmd_cp, argc, argv, NULL), signal = 0;

	if (r)
		return r;
	if (argc - optind != 2)
		return verb_usage(&cmd_cp, "give a source and a destination");
	source = argv[optind];
	destination = argv[optind + 1];
	if (!place_end_is_inside(source) && !place_end_is_inside(destination))
		return verb_usage(&cmd_cp, "give NAME:PATH, with an absolute path, as one of the two");
	if (verb_need_root(&cmd_cp) < 0)
		return 1;
	r = signals_begin(&signals);
	if (r < 0)
		return log_error_errno(r, "Cannot wait for signals: %m") < 0;
	if (strcmp(destination, "-") == 0)
		r = to_stream(context, &signals, source, &dir);
	else if (strcmp(source, "-") == 0)
		r = from_stream(context, &signals, destination, &dir);
	else
		r = copy(context, source, destination);
	if (dir)
		rm_rf(AT_FDCWD, dir);
	if (r == -EINTR)
		signal = signals_take(&signals);
	signals_done(&signals);
	if (signal)
		signals_die(signal);
	return r < 0;
}

const struct verb cmd_cp = {
	.name = "cp",
	.synopsis = "NAME:PATH PATH|- | PATH|- NAME:PATH",
	.help = "Copy files between the host and a container",
	.run = run,
};
