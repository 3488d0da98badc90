/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rename: gives a container that is stopped another name. Its files stay where they are on the disk. The record of the
 * new name comes first, marked as arriving; then that of the old name is marked as leaving, and goes last. Whatever
 * stops the program, the same command finds both, and completes what is left to do; no other command uses or removes
 * the container under either name until then. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/orphans.h"
#include "base/atomic-file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "base/signals.h"
#include "cli/cmds.h"
#include "cli/jobs.h"
#include "cli/ops-live.h"
#include "cli/ops-rename.h"
#include "container/open.h"
#include "container/paths.h"
#include "container/places.h"
#include "container/record-file.h"
#include "container/record-text.h"
#include "container/record-value.h"
#include "container/reservation.h"
#include "container/unit-dirs.h"
#include "create/change.h"
#include "create/generated.h"
#include "create/host-dropin.h"
#include "create/ops.h"
#include "create/plan-json.h"
#include "systemd/manager.h"

#define UNIT_MAX (1024 * 1024) /* bytes */

struct rename {
	const struct context *context;
	bool dry_run, json;
	struct record old, new;
	bool resumed; /* the new record exists */
	bool moved;   /* so does the directory, under its new name */
	bool enabled; /* the old unit starts at boot */
	struct plan plan;
};

static void rename_done(struct rename *rn)
{
	record_done(&rn->old);
	record_done(&rn->new);
	plan_done(&rn->plan);
}

static bool exists(const struct rename *rn, const char *path)
{
	struct stat st;

	return rootfd_lstat(rn->context->root_fd, path, WALK_ROOT, &st) == 0;
}

static void mark(struct record *record, enum record_state state, const char *other)
{
	record->state = state;
	free(record->other);
	record->other = xstrdup(other);
}

/* Writes the record in another state. 'exists': there is one of that name. */
static void add_record(struct rename *rn, struct record *record, bool exists, enum record_state state,
		       const char *other, const char *reason)
{
	_cleanup_(freep) char *before = exists ? record_format(record) : NULL;
	struct op *op = plan_add_own(&rn->plan, &op_record, record_path(record->name), reason);

	mark(record, state, other);
	op->text = record_format(record);
	op->before = steal_ptr(before);
	op_give_root(op, 0644);
}

static int add_reservations(struct rename *rn)
{
	_cleanup_(strv_done) struct strv paths = { 0 };
	int r = reservation_paths(rn->context->root_fd, rn->old.name, &paths);

	for (size_t i = 0; i < paths.n; i++) {
		struct op *op = plan_add_own(&rn->plan, &op_reown, xstrdup(paths.v[i]), "reserved for this container");

		op->text = xstrdup(rn->new.name);
		op->before = xstrdup(rn->old.name);
	}
	return r;
}

/* Ours is not the administrator's. It has the container's name in it, and is written anew. */
static int add_dropins(struct rename *rn, const char *from, const char *to)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	int r = rootfd_list(rn->context->root_fd, from, WALK_ROOT, &names);

	for (size_t i = 0; i < names.n; i++)
		if (strcmp(names.v[i], HOST_DROPIN) != 0)
			plan_add_own(&rn->plan, &op_move, xasprintf("%s/%s", to, names.v[i]), "the administrator's")
				->source = xasprintf("%s/%s", from, names.v[i]);
	return r < 0 ? log_error_errno(r, "Cannot read directory '%s': %m", from) : 0;
}

/* The directory that has our drop-in, too, exists under its new name already. */
static int add_unit_dirs(struct rename *rn)
{
	_cleanup_(freep) char *unit = host_unit_path(rn->old.name), *dropins = xasprintf("%s.d", unit);
	_cleanup_(strv_done) struct strv dirs = { 0 };
	int r = unit_dirs_find(rn->context->root_fd, rn->old.name, &dirs);

	for (size_t i = 0; i < dirs.n && r == 0; i++) {
		_cleanup_(freep) char *parent = path_parent(dirs.v[i]);
		const char *rest = dirs.v[i] + strlen(parent) + 1 + strlen(rn->old.name);
		_cleanup_(freep) char *to = xasprintf("%s/%s%s", parent, rn->new.name, rest);

		if (strcmp(dirs.v[i], dropins) == 0)
			r = add_dropins(rn, dropins, to);
		else
			plan_add_own(&rn->plan, &op_move, steal_ptr(to), "the administrator's")->source =
				xstrdup(dirs.v[i]);
	}
	return r;
}

static int add_drop(struct rename *rn, const char *path, const char *reason)
{
	_cleanup_(freep) char *text = NULL;
	int r = rootfd_read(rn->context->root_fd, path, WALK_ROOT, UNIT_MAX, &text, NULL);

	if (r == 0)
		plan_add_own(&rn->plan, &op_drop, xstrdup(path), reason)->before = steal_ptr(text);
	return r < 0 && r != -ENOENT ? log_error_errno(r, "Cannot read '%s': %m", path) : 0;
}

