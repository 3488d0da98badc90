/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* edit: lets the administrator edit the record of a container as text, checks the result and applies it, as set does.
 * The container is not locked while the editor runs, so its record may have been changed meanwhile, which is noticed. A
 * text that cannot be applied is not lost. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/log.h"
#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "cli/cmds.h"
#include "cli/jobs.h"
#include "cli/reconfigure.h"
#include "container/open.h"
#include "container/paths.h"
#include "container/record-text.h"

#define TEXT_MAX (1024 * 1024) /* bytes of a record */

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

/* Makes the file, in a directory of its own, because an editor may make others beside it. */
static int make_file(struct edit *e)
{
	const char *tmp = getenv("TMPDIR");

	e->dir = xasprintf("%s/virt-sandbox-XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp");
	if (!mkdtemp(e->dir))
		return log_error_errno(errno, "Cannot make a directory for the text in '%s': %m", e->dir);
	e->file = xasprintf("%s/%s%s", e->dir, e->name, RECORD_SUFFIX);
	return 0;
}

static int write_file(const struct edit *e)
{
	int r = atomic_file_write(e->context->root_fd, e->file, 0600, e->before, false);

	return r < 0 ? log_error_errno(r, "Cannot write '%s': %m", e->file) : 0;
}

/* As for system(3): signals from the terminal are the editor's. */
static int wait_for(pid_t pid)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, interrupt, quit;
	int status = 0, r = 0;

	sigaction(SIGINT, &ignore, &interrupt);
	sigaction(SIGQUIT, &ignore, &quit);
	while (waitpid(pid, &status, 0) < 0 && r == 0)
		r = errno == EINTR ? 0 : -errno;
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGQUIT, &quit, NULL);
	return r < 0 ? r : status == 0 ? 0 : -ECANCELED;
}

/* The variable may hold a command with arguments, which the shell splits. */
static int run_editor(const struct edit *e)
{
	const char *editor = getenv("VISUAL");
	_cleanup_(freep) char *script = NULL;
	pid_t pid;
	int r;

	if (!editor || !*editor)
		editor = getenv("EDITOR");
	if (!editor || !*editor)
		editor = access("/usr/bin/editor", X_OK) == 0 ? "/usr/bin/editor" : "vi";
	script = xasprintf("%s \"$1\"", editor);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", script, "sh", e->file, (char *)NULL);
		_exit(127);
	}
	r = pid < 0 ? -errno : wait_for(pid);
	return r < 0 ? log_error_errno(r, "Editor '%s' failed; nothing was changed.", editor) : 0;
}

static bool same_words(const struct strv *a, const struct strv *b)
{
	bool same = a->n == b->n;

	for (size_t i = 0; same && i < a->n; i++)
		same = strcmp(a->v[i], b->v[i]) == 0;
	return same;
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
		if (!same_words(lists[i].now, lists[i].asked))
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
		int r = run_editor(e);

		*ret_kept = false;
		if (r == 0) {
			r = rootfd_read(e->context->root_fd, e->file, WALK_ROOT, TEXT_MAX, &text, &len);
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

#define INTO(member) offsetof(struct edit, member)
static const struct verb_option options[] = {
	{ "restart", 0, NULL, "restart the container if it runs, so that everything has its effect", verb_take_flag,
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
		return verb_usage(&cmd_edit, "give the name of one container");
	if (verb_need_root(&cmd_edit) < 0)
		return 1;
	e.name = argv[optind];
	r = edit(&e);
	if (r <= 0 || !e.restart)
		return r < 0;
	strv_add(&names, e.name);
	return jobs_run(context, SYSTEMD_RESTART, &names);
}

const struct verb cmd_edit = {
	.name = "edit",
	.synopsis = "[--restart] NAME",
	.help = "Edit the record of a container, and apply it",
	.options = options,
	.run = run,
};
