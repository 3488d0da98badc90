/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container's system call filter. It consists of two: one has the list of calls.c, and the other checks arguments
 * of calls on that list. The kernel runs both, and the stricter answer counts. The first one is made here, from
 * numbers, because libseccomp makes no rules for calls whose names it does not know yet. */
#include "inside/confine.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <seccomp.h>

#include "base/strv.h"
#include "base/util.h"
#include "inside/calls.h"

#define PROTOCOL_MPTCP 262 /* IPPROTO_MPTCP, which not every C library has */

/* The sockets that services use. Other families and protocols are rarely used code, most of it in modules that the
 * kernel loads for any process that asks, or they reach the host (vsock, audit). There is no list for raw sockets,
 * because the same code of the kernel handles all their protocols. */
static const uint32_t families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };
static const uint32_t raw_families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET };
static const uint32_t pair_families[] = { AF_UNIX };
static const uint32_t ip_types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW };
static const uint32_t stream_protocols[] = { 0, IPPROTO_TCP, PROTOCOL_MPTCP };
static const uint32_t datagram_protocols[] = { 0, IPPROTO_ICMP, IPPROTO_UDP, IPPROTO_ICMPV6, IPPROTO_UDPLITE };
static const uint32_t netlink_protocols[] = { NETLINK_ROUTE, NETLINK_KOBJECT_UEVENT };
static const uint32_t admin_netlink_protocols[] = { NETLINK_ROUTE, NETLINK_SOCK_DIAG, NETLINK_NETFILTER,
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

/* If the conditions are met, the argument of the call must be in the list. The kernel uses only the lower half of each
 * argument. */
static const struct restriction {
	int call;
	struct scmp_arg_cmp when[2];
	unsigned int conditions;
	unsigned int argument;
	unsigned int bits; /* the number of low bits that count */
	const uint32_t *list;
	size_t allowed;
	int error;
	uint64_t with, without; /* capabilities: the row counts if the container has the former and lacks the latter */
} restrictions[] = {
#define LIST(list) list, ARRAY_SIZE(list)
#define NET_ADMIN (UINT64_C(1) << CAP_NET_ADMIN)
#define NET_RAW (UINT64_C(1) << CAP_NET_RAW)
	{ SCMP_SYS(socket), { { 0 } }, 0, 0, 32, LIST(families), EAFNOSUPPORT, 0, NET_RAW },
	{ SCMP_SYS(socket), { { 0 } }, 0, 0, 32, LIST(raw_families), EAFNOSUPPORT, NET_RAW, 0 },
	{ SCMP_SYS(socketpair), { { 0 } }, 0, 0, 32, LIST(pair_families), EAFNOSUPPORT, 0, 0 },
	{ SCMP_SYS(socket), { IP_FAMILY }, 1, 1, 4, LIST(ip_types), ESOCKTNOSUPPORT, 0, 0 },
	{ SCMP_SYS(socket), { IP_FAMILY, TYPE(SOCK_STREAM) }, 2, 2, 32, LIST(stream_protocols), EPROTONOSUPPORT, 0, 0 },
	{ SCMP_SYS(socket),
	  { IP_FAMILY, TYPE(SOCK_DGRAM) },
	  2,
	  2,
	  32,
	  LIST(datagram_protocols),
	  EPROTONOSUPPORT,
	  0,
	  0 },
	/* For libraries this answer means a kernel without audit, and they go on. */
	{ SCMP_SYS(socket), { NETLINK_FAMILY }, 1, 2, 32, LIST(netlink_protocols), EAFNOSUPPORT, 0, NET_ADMIN },
	{ SCMP_SYS(socket), { NETLINK_FAMILY }, 1, 2, 32, LIST(admin_netlink_protocols), EAFNOSUPPORT, NET_ADMIN, 0 },
#undef LIST
};

/* Arguments that are refused in calls of the list, for the reason above each group. The kernel uses only the lower half
 * of most arguments, so only that is compared. */
#define HAS(argument, bits)                                                                                            \
	{                                                                                                              \
		argument, SCMP_CMP_MASKED_EQ, bits, bits                                                               \
	}
#define IS(argument, value)                                                                                            \
	{                                                                                                              \
		argument, SCMP_CMP_MASKED_EQ, UINT32_MAX, value                                                        \
	}
#define NULL_POINTER(argument)                                                                                         \
	{                                                                                                              \
		argument, SCMP_CMP_EQ, 0, 0                                                                            \
	}
#define POINTER(argument)                                                                                              \
	{                                                                                                              \
		argument, SCMP_CMP_NE, 0, 0                                                                            \
	}
#define SET_DELEGATION (F_SETLEASE + 16) /* Linux 6.19; the C library's headers lack it */
#define TCP_OPTION_AO_ADD_KEY 38	 /* TCP_AO_ADD_KEY, which few C libraries have */
#if defined(__s390__)
#define CLONE_FLAGS 1 /* the number of the argument */
#else
#define CLONE_FLAGS 0
#endif
/* Without the query, 0xffffffff, which has all bits and changes nothing. */
#define PERSONALITY(bits)                                                                                              \
	{                                                                                                              \
		SCMP_SYS(personality), EPERM, 1,                                                                       \
		{                                                                                                      \
			{                                                                                              \
				0, SCMP_CMP_MASKED_EQ, 0x80000000U | (bits), bits                                      \
			}                                                                                              \
		}                                                                                                      \
	}

/* clang-format off */
static const struct refusal {
	int call, error;
	unsigned int conditions;
	struct scmp_arg_cmp when[3];
} refusals[] = {
	/* In a user namespace of their own, ordinary users can reach most code of the kernel that is otherwise only for
	 * root. */
	{ SCMP_SYS(clone), EPERM, 1, { HAS(CLONE_FLAGS, CLONE_NEWUSER) } },
	{ SCMP_SYS(unshare), EPERM, 1, { HAS(0, CLONE_NEWUSER) } },
	/* These type into a terminal, from which somebody with more rights may read. */
	{ SCMP_SYS(ioctl), EPERM, 1, { IS(1, TIOCSTI) } },
	{ SCMP_SYS(ioctl), EPERM, 1, { IS(1, TIOCLINUX) } },
	/* These load a module for whoever asks: a line discipline, the bridge, VLANs, frame relay. */
	{ SCMP_SYS(ioctl), EPERM, 1, { IS(1, TIOCSETD) } },
	{ SCMP_SYS(ioctl), EPERM, 1, { IS(1, SIOCGIFBR) } },
	{ SCMP_SYS(ioctl), EPERM, 1, { IS(1, SIOCSIFBR) } },
	{ SCMP_SYS(ioctl), EPERM, 1, { IS(1, SIOCBRADDBR) } },
	{ SCMP_SYS(ioctl), EPERM, 1, { IS(1, SIOCBRDELBR) } },
	{ SCMP_SYS(ioctl), EPERM, 1, { IS(1, SIOCBRADDIF) } },
	{ SCMP_SYS(ioctl), EPERM, 1, { IS(1, SIOCBRDELIF) } },
	{ SCMP_SYS(ioctl), EPERM, 1, { IS(1, SIOCGIFVLAN) } },
	{ SCMP_SYS(ioctl), EPERM, 1, { IS(1, SIOCSIFVLAN) } },
	{ SCMP_SYS(ioctl), EPERM, 1, { IS(1, SIOCADDDLCI) } },
	{ SCMP_SYS(ioctl), EPERM, 1, { IS(1, SIOCDELDLCI) } },
	/* The TCP authentication option takes the name of an algorithm, and the kernel loads the module. */
	{ SCMP_SYS(setsockopt), ENOPROTOOPT, 2, { IS(1, IPPROTO_TCP), IS(2, TCP_OPTION_AO_ADD_KEY) } },
	/* These affect a file which all containers and the host share. They need no write access, and root inside owns
	 * the files of '/usr': a process that opens or executes a file with a lease waits for
	 * /proc/sys/fs/lease-break-time, 45 seconds. */
	{ SCMP_SYS(fcntl), EPERM, 1, { IS(1, F_SETLEASE) } },
	{ SCMP_SYS(fcntl), EPERM, 1, { IS(1, SET_DELEGATION) } },
	{ SCMP_SYS(fcntl), EPERM, 1, { IS(1, F_NOTIFY) } },
	{ SCMP_SYS(fcntl64), EPERM, 1, { IS(1, F_SETLEASE) } },
	{ SCMP_SYS(fcntl64), EPERM, 1, { IS(1, SET_DELEGATION) } },
	{ SCMP_SYS(fcntl64), EPERM, 1, { IS(1, F_NOTIFY) } },
	/* Memory layouts of other ABIs make exploits easier. ADDR_NO_RANDOMIZE, which debuggers set, and the 32-bit
	 * uname stay allowed. */
	PERSONALITY(MMAP_PAGE_ZERO),
	PERSONALITY(ADDR_COMPAT_LAYOUT),
	PERSONALITY(READ_IMPLIES_EXEC),
	PERSONALITY(STICKY_TIMEOUTS),
	PERSONALITY(ADDR_LIMIT_3GB),
	PERSONALITY(0x01),
	PERSONALITY(0x02),
	PERSONALITY(0x04),
	PERSONALITY(0x10),
	/* The limit of core dumps stays what init has set. Setting it seems to work, because services and systemd
	 * itself set it, and nothing depends on it but a core dump. A caller that wants the old limit as well cannot
	 * be answered. */
	{ SCMP_SYS(setrlimit), 0, 1, { IS(0, RLIMIT_CORE) } },
	{ SCMP_SYS(prlimit64), 0, 3, { IS(1, RLIMIT_CORE), POINTER(2), NULL_POINTER(3) } },
	{ SCMP_SYS(prlimit64), EPERM, 3, { IS(1, RLIMIT_CORE), POINTER(2), POINTER(3) } },
};
/* clang-format on */

/* clang-format off */
#define SETS_ID(call, argument) \
	{ SCMP_SYS(call), EPERM, 1, { HAS(argument, S_ISUID) } }, \
	{ SCMP_SYS(call), EPERM, 1, { HAS(argument, S_ISGID) } }
#define MAKES_SET_ID(call, flags, flag, argument) \
	{ SCMP_SYS(call), EPERM, 2, { HAS(flags, flag), HAS(argument, S_ISUID) } }, \
	{ SCMP_SYS(call), EPERM, 2, { HAS(flags, flag), HAS(argument, S_ISGID) } }
#define NEEDS_NO_TYPE (MS_BIND | MS_MOVE | MS_REMOUNT) /* mount(2) */
#define OLD_MAGIC 0xc0ed0000U /* MS_MGC_VAL; in such flags the kernel ignores all the upper bits */
#define OLD_MAGIC_MASK 0xffff0000U
/* For confine_set_id(): calls that take a mode, chmod(2) and those that make files; and those that make a new file
 * system, because an overlay copies modes of one directory to another. refuse_new_calls() has others. */
static const struct refusal set_id[] = {
	SETS_ID(chmod, 1),
	SETS_ID(fchmod, 1),
	SETS_ID(fchmodat, 2),
	SETS_ID(creat, 1),
	SETS_ID(mknod, 1),
	SETS_ID(mknodat, 2),
	MAKES_SET_ID(open, 1, O_CREAT, 2),
	MAKES_SET_ID(open, 1, O_TMPFILE, 2),
	MAKES_SET_ID(openat, 2, O_CREAT, 3),
	MAKES_SET_ID(openat, 2, O_TMPFILE, 3),
	{ SCMP_SYS(mount), EPERM, 1, { { 3, SCMP_CMP_MASKED_EQ,
		NEEDS_NO_TYPE | MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE, 0 } } },
	{ SCMP_SYS(mount), EPERM, 1, { { 3, SCMP_CMP_MASKED_EQ, OLD_MAGIC_MASK | NEEDS_NO_TYPE, OLD_MAGIC } } },
};
/* clang-format on */

static int refuse_arguments(scmp_filter_ctx ctx, const struct refusal *rows, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO((uint32_t)rows[i].error), rows[i].call,
					   rows[i].conditions, rows[i].when);
	return r;
}