/* Removes the old units, and last the record by which they are found. */
static int add_end(struct rename *rn)
{
	_cleanup_(freep) char *unit = host_unit_name(rn->old.name);
	_cleanup_(plan_done) struct plan units = { 0 };
	int r = 0;

	generated_add_units(&units, &rn->old);
	if (rn->enabled)
		plan_add_own(&rn->plan, &op_disable, xstrdup(unit), "the old name's");
	for (size_t i = 0; r == 0 && i < units.n; i++)
		r = add_drop(rn, units.ops[i].path, "the old name's");
	plan_add_own(&rn->plan, &op_reload, xstrdup(HOST_UNIT_DIR), "systemd has read the old units");
	if (r == 0)
		plan_add_own(&rn->plan, &op_drop, record_path(rn->old.name), "the old name's; it is the last")->before =
			record_format(&rn->old);
	return r;
}

/* All that makes the container complete under its new name. */
static int compose_new(struct rename *rn, int tree_fd)
{
	struct op *op;
	int r;

	if (!rn->resumed)
		add_record(rn, &rn->new, false, RECORD_ARRIVING, rn->old.name, "marks the container as unfinished");
	if (rn->old.state == RECORD_READY)
		add_record(rn, &rn->old, true, RECORD_LEAVING, rn->new.name, "the old name's, so that nothing uses it");
	r = add_reservations(rn);
	if (r < 0)
		return r;
	change_tree(tree_fd, &rn->old, &rn->new, &rn->plan);
	op = plan_add_own(&rn->plan, &op_carry, xstrdup(rn->new.path), "what is kept for the container");
	op->text = xstrdup(rn->new.name);
	op->before = xstrdup(rn->old.name);
	r = change_units(rn->context->root_fd, &rn->new, &rn->plan);
	if (r == 0)
		r = add_unit_dirs(rn);
	if (r < 0)
		return r;
	if (!rn->moved)
		plan_add_own(&rn->plan, &op_move, xstrdup(rn->new.path), "the container's directory")->source =
			xstrdup(rn->old.path);
	add_record(rn, &rn->new, true, RECORD_READY, "", "describes the container");
	return 0;
}

/* Once it is complete, it may have been started and changed under its new name. */
static int compose(struct rename *rn, int tree_fd)
{
	int r = rn->resumed && rn->new.state == RECORD_READY ? 0 : compose_new(rn, tree_fd);

	if (r < 0)
		return r;
	if (rn->enabled)
		plan_add_own(&rn->plan, &op_enable, host_unit_name(rn->new.name), "it starts at boot, as before");
	return add_end(rn);
}

/* The new name has to be free, unless the same command has been here. */
static int check_free(struct rename *rn, const char *to)
{
	_cleanup_(freep) char *path = record_path(to);
	_cleanup_(record_done) struct record other = { 0 };
	int r;

	if (exists(rn, path)) {
		r = record_load(rn->context->root_fd, to, &other);
		if (r < 0)
			return r;
		rn->resumed = strcmp(other.uuid, rn->old.uuid) == 0;
		mark(&rn->new, other.state, other.other);
		if (!rn->resumed)
			return log_error_errno(-EEXIST, "Container '%s' already exists; choose another name.", to);
	} else if (orphans_check_name(rn->context, to, rn->new.path) < 0) {
		return -EEXIST;
	}
	rn->moved = exists(rn, rn->new.path);
	if (rn->moved && exists(rn, rn->old.path))
		return log_error_errno(-EEXIST, "Directory '%s' already exists; move it away, or choose another name.",
				       rn->new.path);
	return 0;
}

static int check_stopped(const struct rename *rn, struct sd_bus *bus)
{
	_cleanup_(freep) struct unit_state *states = NULL;
	_cleanup_(strv_done) struct strv names = { 0 };
	int r;

	strv_add(&names, rn->old.name);
	r = jobs_states(bus, &names, &states);
	if (r < 0)
		return r;
	if (unit_is_at_rest(&states[0]))
		return 0;
	return log_error_errno(-EBUSY,
			       "Container '%s' is running, and can be renamed only while it is stopped; "
			       "'virt-sandbox-service stop %s' stops it.",
			       rn->old.name, rn->old.name);
}

static void fill_new(struct rename *rn, const char *to)
{
	_cleanup_(freep) char *dir = path_parent(rn->old.path);

	record_copy(&rn->old, &rn->new);
	free(rn->new.name);
	free(rn->new.path);
	rn->new.name = xstrdup(to);
	rn->new.path = xasprintf("%s/%s", dir, to);
	mark(&rn->new, RECORD_READY, "");
}

/* A command that was killed may have removed the last drop-in, and not its directory. */
static void remove_dropins(const struct rename *rn)
{
	_cleanup_(freep) char *unit = host_unit_path(rn->old.name), *path = xasprintf("%s.d", unit);
	const char *name;
	_cleanup_(closep) int dir = rootfd_parent(rn->context->root_fd, path, WALK_ROOT, &name);

	if (dir >= 0)
		unlinkat(dir, name, AT_REMOVEDIR); /* fails if there is still something in it */
}

