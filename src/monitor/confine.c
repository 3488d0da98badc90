/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The monitor is root and reads what containers send. Once nothing is left for it to start, it needs the descriptors
 * that it has and no other power; so what a hole in it would give away is what is listed here. Signalling the container
 * takes no capability: the kernel lets a user do that whose user namespace it is (user_namespaces(7)), and libvirt
 * makes it as root. */
#include "monitor/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/syscalls.h"
#include "base/util.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__s390x__)
#define ARCHITECTURE AUDIT_ARCH_S390X
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCHITECTURE AUDIT_ARCH_PPC64LE
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#elif defined(__i386__)
#define ARCHITECTURE AUDIT_ARCH_I386
#elif defined(__arm__)
#define ARCHITECTURE AUDIT_ARCH_ARM
#else
#error "the system call filter needs the name that linux/audit.h has for this architecture"
#endif

/* Allowed if those bits of one argument, in its lower and upper half, are all 0. */
static const struct {
	unsigned int call;
	unsigned int argument;
	uint32_t low, high;
} allowed[] = {
	/* what comes: from the console, the signals, the container's socket, the children */
	{ .call = SYS_read },
	{ .call = SYS_recvfrom },
	{ .call = SYS_wait4 },
	{ .call = SYS_setitimer },
#ifdef SYS_epoll_wait
	{ .call = SYS_epoll_wait },
#endif
	{ .call = SYS_epoll_pwait },
	{ .call = SYS_epoll_ctl },
	/* what goes: messages, but to no address; signals, to what there is a pidfd of */
	{ .call = SYS_write },
	{ .call = SYS_sendto, 4, UINT32_MAX, UINT32_MAX },
	{ .call = SYS_pidfd_send_signal },
/* turns: of the commands of fcntl(2), F_OFD_SETLK, and those whose numbers have no other bits */
#ifdef SYS_fcntl
	{ .call = SYS_fcntl, 1, ~(uint32_t)F_OFD_SETLK, UINT32_MAX },
#endif
#ifdef SYS_fcntl64
	{ .call = SYS_fcntl64, 1, ~(uint32_t)F_OFD_SETLK, UINT32_MAX },
#endif
	/* time */
	{ .call = SYS_clock_nanosleep },
#ifdef SYS_clock_gettime
	{ .call = SYS_clock_gettime },
#endif
#ifdef SYS_clock_gettime64
	{ .call = SYS_clock_gettime64 },
	{ .call = SYS_clock_nanosleep_time64 },
#endif
	/* memory, of which nothing can be executed */
	{ .call = SYS_brk },
#if defined(__s390x__)
	{ .call = SYS_mmap }, /* its arguments are in memory */
#elif defined(SYS_mmap)
	{ .call = SYS_mmap, 2, PROT_EXEC, 0 },
#endif
#ifdef SYS_mmap2
	{ .call = SYS_mmap2, 2, PROT_EXEC, 0 },
#endif
	{ .call = SYS_munmap },
	{ .call = SYS_mremap },
	{ .call = SYS_madvise },
	/* the rest of a process's life */
	{ .call = SYS_close },
	{ .call = SYS_rt_sigreturn },
#ifdef SYS_sigreturn
	{ .call = SYS_sigreturn },
#endif
	{ .call = SYS_restart_syscall },
	{ .call = SYS_exit_group },
};

static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return sys_capset(&header, none);
}

/* policy/virt-sandbox.cil.in: the monitor begins in the first domain and watches in the second. Does nothing in any
 * other domain, as on a host without SELinux or without our policy. */
static int leave_domain(void)
{
	static const char path[] = "/proc/thread-self/attr/current",
			  from[] = ":virt_sandbox_start_t:", to[] = ":virt_sandbox_monitor_t:";
	_cleanup_(closep) int fd = open(path, O_RDWR | O_CLOEXEC);
	_cleanup_(freep) char *context = NULL;
	char own[1024];
	ssize_t n = fd < 0 ? -1 : read(fd, own, sizeof(own) - 1);
	char *type;

	own[n < 0 ? 0 : n] = '\0';
	type = strstr(own, from);
	if (!type)
		return 0;
	*type = '\0';
	context = xasprintf("%s%s%s", own, to, type + strlen(from));
	return pwrite(fd, context, strlen(context), 0) < 0 ? -errno : 0;
}

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define REFUSE RETURN(SECCOMP_RET_ERRNO | EPERM)
#define MOST 9 /* instructions for a call */

struct filter {
	struct sock_filter code[4 + MOST * ARRAY_SIZE(allowed)];
	unsigned short n;
};

static void add(struct filter *f, struct sock_filter instruction)
{
	f->code[f->n++] = instruction;
}

/* Refuses a call in which half an argument has one of the bits. */
static void add_half(struct filter *f, unsigned int argument, bool high, uint32_t bits)
{
	bool first = high == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
	size_t offset = offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t);

	add(f, (struct sock_filter)LOAD(offset + (first ? 0 : sizeof(uint32_t))));
	add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1));
	add(f, (struct sock_filter)REFUSE);
}

static int filter_calls(void)
{
	struct filter f = { .n = 0 };
	struct sock_fprog program = { .filter = f.code };

	add(&f, (struct sock_filter)LOAD(offsetof(struct seccomp_data, arch)));
	add(&f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
	add(&f, (struct sock_filter)REFUSE);
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		unsigned short jump;

		add(&f, (struct sock_filter)LOAD(offsetof(struct seccomp_data, nr)));
		jump = f.n;
		add(&f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i].call, 0, 0));
		if (allowed[i].low)
			add_half(&f, allowed[i].argument, false, allowed[i].low);
		if (allowed[i].high)
			add_half(&f, allowed[i].argument, true, allowed[i].high);
		add(&f, (struct sock_filter)RETURN(SECCOMP_RET_ALLOW));
		f.code[jump].jf = (uint8_t)(f.n - jump - 1);
	}
	add(&f, (struct sock_filter)REFUSE);
	program.len = f.n;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -errno : 0;
}

/* Sanitizers make system calls of their own. */
#ifdef WITH_SANITIZERS
static const bool filtered = false;
#else
static const bool filtered = true;
#endif

int confine_self(void)
{
	int r = drop_capabilities();

	if (r == 0)
		r = leave_domain();
	if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = -errno;
	return r < 0 || !filtered ? r : filter_calls();
}
