/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* create: reads the host, allocates what the container must have for itself, composes the plan, and prints or applies
 * it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "archive/orphans.h"
#include "base/log.h"
#include "base/path.h"
#include "base/progress.h"
#include "base/rootfd.h"
#include "base/signals.h"
#include "base/text.h"
#include "cli/cmds.h"
#include "cli/create-options.h"
#include "cli/jobs.h"
#include "cli/explain.h"
#include "container/disk.h"
#include "container/device.h"
#include "container/lock.h"
#include "container/paths.h"
#include "container/places.h"
#include "container/record-file.h"
#include "container/record-value.h"
#include "container/state-dirs.h"
#include "contents/collect.h"
#include "create/allocate.h"
#include "create/check-missing.h"
#include "create/check-mounts.h"
#include "create/check-units.h"
#include "create/compose.h"
#include "create/ops.h"
#include "create/plan-json.h"
#include "systemd/manager.h"
#include "unit/unit-load.h"
#include "upgrade/given.h"

#define WARNINGS_MAX 8

struct create {
	const struct context *context;
	struct create_options asked;
	struct gathered gathered; /* for all containers, if 'has_gathered' */
	bool has_gathered, hopeless;
	struct strv running; /* units of it whose data --copy copies while they run */
	bool has_warned;     /* of what the service misses, and of those */
	struct progress progress;
};

/* Refuses the name of a container that exists, even an unfinished one, or that was forgotten. */
static int check_free(struct create *c)
{
	_cleanup_(freep) char *path = NULL;
	struct stat st;

	path = record_path(c->asked.spec.name);
	if (rootfd_lstat(c->context->root_fd, path, WALK_ROOT, &st) == 0)
		return log_error_errno(
			-EEXIST,
			"Container '%s' already exists, or is unfinished; 'virt-sandbox-service delete %s' removes it.",
			c->asked.spec.name, c->asked.spec.name);
	return orphans_check_name(c->context, c->asked.spec.name, c->asked.spec.path);
}

/* Says which of the service's secrets the container has now. */
static void print_secrets(const struct plan *plan)
{
	_cleanup_(freep) char *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < plan->n; i++) {
		if (!plan->ops[i].secret)
			continue;
		n++;
		if (!first)
			first = escape_control(plan->ops[i].path);
	}
	if (n > 0)
		printf("The container has %zu file%s with secrets of the service: %s%s\n", n, n == 1 ? "" : "s", first,
		       n == 1 ? "" : ", and others, which 'create --dry-run' marks");
}

static void print_created(const struct create *c, const struct record *record, const struct plan *plan)
{
	_cleanup_(freep) char *config = record_path(c->asked.spec.name);
	_cleanup_(freep) char *unit = host_unit_path(c->asked.spec.name);

	if (c->context->quiet)
		return;
	log_line(NULL);
	printf("Created sandbox container dir %s\nCreated sandbox config %s\nCreated unit file %s\n", record->path,
	       config, unit);
	print_secrets(plan);
	fflush(stdout); /* otherwise the output is lost if a signal that came too late for an undo ends the program */
}

/* An administrator reads a few lines; --json has all. Containers made from the same data miss the same. */
static void warn_of_missing(struct create *c, const struct plan *plan)
{
	size_t shown = plan->warnings.n > WARNINGS_MAX ? WARNINGS_MAX - 1 : plan->warnings.n;

	if (c->has_warned)
		return;
	for (size_t i = 0; i < shown; i++)
		log_warn("%s", plan->warnings.v[i]);
	if (shown < plan->warnings.n)
		log_warn("The service may miss %zu other files, which 'create --dry-run --json' lists.",
			 plan->warnings.n - shown);
	c->has_warned = true;
}

static bool copies_data(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->ops[i].kind == &op_file && path_within(plan->ops[i].path, "/var"))
			return true;
	return false;
}

static void add_running(const struct create *c, struct plan *plan)
{
	if (c->running.n == 0 || !copies_data(plan))
		return;
	for (size_t i = 0; i < c->running.n; i++)
		strv_addf(
			&plan->warnings,
			"Unit '%s' is running on the host, so the copy of its data may be inconsistent; stop the unit "
			"first.",
			c->running.v[i]);
}

