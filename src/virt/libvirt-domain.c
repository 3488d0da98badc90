/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A container is a transient domain. Its id in libvirt is the process id of its controller, whose only child is the
 * container's PID 1. Looking up a domain changes nothing; only destroying one makes libvirt forget it. */
#include "virt/libvirt-domain.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "base/log.h"
#include "base/syscalls.h"
#include "base/util.h"
#include "virt/domain-xml.h"
#include "virt/libvirt.h"

#define GONE_TIMEOUT_MS 10000
/* About once in a hundred times, on a busy host, libvirt misses the end of a container: its controller has ended, but
 * the domain remains. We destroy it this long after the end of the controller. */
#define MISSED_MS 500

static void domainp(virDomainPtr *domain)
{
	if (*domain)
		virDomainFree(*domain);
}

void libvirt_leader_done(struct libvirt_leader *leader)
{
	closep(&leader->pidfd);
	closep(&leader->console);
}

/* The first child of process 'pid', or -errno. */
static pid_t first_child(unsigned int pid)
{
	char path[64], text[32] = "";
	_cleanup_(closep) int fd = -1;
	uint64_t child;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%u/task/%u/children", pid, pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[strcspn(text, " ")] = '\0';
	return parse_u64(text, INT32_MAX, &child) < 0 ? -ESRCH : (pid_t)child;
}

/* Opens a pidfd of the container's PID 1. The number could be another process's when it is opened. It was not if it is
 * still the number of the controller's child afterwards, because the controller never has a second child. */
static int leader_open(virDomainPtr domain, pid_t *ret_pid)
{
	unsigned int controller = virDomainGetID(domain);
	_cleanup_(closep) int fd = -1;
	pid_t pid;

	if (controller == (unsigned int)-1)
		return -ESRCH;
	pid = first_child(controller);
	if (pid < 0)
		return -ESRCH;
	fd = sys_pidfd_open(pid);
	if (fd < 0)
		return fd;
	if (first_child(controller) != pid)
		return -ESRCH;
	*ret_pid = pid;
	return steal_fd(&fd);
}

