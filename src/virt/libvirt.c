/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See virt.h. The only file that knows libvirt. A container is one domain; libvirt's id of it is the process id of its
 * controller, whose only child is the container's PID 1. */
#include "virt/libvirt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "virt/domain-xml.h"
#include "base/log.h"
#include "base/syscalls.h"

#define GONE_TIMEOUT_MS 10000
/* libvirt misses the end of a container now and then, one of a hundred on a busy host: its controller has ended, and the
 * domain stays. That long after the end it is told. */
#define MISSED_MS 500

static void silent(void *data, virErrorPtr error)
{
	(void)data, (void)error; /* we say it in our words */
}

static void domainp(virDomainPtr *domain)
{
	if (*domain)
		virDomainFree(*domain);
}

static void networkp(virNetworkPtr *network)
{
	if (*network)
		virNetworkFree(*network);
}

/* libvirt's last error, on one line. */
static const char *reason(void)
{
	static char text[1024];

	snprintf(text, sizeof(text), "%s", virGetLastErrorMessage());
	for (char *p = text; (p = strpbrk(p, "\r\n"));)
		*p = p[1] ? ' ' : '\0';
	return text;
}

static bool last_error_is(int code)
{
	virErrorPtr error = virGetLastError();

	return error && error->code == code;
}

int virt_reach(const char *uri, struct _virConnect **ret)
{
	virSetErrorFunc(NULL, silent);
	*ret = virConnectOpen(uri);
	return *ret ? 0 : -ENOTCONN;
}

int virt_open(const char *uri, struct _virConnect **ret)
{
	int r = virt_reach(uri, ret);

	if (r < 0)
		log_error("Cannot reach libvirt at '%s': %s. Is libvirtd (or virtlxcd) running, with its LXC driver "
			  "installed?",
			  uri, reason());
	return r;
}

int virt_version(struct _virConnect *conn, unsigned long *ret)
{
	if (virConnectGetLibVersion(conn, ret) == 0)
		return 0;
	log_error("libvirt does not say its version: %s", virGetLastErrorMessage());
	return -EIO;
}

void virt_closep(struct _virConnect **conn)
{
	if (*conn)
		virConnectClose(*conn);
}

void virt_leader_done(struct virt_leader *leader)
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

/* A pidfd of the container's PID 1. The number could be another process's by the time it is opened; it was not if the
 * controller, which never gets a second child, still has that number for its child afterwards. */
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

int virt_start(struct _virConnect *conn, const char *name, const char *xml, struct virt_leader *ret)
{
	_cleanup_(domainp) virDomainPtr domain = virDomainCreateXML(conn, xml, 0);
	_cleanup_(virt_leader_done) struct virt_leader leader = { .pidfd = -1, .console = -1 };

	if (!domain) {
		log_error("libvirt cannot start container '%s': %s", name, reason());
		return -EIO;
	}
	/* libvirt reports success even if PID 1 died at once. */
	leader.pidfd = leader_open(domain, &leader.pid);
	if (leader.pidfd < 0)
		return log_error_errno(leader.pidfd, "Container '%s' ended as soon as it was started", name);
	leader.console = console_open(domain);
	/* With its end libvirt lets the terminal go, and what we have opened may be that of somebody else. */
	if (sys_pidfd_wait(leader.pidfd, 0))
		return log_error_errno(-ESRCH, "Container '%s' ended as soon as it was started", name);
	if (leader.console < 0) {
		log_error_errno(leader.console, "Cannot open the console of container '%s': %m", name);
		virDomainDestroy(domain);
		return leader.console;
	}
	*ret = leader;
	leader.pidfd = leader.console = -1;
	return 0;
}

/* A libvirtd that did not run when a container ended keeps it, though there is nothing behind it, and starts no other of
 * its name. To destroy it is an error, which makes libvirtd forget it. */
