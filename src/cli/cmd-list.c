/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* list: prints the containers of the host, from their records and from the state of their units. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmds.h"
#include "base/json.h"
#include "container/paths.h"
#include "base/log.h"
#include "container/record-file.h"
#include "running/health.h"
#include "running/leader.h"
#include "systemd/manager.h"

struct list_options {
	bool all, json, no_legend;
};

#define INTO(member) offsetof(struct list_options, member)
static const struct verb_option options[] = {
	{ "all", 'a', NULL, "list stopped containers, too (the default)", verb_take_flag, INTO(all) },
	{ "json", 0, NULL, "print JSON", verb_take_flag, INTO(json) },
	{ "no-legend", 0, NULL, "print no column headings", verb_take_flag, INTO(no_legend) },
	{ 0 },
};
#undef INTO

struct listing {
	struct record *records;
	const char **states;
	size_t n;
};

static void listing_done(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		record_done(&l->records[i]);
	free(l->records);
	free(l->states);
}

/* Only root may read the file; for others, systemd has the first line of it. A file that cannot be read for any
 * other reason must not look like good news. */
static bool is_degraded(const struct context *context, struct sd_bus *bus, const char *name)
{
	_cleanup_(health_done) struct health health = { 0 };
	_cleanup_(freep) char *unit = host_unit_name(name);
	struct unit_state state;
	int r = health_read(context->root_fd, name, &health);

	if (r != -EACCES)
		return health.n > 0 || (r < 0 && r != -ENOENT);
	return bus_unit_state(bus, unit, &state) == 0 && skip_prefix(state.status, HEALTH_DEGRADED);
}

/* The words for a container whose unit is active. */
static const char *running_name(const struct context *context, struct sd_bus *bus, const char *name)
{
	pid_t leader;

	if (leader_read(context->root_fd, name, &leader) == 0 && leader_is_frozen(context->root_fd, leader))
		return "paused";
	return is_degraded(context, bus, name) ? "degraded" : "running";
}

/* Translates systemd's state of the host unit into the words of this program. */
static const char *state_name(const struct context *context, struct sd_bus *bus, const struct record *record,
			      const struct unit_state *unit)
{
	static const char *const names[][2] = {
		{ "activating", "starting" },
		{ "deactivating", "stopping" },
		{ "failed", "failed" },
	};

	if (record->state == RECORD_CREATING)
		return "creating";
	if (strcmp(unit->active, "active") == 0 || strcmp(unit->active, "reloading") == 0)
		return running_name(context, bus, record->name);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(unit->active, names[i][0]) == 0)
			return names[i][1];
	return "stopped";
}

/* Loads the records. Returns 1 if some could not be read, after messages; the others are loaded anyway. */
static int load(const struct context *context, struct strv *names, struct listing *l)
{
	int r = names->n > 0 ? 0 : record_names(context->root_fd, names), status = 0;

	if (r < 0)
		return r;
	strv_sort_unique(names);
	l->records = xcalloc(names->n, sizeof(*l->records));
	l->states = xcalloc(names->n, sizeof(*l->states));
	for (size_t i = 0; i < names->n; i++) {
		if (record_load(context->root_fd, names->v[i], &l->records[l->n]) < 0)
			status = 1;
		else
			l->n++;
	}
	return status;
}

static int find_states(const struct context *context, struct listing *l)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(strv_done) struct strv units = { 0 };
	_cleanup_(freep) struct unit_state *states = xcalloc(l->n, sizeof(*states));
	int r = 0;

	for (size_t i = 0; i < l->n; i++)
		strv_take(&units, host_unit_name(l->records[i].name));
	if (l->n > 0 && context->on_host && systemd_present()) {
		r = systemd_connect(&bus);
		if (r == 0)
			r = systemd_list(bus, &units, states);
	}
	for (size_t i = 0; i < l->n; i++)
		l->states[i] = state_name(context, bus, &l->records[i], &states[i]);
	return r;
}

static char *address_of(const struct record *r)
{
	uint32_t address = nets_address(&r->nets);

	return address ? ipv4_format(address) : xstrdup("");
}

static void print_json(const struct listing *l)
{
	_cleanup_(json_freep) struct json_object *array = json_array_make();

	for (size_t i = 0; i < l->n; i++) {
		const struct record *r = &l->records[i];
		struct json_object *o = json_object_make();
		_cleanup_(freep) char *address = address_of(r);

		json_set_string(o, "name", r->name);
		json_set_string(o, "state", l->states[i]);
		json_set_strings(o, "units", &r->units);
		json_set_string(o, "level", r->level ? r->level : "");
		json_set_int(o, "uid_base", r->uid_base);
		json_set_string(o, "address", address);
		json_set_string(o, "path", r->path);
		json_set_string(o, "package_manager", r->package_manager ? r->package_manager : "");
		json_append(array, o);
	}
	json_print(array);
}

static void print_table(const struct listing *l, bool legend)
{
	static const char format[] = "%-20s %-9s %-16s %-14s %10s  %s\n";

	if (legend)
		printf(format, "NAME", "STATE", "ADDRESS", "LEVEL", "UID BASE", "UNITS");
	for (size_t i = 0; i < l->n; i++) {
		const struct record *r = &l->records[i];
		_cleanup_(freep) char *address = address_of(r);
		_cleanup_(freep) char *units = strv_join(&r->units, " ");
		_cleanup_(freep) char *base = xasprintf("%u", r->uid_base);

		printf(format, r->name, l->states[i], *address ? address : "-", r->level && *r->level ? r->level : "-",
		       r->uid_base ? base : "-", units);
	}
}

static int run(const struct context *context, int argc, char **argv)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	_cleanup_(listing_done) struct listing l = { 0 };
	struct list_options o = { 0 };
	int r = verb_parse(&cmd_list, argc, argv, &o);

	if (r)
		return r;
	for (int i = optind; i < argc; i++)
		strv_add(&names, argv[i]);
	r = load(context, &names, &l);
	if (r < 0 || find_states(context, &l) < 0)
		return 1;
	if (o.json)
		print_json(&l);
	else
		print_table(&l, !o.no_legend);
	return r;
}

const struct verb cmd_list = {
	.name = "list",
	.alias = "ls",
	.synopsis = "[OPTION...] [NAME...]",
	.help = "List the containers of this host, or the named ones",
	.options = options,
	.run = run,
	.any_root = true,
};
