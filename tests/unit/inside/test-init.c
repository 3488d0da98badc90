/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of the container's init, each in a child that is root of a user namespace, as PID 1 of a container is. */
#include "lib/tap.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "inside/calls.h"
#include "inside/confine.h"
#include "inside/init.h"
#include "lib/userns.h"
#include "base/util.h"
#include "container/paths.h"

static const struct rights none;

static int error_of(long r)
{
	return r < 0 ? errno : 0;
}

static int socket_error(int family, int type, int protocol)
{
	int fd = socket(family, type, protocol), error = error_of(fd);

	if (fd >= 0)
		close(fd);
	return error;
}

static void check_refused(void)
{
	CHECK_INT(confine_syscalls(&none), 0);
	CHECK_INT(error_of(syscall(SYS_keyctl, 0, 0)), ENOSYS);
	CHECK_INT(error_of(syscall(SYS_io_uring_setup, 0, NULL)), ENOSYS);
	CHECK_INT(error_of(syscall(SYS_clone3, NULL, 0)), ENOSYS);
	CHECK_INT(error_of(syscall(SYS_bpf, -1, NULL, 0)), EPERM);
	CHECK_INT(error_of(syscall(SYS_open_by_handle_at, -1, NULL, 0)), EPERM);
	CHECK_INT(error_of(syscall(SYS_reboot, 0, 0, 0, NULL)), EPERM);
	CHECK_INT(error_of(syscall(SYS_kcmp, -1, -1, 0, 0, 0)), EPERM); /* on no list */
	CHECK_INT(error_of(syscall(CALLS_LAST + 1, -1)), ENOSYS);
	CHECK_INT(error_of(syscall(100000, -1)), ENOSYS);
	CHECK_INT(error_of(syscall(SYS_clock_settime, -1, NULL)), EPERM);
	CHECK_INT(error_of(unshare(CLONE_NEWUSER)), EPERM);
	CHECK_INT(error_of(unshare(CLONE_NEWUSER | CLONE_NEWNS)), EPERM);
	CHECK_INT(error_of(ioctl(-1, TIOCSTI, "x")), EPERM);
	CHECK_INT(error_of(syscall(SYS_ioctl, -1, 0x100000000UL | TIOCSTI, "x")), EPERM);
	CHECK_INT(error_of(personality(READ_IMPLIES_EXEC)), EPERM);
}

static void check_sockets(void)
{
	int pair[2];

	CHECK_INT(confine_syscalls(&none), 0);
	CHECK_INT(socket_error(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT), EAFNOSUPPORT);
	CHECK_INT(socket_error(AF_VSOCK, SOCK_STREAM, 0), EAFNOSUPPORT);
	CHECK_INT(socket_error(AF_ALG, SOCK_SEQPACKET, 0), EAFNOSUPPORT);
	CHECK_INT(socket_error(AF_X25, SOCK_SEQPACKET, 0), EAFNOSUPPORT);
	CHECK_INT(error_of(syscall(SYS_socket, 0x100000000UL | AF_VSOCK, SOCK_STREAM, 0)), EAFNOSUPPORT);
	CHECK_INT(error_of(syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 0x100000000UL | NETLINK_AUDIT)), EAFNOSUPPORT);
	CHECK_INT(socket_error(AF_UNIX, SOCK_STREAM, 0), 0);
	CHECK_INT(socket_error(AF_INET, SOCK_STREAM, 0), 0);
	CHECK_INT(socket_error(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), 0);
	CHECK_INT(socket_error(AF_NETLINK, SOCK_RAW, NETLINK_XFRM), EAFNOSUPPORT);
	CHECK_INT(socket_error(AF_INET, SOCK_STREAM, IPPROTO_TCP), 0);
	CHECK_INT(socket_error(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP), 0);
	CHECK(socket_error(AF_INET, SOCK_RAW, 112) != EPROTONOSUPPORT); /* the namespace is not ours: EPERM */
	CHECK_INT(socket_error(AF_INET, SOCK_STREAM, IPPROTO_SCTP), EPROTONOSUPPORT);
	CHECK_INT(socket_error(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 115), EPROTONOSUPPORT);
	CHECK_INT(socket_error(AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP), ESOCKTNOSUPPORT);
	CHECK_INT(error_of(socketpair(AF_INET, SOCK_STREAM, 0, pair)), EAFNOSUPPORT); /* else EOPNOTSUPP */
	CHECK_INT(error_of(socketpair(AF_UNIX, SOCK_STREAM, 0, pair)), 0);
}