/* Refuses those numbers that the restriction refuses and that are equal to 'from' in all but the lowest 'bits' bits. A
 * rule can compare an argument only once, so the numbers that are not in the list are divided into such blocks. */
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

static int refuse_sockets(scmp_filter_ctx ctx, uint64_t capabilities)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(restrictions); i++)
		if ((restrictions[i].with & ~capabilities) == 0 && (restrictions[i].without & capabilities) == 0)
			r = refuse_others(ctx, &restrictions[i], 0, restrictions[i].bits);
	return r;
}

/* A program of another ABI must not bypass the filter. The old socketcall of 32-bit programs has its arguments in
 * memory, where they cannot be examined; libseccomp then refuses every socket that is made in that way. x32 has the
 * same architecture as x86_64 but higher numbers, so it comes after it. */
static const struct abi {
	uint32_t native; /* the architecture that runs it */
	uint32_t abi;
	uint32_t architecture; /* as the kernel reports it: linux/audit.h */
} abis[] = {
	{ SCMP_ARCH_X86_64, SCMP_ARCH_X86_64, SCMP_ARCH_X86_64 },
	{ SCMP_ARCH_X86_64, SCMP_ARCH_X32, SCMP_ARCH_X86_64 }, /* the same, with a bit more in its numbers */
	{ SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X86 },
	{ SCMP_ARCH_AARCH64, SCMP_ARCH_ARM, SCMP_ARCH_ARM },
	{ SCMP_ARCH_S390X, SCMP_ARCH_S390, SCMP_ARCH_S390 },
};

