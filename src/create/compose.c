/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Composes the plan of a container. Operations are applied in this order: the record, marked as unfinished, so that
 * 'delete' works by its name whatever stops the program; reservations; the tree; the record again; and last the host
 * unit, with which the container can be started. The rules decide what is taken from the host's /etc and /var. */
#include "create/compose.h"

#include <string.h>

#include "container/live-places.h"
#include "container/mount-spec.h"
#include "container/paths.h"
#include "container/record-text.h"
#include "container/rights.h"
#include "container/root-layout.h"
#include "contents/rules.h"
#include "contents/symlinks.h"
#include "create/etc-files.h"
#include "create/generated.h"
#include "create/hardlinks.h"
#include "create/host-unit.h"
#include "create/ops.h"
#include "unit/unit-timeout.h"

static void set_owner(struct op *op, const struct entry *e, struct users *users)
{
	op->has_owner = e->target == NULL;
	op->mode = e->st.st_mode & 07777;
	op->mtime = e->st.st_mtim;
	op_give_owner(op, e->st.st_uid, e->st.st_gid, users);
}

static void add_entry(struct plan *plan, struct hardlinks *links, const struct entry *e, struct verdict verdict,
		      struct gathered *g)
{
	/* The path of the host under which the file is already in the plan, or NULL. */
	const char *found = entry_is_file(e) ? hardlinks_first(links, &e->st, e->path) : NULL;
	_cleanup_(freep) char *first = found ? live_own_path(&g->live, found) : NULL;
	char *path = live_own_path(&g->live, e->path);
	const struct op_kind *kind = S_ISDIR(e->st.st_mode)    ? &op_directory
				     : S_ISLNK(e->st.st_mode)  ? &op_link
				     : S_ISFIFO(e->st.st_mode) ? &op_fifo
				     : first		       ? &op_hardlink
							       : &op_file;
	struct op *op;

	if (strcmp(path, e->path) != 0)
		ops_need_parent(plan, path);
	op = plan_add(plan, kind, path);
	op->rule = verdict.rule;
	op->reason = verdict.reason;
	op->package = e->package ? xstrdup(e->package) : NULL;
	op->secret = e->holds ? e->holds : e->password ? "option" : e->closed ? "closed" : NULL;
	set_owner(op, e, &g->users);
	op->content = kind == &op_file ? e->content : NULL;
	op->source = kind == &op_fifo ? NULL : xstrdup(first ? first : e->target ? e->target : e->path);
}

/* What the host and the container share. */
static void add_live(struct plan *plan, const struct live_place *place)
{
	struct op *op;

	ops_need_parent(plan, place->path);
	op = plan_add(plan, &op_live, xstrdup(place->path));
	op->source = xstrdup(place->path);
	op->rule = "live";
	op->reason = place->reason;
}

/* Adds to what is left out, unless it is shared. If the directory itself is created, this stands for its remaining
 * content. */
static void leave(struct plan *plan, const struct entry *e, struct verdict verdict)
{
	bool whole = verdict.action == ACTION_LEAVE;

	if (verdict.live)
		return;
	plan_leave(plan, whole ? xstrdup(e->path) : xasprintf("%s/", e->path), verdict.rule, verdict.reason,
		   !whole	? NULL
		   : e->package ? e->package
				: e->outsider);
}

/* Adds what is taken from the host's /etc and /var, and what is left out. */
static void add_contents(struct plan *plan, const struct create_spec *spec, struct gathered *g)
{
	struct rule_context c = gathered_rules(g, spec->copy_var);
	_cleanup_(hardlinks_done) struct hardlinks links = { 0 };

	c.copy_keys |= spec->copy_keys;
	symlinks_settle(&g->files.entries, &c);
	for (size_t i = 0; i < g->files.entries.n; i++) {
		const struct entry *e = &g->files.entries.v[i];
		struct verdict verdict = rules_decide(e, &c);

		if (verdict.action != ACTION_LEAVE)
			add_entry(plan, &links, e, verdict, g);
		if (verdict.action == ACTION_LEAVE || e->has_more)
			leave(plan, e, verdict);
	}
	for (size_t i = 0; i < g->files.left.n; i++)
		leave(plan, &g->files.left.v[i], rules_decide(&g->files.left.v[i], &c));
	plan_sort_left(plan);
	for (size_t i = 0; i < g->live.n; i++)
		add_live(plan, live_place(g->live.v[i]));
}

/* Those that were asked for or that a unit names, and those without which nothing inside could ask for an address. */
static void choose_rights(const struct create_spec *spec, const struct gathered *g, struct record *record)
{
	const char *name;

	for (unsigned int i = 0; (name = right_name(RIGHT_CAPABILITY, i)); i++) {
		bool wanted = nets_dhcp(&record->nets) || strv_has(&spec->capabilities, name) ||
			      strv_has(&g->capabilities, name);
		struct rights right = { 0 };

		rights_parse(name, &right);
		for (size_t u = 0; u < g->n_units; u++)
			wanted |= strv_has(&g->units[u].capabilities, name) ||
				  (g->units[u].file_caps & right.capabilities);
		if (wanted)
			strv_add(&record->capabilities, name);
	}
	strv_add_all(&record->system_calls, &spec->system_calls);
	strv_add_all(&record->devices, &spec->devices);
}

