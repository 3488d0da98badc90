/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The differences between what two records generate, compared with what is there. A file in the tree that is neither as
 * the old record nor as the new one makes it is the container's own by now: only words that are different now are
 * replaced in it. On the host, nobody but root writes, and what is not as the new record makes it is written anew;
 * drop-ins are the administrator's place for changes. */
#include "create/change.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "container/paths.h"
#include "container/record-text.h"
#include "container/reservation.h"
#include "create/generated.h"
#include "create/ops.h"

#define FILE_MAX (64 * 1024)   /* bytes of a file in the tree; one that is larger was not generated */
#define HOST_MAX (1024 * 1024) /* bytes of a unit or a record */

static const char *content_of(const struct op *op)
{
	return op->kind == &op_link ? op->source : op->text;
}

/* The operation that makes the file or the link, or NULL. */
static const struct op *find(const struct plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->n; i++)
		if (content_of(&plan->ops[i]) && strcmp(plan->ops[i].path, path) == 0)
			return &plan->ops[i];
	return NULL;
}

static bool same(const struct op *a, const struct op *b)
{
	return a && b && a->kind == b->kind && strcmp(content_of(a), content_of(b)) == 0;
}

/* Whether the tree has what the operation makes. With NULL: whether it has nothing at that path. */
static bool is_made(int tree_fd, const char *path, const struct op *op)
{
	_cleanup_(freep) char *now = NULL;
	struct stat st;
	size_t len;

	if (!op)
		return rootfd_lstat(tree_fd, path, WALK_TREE, &st) == -ENOENT;
	if (op->kind == &op_link)
		return rootfd_readlink(tree_fd, path, WALK_TREE, &now) == 0 && strcmp(now, op->source) == 0;
	return rootfd_read(tree_fd, path, WALK_TREE, FILE_MAX, &now, &len) == 0 && len == strlen(op->text) &&
	       memcmp(now, op->text, len) == 0;
}

/* What 'text' of the container is with each word of 'from' replaced by the word that 'to' has in its place, so that the
 * lines that the container has for itself stay. Stores how many words were replaced. The caller frees the text; it is
 * NULL if the two have not the same number of words. */
static char *replace_words(const char *text, const char *from, const char *to, size_t *ret_n)
{
	static const char blanks[] = " \t\n";
	_cleanup_(strv_done) struct strv old = { 0 }, new = { 0 };
	_cleanup_(buf_done) struct buf b = { 0 };

	strv_split(&old, from, blanks);
	strv_split(&new, to, blanks);
	if (old.n != new.n)
		return NULL;
	*ret_n = 0;
	while (*text) {
		size_t blank = strspn(text, blanks), len = strcspn(text + blank, blanks);
		_cleanup_(freep) char *word = xstrndup(text + blank, len);
		const char *other = word;

		for (size_t i = 0; i < old.n && other == word; i++)
			if (strcmp(old.v[i], word) == 0)
				other = new.v[i];
		*ret_n += strcmp(other, word) != 0;
		buf_add(&b, text, blank);
		buf_addf(&b, "%s", other);
		text += blank + len;
	}
	return buf_steal(&b);
}

/* Finds out what becomes of a file that is neither as 'from' nor as 'to' makes it, because the container changed it.
 * Returns 1, with the text that it has and the one that it gets, which the caller frees; 0 if an earlier try has
 * replaced the words already; or -1 if it has to stay as it is. */
static int adapt(int tree_fd, const char *path, const struct op *from, const struct op *to, char **ret_now, char **ret)
{
	_cleanup_(freep) char *back = NULL;
	size_t len, n = 0;

	if (!from || !to || from->kind == &op_link || to->kind == &op_link ||
	    rootfd_read(tree_fd, path, WALK_TREE, FILE_MAX, ret_now, &len) < 0 || strlen(*ret_now) != len)
		return -1;
	*ret = replace_words(*ret_now, from->text, to->text, &n);
	if (*ret && n > 0)
		return 1;
	back = replace_words(*ret_now, to->text, from->text, &n);
	return back && n > 0 ? 0 : -1;
}