/* Tries once, with what is free now. -EAGAIN if another create took it first. */
static int attempt(struct create *c, struct gathered *g, unsigned int n)
{
	_cleanup_(choice_done) struct choice choice = { 0 };
	_cleanup_(plan_done) struct plan plan = { 0 };
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(host_done) struct host host = HOST_INIT(c->context->root_fd);
	int r = allocate(&c->asked.spec, n, &choice);

	if (r < 0)
		return r;
	compose(&c->asked.spec, g, &choice, &plan, &record);
	given_plan(&plan, c->asked.spec.name, &c->asked.spec.units, &c->asked.spec.packages, c->asked.spec.copy_var);
	add_running(c, &plan);
	r = check_mounts(&c->asked.spec, &plan);
	if (r == 0 && (!c->has_warned || c->asked.dry_run))
		r = check_missing(&c->asked.spec, g, &plan);
	if (r < 0)
		return r;
	warn_of_missing(c, &plan);
	if (c->asked.dry_run) {
		plan_show(&record, &plan, c->asked.json, log_shows(LOG_LEVEL_INFO));
		return 0;
	}
	host.file_context = choice.file_context;
	host.record = &record;
	r = state_dirs_make(c->context->root_fd);
	if (r >= 0)
		r = plan_apply(&plan, &host);
	if (r == 0)
		print_created(c, &record, &plan);
	return r;
}

/* Whether the units depend on the container's name, because one is a template. */
static bool has_template(const struct strv *units)
{
	bool found = false;

	for (size_t i = 0; i < units->n && !found; i++) {
		_cleanup_(freep) char *a = unit_complete_name(units->v[i], "a");
		_cleanup_(freep) char *b = unit_complete_name(units->v[i], "b");

		found = a && b && strcmp(a, b) != 0;
	}
	return found;
}

/* Finds out which of the units run on the host; 'bus' is NULL if that does not matter. If systemd does not say, the
 * container can be created all the same. */
static void find_running(struct create *c, struct sd_bus *bus)
{
	_cleanup_(freep) struct unit_state *states = NULL;
	_cleanup_(strv_done) struct strv names = { 0 };

	strv_clear(&c->running);
	if (!bus)
		return;
	for (size_t i = 0; i < c->gathered.n_units; i++)
		for (size_t k = 0; k < c->gathered.units[i].names.n; k++)
			if (has_suffix(c->gathered.units[i].names.v[k], ".service"))
				strv_add(&names, c->gathered.units[i].names.v[k]);
	states = xcalloc(names.n, sizeof(*states));
	if (systemd_list(bus, "*.service", &names, states) < 0)
		return;
	for (size_t i = 0; i < names.n; i++)
		if (!unit_is_at_rest(&states[i])) /* only the id of a unit has a state, not its other names */
			strv_add(&c->running, names.v[i]);
}

/* Below --root there are no devices yet; each start looks at them anyway. */
static int check_devices(const struct create_spec *spec)
{
	if (!spec->context->on_host)
		return 0;
	for (size_t i = 0; i < spec->devices.n; i++) {
		_cleanup_(freep) char *message = NULL;
		bool open;
		int r = device_check(spec->context->root_fd, spec->devices.v[i], &open, &message);

		if (r < 0)
			return log_error_errno(r, "%s", message);
	}
	return 0;
}

/* Reads the host only once for all containers if possible, so that each further one costs no more than its files. */
static int collect_once(struct create *c)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	int r;

	if (c->has_gathered && !has_template(&c->asked.spec.units))
		return 0;
	if (c->has_gathered)
		gathered_done(&c->gathered);
	r = check_devices(&c->asked.spec);
	/* The bus answers while the host is read. */
	if (r == 0 && c->asked.spec.copy_var && c->context->on_host && systemd_present())
		systemd_connect(&bus);
	if (r == 0)
		r = collect(&c->asked.spec, &c->gathered);
	if (r == 0) {
		r = check_units(&c->asked.spec, &c->gathered);
		if (r < 0)
			gathered_done(&c->gathered);
	}
	if (r == 0) {
		explain_gathered(&c->gathered);
		find_running(c, bus);
	}
	c->has_warned = false;
	c->has_gathered = r == 0;
	c->hopeless = r < 0; /* and it would fail for the next name, too */
	return r;
}

/* systemd would replace an invalid host name by a default. */
static int check_hostname(const struct create *c)
{
	if (c->asked.spec.hostname || value_is_hostname(c->asked.spec.name))
		return 0;
	return log_error_errno(-EINVAL,
			       "'%s' is not a valid host name; give the container another one with --hostname.",
			       c->asked.spec.name);
}

