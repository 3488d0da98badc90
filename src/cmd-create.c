/* create: reads, chooses, makes the plan, and prints or applies it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "choose.h"
#include "cmds.h"
#include "create-options.h"
#include "hostdirs.h"
#include "hostunit.h"
#include "interrupt.h"
#include "json.h"
#include "lock.h"
#include "log.h"
#include "mount-check.h"
#include "planjson.h"
#include "rootfd.h"
#include "systemd.h"

#define ATTEMPTS 200 /* creates at once that may take what we chose before us */

struct create {
	const struct globals *globals;
	struct create_options asked;
	char *path;
	struct interrupt interrupt;
};

/* A name that is in use, or half made. */
static int check_free(struct create *c)
{
	_cleanup_(freep) char *path = NULL;
	struct stat st;

	path = record_path(c->asked.name);
	if (rootfd_lstat(c->globals->root_fd, path, WALK_ROOT, &st) == 0)
		return log_error_errno(-EEXIST, "Container '%s' is there already, or was left half-made; 'virt-sandbox-service delete "
						"%s' removes it.", c->asked.name, c->asked.name);
	return 0;
}

static void print_json(const struct record *record, const struct plan *plan)
{
	_cleanup_(json_freep) struct json_object *o = plan_json(record, plan);

	json_print(o);
}

static void print_created(const struct create *c, const struct record *record)
{
	_cleanup_(freep) char *config = record_path(c->asked.name);
	_cleanup_(freep) char *unit = host_unit_path(c->asked.name);

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
		.name = c->asked.name,
		.level = c->asked.level,
		.nets = c->asked.nets,
		.n_nets = c->asked.n_nets,
		.private_users = c->asked.private_users,
		.attempt = n,
	};
	const struct build_request br = {
		.name = c->asked.name,
		.path = c->path,
		.limits = c->asked.limits,
		.mounts = &c->asked.mounts,
		.copy_var = c->asked.copy,
	};
	_cleanup_(choice_done) struct choice choice = { 0 };
	_cleanup_(plan_done) struct plan plan = { 0 };
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(host_done) struct host host = HOST_INIT(c->globals->root_fd);
	int r = choose(&rq, &choice);

	if (r < 0)
		return r;
	build_plan(&br, g, &choice, &plan, &record);
	r = mount_check(c->globals->root_fd, &c->asked.mounts, &plan);
	if (r < 0)
		return r;
	if (c->asked.dry_run) {
		if (c->asked.json)
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

static bool asks_dhcp(const struct create_options *asked)
{
	for (size_t i = 0; i < asked->n_nets; i++)
		if (asked->nets[i].dhcp)
			return true;
	return false;
}

/* All that takes the lock. */
static int make(struct create *c)
{
	const struct gather_request rq = {
		.name = c->asked.name,
		.root = c->globals->root,
		.root_fd = c->globals->root_fd,
		.units = &c->asked.units,
		.packages = &c->asked.packages,
		.package_manager = c->asked.package_manager,
		.copy_var = c->asked.copy,
		.dhcp = asks_dhcp(&c->asked),
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
	int r = record_check_name(c->asked.name);

	if (r < 0 || c->asked.dry_run)
		return r < 0 ? r : make(c);
	if (cmd_need_root(&cmd_create) < 0)
		return -EPERM;
	if (strcmp(c->globals->root, "/") == 0 && systemd_require() < 0)
		return -EHOSTDOWN;
	r = lock_container(c->globals->root_fd, c->asked.name, &lock);
	if (r < 0)
		return r;
	r = interrupt_begin(&c->interrupt);
	if (r < 0)
		return log_error_errno(r, "Cannot wait for signals: %m");
	r = make(c);
	if (r == -EINTR)
		log_error("Interrupted: nothing is left of container '%s'.", c->asked.name);
	else if (r == -EUCLEAN)
		log_error("Container '%s' is half-made; 'virt-sandbox-service delete %s' removes what there is.",
			  c->asked.name, c->asked.name);
	return r;
}

static int run(const struct globals *globals, int argc, char **argv)
{
	struct create c = {
		.globals = globals,
		.interrupt = { .fd = -1 },
		.asked = { .private_users = true, .package_manager = globals->package_manager },
	};
	int r = create_options_parse(&cmd_create, argc, argv, &c.asked);

	if (r == 0) {
		c.path = xasprintf(CONTAINERS_DIR "/%s", c.asked.name);
		umask(0);
		r = create(&c);
	}
	free(c.path);
	create_options_done(&c.asked);
	if (r == -EINTR)
		interrupt_done(&c.interrupt); /* this is where it ends us */
	return r < 0 ? 1 : r;
}

const struct cmd cmd_create = {
	.name = "create",
	.synopsis = "-u UNIT [OPTION...] NAME",
	.help = "Make a container for services of this host",
	.options = create_option_table,
	.run = run,
};
