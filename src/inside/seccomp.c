/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container's system call filter. It refuses what services do not need and the host's kernel, which all containers
 * share, should not offer them, and allows everything else. */
#include "inside/confine.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <seccomp.h>

#include "base/util.h"

/* By name, since no architecture or version of libseccomp has all of them. ENOSYS where callers fall back to something
 * else. */
static const struct {
	const char *name;
	int error;
} refused[] = {
	/* the host's kernel itself */
	{ "kexec_load", EPERM },
	{ "kexec_file_load", EPERM },
	{ "init_module", EPERM },
	{ "finit_module", EPERM },
	{ "delete_module", EPERM },
	{ "create_module", EPERM },
	{ "bpf", EPERM },
	{ "perf_event_open", EPERM },
	{ "lookup_dcookie", EPERM },
	{ "syslog", EPERM },
	{ "acct", EPERM },
	{ "reboot", EPERM },
	{ "swapon", EPERM },
	{ "swapoff", EPERM },
	{ "nfsservctl", ENOSYS },
	{ "_sysctl", ENOSYS },
	{ "uselib", ENOSYS },
	{ "ustat", ENOSYS },
	{ "sysfs", ENOSYS },
	{ "vm86", ENOSYS },
	{ "vm86old", ENOSYS },
	/* hardware */
	{ "iopl", EPERM },
	{ "ioperm", EPERM },
	{ "pciconfig_read", EPERM },
	{ "pciconfig_write", EPERM },
	{ "pciconfig_iobase", EPERM },
	{ "s390_pci_mmio_read", EPERM },
	{ "s390_pci_mmio_write", EPERM },
	/* the host's clock; adjtimex reads too, and its writes lack the capability */
	{ "clock_settime", EPERM },
	{ "clock_settime64", EPERM },
	{ "settimeofday", EPERM },
	{ "stime", EPERM },
	/* files by number, past every mount */
	{ "open_by_handle_at", EPERM },
	/* events of files that are the host's too; those that decide would hold up whoever opens one */
	{ "fanotify_init", EPERM },
	{ "fanotify_mark", EPERM },
	/* quota of a file system that is the host's */
	{ "quotactl", EPERM },
	{ "quotactl_fd", EPERM },
	/* keyrings are not in any namespace */
	{ "add_key", ENOSYS },
	{ "keyctl", ENOSYS },
	{ "request_key", ENOSYS },
	/* large and young, again and again the way out of a container */
	{ "io_uring_setup", ENOSYS },
	{ "io_uring_enter", ENOSYS },
	{ "io_uring_register", ENOSYS },
	{ "userfaultfd", EPERM },
	/* memory policy and pages of others */
	{ "move_pages", EPERM },
	{ "migrate_pages", EPERM },
	{ "kcmp", EPERM },
};

/* Commands of fcntl(2) that act on a file which every container and the host share. Nothing needs to be written for
 * them, and the files of '/usr' belong to root inside: whoever opens or executes a file that has a lease waits for
 * /proc/sys/fs/lease-break-time, 45 seconds. The C library's headers have no delegations (Linux 6.19). */
#define SET_DELEGATION (F_SETLEASE + 16)
static const unsigned int file_commands[] = { F_SETLEASE, SET_DELEGATION, F_NOTIFY };

#define PROTOCOL_MPTCP 262 /* IPPROTO_MPTCP, which not every C library has */

/* What services use of the kernel's sockets. Other families and protocols are rarely used code, most of it in modules
 * that the kernel loads for whoever asks, or reach the host (vsock, audit). Raw sockets have no list: one part of the
 * kernel has all of their protocols. */
static const uint32_t families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET };
static const uint32_t pair_families[] = { AF_UNIX };
static const uint32_t ip_types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW };
static const uint32_t stream_protocols[] = { 0, IPPROTO_TCP, PROTOCOL_MPTCP };
static const uint32_t datagram_protocols[] = { 0, IPPROTO_ICMP, IPPROTO_UDP, IPPROTO_ICMPV6, IPPROTO_UDPLITE };
static const uint32_t netlink_protocols[] = { NETLINK_ROUTE, NETLINK_SOCK_DIAG, NETLINK_NETFILTER,
					      NETLINK_KOBJECT_UEVENT, NETLINK_GENERIC };

