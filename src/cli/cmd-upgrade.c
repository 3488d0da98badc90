/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* upgrade: brings containers what the host's packages and administrator have changed since they got it. Containers are
 * upgraded in batches: all are examined; those that run and would change are stopped together, changed one by one, and
 * each is started as soon as it is changed. Those that took long to examine come last, so that a container that makes
 * that take long makes no other wait. One whose services do not come up then gets back what it had. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/text.h"
#include "cli/cmds.h"
#include "cli/operands.h"
#include "cli/upgrade-show.h"
#include "container/open.h"
#include "container/paths.h"
#include "container/record-file.h"
#include "container/record-value.h"
#include "systemd/jobs.h"
#include "systemd/manager.h"
#include "upgrade/upgrade.h"

#define BATCH 64 /* containers, each with the descriptors of its lock and its tree */

enum { STATUS_FAILED = 1, STATUS_CONFLICTS = 3 };

struct upgrade_options {
	struct operands o;
	bool dry_run, json, no_merge, undo;
	struct strv pin, unpin;
};

static char *take_path(const struct verb_option *option, const char *value, void *at)
{
	if (!value_is_path(value))
		return xstrdup("an absolute path without '..'");
	return verb_take_item(option, value, at);
}

#define INTO(member) offsetof(struct upgrade_options, member)
static const struct verb_option options[] = {
	{ "all", 0, NULL, "all containers of this host", verb_take_flag, INTO(o.all) },
	{ "dry-run", 'n', NULL, "print what would be done, and change nothing", verb_take_flag, INTO(dry_run) },
	{ "json", 0, NULL, "print JSON", verb_take_flag, INTO(json) },
	{ "no-merge", 0, NULL, "do not merge texts that both have changed", verb_take_flag, INTO(no_merge) },
	{ "pin", 0, "PATH", "from now on, leave the container's PATH alone", take_path, INTO(pin) },
	{ "undo", 0, NULL, "take back the last upgrade", verb_take_flag, INTO(undo) },
	{ "unpin", 0, "PATH", "no longer leave PATH alone", take_path, INTO(unpin) },
	{ 0 },
};
#undef INTO

struct one {
	const char *name;
	struct lock lock;
	struct record record;
	struct upgrade upgrade;
	struct undone undone;
	bool runs;    /* it did when we began */
	bool stopped; /* by us */
	bool tried;   /* to be changed */
	bool changed;
	uint64_t took; /* microseconds to examine it */
	int r;	       /* the first error */
};

struct batch {
	const struct context *context;
	const struct upgrade_options *asked;
	struct wanted_cache *cache;
	struct sd_bus *bus;
	struct one v[BATCH], *order[BATCH]; /* by name, and as they are changed */
	size_t n;
	struct signals signals; /* while they are changed */
	int signal;		/* that interrupted us, or 0 */
};

static void end(struct one *one)
{
	upgrade_done(&one->upgrade);
	undone_done(&one->undone);
	record_done(&one->record);
	lock_done(&one->lock);
}

/* Adds to the paths that upgrades leave alone, or removes from them. */
static int pin(const struct batch *b, struct record *record)
{
	const struct upgrade_options *asked = b->asked;

	if (asked->pin.n + asked->unpin.n == 0)
		return 0;
	for (size_t i = 0; i < asked->unpin.n; i++)
		strv_remove(&record->keep, asked->unpin.v[i]);
	strv_add_all_once(&record->keep, &asked->pin);
	return asked->dry_run ? 0 : record_rewrite(b->context->root_fd, record);
}

static int examine(const struct batch *b, struct one *one)
{
	upgrade_done(&one->upgrade);
	return upgrade_examine(b->context, &one->record, !b->asked->no_merge, NULL, b->cache, &one->upgrade);
}

static int undo(const struct batch *b, struct one *one)
{
	int r = upgrade_undo(b->context, &one->record, b->asked->dry_run, &one->undone);

	return r == -ENOENT ? log_error_errno(r, "Container '%s' has no upgrade to take back.", one->name) : r;
}

