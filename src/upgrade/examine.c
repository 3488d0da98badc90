/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decides what an upgrade does with each path of a container. Accounts come first, because owners of files are names
 * there, and may have other numbers in the container than on the host. Directories that make room for something else
 * come last, because that depends on what is decided about everything in them. */
#include "upgrade/upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/accounts.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/path.h"
#include "container/places.h"
#include "container/record-text.h"
#include "create/ops.h"
#include "upgrade/merge-accounts.h"
#include "upgrade/merge-text.h"

#define MERGE_MAX ((size_t)1024 * 1024) /* bytes of what the container has changed */
#define MERGE_USEC 20000000		/* a merge of ordinary texts takes a few milliseconds */

static const struct version nothing;

static void item_done(struct upgrade_item *item)
{
	free(item->path);
	free(item->detail);
	free(item->accounts);
	version_done(&item->before);
	version_done(&item->after);
}

void upgrade_done(struct upgrade *u)
{
	for (size_t i = 0; i < u->n; i++)
		item_done(&u->v[i]);
	free(u->v);
	given_done(&u->given);
	given_done(&u->next);
	wanted_done(&u->wanted);
	if (u->context)
		closep(&u->tree);
	*u = (struct upgrade){ 0 };
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct upgrade_item *)a)->path, ((const struct upgrade_item *)b)->path);
}

static void sort(struct upgrade *u)
{
	if (u->n > 0)
		qsort(u->v, u->n, sizeof(*u->v), compare);
}

const struct upgrade_item *upgrade_find(const struct upgrade *u, const char *path)
{
	const struct upgrade_item key = { .path = (char *)path };

	return u->n ? bsearch(&key, u->v, u->n, sizeof(key), compare) : NULL;
}

/* What was given, if the container has dealt with everything that was offered since. */
static const struct version *base_of(const struct upgrade_item *item)
{
	return !item->entry ? &nothing : item->settled ? &item->entry->offered : &item->entry->given;
}

/* Paths that are not create's to make any more are the host's as they were given, if they are the container's own. */
static const struct version *host_of(const struct upgrade_item *item)
{
	return item->wanted ? &item->wanted->host : wanted_is_own(item->path) ? base_of(item) : &nothing;
}

/* Reads a path of the container. A content is needed to compare it with one of the same size, or to merge it. */
static int read_path(const struct upgrade *u, const char *path, size_t size, size_t other, struct version *ret)
{
	_cleanup_(version_done) struct version v = { 0 };
	int r = version_read(u->tree, path, WALK_TREE, MERGE_MAX, &v, NULL);

	if (r == 0 && v.type == VERSION_FILE && !v.data && (v.size == size || v.size == other)) {
		version_done(&v);
		r = version_read(u->tree, path, WALK_TREE, VERSION_CONTENT_MAX, &v, NULL);
	}
	if (r == -ENAMETOOLONG) /* no file can have this name */
		r = 0;
	if (r < 0)
		return log_error_errno(r, "Cannot read '%s%s': %m", u->record->path, path);
	*ret = v;
	v = (struct version){ 0 };
	return 0;
}

static char *offered_path(const char *path)
{
	return xasprintf("%s" UPGRADE_OFFERED, path);
}

static enum upgrade_kind kind_of(const struct upgrade_item *item)
{
	if (item->wanted)
		return item->wanted->kind;
	return skip_prefix(item->path, "/var/") ? UPGRADE_DATA : UPGRADE_COPY;
}

/* How 'now' differs from what was given. */
static const char *difference(const struct version *given, const struct version *now)
{
	if (!given->type || !now->type)
		return given->type ? "deleted" : now->type ? "added" : NULL;
	if (!version_same(given, now))
		return "changed";
	if (!version_same_mode(given, now))
		return version_same_owner(given, now) ? "mode" : "mode and owner";
	return version_same_owner(given, now) ? NULL : "owner";
}

/* Data is the service's business, be it the container's or the host's, and may change at any time. Of it counts only
 * what an upgrade would add, and what create made for the service and would make today, if it is not there any more. */
static void compare_data(struct upgrade_item *item)
{
	const struct version *given = base_of(item);

	if (item->decision.action == UPGRADE_TAKE)
		item->there = "added";
	if (item->wanted && given->type && item->before.type != given->type)
		item->here = item->before.type ? "changed" : "deleted";
}