static int add_architectures(scmp_filter_ctx ctx)
{
	for (size_t i = 0; i < ARRAY_SIZE(abis); i++) {
		int r;

		if (abis[i].native != seccomp_arch_native())
			continue;
		r = seccomp_arch_add(ctx, abis[i].abi);
		if (r < 0 && r != -EEXIST)
			return r;
	}
	return 0;
}

#define NO_CALL (SECCOMP_RET_ERRNO | ENOSYS)
#define REFUSED (SECCOMP_RET_ERRNO | EPERM)

#define CALLS_MAX 1024

/* The answer for the numbers after those of the previous span. The spans of an architecture cover all numbers. */
struct span {
	uint32_t last, answer;
};

struct spans {
	struct span v[2 * (2 * CALLS_MAX + 4)]; /* for two ABIs, with a gap before each call */
	size_t n;
};

/* Sets the answer for the numbers up to 'last' that have none yet. */
static void answer_up_to(struct spans *spans, uint32_t last, uint32_t answer)
{
	struct span *span = spans->n > 0 ? &spans->v[spans->n - 1] : NULL;

	if (span && span->last >= last)
		return;
	if (!span || span->answer != answer)
		spans->v[spans->n++].answer = answer;
	spans->v[spans->n - 1].last = last;
}

static void answer_one(struct spans *spans, uint32_t number, uint32_t answer)
{
	if (number > 0)
		answer_up_to(spans, number - 1, NO_CALL);
	answer_up_to(spans, number, answer);
}

