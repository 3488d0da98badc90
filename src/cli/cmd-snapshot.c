/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot, restore, snapshots: keep copies of a container as it is, put one back, list them. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/log.h"
#include "base/signals.h"
#include "cli/cmds.h"
#include "cli/table.h"
#include "container/open.h"
#include "container/record-file.h"
#include "copies/snapshot.h"
#include "copies/snapshots.h"
#include "create/plan-json.h"
#include "running/hold.h"
#include "systemd/manager.h"

#define TIME_SIZE 64

struct snapshot_options {
	bool live, delete, dry_run, json;
};

#define INTO(member) offsetof(struct snapshot_options, member)
static const struct verb_option snapshot_options[] = {
	{ "live", 0, NULL, "if the container runs, freeze it while it is copied", verb_take_flag, INTO(live) },
	{ "delete", 0, NULL, "remove the snapshot with this label", verb_take_flag, INTO(delete) },
	{ 0 },
};
static const struct verb_option restore_options[] = {
	{ "dry-run", 'n', NULL, "print what would be done, and do nothing", verb_take_flag, INTO(dry_run) },
	{ "json", 0, NULL, "with --dry-run: print it as JSON", verb_take_flag, INTO(json) },
	{ 0 },
};
static const struct verb_option snapshots_options[] = {
	{ "json", 0, NULL, "print JSON", verb_take_flag, INTO(json) },
	{ 0 },
};
#undef INTO

/* What the three have in common: one container, which is locked. */
struct work {
	const struct context *context;
	const struct snapshot_options *asked;
	const char *label;
	struct record record;
};

static int restore(struct work *w);

/* Does the work with the container's lock held. A restore that was cut short is completed by any other. Signals are
 * checked only between operations. Returns the exit status. */
static int run_locked(struct work *w, const char *name, int (*work)(struct work *w))
{
	_cleanup_(signals_done) struct signals signals = { .fd = -1 };
	_cleanup_(lock_done) struct lock lock = LOCK_INIT;
	int r = snapshot_check_label(w->label);

	umask(0);
	if (r == 0)
		r = container_open(w->context->root_fd, name, OPEN_ANY, &lock, &w->record);
	if (r < 0)
		return 1;
	if (work != restore || w->record.state != RECORD_RESTORING)
		r = container_check_ready(&w->record);
	if (r < 0) {
		record_done(&w->record);
		return 1;
	}
	r = signals_begin(&signals);
	if (r < 0)
		log_error_errno(r, "Cannot wait for signals: %m");
	else
		r = work(w);
	if (r == -EINTR)
		log_error("Interrupted; container '%s' and its snapshots are as they were.", name);
	record_done(&w->record);
	return r < 0;
}

static int make(struct work *w)
{
	_cleanup_(hold_done) struct hold hold = { 0 };
	int r = container_check_upgraded(w->context->root_fd, w->record.name);

	if (r == 0)
		r = hold_begin(w->context, w->record.name, w->asked->live, &hold);
	if (r == 0)
		r = snapshot_make(w->context, &w->record, w->label, hold_check, &hold);
	if (r == 0 && !w->context->quiet)
		printf("Made snapshot '%s' of container '%s'\n", w->label, w->record.name);
	return r;
}

static int remove_one(struct work *w)
{
	return snapshot_remove(w->context->root_fd, &w->record, w->label);
}

/* In UTC, because the host may have another time zone when the snapshot is looked for. */
static void format_time(time_t time, const char *format, char ret[TIME_SIZE])
{
	struct tm tm;

	if (!gmtime_r(&time, &tm) || strftime(ret, TIME_SIZE, format, &tm) == 0)
		snprintf(ret, TIME_SIZE, "%" PRIi64, (int64_t)time);
}

