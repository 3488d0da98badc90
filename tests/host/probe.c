/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Attempts of root to get out of a container, one for each name: 'probe NAME [ARGUMENT...]' succeeds if the attempt
 * does, and otherwise prints what the kernel answered. Each is written so that its success does no harm, because
 * test-escape.sh also runs them on the host, to see that they would work. */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <sys/sysmacros.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../lib/linger.h"

#define X32 0x40000000

/* A fresh directory to mount on. */
static const char *mount_point(void)
{
	static char path[] = "/tmp/probe-XXXXXX";

	return mkdtemp(path) ? path : "/tmp";
}

/* The mount disappears when the probe ends. */
static int own_mounts(void)
{
	if (unshare(CLONE_NEWNS) < 0)
		return -1;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/* mount TYPE [SOURCE [OPTIONS]] */
static int try_mount(char **argv)
{
	const char *source = argv[1] ? argv[1] : argv[0], *options = argv[1] ? argv[2] : NULL;
	const char *target = mount_point();

	return own_mounts() < 0 ? -1 : mount(source, target, argv[0], 0, options);
}

/* fsmount TYPE */
static int try_fsmount(char **argv)
{
	int fs = (int)syscall(SYS_fsopen, argv[0], 0);

	if (fs < 0)
		return -1;
	syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "source", argv[0], 0);
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return (int)syscall(SYS_fsmount, fs, 0, 0);
}

/* find-file-system: one of those that the kernel has, and that root of a user namespace is not meant to mount. Those
 * that it may mount show nothing but what is its own. */
static int try_find_file_system(char **argv)
{
	static const char *const own[] = { "binfmt_misc", "cgroup",  "cpuset", "cgroup2", "devpts",
					   "mqueue",	  "overlay", "ramfs",  "tmpfs" };
	const char *target = mount_point();
	FILE *list = fopen("/proc/filesystems", "re");
	char line[128], type[64];

	(void)argv;
	if (!list || own_mounts() < 0)
		return -1;
	while (fgets(line, sizeof(line), list)) {
		bool is_own = false;

		if (sscanf(line, "nodev %63s", type) != 1)
			continue;
		for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
			is_own |= strcmp(own[i], type) == 0;
		if (!is_own && mount("none", target, type, 0, NULL) == 0)
			return printf("%s\n", type);
	}
	errno = EPERM;
	return -1;
}

/* remount PATH: writable, by mount(2) */
static int try_remount(char **argv)
{
	return own_mounts() < 0 ? -1 : mount(NULL, argv[0], NULL, MS_REMOUNT | MS_BIND, NULL);
}

static int clear_readonly(int fd, const char *path, unsigned int flags)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_RDONLY };

	return (int)syscall(SYS_mount_setattr, fd, path, flags, &attr, sizeof(attr));
}

/* setattr PATH: writable, by mount_setattr(2) */
static int try_setattr(char **argv)
{
	return own_mounts() < 0 ? -1 : clear_readonly(AT_FDCWD, argv[0], 0);
}

/* clone PATH: writable, in a copy of the mount */
static int try_clone(char **argv)
{
	int fd = (int)syscall(SYS_open_tree, AT_FDCWD, argv[0], OPEN_TREE_CLONE);

	return fd < 0 ? -1 : clear_readonly(fd, "", AT_EMPTY_PATH);
}

/* copy PATH: without what is mounted below it, by the new calls */
static int try_copy(char **argv)
{
	return (int)syscall(SYS_open_tree, AT_FDCWD, argv[0], OPEN_TREE_CLONE);
}

/* bind PATH: without what is mounted below it */
static int try_bind(char **argv)
{
	const char *target = mount_point();

	return own_mounts() < 0 ? -1 : mount(argv[0], target, NULL, MS_BIND, NULL);
}

/* unmount PATH */
static int try_unmount(char **argv)
{
	return own_mounts() < 0 ? -1 : umount2(argv[0], MNT_DETACH);
}