/* The mode and owner were decided on their own. */
static void change_as_decided(struct upgrade_item *item)
{
	item->after.mode = item->decision.mode;
	item->after.uid = item->decision.uid;
	item->after.gid = item->decision.gid;
	item->changes = true;
}

/* Makes the container's what the host has, apart from mode and owner. */
static void take(struct upgrade_item *item)
{
	version_copy(host_of(item), &item->after);
	item->source = item->wanted->source;
	change_as_decided(item);
}

static void take_text(struct upgrade_item *item, char *text)
{
	item->after = item->before;
	item->after.target = NULL;
	item->after.data = text;
	item->after.size = strlen(text);
	change_as_decided(item);
}

/* Nothing is left to tell about a merge that changes nothing. */
static void note_only(struct upgrade_item *item)
{
	item->decision.action = UPGRADE_NOTE;
	item->decision.word = item->decision.reason = NULL;
}

/* The text that the container will have. */
static const char *text_of(const struct upgrade *u, const char *path)
{
	for (size_t i = 0; i < u->n; i++)
		if (strcmp(u->v[i].path, path) == 0) {
			const char *text =
				u->v[i].changes && !u->v[i].attributes ? u->v[i].after.data : u->v[i].before.data;

			return text ? text : "";
		}
	return "";
}

static void merge_lines(const struct upgrade *u, const struct accounts_file *file, struct upgrade_item *item)
{
	_cleanup_(strv_done) struct strv added = { 0 }, refused = { 0 };
	char *text = merge_accounts(file, base_of(item)->data, host_of(item)->data, item->before.data,
				    file->of ? text_of(u, file->of) : NULL, &added, &refused);

	if (added.n == 0) {
		free(text);
		note_only(item);
	} else {
		take_text(item, text);
		item->detail = strv_enumerate(&added, "and");
	}
	if (refused.n == 0)
		return;
	free(item->detail);
	item->detail = strv_join(&refused, " ");
	item->decision.word = "conflict";
}

/* What would be merged into a file of accounts that the container has never changed. Only that counts as given then,
 * because the host may have the accounts in another order, or with other numbers, and only that counts as changed on
 * the host. An account that this container could not get counts as given, too, so that it is told once. */
static void compare_accounts(struct upgrade_item *item)
{
	const struct version *base = base_of(item), *host = host_of(item);
	struct accounts_file file = *accounts_file(item->path);
	_cleanup_(strv_done) struct strv added = { 0 }, refused = { 0 };
	struct version gained = *host;

	file.numbered = false;
	gained.data = item->accounts =
		merge_accounts(&file, base->data, host->data, base->data ? base->data : "", NULL, &added, &refused);
	gained.size = strlen(gained.data);
	item->there = difference(base, &gained);
}

/* Whether our own commands have made what is there since, from the record as it is now. */
static bool is_ours(const struct upgrade *u, const struct upgrade_item *item)
{
	bool generated = item->wanted ? item->wanted->kind == UPGRADE_GENERATED || !item->wanted->op->source
				      : item->entry && !item->entry->source;

	if (wanted_is_own(item->path))
		return wanted_makes_own(&u->wanted, item->path, &item->before);
	return generated && version_same(&item->before, host_of(item));
}

/* All texts of a container together have a limited time, after which they are conflicts: root inside can write one that
 * takes long, and has many files. */
static void merge(struct upgrade *u, struct upgrade_item *item)
{
	uint64_t began = clock_usec();
	int left = u->merging < MERGE_USEC ? (int)((MERGE_USEC - u->merging) / 1000) : 0;
	char *text;
	int r = left > 0 ? merge_text(item->before.data, base_of(item)->data, host_of(item)->data, left, &text)
			 : -ETIMEDOUT;

	u->merging += clock_usec() - began;
	if (r < 0) {
		upgrade_decide_conflict(&item->decision);
	} else if (strcmp(text, item->before.data) == 0) {
		free(text);
		note_only(item);
	} else {
		take_text(item, text);
	}
}

/* Decides to put what the host has beside what the container has, unless that lies there already or something else
 * does. */
