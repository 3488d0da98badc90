/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* delete, forget: removes everything that create made, by the steps of a table; forget leaves the container's data; a
 * container that runs is refused or, with --force, stopped first. A step that has nothing to do succeeds. After an
 * error the other steps go on, and the first error is kept; the record is removed last, and only if all steps
 * succeeded. So delete can finish any create or delete that was cut short. Many containers are stopped at once, and
 * what takes time for each unit of the host is done once for all of them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "archive/orphans.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/rootfd.h"
#include "base/signals.h"
#include "cli/belongings.h"
#include "cli/cmds.h"
#include "cli/operands.h"
#include "cli/ops-live.h"
#include "cli/ops-rename.h"
#include "container/open.h"
#include "container/paths.h"
#include "container/places.h"
#include "container/port.h"
#include "container/record-file.h"
#include "container/record-text.h"
#include "container/staging.h"
#include "container/virt-client.h"
#include "create/plan-json.h"
#include "systemd/jobs.h"
#include "systemd/manager.h"

#define INTO(member) offsetof(struct operands, member)
static const struct verb_option options[] = {
	OPERANDS_ALL,
	{ "force", 'f', NULL, "first stop containers that run, instead of refusing them", verb_take_flag, INTO(force) },
	{ "yes", 'y', NULL, "with --all, do not ask on a terminal", verb_take_flag, INTO(yes) },
	OPERANDS_DRY_RUN,
	{ 0 },
};
#undef INTO

#define BATCH 64 /* containers, each with the descriptor of its lock */

struct deletion {
	struct belongings of;
	struct lock lock;
	bool runs; /* as far as we know */
	int r;	   /* the first error */
};

/* The containers that are deleted together. */
struct batch {
	const struct context *context;
	struct sd_bus *bus; /* NULL if there is no systemd that knows the containers */
	struct deletion v[BATCH];
	size_t n;
	struct progress *progress;
	size_t before; /* how many containers came before these */
	const struct operands *asked;
	bool keep; /* the data, for forget */
};

static void note(struct deletion *d, int r)
{
	if (d->r == 0)
		d->r = r;
}

/* While a container is renamed, some of it belongs to either name. */
static int check_whole(const struct deletion *d)
{
	const struct record *record = &d->of.record;
	_cleanup_(freep) char *path = NULL;
	_cleanup_(record_done) struct record other = { 0 };
	struct stat st;
	int r;

	if (record->state != RECORD_LEAVING && record->state != RECORD_ARRIVING)
		return 0;
	path = record_path(record->other);
	r = rootfd_lstat(d->of.root_fd, path, WALK_ROOT, &st);
	if (r == -ENOENT)
		return 0;
	r = record_load(d->of.root_fd, record->other, &other);
	return r < 0 || strcmp(other.uuid, record->uuid) != 0 ? r : container_check_ready(record);
}

static int check_writable(int dir, const char *path)
{
	if (dir >= 0 && faccessat(dir, ".", W_OK, AT_EACCESS) < 0)
		return log_error_errno(errno, "Cannot remove '%s': %m", path);
	return 0;
}

/* Checks, before anything is stopped or removed, that the disk has not become read-only, and that the way to the
 * container's directory is still safe. */
static int check_removable(const struct deletion *d)
{
	_cleanup_(freep) char *record = record_path(d->of.name);
	_cleanup_(freep) char *unit = host_unit_path(d->of.name);
	const char *name;
	_cleanup_(closep) int records = rootfd_parent(d->of.root_fd, record, WALK_ROOT, &name);
	_cleanup_(closep) int units = rootfd_parent(d->of.root_fd, unit, WALK_ROOT, &name);
	_cleanup_(closep) int place = place_open_parent(d->of.root_fd, d->of.record.path, &name);
	int r = place < 0 && place != -ENOENT ? place : check_writable(records, record);

	if (r == 0)
		r = check_writable(units, unit);
	return r < 0 ? r : check_writable(place, d->of.record.path);
}

/* The ports' units stop together with the container; this makes sure that they have stopped, and that systemd forgets
 * their failures. */
