/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* setup --check: what the host has and lacks. Each row of checks[] examines one thing, and tells what it found and what
 * to do about it. Nothing is changed. */
#include "cli/host-check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include "base/buf.h"
#include "base/idmap.h"
#include "base/interface.h"
#include "base/ipv4.h"
#include "base/ipv6.h"
#include "base/json.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "base/subprocess.h"
#include "cli/init-scripts.h"
#include "cli/libvirt-daemons.h"
#include "cli/libvirt-share.h"
#include "cli/sysctl.h"
#include "container/apparmor.h"
#include "container/paths.h"
#include "container/port.h"
#include "container/record-file.h"
#include "container/virt-client.h"
#include "create/id-range.h"
#include "create/port-unit.h"
#include "package/pkg.h"
#include "running/leader.h"
#include "running/walls.h"
#include "selinux/selinux.h"
#include "systemd/manager.h"

#define TREE_BYTES (UINT64_C(4) * 1024 * 1024) /* for one container, without its data and its journal */
#define TREE_FILES 1500
#define CONTAINERS_LEAST 20 /* fewer are not enough to start with */

enum state {
	GOOD,
	WEAK,  /* containers run, but with less protection or in smaller numbers */
	LACKS, /* containers do not run */
};
static const char *const state_names[] = { [GOOD] = "ok", [WEAK] = "weak", [LACKS] = "lacks" };

struct finding {
	enum state state;
	char *found, *advice; /* advice is NULL if all is well */
};

static void finding_done(struct finding *f)
{
	free(f->found);
	free(f->advice);
}

static struct finding finding(enum state state, char *found, const char *advice)
{
	return (struct finding){ state, found, state == GOOD ? NULL : xstrdup(advice) };
}

static bool present(const struct context *context, const char *path)
{
	struct stat st;

	return rootfd_lstat(context->root_fd, path, WALK_ROOT, &st) == 0;
}

static struct finding check_systemd(const struct context *context)
{
	static const char advice[] = "boot the host with systemd as process 1";
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	char version[32];

	(void)context;
	if (!systemd_present())
		return finding(LACKS, xstrdup("this host was not started by systemd"), advice);
	if (systemd_connect(&bus) < 0 || systemd_version(bus, version, sizeof(version)) < 0)
		return finding(LACKS, xstrdup("systemd does not answer on D-Bus"), "start dbus.service");
	return finding(GOOD, xasprintf("version %s", version), NULL);
}

/* Parts of systemd that some distributions put into separate packages. */
static struct finding check_parts(const struct context *context)
{
	static const struct {
		const char *path, *purpose;
		bool needed;
	} parts[] = {
		{ "/usr/lib/systemd/systemd-machined", "containers in a scope of their own (machined)", true },
		{ "/usr/lib/systemd/systemd-networkd", "DHCP in containers (networkd)", false },
		{ PROXY_PROGRAM, "published ports (socket-proxyd)", false },
	};
	_cleanup_(buf_done) struct buf missing = { 0 };
	enum state state = GOOD;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (present(context, parts[i].path))
			continue;
		buf_addf(&missing, "%s%s", missing.len ? ", " : "missing: ", parts[i].purpose);
		state = parts[i].needed ? LACKS : state == GOOD ? WEAK : state;
	}
	return finding(state,
		       state == GOOD ? xstrdup("machined, networkd and socket-proxyd are there") : buf_steal(&missing),
		       "install the distribution's packages with these parts of systemd, as systemd-container and "
		       "systemd-networkd");
}

static struct finding check_libvirt(const struct context *context)
{
	_cleanup_(libvirt_daemons_done) struct libvirt_daemons daemons = { 0 };
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(strv_done) struct strv outdated = { 0 };
	_cleanup_(freep) char *version = NULL;