static int offer(struct upgrade *u, size_t i)
{
	const struct version *host = host_of(&u->v[i]);
	_cleanup_(version_done) struct version there = { 0 };
	char *path;
	int r;

	if (host->type != VERSION_FILE && host->type != VERSION_LINK)
		return 0;
	path = offered_path(u->v[i].path);
	r = strlen(strrchr(path, '/') + 1) > NAME_MAX ? -EXDEV : read_path(u, path, host->size, 0, &there);
	if (r < 0 || there.type == VERSION_DIRECTORY || there.type == VERSION_OTHER ||
	    (there.type == VERSION_FILE && !there.data)) {
		free(path);
		return r == -EXDEV ? 0 : r;
	}
	u->v[i].offered = true;
	if (version_same(&there, host)) {
		free(path);
		return 0;
	}
	grow(u->v, u->n);
	u->v[u->n] = (struct upgrade_item){
		.path = path, .before = there, .changes = true, .beside = true, .source = u->v[i].wanted->source
	};
	version_copy(host, &u->v[u->n++].after);
	there = (struct version){ 0 };
	return 0;
}

/* Takes away what was offered, if it lies there unchanged, and is of no use any more. */
static int withdraw(struct upgrade *u, size_t i)
{
	const struct version *offered = &u->v[i].entry->offered;
	_cleanup_(version_done) struct version there = { 0 };
	_cleanup_(freep) char *path = offered_path(u->v[i].path);
	int r = read_path(u, path, offered->size, 0, &there);

	if (r < 0 || !version_same(&there, offered))
		return r;
	grow(u->v, u->n);
	u->v[u->n++] =
		(struct upgrade_item){ .path = steal_ptr(path), .before = there, .changes = true, .beside = true };
	there = (struct version){ 0 };
	return 0;
}

static bool is_kept(const struct record *record, const char *path)
{
	for (size_t i = 0; i < record->keep.n; i++)
		if (path_within(path, record->keep.v[i]))
			return true;
	return false;
}

/* Only mode and owner change. */
static void take_attributes(struct upgrade_item *item)
{
	const struct upgrade_decision *d = &item->decision;

	if (!item->before.type ||
	    (d->mode == item->before.mode && d->uid == item->before.uid && d->gid == item->before.gid))
		return;
	item->after = (struct version){ item->before.type, d->mode, d->uid, d->gid, NULL, NULL, item->before.size };
	item->changes = item->attributes = true;
}

/* Whether what was offered has been dealt with: the administrator has removed it. */
static int find_settled(const struct upgrade *u, struct upgrade_item *item)
{
	_cleanup_(version_done) struct version there = { 0 };
	_cleanup_(freep) char *path = offered_path(item->path);
	int r;

	if (!item->entry || !item->entry->has_offered)
		return 0;
	r = read_path(u, path, 0, 0, &there);
	item->settled = r == 0 && !there.type;
	return r;
}

/* Decides about a path that was given, or that the host has, or both. */
static int examine(struct upgrade *u, const struct given_entry *entry, const struct wanted_path *wanted, bool merges)
{
	struct upgrade_item *item;
	size_t i = u->n;
	int r;

	grow(u->v, u->n);
	item = &u->v[u->n++];
	*item = (struct upgrade_item){ .path = xstrdup(entry ? entry->path : wanted->path),
				       .entry = entry,
				       .wanted = wanted };
	r = find_settled(u, item);
	if (r == 0)
		r = read_path(u, item->path, base_of(item)->size, host_of(item)->size, &item->before);
	if (r < 0)
		return r;
	item->decision = upgrade_decide(&(struct upgrade_facts){
		kind_of(item), base_of(item), host_of(item), &item->before, is_kept(u->record, item->path), merges });
	if (kind_of(item) == UPGRADE_DATA) {
		compare_data(item);
	} else if (!is_ours(u, item)) {
		item->here = difference(base_of(item), &item->before);
		item->there = difference(base_of(item), host_of(item));
	}
	if (item->decision.action == UPGRADE_TAKE)
		take(item);
	else if (item->decision.action == UPGRADE_MERGE && accounts_file(item->path)) {
		compare_accounts(item);
		merge_lines(u, accounts_file(item->path), item);
	} else if (item->decision.action == UPGRADE_MERGE)
		merge(u, item);
	else if (item->decision.action == UPGRADE_REMOVE)
		item->changes = true;
	if (!item->changes)
		take_attributes(item);
	if (item->decision.action == UPGRADE_CONFLICT)
		return offer(u, i);
	return entry && entry->has_offered && !item->settled && item->decision.action != UPGRADE_NOTHING
		       ? withdraw(u, i)
		       : 0;
}