static void stop_ports(struct sd_bus *bus, struct deletion *d)
{
	_cleanup_(strv_done) struct strv units = { 0 };
	const struct systemd_jobs jobs = { .job = SYSTEMD_STOP, .units = &units };
	int signal, r;

	for (size_t i = 0; i < d->of.port_units.n; i++)
		strv_add(&units, strrchr(d->of.port_units.v[i], '/') + 1);
	if (units.n == 0)
		return;
	r = systemd_run_jobs(bus, &jobs, &signal);
	if (r == -EINTR)
		signals_die(signal);
	note(d, r);
	for (size_t i = 0; i < units.n; i++)
		note(d, systemd_reset_failed(bus, units.v[i]));
}

static void stop_units(struct batch *b)
{
	_cleanup_(strv_done) struct strv units = { 0 };
	int results[BATCH], signal, r;
	const struct systemd_jobs jobs = { .job = SYSTEMD_STOP, .units = &units, .results = results };

	for (size_t i = 0; i < b->n; i++)
		strv_take(&units, host_unit_name(b->v[i].of.name));
	r = systemd_run_jobs(b->bus, &jobs, &signal);
	if (r == -EINTR)
		signals_die(signal);
	for (size_t i = 0; i < b->n; i++) {
		struct deletion *d = &b->v[i];

		d->runs = results[i] < 0;
		if (!d->runs)
			staging_clear(d->of.name); /* the unit does this itself, unless it was killed */
		note(d, results[i]);
		if (b->keep && systemd_is_enabled(b->bus, units.v[i]) > 0)
			log_warn("Container '%s' no longer starts when the host boots; once it is adopted, "
				 "'virt-sandbox-service enable %s' makes it do so again.",
				 d->of.name, d->of.name);
		note(d, systemd_enable(b->bus, units.v[i], false));
		note(d, systemd_reset_failed(b->bus, units.v[i]));
		stop_ports(b->bus, d);
	}
}

static void end(struct deletion *d)
{
	belongings_done(&d->of);
	lock_done(&d->lock);
}

/* Removes the containers that failed from the batch. Returns the first error. */
static int leave_out_failed(struct batch *b)
{
	size_t good = 0;
	int r = 0;

	for (size_t i = 0; i < b->n; i++) {
		if (b->v[i].r == 0) {
			b->v[good++] = b->v[i];
			continue;
		}
		r = r ? r : b->v[i].r;
		end(&b->v[i]);
	}
	b->n = good;
	return r;
}

/* A reload takes time for every unit of the host, so it is done only if necessary. */
static void forget_units(struct batch *b)
{
	_cleanup_(strv_done) struct strv units = { 0 };
	struct unit_state states[BATCH];
	bool loaded = false;
	int r;

	for (size_t i = 0; i < b->n; i++)
		strv_take(&units, host_unit_name(b->v[i].of.name));
	r = systemd_list(b->bus, HOST_UNITS, &units, states);
	for (size_t i = 0; r == 0 && i < b->n; i++)
		loaded |= strcmp(states[i].load, "loaded") == 0;
	if (loaded)
		r = systemd_reload(b->bus);
	for (size_t i = 0; i < b->n; i++)
		note(&b->v[i], r);
}

/* systemctl takes no lock, so a container may still be started after this, and is then stopped. */
static void refuse_running(struct batch *b)
{
	_cleanup_(strv_done) struct strv units = { 0 };
	struct unit_state states[BATCH];
	int r;

	if (b->asked->force)
		return;
	for (size_t i = 0; i < b->n; i++)
		strv_take(&units, host_unit_name(b->v[i].of.name));
	r = systemd_list(b->bus, HOST_UNITS, &units, states);
	for (size_t i = 0; i < b->n; i++) {
		if (r == 0 && !unit_is_at_rest(&states[i]))
			note(&b->v[i],
			     log_error_errno(-EBUSY,
					     "Container '%s' is running; stop it first, or let 'virt-sandbox-service "
					     "%s --force %s' do so.",
					     b->v[i].of.name, b->keep ? "forget" : "delete", b->v[i].of.name));
		note(&b->v[i], r);
	}
}

