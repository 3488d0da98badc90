/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clone: makes containers that are like another one, and share nothing with it. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/orphans.h"
#include "base/log.h"
#include "base/path.h"
#include "base/progress.h"
#include "base/rootfd.h"
#include "base/signals.h"
#include "cli/cmds.h"
#include "cli/create-options.h"
#include "cli/jobs.h"
#include "cli/operands.h"
#include "container/open.h"
#include "container/paths.h"
#include "container/places.h"
#include "container/record-file.h"
#include "container/record-value.h"
#include "container/state-dirs.h"
#include "copies/clone.h"
#include "create/allocate.h"
#include "create/plan-json.h"
#include "running/hold.h"
#include "systemd/manager.h"

#define COUNT_MAX 10000

enum folders { FOLDERS_UNKNOWN, FOLDERS_LEFT, FOLDERS_SHARED };

struct clone_options {
	struct create_options create;
	bool live;
	enum folders folders; /* of the host, that the container may write */
	uint32_t count;
};

static char *take_mounts(const struct verb_option *option, const char *value, void *at)
{
	bool yes;

	(void)option;
	if (!parse_yes_no(value, &yes))
		return xstrdup("yes or no");
	*(enum folders *)at = yes ? FOLDERS_SHARED : FOLDERS_LEFT;
	return NULL;
}

static char *take_count(const struct verb_option *option, const char *value, void *at)
{
	uint64_t count;

	(void)option;
	if (parse_u64(value, COUNT_MAX, &count) < 0 || count == 0)
		return xasprintf("a number from 1 to %d", COUNT_MAX);
	*(uint32_t *)at = (uint32_t)count;
	return NULL;
}

#define INTO(member) offsetof(struct clone_options, member)
static const struct verb_option options[] = {
	{ "live", 0, NULL, "if the container runs, freeze it while it is copied", verb_take_flag, INTO(live) },
	{ "mounts", 0, "BOOL", "share the host's directories that the container may write to: yes or no", take_mounts,
	  INTO(folders) },
	{ "path", 'p', "DIR", "create the clones' directories in DIR (default: where the container has its own)",
	  create_take_path, INTO(create.path) },
	{ "hostname", 0, "NAME", "host name inside (default: the clone's name)", create_take_hostname,
	  INTO(create.spec.hostname) },
	{ "network", 'N', "NETWORK", "network to join, or none; may be repeated (default: the same ones)",
	  create_take_network, INTO(create) },
	{ "publish", 0, "PORTS", "forward [IP:]PORT:PORT[/udp], the host's first; may be repeated", create_take_port,
	  INTO(create.spec.ports) },
	{ "count", 0, "N", "make N clones, named CLONE1 to CLONEN", take_count, INTO(count) },
	{ "start", 0, NULL, "start the clones as soon as all have been made", verb_take_flag, INTO(create.start) },
	{ "dry-run", 'n', NULL, "print what would be done, and do nothing", verb_take_flag, INTO(create.dry_run) },
	{ "json", 0, NULL, "with --dry-run: print it as JSON", verb_take_flag, INTO(create.json) },
	{ 0 },
};
#undef INTO

struct cloning {
	const struct context *context;
	const char *source;
	const struct clone_options *asked;
	bool has_told; /* what the clones do not have */
};

/* Adds the mounts that the clone has, too. 0, or -errno after a message. */
static int choose_mounts(struct cloning *c, const struct record *from, struct mounts *ret)
{
	_cleanup_(strv_done) struct strv left = { 0 };
	_cleanup_(freep) char *list = NULL;

	for (size_t i = 0; i < from->mounts.n; i++) {
		const struct mount *m = &from->mounts.v[i];
		bool shared = mount_is_of_host(m) && !m->readonly;

		if (shared && c->asked->folders == FOLDERS_UNKNOWN)
			return log_error_errno(
				-EINVAL,
				"Container '%s' can write to '%s' of the host. With --mounts=yes, a clone can do so, "
				"too; with --mounts=no, it does not get that mount.",
				from->name, m->source);
		if (shared && c->asked->folders == FOLDERS_LEFT)
			strv_addf(&left, "'%s'", m->target);
		else
			mounts_copy(&(struct mounts){ &from->mounts.v[i], 1 }, ret);
	}
	list = strv_enumerate(&left, "and");
	if (left.n > 0 && !c->has_told)
		log_warn("The clones have nothing mounted at %s.", list);
	return 0;
}

