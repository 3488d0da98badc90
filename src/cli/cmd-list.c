/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* list: prints the containers of the host, from their records, the state of their units, and what the kernel counts. No
 * container is asked anything, so that a host may have a thousand of them, and none can make the list wait. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "archive/orphans.h"
#include "cli/cmds.h"
#include "cli/table.h"
#include "container/paths.h"
#include "container/record-file.h"
#include "container/record-text.h"
#include "copies/snapshots.h"
#include "running/health.h"
#include "running/leader.h"
#include "running/old-code.h"
#include "running/usage.h"
#include "systemd/manager.h"
#include "upgrade/behind.h"

struct list_options {
	bool all, orphans;
	struct view view;
};

static const struct verb_option options[] = {
	{ "all", 'a', NULL, "list stopped containers, too (the default)", verb_take_flag,
	  offsetof(struct list_options, all) },
	{ "orphans", 0, NULL, "list what belongs to containers of which there is no record", verb_take_flag,
	  offsetof(struct list_options, orphans) },
	VIEW_OPTIONS(offsetof(struct list_options, view)),
	{ 0 },
};

enum {
	NAME,
	STATE,
	ADDRESS,
	ADDRESS6,
	LEVEL,
	UID_BASE,
	PORTS,
	MEMORY,
	OUTDATED,
	UNITS,
	RESTARTS,
	RESULT,
	AILING,
	HOSTNAME,
	MEMORY_MAX,
	PATH,
	PACKAGE_MANAGER,
	SNAPSHOTS,
};

static const struct column columns[] = {
	[NAME] = { "name", "NAME", COLUMN_WORD, 0, "name of the container" },
	[STATE] = { "state", "STATE", COLUMN_WORD, 0, "running, degraded, paused, starting, stopping, stopped, ..." },
	[ADDRESS] = { "address", "ADDRESS", COLUMN_WORD, 1, "fixed IPv4 address" },
	[ADDRESS6] = { "address6", "IPV6 ADDRESS", COLUMN_WORD, COLUMN_HIDDEN, "fixed IPv6 address" },
	[LEVEL] = { "level", "LEVEL", COLUMN_WORD, 4, "SELinux level" },
	[UID_BASE] = { "uid_base", "UID BASE", COLUMN_NUMBER, 5, "host id of root in the container" },
	[PORTS] = { "ports", "PORTS", COLUMN_WORDS, 2, "published ports, the host's first" },
	[MEMORY] = { "memory", "MEMORY", COLUMN_BYTES, 3, "memory in use" },
	[OUTDATED] = { "outdated", "OUTDATED", COLUMN_WORDS, 6, "configuration, code: what the host has newer" },
	[UNITS] = { "units", "UNITS", COLUMN_WORDS, 0, "units that the container starts" },
	[RESTARTS] = { "restarts", "RESTARTS", COLUMN_NUMBER, COLUMN_RARE,
		       "how often systemd restarted it since it was started" },
	[RESULT] = { "result", "RESULT", COLUMN_WORD, COLUMN_RARE, "how its last run that failed ended" },
	[AILING] = { "ailing", "AILING", COLUMN_WORDS, COLUMN_HIDDEN, "units that make it degraded" },
	[HOSTNAME] = { "hostname", "HOSTNAME", COLUMN_WORD, COLUMN_HIDDEN, "host name inside" },
	[MEMORY_MAX] = { "memory_max", "MEMORY MAX", COLUMN_BYTES, COLUMN_HIDDEN, "limit on memory" },
	[PATH] = { "path", "PATH", COLUMN_WORD, COLUMN_HIDDEN, "directory on the host" },
	[PACKAGE_MANAGER] = { "package_manager", "PACKAGES", COLUMN_WORD, COLUMN_HIDDEN, "rpm or dpkg" },
	[SNAPSHOTS] = { "snapshots", "SNAPSHOTS", COLUMN_NUMBER, COLUMN_HIDDEN, "number of snapshots" },
	{ 0 },
};

struct listing {
	const struct context *context;
	struct sd_bus *bus;
	struct record *records;
	struct unit_state *units;
	size_t n;
	struct behind_cache behind;
};

static void listing_done(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		record_done(&l->records[i]);
	free(l->records);
	free(l->units);
	bus_closep(&l->bus);
	behind_cache_done(&l->behind);
}

/* Only root may read the file; for others, systemd has the first line of it. A file that cannot be read for any
 * other reason must not look like good news. */