#define TYPE_MASK 0xfU /* the other bits of socket(2)'s type are flags */

/* AF_INET and AF_INET6 differ in one bit, in which AF_INET has 0. */
#define IP_FAMILY                                                                                                      \
	{                                                                                                              \
		0, SCMP_CMP_MASKED_EQ, UINT32_MAX & ~(uint32_t)(AF_INET ^ AF_INET6), AF_INET                           \
	}
#define NETLINK_FAMILY                                                                                                 \
	{                                                                                                              \
		0, SCMP_CMP_MASKED_EQ, UINT32_MAX, AF_NETLINK                                                          \
	}
#define TYPE(type)                                                                                                     \
	{                                                                                                              \
		1, SCMP_CMP_MASKED_EQ, TYPE_MASK, (type)                                                               \
	}

/* The argument of the call has to be in the list where the conditions are met; the kernel looks at the lower half of
 * each. */
static const struct restriction {
	int call;
	struct scmp_arg_cmp when[2];
	unsigned int conditions;
	unsigned int argument;
	unsigned int bits; /* the lowest that count */
	const uint32_t *list;
	size_t allowed;
	int error;
} restrictions[] = {
#define LIST(list) list, ARRAY_SIZE(list)
	{ SCMP_SYS(socket), { { 0 } }, 0, 0, 32, LIST(families), EAFNOSUPPORT },
	{ SCMP_SYS(socketpair), { { 0 } }, 0, 0, 32, LIST(pair_families), EAFNOSUPPORT },
	{ SCMP_SYS(socket), { IP_FAMILY }, 1, 1, 4, LIST(ip_types), ESOCKTNOSUPPORT },
	{ SCMP_SYS(socket), { IP_FAMILY, TYPE(SOCK_STREAM) }, 2, 2, 32, LIST(stream_protocols), EPROTONOSUPPORT },
	{ SCMP_SYS(socket), { IP_FAMILY, TYPE(SOCK_DGRAM) }, 2, 2, 32, LIST(datagram_protocols), EPROTONOSUPPORT },
	/* Libraries take this answer for a kernel without audit and go on. */
	{ SCMP_SYS(socket), { NETLINK_FAMILY }, 1, 2, 32, LIST(netlink_protocols), EAFNOSUPPORT },
#undef LIST
};

/* The last system call that was looked at for this filter; they have the same numbers on all architectures from 403 on.
 * What is younger gets ENOSYS, for which every caller is prepared: libseccomp may not know its name yet. */
#define LAST_CALL 456 /* futex_requeue */

/* Memory layouts of other ABIs make exploits easier. ADDR_NO_RANDOMIZE, which debuggers set, and the 32-bit uname stay
 * allowed. */
static const unsigned int personality_bits[] = {
	MMAP_PAGE_ZERO, ADDR_COMPAT_LAYOUT, READ_IMPLIES_EXEC, STICKY_TIMEOUTS, ADDR_LIMIT_3GB, 0x01, 0x02, 0x04, 0x10,
};

#define PERSONALITY_QUERY 0x80000000U /* only in the argument 0xffffffff, which changes nothing */

static int refuse_names(scmp_filter_ctx ctx)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		int number = seccomp_syscall_resolve_name(refused[i].name), r;

		if (number == __NR_SCMP_ERROR) /* younger than this libseccomp */
			continue;
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO((uint32_t)refused[i].error), number, 0);
		if (r < 0)
			return r;
	}
	return 0;
}

/* In a user namespace of their own, ordinary users reach most of the kernel that only root could. clone3 takes its
 * flags in memory, where no filter sees them; libc falls back to clone. */
static int refuse_userns(scmp_filter_ctx ctx)
{
	static const int clone_flags =
#if defined(__s390__)
		1;
#else
		0;
#endif
	int r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
				     SCMP_CMP(clone_flags, SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER));
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare), 1,
				     SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER));
	return r;
}

/* They type into a terminal, from which somebody with more rights may read. The kernel looks only at the lower half of
 * the argument. */
static int refuse_ioctls(scmp_filter_ctx ctx)
{
	static const unsigned int requests[] = { TIOCSTI, TIOCLINUX };

	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		int r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
					 SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffffU, requests[i]));

		if (r < 0)
			return r;
	}
	return 0;
}

