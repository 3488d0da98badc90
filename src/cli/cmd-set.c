/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* set: changes what create was told, in a container's record and in everything that follows from it. Units and packages
 * bring files of the host, and so does a network with DHCP on some hosts: that is an upgrade of the container, which is
 * then for them. It comes last, so that one that was cut short is completed by the same command. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/signals.h"
#include "base/text.h"
#include "cli/cmds.h"
#include "cli/jobs.h"
#include "cli/move.h"
#include "cli/reconfigure.h"
#include "cli/set-options.h"
#include "container/open.h"
#include "container/paths.h"
#include "container/record-file.h"
#include "container/record-text.h"
#include "running/leader.h"
#include "systemd/manager.h"
#include "upgrade/upgrade.h"

struct set {
	const struct context *context;
	const struct set_options *asked;
	struct wanted_cache cache;
};

/* What the container will be for, and what it gets for that. */
struct contents {
	struct wanted_asked asked;
	struct upgrade upgrade;
};

static void contents_done(struct contents *c)
{
	upgrade_done(&c->upgrade);
	wanted_asked_done(&c->asked);
}

static int set_autostart(const char *name, bool enable)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(freep) char *unit = host_unit_name(name);
	int r = systemd_connect(&bus);

	if (r == 0)
		r = systemd_enable(bus, unit, enable);
	return r < 0 ? r : systemd_reload(bus);
}

/* Whether there is something to examine. */
static bool may_need_contents(const struct set *s, const struct record *record)
{
	return set_options_contents(s->asked) || (s->asked->add.spec.nets.n > 0 && nets_dhcp(&record->nets));
}

static bool brings_packages(const struct upgrade *u)
{
	const struct strv *packages = &u->wanted.record.packages;

	for (size_t i = 0; i < packages->n; i++)
		if (!strv_has(&u->record->packages, packages->v[i]))
			return true;
	return false;
}

/* 1 if there is something to bring, 0 if not, or -errno after a message. */
static int examine(struct set *s, const struct record *record, bool check, struct contents *c)
{
	_cleanup_(given_done) struct given given = { 0 };
	int r = given_load(s->context->root_fd, record->name, &given);

	if (r < 0 && r != -ENOENT)
		return r;
	contents_done(c);
	*c = (struct contents){ .asked.check = check, .asked.force = s->asked->add.spec.force };
	strv_add_all(&c->asked.units, given_units(&given, record));
	strv_add_all(&c->asked.packages, &given.packages);
	r = set_options_ask(s->asked, record->name, &c->asked.units, &c->asked.packages);
	if (r == 0)
		r = upgrade_examine(s->context, record, true, set_options_contents(s->asked) ? &c->asked : NULL,
				    &s->cache, &c->upgrade);
	return r < 0 ? r : set_options_contents(s->asked) || brings_packages(&c->upgrade);
}

static int check_stopped(const struct set *s, const char *name)
{
	pid_t leader;

	if (leader_read(s->context->root_fd, name, &leader) == -ESRCH)
		return 0;
	return log_error_errno(
		-EBUSY,
		"Container '%s' is running, and its units and packages can be changed only while it is stopped; "
		"'virt-sandbox-service stop %s' stops it.",
		name, name);
}

/* With signals blocked, so that one causes an undo. */
static int apply(struct set *s, struct upgrade *u)
{
	_cleanup_(signals_done) struct signals signals = { .fd = -1 };
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	bool reload = u->changes_record;
	int r = signals_begin(&signals);

	if (r < 0)
		return log_error_errno(r, "Cannot wait for signals: %m");
	r = upgrade_apply(u);
	if (r == -EINTR)
		log_error("Interrupted; the units and packages of container '%s' are as they were.", u->record->name);
	if (r == 0 && reload && s->context->on_host && systemd_connect(&bus) == 0)
		systemd_reload(bus);
	return r;
}

static void tell(const struct set *s, const struct upgrade *u)
{
	_cleanup_(freep) char *units = strv_join(&u->wanted.record.units, ", ");

	for (size_t i = 0; i < u->n; i++)
		if (u->v[i].decision.word && strcmp(u->v[i].decision.word, "conflict") == 0)
			log_warn("'%s' in container '%s' differs from what it would get, and is kept; "
				 "'virt-sandbox-service diff %s' shows it.",
				 u->v[i].path, u->record->name, u->record->name);
	if (!s->context->quiet)
		printf("Container '%s' has units %s\n", u->record->name, units);
}

