/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container is changed from the record that it had to the record that it gets, so what is there already is left
 * alone, and an adopt that was cut short is completed by the next one. */
#include "archive/adopt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/atomic-file.h"
#include "base/interface.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "container/lock.h"
#include "container/open.h"
#include "container/paths.h"
#include "container/places.h"
#include "container/record-file.h"
#include "container/record-text.h"
#include "container/reservation.h"
#include "container/state-dirs.h"
#include "create/allocate.h"
#include "create/change.h"
#include "create/identity.h"
#include "create/plan-json.h"
#include "systemd/manager.h"

/* Whether the container of the record was moved to 'path': it is no longer where it was, and no record beside 'path'
 * says that this is another container. */
static bool is_moved(const struct context *context, const struct record *record, const char *path)
{
	_cleanup_(freep) char *file = record_path_beside(path);
	_cleanup_(record_done) struct record beside = { 0 };
	struct stat st;

	if (rootfd_lstat(context->root_fd, record->path, WALK_ROOT, &st) != -ENOENT)
		return false;
	return rootfd_lstat(context->root_fd, file, WALK_ROOT, &st) == -ENOENT ||
	       (record_load_beside(context->root_fd, path, &beside) == 0 && strcmp(beside.uuid, record->uuid) == 0);
}

/* The record in RECORD_DIR or, if there is none, the one beside the directory. '*ret_from' is where a container was
 * that was moved to 'path', or NULL. */
static int find_record(const struct context *context, const char *name, const char *path, struct record *ret,
		       bool *ret_had, char **ret_from)
{
	_cleanup_(freep) char *file = record_path(name);
	struct stat st;
	int r;

	*ret_had = rootfd_lstat(context->root_fd, file, WALK_ROOT, &st) == 0;
	if (!*ret_had)
		return record_load_beside(context->root_fd, path, ret);
	r = record_load(context->root_fd, name, ret);
	if (r < 0 || strcmp(ret->path, path) == 0)
		return r;
	if (is_moved(context, ret, path)) {
		*ret_from = ret->path;
		ret->path = xstrdup(path);
		return 0;
	}
	log_error("Container '%s' already exists, in '%s'; rename one of the two first.", name, ret->path);
	record_done(ret);
	return -EEXIST;
}

/* What runs has the level, the ids and the addresses with which it was started. */
static int check_at_rest(const struct context *context, const char *name)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(strv_done) struct strv units = { 0 };
	struct unit_state state;
	int r = context->on_host ? systemd_connect(&bus) : 0;

	if (!bus)
		return r;
	strv_take(&units, host_unit_name(name));
	r = systemd_list(bus, HOST_UNITS, &units, &state);
	if (r < 0 || unit_is_at_rest(&state))
		return r;
	return log_error_errno(-EBUSY,
			       "Container '%s' is running; 'systemctl stop %s' stops it. It can be adopted then.", name,
			       units.v[0]);
}

/* What the record says and this container does not have is free, or the problem is told. */
static int check_ids(const struct context *context, const struct record *record, struct strv *problems)
{
	_cleanup_(freep) char *base = xasprintf("%u", record->uid_base);
	_cleanup_(freep) char *owner = NULL;
	int r;

	if (!record->uid_base || reservation_owner(context->root_fd, RESERVE_IDS, base, &owner) == 0)
		return 0;
	r = allocate_base_is_free(context->root_fd, record->uid_base);
	if (r == 0)
		strv_addf(problems, "Ids from %u are those of users of this host.", record->uid_base);
	return r < 0 ? r : 0;
}

static void check_addresses(const struct context *context, const struct record *record, struct strv *problems)
{
	struct ipv4_range range;
	struct ipv6_range range6;

	for (size_t i = 0; i < record->nets.n; i++) {
		const struct net *net = &record->nets.v[i];
		_cleanup_(freep) char *address = ipv4_format(net->address.address);
		_cleanup_(freep) char *address6 = ipv6_format(&net->address6.address);

		if (!context->on_host || !net_is_ours(net) || net->dhcp || interface_range(NETWORK_BRIDGE, &range) < 0)
			continue;
		if (!ipv4_fits(&range, &net->address))
			strv_addf(problems, "Address '%s' is not one of this host's network '" NETWORK "'.", address);
		if (net->address6.prefix && (interface_range6(NETWORK_BRIDGE, &range6) < 0 ||
					     !ipv6_same_network(&range6.address, &net->address6.address)))
			strv_addf(problems, "Address '%s' is not one of this host's network '" NETWORK "'.", address6);
	}
}