/* A series of steps with 'each' is done for one container after the other. */
static const struct step {
	const char *name, *reason;
	void (*all)(struct batch *b); /* for all containers together; only if their systemd runs */
	const struct belonging *each; /* that is removed */
	enum {
		MUST = 1, /* if it fails for a container, that container is left as it is */
		DATA,	  /* forget leaves it out */
		LAST,	  /* only if all steps before succeeded */
	} flag;
} steps[] = {
	{ "refuse those that run", "unless --force was given, the administrator may have meant another one",
	  refuse_running, NULL, MUST },
	{ "stop the units", "a running container must keep its files", stop_units, NULL, MUST },
	{ "remove the units", "nothing is to start them", NULL, &own_units, 0 },
	{ "remove the administrator's drop-ins", "they would apply to the next container of this name", NULL,
	  &own_unit_dirs, DATA },
	{ "stop the units again", "systemctl takes no lock, so one may have been started or enabled meanwhile",
	  stop_units, NULL, 0 },
	{ "make systemd forget the units",
	  "it keeps those that other units refer to, and would warn about the next ones of this name", forget_units,
	  NULL, 0 },
	{ "remove its limit on the disk", "the file system keeps it otherwise", NULL, &own_limit, 0 },
	{ "remove the directory", "nothing runs in it now", NULL, &own_tree, DATA },
	{ "remove the record beside it", "it is for adopting the directory", NULL, &own_beside, DATA },
	{ "remove the snapshots", "they lie beside the directory", NULL, &own_snapshots, DATA },
	{ "remove the list of allowed units", "each start writes it", NULL, &own_allowed, 0 },
	{ "remove what it was given", "upgrades compare with it", NULL, &own_given, DATA },
	{ "release what is reserved", "other containers may have it now", NULL, &own_reserved, 0 },
	{ "remove the record", "the rest is found by it", NULL, &own_record, LAST },
};

static void tell(const struct step *step, const char *name)
{
	log_info("Container '%s': %s (%s).", name, step->name, step->reason);
}

/* Does the steps from 'first' up to 'end', but not for containers that still run: they keep their files. */
static void do_each(struct batch *b, const struct step *first, const struct step *end)
{
	for (size_t i = 0; i < b->n; i++) {
		struct deletion *d = &b->v[i];

		if (end == steps + ARRAY_SIZE(steps))
			progress_show(b->progress, b->before + i);
		for (const struct step *step = first; step < end && !d->runs; step++) {
			if ((b->keep && step->flag == DATA) || (d->r < 0 && step->flag == LAST))
				continue;
			tell(step, d->of.name);
			note(d, step->each->remove(&d->of));
		}
	}
}

/* Does all steps. Returns the first error. */
static int do_steps(struct batch *b)
{
	const struct step *step = steps, *end = steps + ARRAY_SIZE(steps);
	int r = 0, e;

	while (step < end && b->n > 0) {
		const struct step *first = step++;

		if (first->each) {
			while (step < end && step->each)
				step++;
			do_each(b, first, step);
			continue;
		}
		if (!b->bus)
			continue;
		for (size_t i = 0; i < b->n; i++)
			tell(first, b->v[i].of.name);
		first->all(b);
		e = first->flag == MUST ? leave_out_failed(b) : 0;
		r = r ? r : e;
	}
	log_line(NULL);
	e = leave_out_failed(b);
	return r ? r : e;
}

/* What do_steps() would do for one container. */
static int compose(const struct batch *b, const struct deletion *d, struct plan *plan)
{
	_cleanup_(strv_done) struct strv units = { 0 };
	struct unit_state state;
	int r = 0;

	strv_take(&units, host_unit_name(d->of.name));
	if (b->bus)
		r = systemd_list(b->bus, HOST_UNITS, &units, &state);
	if (b->bus && r == 0 && !unit_is_at_rest(&state))
		plan_add_own(plan, &op_stop, xstrdup(units.v[0]), "the container is running");
	if (b->bus && r == 0 && systemd_is_enabled(b->bus, units.v[0]) > 0)
		plan_add_own(plan, &op_disable, xstrdup(units.v[0]), "it starts at boot");
	for (const struct step *step = steps; r == 0 && step < steps + ARRAY_SIZE(steps); step++) {
		_cleanup_(strv_done) struct strv paths = { 0 };
		struct stat st;

		if (!step->each || !step->each->find || (b->keep && step->flag == DATA))
			continue;
		r = step->each->find(&d->of, &paths);
		for (size_t i = 0; i < paths.n; i++)
			if (rootfd_lstat(d->of.root_fd, paths.v[i], WALK_ROOT, &st) == 0)
				plan_add_own(plan, step->each->kind, xstrdup(paths.v[i]), step->each->what);
	}
	return r;
}