/* Brings the container what it is for, after its record has been changed. */
static int bring(struct set *s, const struct record *now, struct contents *c)
{
	const struct reconfigure how = { .context = s->context, .more = true };
	_cleanup_(record_done) struct record record = { 0 };
	int r = record_load(s->context->root_fd, now->name, &record);

	if (r == 0)
		r = examine(s, &record, false, c);
	if (r >= 0)
		r = apply(s, &c->upgrade);
	if (r == 0)
		tell(s, &c->upgrade);
	else if (record.name)
		reconfigure(&how, &record, now);
	return r;
}

/* An upgrade that was cut short is taken back first. */
static int open_container(const struct set *s, const char *name, struct lock *lock, struct record *ret)
{
	int root_fd = s->context->root_fd, r = container_open(root_fd, name, OPEN_READY, lock, ret);

	if (r < 0 || s->asked->add.dry_run || !set_options_contents(s->asked))
		return r;
	r = upgrade_finish(s->context, ret);
	if (r <= 0)
		return r;
	record_done(ret);
	return record_load(root_fd, name, ret);
}

/* 1 if the container runs and has to be restarted. */
static int set(struct set *s, const char *name)
{
	struct reconfigure how = { .context = s->context,
				   .dry_run = s->asked->add.dry_run,
				   .json = s->asked->add.json,
				   .disk = s->asked->limits[LIMIT_DISK] };
	_cleanup_(contents_done) struct contents c = { 0 };
	_cleanup_(record_done) struct record now = { 0 }, record = { 0 };
	_cleanup_(lock_done) struct lock lock = LOCK_INIT;
	int r = open_container(s, name, &lock, &now), contents = 0;

	if (r < 0)
		return r;
	record_copy(&now, &record);
	set_options_change(s->asked, &record);
	if (may_need_contents(s, &record))
		contents = examine(s, &record, true, &c);
	if (contents > 0 && !s->asked->add.dry_run && upgrade_check_trust(&record) < 0)
		return -EPERM;
	if (contents > 0 && !s->asked->add.dry_run && check_stopped(s, name) < 0)
		return -EBUSY;
	if (contents < 0)
		return contents;
	plan_warn(&c.upgrade.wanted.plan);
	how.more = contents > 0 || s->asked->autostart != SET_KEEP;
	how.brings = contents > 0 ? &c.upgrade : NULL;
	r = reconfigure(&how, &now, &record);
	if (r < 0 || s->asked->add.dry_run)
		return r;
	if (contents > 0 && bring(s, &now, &c) < 0)
		return -EIO;
	if (s->asked->autostart != SET_KEEP && set_autostart(name, s->asked->autostart == SET_YES) < 0)
		return -EIO;
	return r;
}

static int move(struct set *s, const char *name)
{
	const struct create_options *asked = &s->asked->add;
	const struct move how = { s->context, asked->path, asked->dry_run, asked->json };
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(lock_done) struct lock lock = LOCK_INIT;
	int r = container_open(s->context->root_fd, name, OPEN_ANY, &lock, &record);

	return r < 0 ? r : move_container(&how, &record);
}

static int set_all(const struct context *context, const struct set_options *o)
{
	_cleanup_(strv_done) struct strv restart = { 0 };
	struct set s = { .context = context, .asked = o };
	int status = 0;

	for (size_t i = 0; i < o->add.names.n; i++) {
		int r = (o->add.path ? move : set)(&s, o->add.names.v[i]);

		if (r < 0)
			status = 1;
		else if (r > 0 && o->restart)
			strv_add(&restart, o->add.names.v[i]);
	}
	wanted_cache_done(&s.cache);
	return restart.n > 0 && jobs_run(context, SYSTEMD_RESTART, &restart) ? 1 : status;
}

static int run(const struct context *context, int argc, char **argv)
{
	struct set_options o = { .add.spec.context = context };
	int r = set_options_parse(&cmd_set, argc, argv, &o);

	if (r == 0)
		r = verb_need_root(&cmd_set) < 0 ? 1 : set_all(context, &o);
	set_options_done(&o);
	return r;
}

const struct verb cmd_set = {
	.name = "set",
	.synopsis = "OPTION... NAME...",
	.help = "Change what containers were created with",
	.options = set_option_table,
	.run = run,
};
