/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Applies an upgrade, and takes it back. Before anything is changed, everything that will be is kept in the container's
 * directory in UNDO_DIR, which appears there with all that is in it:
 *
 *	list		the paths that change: as 'given', what the container had, and as 'offered', what it got
 *	0, 1, ...	the files that it had, by their place in the list
 *	attributes	the paths of which only mode and owner change, likewise
 *	given		what the container had been given
 *	record		what it was; record.after, what it became
 *	unfinished	is there until the upgrade is complete, and again while it is taken back
 *
 * So an upgrade that was cut short can be taken back by the next one. */
#include "upgrade/upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/log.h"
#include "base/rm-rf.h"
#include "base/signals.h"
#include "container/paths.h"
#include "container/places.h"
#include "container/record-file.h"
#include "container/record-text.h"
#include "create/host-unit.h"
#include "create/unit-file.h"
#include "selinux/selinux.h"
#include "upgrade/put.h"

#define UNDO_BEFORE "before" /* while it is replaced, the undo of the upgrade before */

/* --- keeping what is going to change --- */

/* Copies a file of the container, with everything that belongs to it but mode and owner. */
static int keep_file(const struct upgrade *u, const char *path, int dir, size_t i)
{
	_cleanup_(freep) char *name = xasprintf("%zu", i);
	_cleanup_(closep) int from = put_open(u->tree, path);
	const struct version to = { .type = VERSION_FILE, .mode = 0600, .uid = geteuid(), .gid = getegid() };

	return from < 0 ? from : put_version(dir, name, &to, from, true);
}

static int keep_list(int dir, const char *name, struct given *list)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	given_format(list, &b);
	return atomic_file_write_data(dir, name, 0600, b.text, b.len, true);
}

/* Copies a file of the host that need not exist. */
static int keep_text(int root_fd, const char *path, int dir, const char *name)
{
	_cleanup_(freep) char *data = NULL;
	size_t size;
	int r = rootfd_read(root_fd, path, WALK_ROOT, GIVEN_MAX, &data, &size);

	return r == -ENOENT ? 0 : r < 0 ? r : atomic_file_write_data(dir, name, 0600, data, size, true);
}

static int keep_paths(const struct upgrade *u, int dir)
{
	_cleanup_(given_done) struct given list = { 0 }, attributes = { 0 };
	int r = 0;

	for (size_t i = 0; i < u->n && r == 0; i++) {
		const struct upgrade_item *item = &u->v[i];
		struct given_entry *e;

		if (!item->changes)
			continue;
		if (item->before.type == VERSION_FILE && !item->attributes)
			r = keep_file(u, item->path, dir, list.n);
		if (r < 0)
			return log_error_errno(r, "Cannot copy '%s%s': %m", u->record->path, item->path);
		e = given_add(item->attributes ? &attributes : &list, xstrdup(item->path));
		version_copy(&item->before, &e->given);
		version_copy(&item->after, &e->offered);
		e->has_offered = true;
	}
	r = keep_list(dir, "list", &list);
	if (r == 0)
		r = keep_list(dir, "attributes", &attributes);
	return r < 0 ? log_error_errno(r, "Cannot write in '" UNDO_DIR "': %m") : 0;
}

static int keep_texts(const struct upgrade *u, int dir)
{
	int root_fd = u->context->root_fd, r;
	const char *name = u->record->name;
	_cleanup_(freep) char *given = given_path(name), *record = record_path(name);
	_cleanup_(freep) char *after = record_format(&u->wanted.record);

	r = keep_text(root_fd, given, dir, "given");
	if (r == 0)
		r = keep_text(root_fd, record, dir, "record");
	if (r == 0)
		r = atomic_file_write(dir, "record.after", 0600, after, true);
	if (r == 0)
		r = atomic_file_write(dir, UNDO_UNFINISHED, 0600, "", true);
	if (r == 0 && syncfs(dir) < 0)
		r = -errno;
	return r < 0 ? log_error_errno(r, "Cannot write in '" UNDO_DIR "': %m") : 0;
}

