/* domain-start and domain-stop: the two ends of a container's domain, run by the monitor and by the host unit. The
 * monitor stays small because libvirt is loaded only here, in processes that soon end. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/xattr.h>
#include <linux/xattr.h>
#include <unistd.h>

#include "allow.h"
#include "cmds.h"
#include "domain.h"
#include "handover.h"
#include "hold.h"
#include "hostdirs.h"
#include "idmap.h"
#include "leader.h"
#include "log.h"
#include "rootfd.h"
#include "scope.h"
#include "virt.h"

#define PIVOT ".oldroot"

/* What is mounted while a container starts; it lives on in the container when it is gone from the host. Read-only is
 * done here, before the container's user namespace, where root of it cannot undo it. */
static const struct {
	const char *name;
	enum { TREE, HOST_USR, ITSELF } source;
	bool mapped, readonly;
} mounts[] = {
	{ DOMAIN_ROOT, TREE, true, true },
	{ DOMAIN_TREE, TREE, true, false },
	{ DOMAIN_USR, HOST_USR, true, true },
	{ DOMAIN_HOST, ITSELF, false, true },
};

static void unmount_all(const char *runtime)
{
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		_cleanup_(freep) char *path = xasprintf("%s/%s", runtime, mounts[i].name);

		while (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
			;
	}
}

static int mount_failed(int r, const char *path)
{
	if (r == -EINVAL)
		return log_error_errno(r,
				       "The file system of '%s' does not support id-mapped mounts; put it on ext4, xfs "
				       "or btrfs, or create the container with --private-users=no",
				       path);
	if (r == -ENOSYS)
		return log_error_errno(r, "This kernel has no id-mapped mounts (Linux 5.12 has); create the container "
					  "with --private-users=no");
	return log_error_errno(r, "Cannot mount '%s' for the container: %m", path);
}

static int mount_one(int root_fd, const char *source, const char *target, int userns, bool readonly)
{
	_cleanup_(closep) int fd = rootfd_openat(root_fd, source, O_PATH | O_DIRECTORY, 0, WALK_ROOT);
	_cleanup_(closep) int mount = -1;
	int r;

	if (fd < 0)
		return log_error_errno(fd, "Cannot open '%s': %m", source);
	mount = idmap_clone(fd, userns, readonly);
	if (mount < 0)
		return mount_failed(mount, source);
	if (mkdir(target, 0700) < 0 && errno != EEXIST)
		return log_error_errno(errno, "Cannot make '%s': %m", target);
	r = idmap_attach(mount, target);
	return r < 0 ? mount_failed(r, source) : 0;
}

