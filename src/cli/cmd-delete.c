/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* delete: stops containers and takes away all that create made. Every step takes 'already gone' as done and goes on
 * after an error, and the record goes last: so it finishes any create or delete that was cut short. Many are stopped at
 * once, and what costs time for every unit of the host is done once for all of them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "base/signals.h"
#include "cli/cmds.h"
#include "cli/operands.h"
#include "container/lock.h"
#include "container/paths.h"
#include "container/port.h"
#include "container/record.h"
#include "container/reservation.h"
#include "container/staging.h"
#include "container/state-dirs.h"
#include "systemd/jobs.h"
#include "systemd/manager.h"

static const struct verb_option options[] = { OPERANDS_ALL, { 0 } };

#define BATCH 64 /* containers, each with the descriptor of its lock */

struct deletion {
	const struct context *context;
	const char *name;
	struct lock lock;
	struct record record;
	bool runs; /* as far as anyone knows */
	int r;	   /* the first error */
};

static void note(struct deletion *d, int r)
{
	if (d->r == 0)
		d->r = r;
}

/* Removes a file that may be gone already. */
static int remove_file(const struct deletion *d, const char *path)
{
	int r = atomic_file_remove(d->context->root_fd, path);

	return r == 0 || r == -ENOENT ? 0 : log_error_errno(r, "Cannot remove '%s': %m", path);
}

static int remove_directory(const struct deletion *d, const char *path, enum walk walk)
{
	const char *name;
	_cleanup_(closep) int dir = rootfd_parent(d->context->root_fd, path, walk, &name);
	int r = dir < 0 ? dir : rm_rf(dir, name);

	if (r == 0 || r == -ENOENT)
		return 0;
	if (r == -EBUSY)
		return log_error_errno(
			r, "Cannot remove '%s' whole, because something is mounted in it: unmount that first.", path);
	if (r == -ELOOP)
		return log_error_errno(
			r,
			"Cannot remove '%s', because there is a symbolic link on the way to it, which somebody has "
			"put there since it was made.",
			path);
	if (r == -EPERM)
		return log_error_errno(
			r,
			"Cannot remove '%s' whole, because a file in it is immutable: 'chattr -R -i -a %s' "
			"makes it an ordinary one.",
			path, path);
	if (r == -ENOTEMPTY)
		return log_error_errno(
			r,
			"Cannot remove '%s' whole, because a process on the host keeps making files in it: "
			"'lsof +D %s' shows which. End it, and delete the container again.",
			path, path);
	return log_error_errno(r, "Cannot remove '%s' whole: %m", path);
}

/* Names or paths of the units that publish its ports. */
static void add_port_units(const struct deletion *d, char *(*make)(const char *, const struct port *, const char *),
			   struct strv *ret)
{
	for (size_t i = 0; i < d->record.ports.n; i++) {
		_cleanup_(port_done) struct port port = { 0 };

		if (port_parse(d->record.ports.v[i], &port) < 0)
			continue; /* the record has been checked */
		strv_take(ret, make(d->name, &port, "socket"));
		strv_take(ret, make(d->name, &port, "service"));
	}
}

/* And the administrator's drop-ins for it, which would apply to the next container of the name. */
static int remove_unit(const struct deletion *d)
{
	_cleanup_(freep) char *path = host_unit_path(d->name);
	_cleanup_(freep) char *dropins = xasprintf("%s.d", path);
	_cleanup_(strv_done) struct strv units = { 0 };
	int r = remove_file(d, path), e;

	e = remove_directory(d, dropins, WALK_ROOT);
	r = r ? r : e;
	add_port_units(d, port_unit_path, &units);
	for (size_t i = 0; i < units.n; i++) {
		e = remove_file(d, units.v[i]);
		r = r ? r : e;
	}
	return r;
}

static int remove_container_tree(const struct deletion *d)
{
	return remove_directory(d, d->record.path, state_dirs_walk(d->record.path));
}

static int remove_kept(const struct deletion *d)
{
	_cleanup_(freep) char *path = allow_path(d->name);

	return remove_file(d, path);
}

static int release(const struct deletion *d)
{
	return reservation_release(d->context->root_fd, d->name);
}

static int remove_record(const struct deletion *d)
{
	_cleanup_(freep) char *path = record_path(d->name);

	return remove_file(d, path);
}

/* A disk that has become read-only is found before anything is stopped or removed. */
static int check_writable(const struct deletion *d)
{
	_cleanup_(freep) char *record = record_path(d->name);
	_cleanup_(freep) char *unit = host_unit_path(d->name);
	const char *const paths[] = { record, unit, d->record.path };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		const char *name;
		_cleanup_(closep) int dir = rootfd_parent(d->context->root_fd, paths[i], WALK_ROOT, &name);

		if (dir >= 0 && faccessat(dir, ".", W_OK, AT_EACCESS) < 0)
			return log_error_errno(errno, "Cannot remove '%s': %m", paths[i]);
	}
	return 0;
}

static void begin(struct deletion *d)
{
	d->r = record_check_name(d->name);
	if (d->r == 0)
		d->r = lock_container(d->context->root_fd, d->name, &d->lock);
	if (d->r == 0)
		d->r = record_load(d->context->root_fd, d->name, &d->record);
	if (d->r == 0)
		d->r = check_writable(d);
}

static void end(struct deletion *d)
{
	record_done(&d->record);
	lock_done(&d->lock);
}