/* The longest times of all units. The container is up before those that start later have started. */
static void choose_times(const struct gathered *g, struct record *record)
{
	for (size_t i = 0; i < g->n_units; i++) {
		uint32_t start = g->units[i].later ? 0 : unit_start_seconds(&g->units[i]);
		uint32_t stop = unit_stop_seconds(&g->units[i], UNIT_STOP_SECONDS);

		if (start > record->start_seconds)
			record->start_seconds = start;
		if (stop > record->stop_seconds)
			record->stop_seconds = stop;
	}
	if (record->stop_seconds == UNIT_STOP_SECONDS)
		record->stop_seconds = 0;
}

static void fill_record(const struct create_spec *spec, const struct gathered *g, const struct choice *choice,
			struct record *ret)
{
	*ret = (struct record){
		.name = xstrdup(spec->name),
		.uuid = xstrdup(choice->uuid),
		.path = xstrdup(spec->path),
		.hostname = xstrdup(spec->hostname ? spec->hostname : ""),
		.description = xstrdup(spec->description ? spec->description : ""),
		.package_manager = xstrdup(g->backend->name),
		.level = xstrdup(choice->level),
		.process_context = xstrdup(choice->process_context ? choice->process_context : ""),
		.file_context = xstrdup(choice->file_context ? choice->file_context : ""),
		.uid_base = choice->uid_base,
		.uid_count = choice->uid_base ? RECORD_ID_COUNT : 0,
		.host_access = spec->host_access,
	};
	mounts_copy(&spec->mounts, &ret->mounts);
	ports_copy(&spec->ports, &ret->ports);
	for (size_t i = 0; i < LIMITS; i++)
		ret->limits[i] = spec->limits[i];
	for (size_t i = 0; i < g->n_units; i++)
		if (g->units[i].part != UNIT_NEEDED)
			strv_add(&ret->units, g->units[i].id);
	strv_add_all(&ret->packages, &g->closure);
	strv_add_all(&ret->live, &g->live);
	strv_add_all(&ret->local, &g->local);
	choice_put_nets(choice, ret);
	choose_rights(spec, g, ret);
	choose_times(g, ret);
}

static void add_record(struct plan *plan, struct record *record, enum record_state state, const char *reason)
{
	struct op *op = plan_add_own(plan, &op_record, record_path(record->name), reason);

	record->state = state;
	op->text = record_format(record);
	op_give_root(op, 0644);
}

/* Each start creates missing mount points, but a target that cannot be created is noticed now. */
static void add_targets(struct plan *plan, const struct create_spec *spec)
{
	for (size_t i = 0; i < spec->mounts.n; i++) {
		if (spec->mounts.v[i].kind == MOUNT_GUEST)
			ops_need_directory(plan, spec->mounts.v[i].source);
		ops_need_directory(plan, spec->mounts.v[i].target);
	}
}

void compose_tree(struct plan *plan, const struct record *record, bool image)
{
	struct op *op = plan_add_own(plan, &op_tree, xstrdup(record->path),
				     image ? "the container's directory, in an image" : "the container's directory");

	if (image)
		op->text = limit_format(LIMIT_DISK, record->limits[LIMIT_DISK]);
	else
		ops_limit_disk(plan, NULL, record);
}

void compose_begin(struct plan *plan, struct record *record, const struct strv *macs, bool image)
{
	add_record(plan, record, RECORD_CREATING, "marks the container as unfinished");
	generated_add_reservations(plan, record, macs);
	compose_tree(plan, record, image);
}

void compose_root(struct plan *plan, const struct strv *links)
{
	for (const struct root_entry *e = root_layout; e->path; e++)
		if (root_is_created(e))
			op_give_root(plan_add_own(plan, &op_directory, xstrdup(e->path), e->reason), e->mode);
	for (size_t i = 0; i < links->n; i++) {
		const char *target = strchr(links->v[i], '=');
		char *name = xasprintf("/%.*s", (int)(target - links->v[i]), links->v[i]);

		plan_add_own(plan, &op_link, name, "links into /usr, as on the host")->source = xstrdup(target + 1);
	}
}

void compose_end(struct plan *plan, struct record *record, const char *sealed)
{
	plan_add_own(plan, &op_seal, xstrdup("/"), sealed);
	add_record(plan, record, RECORD_READY, "describes the container");
	generated_add_units(plan, record);
}

void compose(const struct create_spec *spec, struct gathered *g, const struct choice *choice, struct plan *ret_plan,
	     struct record *ret_record)
{
	struct plan plan = { 0 };

	fill_record(spec, g, choice, ret_record);
	compose_begin(&plan, ret_record, &choice->macs, spec->image);
	compose_root(&plan, &g->links);
	add_contents(&plan, spec, g);
	etc_files_add(&plan, g, choice, ret_record);
	add_targets(&plan, spec);
	compose_end(&plan, ret_record, "gives directories their times, and writes everything to disk");
	*ret_plan = plan;
}