/* An upgrade that was cut short is taken back first, unless nothing is to be changed. */
static int begin(const struct batch *b, struct one *one)
{
	int r = container_open(b->context->root_fd, one->name, OPEN_READY, &one->lock, &one->record);

	if (r == 0 && !b->asked->dry_run && !b->asked->undo)
		r = upgrade_check_trust(&one->record);
	if (r == 0 && !b->asked->dry_run && !b->asked->undo) {
		r = upgrade_finish(b->context, &one->record);
		if (r > 0) {
			log_warn("An upgrade of container '%s' was interrupted, and has been taken back first.",
				 one->name);
			record_done(&one->record);
			r = record_load(b->context->root_fd, one->name, &one->record);
		}
	}
	if (r == 0)
		r = pin(b, &one->record);
	if (r < 0)
		return r;
	if (!b->asked->undo)
		return examine(b, one);
	return b->asked->dry_run ? undo(b, one) : 0;
}

static bool would_change(const struct batch *b, const struct one *one)
{
	return one->r == 0 &&
	       (b->asked->undo ? upgrade_can_undo(b->context, one->name) : upgrade_is_needed(&one->upgrade));
}

/* What a container that ran has changed until it stopped counts, too. */
static int apply(const struct batch *b, struct one *one)
{
	int r = 0;

	if (b->asked->undo) {
		r = undo(b, one);
		one->changed = r == 0;
		return r;
	}
	if (one->stopped)
		r = examine(b, one);
	one->changed = r == 0 && upgrade_is_needed(&one->upgrade);
	if (r == 0)
		r = upgrade_apply(&one->upgrade);
	if (r == -EINTR)
		log_error("Interrupted; container '%s' is as it was.", one->name);
	one->changed &= r == 0;
	return r;
}

/* After a signal, the others stay as they are. */
static void change(struct batch *b, struct one *one)
{
	one->tried = true;
	if (one->r == 0)
		one->r = b->signal || signals_pending() ? -EINTR : apply(b, one);
	if (one->r == -EINTR && !b->signal)
		b->signal = signals_take(&b->signals);
}

struct chosen {
	struct batch *batch;
	struct one *v[BATCH];
	size_t n;
};

static int change_chosen(void *data, size_t i)
{
	struct chosen *chosen = data;
	struct batch *b = chosen->batch;
	struct one *one = chosen->v[i];

	change(b, one);
	/* Its unit may have been written anew, and systemd starts what it has read. */
	if (one->changed && (b->asked->undo || one->upgrade.changes_record))
		systemd_reload(b->bus);
	return 0;
}

/* Does a job for the units of those that 'which' chooses, before which they are changed if 'changes'. If it fails for
 * one, this is its error. Returns a signal that ended the waiting for changed ones, or 0. */
static int run_jobs(struct batch *b, enum systemd_job job, bool (*which)(const struct batch *b, const struct one *one),
		    bool changes)
{
	_cleanup_(strv_done) struct strv units = { 0 };
	struct chosen chosen = { .batch = b };
	int results[BATCH], signal, r;
	const struct systemd_jobs jobs = { .job = job,
					   .units = &units,
					   .results = results,
					   .before = changes ? change_chosen : NULL,
					   .data = &chosen };

	for (size_t i = 0; i < b->n; i++)
		if (which(b, b->order[i])) {
			strv_take(&units, host_unit_name(b->order[i]->name));
			chosen.v[chosen.n++] = b->order[i];
		}
	if (chosen.n == 0)
		return 0;
	r = systemd_run_jobs(b->bus, &jobs, &signal);
	if (r == -EINTR && changes)
		return signal;
	if (r == -EINTR && job == SYSTEMD_STOP)
		log_error(
			"Nothing was upgraded; 'virt-sandbox-service start' starts the containers that were stopped.");
	if (r == -EINTR)
		signals_die(signal);
	for (size_t i = 0; i < chosen.n; i++) {
		struct one *one = chosen.v[i];

		one->stopped = job == SYSTEMD_STOP ? results[i] == 0 : one->stopped && results[i] < 0;
		if (one->r == 0)
			one->r = results[i];
	}
	return 0;
}

