/* create: reads, chooses, makes the plan, and prints or applies it. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "choose.h"
#include "cmds.h"
#include "hostdirs.h"
#include "hostunit.h"
#include "interrupt.h"
#include "json.h"
#include "lock.h"
#include "log.h"
#include "planjson.h"
#include "rootfd.h"
#include "systemd.h"

#define ATTEMPTS 200 /* creates at once that may take what we chose before us */

struct create {
	const struct globals *globals;
	const char *name;
	char *path;
	struct strv units, packages;
	const char *level, *network, *package_manager;
	bool copy, dry_run, json, private_users;
	struct interrupt interrupt;
};

static const struct cmd_option options[] = {
	{ "copy", 'C', NULL, "copy the content of the service's folders in /var too" },
	{ "unitfile", 'u', "UNIT", "a service to run inside; may be repeated" },
	{ "package", 'P', "PACKAGE", "a further package whose files are needed; may be repeated" },
	{ "level", 'l', "LEVEL", "SELinux level, as s0:c1,c2 (default: a free pair)" },
	{ "network", 'N', "NETWORK", "libvirt network, or none (default: sandbox)" },
	{ "private-users", 0, "BOOL", "user ids of its own: yes (default) or no" },
	{ "package-manager", 0, "NAME", "rpm or dpkg (default: the one that owns the unit)" },
	{ "dry-run", 'n', NULL, "print what would be done, and do nothing" },
	{ "json", 0, NULL, "with --dry-run: print it as JSON" },
	{ 0 },
};

static int parse_bool(const char *text, bool *ret)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(text, words[i]) == 0) {
			*ret = i & 1;
			return 0;
		}
	}
	return -EINVAL;
}

/* 0, or the exit status of a usage message. */
static int parse(struct create *c, int argc, char **argv)
{
	const struct cmd_option *o;

	while ((o = cmd_getopt(&cmd_create, argc, argv))) {
		if (o == &cmd_bad_option)
			return 2;
		if (strcmp(o->name, "copy") == 0)
			c->copy = true;
		else if (strcmp(o->name, "unitfile") == 0)
			strv_add(&c->units, optarg);
		else if (strcmp(o->name, "package") == 0)
			strv_add(&c->packages, optarg);
		else if (strcmp(o->name, "level") == 0)
			c->level = optarg;
		else if (strcmp(o->name, "network") == 0)
			c->network = optarg;
		else if (strcmp(o->name, "package-manager") == 0)
			c->package_manager = optarg;
		else if (strcmp(o->name, "dry-run") == 0)
			c->dry_run = true;
		else if (strcmp(o->name, "json") == 0)
			c->json = true;
		else if (parse_bool(optarg, &c->private_users) < 0)
			return cmd_usage(&cmd_create, "--private-users takes yes or no, not '%s'", optarg);
	}
	if (optind + 1 != argc)
		return cmd_usage(&cmd_create, "give one name for the container");
	c->name = argv[optind];
	if (c->units.n == 0)
		return cmd_usage(&cmd_create, "give a service with --unitfile");
	if (c->json && !c->dry_run)
		return cmd_usage(&cmd_create, "--json goes with --dry-run");
	return 0;
}

/* A name that is in use, or half made. */
static int check_free(struct create *c)
{
	_cleanup_(freep) char *path = NULL;
	struct stat st;

	path = record_path(c->name);
	if (rootfd_lstat(c->globals->root_fd, path, WALK_ROOT, &st) == 0)
		return log_error_errno(-EEXIST, "Container '%s' is there already, or was left half-made; 'virt-sandbox-service delete "
						"%s' removes it.", c->name, c->name);
	return 0;
}

static void print_json(const struct record *record, const struct plan *plan)
{
	_cleanup_(json_freep) struct json_object *o = plan_json(record, plan);

	json_print(o);
}

static void print_created(const struct create *c, const struct record *record)
{
	_cleanup_(freep) char *config = record_path(c->name);
	_cleanup_(freep) char *unit = host_unit_path(c->name);

	if (c->globals->quiet)
		return;
	printf("Created sandbox container dir %s\nCreated sandbox config %s\nCreated unit file %s\n", record->path, config,
	       unit);
}

