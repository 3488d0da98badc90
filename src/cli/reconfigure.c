/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record is changed before what runs: a container that starts meanwhile reads it again after it can be found
 * running. What cannot be changed while the container runs has its effect at the next start, except for networks: the
 * walls are made from the record, so that it has to say the addresses that the container has. A table says what a
 * difference between two records is called and when it has its effect. */
#include "cli/reconfigure.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/ini.h"
#include "base/json.h"
#include "base/log.h"
#include "base/signals.h"
#include "container/disk.h"
#include "container/paths.h"
#include "container/places.h"
#include "container/record-text.h"
#include "container/state-dirs.h"
#include "cli/ops-live.h"
#include "cli/upgrade-show.h"
#include "container/virt-client.h"
#include "copies/snapshot.h"
#include "copies/snapshots.h"
#include "create/allocate.h"
#include "create/change.h"
#include "create/ops.h"
#include "create/plan-json.h"
#include "create/settle.h"
#include "running/hold.h"
#include "running/leader.h"
#include "systemd/manager.h"
#include "upgrade/upgrade.h"

enum effect {
	AT_ONCE,
	AT_START,
	STOPPED, /* at the next start, and it cannot be changed while the container runs */
};

/* Keys of the record; without a key, all of the sections whose names begin like that. */
static const struct part {
	const char *section, *key;
	const char *word;
	enum effect effect;
} parts[] = {
	{ "Container", "Description", "description", AT_ONCE },
	{ "Container", "Untrusted", "trust", AT_ONCE },
	{ "Container", "Hostname", "host name", AT_START },
	{ "Container", "HostAccess", "access to the host", AT_START },
	{ "Container", "Units", "units", AT_START },
	{ "Packages", NULL, "packages", AT_START },
	{ "Files", "Local", "files of /usr/local", AT_START },
	{ "Files", "Keep", "pinned paths", AT_ONCE },
	{ "Rights", "Capabilities", "capabilities", AT_START },
	{ "Rights", "SystemCalls", "system calls", AT_START },
	{ "Rights", "Device", "devices", AT_START },
	{ "Shared", NULL, "shared places", AT_START },
	{ "Limits", NULL, "limits", AT_ONCE },
	{ "Ports", NULL, "ports", AT_ONCE },
	{ "Mounts", NULL, "mounts", AT_START },
	{ "Network ", NULL, "networks", STOPPED },
	{ "Container", "NameServers", "name servers", AT_START },
	{ "Container", "StartSeconds", "time to start", AT_ONCE },
	{ "Container", "StopSeconds", "time to stop", AT_START },
};

/* What the record says about the part. Caller frees. */
static char *part_text(const struct part *part, const struct record *record)
{
	_cleanup_(freep) char *text = record_format(record);
	_cleanup_(ini_done) struct ini ini = { 0 };
	_cleanup_(buf_done) struct buf b = { 0 };
	unsigned int bad;

	ini_parse(text, strlen(text), &ini, &bad);
	for (size_t i = 0; i < ini.n; i++)
		if (part->key ? strcmp(ini.lines[i].section, part->section) == 0 &&
					strcmp(ini.lines[i].key, part->key) == 0
			      : skip_prefix(ini.lines[i].section, part->section) != NULL)
			buf_addf(&b, "%s %s=%s\n", ini.lines[i].section, ini.lines[i].key, ini.lines[i].value);
	return b.len ? buf_steal(&b) : xstrdup("");
}

static bool differs(const struct part *part, const struct record *a, const struct record *b)
{
	_cleanup_(freep) char *before = part_text(part, a);
	_cleanup_(freep) char *after = part_text(part, b);

	return strcmp(before, after) != 0;
}

/* The words for what differs and has its effect at once, or not. */
static void find_parts(const struct record *now, const struct record *record, bool live, struct strv *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if ((parts[i].effect == AT_ONCE) == live && differs(&parts[i], now, record))
			strv_add(ret, parts[i].word);
}

/* Refuses what was asked for if it would be wrong while the container runs, unless the container has it already. 0, or
 * -EBUSY after a message. */
static int check_stopped(const struct record *now, const struct record *asked, const struct record *record)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].effect == STOPPED && differs(&parts[i], now, asked) && differs(&parts[i], now, record))
			return log_error_errno(-EBUSY,
					       "Container '%s' runs; 'virt-sandbox-service stop %s' stops it. Its %s "
					       "can be changed then.",
					       now->name, now->name, parts[i].word);
	return 0;
}

