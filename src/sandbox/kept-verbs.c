/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* diff and apply: what a command has changed in its sandbox is shown, or brought to the host. */
#include "sandbox/kept-verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/signals.h"
#include "sandbox/apply.h"
#include "sandbox/show-changes.h"

struct work {
	bool json, brief;
	struct apply_options apply;
	int dir;
	struct changes changes;
	bool *chosen;
};

static void work_done(struct work *work)
{
	free(work->chosen);
	changes_done(&work->changes);
	closep(&work->dir);
}

static int find(const struct context *context, const struct strv *paths, struct work *work)
{
	int r = changes_find(context->root_fd, work->dir, &work->changes);

	return r < 0 ? r : changes_choose(&work->changes, paths, &work->chosen);
}

/* Reads what the operands name: the directory, and paths of changes in it. */
static int read_changes(const struct context *context, char **operands, enum kept_use use, struct work *work)
{
	_cleanup_(strv_done) struct strv paths = { 0 };

	for (char **path = operands + 1; *path; path++)
		strv_add(&paths, *path);
	work->dir = kept_open(*operands, use);
	return work->dir < 0 ? work->dir : find(context, &paths, work);
}

/* 0, or 2 after a usage message. */
static int parse(const struct verb *verb, int argc, char **argv, struct work *work)
{
	int r = verb_parse(verb, argc, argv, work);

	if (r == 0 && optind == argc)
		r = verb_usage(verb, "give the directory that --write=keep= had");
	return r;
}

static int show(const struct context *context, const struct work *work)
{
	if (work->changes.too_long)
		log_warn("%lu of the paths are left out, as they are longer than the kernel takes.",
			 work->changes.too_long);
	return changes_show(context->root_fd, work->dir, &work->changes, work->chosen,
			    work->json	  ? SHOW_JSON
			    : work->brief ? SHOW_BRIEF
					  : SHOW_TEXT);
}

int kept_diff(const struct context *context, int dir_fd, bool json)
{
	_cleanup_(work_done) struct work work = { .json = json, .dir = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0) };
	int r = find(context, &(const struct strv){ 0 }, &work);

	return r < 0 ? r : show(context, &work);
}

static const struct verb verb_diff, verb_apply;

static int run_diff(const struct context *context, int argc, char **argv)
{
	_cleanup_(work_done) struct work work = { .dir = -1 };

	if (parse(&verb_diff, argc, argv, &work))
		return 2;
	return read_changes(context, argv + optind, KEPT_READ, &work) < 0 || show(context, &work) < 0;
}

static int apply(const struct context *context, char **operands, struct work *work)
{
	int r = read_changes(context, operands, KEPT_ALONE, work);

	if (r == 0)
		r = changes_apply(context->root_fd, work->dir, &work->changes, work->chosen, &work->apply);
	return r < 0 ? r : show(context, work);
}

static int run_apply(const struct context *context, int argc, char **argv)
{
	_cleanup_(work_done) struct work work = { .dir = -1 };
	struct signals signals;
	int r, signal = 0;

	if (parse(&verb_apply, argc, argv, &work))
		return 2;
	if (verb_need_root(&verb_apply) < 0)
		return 1;
	r = signals_begin(&signals);
	if (r < 0)
		return log_error_errno(r, "Cannot wait for signals: %m") < 0;
	umask(0); /* the modes are those of the changes */
	work.apply.label = context->on_host;
	work.brief = true;
	r = apply(context, argv + optind, &work);
	if (r == -EINTR)
		signal = signals_take(&signals);
	signals_done(&signals);
	if (signal)
		signals_die(signal);
	return r < 0;
}

#define INTO(member) offsetof(struct work, member)
static const struct verb_option diff_options[] = {
	{ "brief", 0, NULL, "print no differences of texts", verb_take_flag, INTO(brief) },
	{ "json", 0, NULL, "print JSON", verb_take_flag, INTO(json) },
	{ 0 },
};

static const struct verb_option apply_options[] = {
	{ "dry-run", 0, NULL, "only print what would be applied", verb_take_flag, INTO(apply.dry_run) },
	{ "force", 0, NULL, "apply what the host has changed since, too", verb_take_flag, INTO(apply.force) },
	{ "json", 0, NULL, "print JSON", verb_take_flag, INTO(json) },
	{ "set-id", 0, NULL, "keep set-user-ID and set-group-ID bits and file capabilities", verb_take_flag,
	  INTO(apply.set_id) },
	{ 0 },
};
#undef INTO

static const struct verb verb_diff = {
	.name = "diff",
	.synopsis = "[OPTION...] DIR [PATH...]",
	.help = "Show what a command changed that was run with --write=keep=DIR",
	.options = diff_options,
	.run = run_diff,
};

static const struct verb verb_apply = {
	.name = "apply",
	.synopsis = "[OPTION...] DIR [PATH...]",
	.help = "Bring such changes, or those at these paths, to the host",
	.options = apply_options,
	.run = run_apply,
};

const struct verb *const kept_verbs[] = { &verb_diff, &verb_apply, NULL };