/* Removes what is left under the old name. */
static void clean_up(const struct rename *rn, struct sd_bus *bus)
{
	_cleanup_(freep) char *unit = host_unit_name(rn->old.name), *allow = allow_path(rn->old.name);

	record_drop_beside(rn->context->root_fd, rn->old.path);
	remove_dropins(rn);
	atomic_file_remove(rn->context->root_fd, allow); /* each start writes it */
	systemd_reset_failed(bus, unit);
}

static int apply(struct rename *rn, struct sd_bus *bus, int tree_fd)
{
	_cleanup_(signals_done) struct signals signals = { .fd = -1 };
	struct host host = HOST_INIT(rn->context->root_fd);
	int r = signals_begin(&signals);

	if (r < 0)
		return log_error_errno(r, "Cannot wait for signals: %m");
	host.tree_fd = tree_fd;
	host.file_context = rn->old.file_context;
	r = plan_apply(&rn->plan, &host);
	if (r == 0)
		clean_up(rn, bus);
	if (r == -EINTR && !rn->resumed)
		log_error("Interrupted; container '%s' has its old name.", rn->old.name);
	else if (r == -EUCLEAN || (r < 0 && rn->resumed))
		log_error("Container '%s' is only partly renamed; the same command again completes it.", rn->old.name);
	return r;
}

static int rename_locked(struct rename *rn, const char *to)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(freep) char *unit = host_unit_name(rn->old.name);
	_cleanup_(closep) int tree = -1;
	int r = systemd_connect(&bus);

	fill_new(rn, to);
	if (r == 0 && !*rn->new.hostname && !value_is_hostname(to))
		r = log_error_errno(-EINVAL,
				    "'%s' is not a valid host name; 'virt-sandbox-service set --hostname=NAME %s' "
				    "gives the container another one first.",
				    to, rn->old.name);
	if (r == 0)
		r = check_free(rn, to);
	if (r == 0)
		r = check_stopped(rn, bus);
	if (r == 0)
		r = systemd_is_enabled(bus, unit);
	if (r < 0)
		return r;
	rn->enabled = r > 0;
	tree = place_open_tree(rn->context->root_fd, rn->moved ? rn->new.path : rn->old.path, true);
	r = tree < 0 ? tree : compose(rn, tree);
	if (r < 0)
		return r;
	plan_warn(&rn->plan);
	if (rn->dry_run) {
		plan_show(&rn->new, &rn->plan, rn->json, false);
		return 0;
	}
	r = apply(rn, bus, tree);
	if (r < 0)
		return r;
	if (!rn->context->quiet)
		printf("Renamed container '%s' to '%s'\n", rn->old.name, rn->new.name);
	return 0;
}

/* Locks are taken in the order of the names. */
static int rename_container(struct rename *rn, const char *from, const char *to)
{
	_cleanup_(lock_done) struct lock lock = LOCK_INIT, other = LOCK_INIT;
	bool first = strcmp(to, from) < 0;
	int root_fd = rn->context->root_fd, r = record_check_name(to);

	if (r == 0 && first)
		r = lock_container(root_fd, to, &other);
	if (r == 0)
		r = container_open(root_fd, from, OPEN_ANY, &lock, &rn->old);
	if (r == 0 && (rn->old.state != RECORD_LEAVING || strcmp(rn->old.other, to) != 0))
		r = container_check_ready(&rn->old);
	if (r == 0)
		r = container_check_upgraded(root_fd, from);
	if (r == 0 && !first)
		r = lock_container(root_fd, to, &other);
	return r < 0 ? r : rename_locked(rn, to);
}

#define INTO(member) offsetof(struct rename, member)
static const struct verb_option options[] = {
	{ "dry-run", 'n', NULL, "print what would be done, and do nothing", verb_take_flag, INTO(dry_run) },
	{ "json", 0, NULL, "with --dry-run: print it as JSON", verb_take_flag, INTO(json) },
	{ 0 },
};
#undef INTO

static int run(const struct context *context, int argc, char **argv)
{
	_cleanup_(rename_done) struct rename rn = { .context = context };
	int r = verb_parse(&cmd_rename, argc, argv, &rn);

	if (r)
		return r;
	if (optind + 2 != argc)
		return verb_usage(&cmd_rename, "give the name of a container, and its new name");
	if (strcmp(argv[optind], argv[optind + 1]) == 0)
		return verb_usage(&cmd_rename, "give two different names");
	if (rn.json && !rn.dry_run)
		return verb_usage(&cmd_rename, "--json works only with --dry-run");
	return verb_need_root(&cmd_rename) < 0 || rename_container(&rn, argv[optind], argv[optind + 1]) < 0;
}

const struct verb cmd_rename = {
	.name = "rename",
	.synopsis = "[OPTION...] NAME NEWNAME",
	.help = "Give a container another name",
	.options = options,
	.run = run,
};