/* Returns whether something waits for a restart. */
static bool tell(const struct reconfigure *how, const struct record *now, const struct record *record, bool runs)
{
	_cleanup_(strv_done) struct strv live = { 0 }, later = { 0 };
	_cleanup_(freep) char *at_once = NULL, *at_start = NULL;

	find_parts(now, record, true, &live);
	find_parts(now, record, false, runs ? &later : &live);
	at_once = strv_enumerate(&live, "and");
	at_start = strv_enumerate(&later, "and");
	if (how->context->quiet)
		return later.n > 0;
	if (live.n > 0)
		printf("Changed container '%s': %s\n", record->name, at_once);
	if (later.n > 0)
		printf("Container '%s' runs, and will have this after a restart: %s\n", record->name, at_start);
	if (live.n + later.n == 0 && !how->more)
		printf("Container '%s' has all of that already\n", record->name);
	fflush(stdout);
	return later.n > 0;
}

static bool has_port(const struct record *record, const struct port *port)
{
	_cleanup_(freep) char *text = port_format(port);
	bool has = false;

	for (size_t i = 0; i < record->ports.n && !has; i++) {
		_cleanup_(freep) char *other = port_format(&record->ports.v[i]);

		has = strcmp(text, other) == 0;
	}
	return has;
}

/* Appends a job for the units of those ports with a proxy that only 'has' has. */
static void add_port_jobs(struct plan *plan, const struct op_kind *kind, const char *suffix, const struct record *has,
			  const struct record *lacks, const char *reason)
{
	for (size_t i = 0; i < has->ports.n; i++)
		if (has->ports.v[i].proxy && !has_port(lacks, &has->ports.v[i]))
			plan_add_own(plan, kind, port_unit_name(has->name, &has->ports.v[i], suffix), reason);
}

/* Whether the plan changes a unit that systemd may have read. */
static bool changes_units(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->ops[i].kind == &op_unit)
			return true;
	return false;
}

/* Whether 'has' has a port without a proxy that 'lacks' does not have. */
static bool has_more_ports(const struct record *has, const struct record *lacks)
{
	for (size_t i = 0; i < has->ports.n; i++)
		if (!has->ports.v[i].proxy && !has_port(lacks, &has->ports.v[i]))
			return true;
	return false;
}

/* Appends an operation that has the program virt do something for the container. */
static void add_virt(const struct context *context, const struct record *record, const struct op_kind *kind,
		     const char *reason, struct plan *plan)
{
	struct op *op = plan_add_own(plan, kind, host_unit_name(record->name), reason);

	op->text = xstrdup(record->name);
	op->source = xstrdup(context->connect);
}

static bool limits_differ(const struct record *a, const struct record *b)
{
	return memcmp(a->limits, b->limits, sizeof(a->limits)) != 0;
}

static void add_live(const struct context *context, const struct record *now, const struct record *record,
		     struct plan *plan)
{
	add_port_jobs(plan, &op_stop, "socket", now, record, "the port is no longer published");
	add_port_jobs(plan, &op_stop, "service", now, record, "the port is no longer published");
	add_port_jobs(plan, &op_start, "socket", record, now, "publishes the port");
	if (has_more_ports(now, record) || has_more_ports(record, now))
		add_virt(context, record, &op_publish, "forwards the ports of the record at once", plan);
	if (limits_differ(now, record))
		add_virt(context, record, &op_limit, "applies the limits at once", plan);
}

static int compose_all(const struct reconfigure *how, int tree_fd, const struct record *now, bool runs,
		       const struct record *record, const struct strv *macs, struct plan *plan)
{
	int root_fd = how->context->root_fd, r = change_compose(root_fd, tree_fd, now, record, macs, plan);

	if (r < 0)
		return r;
	if (how->context->on_host && changes_units(plan))
		plan_add_own(plan, &op_reload, xstrdup(HOST_UNIT_DIR),
			     "systemd has read the units before they were changed");
	if (runs)
		add_live(how->context, now, record, plan);
	return change_finish(root_fd, record, macs, plan);
}

/* After a failure: what runs, as the restored files say. */
static void undo_live(const struct reconfigure *how, const struct record *now, const struct plan *plan)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(freep) char *nothing = NULL, *none = NULL;

	for (size_t i = 0; i < plan->n; i++)
		if (plan->ops[i].kind == &op_reload && systemd_connect(&bus) == 0)
			systemd_reload(bus);
		else if (plan->ops[i].kind == &op_limit)
			virt_client_run(how->context->connect, "domain-limit", now->name, &nothing);
		else if (plan->ops[i].kind == &op_publish)
			virt_client_run(how->context->connect, "domain-publish", now->name, &none);
}

static int apply(const struct reconfigure *how, int tree_fd, const struct record *now, struct plan *plan)
{
	_cleanup_(signals_done) struct signals signals = { .fd = -1 };
	struct host host = HOST_INIT(how->context->root_fd);
	int r = signals_begin(&signals);

	if (r < 0)
		return log_error_errno(r, "Cannot wait for signals: %m");
	host.tree_fd = tree_fd;
	host.file_context = now->file_context;
	host.record = now;
	r = plan_apply(plan, &host);
	if (r < 0)
		undo_live(how, now, plan);
	if (r == -EINTR)
		log_error("Interrupted; container '%s' is as it was.", now->name);
	else if (r == -EUCLEAN)
		log_error("Container '%s' is only partly changed; the same command again completes it.", now->name);
	return r;
}