static int examine_paths(struct upgrade *u, bool accounts, bool merges)
{
	const struct given *g = &u->given;
	const struct wanted *w = &u->wanted;
	size_t i = 0, k = 0;
	int r = 0;

	while (r == 0 && (i < g->n || k < w->n)) {
		int order = i == g->n ? 1 : k == w->n ? -1 : strcmp(g->v[i].path, w->v[k].path);
		const struct given_entry *entry = order <= 0 ? &g->v[i++] : NULL;
		const struct wanted_path *wanted = order >= 0 ? &w->v[k++] : NULL;

		if ((accounts_file(entry ? entry->path : wanted->path) != NULL) == accounts)
			r = examine(u, entry, wanted, merges);
	}
	return r;
}

/* The number that the container has for an owner's name; an owner without a name keeps its number. Where the container
 * does not have the name, but has the number for somebody else, root owns the file. Its own files of accounts are
 * hostile, so no number may be outside of its range. */
static uint32_t number_of(const char *name, const uint32_t *own, bool taken, uint32_t host, const struct record *record)
{
	if (!own)
		return taken && strspn(name, "0123456789") != strlen(name) ? 0 : host;
	return record->uid_base && *own >= RECORD_ID_COUNT ? host : *own;
}

static void find_owners(struct upgrade *u)
{
	_cleanup_(accounts_done) struct accounts a = { 0 };

	accounts_parse(text_of(u, "/etc/passwd"), text_of(u, "/etc/group"), &a);
	for (size_t i = 0; i < u->wanted.n; i++) {
		struct wanted_path *w = &u->wanted.v[i];
		const struct op *op = w->op;
		const struct account_user *user = op->user ? accounts_user_named(&a, op->user) : NULL;
		const struct account_group *group = op->group ? accounts_group_named(&a, op->group) : NULL;

		if (!op->has_owner || !op->user || !op->group)
			continue;
		w->host.uid =
			number_of(op->user, user ? &user->uid : NULL, accounts_user(&a, op->uid), op->uid, u->record);
		w->host.gid = number_of(op->group, group ? &group->gid : NULL, accounts_group(&a, op->gid), op->gid,
					u->record);
	}
}

/* Whether everything in the container's directory is going to be removed. */
static bool will_be_empty(const struct upgrade *u, const char *path)
{
	_cleanup_(closedirp) DIR *d = NULL;

	if (rootfd_opendir(u->tree, path, WALK_TREE, &d) < 0)
		return false;
	for (struct dirent *e; (e = readdir(d));) {
		_cleanup_(freep) char *inside = xasprintf("%s/%s", path, e->d_name);
		const struct upgrade_item *item;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		item = upgrade_find(u, inside);
		if (!item || !item->changes || item->after.type)
			return false;
	}
	return true;
}

/* Decides again about directories that would go, but do not become empty, from the innermost on. */
static void keep_directories(struct upgrade *u)
{
	for (size_t i = u->n; i-- > 0;) {
		struct upgrade_item *item = &u->v[i];

		if (item->before.type != VERSION_DIRECTORY || !item->changes || item->after.type == VERSION_DIRECTORY ||
		    will_be_empty(u, item->path))
			continue;
		item->changes = false;
		version_done(&item->after);
		if (item->decision.action == UPGRADE_TAKE) {
			upgrade_decide_conflict(&item->decision);
			item->detail =
				xstrdup("a directory of the container is in the way, in which are files of its own");
		} else {
			item->decision = (struct upgrade_decision){ .action = UPGRADE_FORGET };
		}
	}
}

/* Whether 'path' will be a directory, or the root of what we look at. */
static bool will_be_directory(const struct upgrade *u, const char *path)
{
	const struct upgrade_item *item = upgrade_find(u, path);
	_cleanup_(closep) int fd = -1;

	if (item && item->changes)
		return item->after.type == VERSION_DIRECTORY;
	fd = rootfd_openat(u->tree, path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, WALK_TREE);
	return fd >= 0;
}

