/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* relabel: gives every file in a container's tree the label in the container's record. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/rootfd.h"
#include "base/text.h"
#include "base/tree-walk.h"
#include "cli/cmds.h"
#include "cli/operands.h"
#include "container/open.h"
#include "container/places.h"
#include "running/hold.h"
#include "selinux/selinux.h"

static const struct verb_option options[] = {
	OPERANDS_ALL,
	{ "dry-run", 'n', NULL, "print how many labels are wrong, and change none", verb_take_flag,
	  offsetof(struct operands, dry_run) },
	{ 0 },
};

struct relabel {
	const struct context *context;
	const struct record *record;
	bool dry_run;
	uint64_t changed, failed;
};

/* 1 if the file had, or with --dry-run has, another label; 0 if not; or -errno. */
static int label(const struct relabel *relabel, int fd)
{
	const char *context = relabel->record->file_context;
	_cleanup_(freep) char *now = NULL;
	int r;

	if (!relabel->dry_run)
		return selinux_label(fd, context);
	r = selinux_label_of(fd, &now);
	return r == 0 ? strcmp(now, context) != 0 : r == -ENODATA ? 1 : r;
}

static int visit(void *data, const struct tree_item *item)
{
	struct relabel *relabel = data;
	int r = label(relabel, item->fd);

	if (r >= 0) {
		relabel->changed += (uint64_t)r;
		return 0;
	}
	if (relabel->failed++ == 0) {
		_cleanup_(freep) char *path = rootfd_path_of(relabel->context->root_fd, item->fd);
		_cleanup_(freep) char *safe = escape_control(path ? path : relabel->record->path);

		log_error_errno(r, "Cannot label '%s' as %s: %m", safe, relabel->record->file_context);
	}
	return r;
}

static int relabel_tree(const struct context *context, const struct record *record, bool dry_run)
{
	struct relabel relabel = { .context = context, .record = record, .dry_run = dry_run };
	const struct tree_visitor visitor = { .visit = visit, .data = &relabel };
	_cleanup_(closep) int top = place_open_tree(context->root_fd, record->path, false);
	int r;

	if (top < 0)
		return top;
	r = tree_walk(top, &visitor);
	if (dry_run)
		printf("%s: %" PRIu64 " labels are wrong\n", record->name, relabel.changed);
	else if (!context->quiet)
		printf("%s: %" PRIu64 " labels corrected\n", record->name, relabel.changed);
	if (r == -EXDEV)
		return log_error_errno(r, "Something is mounted in '%s' and was left as it is; unmount it first.",
				       record->path);
	if (r < 0 && relabel.failed == 0)
		log_error_errno(r, "Cannot read all of '%s': %m", record->path);
	if (relabel.failed > 1)
		log_error("Cannot label %" PRIu64 " more files in '%s'.", relabel.failed - 1, record->path);
	return r;
}

static int relabel(const struct context *context, const char *name, bool dry_run)
{
	_cleanup_(lock_done) struct lock lock = LOCK_INIT;
	_cleanup_(record_done) struct record record = { 0 };
	struct hold hold = { 0 };
	int r = container_open(context->root_fd, name, OPEN_READY, &lock, &record);

	if (r == 0)
		r = hold_begin(context, name, false, &hold); /* in a running one, root could make the walk endless */
	if (r < 0)
		return r;
	if (!*record.file_context)
		return log_error_errno(-ENODATA, "Container '%s' has no label, because it was created without SELinux.",
				       name);
	return relabel_tree(context, &record, dry_run);
}

static int run(const struct context *context, int argc, char **argv)
{
	_cleanup_(operands_done) struct operands o = { 0 };
	int status = operands_read(&cmd_relabel, context, argc, argv, &o);

	if (status)
		return status;
	if (verb_need_root(&cmd_relabel) < 0)
		return 1;
	for (size_t i = 0; i < o.names.n; i++)
		status |= relabel(context, o.names.v[i], o.dry_run) < 0;
	return status;
}

const struct verb cmd_relabel = {
	.name = "relabel",
	.synopsis = "[OPTION...] NAME... | --all",
	.help = "Restore the SELinux labels of stopped containers' files",
	.options = options,
	.run = run,
};