static bool is_to_stop(const struct batch *b, const struct one *one)
{
	return one->runs && would_change(b, one);
}

static bool is_to_start(const struct batch *b, const struct one *one)
{
	(void)b;
	return one->stopped;
}

static int find_running(struct batch *b)
{
	_cleanup_(strv_done) struct strv units = { 0 };
	struct unit_state states[BATCH];
	int r;

	if (!b->bus)
		return 0;
	for (size_t i = 0; i < b->n; i++)
		strv_take(&units, host_unit_name(b->v[i].name));
	r = systemd_list(b->bus, HOST_UNITS, &units, states);
	for (size_t i = 0; r == 0 && i < b->n; i++)
		b->v[i].runs = !unit_is_at_rest(&states[i]);
	return r;
}

/* Those that run before those that do not, because somebody waits for them. */
static int apply_all(struct batch *b)
{
	int r = signals_begin(&b->signals), signal;

	if (r < 0)
		return log_error_errno(r, "Cannot wait for signals: %m");
	signal = run_jobs(b, SYSTEMD_START, is_to_start, true);
	if (signal) {
		b->signal = signal;
		run_jobs(b, SYSTEMD_START, is_to_start, false); /* those that are still to be started, too */
	}
	for (size_t i = 0; i < b->n; i++)
		if (!b->order[i]->tried)
			change(b, b->order[i]);
	if (!b->signal)
		b->signal = signals_take(&b->signals);
	signals_done(&b->signals);
	return 0;
}

/* Those whose services did not come up get back what they had, and are started with that. */
static void take_back(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct one *one = &b->v[i];
		_cleanup_(freep) char *unit = host_unit_name(one->name);
		int r;

		if (!one->stopped || !one->changed)
			continue;
		systemd_reset_failed(b->bus, unit);
		r = b->asked->undo ? 0 : upgrade_undo(b->context, &one->record, false, NULL);
		if (b->asked->undo)
			one->stopped = false; /* nothing older is kept */
		else if (r == 0)
			log_error("The services of container '%s' did not come up after its upgrade, so it gets back "
				  "what it had, and is started again.",
				  one->name);
		one->changed = false;
	}
	run_jobs(b, SYSTEMD_START, is_to_start, false);
}

static void print_paths(const struct one *one, const char *word, const struct strv *paths, const char *reason)
{
	for (size_t i = 0; i < paths->n; i++) {
		_cleanup_(freep) char *path = escape_control(paths->v[i]);

		printf("%s: %-8s %s  (%s)\n", one->name, word, path, reason);
	}
}

static void print_undone(const struct one *one)
{
	print_paths(one, "restored", &one->undone.restored, "as it was before the upgrade");
	print_paths(one, "left", &one->undone.left, "changed since the upgrade");
}

static struct json_object *one_json(const struct one *one)
{
	struct json_object *o = json_object_make();
	const struct upgrade *u = &one->upgrade;

	json_set_string(o, "name", one->name);
	json_set_string(o, "result",
			one->r < 0				? "failed"
			: u->conflicts + one->undone.left.n > 0 ? "conflicts"
								: "done");
	json_set(o, "paths", upgrade_json(u));
	json_set_strings(o, "restored", &one->undone.restored);
	json_set_strings(o, "left", &one->undone.left);
	return o;
}

static int compare(const void *a, const void *b)
{
	const struct one *x = *(struct one *const *)a, *y = *(struct one *const *)b;

	return x->took < y->took ? -1 : x->took > y->took;
}

/* The same for the units of those that do not run. */
static void reload(const struct batch *b)
{
	bool changed = false;

	for (size_t i = 0; i < b->n; i++)
		changed |= b->v[i].changed && !b->v[i].runs;
	if (b->bus && changed)
		systemd_reload(b->bus);
}