/* What a dry run prints: the plan, and what the container would be brought for its units and packages. */
static void show(const struct reconfigure *how, const struct record *record, struct plan *plan)
{
	const struct upgrade *brings = how->brings;
	_cleanup_(json_freep) struct json_object *o = NULL;

	if (!how->json) {
		plan_print(plan, false);
		if (brings)
			upgrade_print(brings, NULL);
		return;
	}
	if (brings)
		strv_add_all(&plan->warnings, &brings->wanted.plan.warnings);
	o = plan_json(brings ? &brings->wanted.record : record, plan);
	json_set(o, "paths", brings ? upgrade_json(brings) : json_array_make());
	json_print(o);
}

/* Tries once, with what is free now. -EAGAIN if another command took it first. */
static int attempt(const struct reconfigure *how, int tree_fd, const struct record *now, bool runs,
		   const struct record *asked, unsigned int n)
{
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(strv_done) struct strv macs = { 0 };
	_cleanup_(plan_done) struct plan plan = { 0 };
	int r;

	record_copy(asked, &record);
	r = settle(how->context, tree_fd, now, n, &record, &macs);
	if (r == 0 && runs && !how->dry_run)
		r = check_stopped(now, asked, &record);
	if (r == 0)
		r = compose_all(how, tree_fd, now, runs, &record, &macs, &plan);
	if (r < 0)
		return r;
	plan_warn(&plan);
	if (how->dry_run) {
		show(how, &record, &plan);
		return 0;
	}
	r = apply(how, tree_fd, now, &plan);
	return r < 0 ? r : tell(how, now, &record, runs);
}

/* Makes the tree anew if the limit on the disk needs that, which comes first, because a container cannot have the limit
 * without. 'ret' is the record then. 1 if it did, 0 if there was nothing to do, or -errno after a message. */
static int renew(const struct reconfigure *how, int tree, const struct record *now, const struct record *asked,
		 struct record *ret)
{
	_cleanup_(signals_done) struct signals signals = { .fd = -1 };
	_cleanup_(hold_done) struct hold hold = { 0 };
	int r;

	if (how->dry_run)
		return 0;
	if ((!how->disk && asked->limits[LIMIT_DISK] == now->limits[LIMIT_DISK]) ||
	    !disk_needs_new_tree(how->context->root_fd, tree, now, asked))
		return snapshots_clean(how->context->root_fd, now); /* a killed one may have left the old tree */
	r = hold_begin(how->context, now->name, false, &hold);
	if (r < 0)
		return r;
	r = signals_begin(&signals);
	if (r < 0)
		return log_error_errno(r, "Cannot wait for signals: %m");
	record_copy(now, ret);
	ret->limits[LIMIT_DISK] = asked->limits[LIMIT_DISK];
	umask(0);
	r = snapshot_renew(how->context, now, ret, hold_check, &hold);
	if (r == -EINTR)
		log_error("Interrupted; container '%s' is as it was.", now->name);
	if (r == 0 && !how->context->quiet)
		printf("Made the directory of container '%s' anew for its limit on the disk\n", now->name);
	return r < 0 ? r : 1;
}

static int change(const struct reconfigure *how, const struct record *now, const struct record *record)
{
	_cleanup_(closep) int tree = place_open_tree(how->context->root_fd, now->path, true);
	pid_t leader;
	int r = tree < 0 ? tree : leader_read(how->context->root_fd, now->name, &leader);
	bool runs = r == 0;

	if (tree < 0)
		return tree;
	if (r < 0 && r != -ESRCH)
		return log_error_errno(r, "Cannot find the processes of container '%s': %m", now->name);
	r = -EAGAIN;
	for (unsigned int i = 0; i < ALLOCATE_ATTEMPTS && r == -EAGAIN; i++)
		r = attempt(how, tree, now, runs, record, i);
	if (r == -EAGAIN)
		log_error("Other commands kept taking the addresses or the ports; try again.");
	return r;
}

int reconfigure(const struct reconfigure *how, const struct record *now, const struct record *record)
{
	_cleanup_(closep) int tree = place_open_tree(how->context->root_fd, now->path, true);
	_cleanup_(record_done) struct record renewed = { 0 };
	struct reconfigure more = *how;
	int r = tree < 0 ? tree : how->dry_run ? 0 : state_dirs_make(how->context->root_fd);

	if (r >= 0)
		r = renew(how, tree, now, record, &renewed);
	more.more |= r > 0;
	return r < 0 ? r : change(&more, r > 0 ? &renewed : now, record);
}