static void tell_of_ports(struct cloning *c, const struct record *from)
{
	_cleanup_(strv_done) struct strv ports = { 0 };
	_cleanup_(freep) char *list = NULL;

	for (size_t i = 0; i < from->ports.n; i++)
		strv_take(&ports, port_place(&from->ports.v[i]));
	list = strv_enumerate(&ports, "and");
	if (ports.n > 0 && !c->has_told)
		log_warn("What comes to %s of the host still goes to container '%s' alone; --publish gives a clone "
			 "other ports.",
			 list, from->name);
}

/* Tries once, with what is free now. -EAGAIN if another command took it first. */
static int attempt(struct cloning *c, const struct clone *clone, const struct hold *hold, unsigned int n)
{
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(plan_done) struct plan plan = { 0 };
	_cleanup_(host_done) struct host host = HOST_INIT(c->context->root_fd);
	int r = clone_compose(clone, n, &plan, &record);

	if (r < 0)
		return r;
	plan_warn(&plan);
	if (c->asked->create.dry_run) {
		plan_show(&record, &plan, c->asked->create.json, true);
		return 0;
	}
	host.file_context = record.file_context;
	host.record = &record;
	host.source_fd = clone->tree;
	host.source_check = hold_check;
	host.source_data = hold;
	r = state_dirs_make(c->context->root_fd);
	if (r >= 0)
		r = plan_apply(&plan, &host);
	if (r == 0 && !c->context->quiet) {
		log_line(NULL);
		printf("Cloned container '%s' as '%s'\n", clone->from->name, record.name);
		fflush(stdout);
	}
	return r;
}

static int make(struct cloning *c, const struct record *from, struct create_spec *asked)
{
	_cleanup_(hold_done) struct hold hold = { 0 };
	_cleanup_(closep) int tree = -1;
	struct clone clone = { from, -1, asked, c->asked->create.spec.nets.n == 0 && !c->asked->create.no_net };
	int r = choose_mounts(c, from, &asked->mounts);

	if (r < 0)
		return r;
	/* A dry run does not stop anybody, since nothing depends on what it reads. */
	if (!c->asked->create.dry_run || !c->asked->live)
		r = hold_begin(c->context, from->name, c->asked->live, &hold);
	if (r == 0)
		r = tree = place_open_tree(c->context->root_fd, from->path, false);
	clone.tree = tree;
	if (r < 0)
		return r;
	r = -EAGAIN;
	for (unsigned int i = 0; i < ALLOCATE_ATTEMPTS && r == -EAGAIN; i++)
		r = attempt(c, &clone, &hold, i);
	if (r == -EAGAIN)
		log_error("Other commands kept taking the level, the ids or the addresses; try again.");
	if (r == 0)
		tell_of_ports(c, from);
	c->has_told |= r == 0;
	return r;
}

/* Refuses the name of a container that exists, even an unfinished one, or that was forgotten. */
static int check_name(const struct cloning *c, const char *name, const char *to)
{
	_cleanup_(freep) char *path = record_path(name);
	struct stat st;

	if (rootfd_lstat(c->context->root_fd, path, WALK_ROOT, &st) == 0)
		return log_error_errno(
			-EEXIST,
			"Container '%s' already exists, or is unfinished; 'virt-sandbox-service delete %s' removes it.",
			name, name);
	if (orphans_check_name(c->context, name, to) < 0)
		return -EEXIST;
	if (c->asked->create.spec.hostname || value_is_hostname(name))
		return 0;
	return log_error_errno(-EINVAL, "'%s' is not a valid host name; give the clone another one with --hostname.",
			       name);
}

/* Makes a clone, with both locks held. Its directory is beside that of the source, unless another was asked for. */
static int make_named(struct cloning *c, const struct record *from, const char *name)
{
	const struct create_options *o = &c->asked->create;
	_cleanup_(create_spec_done) struct create_spec asked = { .context = c->context,
								 .name = name,
								 .hostname = o->spec.hostname };
	_cleanup_(freep) char *dir = o->path ? xstrdup(o->path) : path_parent(from->path);
	int r;

	asked.path = xasprintf("%s/%s", dir, name);
	r = check_name(c, name, asked.path);
	if (r < 0)
		return r;
	nets_copy(&o->spec.nets, &asked.nets);
	ports_copy(&o->spec.ports, &asked.ports);
	return make(c, from, &asked);
}

static int open_source(const struct cloning *c, struct lock *lock, struct record *record)
{
	int r = container_open(c->context->root_fd, c->source, OPEN_READY, lock, record);

	return r == 0 ? container_check_upgraded(c->context->root_fd, c->source) : r;
}