/* Decides again about what would be added to a directory that the container does not have, from the outermost on. */
static void leave_orphans(struct upgrade *u)
{
	for (size_t i = 0; i < u->n; i++) {
		struct upgrade_item *item = &u->v[i];
		_cleanup_(freep) char *dir = path_parent(item->path);

		if (!item->changes || !item->after.type || item->before.type || will_be_directory(u, dir))
			continue;
		item->changes = false;
		version_done(&item->after);
		item->decision = (struct upgrade_decision){ .action = UPGRADE_NOTHING };
		if (upgrade_find(u, dir) && !upgrade_find(u, dir)->before.type) {
			item->decision.action = UPGRADE_NOTE;
			item->decision.word = "deleted";
			item->decision.reason = "new on the host, but its directory was deleted in the container";
		}
	}
}

/* What counts as given after the upgrade: nothing, what the host has, or what was given before. What the host's mode
 * and owner are has been dealt with in any case, unless the administrator keeps the path. */
static void add_next(struct upgrade *u, const struct upgrade_item *item)
{
	const struct version *base = base_of(item), *host = host_of(item);
	enum upgrade_action action = item->decision.action;
	bool known = item->entry, noted = action == UPGRADE_NOTE || action == UPGRADE_TAKE || action == UPGRADE_MERGE;
	struct given_entry *e;

	if ((!item->entry && !item->wanted) || action == UPGRADE_FORGET || action == UPGRADE_REMOVE ||
	    (!noted && !known && !item->offered))
		return;
	e = given_add(&u->next, xstrdup(item->path));
	version_copy(noted ? host : base, &e->given);
	if (item->accounts) {
		free(e->given.data);
		e->given.data = xstrdup(item->accounts);
		e->given.size = strlen(item->accounts);
	}
	if (host->type == e->given.type && e->given.type && !is_kept(u->record, item->path)) {
		e->given.mode = host->mode;
		e->given.uid = host->uid;
		e->given.gid = host->gid;
	}
	if (item->offered || (known && item->entry->has_offered && !item->settled && action == UPGRADE_NOTHING)) {
		e->has_offered = true;
		version_copy(item->offered ? host : &item->entry->offered, &e->offered);
	}
	if (item->wanted) {
		e->source = item->wanted->stamped ? xstrdup(item->wanted->op->source) : NULL;
		e->stamp = item->wanted->stamp;
	} else {
		e->source = known && item->entry->source ? xstrdup(item->entry->source) : NULL;
		e->stamp = known ? item->entry->stamp : (struct stamp){ 0 };
	}
}

static void sum_up(struct upgrade *u)
{
	_cleanup_(freep) char *old = record_format(u->record), *new = record_format(&u->wanted.record);

	u->changes_record = strcmp(old, new) != 0;
	strv_add_all(&u->next.units, u->asked ? &u->asked->units : given_units(&u->given, u->record));
	strv_add_all(&u->next.packages, u->asked ? &u->asked->packages : &u->given.packages);
	u->next.copy = u->given.copy;
	for (size_t i = 0; i < u->n; i++) {
		struct upgrade_item *item = &u->v[i];

		u->changes += item->changes;
		u->beside += item->changes && item->beside;
		u->conflicts += item->decision.word && strcmp(item->decision.word, "conflict") == 0;
		add_next(u, item);
		freep(&item->before.data);
		item->before.data = NULL;
	}
	given_sort(&u->next);
}

int upgrade_examine(const struct context *context, const struct record *record, bool merges,
		    const struct wanted_asked *asked, struct wanted_cache *cache, struct upgrade *ret)
{
	_cleanup_(upgrade_done) struct upgrade u = { .context = context, .record = record, .asked = asked, .tree = -1 };
	int r = given_load(context->root_fd, record->name, &u.given);

	if (r == -ENOENT)
		r = 0;
	if (r == 0)
		r = wanted_find(context, record, &u.given, asked, cache, &u.wanted);
	if (r == 0)
		r = u.tree = place_open_tree(context->root_fd, record->path, true);
	if (r >= 0)
		r = examine_paths(&u, true, merges);
	if (r == 0) {
		find_owners(&u);
		r = examine_paths(&u, false, merges);
	}
	if (r < 0)
		return r;
	sort(&u);
	keep_directories(&u);
	leave_orphans(&u);
	sum_up(&u);
	*ret = u;
	u = (struct upgrade){ 0 };
	return 0;
}

bool upgrade_is_needed(const struct upgrade *u)
{
	return u->changes > u->beside || u->changes_record;
}