	if (systemd_connect(&bus) < 0 || libvirt_daemons_find(bus, &daemons) < 0)
		return finding(LACKS, xstrdup("systemd does not tell which daemons run"), "see the message above");
	if (virt_client_run(context->connect, "libvirt-version", "libvirt", &version) < 0)
		return finding(LACKS, xasprintf("no answer at '%s'", context->connect),
			       daemons.name
				       ? "virt-sandbox-service setup"
				       : "install libvirt with its LXC driver, which is part of libvirtd or virtlxcd");
	if (libvirt_share_outdated(context, bus, &outdated) == 0 && outdated.n > 0)
		return finding(
			WEAK,
			xasprintf("version %s, but '%s' is older than the drop-in that setup made for it, so it has "
				  "what is set for all services, and containers may not start",
				  version, outdated.v[0]),
			"virt-sandbox-service setup");
	if (daemons.lacks.n > 0)
		return finding(WEAK,
			       xasprintf("version %s, but '%s' is not enabled, so containers cannot start at boot",
					 version, daemons.lacks.v[0]),
			       "virt-sandbox-service setup");
	return finding(GOOD, xasprintf("version %s, with its LXC driver", version), NULL);
}

static struct finding check_network(const struct context *context)
{
	_cleanup_(freep) char *address = NULL, *address6 = NULL, *condition = NULL;
	struct ipv4_range range;
	struct ipv6_range range6;

	if (interface_range(NETWORK_BRIDGE, &range) < 0)
		return finding(LACKS, xstrdup("libvirt network '" NETWORK "' is not up"), "virt-sandbox-service setup");
	if (virt_client_run(context->connect, "network-check", NETWORK, &condition) < 0)
		return finding(LACKS, xstrdup("libvirt does not tell of network '" NETWORK "'"),
			       "see the message above");
	if (strcmp(condition, NETWORK_NO_RULES) == 0)
		return finding(WEAK,
			       xstrdup("the rules of '" NETWORK
				       "' are gone from the host's firewall, so containers may "
				       "reach nothing outside of it"),
			       "virt-sandbox-service setup");
	if (strcmp(condition, NETWORK_OUTDATED) == 0)
		return finding(WEAK,
			       xstrdup("'" NETWORK "' was made by an earlier version, so published ports and names of "
				       "containers may not work"),
			       "virt-sandbox-service setup, while no container on it runs");
	address = ipv4_format(range.address);
	if (interface_range6(NETWORK_BRIDGE, &range6) == 0)
		address6 = ipv6_format_range(&range6);
	return finding(GOOD,
		       xasprintf("'" NETWORK "' is %s/%u, for %" PRIu64 " containers, %s%s", address, range.prefix,
				 range.prefix < 31 ? (UINT64_C(1) << (32 - range.prefix)) - 3 : 0,
				 address6 ? "and " : "without IPv6", address6 ? address6 : ""),
		       NULL);
}

static struct finding check_network_walls(const struct context *context)
{
	if (!walls_rules(context))
		return finding(WEAK,
			       xstrdup("gone: containers on '" NETWORK "' can forge addresses, and reach the host"),
			       "virt-sandbox-service setup; the next start of a container restores them, too");
	return finding(GOOD, xstrdup("around each container on '" NETWORK "'"), NULL);
}

static struct finding check_cgroups(const struct context *context)
{
	static const char *const needed[] = { "cpu", "io", "memory", "pids" };
	_cleanup_(strv_done) struct strv have = { 0 }, missing = { 0 };
	_cleanup_(freep) char *text = NULL, *list = NULL;
	_cleanup_(closep) int fd =
		rootfd_openat(context->root_fd, "/sys/fs/cgroup", O_PATH | O_DIRECTORY, 0, WALK_ROOT);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) < 0 || fs.f_type != CGROUP2_SUPER_MAGIC)
		return finding(LACKS, xstrdup("'/sys/fs/cgroup' is not cgroup2 only"),
			       "boot with systemd.unified_cgroup_hierarchy=1");
	if (rootfd_read(fd, "cgroup.controllers", WALK_TREE, 4096, &text, NULL) == 0)
		strv_split(&have, text, " \n");
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!strv_has(&have, needed[i]))
			strv_add(&missing, needed[i]);
	list = strv_join(&missing, ", ");
	if (missing.n > 0)
		return finding(WEAK, xasprintf("version 2, without %s", list),
			       "enable these controllers for version 2; otherwise some limits may have no effect");
	return finding(GOOD, xstrdup("version 2"), NULL);
}