static bool is_stale(virDomainPtr domain)
{
	if (virDomainIsActive(domain) != 0 || virDomainIsPersistent(domain) != 0)
		return false;
	virDomainDestroy(domain);
	return true;
}

/* The domain by name if it has our uuid. */
static int lookup(struct _virConnect *conn, const char *name, const char *uuid, virDomainPtr *ret)
{
	_cleanup_(domainp) virDomainPtr domain = virDomainLookupByName(conn, name);
	char found[VIR_UUID_STRING_BUFLEN];

	if (!domain && last_error_is(VIR_ERR_NO_DOMAIN))
		return 0;
	if (!domain || virDomainGetUUIDString(domain, found) < 0) {
		log_error("Cannot ask libvirt for domain '%s': %s", name, reason());
		return -EIO;
	}
	if (is_stale(domain))
		return 0;
	if (strcasecmp(found, uuid) != 0) {
		log_error("libvirt has a domain '%s' that is not this container (its uuid is %s); it is left alone. "
			  "Remove or rename it with virsh",
			  name, found);
		return -EEXIST;
	}
	*ret = steal_ptr(domain);
	return 1;
}

int virt_exists(struct _virConnect *conn, const char *name, const char *uuid)
{
	_cleanup_(domainp) virDomainPtr domain = NULL;

	return lookup(conn, name, uuid, &domain);
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

/* 0 when libvirt has it no more, 1 when it still has, or -errno. 'controller' is a pidfd, or -1 if it has ended. */
static int wait_gone(struct _virConnect *conn, const char *name, const char *uuid, int controller)
{
	long waited = 0, missed = 0;

	for (long ms = 2; waited < GONE_TIMEOUT_MS && missed < MISSED_MS; ms = ms < 50 ? ms * 2 : ms) {
		int r = virt_exists(conn, name, uuid);

		if (r <= 0)
			return r;
		pause_ms(ms);
		waited += ms;
		missed += controller < 0 || sys_pidfd_wait(controller, 0) ? ms : 0;
	}
	return 1;
}

/* libvirt's own way of destroying takes two seconds for each container; the death of PID 1 makes libvirt clean up at
 * once. */
static void kill_leader(virDomainPtr domain)
{
	pid_t pid;
	_cleanup_(closep) int fd = leader_open(domain, &pid);

	if (fd >= 0)
		sys_pidfd_send_signal(fd, SIGKILL);
}

int virt_destroy(struct _virConnect *conn, const char *name, const char *uuid)
{
	_cleanup_(domainp) virDomainPtr domain = NULL;
	_cleanup_(closep) int controller = -1;
	int r = lookup(conn, name, uuid, &domain);

	if (r <= 0)
		return r == -EEXIST ? 0 : r; /* said already, and nothing of ours */
	controller = sys_pidfd_open((pid_t)virDomainGetID(domain));
	kill_leader(domain);
	r = wait_gone(conn, name, uuid, controller);
	if (r <= 0)
		return r;
	if (virDomainDestroy(domain) < 0 && !last_error_is(VIR_ERR_NO_DOMAIN) &&
	    !last_error_is(VIR_ERR_OPERATION_INVALID)) {
		log_error("libvirt cannot destroy container '%s': %s", name, reason());
		return -EIO;
	}
	return 0;
}

/* As lookup(); -ESRCH without a message when there is no such domain: it may end at any moment. */
static int lookup_running(struct _virConnect *conn, const char *name, const char *uuid, virDomainPtr *ret)
{
	int r = lookup(conn, name, uuid, ret);

	return r == 0 ? -ESRCH : r < 0 ? r : 0;
}

static int limit_failed(const char *name, const char *what)
{
	log_error("libvirt cannot change the limit of %s of container '%s': %s", what, name, reason());
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

int virt_limit(struct _virConnect *conn, const char *name, const char *uuid, uint64_t memory_kib, uint64_t cpu_quota)
{
	_cleanup_(domainp) virDomainPtr domain = NULL;
	int r = lookup_running(conn, name, uuid, &domain);

	if (r == 0)
		r = limit_memory(domain, name, memory_kib);
	return r < 0 ? r : limit_cpu(domain, name, cpu_quota);
}

int virt_usage(struct _virConnect *conn, const char *name, const char *uuid, struct virt_usage *ret)
{
	_cleanup_(domainp) virDomainPtr domain = NULL;
	virDomainInfo info;
	int r = lookup_running(conn, name, uuid, &domain);

	if (r < 0)
		return r;
	if (virDomainGetInfo(domain, &info) < 0) {
		log_error("libvirt does not say what container '%s' uses: %s", name, reason());
		return -EIO;
	}
	*ret = (struct virt_usage){ (uint64_t)info.memory * 1024, info.cpuTime };
	return 0;
}

/* 1 and the network, 0 without one, or -errno after a message. */
static int network_lookup(struct _virConnect *conn, const char *name, virNetworkPtr *ret)
{
	*ret = virNetworkLookupByName(conn, name);
	if (*ret)
		return 1;
	if (last_error_is(VIR_ERR_NO_NETWORK))
		return 0;
	log_error("Cannot ask libvirt for network '%s': %s", name, reason());
	return -EIO;
}

static int network_failed(const char *what, const char *name)
{
	log_error("libvirt cannot %s network '%s': %s", what, name, reason());
	return -EIO;
}

int virt_network_get(struct _virConnect *conn, const char *name, char **ret_xml, bool *ret_active)
{
	_cleanup_(networkp) virNetworkPtr network = NULL;
	int r = network_lookup(conn, name, &network);
	char *xml;

	if (r <= 0)
		return r;
	xml = virNetworkGetXMLDesc(network, 0);
	if (!xml)
		return network_failed("describe", name);
	*ret_xml = xml;
	*ret_active = virNetworkIsActive(network) == 1;
	return 1;
}

static int network_activate(virNetworkPtr network, const char *name)
{
	/* Someone else may have started it in between. */
	if (virNetworkIsActive(network) == 1 || virNetworkCreate(network) == 0 || virNetworkIsActive(network) == 1)
		return 0;
	return network_failed("start", name);
}

int virt_network_start(struct _virConnect *conn, const char *name)
{
	_cleanup_(networkp) virNetworkPtr network = NULL;
	int r = network_lookup(conn, name, &network);

	if (r == 0)
		return log_error_errno(ENOENT, "libvirt has no network '%s'; see virsh net-list --all", name);
	return r < 0 ? r : network_activate(network, name);
}

int virt_network_create(struct _virConnect *conn, const char *name, const char *xml)
{
	_cleanup_(networkp) virNetworkPtr network = virNetworkDefineXML(conn, xml);
	int r;

	if (!network)
		return network_failed("define", name);
	r = virNetworkSetAutostart(network, 1) < 0 ? network_failed("autostart", name)
						   : network_activate(network, name);
	if (r < 0)
		virNetworkUndefine(network);
	return r;
}

int virt_network_remove(struct _virConnect *conn, const char *name)
{
	_cleanup_(networkp) virNetworkPtr network = NULL;
	int r = network_lookup(conn, name, &network);

	if (r <= 0)
		return r;
	if (virNetworkIsActive(network) == 1 && virNetworkDestroy(network) < 0)
		return network_failed("stop", name);
	if (virNetworkUndefine(network) < 0 && !last_error_is(VIR_ERR_NO_NETWORK))
		return network_failed("undefine", name);
	return 0;
}

int virt_validate(struct _virConnect *conn, const char *xml)
{
	_cleanup_(domainp) virDomainPtr domain = virDomainDefineXMLFlags(conn, xml, VIR_DOMAIN_DEFINE_VALIDATE);

	if (!domain) {
		log_error("libvirt refuses the domain: %s", reason());
		return -EINVAL;
	}
	return 0;
}
