/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container's first program: libvirt-lxc starts it as PID 1, in the container's namespaces and user ids. It does
 * what libvirt-lxc leaves undone, in the order of the table 'steps', and becomes systemd. It works on the container's
 * own files, and nothing checks its work afterwards, so any failure ends the container. */
#include "inside/init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/strv.h"
#include "base/syscalls.h"
#include "base/util.h"
#include "container/paths.h"
#include "container/root-layout.h"
#include "inside/confine.h"

/* libvirt mounts memory file systems with mode 0777 and without restrictions. */
static int tidy_mounts(void)
{
	for (const struct root_entry *e = root_layout; e->path; e++) {
		if (e->kind != ROOT_RAM)
			continue;
		if (mount(NULL, e->path, NULL, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV, NULL) < 0)
			return -errno;
		if (chmod(e->path, e->mode) < 0)
			return -errno;
	}
	return 0;
}

/* For the steps that follow, because '/run' is empty. */
static int make_folders(void)
{
	return mkdir("/run/systemd", 0755) < 0 || mkdir("/run/systemd/system", 0755) < 0 ? -errno : 0;
}

/* At shutdown, systemd would run the scripts of the host's packages in there, which cannot be masked one by one. This
 * is not one of the locked mounts, because '/usr' could then not be bound alone, as some units need. */
static int hide_shutdown_scripts(void)
{
	static const char path[] = "/usr/lib/systemd/system-shutdown";

	if (mount("none", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, "mode=755,size=4k") < 0)
		return errno == ENOENT ? 0 : -errno;
	return 0;
}

/* systemd passes credentials to a unit through a mount that must propagate to the unit's own namespace. */
static int share_root(void)
{
	return mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) < 0 ? -errno : 0;
}

/* Settings with which systemd copes with all this. The filter refuses user namespaces, so a unit that asks for one
 * would not start; it does not need one, because the container has its own. At shutdown, systemd must not try to
 * unmount locked mounts: the root's writable directories get drop-ins, as does what is mounted below '/etc', and '/tmp'
 * gets a unit, since systemd would stop its own whatever a drop-in says. */
#define STAYS "[Unit]\nDefaultDependencies=no\n"
static const struct {
	const char *folder, *name, *text;
} settings[] = {
	{ "service.d", "~virt-sandbox.conf", "[Service]\nPrivateUsers=no\n" },
	{ "etc-.mount.d", "50-virt-sandbox.conf", STAYS },
	{ ".", "tmp.mount", STAYS "[Mount]\nWhat=tmpfs\nWhere=/tmp\nType=tmpfs\n" },
};

static int write_setting(const char *folder, const char *name, const char *text)
{
	_cleanup_(freep) char *dir = xasprintf("/run/systemd/system/%s", folder);
	_cleanup_(freep) char *path = xasprintf("%s/%s", dir, name);
	_cleanup_(closep) int fd = -1;

	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	return fd < 0 || dprintf(fd, "# Made by the container's init.\n%s", text) < 0 ? -errno : 0;
}

static int write_settings(void)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(settings); i++)
		r = write_setting(settings[i].folder, settings[i].name, settings[i].text);
	for (const struct root_entry *e = root_layout; r == 0 && e->path; e++) {
		_cleanup_(freep) char *folder = xasprintf(
			"%s.mount.d", e->path + 1); /* one component, so that systemd's name for it needs no escaping */

		if (root_is_writable(e))
			r = write_setting(folder, "50-virt-sandbox.conf", STAYS);
	}
	return r;
}

/* libvirt gives devices to root alone. Those that every user of the host may use are for every user here, too. */
static int open_devices(void)
{
	_cleanup_(strv_done) struct strv paths = { 0 };

	strv_split(&paths, getenv(DEVICES_VARIABLE) ? getenv(DEVICES_VARIABLE) : "", " ");
	for (size_t i = 0; i < paths.n; i++)
		if (chmod(paths.v[i], 0666) < 0)
			return -errno;
	return 0;
}