/* Opens the containers' directory or, if it does not exist, the nearest directory above. A descriptor, or -errno. */
static int open_containers(const struct context *context)
{
	_cleanup_(freep) char *path = xstrdup(CONTAINERS_DIR);
	int fd = -ENOENT;

	while (fd == -ENOENT && *path) {
		fd = rootfd_openat(context->root_fd, path, O_RDONLY | O_DIRECTORY, 0, WALK_ROOT);
		*strrchr(path, '/') = '\0';
	}
	return fd;
}

static struct finding check_idmap(const struct context *context)
{
	static const char advice[] =
		"put it on ext4, xfs or btrfs with Linux 5.12 or later, or create containers with --private-users=no";
	_cleanup_(closep) int containers = open_containers(context);
	_cleanup_(closep) int usr = rootfd_openat(context->root_fd, "/usr", O_RDONLY | O_DIRECTORY, 0, WALK_ROOT);
	_cleanup_(closep) int userns = idmap_userns(ID_RANGE_LAST, ID_RANGE_COUNT);
	_cleanup_(closep) int tree_mount = -1, usr_mount = -1;

	if (userns < 0)
		return finding(WEAK, xasprintf("no user namespace can be made: %s", strerror(-userns)),
			       "raise user.max_user_namespaces, or create containers with --private-users=no");
	tree_mount = containers < 0 ? containers : idmap_clone(containers, userns, IDMAP_READONLY);
	if (tree_mount < 0)
		return finding(WEAK, xasprintf("not for '" CONTAINERS_DIR "': %s", strerror(-tree_mount)), advice);
	usr_mount = usr < 0 ? usr : idmap_clone(usr, userns, IDMAP_READONLY);
	if (usr_mount < 0)
		return finding(WEAK, xasprintf("not for '/usr': %s", strerror(-usr_mount)), advice);
	return finding(GOOD, xstrdup("for '" CONTAINERS_DIR "' and for '/usr'"), NULL);
}

static struct finding check_merged_usr(const struct context *context)
{
	static const char *const names[] = { "bin", "sbin", "lib" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_(freep) char *target = NULL;
		int r = rootfd_readlink(context->root_fd, names[i], WALK_TREE, &target);

		if (r < 0 && r != -ENOENT)
			return finding(LACKS, xasprintf("'/%s' is not a link into it", names[i]),
				       "convert the host (usr-merge)");
	}
	return finding(GOOD, xstrdup("'/bin', '/sbin' and '/lib' are links into it"), NULL);
}

static struct finding check_packages(const struct context *context)
{
	const struct pkg_backend *const backends[] = { &pkg_rpm, &pkg_dpkg };
	_cleanup_(buf_done) struct buf found = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(backends); i++)
		if (backends[i]->present(context->root_fd))
			buf_addf(&found, "%s%s", found.len ? " and " : "", backends[i]->name);
	if (found.len == 0)
		return finding(LACKS, xstrdup("neither rpm nor dpkg has one"),
			       "use a host with rpm or dpkg packages; nothing else says what a service needs");
	return finding(GOOD, buf_steal(&found), NULL);
}

/* Whether the loaded modules are those that came with this program; -errno after a message. */
static int policy_current(void)
{
	static const char *const argv[] = { POLICYPATH, "check", NULL };
	_cleanup_(freep) char *state = NULL;
	int r = subprocess_run(argv, -1, &state);

	return r < 0 ? r : strcmp(state, "ready\n") == 0 && selinux_has_own_types();
}

static struct finding check_selinux(const struct context *context)
{
	const struct selinux_asked nothing = { 0 };
	_cleanup_(freep) char *process = NULL, *file = NULL;

	(void)context;
	if (!selinux_on() && apparmor_on())
		return finding(GOOD, xstrdup("not needed: the host has AppArmor"), NULL);
	if (!selinux_on())
		return finding(WEAK, xstrdup("off: user ids, namespaces and filters alone keep containers apart"),
			       "enable SELinux or AppArmor, whichever the distribution has");
	if (selinux_contexts("s0:c0,c1", &nothing, &process, &file) < 0)
		return finding(LACKS, xstrdup("the policy lacks the types of containers"),
			       "virt-sandbox-service setup");
	if (!selinux_enforcing())
		return finding(WEAK, xasprintf("permissive: it logs what %s must not do, but allows it", process),
			       "setenforce 1");
	return finding(GOOD, xasprintf("enforcing, processes are %s", process), NULL);
}