/* What still runs must not lose its files. Of n containers the good ones come first; returns how many are good
 * still. */
static size_t sort_out(struct deletion *v, size_t n)
{
	size_t good = 0;

	for (size_t i = 0; i < n; i++) {
		struct deletion d = v[i];

		if (d.r < 0)
			continue;
		v[i] = v[good];
		v[good++] = d;
	}
	return good;
}

/* They stop when the container does; but only now are the ports surely free, and failures forgotten. */
static void stop_ports(struct sd_bus *bus, struct deletion *d)
{
	_cleanup_(strv_done) struct strv units = { 0 };
	const struct systemd_jobs jobs = { .job = SYSTEMD_STOP, .units = &units };
	int signal, r;

	add_port_units(d, port_unit_name, &units);
	if (units.n == 0)
		return;
	r = systemd_run_jobs(bus, &jobs, &signal);
	if (r == -EINTR)
		signals_die(signal);
	note(d, r);
	for (size_t i = 0; i < units.n; i++)
		note(d, systemd_reset_failed(bus, units.v[i]));
}

static void stop(struct sd_bus *bus, struct deletion *v, size_t n)
{
	_cleanup_(strv_done) struct strv units = { 0 };
	int results[BATCH], signal, r;
	const struct systemd_jobs jobs = { .job = SYSTEMD_STOP, .units = &units, .results = results };

	for (size_t i = 0; i < n; i++)
		strv_take(&units, host_unit_name(v[i].name));
	r = systemd_run_jobs(bus, &jobs, &signal);
	if (r == -EINTR)
		signals_die(signal);
	for (size_t i = 0; i < n; i++) {
		v[i].runs = results[i] < 0;
		if (!v[i].runs)
			staging_clear(v[i].name); /* the unit does it, unless that was killed too */
		note(&v[i], results[i]);
		note(&v[i], systemd_enable(bus, units.v[i], false));
		note(&v[i], systemd_reset_failed(bus, units.v[i]));
		stop_ports(bus, &v[i]);
	}
}

/* systemd keeps a unit that others refer to, a target's wants for one, and would warn of the next one with its name. A
 * reload costs time for every container that there is, so it is not done for nothing. */
static void forget_units(struct sd_bus *bus, struct deletion *v, size_t n)
{
	_cleanup_(strv_done) struct strv units = { 0 };
	struct unit_state states[BATCH];
	bool loaded = false;
	int r;

	for (size_t i = 0; i < n; i++)
		strv_take(&units, host_unit_name(v[i].name));
	r = systemd_list(bus, &units, states);
	for (size_t i = 0; r == 0 && i < n; i++)
		loaded |= strcmp(states[i].load, "loaded") == 0;
	if (loaded)
		r = systemd_reload(bus);
	for (size_t i = 0; i < n; i++)
		note(&v[i], r);
}

/* All steps are done whatever became of the others, but the last: without a record the rest could not be found. */
static void remove_rest(struct deletion *d)
{
	static int (*const steps[])(const struct deletion *) = { remove_container_tree, remove_kept, release };

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		note(d, steps[i](d));
	if (d->r == 0)
		d->r = remove_record(d);
}

static int delete_good(const struct context *context, struct deletion *v, size_t n, struct progress *progress,
		       size_t done)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	bool host = context->on_host; /* elsewhere there is no systemd that knows the containers */
	int r = 0;

	if (host && n > 0) {
		r = systemd_connect(&bus);
		if (r < 0)
			return r;
		stop(bus, v, n);
		n = sort_out(v, n);
	}
	for (size_t i = 0; i < n; i++)
		note(&v[i], remove_unit(&v[i]));
	if (host && n > 0) {
		stop(bus, v, n); /* who does not ask for our lock may have started or enabled it meanwhile */
		forget_units(bus, v, n);
	}
	for (size_t i = 0; i < n; i++) {
		progress_show(progress, done + i);
		if (!v[i].runs)
			remove_rest(&v[i]);
	}
	log_line(NULL);
	return 0;
}

/* 0 when all are gone. */
static int delete_batch(const struct context *context, char *const *names, size_t n, struct progress *progress,
			size_t done)
{
	struct deletion v[BATCH];
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		v[i] = (struct deletion){ .context = context, .name = names[i], .lock = LOCK_INIT };
		begin(&v[i]);
	}
	r = delete_good(context, v, sort_out(v, n), progress, done);
	for (size_t i = 0; i < n; i++) {
		r = r < 0 ? r : v[i].r;
		end(&v[i]);
	}
	return r;
}

static int run(const struct context *context, int argc, char **argv)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	struct progress progress;
	int status = operands_read(&cmd_delete, context, argc, argv, &names);

	if (status)
		return status;
	if (verb_need_root(&cmd_delete) < 0)
		return 1;
	if (names.n > 0)
		strv_sort_unique(&names); /* the order of locks */
	progress_begin(&progress, "Deleting", names.n);
	for (size_t i = 0; i < names.n; i += BATCH)
		if (delete_batch(context, names.v + i, names.n - i < BATCH ? names.n - i : BATCH, &progress, i) < 0)
			status = 1;
	return status;
}

const struct verb cmd_delete = {
	.name = "delete",
	.synopsis = "NAME... | --all",
	.help = "Stop containers and remove all that belongs to them",
	.options = options,
	.run = run,
};