static int run_snapshot(const struct context *context, int argc, char **argv)
{
	struct snapshot_options asked = { 0 };
	struct work w = { .context = context, .asked = &asked };
	char now[TIME_SIZE];
	int r = verb_parse(&cmd_snapshot, argc, argv, &asked), n = argc - optind;

	if (r)
		return r;
	if (n < 1 || n > 2)
		return verb_usage(&cmd_snapshot, "give the name of one container, and a label for the snapshot");
	if (asked.delete &&n != 2)
		return verb_usage(&cmd_snapshot, "with --delete, give the label of the snapshot");
	if (asked.delete &&asked.live)
		return verb_usage(&cmd_snapshot, "give either --delete or --live");
	if (verb_need_root(&cmd_snapshot) < 0)
		return 1;
	format_time(time(NULL), "%Y-%m-%d.%H%M%S", now);
	w.label = n == 2 ? argv[optind + 1] : now;
	return run_locked(&w, argv[optind], asked.delete ? remove_one : make);
}

static int restore(struct work *w)
{
	_cleanup_(hold_done) struct hold hold = { 0 };
	_cleanup_(plan_done) struct plan plan = { 0 };
	_cleanup_(record_done) struct record record = { 0 };
	int r = hold_begin(w->context, w->record.name, false, &hold);

	if (r == 0)
		r = restore_compose(w->context, &w->record, w->label, &plan, &record);
	if (r < 0)
		return r;
	plan_warn(&plan);
	if (w->asked->dry_run) {
		plan_show(&record, &plan, w->asked->json, true);
		return 0;
	}
	r = restore_apply(w->context, &plan, w->label, &record);
	if (r == 0 && !w->context->quiet)
		printf("Restored container '%s' from snapshot '%s'\n", record.name, w->label);
	return r;
}

static int run_restore(const struct context *context, int argc, char **argv)
{
	struct snapshot_options asked = { 0 };
	struct work w = { .context = context, .asked = &asked };
	int r = verb_parse(&cmd_restore, argc, argv, &asked);

	if (r)
		return r;
	if (argc - optind != 2)
		return verb_usage(&cmd_restore, "give the name of one container, and the label of a snapshot");
	if (asked.json && !asked.dry_run)
		return verb_usage(&cmd_restore, "--json works only with --dry-run");
	if (verb_need_root(&cmd_restore) < 0)
		return 1;
	w.label = argv[optind + 1];
	return run_locked(&w, argv[optind], restore);
}

enum { LABEL, MADE };
static const struct column columns[] = {
	[LABEL] = { .name = "label", .heading = "LABEL" },
	[MADE] = { .name = "made", .heading = "MADE" },
	{ 0 },
};

static void print_snapshots(const struct snapshots *s, bool json)
{
	_cleanup_(table_done) struct table table;

	table_begin(&table, columns);
	for (size_t i = 0; i < s->n; i++) {
		struct cell *row = table_add(&table);
		char made[TIME_SIZE];

		format_time(s->v[i].made.tv_sec, json ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%d %H:%M:%S UTC", made);
		cell_set_word(&row[LABEL], s->v[i].label);
		cell_set_word(&row[MADE], made);
	}
	table_print(&table, &(struct view){ .json = json });
}

static int run_snapshots(const struct context *context, int argc, char **argv)
{
	struct snapshot_options asked = { 0 };
	_cleanup_(snapshots_done) struct snapshots s = { 0 };
	_cleanup_(record_done) struct record record = { 0 };
	int r = verb_parse(&cmd_snapshots, argc, argv, &asked);

	if (r)
		return r;
	if (argc - optind != 1)
		return verb_usage(&cmd_snapshots, "give the name of one container");
	if (verb_need_root(&cmd_snapshots) < 0 || record_load(context->root_fd, argv[optind], &record) < 0 ||
	    snapshots_list(context->root_fd, &record, &s) < 0)
		return 1;
	print_snapshots(&s, asked.json);
	return 0;
}

const struct verb cmd_snapshot = {
	.name = "snapshot",
	.synopsis = "[OPTION...] NAME [LABEL]",
	.help = "Keep a copy of a container as it is now",
	.options = snapshot_options,
	.run = run_snapshot,
	.any_root = true,
};

const struct verb cmd_restore = {
	.name = "restore",
	.synopsis = "[OPTION...] NAME LABEL",
	.help = "Put a container back to what it was at a snapshot",
	.options = restore_options,
	.run = run_restore,
	.any_root = true,
};

const struct verb cmd_snapshots = {
	.name = "snapshots",
	.synopsis = "[OPTION...] NAME",
	.help = "List the snapshots of a container",
	.options = snapshots_options,
	.run = run_snapshots,
	.any_root = true,
};