/* Each container has a profile of its own while it runs; 'status' shows it. */
static struct finding check_apparmor(const struct context *context)
{
	(void)context;
	if (!apparmor_on())
		return finding(GOOD, xstrdup("not needed: the host does not use it"), NULL);
	if (!apparmor_can_load())
		return finding(WEAK, xstrdup("containers run unconfined, because apparmor_parser is missing"),
			       "install the distribution's package 'apparmor', and restart the containers");
	return finding(GOOD, xstrdup("on; each start of a container loads a profile virt-sandbox-NAME"), NULL);
}

static struct finding check_policy(const struct context *context)
{
	int current;

	(void)context;
	if (!selinux_on())
		return finding(GOOD, xstrdup("not needed: SELinux is off"), NULL);
	current = policy_current();
	if (current < 0)
		return finding(WEAK, xstrdup("cannot examine the host's modules"), "see the message above");
	if (current == 0)
		return finding(
			WEAK, xstrdup("this version's modules are not loaded: its programs may do more than they need"),
			"virt-sandbox-service setup");
	return finding(GOOD, xstrdup("this version's modules are loaded"), NULL);
}

/* seccomp(2) */
static struct finding check_system_calls(const struct context *context)
{
	(void)context;
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
		return finding(LACKS, xstrdup("the kernel cannot filter them"),
			       "boot a kernel that was built with CONFIG_SECCOMP_FILTER");
	return finding(GOOD, xstrdup("the kernel can filter them"), NULL);
}

/* Adds the walls that do not stand, or only in part, as 'NAME' WALL, WALL. Whether there is one. */
static bool add_missing_walls(struct buf *b, const struct record *record, const struct walls *walls)
{
	bool missing = false;

	for (size_t i = 0; i < walls->n; i++) {
		if (walls->v[i].state == WALL_STANDS)
			continue;
		if (missing)
			buf_addf(b, ", %s", walls->v[i].name);
		else
			buf_addf(b, "%s'%s' %s", b->len ? "; " : "", record->name, walls->v[i].name);
		missing = true;
	}
	return missing;
}

#define WEAK_NAMED 3 /* containers; 'status' tells of each */

static struct finding check_walls(const struct context *context)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	_cleanup_(buf_done) struct buf missing = { 0 };
	bool rules = walls_rules(context);
	size_t running = 0, weak = 0;

	if (record_names(context->root_fd, &names) < 0)
		return finding(WEAK, xstrdup("the records cannot be read"), "see the message above");
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(record_done) struct record record = { 0 };
		_cleanup_(walls_done) struct walls walls = { 0 };
		_cleanup_(buf_done) struct buf rest = { 0 };
		pid_t leader;

		if (leader_read(context->root_fd, names.v[i], &leader) < 0 ||
		    record_load(context->root_fd, names.v[i], &record) < 0 ||
		    walls_find(context->root_fd, &record, rules, &walls) < 0)
			continue;
		running++;
		weak += add_missing_walls(weak < WEAK_NAMED ? &missing : &rest, &record, &walls);
	}
	if (weak == 0)
		return finding(GOOD, xasprintf("all stand, in %zu running containers", running), NULL);
	return finding(WEAK,
		       xasprintf("weak or missing in %zu of %zu running containers: %s%s", weak, running, missing.text,
				 weak > WEAK_NAMED ? "; ..." : ""),
		       "see 'virt-sandbox-service status NAME'");
}

static struct finding check_init_scripts(const struct context *context)
{
	_cleanup_(strv_done) struct strv misled = { 0 };
	_cleanup_(freep) char *text = NULL;

	init_scripts_misled(context, &misled);
	if (misled.n == 0)
		return finding(GOOD, xstrdup("none names a program that runs in a container"), NULL);
	text = strv_enumerate(&misled, "and");
	return finding(WEAK, xasprintf("they may take processes of containers for their own: %s", text),
		       "if one says that its service is running already, stop the container first, or give the service "
		       "a unit; see CAVEATS in virt-sandbox-service(8)");
}