static int ioctl_error(unsigned long request)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), error = error_of(ioctl(fd, request, NULL));

	close(fd);
	return error;
}

/* What makes the kernel load a module for a user without a capability. */
static void check_modules(void)
{
	CHECK_INT(confine_syscalls(&none), 0);
	CHECK_INT(socket_error(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC), EAFNOSUPPORT);
	CHECK_INT(socket_error(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER), EAFNOSUPPORT);
	CHECK_INT(socket_error(AF_PACKET, SOCK_RAW, 0), EAFNOSUPPORT);
	CHECK_INT(ioctl_error(SIOCGIFBR), EPERM);
	CHECK_INT(ioctl_error(SIOCGIFVLAN), EPERM);
	CHECK_INT(ioctl_error(0x100000000UL | SIOCGIFVLAN), EPERM);
	CHECK_INT(ioctl_error(TIOCSETD), EPERM);
	CHECK_INT(error_of(setsockopt(-1, IPPROTO_TCP, 38, "", 1)), ENOPROTOOPT);
	CHECK_INT(error_of(setsockopt(-1, IPPROTO_TCP, TCP_NODELAY, "", 1)), EBADF);
}

static void check_rights(void)
{
	struct rights rights;

	CHECK_INT(rights_parse("CAP_NET_ADMIN,CAP_NET_RAW,numa,keyring", &rights), 0);
	CHECK_INT(confine_syscalls(&rights), 0);
	CHECK_INT(socket_error(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC), 0);
	CHECK_INT(socket_error(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT), EAFNOSUPPORT);
	CHECK(socket_error(AF_PACKET, SOCK_RAW, 0) != EAFNOSUPPORT);
	CHECK(error_of(syscall(SYS_move_pages, 0, 0, NULL, NULL, NULL, 0)) != EPERM);
	CHECK_INT(error_of(syscall(SYS_request_key, "user", "x", NULL, 0)), ENOSYS);
	CHECK_INT(error_of(syscall(SYS_kcmp, -1, -1, 0, 0, 0)), EPERM);
}

static int mount_error(unsigned long flags)
{
	return error_of(mount("none", "/tmp", "tmpfs", flags, NULL));
}

/* An overlay could copy a set-user-ID file. */
static void check_set_id(void)
{
	CHECK_INT(error_of(unshare(CLONE_NEWNS)), 0);
	CHECK_INT(mount_error(0), 0);
	CHECK_INT(mount_error(MS_MGC_VAL), 0);
	CHECK_INT(confine_set_id(), 0);
	CHECK_INT(mount_error(0), EPERM);
	CHECK_INT(mount_error(MS_NOSUID | MS_NODEV | MS_REC), EPERM);
	CHECK_INT(mount_error(MS_MGC_VAL), EPERM);
	CHECK_INT(mount_error(MS_MGC_VAL | MS_NOSUID | 0x100000000UL), EPERM);
	CHECK_INT(error_of(syscall(SYS_fsopen, "tmpfs", 0)), ENOSYS);
	CHECK_INT(error_of(syscall(SYS_openat2, -1, NULL, NULL, 0)), ENOSYS);
	CHECK_INT(error_of(syscall(calls_young("fchmodat2"), -1, "", 0, 0)), ENOSYS);
	CHECK_INT(error_of(chmod("/tmp", 04755)), EPERM);
	CHECK_INT(error_of(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)), 0);
	CHECK_INT(error_of(mount("/tmp", "/tmp", NULL, MS_BIND, NULL)), 0);
	CHECK_INT(error_of(mount("/tmp", "/tmp", NULL, MS_MGC_VAL | MS_BIND, NULL)), 0);
	CHECK_INT(error_of(mount(NULL, "/tmp", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL)), 0);
}