static int open_undo_dir(int root_fd)
{
	int r = rootfd_mkdir_p(root_fd, UNDO_DIR);

	r = r < 0 ? r : rootfd_openat(root_fd, UNDO_DIR, O_RDONLY | O_DIRECTORY, 0, WALK_ROOT);
	return r < 0 ? log_error_errno(r, "Cannot open '" UNDO_DIR "': %m") : r;
}

static int keep(const struct upgrade *u)
{
	_cleanup_(closep) int all = open_undo_dir(u->context->root_fd), dir = -1;
	_cleanup_(freep) char *new = xasprintf(UNDO_NEW "%s", u->record->name);
	int r = all < 0 ? all : rm_rf(all, new);

	if (all < 0)
		return all;
	if (r == 0 && mkdirat(all, new, 0700) < 0)
		r = -errno;
	dir = r < 0 ? -1 : openat(all, new, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return log_error_errno(r < 0 ? r : -errno, "Cannot create '" UNDO_DIR "/%s': %m", new);
	r = keep_paths(u, dir);
	if (r == 0)
		r = keep_texts(u, dir);
	if (r < 0)
		return r;
	/* The one before goes as a whole, too: half of it must never be taken for all. */
	if ((renameat(all, u->record->name, dir, UNDO_BEFORE) < 0 && errno != ENOENT) ||
	    renameat(all, new, all, u->record->name) < 0)
		return log_error_errno(errno, "Cannot replace '" UNDO_DIR "/%s': %m", u->record->name);
	rm_rf(dir, UNDO_BEFORE);
	return 0;
}

/* --- changing --- */

static int put_item(const struct upgrade *u, const struct upgrade_item *item)
{
	_cleanup_(closep) int like = -1;
	bool copied = item->source;

	if (item->attributes)
		return put_attributes(u->tree, item->path, &item->after);
	if (item->source)
		like = rootfd_openat(u->context->root_fd, item->source, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
				     0, WALK_TREE);
	else if (item->after.type == VERSION_FILE && item->before.type == VERSION_FILE)
		like = put_open(u->tree, item->path);
	return put_version(u->tree, item->path, &item->after, like < 0 ? -1 : like, copied);
}

/* First what goes, from the innermost on; then what comes, from the outermost on. */
static int put_items(const struct upgrade *u)
{
	int r = 0;

	for (size_t k = 0; k < 2 * u->n && r == 0; k++) {
		bool goes = k < u->n;
		const struct upgrade_item *item = goes ? &u->v[u->n - 1 - k] : &u->v[k - u->n];

		if (!item->changes || goes != (item->after.type == VERSION_ABSENT))
			continue;
		if (signals_pending())
			return -EINTR;
		log_info("Container '%s': %s '%s'.", u->record->name,
			 item->decision.word ? item->decision.word
			 : goes		     ? "remove"
					     : "write",
			 item->path);
		r = put_item(u, item);
		if (r < 0)
			return log_error_errno(r, "Cannot change '%s%s': %m", u->record->path, item->path);
	}
	return r;
}

/* And the unit of the host, which follows from it. */
static int write_record(int root_fd, const struct record *record)
{
	_cleanup_(freep) char *unit = host_unit_path(record->name), *text = host_unit_text(record);
	int r = record_rewrite(root_fd, record);

	if (r < 0)
		return r;
	r = unit_file_write(root_fd, unit, text, true);
	return r < 0 ? log_error_errno(r, "Cannot write '%s': %m", unit) : 0;
}

static int change_record(const struct upgrade *u)
{
	return u->changes_record ? write_record(u->context->root_fd, &u->wanted.record) : 0;
}

static int save_next(const struct upgrade *u)
{
	_cleanup_(buf_done) struct buf old = { 0 }, new = { 0 };

	given_format(&u->given, &old);
	given_format(&u->next, &new);
	if (old.len == new.len && memcmp(old.text, new.text, old.len) == 0)
		return 0;
	return given_save(u->context->root_fd, u->record->name, &u->next);
}

static int change(const struct upgrade *u)
{
	int r = selinux_create_as(u->record->file_context);

	if (r < 0)
		return log_error_errno(r, "Cannot use the label '%s': %m", u->record->file_context);
	r = put_items(u);
	selinux_create_as(NULL);
	if (r < 0)
		return r;
	r = put_sync(u->tree);
	if (r < 0)
		return log_error_errno(r, "Cannot write '%s' to disk: %m", u->record->path);
	r = change_record(u);
	return r == 0 ? save_next(u) : r;
}

/* --- taking it back --- */

struct undo {
	const struct context *context;
	const struct record *record;
	int dir, tree;
	struct given list, attributes;
	bool dry_run;
	struct undone *undone;
};

void undone_done(struct undone *undone)
{
	strv_done(&undone->restored);
	strv_done(&undone->left);
}

static void undo_done(struct undo *undo)
{
	given_done(&undo->list);
	given_done(&undo->attributes);
	closep(&undo->dir);
	closep(&undo->tree);
}

static int load_list(const struct undo *undo, const char *name, struct given *ret)
{
	int r = given_read(undo->dir, name, WALK_TREE, ret);

	return r < 0 ? log_error_errno(r, "Cannot read '" UNDO_DIR "/%s/%s': %m", undo->record->name, name) : 0;
}

static bool same_attributes(const struct version *a, const struct version *b)
{
	return version_same_mode(a, b) && version_same_owner(a, b);
}

static bool is_version(const struct version *a, const struct version *b)
{
	return version_same(a, b) && same_attributes(a, b);
}

static int tell(struct strv *paths, const struct given_entry *e)
{
	strv_add(paths, e->path);
	return 0;
}

/* For a dry run: whether all in a directory of the container would be removed. What is in it came first. */
static bool would_be_empty(const struct undo *undo, const char *dir)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	bool empty = rootfd_list(undo->tree, dir, WALK_TREE, &names) == 0;

	for (size_t i = 0; i < names.n && empty; i++) {
		_cleanup_(freep) char *path = xasprintf("%s/%s", dir, names.v[i]);

		empty = strv_has(&undo->undone->restored, path);
	}
	return empty;
}