/* Those that the administrator chose, or that are random. */
static void list_macs(const struct record *record, struct strv *ret)
{
	for (size_t i = 0; i < record->nets.n; i++)
		if (!net_mac_is_derived(&record->nets.v[i]))
			strv_add(ret, record->nets.v[i].mac);
}

static int check(const struct context *context, const struct record *record, struct strv *macs)
{
	_cleanup_(strv_done) struct strv problems = { 0 };
	int r;

	reservation_problems(context->root_fd, record, false, &problems);
	r = check_ids(context, record, &problems);
	check_addresses(context, record, &problems);
	list_macs(record, macs);
	for (size_t i = 0; i < problems.n; i++)
		log_error("%s", problems.v[i]);
	if (r == 0 && problems.n > 0)
		r = log_error_errno(
			-EEXIST,
			"Container '%s' cannot have what its record says on this host; with --new-identity, "
			"it gets what is free.",
			record->name);
	return r;
}

/* What the container becomes. Sentences about what it loses are appended to 'changes'. */
static int settle(const struct context *context, const struct adopt_options *o, unsigned int attempt,
		  struct record *record, struct strv *changes, struct strv *macs)
{
	const struct identity_rules rules = { .anew = true, .same = true, .trusted = true, .attempt = attempt };
	_cleanup_(freep) char *machine_id = NULL;

	if (!o->anew)
		return check(context, record, macs);
	return identity_settle(context, &rules, record, changes, macs, &machine_id);
}

static void tell(const struct context *context, const struct record *was, const struct record *record)
{
	if (!context->quiet)
		printf("Adopted container '%s' in %s\n", record->name, record->path);
	if (*record->file_context && strcmp(was->file_context, record->file_context) != 0)
		log_warn("The files of container '%s' have other labels; 'virt-sandbox-service relabel %s' changes "
			 "them.",
			 record->name, record->name);
}

/* Tries once. -EAGAIN if another command took it first. After a failure, this host has no record that it had not. */
static int attempt(const struct context *context, const struct adopt_options *o, int tree, const struct record *was,
		   bool had_record, unsigned int n)
{
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(plan_done) struct plan plan = { 0 };
	_cleanup_(strv_done) struct strv macs = { 0 };
	struct host host = HOST_INIT(context->root_fd);
	int r;

	record_copy(was, &record);
	r = settle(context, o, n, &record, &plan.warnings, &macs);
	if (r == 0)
		r = change_compose(context->root_fd, tree, was, &record, &macs, &plan);
	if (r == 0)
		r = change_finish(context->root_fd, &record, &macs, &plan);
	if (r < 0)
		return r;
	plan_warn(&plan);
	if (o->dry_run) {
		plan_show(&record, &plan, o->json, false);
		return 0;
	}
	host.tree_fd = tree;
	host.file_context = record.file_context;
	r = state_dirs_make(context->root_fd);
	if (r >= 0)
		r = plan_apply(&plan, &host);
	if (r < 0 && r != -EUCLEAN && !had_record) {
		_cleanup_(freep) char *path = record_path(record.name);

		atomic_file_remove(context->root_fd, path);
	}
	if (r == 0)
		tell(context, was, &record);
	return r;
}

int adopt(const struct context *context, const struct adopt_options *o)
{
	_cleanup_(lock_done) struct lock lock = LOCK_INIT;
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(freep) char *from = NULL;
	_cleanup_(closep) int tree = -1;
	bool had_record;
	const char *name = strrchr(o->path, '/') + 1;
	int r = record_check_name(name);

	if (r == 0)
		r = lock_container(context->root_fd, name, &lock);
	if (r < 0)
		return r;
	tree = place_open_tree(context->root_fd, o->path, true);
	if (tree < 0)
		return tree;
	r = find_record(context, name, o->path, &record, &had_record, &from);
	if (r == 0)
		r = container_check_ready(&record);
	if (r == 0)
		r = check_at_rest(context, name);
	if (r < 0)
		return r;
	r = -EAGAIN;
	for (unsigned int n = 0; n < ALLOCATE_ATTEMPTS && r == -EAGAIN; n++)
		r = attempt(context, o, tree, &record, had_record, n);
	if (r == 0 && from && !o->dry_run)
		record_drop_beside(context->root_fd, from);
	if (r == -EAGAIN)
		log_error("Other commands kept taking the level, the ids or the addresses; try again.");
	if (r == -EUCLEAN)
		log_error("Container '%s' is only partly adopted; the same command again completes it.", name);
	return r;
}
