/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt makes the user namespaces of containers as the host's root, and the kernel counts pending signals and message
 * queues of such a namespace against that user, too: as long as the sum is below the limit that the process had which
 * made the namespace (user_namespaces(7), and inc_rlimit_ucounts() in the kernel). That is a child of libvirt's daemon.
 * So if the daemon has half of what root has, containers together can never take more than half of it. The drop-in that
 * limits the daemon also keeps settings for all services of the host from it. */
#include "cli/libvirt-share.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/context.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "create/host-dropin.h"
#include "create/unit-file.h"
#include "systemd/manager.h"

static const char *const daemons[] = { "libvirtd.service", "virtlxcd.service" };

static const struct {
	const char *setting; /* systemd.exec(5) */
	int resource;
} shared[] = {
	{ "LimitSIGPENDING", RLIMIT_SIGPENDING },
	{ "LimitMSGQUEUE", RLIMIT_MSGQUEUE },
};

/* Half of what systemd has, which root's own services and sessions have, too. */
static rlim_t half(int resource)
{
	struct rlimit all = { 0 };

	return prlimit(1, (enum __rlimit_resource)resource, NULL, &all) < 0 || all.rlim_max == RLIM_INFINITY
		       ? RLIM_INFINITY
		       : all.rlim_max / 2;
}

static char *dropin_text(void)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	buf_addf(
		&b,
		"# Made by 'virt-sandbox-service setup': containers together take at most half of what root may have.\n"
		"[Service]\n");
	for (size_t i = 0; i < ARRAY_SIZE(shared); i++)
		if (half(shared[i].resource) != RLIM_INFINITY)
			buf_addf(&b, "%s=%" PRIu64 "\n", shared[i].setting, (uint64_t)half(shared[i].resource));
	host_dropin_add(&b);
	return buf_steal(&b);
}

/* 1 written, 0 as it should be, or -errno after a message. */
static int write_dropin(int root_fd, const char *daemon, const char *text)
{
	_cleanup_(freep) char *unit = xasprintf("/usr/lib/systemd/system/%s", daemon);
	_cleanup_(freep) char *path = host_dropin_path(daemon);
	_cleanup_(freep) char *old = NULL;
	struct stat st;
	int r;

	if (rootfd_lstat(root_fd, unit, WALK_ROOT, &st) < 0)
		return 0;
	if (rootfd_read(root_fd, path, WALK_ROOT, 65536, &old, NULL) == 0 && strcmp(old, text) == 0)
		return 0;
	r = unit_file_write(root_fd, path, text, true);
	return r < 0 ? log_error_errno(r, "Cannot write '%s': %m", path) : 1;
}

/* 1 limited, 0 if it is not running or was limited already. A daemon that started after the drop-in was written has its
 * limits; an older one gets them here, which for its children is the same. */
static int limit_daemon(struct sd_bus *bus, const char *daemon)
{
	struct unit_state state;
	int changed = 0;

	if (bus_unit_state(bus, daemon, &state) < 0 || state.main_pid == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(shared); i++) {
		struct rlimit now, limit = { half(shared[i].resource), half(shared[i].resource) };

		if (prlimit((pid_t)state.main_pid, (enum __rlimit_resource)shared[i].resource, NULL, &now) < 0 ||
		    now.rlim_max <= limit.rlim_max)
			continue;
		if (prlimit((pid_t)state.main_pid, (enum __rlimit_resource)shared[i].resource, &limit, NULL) < 0)
			return log_error_errno(errno, "Cannot limit '%s': %m", daemon);
		changed = 1;
	}
	return changed;
}

int libvirt_share_make(const struct context *context)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(freep) char *text = dropin_text();
	int changed = 0, r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(daemons); i++) {
		r = write_dropin(context->root_fd, daemons[i], text);
		changed |= r > 0;
	}
	if (r < 0 || !context->on_host)
		return r < 0 ? r : changed;
	r = systemd_connect(&bus);
	if (r == 0 && changed)
		r = systemd_reload(bus);
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(daemons); i++) {
		r = limit_daemon(bus, daemons[i]);
		changed |= r > 0;
	}
	return r < 0 ? r : changed;
}

/* Where drop-ins for all services are; those in /usr are the distribution's, with which libvirt works. */
static bool has_dropins_for_all(int root_fd)
{
	static const char *const dirs[] = { "/etc/systemd/system/service.d", "/run/systemd/system/service.d" };
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (rootfd_lstat(root_fd, dirs[i], WALK_ROOT, &st) == 0)
			return true;
	return false;
}

int libvirt_share_outdated(const struct context *context, struct sd_bus *bus, struct strv *ret)
{
	for (size_t i = 0; has_dropins_for_all(context->root_fd) && i < ARRAY_SIZE(daemons); i++) {
		_cleanup_(freep) char *path = host_dropin_path(daemons[i]);
		struct unit_state state;
		struct stat st;
		int r;

		if (rootfd_lstat(context->root_fd, path, WALK_ROOT, &st) < 0)
			continue;
		r = bus_unit_state(bus, daemons[i], &state);
		if (r < 0)
			return r;
		if (strcmp(state.active, "active") == 0 && state.ran / 1000000 < (uint64_t)st.st_mtime)
			strv_add(ret, daemons[i]);
	}
	return 0;
}

int libvirt_share_remove(const struct context *context)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(daemons); i++) {
		_cleanup_(freep) char *path = host_dropin_path(daemons[i]);

		r = unit_file_remove(context->root_fd, path);
		if (r < 0)
			return log_error_errno(r, "Cannot remove '%s': %m", path);
	}
	if (!context->on_host)
		return 0;
	r = systemd_connect(&bus);
	return r == 0 ? systemd_reload(bus) : r;
}