/* move PATH: away, to see what is below */
static int try_move(char **argv)
{
	const char *target = mount_point();

	if (own_mounts() < 0)
		return -1;
	return (int)syscall(SYS_move_mount, AT_FDCWD, argv[0], AT_FDCWD, target, 0);
}

/* rewrite FILE: with what is in it */
static int try_rewrite(char **argv)
{
	char text[4096];
	int fd = open(argv[0], O_RDWR);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));

	return n < 0 || lseek(fd, 0, SEEK_SET) < 0 || write(fd, text, (size_t)n) < 0 ? -1 : 0;
}

/* read FILE */
static int try_read(char **argv)
{
	char data[8]; /* what kpageflags wants */
	int fd = open(argv[0], O_RDONLY | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, data, sizeof(data));

	if (n == 0)
		errno = ENODATA;
	return n > 0 ? 0 : -1;
}

/* Opens it with 'flags' if it is a regular file, without reading or writing, because opening alone has no effect. */
static bool opens(int dir, const char *name, const struct stat *st, int flags)
{
	int fd;

	if (!S_ISREG(st->st_mode) || (flags == O_RDONLY && st->st_mode & S_IROTH))
		return false;
	fd = openat(dir, name, flags | O_NONBLOCK | O_NOFOLLOW);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Skips the directories of processes, what is the container's own and, on the host, what else is mounted in there. */
static bool is_skipped(const char *path)
{
	static const char *const own[] = { "/proc/sys/net", "/sys/fs/cgroup" };
	struct statfs fs;

	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (strcmp(path, own[i]) == 0)
			return true;
	if (strncmp(path, "/proc/", 6) == 0 && isdigit(path[6]))
		return true;
	return statfs(path, &fs) < 0 ||
	       (fs.f_type != PROC_SUPER_MAGIC && fs.f_type != SYSFS_MAGIC && fs.f_type != TMPFS_MAGIC);
}

/* Finds the first such file below 'path'. Returns 1 if one was found and printed, 0 if not; 'count' counts what was
 * tried. */
static int find_file(const char *path, int flags, unsigned int *count)
{
	DIR *d = opendir(path);
	struct dirent *e;
	int found = 0;

	while (d && !found && (e = readdir(d))) {
		char inner[4096];
		struct stat st;

		if (e->d_name[0] == '.' || fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		snprintf(inner, sizeof(inner), "%s/%s", path, e->d_name);
		++*count;
		if (S_ISDIR(st.st_mode))
			found = is_skipped(inner) ? 0 : find_file(inner, flags, count);
		else if (opens(dirfd(d), e->d_name, &st, flags))
			found = printf("%s\n", inner) > 0;
	}
	if (d)
		closedir(d);
	return found;
}

static int find_below(const char *path, int flags)
{
	unsigned int count = 0;

	if (find_file(path, flags, &count))
		return 0;
	errno = count > 20 ? EACCES : ENOENT;
	return -1;
}

/* find-writable PATH: a file of the kernel that can be opened for writing */
static int try_find_writable(char **argv)
{
	return find_below(argv[0], O_WRONLY);
}

/* find-private PATH: a file of the kernel that not everybody may read, but we can */
static int try_find_private(char **argv)
{
	return find_below(argv[0], O_RDONLY);
}

/* node TYPE MAJOR MINOR: makes it and opens it */
static int try_node(char **argv)
{
	mode_t type = *argv[0] == 'b' ? S_IFBLK : S_IFCHR;
	const char *dir = mount_point();
	char path[64];

	snprintf(path, sizeof(path), "%s/node", dir);
	if (mknod(path, type | 0600, makedev((unsigned int)atoi(argv[1]), (unsigned int)atoi(argv[2]))) < 0)
		return -1;
	return open(path, O_RDONLY | O_NONBLOCK);
}

/* handle PATH: opens it by its handle, bypassing mounts; then its root directory */
static int try_handle(char **argv)
{
	struct {
		struct file_handle h;
		unsigned char room[128];
	} handle = { .h = { .handle_bytes = 128 } };
	int mount, id;

	if (name_to_handle_at(AT_FDCWD, argv[0], &handle.h, &id, 0) < 0)
		return -1;
	mount = open(argv[0], O_RDONLY);
	return open_by_handle_at(mount, &handle.h, O_RDONLY);
}

static int try_bpf(char **argv)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };

	(void)argv;
	return (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int try_perf(char **argv)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
	};

	(void)argv;
	return (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0); /* all processes of a processor */
}