/* One try with what is free now; -EAGAIN when another create took it first. */
static int attempt(struct create *c, struct gathered *g, unsigned int n)
{
	const struct choose_request rq = {
		.root_fd = c->globals->root_fd,
		.connect = c->globals->connect,
		.name = c->name,
		.level = c->level,
		.network = c->network,
		.private_users = c->private_users,
		.attempt = n,
	};
	const struct build_request br = { .name = c->name, .path = c->path, .copy_var = c->copy };
	_cleanup_(choice_done) struct choice choice = { 0 };
	_cleanup_(plan_done) struct plan plan = { 0 };
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(host_done) struct host host = HOST_INIT(c->globals->root_fd);
	int r = choose(&rq, &choice);

	if (r < 0)
		return r;
	build_plan(&br, g, &choice, &plan, &record);
	if (c->dry_run) {
		if (c->json)
			print_json(&record, &plan);
		else
			plan_print(&plan);
		return 0;
	}
	host.file_context = choice.file_context;
	r = hostdirs_make(c->globals->root_fd);
	if (r >= 0)
		r = plan_apply(&plan, &host);
	if (r == 0)
		print_created(c, &record);
	return r;
}

/* All that takes the lock. */
static int make(struct create *c)
{
	const struct gather_request rq = {
		.name = c->name,
		.root = c->globals->root,
		.root_fd = c->globals->root_fd,
		.units = &c->units,
		.packages = &c->packages,
		.package_manager = c->package_manager,
		.copy_var = c->copy,
	};
	_cleanup_(gathered_done) struct gathered g = { 0 };
	int r = check_free(c);

	if (r == 0)
		r = gather(&rq, &g);
	if (r < 0)
		return r;
	r = -EAGAIN;
	for (unsigned int i = 0; i < ATTEMPTS && r == -EAGAIN; i++)
		r = attempt(c, &g, i);
	if (r == -EAGAIN)
		log_error("Other creates took every free level, range of ids or address; try again.");
	return r;
}

/* From the lock on a signal waits until it is looked at, between operations: so it undoes, and never half-does. */
static int create(struct create *c)
{
	_cleanup_(lock_done) struct lock lock = LOCK_INIT;
	int r = record_check_name(c->name);

	if (r < 0 || c->dry_run)
		return r < 0 ? r : make(c);
	if (cmd_need_root(&cmd_create) < 0)
		return -EPERM;
	if (strcmp(c->globals->root, "/") == 0 && systemd_require() < 0)
		return -EHOSTDOWN;
	r = lock_container(c->globals->root_fd, c->name, &lock);
	if (r < 0)
		return r;
	r = interrupt_begin(&c->interrupt);
	if (r < 0)
		return log_error_errno(r, "Cannot wait for signals: %m");
	r = make(c);
	if (r == -EINTR)
		log_error("Interrupted: nothing is left of container '%s'.", c->name);
	else if (r == -EUCLEAN)
		log_error("Container '%s' is half-made; 'virt-sandbox-service delete %s' removes what there is.", c->name,
			  c->name);
	return r;
}

static int run(const struct globals *globals, int argc, char **argv)
{
	struct create c = { .globals = globals, .network = "sandbox", .private_users = true, .interrupt = { .fd = -1 },
			    .package_manager = globals->package_manager };
	int r = parse(&c, argc, argv);

	if (r == 0) {
		c.path = xasprintf(CONTAINERS_DIR "/%s", c.name);
		umask(0);
		r = create(&c);
	}
	free(c.path);
	strv_done(&c.units);
	strv_done(&c.packages);
	if (r == -EINTR)
		interrupt_done(&c.interrupt); /* this is where it ends us */
	return r < 0 ? 1 : r;
}

const struct cmd cmd_create = {
	.name = "create",
	.synopsis = "-u UNIT [OPTION...] NAME",
	.help = "Make a container for services of this host",
	.options = options,
	.run = run,
};
