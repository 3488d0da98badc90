/* delete: stops a container and takes away all that create made. Every step takes 'already gone' as done and goes on after
 * an error, and the record goes last: so it finishes any create or delete that was cut short. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "build.h"
#include "cmds.h"
#include "lock.h"
#include "hostunit.h"
#include "log.h"
#include "remove.h"
#include "reserve.h"
#include "rootfd.h"
#include "systemd.h"
#include "systemd-jobs.h"

struct deletion {
	const struct globals *globals;
	const char *name;
	char *path; /* of the tree */
};

/* Only on the host itself: --root has no running systemd. */
static bool is_host(const struct deletion *d)
{
	return strcmp(d->globals->root, "/") == 0;
}

static int stop(const struct deletion *d)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(strv_done) struct strv units = { 0 };
	const struct systemd_jobs jobs = { .job = SYSTEMD_STOP, .units = &units };
	int signal = 0, r, e;

	if (!is_host(d))
		return 0;
	strv_take(&units, host_unit_name(d->name));
	r = systemd_connect(&bus);
	if (r < 0)
		return r;
	r = systemd_run_jobs(bus, &jobs, &signal);
	if (r < 0)
		return r;
	r = systemd_enable(bus, units.v[0], false);
	e = systemd_reset_failed(bus, units.v[0]);
	return r ? r : e;
}

/* systemd keeps a unit that others refer to, a target's wants for one, and would warn of the next one with its name. A
 * reload costs time for every container that there is, so it is not done for nothing. */
static int forget_unit(const struct deletion *d)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(strv_done) struct strv units = { 0 };
	struct unit_state state = { 0 };
	int r;

	if (!is_host(d))
		return 0;
	strv_take(&units, host_unit_name(d->name));
	r = systemd_connect(&bus);
	if (r == 0)
		r = systemd_list(bus, &units, &state);
	if (r == 0 && strcmp(state.load, "loaded") == 0)
		r = systemd_reload(bus);
	return r;
}

/* Removes a file that may be gone already. */
static int remove_file(const struct deletion *d, const char *path)
{
	int r = rootfd_unlink(d->globals->root_fd, path);

	return r == 0 || r == -ENOENT ? 0 : log_error_errno(r, "Cannot remove '%s': %m", path);
}

static int remove_directory(const struct deletion *d, const char *path)
{
	const char *name;
	_cleanup_(closep) int dir = rootfd_parent(d->globals->root_fd, path, WALK_ROOT, &name);
	int r = dir < 0 ? dir : remove_tree(dir, name);

	if (r == 0 || r == -ENOENT)
		return 0;
	if (r == -EBUSY)
		return log_error_errno(r, "Cannot remove '%s' whole, because something is mounted in it: unmount that first.",
				       path);
	return log_error_errno(r, "Cannot remove '%s' whole: %m", path);
}

/* And the administrator's drop-ins for it, which would apply to the next container of the name. */
static int remove_unit(const struct deletion *d)
{
	_cleanup_(freep) char *path = host_unit_path(d->name);
	_cleanup_(freep) char *dropins = xasprintf("%s.d", path);
	int r = remove_file(d, path), e;

	e = remove_directory(d, dropins);
	return r < 0 ? r : e;
}

static int remove_container_tree(const struct deletion *d)
{
	return remove_directory(d, d->path);
}

static int remove_kept(const struct deletion *d)
{
	_cleanup_(freep) char *path = xasprintf(RESERVE_DIR "/allow/%s", d->name);

	return remove_file(d, path);
}

static int release(const struct deletion *d)
{
	return reserve_release(d->globals->root_fd, d->name);
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
	const char *const paths[] = { record, unit, d->path };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		const char *name;
		_cleanup_(closep) int dir = rootfd_parent(d->globals->root_fd, paths[i], WALK_ROOT, &name);

		if (dir >= 0 && faccessat(dir, ".", W_OK, AT_EACCESS) < 0)
			return log_error_errno(errno, "Cannot remove '%s': %m", paths[i]);
	}
	return 0;
}

/* All but the first and the last are done whatever became of the others. */
static int delete_container(const struct deletion *d)
{
	static int (*const steps[])(const struct deletion *) = { remove_unit, forget_unit, remove_container_tree,
							       remove_kept, release };
	int first = check_writable(d);

	if (first == 0)
		first = stop(d); /* what still runs must not lose its files */
	if (first < 0)
		return first;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int r = steps[i](d);

		first = first ? first : r;
	}
	return first ? first : remove_record(d);
}

static int delete_name(const struct globals *globals, const char *name)
{
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(lock_done) struct lock lock = LOCK_INIT;
	struct deletion d = { globals, name, NULL };
	int r = record_check_name(name);

	if (r == 0)
		r = lock_container(globals->root_fd, name, &lock);
	if (r == 0)
		r = record_load(globals->root_fd, name, &record);
	if (r < 0)
		return r;
	d.path = record.path;
	return delete_container(&d);
}

static int run(const struct globals *globals, int argc, char **argv)
{
	const struct cmd_option *o;
	int status = 0;

	while ((o = cmd_getopt(&cmd_delete, argc, argv)))
		return 2;
	if (optind == argc)
		return cmd_usage(&cmd_delete, "give the name of a container");
	if (cmd_need_root(&cmd_delete) < 0)
		return 1;
	for (int i = optind; i < argc; i++)
		if (delete_name(globals, argv[i]) < 0)
			status = 1;
	return status;
}

const struct cmd cmd_delete = {
	.name = "delete",
	.synopsis = "NAME...",
	.help = "Stop containers and remove all that belongs to them",
	.run = run,
};