static bool is_degraded(const struct listing *l, const char *name, struct cell *ailing)
{
	_cleanup_(health_done) struct health health = { 0 };
	_cleanup_(strv_done) struct strv units = { 0 };
	_cleanup_(freep) char *unit = host_unit_name(name);
	struct unit_state state;
	int r = health_read(l->context->root_fd, name, &health);

	if (r == -EACCES)
		return bus_unit_state(l->bus, unit, &state) == 0 && skip_prefix(state.status, HEALTH_DEGRADED);
	for (size_t i = 0; i < health.n; i++)
		strv_add(&units, health.v[i].unit);
	cell_set_words(ailing, &units);
	return health.n > 0 || (r < 0 && r != -ENOENT);
}

static bool has_old_code(int root_fd, pid_t leader)
{
	_cleanup_(strv_done) struct strv programs = { 0 };

	return old_code_find(root_fd, leader, &programs) == 0 && programs.n > 0;
}

/* For a container whose unit is active. Returns the word for its state. */
static const char *show_running(const struct listing *l, const char *name, struct cell *row, struct strv *outdated)
{
	uint64_t memory;
	pid_t leader;

	if (leader_read(l->context->root_fd, name, &leader) == 0) {
		memory = usage_memory(l->context->root_fd, leader);
		if (memory != USAGE_UNKNOWN)
			cell_set_number(&row[MEMORY], memory);
		if (has_old_code(l->context->root_fd, leader))
			strv_add(outdated, OUTDATED_CODE);
		if (leader_is_frozen(l->context->root_fd, leader))
			return "paused";
	}
	return is_degraded(l, name, &row[AILING]) ? "degraded" : "running";
}

/* Translates systemd's state of the host unit into the words of this program. */
static const char *show_state(const struct listing *l, const struct record *record, const struct unit_state *unit,
			      struct cell *row, struct strv *outdated)
{
	static const char *const names[][2] = {
		{ "activating", "starting" },
		{ "deactivating", "stopping" },
		{ "failed", "failed" },
	};

	if (record->state != RECORD_READY)
		return record_state_name(record->state);
	if (strcmp(unit->active, "active") == 0 || strcmp(unit->active, "reloading") == 0)
		return show_running(l, record->name, row, outdated);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(unit->active, names[i][0]) == 0)
			return names[i][1];
	return "stopped";
}

/* Loads the records. Returns 1 if some could not be read, after messages; the others are loaded anyway. */
static int load(struct strv *names, struct listing *l)
{
	int r = names->n > 0 ? 0 : record_names(l->context->root_fd, names), status = 0;

	if (r < 0)
		return r;
	strv_sort_unique(names);
	l->records = xcalloc(names->n, sizeof(*l->records));
	l->units = xcalloc(names->n, sizeof(*l->units));
	for (size_t i = 0; i < names->n; i++) {
		if (record_load(l->context->root_fd, names->v[i], &l->records[l->n]) < 0)
			status = 1;
		else
			l->n++;
	}
	return status;
}

static int find_units(struct listing *l)
{
	_cleanup_(strv_done) struct strv units = { 0 };
	int r;

	if (l->n == 0 || !l->context->on_host || !systemd_present())
		return 0;
	for (size_t i = 0; i < l->n; i++)
		strv_take(&units, host_unit_name(l->records[i].name));
	r = systemd_connect(&l->bus);
	return r < 0 ? r : systemd_list(l->bus, HOST_UNITS, &units, l->units);
}

/* A unit that is at rest and has not failed has nothing to tell. */
static void show_runs(const struct listing *l, size_t i, struct cell *row)
{
	_cleanup_(freep) char *unit = host_unit_name(l->records[i].name);
	const struct unit_state *state = &l->units[i];
	struct service_runs runs = { 0 };
	bool rests = unit_is_at_rest(state) && strcmp(state->active, "failed") != 0;

	if (!rests && strcmp(state->load, "loaded") == 0 && systemd_runs(l->bus, unit, &runs) < 0)
		return;
	cell_set_number(&row[RESTARTS], runs.restarts);
	cell_set_word(&row[RESULT], runs.result);
}