static struct finding check_limits(const struct context *context)
{
	const struct kernel_limit *least = NULL;
	uint64_t room = UINT64_MAX;
	bool low = false;

	for (const struct kernel_limit *l = kernel_limits; l->path; l++) {
		uint64_t value;

		if (kernel_limit_read(context->root_fd, l, &value) < 0)
			continue;
		low |= value < l->least;
		if (value / l->each < room) {
			room = value / l->each;
			least = l;
		}
	}
	if (!least)
		return finding(GOOD, xstrdup("none"), NULL);
	return finding(low ? WEAK : GOOD, xasprintf("for about %" PRIu64 " containers, by %s", room, least->key),
		       "virt-sandbox-service setup");
}

static struct finding check_disk(const struct context *context)
{
	_cleanup_(closep) int fd = open_containers(context);
	struct statvfs fs;
	uint64_t room, files;

	if (fd < 0 || fstatvfs(fd, &fs) < 0)
		return finding(LACKS, xasprintf("'" CONTAINERS_DIR "' cannot be examined: %s", strerror(errno)),
			       "mount the file system it belongs on");
	room = (uint64_t)fs.f_bavail * fs.f_frsize / TREE_BYTES;
	files = fs.f_files ? (uint64_t)fs.f_favail / TREE_FILES : room;
	room = files < room ? files : room;
	return finding(fs.f_flag & ST_RDONLY || room == 0 ? LACKS
		       : room < CONTAINERS_LEAST	  ? WEAK
							  : GOOD,
		       xasprintf("for about %" PRIu64 " containers without data%s", room,
				 fs.f_flag & ST_RDONLY ? ", but it is read-only" : ""),
		       "give '" CONTAINERS_DIR "' more space, or another file system, or use create --path");
}

static struct finding check_directory(const struct context *context)
{
	struct stat st;

	if (rootfd_lstat(context->root_fd, CONTAINERS_DIR, WALK_ROOT, &st) < 0)
		return finding(WEAK, xstrdup("'" CONTAINERS_DIR "' does not exist yet"), "virt-sandbox-service setup");
	if (st.st_mode & 077)
		return finding(WEAK, xstrdup("other users can enter '" CONTAINERS_DIR "'"),
			       "virt-sandbox-service setup");
	return finding(GOOD, xstrdup("only root can enter '" CONTAINERS_DIR "'"), NULL);
}

static const struct {
	const char *name;
	struct finding (*look)(const struct context *context);
} checks[] = {
	{ "systemd", check_systemd },
	{ "parts of systemd", check_parts },
	{ "libvirt", check_libvirt },
	{ "network", check_network },
	{ "network walls", check_network_walls },
	{ "control groups", check_cgroups },
	{ "id-mapped mounts", check_idmap },
	{ "merged /usr", check_merged_usr },
	{ "package database", check_packages },
	{ "SELinux", check_selinux },
	{ "SELinux policy", check_policy },
	{ "AppArmor", check_apparmor },
	{ "system calls", check_system_calls },
	{ "walls", check_walls },
	{ "init scripts", check_init_scripts },
	{ "kernel limits", check_limits },
	{ "directory", check_directory },
	{ "disk", check_disk },
};

static void print_line(const char *name, const struct finding *f)
{
	printf("%-6s %-17s %s\n", state_names[f->state], name, f->found);
	if (f->advice)
		printf("%-24s %s\n", "", f->advice);
}

static struct json_object *finding_json(const char *name, const struct finding *f)
{
	struct json_object *o = json_object_make();

	json_set_string(o, "name", name);
	json_set_string(o, "state", state_names[f->state]);
	json_set_string(o, "found", f->found);
	json_set_string(o, "advice", f->advice ? f->advice : "");
	return o;
}

int host_check(const struct context *context, bool json)
{
	_cleanup_(json_freep) struct json_object *array = json_array_make();
	int status = 0;

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		_cleanup_(finding_done) struct finding f = checks[i].look(context);

		status |= f.state == LACKS;
		if (json)
			json_append(array, finding_json(checks[i].name, &f));
		else
			print_line(checks[i].name, &f);
	}
	if (json)
		json_print(array);
	return status;
}