/* Puts back what was at a path, unless it is there, or the container has changed the path since. */
static int put_back(const struct undo *undo, const struct given_entry *e, size_t i)
{
	_cleanup_(version_done) struct version now = { 0 }, before = { 0 }, kept = { 0 };
	_cleanup_(freep) char *name = xasprintf("%zu", i);
	_cleanup_(closep) int like = -1;
	int r = version_read(undo->tree, e->path, WALK_TREE, VERSION_CONTENT_MAX, &now, NULL);

	version_copy(&e->given, &before);
	if (r == 0 && before.type == VERSION_FILE) {
		r = version_read(undo->dir, name, WALK_TREE, VERSION_CONTENT_MAX, &kept, NULL);
		before.data = steal_ptr(kept.data);
		before.size = kept.size;
	}
	if (r < 0)
		return r;
	if (!undo->dry_run)
		put_clean(undo->tree, e->path);
	if (is_version(&now, &before))
		return 0;
	if (!is_version(&now, &e->offered))
		return tell(&undo->undone->left, e);
	if (undo->dry_run)
		return tell(now.type == VERSION_DIRECTORY && !before.type && !would_be_empty(undo, e->path)
				    ? &undo->undone->left
				    : &undo->undone->restored,
			    e);
	if (before.type == VERSION_FILE)
		like = put_open(undo->dir, name);
	r = put_version(undo->tree, e->path, &before, like < 0 ? -1 : like, true);
	if (r == 0)
		return tell(&undo->undone->restored, e);
	if (r != -ENOTEMPTY && r != -ENOENT && r != -ENOTDIR)
		return r;
	/* The container has put something into it, or removed what is above it. */
	return tell(&undo->undone->left, e);
}