/* The kernel takes the command from the lower half of the argument. */
static int refuse_file_commands(scmp_filter_ctx ctx)
{
	static const int calls[] = { SCMP_SYS(fcntl), SCMP_SYS(fcntl64) };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		for (size_t j = 0; r == 0 && j < ARRAY_SIZE(file_commands); j++)
			r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), calls[i], 1,
					     SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffffU, file_commands[j]));
	return r;
}

/* Refuses what the restriction refuses among the numbers that are equal to 'from' in all but the lowest 'bits'. A rule
 * can compare an argument only once, so whatever is not in the list is divided into such blocks. */
static int refuse_others(scmp_filter_ctx ctx, const struct restriction *what, uint32_t from, unsigned int bits)
{
	uint32_t mask = (uint32_t)(UINT64_MAX << bits);
	struct scmp_arg_cmp comparisons[3];
	unsigned int n = what->conditions;

	for (size_t i = 0; i < what->allowed; i++) {
		int r;

		if ((what->list[i] & mask) != from)
			continue;
		if (bits == 0)
			return 0;
		r = refuse_others(ctx, what, from, bits - 1);
		return r < 0 ? r : refuse_others(ctx, what, from | UINT32_C(1) << (bits - 1), bits - 1);
	}
	memcpy(comparisons, what->when, sizeof(what->when));
	comparisons[n] =
		SCMP_CMP(what->argument, SCMP_CMP_MASKED_EQ, mask & (uint32_t)((UINT64_C(1) << what->bits) - 1), from);
	return seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO((uint32_t)what->error), what->call, n + 1, comparisons);
}

static int refuse_sockets(scmp_filter_ctx ctx)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(restrictions); i++)
		r = refuse_others(ctx, &restrictions[i], 0, restrictions[i].bits);
	return r;
}

static int refuse_personalities(scmp_filter_ctx ctx)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(personality_bits); i++)
		r = seccomp_rule_add(
			ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(personality), 1,
			SCMP_A0(SCMP_CMP_MASKED_EQ, PERSONALITY_QUERY | personality_bits[i], personality_bits[i]));
	return r;
}

/* A program of another ABI must not find a way around. The old socketcall of 32-bit programs has its arguments in
 * memory, where they cannot be looked at: libseccomp then refuses every socket made that way. */
static int add_architectures(scmp_filter_ctx ctx)
{
	static const struct {
		uint32_t native, other;
	} pairs[] = {
		{ SCMP_ARCH_X86_64, SCMP_ARCH_X86 },
		{ SCMP_ARCH_X86_64, SCMP_ARCH_X32 },
		{ SCMP_ARCH_AARCH64, SCMP_ARCH_ARM },
		{ SCMP_ARCH_S390X, SCMP_ARCH_S390 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		int r;

		if (pairs[i].native != seccomp_arch_native())
			continue;
		r = seccomp_arch_add(ctx, pairs[i].other);
		if (r < 0 && r != -EEXIST)
			return r;
	}
	return 0;
}

/* libseccomp makes no rules for calls that it does not know. Three kinds of large numbers are not young: -1, with which
 * a tracer skips a call; those from 0xf0000 on of 32-bit ARM; and x32's, 512 to 547. */
static int refuse_younger_calls(void)
{
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#if defined(__x86_64__)
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, 4, 0),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~(uint32_t)__X32_SYSCALL_BIT),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 547, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 512, 1, 0),
#else
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0xf0000, 1, 0),
#endif
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, LAST_CALL, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};
	static const struct sock_fprog program = { .len = ARRAY_SIZE(code), .filter = code };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -errno : 0;
}

static void releasep(scmp_filter_ctx *ctx)
{
	seccomp_release(*ctx);
}

int confine_syscalls(void)
{
	static int (*const rules[])(scmp_filter_ctx) = {
		refuse_names, refuse_userns, refuse_ioctls, refuse_file_commands, refuse_sockets, refuse_personalities,
	};
	_cleanup_(releasep) scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int r;

	if (!ctx)
		return -ENOMEM;
	r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0);
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
	if (r == 0)
		r = add_architectures(ctx);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(rules); i++)
		r = rules[i](ctx);
	if (r == 0)
		r = refuse_younger_calls();
	return r < 0 ? r : seccomp_load(ctx);
}
