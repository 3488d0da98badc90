/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of the system calls that a container may make, in groups. It has what services need. Containers cannot use
 * anything else of the host's kernel, which all of them share. seccomp.c checks arguments.
 *
 * Not on it, and why: kexec, modules, BPF, perf events, the kernel's log, accounting, reboot, swap and quota are the
 * host's; iopl, ioperm and PCI are hardware; clocks are the host's, too (adjtimex reads, and its writes lack the
 * capability); open_by_handle_at finds files by number, past every mount; fanotify tells of and decides on files that
 * are the host's, too; userfaultfd and kcmp help exploits more than services. */
#include "inside/calls.h"

#include <string.h>

#include "base/util.h"

/* clang-format off */
const struct call_group call_groups[] = {
	{ "files", CALLS_ALLOWED,
	  "access chdir chmod chown chown32 close close_range creat dup dup2 dup3 faccessat faccessat2 fallocate "
	  "fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 flock fstat fstat64 fstatat64 "
	  "fstatfs fstatfs64 ftruncate ftruncate64 futimesat getcwd getdents getdents64 ioctl lchown lchown32 link "
	  "linkat lseek _llseek lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat oldfstat "
	  "oldlstat oldstat open openat openat2 readdir readlink readlinkat rename renameat renameat2 rmdir stat "
	  "stat64 statfs statfs64 statx symlink symlinkat truncate truncate64 umask unlink unlinkat utime utimensat "
	  "utimensat_time64 utimes",
	  "mounts and modes say which; device nodes take a capability that no container has", 0 },
	{ "attributes", CALLS_ALLOWED,
	  "fgetxattr flistxattr fremovexattr fsetxattr getxattr lgetxattr listxattr llistxattr lremovexattr "
	  "lsetxattr removexattr setxattr",
	  "access control lists and file capabilities", 0 },
	{ "data", CALLS_ALLOWED,
	  "arm_fadvise64_64 cachestat copy_file_range fadvise64 fadvise64_64 fdatasync fsync pread64 preadv preadv2 "
	  "pwrite64 pwritev pwritev2 read readahead readv sendfile sendfile64 splice sync sync_file_range "
	  "sync_file_range2 syncfs tee vmsplice write writev",
	  "reading and writing", 0 },
	{ "aio", CALLS_ALLOWED,
	  "io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit",
	  "databases read and write with it", 0 },
	{ "events", CALLS_ALLOWED,
	  "epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 "
	  "inotify_add_watch inotify_init inotify_init1 inotify_rm_watch _newselect pipe pipe2 poll ppoll "
	  "ppoll_time64 pselect6 pselect6_time64 select signalfd signalfd4",
	  "waiting for something", 0 },
	{ "memory", CALLS_ALLOWED,
	  "brk get_mempolicy madvise map_shadow_stack mbind membarrier memfd_create memfd_secret mincore mlock "
	  "mlock2 mlockall mmap mmap2 mprotect mremap msync munlock munlockall munmap pkey_alloc pkey_free "
	  "pkey_mprotect process_madvise process_mrelease remap_file_pages set_mempolicy set_mempolicy_home_node",
	  "memory of one's own", 0 },
	{ "processes", CALLS_ALLOWED,
	  "clone execve execveat exit exit_group fork getpgid getpgrp getpid getppid getsid gettid kill pidfd_getfd "
	  "pidfd_open pidfd_send_signal prctl setpgid setsid tgkill tkill vfork wait4 waitid waitpid",
	  "starting, ending and signalling processes of the container", 0 },
	{ "threads", CALLS_ALLOWED,
	  "futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake get_robust_list get_thread_area "
	  "getcpu rseq set_robust_list set_thread_area set_tid_address",
	  "the C library makes threads and locks of them", 0 },
	{ "signals", CALLS_ALLOWED,
	  "pause restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn "
	  "rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sgetmask sigaction sigaltstack "
	  "signal sigpending sigprocmask sigreturn sigsuspend ssetmask",
	  "handling signals", 0 },
	{ "identity", CALLS_ALLOWED,
	  "capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid "
	  "getresgid32 getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid "
	  "setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid "
	  "setreuid32 setuid setuid32",
	  "ids are those of the container, and capabilities can only be given up", 0 },
	{ "scheduling", CALLS_ALLOWED,
	  "getpriority getrlimit getrusage ioprio_get ioprio_set nice prlimit64 sched_get_priority_max "
	  "sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler "
	  "sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam "
	  "sched_setscheduler sched_yield setpriority setrlimit times ugetrlimit",
	  "within what the container's control group leaves", 0 },
	{ "time", CALLS_ALLOWED,
	  "adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime "
	  "clock_gettime64 clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time "
	  "timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 "
	  "timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64",
	  "reading clocks, and timers", 0 },
	{ "network", CALLS_ALLOWED,
	  "accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg "
	  "recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socket socketcall socketpair",
	  "of the few kinds of sockets that the rules on arguments leave", 0 },
	{ "ipc", CALLS_ALLOWED,
	  "ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend "
	  "mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop "
	  "semtimedop_time64 shmat shmctl shmdt shmget",
	  "in the container's IPC namespace", 0 },
	{ "system", CALLS_ALLOWED,
	  "getrandom oldolduname olduname sethostname setdomainname sysinfo uname vhangup",
	  "names are those of the container's UTS namespace", 0 },
	{ "sandboxing", CALLS_ALLOWED,
	  "chroot landlock_add_rule landlock_create_ruleset landlock_restrict_self mount mount_setattr move_mount "
	  "open_tree pivot_root seccomp setns umount umount2 unshare",
	  "systemd confines units with them, within the container's user namespace", 0 },
	{ "new mounts", CALLS_ALLOWED,
	  "fsconfig fsmount fsopen fspick",
	  "the same", 0 },
	{ "debugging", CALLS_ALLOWED,
	  "personality process_vm_readv process_vm_writev ptrace",
	  "of processes of the container; runtimes read their own crashes with them", 0 },
	{ "architectures", CALLS_ALLOWED,
	  "arch_prctl breakpoint cacheflush get_tls riscv_flush_icache riscv_hwprobe s390_guarded_storage "
	  "s390_runtime_instr s390_sthyi set_tls subpage_prot swapcontext switch_endian sysmips usr26 usr32",
	  "programs of one architecture each cannot do without them", 0 },
	{ "numa", CALLS_REFUSED,
	  "migrate_pages move_pages",
	  "move memory between processors, of the container's processes alone", 1U << RIGHT_NUMA },
	{ "keyring", CALLS_MISSING,
	  "add_key keyctl",
	  "keys of the container's user namespace; some kinds do cryptography in the kernel",
	  1U << RIGHT_KEYRING },
	{ "flags in memory", CALLS_MISSING,
	  "clone3",
	  "no filter sees its flags, with which it makes a user namespace; the C library falls back to clone", 0 },
	{ "keys by request", CALLS_MISSING,
	  "request_key",
	  "the kernel runs a program on the host for it", 0 },
	{ "io_uring", CALLS_MISSING,
	  "io_uring_enter io_uring_register io_uring_setup",
	  "it makes sockets that no filter sees, and was the way out of containers again and again", 0 },
	{ "obsolete", CALLS_MISSING,
	  "_sysctl afs_syscall bdflush break create_module epoll_ctl_old epoll_wait_old ftime get_kernel_syms "
	  "getpmsg gtty idle lock mpx nfsservctl prof profil putpmsg query_module security stty sysfs tuxcall "
	  "ulimit uselib ustat vm86 vm86old vserver",
	  "few kernels still have them, so nobody relies on them", 0 },
};
/* clang-format on */
const size_t n_call_groups = ARRAY_SIZE(call_groups);

int calls_young(const char *name)
{
	static const char *const names[] = { "process_madvise",
					     "epoll_pwait2",
					     "mount_setattr",
					     "quotactl_fd",
					     "landlock_create_ruleset",
					     "landlock_add_rule",
					     "landlock_restrict_self",
					     "memfd_secret",
					     "process_mrelease",
					     "futex_waitv",
					     "set_mempolicy_home_node",
					     "cachestat",
					     "fchmodat2",
					     "map_shadow_stack",
					     "futex_wake",
					     "futex_wait",
					     "futex_requeue" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0)
			return CALLS_LAST + 1 - (int)(ARRAY_SIZE(names) - i);
	return -1;
}