static int try_iopl(char **argv)
{
	(void)argv;
#ifdef SYS_iopl
	return (int)syscall(SYS_iopl, 3);
#else
	errno = ENOSYS;
	return -1;
#endif
}

static int try_io_uring(char **argv)
{
	unsigned char parameters[120] = { 0 };

	(void)argv;
	return (int)syscall(SYS_io_uring_setup, 1, parameters);
}

static int try_userfaultfd(char **argv)
{
	(void)argv;
	return (int)syscall(SYS_userfaultfd, O_CLOEXEC);
}

static int try_keyring(char **argv)
{
	(void)argv;
	return (int)syscall(SYS_add_key, "user", "probe", "x", 1, -1 /* of the thread */);
}

static int try_fanotify(char **argv)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF, O_RDONLY);

	return fd < 0 ? -1 : fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN, AT_FDCWD, argv[0]);
}

/* fanotify-file FILE: events of one file, which the kernel gives to every user */
static int try_fanotify_file(char **argv)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID, O_RDONLY);

	return fd < 0 ? -1 : fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, argv[0]);
}

/* The effect ends with the descriptor. A long command has bits in the half that the kernel ignores. */
static int file_command(char **argv, unsigned long command, long argument)
{
	int fd = open(argv[0], O_RDONLY | O_NONBLOCK);

	if (argv[1])
		command |= 1UL << 32;
	return fd < 0 ? -1 : (int)syscall(SYS_fcntl, fd, command, argument);
}

/* lease FILE [long]: one for reading, which the host's readers do not notice while we try */
static int try_lease(char **argv)
{
	return file_command(argv, F_SETLEASE, F_RDLCK);
}

/* delegation FOLDER: linux/fcntl.h has it since Linux 6.19 */
static int try_delegation(char **argv)
{
	struct {
		uint32_t flags;
		uint16_t type, pad;
	} delegation = { .type = F_RDLCK };

	return file_command(argv, F_SETLEASE + 16, (long)&delegation);
}

/* notify-folder FOLDER: by dnotify, which sends a signal for what others do there meanwhile */
static int try_notify_folder(char **argv)
{
	signal(SIGIO, SIG_IGN);
	return file_command(argv, F_NOTIFY, DN_ACCESS | DN_MODIFY);
}

/* Sets the clock to its present time. */
static int try_clock(char **argv)
{
	struct timespec t;

	(void)argv;
	clock_gettime(CLOCK_REALTIME, &t);
	return clock_settime(CLOCK_REALTIME, &t);
}

static int try_settimeofday(char **argv)
{
	struct timeval t;

	(void)argv;
	gettimeofday(&t, NULL);
	return (int)syscall(SYS_settimeofday, &t, NULL);
}

/* systemd does the same on a host anyway. */
static int try_reboot(char **argv)
{
	(void)argv;
	return (int)syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_CAD_OFF, NULL);
}

/* More segments than are possible, so it is refused even with all rights, but not with EPERM. */
static int try_kexec(char **argv)
{
	(void)argv;
	return (int)syscall(SYS_kexec_load, 0, 1000000, NULL, 0);
}

static int try_module(char **argv)
{
	(void)argv;
	return (int)syscall(SYS_init_module, "", 0, "");
}

static int try_syslog(char **argv)
{
	char text[16];

	(void)argv;
	return klogctl(3, text, sizeof(text));
}

static int try_swapon(char **argv)
{
	return (int)syscall(SYS_swapon, argv[0], 0);
}

static int try_acct(char **argv)
{
	return (int)syscall(SYS_acct, argv[0]);
}

static int try_personality(char **argv)
{
	(void)argv;
	return personality(READ_IMPLIES_EXEC);
}