/* For a dry run. */
static int show_steps(struct batch *b)
{
	int r = 0;

	if (b->bus)
		refuse_running(b);
	r = leave_out_failed(b);
	for (size_t i = 0; i < b->n; i++) {
		_cleanup_(plan_done) struct plan plan = { 0 };
		int e = compose(b, &b->v[i], &plan);

		if (e == 0)
			plan_show(&b->v[i].of.record, &plan, b->asked->json, false);
		r = r ? r : e;
	}
	return r;
}

/* With what is forgotten, the container can be adopted again. */
static int keep_record(const struct deletion *d, bool dry_run)
{
	_cleanup_(freep) char *text = record_format(&d->of.record);
	int r = container_check_ready(&d->of.record);

	return r < 0 || dry_run ? r : record_keep(d->of.root_fd, d->of.name, text);
}

static void list_port_units(struct deletion *d)
{
	for (size_t i = 0; i < d->of.record.ports.n; i++) {
		if (!d->of.record.ports.v[i].proxy)
			continue;
		strv_take(&d->of.port_units, port_unit_path(d->of.name, &d->of.record.ports.v[i], "socket"));
		strv_take(&d->of.port_units, port_unit_path(d->of.name, &d->of.record.ports.v[i], "service"));
	}
}

/* Begins with what there is of a container without a record. 1 if there is something, else 0; or -errno after a
 * message. */
static int begin_orphan(const struct context *context, struct deletion *d, bool force)
{
	_cleanup_(orphans_done) struct orphans orphans = { 0 };
	_cleanup_(freep) char *record = record_path(d->of.name), *unit = host_unit_path(d->of.name);
	struct stat st;
	int r = lock_container(d->of.root_fd, d->of.name, &d->lock);

	if (r < 0 || rootfd_lstat(d->of.root_fd, record, WALK_ROOT, &st) == 0)
		return r;
	r = orphans_find(context, d->of.name, &orphans);
	if (r < 0 || orphans.n == 0)
		return r;
	for (size_t i = 0; i < orphans.n; i++) {
		const struct orphan *o = &orphans.v[i];

		if ((o->kind == ORPHAN_DIRECTORY || o->kind == ORPHAN_IMAGE || o->kind == ORPHAN_SNAPSHOTS) && !force)
			return log_error_errno(-EEXIST,
					       "This host has no record of container '%s', but data of it, '%s'; "
					       "'virt-sandbox-service adopt' makes a container of a directory again, "
					       "and 'delete --force' removes it.",
					       d->of.name, o->path);
		if (o->kind == ORPHAN_UNIT && strcmp(o->path, unit) != 0)
			strv_add(&d->of.port_units, o->path);
	}
	d->of.record.name = xstrdup(d->of.name);
	d->of.record.path = xasprintf(CONTAINERS_DIR "/%s", d->of.name);
	return 1;
}

static void begin(struct deletion *d, const struct batch *b)
{
	d->r = record_check_name(d->of.name);
	if (d->r == 0 && !b->keep) {
		d->r = begin_orphan(b->context, d, b->asked->force);
		if (d->r <= 0)
			lock_done(&d->lock);
	}
	if (d->r == 0) {
		d->r = container_open(d->of.root_fd, d->of.name, OPEN_ANY, &d->lock, &d->of.record);
		if (d->r == 0)
			d->r = check_whole(d);
		if (d->r == 0)
			list_port_units(d);
	}
	if (d->r >= 0)
		d->r = check_removable(d);
	if (d->r == 0 && b->keep)
		d->r = keep_record(d, b->asked->dry_run);
}