/* Stops, changes and starts again. Returns an error that concerns all. */
static int change_all(struct batch *b)
{
	int r = find_running(b);

	if (r < 0)
		return r;
	qsort(b->order, b->n, sizeof(*b->order), compare);
	run_jobs(b, SYSTEMD_STOP, is_to_stop, false);
	r = apply_all(b);
	reload(b);
	take_back(b);
	return r;
}

/* Returns the exit status. */
static int upgrade_batch(const struct context *context, const struct upgrade_options *asked, struct wanted_cache *cache,
			 char *const *names, size_t n, struct json_object *array)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	struct batch b = { .context = context, .asked = asked, .cache = cache, .n = n, .signals = { .fd = -1 } };
	int r = context->on_host && !asked->dry_run && systemd_present() ? systemd_connect(&bus) : 0, status = 0;

	if (r < 0)
		return STATUS_FAILED;
	b.bus = bus;
	for (size_t i = 0; i < n; i++) {
		uint64_t began = clock_usec();

		b.v[i] = (struct one){ .name = names[i], .lock = LOCK_INIT };
		b.v[i].r = begin(&b, &b.v[i]);
		b.v[i].took = clock_usec() - began;
		b.order[i] = &b.v[i];
	}
	if (!asked->dry_run)
		r = change_all(&b);
	for (size_t i = 0; i < n; i++) {
		struct one *one = &b.v[i];

		if (asked->json)
			json_append(array, one_json(one));
		else if ((!context->quiet || asked->dry_run) && one->r == 0)
			asked->undo ? print_undone(one) : upgrade_print(&one->upgrade, one->name);
		if (one->r < 0 || r < 0)
			status = STATUS_FAILED;
		else if (status == 0 && one->upgrade.conflicts + one->undone.left.n > 0)
			status = STATUS_CONFLICTS;
		end(one);
	}
	if (b.signal)
		signals_die(b.signal); /* those that were stopped have been started again */
	return status;
}

static int upgrade_all(const struct context *context, const struct upgrade_options *asked)
{
	_cleanup_(json_freep) struct json_object *array = json_array_make();
	_cleanup_(wanted_cache_done) struct wanted_cache cache = { 0 };
	const struct strv *names = &asked->o.names;
	int status = 0;

	for (size_t i = 0; i < names->n; i += BATCH) {
		int s = upgrade_batch(context, asked, &cache, names->v + i, names->n - i < BATCH ? names->n - i : BATCH,
				      array);

		status = status == STATUS_FAILED || s == 0 ? status : s;
	}
	if (asked->json)
		json_print(array);
	return status;
}

static int check(const struct upgrade_options *asked)
{
	if (asked->undo && (asked->no_merge || asked->pin.n > 0 || asked->unpin.n > 0))
		return verb_usage(&cmd_upgrade, "--undo works only with --all, --dry-run and --json");
	return 0;
}

static int run(const struct context *context, int argc, char **argv)
{
	struct upgrade_options asked = { 0 };
	int status = operands_read(&cmd_upgrade, context, argc, argv, &asked.o);

	if (status == 0)
		status = check(&asked);
	if (status == 0 && verb_need_root(&cmd_upgrade) < 0)
		status = STATUS_FAILED;
	umask(0);
	if (status == 0 && asked.o.names.n > 0) {
		strv_sort_unique(&asked.o.names); /* the order in which locks are taken */
		status = upgrade_all(context, &asked);
	}
	operands_done(&asked.o);
	strv_done(&asked.pin);
	strv_done(&asked.unpin);
	return status;
}

const struct verb cmd_upgrade = {
	.name = "upgrade",
	.synopsis = "[OPTION...] NAME... | --all",
	.help = "Bring containers the configuration and accounts that the host has now",
	.options = options,
	.run = run,
	.any_root = true,
};