/* socket FAMILY TYPE PROTOCOL */
static int try_socket(char **argv)
{
	return socket(atoi(argv[0]), atoi(argv[1]), atoi(argv[2]));
}

/* socketpair FAMILY TYPE PROTOCOL */
static int try_socketpair(char **argv)
{
	int pair[2];

	return socketpair(atoi(argv[0]), atoi(argv[1]), atoi(argv[2]), pair);
}

/* ioctl REQUEST: on a socket, with an empty argument */
static int try_ioctl(char **argv)
{
	char empty[128] = "";
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	return (int)syscall(SYS_ioctl, fd, strtoul(argv[0], NULL, 0), empty);
}

/* socket-option LEVEL OPTION: with an empty value */
static int try_socket_option(char **argv)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return setsockopt(fd, atoi(argv[0]), atoi(argv[1]), "", 0);
}

/* The null discipline, on a terminal of our own. */
static int try_discipline(char **argv)
{
	int terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY), null = 27;

	(void)argv;
	return ioctl(terminal, TIOCSETD, &null);
}

static int try_kcmp(char **argv)
{
	(void)argv;
	return (int)syscall(SYS_kcmp, getpid(), getpid(), 0 /* KCMP_FILE */, 0, 0);
}

static int try_move_pages(char **argv)
{
	(void)argv;
	return (int)syscall(SYS_move_pages, 0, 0UL, NULL, NULL, NULL, 0);
}

/* call NUMBER: the kernel's answer to invalid arguments shows that it has the call */
static int try_call(char **argv)
{
	return syscall(atol(argv[0]), -1, -1, -1, -1, -1, -1) < 0 && errno == ENOSYS ? -1 : 0;
}

/* connect ADDRESS PORT: by TCP. Where packets are dropped no answer comes, so this waits for one a few seconds only. */
static int try_connect(char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])) };
	struct timeval patience = { .tv_sec = 5 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (inet_pton(AF_INET, argv[0], &address.sin_addr) != 1 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return 0;
	if (errno == EINPROGRESS)
		errno = ETIMEDOUT;
	return -1;
}

/* abstract NAME: connects to a socket of that name */
static int try_abstract(char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "%s", argv[0]);
	return connect(fd, (struct sockaddr *)&address,
		       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(argv[0])));
}

/* The attempts to take COUNT of something that the kernel counts for each user. */
static void allow_descriptors(void)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

static int hoard_watchers(char **argv)
{
	allow_descriptors();
	for (int i = atoi(argv[0]); i > 0; i--)
		if (inotify_init1(0) < 0)
			return -1;
	return 0;
}

/* hoard-watches COUNT FOLDER: so many watches of the files in it, by as many instances as that takes */
static int hoard_watches(char **argv)
{
	int most = atoi(argv[0]), had = 0;

	allow_descriptors();
	while (had < most) {
		int before = had, fd = inotify_init1(0);
		DIR *d = opendir(argv[1]);
		struct dirent *e;

		while (fd >= 0 && d && had < most && (e = readdir(d))) {
			char path[4096];

			snprintf(path, sizeof(path), "%s/%s", argv[1], e->d_name);
			if (e->d_type != DT_REG)
				continue;
			if (inotify_add_watch(fd, path, IN_ATTRIB) < 0)
				return -1;
			had++;
		}
		if (d)
			closedir(d);
		if (had == before)
			return -1;
	}
	return 0;
}

static int hoard_terminals(char **argv)
{
	allow_descriptors();
	for (int i = atoi(argv[0]); i > 0; i--)
		if (open("/dev/ptmx", O_RDWR | O_NOCTTY) < 0)
			return -1;
	return 0;
}

static int hoard_signals(char **argv)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = atoi(argv[0]); i > 0; i--)
		if (sigqueue(getpid(), SIGRTMIN, (union sigval){ 0 }) < 0)
			return -1;
	return 0;
}