static int mount_all(int root_fd, const struct record *record, const char *runtime)
{
	_cleanup_(closep) int userns = -1;

	if (record->uid_base != 0) {
		userns = idmap_userns(record->uid_base, record->uid_count);
		if (userns < 0)
			return log_error_errno(userns, "Cannot make a user namespace for container '%s': %m",
					       record->name);
	}
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		_cleanup_(freep) char *target = xasprintf("%s/%s", runtime, mounts[i].name);
		const char *const sources[] = { [TREE] = record->path, [HOST_USR] = "/usr", [ITSELF] = target };
		int r = mount_one(root_fd, sources[mounts[i].source], target, mounts[i].mapped ? userns : -1,
				  mounts[i].readonly);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Where libvirt and the container's init mount what is not of the tree. */
static const char *const covered[] = { PIVOT, "usr", "run", "tmp", "dev", "proc", "sys", NULL };

/* libvirt follows links in the paths that it mounts, and the tree is the container's. */
static int check_folder(int tree, const struct record *record, const char *name)
{
	_cleanup_(closep) int fd = rootfd_openat(tree, name, O_PATH | O_DIRECTORY, 0, WALK_TREE);

	if (fd < 0)
		return log_error_errno(fd, "'%s/%s' must be a folder: %m", record->path, name);
	return 0;
}

static int check_folders(int tree, const struct record *record, const char *const *names)
{
	int r = 0;

	for (; r == 0 && *names; names++)
		r = check_folder(tree, record, *names);
	return r;
}

static int prepare_tree(int root_fd, const struct record *record)
{
	_cleanup_(closep) int tree = rootfd_openat(root_fd, record->path, O_PATH | O_DIRECTORY, 0, WALK_ROOT);
	int r;

	if (tree < 0)
		return log_error_errno(tree, "Cannot open the tree '%s' of container '%s': %m", record->path,
				       record->name);
	/* libvirt would make it where it changes roots, which a read-only root does not let it. */
	if (mkdirat(tree, PIVOT, 0755) < 0 && errno != EEXIST)
		return log_error_errno(errno, "Cannot make '%s/" PIVOT "': %m", record->path);
	r = check_folders(tree, record, covered);
	return r < 0 ? r : check_folders(tree, record, domain_writable);
}

/* Of the host's users only the container's root may pass the runtime directory (mapped, it is an ordinary user there),
 * and only it may send to the monitor's socket. */
static int open_to_container(const struct record *record, const char *runtime)
{
	_cleanup_(freep) char *notify = xasprintf("%s/" DOMAIN_HOST "/notify", runtime);

	if (lchown(runtime, 0, record->uid_base) < 0 || chmod(runtime, 0710) < 0)
		return log_error_errno(errno, "Cannot prepare '%s': %m. Start containers with systemctl", runtime);
	if (lchown(notify, record->uid_base, record->uid_base) < 0)
		return log_error_errno(errno, "Cannot prepare '%s': %m", notify);
	return 0;
}

/* With SELinux the container's processes may look at nothing that does not have its context. */
static int label(const struct record *record, const char *runtime)
{
	static const char *const names[] = { DOMAIN_HOST, DOMAIN_HOST "/notify", DOMAIN_HOST "/allow" };
	const char *context = record->file_context;

	for (size_t i = 0; context && *context && i < ARRAY_SIZE(names); i++) {
		_cleanup_(freep) char *path = xasprintf("%s/%s", runtime, names[i]);

		if (lsetxattr(path, XATTR_NAME_SELINUX, context, strlen(context) + 1, 0) < 0)
			return log_error_errno(errno, "Cannot label '%s' as %s: %m", path, context);
	}
	return 0;
}

static uint64_t host_memory_kib(void)
{
	struct sysinfo info;

	sysinfo(&info); /* cannot fail with a valid pointer */
	return (uint64_t)info.totalram * info.mem_unit / 1024;
}

static int start_networks(struct _virConnect *conn, const struct record *record)
{
	for (size_t i = 0; i < record->n_nets; i++) {
		int r = virt_network_start(conn, record->nets[i].network);

		if (r < 0)
			return r;
	}
	return 0;
}

/* What a monitor that was killed has left must not run while we look at the tree. */
static int end_leftover(struct _virConnect *conn, const struct record *record)
{
	int r = virt_exists(conn, record->name, record->uuid);

	return r > 0 ? virt_destroy(conn, record->name, record->uuid) : r;
}

static int start_domain(struct _virConnect *conn, const struct record *record, struct virt_leader *ret)
{
	_cleanup_(freep) char *xml = domain_xml(record, host_memory_kib());
	int r = start_networks(conn, record);

	return r < 0 ? r : virt_start(conn, record->name, xml, ret);
}

/* The container is a child of libvirtd and has its limits, while its services may ask for as many files as on the host.
 * The soft limit stays what programs expect. Without the right to do it they are told by their own systemd. */
static void raise_limits(pid_t leader)
{
	struct rlimit files = { .rlim_cur = 1024, .rlim_max = 512 * 1024 };

	if (prlimit(leader, RLIMIT_NOFILE, &files, NULL) < 0)
		log_debug("Cannot raise the limit of open files of process %d: %m", leader);
}

static int hand_over(const struct virt_leader *leader)
{
	int r = handover_send(STDOUT_FILENO, leader->pid, leader->pidfd, leader->console);

	return r < 0 ? log_error_errno(r, "Cannot hand the container to its monitor: %m") : 0;
}

/* What libvirt does not limit. From now on 'set' finds the container running; what it has changed meanwhile is only in
 * the record. */
static int hold_limits(const struct globals *globals, const struct record *started, pid_t leader)
{
	_cleanup_(record_done) struct record record = { 0 };
	int r = record_load(globals->root_fd, started->name, &record);

	if (r < 0)
		return r;
	if (memcmp(record.limits, started->limits, sizeof(record.limits)) != 0)
		return hold(globals->connect, &record, leader);
	return record.limits[LIMIT_TASKS] || record.limits[LIMIT_IO_WEIGHT] ? scope_limit(&record, leader) : 0;
}

static int start(const struct globals *globals, const char *name)
{
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(virt_leader_done) struct virt_leader leader = { .pidfd = -1, .console = -1 };
	_cleanup_(freep) char *runtime = domain_runtime(name);
	_cleanup_(freep) char *allow = xasprintf("%s/" DOMAIN_HOST "/allow", runtime);
	_cleanup_(virt_closep) struct _virConnect *conn = NULL;
	int r = record_load(globals->root_fd, name, &record);

	if (r == 0)
		r = virt_open(globals->connect, &conn);
	if (r == 0)
		r = end_leftover(conn, &record);
	if (r == 0)
		r = hostdirs_guard(globals->root_fd);
	if (r == 0)
		r = prepare_tree(globals->root_fd, &record);
	if (r == 0)
		r = open_to_container(&record, runtime);
	if (r == 0)
		r = allow_write(globals, &record, allow);
	if (r == 0)
		r = label(&record, runtime);
	if (r == 0)
		r = mount_all(globals->root_fd, &record, runtime);
	if (r == 0)
		r = start_domain(conn, &record, &leader);
	unmount_all(runtime);
	if (r == 0) {
		raise_limits(leader.pid);
		r = leader_write(globals->root_fd, name, leader.pid);
		if (r < 0)
			log_error_errno(r, "Cannot write down which process container '%s' has: %m", name);
	}
	if (r == 0)
		r = hold_limits(globals, &record, leader.pid);
	return r < 0 ? r : hand_over(&leader);
}

static int stop(const struct globals *globals, const char *name)
{
	_cleanup_(virt_closep) struct _virConnect *conn = NULL;
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(freep) char *runtime = domain_runtime(name);
	int r;

	unmount_all(runtime);
	r = record_load(globals->root_fd, name, &record);
	if (r == 0)
		r = virt_open(globals->connect, &conn);
	return r < 0 ? r : virt_destroy(conn, name, record.uuid);
}

static int run(const struct cmd *cmd, int argc, char **argv, int (*verb)(const struct globals *, const char *),
	       const struct globals *globals)
{
	if (cmd_getopt(cmd, argc, argv) || argc - optind != 1 || !record_name_valid(argv[optind]))
		return cmd_usage(cmd, "needs the name of a container");
	return verb(globals, argv[optind]) < 0 ? 1 : 0;
}

static int run_start(const struct globals *globals, int argc, char **argv)
{
	return run(&cmd_domain_start, argc, argv, start, globals);
}

static int run_stop(const struct globals *globals, int argc, char **argv)
{
	return run(&cmd_domain_stop, argc, argv, stop, globals);
}

static const struct cmd_option no_options[] = { { 0 } };

const struct cmd cmd_domain_start = {
	.name = "domain-start",
	.synopsis = "NAME",
	.help = "Start the domain of a container, for its monitor",
	.options = no_options,
	.run = run_start,
	.internal = true,
};

const struct cmd cmd_domain_stop = {
	.name = "domain-stop",
	.synopsis = "NAME",
	.help = "Remove what is left of a container's domain",
	.options = no_options,
	.run = run_stop,
	.internal = true,
};