/* Returns 0 if all are gone, or the first error. Adds to *gone how many are gone. */
static int delete_batch(const struct batch *how, char *const *names, size_t n, size_t *gone)
{
	const struct context *context = how->context;
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	struct batch b = *how;
	int r = 0, e = 0;

	b.n = n;
	for (size_t i = 0; i < n; i++) {
		b.v[i] =
			(struct deletion){ .of = { .root_fd = context->root_fd, .name = names[i] }, .lock = LOCK_INIT };
		begin(&b.v[i], &b);
	}
	r = leave_out_failed(&b);
	if (b.n > 0 && context->on_host)
		e = systemd_connect(&bus);
	b.bus = bus;
	if (e == 0)
		e = b.asked->dry_run ? show_steps(&b) : do_steps(&b);
	*gone += b.n;
	for (size_t i = 0; i < b.n; i++)
		end(&b.v[i]);
	return r ? r : e;
}

/* Whether the administrator wants all of them gone. A script cannot be asked, and has said so. */
static bool is_sure(const struct operands *o)
{
	char answer[8] = "";

	if (!o->all || o->yes || o->dry_run || o->names.n == 0 || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return true;
	fprintf(stderr, "Delete all %zu containers of this host, with their data? [y/N] ", o->names.n);
	if (!fgets(answer, sizeof(answer), stdin))
		fputc('\n', stderr);
	answer[strcspn(answer, "\n")] = '\0';
	return strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0;
}

static int run_steps(const struct context *context, const struct operands *o, const char *word, bool keep)
{
	_cleanup_(freep) char *nothing = NULL;
	struct progress progress;
	struct batch how = { .context = context, .asked = o, .progress = &progress, .keep = keep };
	size_t gone = 0;
	int status = 0;

	progress_begin(&progress, word, o->names.n);
	for (; how.before < o->names.n; how.before += BATCH) {
		size_t left = o->names.n - how.before;

		if (delete_batch(&how, o->names.v + how.before, left < BATCH ? left : BATCH, &gone) < 0)
			status = 1;
	}
	/* A stop removes its walls, but setup may have put those of a container that never ran. */
	if (how.context->on_host && gone > 0 && !o->dry_run)
		virt_client_run(how.context->connect, "walls-tidy", NETWORK, &nothing);
	return status;
}

/* Stores the names in the order in which locks are taken. 0, or the exit status. */
static int read_names(const struct verb *verb, const struct context *context, int argc, char **argv, struct operands *o)
{
	int status = operands_read(verb, context, argc, argv, o);

	if (status)
		return status;
	if (o->json && !o->dry_run)
		return verb_usage(verb, "--json works only with --dry-run");
	if (o->names.n > 0)
		strv_sort_unique(&o->names);
	return verb_need_root(verb) < 0;
}

static int run_delete(const struct context *context, int argc, char **argv)
{
	_cleanup_(operands_done) struct operands o = { 0 };
	int status = read_names(&cmd_delete, context, argc, argv, &o);

	if (status)
		return status;
	if (!is_sure(&o)) {
		log_error("Nothing was deleted.");
		return 1;
	}
	return run_steps(context, &o, "Deleting", false);
}

const struct verb cmd_delete = {
	.name = "delete",
	.aliases = { "rm" },
	.synopsis = "[OPTION...] NAME... | --all",
	.help = "Remove containers and everything that belongs to them",
	.options = options,
	.run = run_delete,
	.any_root = true,
};

#define INTO(member) offsetof(struct operands, member)
static const struct verb_option forget_options[] = {
	OPERANDS_ALL,
	{ "force", 'f', NULL, "first stop containers that run, instead of refusing them", verb_take_flag, INTO(force) },
	OPERANDS_DRY_RUN,
	{ 0 },
};
#undef INTO

static int run_forget(const struct context *context, int argc, char **argv)
{
	_cleanup_(operands_done) struct operands o = { 0 };
	int status = read_names(&cmd_forget, context, argc, argv, &o);

	return status ? status : run_steps(context, &o, "Forgetting", true);
}

const struct verb cmd_forget = {
	.name = "forget",
	.synopsis = "[OPTION...] NAME... | --all",
	.help = "Remove containers from this host, but not their data",
	.options = forget_options,
	.run = run_forget,
	.any_root = true,
};