/* hoard-together USERS COUNT: so many pending signals of so many users each. They go when the probe ends. */
static int hoard_together(char **argv)
{
	int users = atoi(argv[0]), report[2], error = 0;

	if (pipe(report) < 0)
		return -1;
	for (int i = 0; i < users && error == 0; i++) {
		uid_t user = 2000 + (uid_t)i;
		pid_t pid = fork();

		if (pid == 0) {
			error = setresuid(user, user, user) < 0 || hoard_signals(argv + 1) < 0 ? errno : 0;
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (write(report[1], &error, sizeof(error)) == sizeof(error))
				pause();
			_exit(1);
		}
		if (pid < 0 || read(report[0], &error, sizeof(error)) != sizeof(error))
			return -1;
	}
	errno = error;
	return error ? -1 : 0;
}

/* In an IPC namespace of its own, with which they disappear. The kernel's default is about 80 KB for each. */
static int hoard_queues(char **argv)
{
	char name[32];

	if (unshare(CLONE_NEWIPC) < 0)
		return -1;
	for (int i = atoi(argv[0]); i > 0; i--) {
		snprintf(name, sizeof(name), "probe-%d", i);
		if (syscall(SYS_mq_open, name, O_RDWR | O_CREAT, 0600, NULL) < 0)
			return -1;
	}
	return 0;
}

/* hoard-groups COUNT: so many control groups, which go again */
static int hoard_groups(char **argv)
{
	int most = atoi(argv[0]), n = 0, error;
	char path[64];

	for (; n < most; n++) {
		snprintf(path, sizeof(path), "/sys/fs/cgroup/hoard-%d", n);
		if (mkdir(path, 0755) < 0)
			break;
	}
	error = errno;
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/sys/fs/cgroup/hoard-%d", i);
		rmdir(path);
	}
	errno = error;
	return n == most ? 0 : -1;
}

/* hoard-namespaces KIND COUNT: so many of them, each kept by a descriptor */
static int hoard_namespaces(char **argv)
{
	static const struct {
		const char *kind, *path;
		int flag;
	} kinds[] = {
		{ "cgroup", "/proc/self/ns/cgroup", CLONE_NEWCGROUP },
		{ "ipc", "/proc/self/ns/ipc", CLONE_NEWIPC },
		{ "net", "/proc/self/ns/net", CLONE_NEWNET },
		{ "time", "/proc/self/ns/time_for_children", CLONE_NEWTIME },
		{ "uts", "/proc/self/ns/uts", CLONE_NEWUTS },
	};
	size_t k = 0;

	while (strcmp(kinds[k].kind, argv[0]) != 0)
		if (++k == sizeof(kinds) / sizeof(*kinds))
			return -1;
	allow_descriptors();
	for (int i = atoi(argv[1]); i > 0; i--)
		if (unshare(kinds[k].flag) < 0 || open(kinds[k].path, O_RDONLY) < 0)
			return -1;
	return 0;
}

/* notify COUNT TEXT: to the monitor on the host, as often as it takes */
static int try_notify(char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/run/host/notify" };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	for (int i = atoi(argv[0]); i > 0; i--)
		if (send(fd, argv[1], strlen(argv[1]), 0) < 0)
			return -1;
	return 0;
}

/* core [LIMIT]: a process that dumps core, with that limit or none, and the kernel says that something took it */
static int try_core(char **argv)
{
	rlim_t most = argv[0] ? (rlim_t)atoi(argv[0]) : RLIM_INFINITY;
	int status;

	if (setrlimit(RLIMIT_CORE, &(struct rlimit){ most, most }) < 0)
		return -1;
	if (fork() == 0)
		abort();
	wait(&status);
	errno = ENODATA;
	return WCOREDUMP(status) ? 0 : -1;
}

/* linger COUNT: sends the monitor so many sockets that keep a receiver waiting, and stays, because they linger only as
 * long as it runs. A kernel that knows SO_PASSRIGHTS refuses to send them. */