/* Without the index, the next create is slower, but not wrong. */
static void keep_index(const struct gathered *g)
{
	int r = g->backend->keep ? g->backend->keep(g->db) : 0;

	if (r < 0)
		log_info("Cannot keep the index of the package database: %s", strerror(-r));
}

/* Before anything is read or made. */
static int choose_disk(struct create *c)
{
	struct create_spec *spec = &c->asked.spec;
	struct record record = { .name = (char *)spec->name, .path = spec->path, .uid_base = spec->private_users };

	record.limits[LIMIT_DISK] = spec->limits[LIMIT_DISK];
	return disk_choose(c->context->root_fd, &record, c->asked.image, &spec->image);
}

/* Creates a container, with its lock held. */
static int make(struct create *c)
{
	_cleanup_(closep) int place = -1;
	const char *name;
	int r = check_free(c);

	if (r == 0 && strcmp(c->asked.path, CONTAINERS_DIR) != 0) /* our own directory may not exist yet */
		r = place = place_open_closed(c->context->root_fd, c->asked.spec.path, &name);
	if (r >= 0)
		r = choose_disk(c);
	if (r >= 0)
		r = collect_once(c);
	if (r < 0)
		return r;
	if (!c->asked.dry_run)
		keep_index(&c->gathered);
	r = -EAGAIN;
	for (unsigned int i = 0; i < ALLOCATE_ATTEMPTS && r == -EAGAIN; i++)
		r = attempt(c, &c->gathered, i);
	if (r == -EAGAIN)
		log_error("Other create commands kept taking the level, the ids or the addresses; try again.");
	return r;
}

/* While the lock is held, signals are checked only between operations, so that one causes an undo and never leaves half
 * an operation. It ends the program after everything else here. */
static int create(struct create *c)
{
	_cleanup_(signals_done) struct signals signals = { .fd = -1 };
	_cleanup_(lock_done) struct lock lock = LOCK_INIT;
	int r = record_check_name(c->asked.spec.name);

	if (r == 0)
		r = check_hostname(c);
	if (r < 0 || c->asked.dry_run)
		return r < 0 ? r : make(c);
	r = lock_container(c->context->root_fd, c->asked.spec.name, &lock);
	if (r < 0)
		return r;
	r = signals_begin(&signals);
	if (r < 0)
		return log_error_errno(r, "Cannot wait for signals: %m");
	r = make(c);
	if (r == -EINTR)
		log_error("Interrupted; nothing is left of container '%s'.", c->asked.spec.name);
	else if (r == -EUCLEAN)
		log_error("Container '%s' is unfinished; 'virt-sandbox-service delete %s' removes what is left.",
			  c->asked.spec.name, c->asked.spec.name);
	return r;
}

static int create_all(struct create *c)
{
	const struct strv *names = &c->asked.names;
	_cleanup_(strv_done) struct strv made = { 0 };
	int status = 0;

	if (!c->asked.dry_run && verb_need_root(&cmd_create) < 0)
		return 1;
	if (!c->asked.dry_run && c->context->on_host && systemd_require() < 0)
		return 1;
	umask(0);
	progress_begin(&c->progress, "Creating", names->n);
	for (size_t i = 0; i < names->n && !c->hopeless; i++) {
		c->asked.spec.name = names->v[i];
		free(c->asked.spec.path);
		c->asked.spec.path = xasprintf("%s/%s", c->asked.path, names->v[i]);
		progress_show(&c->progress, i);
		if (create(c) < 0)
			status = 1;
		else
			strv_add(&made, names->v[i]);
	}
	log_line(NULL);
	return c->asked.start && jobs_run(c->context, SYSTEMD_START, &made) ? 1 : status;
}

static int run(const struct context *context, int argc, char **argv)
{
	struct create c = {
		.context = context,
		.asked.spec = { .context = context,
				.private_users = true,
				.package_manager = context->package_manager },
	};
	int r = create_options_parse(&cmd_create, argc, argv, &c.asked);

	if (r == 0)
		r = create_all(&c);
	if (c.has_gathered)
		gathered_done(&c.gathered);
	strv_done(&c.running);
	create_options_done(&c.asked);
	return r;
}

const struct verb cmd_create = {
	.name = "create",
	.synopsis = "-u UNIT [OPTION...] NAME... | -",
	.help = "Create containers for services of this host",
	.options = create_option_table,
	.run = run,
	.any_root = true,
};
