/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container's system call filter. It refuses what services do not need and the host's kernel, which all containers
 * share, should not offer them, and allows everything else. */
#include "inside/confine.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <sys/personality.h>
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

/* The families that services use. The others are rarely used code of the kernel, or reach the host (vsock). */
static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET };

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

static bool family_allowed(int family)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (families[i] == family)
			return true;
	return false;
}

static int refuse_sockets(scmp_filter_ctx ctx)
{
	/* Libraries take this answer for a kernel without audit and go on. */
	int r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 2,
				 SCMP_A0(SCMP_CMP_MASKED_EQ, 0xffffffffU, AF_NETLINK),
				 SCMP_A2(SCMP_CMP_MASKED_EQ, 0xffffffffU, NETLINK_AUDIT));

	for (int family = 0; r == 0 && family < AF_PACKET; family++)
		if (!family_allowed(family))
			r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
					     SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family, 0));
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
				     SCMP_A0(SCMP_CMP_GT, AF_PACKET, 0));
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
	return r < 0 ? r : seccomp_load(ctx);
}