/* While the locks are held, signals are checked only between operations, so that one causes an undo and never leaves
 * half an operation. */
static int clone_as(struct cloning *c, const char *name)
{
	_cleanup_(signals_done) struct signals signals = { .fd = -1 };
	_cleanup_(lock_done) struct lock own = LOCK_INIT, other = LOCK_INIT;
	_cleanup_(record_done) struct record from = { 0 };
	bool first = strcmp(c->source, name) < 0; /* locks are taken in the order of the names */
	int r = record_check_name(name);

	if (r == 0 && strcmp(c->source, name) == 0)
		r = log_error_errno(-EEXIST, "A clone of container '%s' needs another name.", name);
	if (r == 0 && first)
		r = open_source(c, &other, &from);
	if (r == 0)
		r = lock_container(c->context->root_fd, name, &own);
	if (r == 0 && !first)
		r = open_source(c, &other, &from);
	if (r < 0)
		return r;
	r = signals_begin(&signals);
	if (r < 0)
		return log_error_errno(r, "Cannot wait for signals: %m");
	r = make_named(c, &from, name);
	if (r == -EINTR)
		log_error("Interrupted; nothing is left of container '%s'.", name);
	else if (r == -EUCLEAN)
		log_error("Container '%s' is unfinished; 'virt-sandbox-service delete %s' removes what is left.", name,
			  name);
	return r;
}

/* Makes all clones. Returns the exit status. */
static int clone_all(struct cloning *c, const struct strv *names)
{
	_cleanup_(strv_done) struct strv made = { 0 };
	const struct create_options *o = &c->asked->create;
	struct progress progress;
	int status = 0;

	if (!o->dry_run && verb_need_root(&cmd_clone) < 0)
		return 1;
	if (c->context->on_host && systemd_require() < 0)
		return 1;
	umask(0);
	progress_begin(&progress, "Cloning", names->n);
	for (size_t i = 0; i < names->n; i++) {
		progress_show(&progress, i);
		if (clone_as(c, names->v[i]) < 0)
			status = 1;
		else
			strv_add(&made, names->v[i]);
	}
	log_line(NULL);
	return o->start && jobs_run(c->context, SYSTEMD_START, &made) ? 1 : status;
}

/* 'web' with --count=3 is 'web1', 'web2' and 'web3'. */
static void count_names(struct strv *names, uint32_t count)
{
	_cleanup_(freep) char *stem = xstrdup(names->v[0]);

	strv_clear(names);
	for (uint32_t i = 1; i <= count; i++)
		strv_addf(names, "%s%u", stem, i);
}

/* 0, or the exit status after a message. */
static int parse(struct clone_options *o, int argc, char **argv, const char **ret_source, struct strv *ret_names)
{
	int r = verb_parse(&cmd_clone, argc, argv, o);

	if (r)
		return r;
	if (argc - optind < 2)
		return verb_usage(&cmd_clone, "give the name of a container, and at least one for a clone");
	if (o->create.start && (o->create.dry_run || !o->create.spec.context->on_host))
		return verb_usage(&cmd_clone, "--start works only on the running system, and not with --dry-run");
	if (o->create.json && !o->create.dry_run)
		return verb_usage(&cmd_clone, "--json works only with --dry-run");
	*ret_source = argv[optind];
	if (operands_or_input(argv + optind + 1, ret_names) < 0)
		return 1;
	if (o->count && ret_names->n > 1)
		return verb_usage(&cmd_clone, "with --count, give only one name for the clones");
	if (o->count)
		count_names(ret_names, o->count);
	if (ret_names->n > 1 && create_options_for_one(&o->create))
		return verb_usage(&cmd_clone, "with %s, make only one clone", create_options_for_one(&o->create));
	return 0;
}

static int run(const struct context *context, int argc, char **argv)
{
	struct clone_options o = { .create.spec.context = context };
	struct cloning c = { .context = context, .asked = &o };
	_cleanup_(strv_done) struct strv names = { 0 };
	int r = parse(&o, argc, argv, &c.source, &names);

	if (r == 0)
		r = clone_all(&c, &names);
	create_options_done(&o.create);
	return r;
}

const struct verb cmd_clone = {
	.name = "clone",
	.synopsis = "[OPTION...] NAME CLONE... | -",
	.help = "Make containers like another one, each with an identity of its own",
	.options = options,
	.run = run,
	.any_root = true,
};