static void check_left_alone(void)
{
	pid_t pid;

	CHECK_INT(confine_syscalls(&none), 0);
	CHECK_INT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
	CHECK_INT(error_of(unshare(CLONE_NEWNS)), 0);
	CHECK(personality(0xffffffff) >= 0);
	CHECK(personality(ADDR_NO_RANDOMIZE) >= 0);
	CHECK_INT(error_of(ioctl(-1, TIOCGWINSZ, NULL)), EBADF);
	CHECK_INT(error_of(syscall(SYS_read, -1, NULL, 0)), EBADF);
	CHECK(error_of(syscall(calls_young("fchmodat2"), -1, "x", 0, 0)) != EPERM); /* libseccomp may not know it */
	pid = fork();
	if (pid == 0)
		_exit(0);
	CHECK(pid > 0 && waitpid(pid, NULL, 0) == pid);
}

TEST(filter_refuses)
{
	RUN_AS_ROOT(check_refused);
}

TEST(filter_refuses_sockets)
{
	RUN_AS_ROOT(check_sockets);
}

TEST(filter_loads_no_modules)
{
	RUN_AS_ROOT(check_modules);
}

TEST(filter_with_rights)
{
	RUN_AS_ROOT(check_rights);
}

TEST(filter_refuses_set_id)
{
	RUN_AS_ROOT(check_set_id);
}

TEST(filter_leaves_alone)
{
	RUN_AS_ROOT(check_left_alone);
}

#if defined(__x86_64__)
/* A system call of the 32-bit ABI: another list of numbers, and sockets behind one call. The result, as the kernel
 * gives it. */
static long call_32(long number, long a, long b, long c)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
	return r;
}