static int put_back_attributes(const struct undo *undo, const struct given_entry *e)
{
	_cleanup_(version_done) struct version now = { 0 };
	int r = version_read(undo->tree, e->path, WALK_TREE, 0, &now, NULL);

	if (r < 0 || same_attributes(&now, &e->given))
		return r;
	if (now.type != e->given.type || !same_attributes(&now, &e->offered))
		return tell(&undo->undone->left, e);
	r = undo->dry_run ? 0 : put_attributes(undo->tree, e->path, &e->given);
	return r < 0 ? r : tell(&undo->undone->restored, e);
}

static int undo_failed(const struct undo *undo, int r, const char *path)
{
	return log_error_errno(r, "Cannot put back '%s%s': %m", undo->record->path, path);
}

static int put_all_back(const struct undo *undo)
{
	size_t n = undo->list.n;
	int r = 0;

	for (size_t i = 0; i < undo->attributes.n && r == 0; i++) {
		r = put_back_attributes(undo, &undo->attributes.v[i]);
		if (r < 0)
			return undo_failed(undo, r, undo->attributes.v[i].path);
	}
	for (size_t k = 0; k < 2 * n && r == 0; k++) {
		bool goes = k < n;
		size_t i = goes ? n - 1 - k : k - n;

		if (goes != (undo->list.v[i].given.type == VERSION_ABSENT))
			continue;
		r = put_back(undo, &undo->list.v[i], i);
		if (r < 0)
			return undo_failed(undo, r, undo->list.v[i].path);
	}
	return r;
}

/* Reads a record that was kept, and gives the container in it its present name. 0, or -errno after a message. */
static int read_kept(const struct undo *undo, const char *name, struct record *ret)
{
	_cleanup_(freep) char *text = NULL, *message = NULL;
	size_t size;
	int r = rootfd_read(undo->dir, name, WALK_TREE, RECORD_TEXT_MAX, &text, &size);

	if (r == 0)
		r = record_parse_any(text, size, ret, &message);
	if (r < 0)
		return log_error_errno(r, "Cannot read '" UNDO_DIR "/%s/%s': %s", undo->record->name, name,
				       message ? message : strerror(-r));
	free(ret->name);
	free(ret->path);
	ret->name = xstrdup(undo->record->name);
	ret->path = xstrdup(undo->record->path);
	return 0;
}

static void put_list_back(struct strv *now, const struct strv *after, const struct strv *before)
{
	_cleanup_(freep) char *a = strv_join(now, "\n"), *b = strv_join(after, "\n");

	if (strcmp(a, b) != 0)
		return;
	strv_clear(now);
	strv_add_all(now, before);
}

/* Other commands may have changed the record since, and an undo must not take that back. So only what an upgrade
 * changes in a record is put back, and only where it is still as the upgrade left it. */
static int put_record_back(const struct undo *undo)
{
	_cleanup_(record_done) struct record before = { 0 }, after = { 0 }, now = { 0 };
	_cleanup_(freep) char *old = NULL, *new = NULL;
	int r = read_kept(undo, "record", &before);

	if (r == 0)
		r = read_kept(undo, "record.after", &after);
	if (r == 0)
		r = record_load(undo->context->root_fd, undo->record->name, &now);
	if (r < 0)
		return r;
	old = record_format(&before);
	new = record_format(&after);
	if (strcmp(old, new) == 0)
		return 0;
	put_list_back(&now.units, &after.units, &before.units);
	put_list_back(&now.packages, &after.packages, &before.packages);
	put_list_back(&now.local, &after.local, &before.local);
	put_list_back(&now.live, &after.live, &before.live);
	if (now.start_seconds == after.start_seconds)
		now.start_seconds = before.start_seconds;
	if (now.stop_seconds == after.stop_seconds)
		now.stop_seconds = before.stop_seconds;
	return write_record(undo->context->root_fd, &now);
}

static int put_given_back(const struct undo *undo)
{
	_cleanup_(freep) char *path = given_path(undo->record->name), *data = NULL;
	size_t size;
	int r = rootfd_read(undo->dir, "given", WALK_TREE, GIVEN_MAX, &data, &size);

	if (r == 0)
		r = atomic_file_write_data(undo->context->root_fd, path, 0600, data, size, true);
	else if (r == -ENOENT)
		r = atomic_file_remove(undo->context->root_fd, path);
	return r < 0 && r != -ENOENT ? log_error_errno(r, "Cannot put back '%s': %m", path) : 0;
}

