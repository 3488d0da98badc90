/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* edit: lets the administrator edit the record of a container as text, checks the result and applies it, as set does;
 * or a file in the container.
 * The container is not locked while the editor runs, so its record may have been changed meanwhile, which is noticed. A
 * text that cannot be applied is not lost. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/log.h"
#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "cli/cmds.h"
#include "cli/editor.h"
#include "cli/jobs.h"
#include "cli/reconfigure.h"
#include "cli/transfer.h"
#include "container/open.h"
#include "container/paths.h"
#include "container/record-text.h"

struct edit {
	const struct context *context;
	const char *name;
	bool restart;	  /* --restart */
	char *before;	  /* the record when editing began */
	char *dir, *file; /* of the text that is edited; only root can enter the directory */
	bool again;	  /* the present text cannot be applied, but might be corrected */
};

static void edit_done(struct edit *e)
{
	free(e->before);
	free(e->dir);
	free(e->file);
}

static int make_file(struct edit *e)
{
	int r = editor_directory(&e->dir);

	if (r == 0)
		e->file = xasprintf("%s/%s%s", e->dir, e->name, RECORD_SUFFIX);
	return r;
}

static int write_file(const struct edit *e)
{
	int r = atomic_file_write(e->context->root_fd, e->file, 0600, e->before, false);

	return r < 0 ? log_error_errno(r, "Cannot write '%s': %m", e->file) : 0;
}

