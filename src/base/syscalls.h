/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* System calls for which the oldest C library that we build with has no function (glibc got most of these in 2.34 to
 * 2.36), or no C library ever will, or for which it may make another call, which a filter cannot examine. sys_NAME()
 * takes the arguments that the manual page of NAME(2) lists and returns what the kernel does: 0 or more, or -errno.
 * Kernel headers are not included here, since <linux/mount.h> conflicts with <sys/mount.h>; callers include what
 * defines the structures and flags. */
#pragma once

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

struct __user_cap_data_struct;
struct __user_cap_header_struct;
struct clone_args;
struct mount_attr;
struct open_how;

static inline int sys_result_(long r)
{
	return r < 0 ? -errno : (int)r;
}

#define SYSCALL(name, ...) sys_result_(syscall(SYS_##name, __VA_ARGS__))

static inline int sys_capget(struct __user_cap_header_struct *header, struct __user_cap_data_struct *data)
{
	return SYSCALL(capget, header, data);
}

static inline int sys_capset(struct __user_cap_header_struct *header, const struct __user_cap_data_struct *data)
{
	return SYSCALL(capset, header, data);
}

/* The C library does not know about this child, which may neither start threads nor rely on pthread_atfork(3). */
static inline pid_t sys_clone3(const struct clone_args *args, size_t size)
{
	return SYSCALL(clone3, args, size);
}

static inline int sys_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	return SYSCALL(close_range, first, last, flags);
}

static inline int sys_execveat(int dirfd, const char *path, char *const argv[], char *const env[], int flags)
{
	return SYSCALL(execveat, dirfd, path, argv, env, flags);
}

static inline int sys_fsconfig(int fd, unsigned int command, const char *key, const void *value, int aux)
{
	return SYSCALL(fsconfig, fd, command, key, value, aux);
}

static inline int sys_fsmount(int fd, unsigned int flags, unsigned int attributes)
{
	return SYSCALL(fsmount, fd, flags, attributes);
}

static inline int sys_fsopen(const char *type, unsigned int flags)
{
	return SYSCALL(fsopen, type, flags);
}

static inline int sys_ioprio_set(int which, int who, int ioprio)
{
	return SYSCALL(ioprio_set, which, who, ioprio);
}

/* keyctl_join_session_keyring(3): NULL for a new one without a name. */
static inline int sys_keyctl_join_session_keyring(const char *name)
{
	return SYSCALL(keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */, name);
}

static inline int sys_mount_setattr(int dirfd, const char *path, unsigned int flags, const struct mount_attr *attr,
				    size_t size)
{
	return SYSCALL(mount_setattr, dirfd, path, flags, attr, size);
}

static inline int sys_move_mount(int from_dirfd, const char *from, int to_dirfd, const char *to, unsigned int flags)
{
	return SYSCALL(move_mount, from_dirfd, from, to_dirfd, to, flags);
}

static inline int sys_open_tree(int dirfd, const char *path, unsigned int flags)
{
	return SYSCALL(open_tree, dirfd, path, flags);
}

static inline int sys_openat2(int dirfd, const char *path, const struct open_how *how, size_t size)
{
	return SYSCALL(openat2, dirfd, path, how, size);
}

/* Sets O_CLOEXEC, as all calls here do. The descriptor always means this process, whereas a pid may be reused. */
static inline int sys_pidfd_open(pid_t pid)
{
	return SYSCALL(pidfd_open, pid, 0);
}

static inline int sys_pidfd_send_signal(int pidfd, int signal)
{
	return SYSCALL(pidfd_send_signal, pidfd, signal, NULL, 0);
}

/* Waits for the process to end, at most 'timeout_ms' milliseconds (-1 for ever), and goes on after signals.
 * pidfd_open(2): the descriptor becomes readable then. Returns 1 if it has ended, 0 if not, or -errno. */
static inline int sys_pidfd_wait(int pidfd, int timeout_ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int r;

	do
		r = poll(&p, 1, timeout_ms);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

static inline int sys_quotactl_fd(int fd, unsigned int command, int id, void *data)
{
	return SYSCALL(quotactl_fd, fd, command, id, data);
}

/* recv(2) and send(2) by calls of their own: on some architectures the C library uses socketcall(2). */
static inline int sys_recv(int fd, void *data, size_t size, int flags)
{
	return SYSCALL(recvfrom, fd, data, size, flags, NULL, NULL);
}

static inline int sys_send(int fd, const void *data, size_t size, int flags)
{
	return SYSCALL(sendto, fd, data, size, flags, NULL, 0);
}

static inline int sys_set_mempolicy(int mode, const unsigned long *nodes, unsigned long max_node)
{
	return SYSCALL(set_mempolicy, mode, nodes, max_node);
}