/* Takes back everything, and forgets what was kept for that. Until then, the container is marked, because some of its
 * files are those of before. */
static int take_back(struct undo *undo)
{
	const char *context = undo->record->file_context;
	int r = undo->tree = place_open_tree(undo->context->root_fd, undo->record->path, true);

	if (r >= 0)
		r = load_list(undo, "list", &undo->list);
	if (r == 0)
		r = load_list(undo, "attributes", &undo->attributes);
	if (r < 0 || undo->dry_run)
		return r < 0 ? r : put_all_back(undo);
	r = atomic_file_write(undo->dir, UNDO_UNFINISHED, 0600, "", true);
	if (r < 0)
		return log_error_errno(r, "Cannot write in '" UNDO_DIR "/%s': %m", undo->record->name);
	r = selinux_create_as(context);
	if (r < 0)
		return log_error_errno(r, "Cannot use the label '%s': %m", context);
	r = put_all_back(undo);
	selinux_create_as(NULL);
	if (r == 0)
		r = put_record_back(undo);
	if (r == 0)
		r = put_given_back(undo);
	if (r < 0)
		return r;
	r = put_sync(undo->tree);
	if (r < 0)
		return log_error_errno(r, "Cannot write '%s' to disk: %m", undo->record->path);
	return given_forget_undo(undo->context->root_fd, undo->record->name);
}

static int run_undo(const struct context *context, const struct record *record, bool unfinished, bool dry_run,
		    struct undone *undone)
{
	_cleanup_(undone_done) struct undone nobodys = { 0 };
	_cleanup_(freep) char *path = undo_path(record->name);
	_cleanup_(undo_done) struct undo undo = { .context = context,
						  .record = record,
						  .dir = -1,
						  .tree = -1,
						  .dry_run = dry_run,
						  .undone = undone ? undone : &nobodys };

	undo.dir = rootfd_openat(context->root_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, WALK_ROOT);
	if (undo.dir < 0)
		return undo.dir == -ENOENT ? -ENOENT : log_error_errno(undo.dir, "Cannot open '%s': %m", path);
	if (unfinished && faccessat(undo.dir, UNDO_UNFINISHED, F_OK, 0) < 0)
		return -ENOENT;
	return take_back(&undo);
}

bool upgrade_can_undo(const struct context *context, const char *name)
{
	_cleanup_(freep) char *path = undo_path(name);
	struct stat st;

	return rootfd_lstat(context->root_fd, path, WALK_ROOT, &st) == 0;
}

int upgrade_undo(const struct context *context, const struct record *record, bool dry_run, struct undone *undone)
{
	return run_undo(context, record, false, dry_run, undone);
}

int upgrade_finish(const struct context *context, const struct record *record)
{
	int r = run_undo(context, record, true, false, NULL);

	return r == -ENOENT ? 0 : r < 0 ? r : 1;
}

int upgrade_check_trust(const struct record *record)
{
	if (!record->untrusted)
		return 0;
	return log_error_errno(
		-EPERM,
		"Container '%s' was imported without --trust, so it is not brought files of this host. If "
		"you trust whoever made the archive, 'virt-sandbox-service set --trust %s' allows that.",
		record->name, record->name);
}

int upgrade_apply(struct upgrade *u)
{
	_cleanup_(freep) char *unfinished = xasprintf(UNDO_DIR "/%s/" UNDO_UNFINISHED, u->record->name);
	int r, e;

	r = upgrade_check_trust(u->record);
	if (r < 0)
		return r;
	if (u->changes == 0 && !u->changes_record)
		return save_next(u);
	r = keep(u);
	if (r < 0)
		return r;
	r = change(u);
	if (r == 0) {
		r = atomic_file_remove(u->context->root_fd, unfinished);
		return r < 0 ? log_error_errno(r, "Cannot remove '%s': %m", unfinished) : 0;
	}
	e = run_undo(u->context, u->record, true, false, NULL);
	return e < 0 ? e : r;
}