static void show(struct listing *l, size_t i, struct cell *row)
{
	const struct record *r = &l->records[i];
	uint32_t address = nets_address(&r->nets);
	const struct in6_addr *address6 = nets_address6(&r->nets);
	_cleanup_(freep) char *ip = address ? ipv4_format(address) : xstrdup("");
	_cleanup_(freep) char *ip6 = address6 ? ipv6_format(address6) : xstrdup("");
	_cleanup_(strv_done) struct strv ports = { 0 }, outdated = { 0 };

	for (size_t k = 0; k < r->ports.n; k++)
		strv_take(&ports, port_format(&r->ports.v[k]));
	cell_set_word(&row[NAME], r->name);
	cell_set_word(&row[ADDRESS], ip);
	cell_set_word(&row[ADDRESS6], ip6);
	cell_set_word(&row[LEVEL], r->level ? r->level : "");
	cell_set_number(&row[UID_BASE], r->uid_base);
	cell_set_words(&row[PORTS], &ports);
	cell_set_words(&row[UNITS], &r->units);
	cell_set_word(&row[HOSTNAME], r->hostname && *r->hostname ? r->hostname : r->name);
	if (r->limits[LIMIT_MEMORY])
		cell_set_number(&row[MEMORY_MAX], r->limits[LIMIT_MEMORY]);
	cell_set_word(&row[PATH], r->path);
	cell_set_word(&row[PACKAGE_MANAGER], r->package_manager ? r->package_manager : "");
	cell_set_number(&row[SNAPSHOTS], snapshots_count(l->context->root_fd, r));
	if (behind_find(l->context->root_fd, r->name, &l->behind) > 0)
		strv_add(&outdated, OUTDATED_CONFIGURATION);
	cell_set_word(&row[STATE], show_state(l, r, &l->units[i], row, &outdated));
	cell_set_words(&row[OUTDATED], &outdated);
	show_runs(l, i, row);
}

static int list(const struct context *context, const struct list_options *o, struct strv *names)
{
	_cleanup_(listing_done) struct listing l = { .context = context };
	_cleanup_(table_done) struct table table = { 0 };
	int r = load(names, &l);

	if (r < 0 || find_units(&l) < 0)
		return 1;
	table_begin(&table, columns);
	for (size_t i = 0; i < l.n; i++)
		show(&l, i, table_add(&table));
	table_print(&table, &o->view);
	return r;
}

enum { ORPHAN_NAME, ORPHAN_KIND, ORPHAN_PATH };

static const struct column orphan_columns[] = {
	[ORPHAN_NAME] = { "name", "NAME", COLUMN_WORD, 0, "name of the container" },
	[ORPHAN_KIND] = { "kind", "KIND", COLUMN_WORD, 0,
			  "reservation, unit, drop-ins, directory, snapshots or state" },
	[ORPHAN_PATH] = { "path", "PATH", COLUMN_WORD, 0, "path on the host" },
	{ 0 },
};

static int list_orphans(const struct context *context, const struct view *view)
{
	_cleanup_(orphans_done) struct orphans orphans = { 0 };
	_cleanup_(table_done) struct table table = { 0 };

	if (orphans_find(context, NULL, &orphans) < 0)
		return 1;
	table_begin(&table, orphan_columns);
	for (size_t i = 0; i < orphans.n; i++) {
		struct cell *row = table_add(&table);

		cell_set_word(&row[ORPHAN_NAME], orphans.v[i].name);
		cell_set_word(&row[ORPHAN_KIND], orphan_kind_word(orphans.v[i].kind));
		cell_set_word(&row[ORPHAN_PATH], orphans.v[i].path);
	}
	table_print(&table, view);
	return 0;
}

static int run(const struct context *context, int argc, char **argv)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	_cleanup_(freep) char *wrong = NULL;
	struct list_options o = { 0 };
	int r = verb_parse(&cmd_list, argc, argv, &o);

	wrong = r ? NULL : view_check(&o.view, o.orphans ? orphan_columns : columns);
	if (wrong)
		r = verb_usage(&cmd_list, "%s", wrong);
	else if (r == 0 && o.orphans && optind < argc)
		r = verb_usage(&cmd_list, "give either names or --orphans");
	for (int i = optind; r == 0 && i < argc; i++)
		strv_add(&names, argv[i]);
	if (r == 0)
		r = o.orphans ? list_orphans(context, &o.view) : list(context, &o, &names);
	view_done(&o.view);
	return r;
}

static void print_columns(void)
{
	table_help(columns);
}

const struct verb cmd_list = {
	.name = "list",
	.aliases = { "ls", "ps" },
	.synopsis = "[OPTION...] [NAME...]",
	.help = "List the containers of this host, or the named ones",
	.options = options,
	.more_help = print_columns,
	.run = run,
	.any_root = true,
};
