/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The operation of create that keeps what it gave the container. What the operations do not tell, it reads from the
 * tree, where it was copied a moment ago, and not from the host again, where it may have changed meanwhile. */
#include "upgrade/given.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/log.h"
#include "container/paths.h"
#include "contents/entry.h"
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

bool given_version_of(const struct op *op, struct version *ret)
{
	static const struct {
		const struct op_kind *kind;
		enum version_type type;
	} types[] = { { &op_file, VERSION_FILE },
		      { &op_write, VERSION_FILE },
		      { &op_directory, VERSION_DIRECTORY },
		      { &op_link, VERSION_LINK },
		      { &op_fifo, VERSION_FIFO } };
	struct version v = { .mode = op->mode, .uid = op->uid, .gid = op->gid };
	const char *data = op->kind == &op_file ? (op->content ? op->content->data : NULL) : op->text;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (op->kind == types[i].kind)
			v.type = types[i].type;
	if (v.type == VERSION_ABSENT || (v.type == VERSION_FILE && !data))
		return false;
	if (v.type == VERSION_LINK) {
		v.mode = 0;
		v.target = xstrdup(op->source);
	} else if (v.type == VERSION_FILE) {
		v.size = op->content ? op->content->size : strlen(data);
		v.data = xcalloc(1, v.size + 1);
		memcpy(v.data, data, v.size);
	}
	*ret = v;
	return true;
}

/* Reads what 'op' has just put into the tree. 0 or -errno. */
static int read_tree(struct host *h, const struct op *op, size_t max, struct version *ret, struct stat *ret_st)
{
	const char *name;
	int dir = rootfd_near_parent(h->tree_fd, op->path, WALK_TREE, &h->in_tree, &name);

	return dir < 0 ? dir : version_read_closed(dir, name, max, ret, ret_st);
}

/* The stamp of the host's file or directory that 'op' has copied, unless it has changed since. */
static struct stamp stamp_of(struct host *h, const struct op *op, const struct stat *tree)
{
	struct stat host;
	const char *name;
	int dir;

	if (!given_is_stamped(op))
		return (struct stamp){ 0 };
	if (op->content)
		return given_stamp(&op->content->st);
	dir = rootfd_near_parent(h->root_fd, op->source, WALK_TREE, &h->on_host, &name);
	if (dir < 0 || fstatat(dir, name, &host, AT_SYMLINK_NOFOLLOW) < 0 ||
	    (op->kind == &op_file &&
	     (nanoseconds(&host.st_mtim) != nanoseconds(&tree->st_mtim) || host.st_size != tree->st_size)))
		return (struct stamp){ 0 };
	return given_stamp(&host);
}

/* For an entry that was just put into the tree by 'op': what is there now, and the stamp of the host's file. 0 or
 * -errno. */
static int given_take(struct host *h, const struct op *op, struct given_entry *e)
{
	bool in_etc = skip_prefix(op->path, "/etc/");
	struct stat tree = { 0 };
	int r = 0;

	if (!op->changed || !given_version_of(op, &e->given))
		r = read_tree(h, op, in_etc ? VERSION_CONTENT_MAX : 0, &e->given, &tree);
	if (!in_etc && e->given.size > 0)
		free(steal_ptr(e->given.data));
	if (r < 0 || !in_etc || (op->kind != &op_file && op->kind != &op_directory) || !op->source)
		return r;
	e->source = xstrdup(op->source);
	e->stamp = stamp_of(h, op, &tree);
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