/* Turns 'from' into 'to', one of which may be NULL. */
static void change_path(int tree_fd, const char *path, const struct op *from, const struct op *to, struct plan *plan)
{
	const struct op *some = to ? to : from;
	_cleanup_(freep) char *now = NULL, *adapted = NULL;
	struct op *op;
	int r = 1;

	if (same(from, to) || is_made(tree_fd, path, to))
		return;
	if (!is_made(tree_fd, path, from))
		r = adapt(tree_fd, path, from, to, &now, &adapted);
	if (r == 0)
		return;
	if (r < 0) {
		strv_addf(&plan->warnings,
			  "'%s' was changed in the container, so it is kept, although the container's "
			  "configuration is another one now.",
			  path);
		return;
	}
	op = plan_add(plan, to ? &op_change : &op_remove, xstrdup(path));
	op->rule = some->rule;
	op->reason = some->reason;
	op->before = now ? steal_ptr(now) : from ? xstrdup(content_of(from)) : NULL;
	op->mode = some->kind == &op_link ? S_IFLNK : some->mode;
	if (to && to->kind == &op_link)
		op->source = xstrdup(to->source);
	if (to && to->kind != &op_link) {
		op_give_root(op, to->mode);
		op->text = adapted ? steal_ptr(adapted) : xstrdup(to->text);
	}
}

void change_tree(int tree_fd, const struct record *old, const struct record *record, struct plan *plan)
{
	_cleanup_(plan_done) struct plan from = { 0 }, to = { 0 };

	generated_add_tree(&from, old);
	generated_add_tree(&to, record);
	for (size_t i = 0; i < to.n; i++)
		if (content_of(&to.ops[i]))
			change_path(tree_fd, to.ops[i].path, find(&from, to.ops[i].path), &to.ops[i], plan);
	for (size_t i = 0; i < from.n; i++)
		if (content_of(&from.ops[i]) && !find(&to, from.ops[i].path))
			change_path(tree_fd, from.ops[i].path, &from.ops[i], NULL, plan);
}

static int add_reservations(int root_fd, const struct record *record, const struct plan *wanted, struct plan *plan)
{
	for (size_t i = 0; i < wanted->n; i++) {
		const struct op *op = &wanted->ops[i];
		_cleanup_(freep) char *owner = NULL;
		int r = rootfd_read(root_fd, op->path, WALK_ROOT, RECORD_NAME_MAX, &owner, NULL);

		if (r == -ENOENT)
			plan_add_own(plan, &op_reserve, xstrdup(op->path), op->reason)->text = xstrdup(record->name);
		else if (r < 0)
			return log_error_errno(r, "Cannot read '%s': %m", op->path);
		else if (strcmp(owner, record->name) != 0)
			return log_error_errno(-EEXIST, "'%s' belongs to container '%s'.", strrchr(op->path, '/') + 1,
					       owner);
	}
	return 0;
}

/* Everything that the container has reserved and does not have any more. */
static int add_releases(int root_fd, const struct record *record, const struct plan *wanted, struct plan *plan)
{
	_cleanup_(strv_done) struct strv paths = { 0 };
	int r = reservation_paths(root_fd, record->name, &paths);

	for (size_t i = 0; r == 0 && i < paths.n; i++) {
		const char *value = strrchr(paths.v[i], '/') + 1;
		bool kept = find(wanted, paths.v[i]);

		for (size_t k = 0; k < record->nets.n; k++) /* those that the administrator chose earlier */
			kept |= strcmp(record->nets.v[k].mac, value) == 0;
		if (!kept)
			plan_add_own(plan, &op_release, xstrdup(paths.v[i]), "no longer the container's")->text =
				xstrdup(record->name);
	}
	return r;
}