struct call {
	uint32_t number, answer;
};

static int compare_calls(const void *a, const void *b)
{
	const struct call *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static uint32_t answer_of(const struct call_group *group, const struct rights *rights)
{
	if (group->verdict == CALLS_ALLOWED || (rights->calls & group->right))
		return SECCOMP_RET_ALLOW;
	return group->verdict == CALLS_MISSING ? NO_CALL : REFUSED;
}

/* Finds the calls of the list that the ABI has. */
static size_t find_calls(uint32_t abi, uint32_t first, const struct rights *rights, struct call ret[CALLS_MAX])
{
	size_t n = 0;

	for (const struct call_group *group = call_groups; group < call_groups + n_call_groups; group++) {
		_cleanup_(strv_done) struct strv names = { 0 };
		uint32_t answer = answer_of(group, rights);

		strv_split(&names, group->calls, " ");
		for (size_t i = 0; i < names.n && n < CALLS_MAX; i++) {
			int number = seccomp_syscall_resolve_name_arch(abi, names.v[i]);
			int young = calls_young(names.v[i]);

			if (number == __NR_SCMP_ERROR && young >= 0)
				number = (int)first + young;
			if (number >= 0) /* libseccomp's own, below 0, are of calls that other architectures have */
				ret[n++] = (struct call){ (uint32_t)number, answer };
		}
	}
	qsort(ret, n, sizeof(*ret), compare_calls);
	return n;
}

/* Sets the answers for the ABI's numbers: those up to CALLS_LAST are refused unless they are on the list. */
static int answer_abi(struct spans *spans, uint32_t abi, const struct rights *rights)
{
	static struct call calls[CALLS_MAX];
	int known = seccomp_syscall_resolve_name_arch(abi, "pidfd_open"); /* 434, plus what the ABI adds to all */
	uint32_t first = (uint32_t)known - 434;
	size_t n;

	if (known < 434)
		return -ENOSYS;
	n = find_calls(abi, first, rights, calls);
	if (first > 0)
		answer_up_to(spans, first - 1, NO_CALL);
	for (size_t i = 0; i < n; i++) {
		if (calls[i].number > 0)
			answer_up_to(spans,
				     calls[i].number <= first + CALLS_LAST ? calls[i].number - 1 : first + CALLS_LAST,
				     REFUSED);
		answer_one(spans, calls[i].number, calls[i].answer);
	}
	answer_up_to(spans, first + CALLS_LAST, REFUSED);
	return 0;
}

struct program {
	struct sock_filter code[BPF_MAXINSNS];
	unsigned short n;
};

static void emit(struct program *p, struct sock_filter instruction)
{
	p->code[p->n++] = instruction;
}

/* Adds the part of the filter for an architecture. The answer depends on nothing but the number, so kernels since 5.11
 * use a bitmap for those that are allowed. */
static int add_architecture(struct program *p, uint32_t architecture, const struct rights *rights)
{
	static struct spans spans;
	unsigned short skip;
	int r = 0;

	spans.n = 0;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(abis); i++)
		if (abis[i].native == seccomp_arch_native() && abis[i].architecture == architecture)
			r = answer_abi(&spans, abis[i].abi, rights);
	if (spans.n == 0 && r == 0)
		r = answer_abi(&spans, architecture, rights);
	answer_up_to(&spans, UINT32_MAX - 1, NO_CALL);
	answer_up_to(&spans, UINT32_MAX, SECCOMP_RET_ALLOW); /* -1, with which a tracer skips a call */
	if (r < 0 || p->n + 4 + 2 * spans.n >= BPF_MAXINSNS)
		return r < 0 ? r : -E2BIG;
	emit(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0));
	skip = p->n;
	emit(p, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
	emit(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
	for (size_t i = 0; i < spans.n; i++) {
		emit(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, spans.v[i].last, 1, 0));
		emit(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, spans.v[i].answer));
	}
	p->code[skip].k = (uint32_t)(p->n - skip - 1);
	return 0;
}