/* What a container has of the host's files does not follow from the record. */
static int check_contents(const struct record *now, const struct record *record)
{
	const struct {
		const char *keys;
		const struct strv *now, *asked;
	} lists[] = {
		{ "Units", &now->units, &record->units },
		{ "Package", &now->packages, &record->packages },
		{ "Local", &now->local, &record->local },
		{ "Live", &now->live, &record->live },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		if (!strv_equal(lists[i].now, lists[i].asked))
			return log_error_errno(-EPERM,
					       "%s= of container '%s' cannot be edited, because files of the container "
					       "go with it.",
					       lists[i].keys, now->name);
	return 0;
}

/* Applies the text to the container. 1 if it has to be restarted. */
static int apply(struct edit *e, const char *text, size_t len)
{
	const struct reconfigure how = { .context = e->context };
	_cleanup_(record_done) struct record now = { 0 }, record = { 0 };
	_cleanup_(freep) char *message = NULL, *present = NULL;
	_cleanup_(lock_done) struct lock lock = LOCK_INIT;
	int r = record_parse(e->name, text, len, &record, &message);

	e->again = true;
	if (r < 0)
		return log_error_errno(r, "%s", message);
	r = container_open(e->context->root_fd, e->name, OPEN_READY, &lock, &now);
	e->again = r == 0;
	if (r < 0)
		return r;
	present = record_format(&now);
	e->again = strcmp(present, e->before) == 0;
	if (!e->again)
		return log_error_errno(-ESTALE, "Container '%s' was changed meanwhile by another command.", e->name);
	r = check_contents(&now, &record);
	return r < 0 ? r : reconfigure(&how, &now, &record);
}

/* Whether the administrator goes on editing. A script cannot be asked. */
static bool wants_again(const struct edit *e)
{
	char answer[8] = "";

	if (!e->again || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return false;
	fprintf(stderr, "Edit the text again? [Y/n] ");
	if (!fgets(answer, sizeof(answer), stdin)) {
		fputc('\n', stderr);
		return false;
	}
	return strchr("\nyY", *answer) != NULL;
}

/* Edits until the text can be applied. *ret_kept: the text is still wanted. */
static int edit_text(struct edit *e, bool *ret_kept)
{
	for (;;) {
		_cleanup_(freep) char *text = NULL;
		size_t len;
		int r = editor_run(e->file);

		*ret_kept = false;
		if (r == 0) {
			r = rootfd_read(e->context->root_fd, e->file, WALK_ROOT, RECORD_TEXT_MAX, &text, &len);
			if (r < 0)
				log_error_errno(r, "Cannot read '%s': %m", e->file);
		}
		if (r < 0)
			return r;
		if (strcmp(text, e->before) == 0) {
			if (!e->context->quiet)
				printf("Container '%s' was not changed\n", e->name);
			return 0;
		}
		r = apply(e, text, len);
		*ret_kept = r < 0;
		if (r >= 0 || !wants_again(e))
			return r;
	}
}

static int edit(struct edit *e)
{
	_cleanup_(record_done) struct record record = { 0 };
	bool kept = false;
	int r;

	{
		_cleanup_(lock_done) struct lock lock = LOCK_INIT;

		r = container_open(e->context->root_fd, e->name, OPEN_READY, &lock, &record);
	}
	if (r < 0)
		return r;
	e->before = record_format(&record);
	r = make_file(e);
	if (r < 0)
		return r;
	r = write_file(e);
	if (r == 0)
		r = edit_text(e, &kept);
	if (kept)
		log_error("Container '%s' is as it was; the text is in '%s'.", e->name, e->file);
	else
		rm_rf(AT_FDCWD, e->dir);
	return r;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Edits a copy of a file of a container, and puts it back. *ret_kept: the copy is still wanted. */
static int edit_copy(const struct context *context, const struct place_end *original, const struct place_end *copy,
		     bool *ret_kept)
{
	struct stat first, now, before, after;
	int r;

	if (fstatat(original->dir, original->base, &first, AT_SYMLINK_NOFOLLOW) < 0)
		return log_error_errno(errno, "Cannot edit '%s': %m", original->path);
	if (!S_ISREG(first.st_mode))
		return log_error_errno(-EINVAL, "'%s' is not a regular file.", original->path);
	r = transfer(original, copy);
	if (r < 0 || fstatat(copy->dir, copy->base, &before, 0) < 0)
		return r < 0 ? r : log_error_errno(errno, "Cannot copy '%s': %m", original->path);
	r = editor_run(copy->path);
	if (r < 0)
		return r;
	if (fstatat(copy->dir, copy->base, &after, 0) < 0)
		return log_error_errno(errno, "Cannot read '%s': %m", copy->path);
	if (is_same(&before, &after)) {
		if (!context->quiet)
			printf("'%s' was not changed\n", original->path);
		return 0;
	}
	*ret_kept = true;
	if (fstatat(original->dir, original->base, &now, AT_SYMLINK_NOFOLLOW) < 0 || !is_same(&first, &now))
		return log_error_errno(-ESTALE, "'%s' was changed meanwhile.", original->path);
	r = transfer(copy, original);
	*ret_kept = r < 0;
	return r;
}

static int edit_inside(const struct context *context, const char *operand)
{
	_cleanup_(place_end_done) struct place_end original = PLACE_END_INIT, copy = PLACE_END_INIT;
	_cleanup_(freep) char *dir = NULL, *file = NULL;
	bool kept = false;
	int r = place_end_open(context, operand, &original);

	if (r == 0)
		r = editor_directory(&dir);
	if (r < 0)
		return r;
	file = xasprintf("%s/%s", dir, original.base);
	r = place_end_open(context, file, &copy);
	if (r == 0)
		r = edit_copy(context, &original, &copy, &kept);
	if (kept)
		log_error("'%s' is as it was; the text is in '%s'.", original.path, file);
	else
		rm_rf(AT_FDCWD, dir);
	return r;
}

#define INTO(member) offsetof(struct edit, member)
static const struct verb_option options[] = {
	{ "restart", 0, NULL, "restart the container if it runs, so that everything takes effect", verb_take_flag,
	  INTO(restart) },
	{ 0 },
};
#undef INTO

static int run(const struct context *context, int argc, char **argv)
{
	_cleanup_(edit_done) struct edit e = { .context = context };
	_cleanup_(strv_done) struct strv names = { 0 };
	int r = verb_parse(&cmd_edit, argc, argv, &e);

	if (r)
		return r;
	if (optind + 1 != argc)
		return verb_usage(&cmd_edit, "give the name of one container, or NAME:PATH of a file in it");
	if (verb_need_root(&cmd_edit) < 0)
		return 1;
	if (place_end_is_inside(argv[optind]))
		return e.restart ? verb_usage(&cmd_edit, "--restart is only for a record")
				 : edit_inside(context, argv[optind]) < 0;
	e.name = argv[optind];
	r = edit(&e);
	if (r <= 0 || !e.restart)
		return r < 0;
	strv_add(&names, e.name);
	return jobs_run(context, SYSTEMD_RESTART, &names);
}

const struct verb cmd_edit = {
	.name = "edit",
	.synopsis = "[--restart] NAME | NAME:PATH",
	.help = "Edit the record of a container, or a file in it",
	.options = options,
	.run = run,
};
