/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Both directions make a copy of a tree in an unfinished directory (copies/snapshots.h). A snapshot gets its label when
 * the copy is complete and on the disk; a restore exchanges the copy for the container's tree then, so that the
 * unfinished directory has the old one, which is removed last. From before that exchange until the record, the units
 * and what the container was given fit the tree again, the record is marked, so that only another restore uses it. */
#include "copies/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/log.h"
#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "container/disk.h"
#include "container/paths.h"
#include "container/places.h"
#include "container/record-file.h"
#include "container/record-text.h"
#include "copies/snapshots.h"
#include "create/change.h"
#include "create/copied-tree.h"
#include "create/ops.h"
#include "selinux/selinux.h"
#include "systemd/jobs.h"
#include "upgrade/given.h"

static struct op *add(struct plan *plan, const struct op_kind *kind, const char *path, const char *source,
		      const char *reason)
{
	struct op *op = plan_add_own(plan, kind, xstrdup(path), reason);

	op->source = source ? xstrdup(source) : NULL;
	return op;
}

/* Makes the unfinished directory in 'dir'. 0, with it in 'host'; or -errno. */
static int make_new(int dir, struct host *host)
{
	int r = rm_rf(dir, SNAPSHOT_NEW);

	if (r == 0 && mkdirat(dir, SNAPSHOT_NEW, 0700) < 0)
		r = -errno;
	if (r < 0)
		return r;
	host->place_fd = openat(dir, SNAPSHOT_NEW, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return host->place_fd < 0 ? -errno : 0;
}

/* Applies the plan to a copy that it makes in the unfinished directory of 'dir', or if 'image' is not 0, in an image of
 * so many bytes there. A snapshot itself does not count. */
static int apply(int dir, struct plan *plan, struct host *host, uint64_t image)
{
	int r = make_new(dir, host);

	r = r < 0 ? log_error_errno(r, "Cannot create the directory of a snapshot: %m")
		  : ops_make_tree(host, SNAPSHOT_TREE, SNAPSHOT_NEW "/" SNAPSHOT_TREE, image);
	if (r == 0)
		r = plan_apply(plan, host);
	selinux_create_as(NULL);
	return r;
}

/* Copies the file of what the container was given, if there is one. 0 or -errno. */
static int copy_given(int from, const char *path, int to, const char *copy)
{
	_cleanup_(freep) char *data = NULL;
	size_t size;
	int r = rootfd_read(from, path, WALK_ROOT, GIVEN_MAX, &data, &size);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	return atomic_file_write_data(to, copy, 0600, data, size, true);
}

/* --- making one -------------------------------------------------------------------------------------------------- */

static int check_free(int dir, const struct record *record, const char *label)
{
	struct stat st;

	if (fstatat(dir, label, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return log_error_errno(-EEXIST,
			       "Container '%s' already has a snapshot '%s'; choose another label, or remove that one "
			       "with 'virt-sandbox-service snapshot --delete %s %s'.",
			       record->name, label, record->name, label);
}

static int make_copy(const struct context *context, const struct record *record, int dir, struct host *host)
{
	_cleanup_(plan_done) struct plan plan = { 0 };
	_cleanup_(closep) int tree = place_open_tree(context->root_fd, record->path, false);
	_cleanup_(freep) char *text = record_format(record), *given = given_path(record->name);
	int r;

	if (tree < 0)
		return tree;
	host->source_fd = tree;
	host->file_context = record->file_context;
	add(&plan, &op_copy, "/", record->path, "all that the container has");
	add(&plan, &op_seal, "/", NULL, "writes everything to disk");
	r = apply(dir, &plan, host, 0);
	if (r < 0)
		return r;
	r = copy_given(context->root_fd, given, host->place_fd, "/" SNAPSHOT_GIVEN);
	if (r == 0)
		r = atomic_file_write(host->place_fd, "/" SNAPSHOT_RECORD, 0600, text, false);
	return r < 0 ? log_error_errno(r, "Cannot write the snapshot of container '%s': %m", record->name) : 0;
}

int snapshot_make(const struct context *context, const struct record *record, const char *label,
		  int (*check)(const void *data), const void *data)
{
	_cleanup_(host_done) struct host host = HOST_INIT(context->root_fd);
	_cleanup_(closep) int dir = snapshots_open(context->root_fd, record, true);
	int r = dir < 0 ? dir : check_free(dir, record, label), e;

	if (dir < 0)
		return dir;
	host.source_check = check;
	host.source_data = data;
	if (r == 0)
		r = make_copy(context, record, dir, &host);
	if (r == 0 && renameat2(dir, SNAPSHOT_NEW, dir, label, RENAME_NOREPLACE) < 0)
		r = log_error_errno(errno, "Cannot name the snapshot '%s': %m", label);
	e = snapshots_tidy(context->root_fd, record, dir);
	return r < 0 ? r : e;
}

/* --- putting one back -------------------------------------------------------------------------------------------- */

static int read_record(int dir, const struct record *record, const char *label, struct record *ret)
{
	_cleanup_(freep) char *path = xasprintf("%s/" SNAPSHOT_RECORD, label);
	_cleanup_(freep) char *text = NULL, *message = NULL;
	size_t size;
	int r = dir < 0 ? dir : rootfd_read(dir, path, WALK_TREE, RECORD_TEXT_MAX, &text, &size);

	if (r == -ENOENT)
		return snapshot_missing(record, label);
	if (r == 0)
		r = record_parse_any(text, size, ret, &message);
	return r < 0 ? log_error_errno(r, "Cannot read snapshot '%s' of container '%s': %s", label, record->name,
				       message ? message : strerror(-r))
		     : 0;
}

#define TAKE(member)                                                                                                   \
	do {                                                                                                           \
		free(ret->member);                                                                                     \
		ret->member = xstrdup(now->member);                                                                    \
	} while (0)

/* Makes what the snapshot's record says about identity, networks and ports that of the present record. */
static void keep_identity(const struct record *now, struct record *ret)
{
	TAKE(name);
	TAKE(path);
	TAKE(uuid);
	TAKE(hostname);
	TAKE(level);
	TAKE(process_context);
	TAKE(file_context);
	ret->uid_base = now->uid_base;
	ret->uid_count = now->uid_count;
	ret->host_access = now->host_access;
	ret->untrusted = now->untrusted;
	strv_clear(&ret->name_servers);
	strv_add_all(&ret->name_servers, &now->name_servers);
	nets_done(&ret->nets);
	nets_copy(&now->nets, &ret->nets);
	ports_done(&ret->ports);
	ports_copy(&now->ports, &ret->ports);
}

/* Exchanges the tree in 'place_fd' for the container's, if that has not changed since it was copied. */
static int exchange(struct host *host, const struct op *op)
{
	const char *name;
	_cleanup_(closep) int place = place_open_parent(host->root_fd, op->path, &name);
	int r = host->source_check ? host->source_check(host->source_data) : 0;

	if (r == 0)
		r = record_sync(host->root_fd); /* which says what it was before the exchange */
	if (r < 0 || (place < 0 && place != -ENOENT))
		return r < 0 ? r : place;
	if (place < 0 || renameat2(host->place_fd, SNAPSHOT_TREE, place, name, RENAME_EXCHANGE) < 0)
		return log_error_errno(place < 0 ? place : -errno, "Cannot exchange '%s' for its copy: %m", op->path);
	return 1;
}

static int exchange_back(struct host *host, const struct op *op)
{
	int r;

	host->source_check = NULL;
	r = exchange(host, op);

	return r < 0 ? r : 0;
}

static const struct op_kind op_exchange = { "exchange", false, exchange, exchange_back };

/* systemctl takes no lock: a container that was started since the command looked may use either tree. */
static int stop_started(struct host *host, const struct op *op)
{
	(void)host;
	return systemd_run_job(SYSTEMD_STOP, op->path);
}

static const struct op_kind op_stop_started = { "stop", false, stop_started, NULL };

/* Makes the file of what the container was given a copy of that in 'from', or removes it if there is none. */
static int replace_given(struct host *host, const struct op *op, int from, const char *path)
{
	struct stat st;
	int r = rootfd_lstat(from, path, WALK_ROOT, &st);

	if (r == 0)
		return copy_given(from, path, host->root_fd, op->path);
	if (r == -ENOENT)
		r = atomic_file_remove(host->root_fd, op->path);
	return r == -ENOENT ? 0 : r;
}

/* The undo of an upgrade belongs to the tree that was there before, so it goes, too. What is replaced is kept in the
 * unfinished directory. */
static int give_back(struct host *host, const struct op *op)
{
	_cleanup_(freep) char *kept = xasprintf("/%s/" SNAPSHOT_GIVEN, op->source);
	_cleanup_(closep) int dir = openat(host->place_fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = dir < 0 ? -errno : copy_given(host->root_fd, op->path, host->place_fd, "/" SNAPSHOT_GIVEN);

	if (r == 0)
		r = replace_given(host, op, dir, kept);
	if (r < 0)
		return log_error_errno(r, "Cannot write '%s': %m", op->path);
	r = given_forget_undo(host->root_fd, op->text);
	return r < 0 ? r : 1;
}

static int take_given_back(struct host *host, const struct op *op)
{
	int r = replace_given(host, op, host->place_fd, "/" SNAPSHOT_GIVEN);

	return r < 0 ? log_error_errno(r, "Cannot put back '%s': %m", op->path) : 0;
}

static const struct op_kind op_give_back = { "given", false, give_back, take_given_back };

/* Adds that the text of 'record' replaces 'before', of which it takes ownership. */
static void add_record(struct plan *plan, const struct record *record, char *before, const char *reason)
{
	_cleanup_(freep) char *path = record_path(record->name);
	struct op *op = add(plan, &op_record, path, NULL, reason);

	op->text = record_format(record);
	op->before = before;
	op_give_root(op, 0644);
}

int restore_compose(const struct context *context, const struct record *record, const char *label,
		    struct plan *ret_plan, struct record *ret_record)
{
	_cleanup_(closep) int dir = snapshots_open(context->root_fd, record, false);
	_cleanup_(freep) char *path = xasprintf("%s/" SNAPSHOT_TREE, label);
	_cleanup_(freep) char *unit = host_unit_name(record->name), *given = given_path(record->name);
	_cleanup_(closep) int tree = -1;
	_cleanup_(record_done) struct record then = { 0 }, marked = { 0 };
	_cleanup_(plan_done) struct plan plan = { 0 };
	int r = dir < 0 && dir != -ENOENT ? dir : read_record(dir, record, label, &then);

	if (r < 0)
		return r;
	tree = openat(dir, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (tree < 0)
		return log_error_errno(errno, "Snapshot '%s' of container '%s' has no tree: %m", label, record->name);
	record_copy(&then, ret_record);
	keep_identity(record, ret_record);
	add(&plan, &op_copy, "/", label, "what the container had then");
	plan_leave(&plan, xstrdup(COPIED_TREE_SEED), "identity", "the same random numbers would come of it", NULL);
	change_tree(tree, &then, ret_record, &plan);
	add(&plan, &op_seal, "/", NULL, "writes everything to disk");
	record_copy(record, &marked);
	marked.state = RECORD_RESTORING;
	free(marked.other);
	marked.other = xstrdup(label);
	add_record(&plan, &marked, record_format(record), "marks the container as unfinished");
	add(&plan, &op_exchange, record->path, label, "the copy takes the place of the container's directory");
	if (context->on_host)
		add(&plan, &op_stop_started, unit, NULL, "if it was started meanwhile");
	r = change_units(context->root_fd, ret_record, &plan);
	if (r < 0)
		return r;
	add(&plan, &op_give_back, given, label, "what upgrades compare with")->text = xstrdup(record->name);
	add_record(&plan, ret_record, record_format(&marked), "describes the container, and is the last");
	*ret_plan = plan;
	plan = (struct plan){ 0 };
	return 0;
}

int restore_apply(const struct context *context, struct plan *plan, const char *label, const struct record *record)
{
	_cleanup_(host_done) struct host host = HOST_INIT(context->root_fd);
	_cleanup_(closep) int dir = snapshots_open(context->root_fd, record, false);
	_cleanup_(freep) char *path = xasprintf("%s/" SNAPSHOT_TREE, label);
	_cleanup_(closep) int tree = dir < 0 ? -1 : openat(dir, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool image;
	int r, e;

	if (tree < 0)
		return log_error_errno(-errno, "Cannot open snapshot '%s' of container '%s': %m", label, record->name);
	host.source_fd = tree;
	host.file_context = record->file_context;
	host.record = record;
	r = disk_choose(context->root_fd, record, place_has_image(context->root_fd, record->path), &image);
	if (r == 0)
		r = apply(dir, plan, &host, image ? record->limits[LIMIT_DISK] : 0);
	if (r == -EUCLEAN)
		return log_error_errno(r, "Container '%s' is restored in part; the same command again completes it.",
				       record->name);
	e = snapshots_tidy(context->root_fd, record, dir);
	return r < 0 ? r : e;
}

/* --- the same again ---------------------------------------------------------------------------------------------- */

static int check_size(const struct context *context, const struct record *record, uint64_t bytes)
{
	_cleanup_(freep) char *size = size_format(bytes), *text = NULL;
	uint64_t used;

	if (bytes == 0 || disk_used(context->root_fd, record, &used) < 0 || used <= bytes)
		return 0;
	text = size_round(used);
	return log_error_errno(-ENOSPC, "The files of container '%s' take %s, more than %s.", record->name, text, size);
}

int snapshot_renew(const struct context *context, const struct record *record, const struct record *after,
		   int (*check)(const void *data), const void *data)
{
	_cleanup_(host_done) struct host host = HOST_INIT(context->root_fd);
	_cleanup_(plan_done) struct plan plan = { 0 };
	_cleanup_(freep) char *unit = host_unit_name(record->name);
	_cleanup_(closep) int dir = -1, tree = -1;
	uint64_t bytes = after->limits[LIMIT_DISK];
	bool image;
	int r = check_size(context, record, bytes), e;

	if (r == 0)
		r = disk_choose(context->root_fd, after, place_has_image(context->root_fd, record->path), &image);
	if (r == 0)
		r = tree = place_open_tree(context->root_fd, record->path, true);
	if (r >= 0)
		r = dir = snapshots_open(context->root_fd, record, true);
	if (r < 0)
		return r;
	add(&plan, &op_copy, "/", record->path, "all that the container has");
	add(&plan, &op_seal, "/", NULL, "writes everything to disk");
	if (bytes == 0) /* a container starts with an image and no limit, and not in a directory with one */
		add_record(&plan, after, record_format(record), "describes the container");
	add(&plan, &op_exchange, record->path, record->path, "the copy takes the place of the container's directory");
	if (context->on_host)
		add(&plan, &op_stop_started, unit, NULL, "if it was started meanwhile");
	if (!image)
		ops_limit_disk(&plan, record, after);
	if (bytes > 0)
		add_record(&plan, after, record_format(record), "describes the container");
	host.source_fd = tree;
	host.source_check = check;
	host.source_data = data;
	host.file_context = record->file_context;
	host.record = after;
	r = apply(dir, &plan, &host, image ? bytes : 0);
	if (r == -ENOSPC && image)
		log_error("The files of container '%s' do not fit into an image of this size.", record->name);
	e = snapshots_tidy(context->root_fd, record, dir);
	return r < 0 ? r : e;
}