static int try_linger(char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/run/host/notify" };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	for (int i = atoi(argv[0]); i > 0; i--)
		if (send_with(fd, "STATUS=x", lingering_socket(), (struct sockaddr *)&address, sizeof(address)) < 0 &&
		    errno != EPERM)
			return -1;
	if (write(STDOUT_FILENO, "lingers\n", 8) < 0)
		return -1;
	for (;;)
		pause();
}

/* hold PID: stops the process, and keeps it stopped as long as we are there */
static int try_hold(char **argv)
{
	pid_t pid = (pid_t)atoi(argv[0]);

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0 || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		return -1;
	waitpid(pid, NULL, 0);
	for (;;)
		pause();
}

static bool has_in_environment(long pid, const char *mark)
{
	char path[64], text[8192];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/environ", pid);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (fd >= 0)
		close(fd);
	return n > 0 && memmem(text, (size_t)n, mark, strlen(mark));
}

/* The process id that was given away last. */
static long last_process(void)
{
	char text[128] = "";
	int fd = open("/proc/loadavg", O_RDONLY);

	if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0)
		close(fd);
	return strrchr(text, ' ') ? atol(strrchr(text, ' ')) : 0;
}

/* catch MARK: searches the environment of every process that appears for the mark, without an end */
static int try_catch(char **argv)
{
	fprintf(stderr, "waits\n");
	for (;;) {
		long last = last_process();

		for (long pid = last - 3; pid < last + 3; pid++)
			if (pid > 0 && pid != getpid() && has_in_environment(pid, argv[0]))
				return 0;
	}
}

static int try_unshare_user(char **argv)
{
	(void)argv;
	return unshare(CLONE_NEWUSER);
}

static int wait_for(pid_t pid)
{
	if (pid == 0)
		_exit(0);
	return pid < 0 ? -1 : waitpid(pid, NULL, 0);
}

static int try_clone_user(char **argv)
{
	(void)argv;
	return wait_for((pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL));
}

static int try_clone3_user(char **argv)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };

	(void)argv;
	return wait_for((pid_t)syscall(SYS_clone3, &args, sizeof(args)));
}

/* Into a terminal of our own, so that nothing reads what is typed. */
static int try_sti(char **argv)
{
	int terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY), unlock = 0, other;
	unsigned long request = TIOCSTI;

	if (argv[0])
		request |= 1UL << 32; /* the kernel uses half of it */
	setsid();
	ioctl(terminal, TIOCSPTLCK, &unlock);
	other = ioctl(terminal, TIOCGPTPEER, O_RDWR);
	ioctl(other, TIOCSCTTY, 0);
	return (int)syscall(SYS_ioctl, other, request, "x");
}

#if defined(__x86_64__)
/* For a kernel without 32-bit system calls, int $0x80 is an error of the program. */
static void no_call32(int signal)
{
	static const char text[] = "32-bit system calls: Function not implemented\n";

	(void)signal;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(2);
	_exit(1);
}

/* The system calls of 32-bit programs. */
static long call32x(long number, long a, long b, long c, long d)
{
	long r;

	signal(SIGSEGV, no_call32);
	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	if (r >= 0)
		return r;
	errno = (int)-r;
	return -1;
}

static long call32(long number, long a, long b)
{
	return call32x(number, a, b, 0, 0);
}

/* Four arguments in memory that 32-bit programs can name. The last one is the place for a pair of descriptors. */
static int *arguments32(char **argv)
{
	int *arguments = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (arguments == MAP_FAILED)
		return NULL;
	for (int i = 0; i < 3; i++)
		arguments[i] = atoi(argv[i]);
	arguments[3] = (int)(intptr_t)&arguments[4];
	return arguments;
}

/* Makes sockets by socketcall(2), whose arguments are in memory, or by the call that is newer. */
static int sockets32(char **argv, int old, long new)
{
	int *a = arguments32(argv);

	if (!a)
		return -1;
	if (call32(102, old, (long)a) >= 0)
		return 0;
	return (int)call32x(new, a[0], a[1], a[2], a[3]);
}

static int try_socket32(char **argv)
{
	return sockets32(argv, 1, 359);
}

static int try_socketpair32(char **argv)
{
	return sockets32(argv, 8, 360);
}