static int load_list(const struct rights *rights)
{
	static struct program p;
	struct sock_fprog program = { .filter = p.code };
	uint32_t native = seccomp_arch_native();
	int r;

	p.n = 0;
	emit(&p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)));
	r = add_architecture(&p, native, rights);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(abis); i++)
		if (abis[i].native == native && abis[i].architecture != native)
			r = add_architecture(&p, abis[i].architecture, rights);
	if (r < 0)
		return r;
	emit(&p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, NO_CALL));
	program.len = p.n;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -errno : 0;
}

static void releasep(scmp_filter_ctx *ctx)
{
	seccomp_release(*ctx);
}

/* A filter that still allows everything; NULL if memory runs out or libseccomp does not know the architecture. */
static scmp_filter_ctx make_filter(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);

	if (ctx && seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0) == 0 &&
	    seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)) == 0 && add_architectures(ctx) == 0)
		return ctx;
	seccomp_release(ctx);
	return NULL;
}

/* The mode for openat2 is in memory, where it cannot be examined, libseccomp may not know the name of fchmodat2, and
 * fsopen makes a file system. Programs do without these calls where the kernel does not have them. Their numbers are
 * the same on all architectures, but for the bit of x32. */
static int refuse_new_calls(void)
{
	uint32_t fchmodat2 = (uint32_t)calls_young("fchmodat2");
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~UINT32_C(0x40000000)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, fchmodat2, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fsopen, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, NO_CALL),
	};
	const struct sock_fprog program = { .len = ARRAY_SIZE(code), .filter = code };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -errno : 0;
}

int confine_set_id(void)
{
	_cleanup_(releasep) scmp_filter_ctx ctx = make_filter();
	int r = ctx ? refuse_arguments(ctx, set_id, ARRAY_SIZE(set_id)) : -ENOMEM;

	if (r == 0)
		r = seccomp_load(ctx);
	return r < 0 ? r : refuse_new_calls();
}

int confine_syscalls(const struct rights *rights)
{
	_cleanup_(releasep) scmp_filter_ctx ctx = make_filter();
	int r = ctx ? refuse_arguments(ctx, refusals, ARRAY_SIZE(refusals)) : -ENOMEM;

	if (r == 0)
		r = refuse_sockets(ctx, rights->capabilities);
	if (r == 0)
		r = load_list(rights);
	return r < 0 ? r : seccomp_load(ctx);
}