static int console_open(virDomainPtr domain)
{
	char *xml = virDomainGetXMLDesc(domain, 0);
	_cleanup_(freep) char *tty = xml ? xml_value(xml, "string(/domain/devices/console/source/@path)") : NULL;
	int fd;

	free(xml);
	if (!tty || !*tty)
		return -ENOTTY;
	fd = open(tty, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Takes the first process of a domain that was started. libvirt reports success even if it died at once. */
static int take_leader(virDomainPtr domain, const char *name, struct libvirt_leader *leader)
{
	leader->pidfd = leader_open(domain, &leader->pid);
	if (leader->pidfd < 0)
		return leader->pidfd;
	leader->controller = (pid_t)virDomainGetID(domain);
	log_debug("Process %d is the first one of '%s'.", leader->pid, name);
	return 0;
}

int libvirt_domain_start(struct _virConnect *conn, const char *name, const char *xml, struct libvirt_leader *ret)
{
	_cleanup_(domainp) virDomainPtr domain = virDomainCreateXML(conn, xml, 0);
	_cleanup_(libvirt_leader_done) struct libvirt_leader leader = { .pidfd = -1, .console = -1 };
	int r;

	if (!domain) {
		log_error("libvirt cannot start container '%s': %s", name, libvirt_reason());
		return -EIO;
	}
	r = take_leader(domain, name, &leader);
	if (r < 0)
		return log_error_errno(r, "Container '%s' ended as soon as it was started.", name);
	leader.console = console_open(domain);
	/* At the end of the container, libvirt releases the terminal, so what we opened may belong to something
	 * else. */
	if (sys_pidfd_wait(leader.pidfd, 0))
		return log_error_errno(-ESRCH, "Container '%s' ended as soon as it was started.", name);
	if (leader.console < 0) {
		log_error_errno(leader.console, "Cannot open the console of container '%s': %m", name);
		virDomainDestroy(domain);
		return leader.console;
	}
	*ret = leader;
	leader.pidfd = leader.console = -1;
	return 0;
}

int libvirt_domain_run(struct _virConnect *conn, const char *name, const char *xml, int socket,
		       struct libvirt_leader *ret)
{
	_cleanup_(domainp) virDomainPtr domain = NULL;
	_cleanup_(libvirt_leader_done) struct libvirt_leader leader = { .pidfd = -1, .console = -1 };
	int r;

	domain = virDomainCreateXMLWithFiles(conn, xml, 1, &socket, VIR_DOMAIN_START_AUTODESTROY);
	if (!domain) {
		log_error("libvirt cannot start sandbox '%s': %s", name, libvirt_reason());
		return -EIO;
	}
	r = take_leader(domain, name, &leader);
	if (r < 0 && r != -ESRCH)
		return r;
	*ret = leader;
	leader.pidfd = -1;
	return r < 0 ? 0 : 1;
}

int libvirt_domain_leader(struct _virConnect *conn, const char *name, struct libvirt_leader *ret)
{
	_cleanup_(domainp) virDomainPtr domain = virDomainLookupByName(conn, name);
	_cleanup_(libvirt_leader_done) struct libvirt_leader leader = { .pidfd = -1, .console = -1 };
	int r;

	if (!domain && libvirt_error_is(VIR_ERR_NO_DOMAIN))
		return -ESRCH;
	if (!domain) {
		log_error("Cannot ask libvirt for domain '%s': %s", name, libvirt_reason());
		return -EIO;
	}
	r = take_leader(domain, name, &leader);
	if (r < 0)
		return r == -ESRCH ? r : log_error_errno(r, "Cannot find the processes of '%s': %m", name);
	*ret = leader;
	leader.pidfd = -1;
	return 0;
}

enum presence {
	ABSENT,
	STALE, /* the container ended while libvirtd was not running */
	RUNS,
};

/* Looks up the domain of this name, which is returned unless it is ABSENT. -EEXIST if a domain is running that is not
 * ours. */
static int find(struct _virConnect *conn, const char *name, const char *uuid, virDomainPtr *ret)
{
	_cleanup_(domainp) virDomainPtr domain = virDomainLookupByName(conn, name);
	char found[VIR_UUID_STRING_BUFLEN];
	bool stale;

	if (!domain && libvirt_error_is(VIR_ERR_NO_DOMAIN))
		return ABSENT;
	if (!domain || virDomainGetUUIDString(domain, found) < 0) {
		log_error("Cannot ask libvirt for domain '%s': %s", name, libvirt_reason());
		return -EIO;
	}
	stale = virDomainIsActive(domain) == 0 && virDomainIsPersistent(domain) == 0;
	if (!stale && strcasecmp(found, uuid) != 0) {
		log_error("libvirt has another domain '%s', with UUID %s, which is not this container; remove or "
			  "rename it with virsh.",
			  name, found);
		return -EEXIST;
	}
	*ret = steal_ptr(domain);
	return stale ? STALE : RUNS;
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

/* Waits for the end of the container, and returns the same as find(). 'controller' is a pidfd, or negative if it has
 * ended. */
static int wait_gone(struct _virConnect *conn, const char *name, const char *uuid, int controller, virDomainPtr *ret)
{
	long waited = 0, missed = 0;

	for (long ms = 2;; ms = ms < 50 ? ms * 2 : ms) {
		int r = find(conn, name, uuid, ret);

		if (r != RUNS || waited >= GONE_TIMEOUT_MS || missed >= MISSED_MS)
			return r;
		domainp(ret);
		*ret = NULL;
		pause_ms(ms);
		waited += ms;
		missed += controller < 0 || sys_pidfd_wait(controller, 0) ? ms : 0;
	}
}

/* virDomainDestroy() takes two seconds for each container, but when PID 1 dies, libvirt cleans up at once. */
static void kill_leader(virDomainPtr domain)
{
	pid_t pid;
	_cleanup_(closep) int fd = leader_open(domain, &pid);

	if (fd >= 0)
		sys_pidfd_send_signal(fd, SIGKILL);
}

/* Makes libvirt forget a domain that it still has. If it is stale, libvirt reports an error, but forgets it. */
static int forget(virDomainPtr domain, const char *name, bool stale)
{
	if (virDomainDestroy(domain) == 0 || stale || libvirt_error_is(VIR_ERR_NO_DOMAIN) ||
	    libvirt_error_is(VIR_ERR_OPERATION_INVALID))
		return 0;
	log_error("libvirt cannot destroy container '%s': %s", name, libvirt_reason());
	return -EIO;
}

int libvirt_domain_destroy(struct _virConnect *conn, const char *name, const char *uuid)
{
	_cleanup_(domainp) virDomainPtr domain = NULL, left = NULL;
	_cleanup_(closep) int controller = -1;
	int r = find(conn, name, uuid, &domain);

	if (r == -EEXIST || r == ABSENT)
		return 0; /* there is no domain of ours */
	if (r < 0)
		return r;
	if (r == STALE)
		return forget(domain, name, true);
	controller = sys_pidfd_open((pid_t)virDomainGetID(domain));
	kill_leader(domain);
	r = wait_gone(conn, name, uuid, controller, &left);
	return r <= ABSENT ? r : forget(left, name, r == STALE);
}

/* Returns 0 with the domain; -ESRCH, without a message, if the container is not running; or another -errno. */
static int find_running(struct _virConnect *conn, const char *name, const char *uuid, virDomainPtr *ret)
{
	int r = find(conn, name, uuid, ret);

	return r < 0 ? r : r == RUNS ? 0 : -ESRCH;
}

static int limit_failed(const char *name, const char *what)
{
	log_error("libvirt cannot change the limit of %s of container '%s': %s", what, name, libvirt_reason());
	return -EIO;
}

static int limit_memory(virDomainPtr domain, const char *name, uint64_t kib)
{
	virTypedParameterPtr params = NULL;
	int n = 0, max = 0, r;

	r = virTypedParamsAddULLong(&params, &n, &max, VIR_DOMAIN_MEMORY_HARD_LIMIT,
				    kib ? kib : VIR_DOMAIN_MEMORY_PARAM_UNLIMITED);
	if (r == 0)
		r = virDomainSetMemoryParameters(domain, params, n, VIR_DOMAIN_AFFECT_LIVE);
	virTypedParamsFree(params, n);
	return r < 0 ? limit_failed(name, "memory") : 0;
}

static int limit_cpu(virDomainPtr domain, const char *name, uint64_t quota)
{
	virTypedParameterPtr params = NULL;
	int n = 0, max = 0, r;

	r = virTypedParamsAddULLong(&params, &n, &max, VIR_DOMAIN_SCHEDULER_VCPU_PERIOD, DOMAIN_CPU_PERIOD);
	if (r == 0)
		r = virTypedParamsAddLLong(&params, &n, &max, VIR_DOMAIN_SCHEDULER_VCPU_QUOTA,
					   quota ? (long long)quota : -1);
	if (r == 0)
		r = virDomainSetSchedulerParametersFlags(domain, params, n, VIR_DOMAIN_AFFECT_LIVE);
	virTypedParamsFree(params, n);
	return r < 0 ? limit_failed(name, "processor time") : 0;
}

int libvirt_domain_limit(struct _virConnect *conn, const char *name, const char *uuid, uint64_t memory_kib,
			 uint64_t cpu_quota)
{
	_cleanup_(domainp) virDomainPtr domain = NULL;
	int r = find_running(conn, name, uuid, &domain);

	if (r == 0)
		r = limit_memory(domain, name, memory_kib);
	return r < 0 ? r : limit_cpu(domain, name, cpu_quota);
}

int libvirt_domain_resume(struct _virConnect *conn, const char *name, const char *uuid)
{
	_cleanup_(domainp) virDomainPtr domain = NULL;
	int r = find_running(conn, name, uuid, &domain), state;

	if (r < 0)
		return r;
	if (virDomainGetState(domain, &state, NULL, 0) == 0 && state != VIR_DOMAIN_PAUSED)
		return 0;
	if (virDomainResume(domain) == 0)
		return 1;
	log_error("libvirt cannot resume container '%s': %s", name, libvirt_reason());
	return -EIO;
}

int libvirt_domain_usage(struct _virConnect *conn, const char *name, const char *uuid, struct libvirt_usage *ret)
{
	_cleanup_(domainp) virDomainPtr domain = NULL;
	virDomainInfo info;
	int r = find_running(conn, name, uuid, &domain);

	if (r < 0)
		return r;
	if (virDomainGetInfo(domain, &info) < 0) {
		log_error("libvirt does not report what container '%s' uses: %s", name, libvirt_reason());
		return -EIO;
	}
	*ret = (struct libvirt_usage){ (uint64_t)info.memory * 1024, info.cpuTime };
	return 0;
}

void libvirt_guest_done(struct libvirt_guest *guest)
{
	closep(&guest->channel);
	closep(&guest->console);
}

/* libvirt has made the socket, in a directory of its own. */
static int channel_open(const char *xml)
{
	_cleanup_(freep) char *path = xml_value(xml, "string(/domain/devices/channel/source/@path)");
	_cleanup_(closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (fd < 0)
		return -errno;
	if (!path || !*path || strlen(path) >= sizeof(address.sun_path))
		return -ENOENT;
	memcpy(address.sun_path, path, strlen(path));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	return steal_fd(&fd);
}

int libvirt_guest_run(struct _virConnect *conn, const char *name, const char *xml, struct libvirt_guest *ret)
{
	_cleanup_(domainp) virDomainPtr domain = virDomainCreateXML(conn, xml, VIR_DOMAIN_START_AUTODESTROY);
	_cleanup_(libvirt_guest_done) struct libvirt_guest guest = { -1, -1 };
	char *now;

	if (!domain) {
		log_error("libvirt cannot start virtual machine '%s': %s", name, libvirt_reason());
		return -EIO;
	}
	now = virDomainGetXMLDesc(domain, 0);
	guest.channel = now ? channel_open(now) : -EIO;
	free(now);
	if (guest.channel < 0)
		return log_error_errno(guest.channel, "Cannot reach virtual machine '%s': %m", name);
	guest.console = console_open(domain);
	/* At the end of QEMU, the kernel releases the terminal, so what we opened may belong to something else. */
	if (poll(&(struct pollfd){ .fd = guest.channel }, 1, 0) != 0)
		return log_error_errno(-ESRCH, "Virtual machine '%s' ended as soon as it was started.", name);
	*ret = guest;
	guest = (struct libvirt_guest){ -1, -1 };
	return 0;
}

int libvirt_guest_destroy(struct _virConnect *conn, const char *name, const char *uuid)
{
	_cleanup_(domainp) virDomainPtr domain = NULL;
	int r = find(conn, name, uuid, &domain);

	return r == RUNS || r == STALE ? forget(domain, name, r == STALE) : r == -EEXIST ? 0 : r;
}