static int try_unshare_user32(char **argv)
{
	(void)argv;
	return (int)call32(310, CLONE_NEWUSER, 0);
}

static int try_userfaultfd32(char **argv)
{
	(void)argv;
	return (int)call32(374, 0, 0);
}

/* lease32 FILE: by fcntl(2) and by fcntl64(2) */
static int try_lease32(char **argv)
{
	int fd = open(argv[0], O_RDONLY);

	if (call32x(55, fd, F_SETLEASE, F_RDLCK, 0) >= 0)
		return 0;
	return (int)call32x(221, fd, F_SETLEASE, F_RDLCK, 0);
}

static int try_userfaultfd_x32(char **argv)
{
	(void)argv;
	return (int)syscall(X32 | SYS_userfaultfd, 0);
}
#endif

static const struct {
	const char *name;
	int (*run)(char **argv);
} probes[] = {
	{ "mount", try_mount },
	{ "fsmount", try_fsmount },
	{ "find-file-system", try_find_file_system },
	{ "remount", try_remount },
	{ "setattr", try_setattr },
	{ "clone", try_clone },
	{ "bind", try_bind },
	{ "copy", try_copy },
	{ "unmount", try_unmount },
	{ "move", try_move },
	{ "rewrite", try_rewrite },
	{ "read", try_read },
	{ "find-writable", try_find_writable },
	{ "find-private", try_find_private },
	{ "node", try_node },
	{ "handle", try_handle },
	{ "bpf", try_bpf },
	{ "perf", try_perf },
	{ "iopl", try_iopl },
	{ "io_uring", try_io_uring },
	{ "userfaultfd", try_userfaultfd },
	{ "keyring", try_keyring },
	{ "fanotify", try_fanotify },
	{ "fanotify-file", try_fanotify_file },
	{ "lease", try_lease },
	{ "delegation", try_delegation },
	{ "notify-folder", try_notify_folder },
	{ "clock", try_clock },
	{ "settimeofday", try_settimeofday },
	{ "reboot", try_reboot },
	{ "kexec", try_kexec },
	{ "module", try_module },
	{ "syslog", try_syslog },
	{ "swapon", try_swapon },
	{ "acct", try_acct },
	{ "personality", try_personality },
	{ "socket", try_socket },
	{ "socketpair", try_socketpair },
	{ "ioctl", try_ioctl },
	{ "socket-option", try_socket_option },
	{ "discipline", try_discipline },
	{ "kcmp", try_kcmp },
	{ "move-pages", try_move_pages },
	{ "call", try_call },
	{ "abstract", try_abstract },
	{ "connect", try_connect },
	{ "hoard-watchers", hoard_watchers },
	{ "hoard-watches", hoard_watches },
	{ "hoard-terminals", hoard_terminals },
	{ "hoard-signals", hoard_signals },
	{ "hoard-together", hoard_together },
	{ "hoard-queues", hoard_queues },
	{ "hoard-namespaces", hoard_namespaces },
	{ "hoard-groups", hoard_groups },
	{ "notify", try_notify },
	{ "hold", try_hold },
	{ "linger", try_linger },
	{ "core", try_core },
	{ "catch", try_catch },
	{ "unshare-user", try_unshare_user },
	{ "clone-user", try_clone_user },
	{ "clone3-user", try_clone3_user },
	{ "sti", try_sti },
#if defined(__x86_64__)
	{ "socket32", try_socket32 },
	{ "socketpair32", try_socketpair32 },
	{ "unshare-user32", try_unshare_user32 },
	{ "userfaultfd32", try_userfaultfd32 },
	{ "lease32", try_lease32 },
	{ "userfaultfd-x32", try_userfaultfd_x32 },
#endif
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(probes) / sizeof(*probes); i++) {
		if (strcmp(argv[1], probes[i].name) != 0)
			continue;
		if (probes[i].run(argv + 2) >= 0)
			return 0;
		perror(argv[1]);
		return 1;
	}
	fprintf(stderr, "no such attempt\n");
	return 2;
}