/* Adds the operation 'like' if the host's file is not like that. */
static int add_file(int root_fd, const struct op *like, struct plan *plan)
{
	_cleanup_(freep) char *now = NULL;
	int r = rootfd_read(root_fd, like->path, WALK_ROOT, HOST_MAX, &now, NULL);
	struct op *op;

	if (r < 0 && r != -ENOENT)
		return log_error_errno(r, "Cannot read '%s': %m", like->path);
	if (now && strcmp(now, like->text) == 0)
		return 0;
	op = plan_add_own(plan, like->kind, xstrdup(like->path), like->reason);
	op->text = xstrdup(like->text);
	op->before = steal_ptr(now);
	if (like->has_owner)
		op_give_root(op, like->mode);
	return 0;
}

int change_units(int root_fd, const struct record *record, struct plan *plan)
{
	_cleanup_(plan_done) struct plan units = { 0 };
	int r = 0;

	generated_add_units(&units, record);
	for (size_t i = 0; i < units.n && r == 0; i++)
		r = add_file(root_fd, &units.ops[i], plan);
	return r;
}

static int add_record(int root_fd, const struct record *record, struct plan *plan)
{
	_cleanup_(plan_done) struct plan wanted = { 0 };
	_cleanup_(freep) char *path = record_path(record->name);
	struct op *op = plan_add_own(&wanted, &op_record, xstrdup(path), "describes the container");

	op->text = record_format(record);
	op_give_root(op, 0644);
	return add_file(root_fd, op, plan);
}

static int add_drop(int root_fd, char *path, const struct plan *units, struct plan *plan)
{
	_cleanup_(freep) char *own = path;
	_cleanup_(freep) char *now = NULL;
	int r = find(units, own) ? -ENOENT : rootfd_read(root_fd, own, WALK_ROOT, HOST_MAX, &now, NULL);

	if (r == 0)
		plan_add_own(plan, &op_drop, xstrdup(own), "no longer the container's")->before = steal_ptr(now);
	return r < 0 && r != -ENOENT ? log_error_errno(r, "Cannot read '%s': %m", own) : 0;
}

/* The units of ports that the container has reserved, whatever its record says by now. */
static int add_drops(int root_fd, const struct record *record, const struct plan *units, struct plan *plan)
{
	_cleanup_(strv_done) struct strv paths = { 0 };
	int r = reservation_paths(root_fd, record->name, &paths);

	for (size_t i = 0; r == 0 && i < paths.n; i++) {
		const char *place = skip_prefix(paths.v[i], RESERVATION_DIR "/" RESERVE_PORTS "/");
		_cleanup_(port_done) struct port port = { 0 };

		if (!place || port_parse_key(place, &port) < 0)
			continue;
		r = add_drop(root_fd, port_unit_path(record->name, &port, "socket"), units, plan);
		if (r == 0)
			r = add_drop(root_fd, port_unit_path(record->name, &port, "service"), units, plan);
	}
	return r;
}

int change_compose(int root_fd, int tree_fd, const struct record *old, const struct record *record,
		   const struct strv *macs, struct plan *plan)
{
	_cleanup_(plan_done) struct plan reservations = { 0 };
	int r;

	generated_add_reservations(&reservations, record, macs);
	r = add_reservations(root_fd, record, &reservations, plan);
	if (r < 0)
		return r;
	ops_limit_disk(plan, old, record);
	change_tree(tree_fd, old, record, plan);
	r = change_units(root_fd, record, plan);
	return r < 0 ? r : add_record(root_fd, record, plan);
}

int change_finish(int root_fd, const struct record *record, const struct strv *macs, struct plan *plan)
{
	_cleanup_(plan_done) struct plan reservations = { 0 }, units = { 0 };
	int r;

	generated_add_reservations(&reservations, record, macs);
	generated_add_units(&units, record);
	r = add_drops(root_fd, record, &units, plan);
	return r < 0 ? r : add_releases(root_fd, record, &reservations, plan);
}