/* aa_change_onexec(2): the profile takes effect when we become systemd. Until then, we mount what it refuses. */
static int take_profile(void)
{
	const char *profile = getenv(PROFILE_VARIABLE);
	_cleanup_(freep) char *text = xasprintf("exec %s", profile ?: "");
	_cleanup_(closep) int fd = -1;

	if (!profile)
		return 0;
	fd = open("/proc/self/attr/apparmor/exec", O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

static int close_inherited(void)
{
	return sys_close_range(3, ~0U, 0);
}

static int enter_cgroups(void)
{
	return own_cgroups(0);
}

static int cover_files(void)
{
	return cover_host(cover_usr);
}

static struct rights rights;

static int drop_capabilities(void)
{
	return confine_capabilities(~rights_capabilities() | rights.capabilities);
}

static int load_filter(void)
{
	return confine_syscalls(&rights);
}

static const struct {
	const char *what;
	int (*run)(void);
} steps[] = {
	{ "close inherited descriptors", close_inherited },
	{ "set hardware addresses", set_hardware_addresses },
	{ "set IPv6 addresses", set_ipv6_addresses },
	{ "enter a cgroup namespace", enter_cgroups },
	{ "tidy the memory file systems", tidy_mounts },
	{ "create directories in '/run'", make_folders },
	{ "open devices to users", open_devices },
	{ "write settings for systemd", write_settings }, /* which the next step leaves alone */
	{ "mask the units of other packages", mask_units },
	{ "cover the host's files", cover_files },
	{ "lock the mounts", cover_lock },
	{ "hide the host's shutdown scripts", hide_shutdown_scripts },
	{ "share the root mount", share_root },
	{ "set limits", set_limits },
	{ "let users ping without raw sockets", let_users_ping },
	{ "take its AppArmor profile", take_profile },
	{ "drop capabilities", drop_capabilities },
	{ "load the system call filter", load_filter },
};

/* Tells the monitor, too, because the console disappears before it can be read. */
static int fail(const char *what, int r)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = INSIDE_HOST "/" HOST_NOTIFY };
	_cleanup_(freep) char *text = xasprintf("X_INIT_FAILED=cannot %s: %s", what, strerror(-r));
	_cleanup_(closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	fprintf(stderr, "%s\n", strchr(text, '=') + 1);
	if (fd >= 0)
		sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof(address));
	return 1;
}

/* systemd's messages and those of its journal go to the console, and from there to the host's journal, where an
 * administrator finds them under the container's unit, and root in the container cannot delete them. */
static void become_systemd(void)
{
	static const char *const paths[] = { "/usr/lib/systemd/systemd", "/lib/systemd/systemd" };
	static const char *const arguments[] = {
		"--show-status=error",
		"systemd.journald.forward_to_console=1",
		"systemd.journald.max_level_console=info",
	};
	static const char *const kept[] = { "container", "container_uuid", "NOTIFY_SOCKET" };
	char *argv[ARRAY_SIZE(arguments) + 2] = { 0 }, *env[ARRAY_SIZE(kept) + 2] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(arguments); i++)
		argv[i + 1] = xstrdup(arguments[i]);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		if (getenv(kept[i]))
			env[n++] = xasprintf("%s=%s", kept[i], getenv(kept[i]));
	env[n] = xstrdup("TERM=dumb"); /* the other end of the console is a journal */
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		argv[0] = xstrdup(paths[i]);
		execve(paths[i], argv, env);
	}
}

/* The argument, if there is one, names the container's rights. */
int main(int argc, char **argv)
{
	log_begin();
	umask(022);
	if (argc > 1 && rights_parse(argv[1], &rights) < 0)
		return fail("understand its rights", -EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int r;

		log_info("%s.", steps[i].what);
		r = steps[i].run();

		if (r < 0)
			return fail(steps[i].what, r);
	}
	log_info("become systemd.");
	become_systemd();
	return fail("run systemd", -errno);
}