static bool have_32(void)
{
	pid_t pid = fork();
	int status = 1;

	if (pid == 0)
		_exit(call_32(20, 0, 0, 0) == getpid()
			      ? 0
			      : 1); /* a signal kills it if the kernel does not have the call */
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static void check_refused_32(void)
{
	CHECK_INT(confine_set_id(), 0);
	CHECK_INT(call_32(430, 0, 0, 0), -ENOSYS); /* fsopen */
	CHECK_INT(confine_syscalls(&none), 0);
	CHECK_INT(call_32(88, 0, 0, 0), -EPERM);			  /* reboot */
	CHECK_INT(call_32(288, 0, 0, 0), -ENOSYS);			  /* keyctl */
	CHECK_INT(call_32(310, CLONE_NEWUSER, 0, 0), -EPERM);		  /* unshare */
	CHECK_INT(call_32(359, AF_VSOCK, SOCK_STREAM, 0), -EAFNOSUPPORT); /* socket */
	CHECK_INT(call_32(102, 1, 0, 0), -EAFNOSUPPORT); /* socketcall: socket, its arguments in memory */
}

TEST(filter_refuses_32_bit_calls)
{
	if (!have_32())
		SKIP("this kernel runs no 32-bit programs");
	RUN_AS_ROOT(check_refused_32);
}
#endif

static bool can(unsigned int capability)
{
	return prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1;
}

static void check_capabilities(void)
{
	CHECK_INT(confine_capabilities(UINT64_MAX), 0);
	CHECK(can(CAP_SYS_ADMIN) && can(CAP_NET_ADMIN));
	CHECK(!can(CAP_SYS_MODULE) && !can(CAP_MKNOD) && !can(CAP_BPF));
	CHECK_INT(error_of(chroot("/")), 0);
	CHECK_INT(confine_capabilities(UINT64_C(1) << CAP_SETPCAP | UINT64_C(1) << CAP_SYS_MODULE), 0);
	CHECK(can(CAP_SETPCAP) && !can(CAP_SYS_ADMIN) && !can(CAP_SYS_MODULE));
	CHECK_INT(error_of(chroot("/")), EPERM);
	CHECK_INT(confine_capabilities(0), 0);
	CHECK_INT(confine_capabilities(UINT64_C(1) << CAP_SETPCAP), -EPERM);
}

TEST(capabilities_are_limited)
{
	RUN_AS_ROOT(check_capabilities);
}

/* A '/usr/lib/systemd' and a '/run' of our own. */
static bool make_host(const char *allow)
{
	bool good = mount("tmpfs", "/run", "tmpfs", 0, NULL) == 0 &&
		    mount("tmpfs", "/usr/lib/systemd", "tmpfs", 0, NULL) == 0;

	for (const char *const *dir =
		     (const char *const[]){ "/run/host", "/run/systemd", "/run/systemd/system",
					    "/usr/lib/systemd/system", "/usr/lib/systemd/system/x.target.wants", NULL };
	     *dir; dir++)
		good = good && mkdir(*dir, 0755) == 0;
	for (const char *const *name = (const char *const[]){ "a.service", "b.service", "b@.service", NULL }; *name;
	     name++) {
		_cleanup_(freep) char *path = xasprintf("/usr/lib/systemd/system/%s", *name);

		good = good && write_file(path, "");
	}
	good = good && symlink("b.service", "/usr/lib/systemd/system/alias.service") == 0;
	return good && (!allow || write_file("/run/host/allow", allow));
}

static bool masked(const char *name)
{
	_cleanup_(freep) char *path = xasprintf("/run/systemd/system/%s", name);
	char target[32] = "";

	return readlink(path, target, sizeof(target) - 1) > 0 && strcmp(target, "/dev/null") == 0;
}

static void check_masks(void)
{
	CHECK(make_host("# stamp\n/usr/lib/systemd/system/a.service\n/usr/lib/systemd/system/absent.service\n"));
	CHECK_INT(mask_units(), 0);
	CHECK(!masked("a.service"));
	CHECK(masked("b.service"));
	CHECK(masked("b@.service"));
	CHECK(masked("alias.service"));
	CHECK(!masked("x.target.wants"));
	CHECK(!masked("absent.service"));
}

static void check_no_list(void)
{
	CHECK(make_host(NULL));
	CHECK_INT(mask_units(), 0);
	CHECK(!masked("b.service"));
}

static void check_empty_list(void)
{
	CHECK(make_host(""));
	CHECK_INT(mask_units(), 0);
	CHECK(masked("a.service"));
}

static int set_hardware(const char *text)
{
	setenv(HARDWARE_VARIABLE, text, true);
	return set_hardware_addresses();
}

/* In a network of its own, which has only 'lo'; that cannot have an address of this kind. */
static void check_refused_hardware(void)
{
	CHECK_INT(unshare(CLONE_NEWNET), 0);
	unsetenv(HARDWARE_VARIABLE);
	CHECK_INT(set_hardware_addresses(), 0);
	CHECK_INT(set_hardware("eth0=52:54:00:12:34:56"), -ENODEV);
	CHECK_INT(set_hardware("lo=52:54:00:12:34:56"), -EINVAL);
	CHECK_INT(set_hardware("eth0"), -EINVAL);
	CHECK_INT(set_hardware("eth0=52:54"), -EINVAL);
	CHECK_INT(set_hardware("a-name-too-long-for-an-interface=52:54:00:12:34:56"), -EINVAL);
}

TEST(refuses_hardware_addresses_that_it_cannot_set)
{
	RUN_AS_ROOT(check_refused_hardware);
}

static void check_address(const char *interface, const char *expected)
{
	struct ifreq request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	CHECK_INT(ioctl(fd, SIOCGIFHWADDR, &request), 0);
	CHECK_STR(ether_ntoa((struct ether_addr *)request.ifr_hwaddr.sa_data), expected);
	close(fd);
}

static void check_hardware(void)
{
	if (unshare(CLONE_NEWNET) < 0 || system("ip link add eth0 type veth peer name eth1 2>/dev/null") != 0)
		_exit(NO_USERNS);
	CHECK_INT(set_hardware("eth0=52:54:00:12:34:56,eth1=52:54:00:12:34:57"), 0);
	check_address("eth0", "52:54:0:12:34:56");
	check_address("eth1", "52:54:0:12:34:57");
}

TEST(sets_the_hardware_addresses_it_is_given)
{
	RUN_AS_ROOT(check_hardware);
}

TEST(masks_what_is_not_allowed)
{
	RUN_AS_ROOT(check_masks);
}

TEST(masks_nothing_without_a_list)
{
	RUN_AS_ROOT(check_no_list);
}

TEST(masks_all_with_an_empty_list)
{
	RUN_AS_ROOT(check_empty_list);
}

TEST_MAIN
