/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The operation of create that keeps what it gave the container. It reads that from the tree, where it was copied a
 * moment ago, and not from the host again, where it may have changed meanwhile. */
#include "upgrade/given.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/log.h"
#include "container/paths.h"
#include "create/ops.h"
#include "unit/unit-load.h"

static int64_t nanoseconds(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

bool given_is_stamped(const struct op *op)
{
	static const char *const parts[] = { "common-place",	 "container",	       "other-state", "parent",
					     "shared-directory", "state-without-copy", "unit" };

	for (size_t i = 0; i < ARRAY_SIZE(parts) && op->kind == &op_directory; i++)
		if (strcmp(op->rule, parts[i]) == 0)
			return false;
	return true;
}

struct stamp given_stamp(const struct stat *st)
{
	return (struct stamp){ st->st_ino, (uint64_t)st->st_size, nanoseconds(&st->st_mtim),
			       nanoseconds(&st->st_ctim) };
}

/* For an entry that was just put into the tree by 'op': what is there now, and the stamp of the host's file. 0 or
 * -errno. */
static int given_take(struct host *h, const struct op *op, struct given_entry *e)
{
	bool in_etc = skip_prefix(op->path, "/etc/");
	struct stat tree = { 0 }, host;
	const char *name;
	int dir = rootfd_near_parent(h->tree_fd, op->path, WALK_TREE, &h->in_tree, &name);
	int r = dir < 0 ? dir : version_read_closed(dir, name, in_etc ? VERSION_CONTENT_MAX : 0, &e->given, &tree);

	if (r < 0 || !in_etc || (op->kind != &op_file && op->kind != &op_directory) || !op->source)
		return r;
	e->source = xstrdup(op->source);
	dir = rootfd_near_parent(h->root_fd, op->source, WALK_TREE, &h->on_host, &name);
	if (dir < 0 || fstatat(dir, name, &host, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (given_is_stamped(op) &&
	    (op->kind == &op_directory ||
	     (nanoseconds(&host.st_mtim) == nanoseconds(&tree.st_mtim) && host.st_size == tree.st_size)))
		e->stamp = given_stamp(&host);
	return 0;
}

/* What was asked for comes before what was given, in the text of the operation. */
static int apply_given(struct host *host, const struct op *op)
{
	_cleanup_(given_done) struct given given = { 0 };
	const char *name = strrchr(op->path, '/') + 1;
	int r = given_parse(op->text, strlen(op->text), &given);

	for (size_t i = 0; i < host->plan->n && r == 0; i++) {
		const struct op *o = &host->plan->ops[i];
		struct given_entry *e;

		if (!o->kind->in_tree || o->kind == &op_live || !given_is_kept(o->path))
			continue;
		e = given_add(&given, xstrdup(o->path));
		r = given_take(host, o, e);
		if (r < 0)
			return log_error_errno(r, "Cannot read '%s' in the container: %m", o->path);
	}
	given_sort(&given);
	r = given_save(host->root_fd, name, &given);
	return r < 0 ? r : 1;
}

static int undo_given(struct host *host, const struct op *op)
{
	return given_remove(host->root_fd, strrchr(op->path, '/') + 1);
}

const struct op_kind op_given = { "given", false, apply_given, undo_given };

void given_plan(struct plan *plan, const char *name, const struct strv *units, const struct strv *packages, bool copy)
{
	struct given given = { .packages = *packages, .copy = copy };
	struct op *op = plan_add_own(plan, &op_given, given_path(name),
				     "an upgrade compares it with what the container and the host have then");
	_cleanup_(buf_done) struct buf b = { 0 };

	for (size_t i = 0; i < units->n; i++)
		strv_take(&given.units, xcheck(unit_complete_name(units->v[i], name)));
	given_format(&given, &b);
	strv_done(&given.units);
	op->text = buf_steal(&b);
}
