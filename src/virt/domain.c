/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain-start and domain-stop: the two ends of a container's domain, each a table of steps with a reason. The monitor
 * and the host unit run them. A start first reads and decides, and changes nothing before the step 'end a leftover
 * domain'. Whatever it leaves behind when it fails or is killed, domain-stop removes, which systemd runs whenever the
 * unit ends. */
#include <errno.h>
#include <fcntl.h>
#include <linux/xattr.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/context.h"
#include "base/log.h"
#include "base/subprocess.h"
#include "container/apparmor.h"
#include "container/device.h"
#include "container/disk.h"
#include "container/handover.h"
#include "container/open.h"
#include "container/paths.h"
#include "container/places.h"
#include "container/record-file.h"
#include "container/reservation.h"
#include "container/staging.h"
#include "running/cgroup-scope.h"
#include "running/leader.h"
#include "running/machine-name.h"
#include "virt/closed.h"
#include "virt/domain-xml.h"
#include "virt/leader-limits.h"
#include "virt/libvirt-domain.h"
#include "virt/libvirt.h"
#include "virt/limits.h"
#include "virt/network-names.h"
#include "virt/network.h"
#include "virt/unit-allow.h"
#include "virt/verbs.h"
#include "virt/network-walls.h"

#define LIBVIRT_MS 20000 /* longer than libvirt ever takes to end a container */
#define LEADER_MS 10000

struct domain {
	const struct context *context;
	const char *name;
	struct record record;
	struct strv open_devices; /* those that every user of the host may use */
	int tree;		  /* of the container's own directory, once it has been looked at; else -1 */
	struct _virConnect *conn;
	char *profile; /* of AppArmor; NULL if the host does not use it, or cannot load one */
	char *xml;
	struct libvirt_leader leader;
};

struct step {
	const char *name;
	const char *reason;
	int (*run)(struct domain *domain);   /* 0, or -errno after a message */
	void (*undo)(struct domain *domain); /* called if this step or a later one failed; or NULL */
};

static void domain_done(struct domain *d)
{
	libvirt_leader_done(&d->leader);
	libvirt_closep(&d->conn);
	closep(&d->tree);
	free(d->profile);
	free(d->xml);
	strv_done(&d->open_devices);
	record_done(&d->record);
}

static int read_record(struct domain *d)
{
	int r = record_load(d->context->root_fd, d->name, &d->record);

	return r < 0 ? r : container_check_ready(&d->record);
}

static int check_upgraded(struct domain *d)
{
	return container_check_upgraded(d->context->root_fd, d->name);
}

/* Two containers with one level, address or range of ids could reach each other's files. */
static int check_reservations(struct domain *d)
{
	_cleanup_(strv_done) struct strv problems = { 0 };

	reservation_problems(d->context->root_fd, &d->record, true, &problems);
	for (size_t i = 0; i < problems.n; i++)
		log_error("%s", problems.v[i]);
	if (problems.n == 0)
		return 0;
	return log_error_errno(-EEXIST,
			       "Container '%s' was not made on this host, or its record was changed by hand; "
			       "'virt-sandbox-service adopt %s' reserves what it has, or says what is in the way.",
			       d->name, d->record.path);
}

static int connect_libvirt(struct domain *d)
{
	return libvirt_open(d->context->connect, &d->conn);
}

static int check_devices(struct domain *d)
{
	for (size_t i = 0; i < d->record.devices.n; i++) {
		_cleanup_(freep) char *message = NULL;
		const char *path = d->record.devices.v[i];
		bool open;
		int r = device_check(d->context->root_fd, path, &open, &message);

		if (r < 0)
			return log_error_errno(r, "%s", message);
		if (open)
			strv_add(&d->open_devices, path);
	}
	return 0;
}

static int compose(struct domain *d)
{
	struct sysinfo info;

	if (apparmor_on() && apparmor_can_load())
		d->profile = apparmor_profile(d->name);
	else if (apparmor_on())
		log_warn("Container '%s' is not confined by AppArmor, because apparmor_parser is missing.", d->name);
	sysinfo(&info); /* cannot fail with a valid pointer */
	d->xml = domain_xml(&d->record, d->profile, &d->open_devices, (uint64_t)info.totalram * info.mem_unit / 1024);
	return 0;
}

static int end(struct domain *d)
{
	return libvirt_domain_destroy(d->conn, d->name, d->record.uuid);
}

static int remove_interfaces(struct domain *d)
{
	return networks_remove_interfaces(&d->record);
}

static int open_tree(struct domain *d)
{
	d->tree = place_open_tree(d->context->root_fd, d->record.path, true);
	return d->tree < 0 ? d->tree : 0;
}

static int limit_disk(struct domain *d)
{
	return disk_limit(d->context->root_fd, d->tree, &d->record);
}

static int prepare_tree(struct domain *d)
{
	return staging_prepare(d->tree, &d->record);
}

/* A file in the container's '/run/host'. Caller frees. */
static char *host_file(const struct domain *d, const char *file)
{
	_cleanup_(freep) char *runtime = runtime_dir(d->name);

	return xasprintf("%s/" RUNTIME_HOST "/%s", runtime, file);
}

/* Root in the container is an ordinary user of the host, so it must own the directory of the socket. The runtime
 * directory itself stays as systemd made it, or systemd would give everything in it back to the host's root. */
static int open_notify(struct domain *d)
{
	_cleanup_(freep) char *notify = host_file(d, HOST_NOTIFY);

	if (lchown(notify, d->record.uid_base, d->record.uid_base) < 0)
		return log_error_errno(errno, "Cannot prepare '%s': %m%s", notify, RUNTIME_ADVICE);
	return 0;
}

static int list_units(struct domain *d)
{
	_cleanup_(freep) char *allow = host_file(d, HOST_ALLOW);

	return unit_allow_write(d->context, &d->record, allow);
}

static int list_closed(struct domain *d)
{
	_cleanup_(freep) char *closed = host_file(d, HOST_CLOSED);

	return closed_write(d->context, &d->record, closed);
}

static int label(struct domain *d)
{
	static const char *const names[] = { RUNTIME_HOST, RUNTIME_HOST "/" HOST_NOTIFY, RUNTIME_HOST "/" HOST_ALLOW,
					     RUNTIME_HOST "/" HOST_CLOSED };
	_cleanup_(freep) char *runtime = runtime_dir(d->name);
	const char *context = d->record.file_context;

	for (size_t i = 0; context && *context && i < ARRAY_SIZE(names); i++) {
		_cleanup_(freep) char *path = xasprintf("%s/%s", runtime, names[i]);

		if (lsetxattr(path, XATTR_NAME_SELINUX, context, strlen(context) + 1, 0) < 0)
			return log_error_errno(errno, "Cannot label '%s' as %s: %m", path, context);
	}
	return 0;
}

static int load_profile(struct domain *d)
{
	return d->profile ? apparmor_load(d->context->root_fd, d->name) : 0;
}

/* A profile that stays confines nobody, and the next start replaces it. */
static int unload_profile(struct domain *d)
{
	int r = apparmor_unload(d->name);

	if (r < 0)
		log_warn_errno(r, "Cannot remove the AppArmor profile of container '%s': %m", d->name);
	return 0;
}

static int stage(struct domain *d)
{
	return staging_make(d->context->root_fd, d->tree, &d->record);
}

static void clear_staging(struct domain *d)
{
	staging_clear(d->name);
}

static int unstage(struct domain *d)
{
	staging_clear(d->name);
	return 0;
}

static int start_networks(struct domain *d)
{
	return networks_start(d->context, d->conn, &d->record);
}

static int wall(struct domain *d)
{
	return walls_put(d->context, &d->record);
}

static int lock_ports(struct domain *d)
{
	return walls_lock_ports(&d->record);
}

static int unwall(struct domain *d)
{
	walls_remove(d->context, &d->record);
	return 0;
}

static int start(struct domain *d)
{
	return libvirt_domain_start(d->conn, d->name, d->xml, &d->leader);
}

static int limit_leader(struct domain *d)
{
	leader_limits_set(d->context->root_fd, d->name, &d->leader);
	return 0;
}

static int limit_groups(struct domain *d)
{
	int r = scope_limit_groups(d->context->root_fd, d->leader.pid);

	if (r < 0)
		log_warn_errno(r, "Cannot limit the number of control groups in container '%s': %m", d->name);
	return 0;
}

/* The container runs under the name that libvirt gave it, too. */
static int take_name(struct domain *d)
{
	int r = machine_name_take(&d->record, d->leader.pid, d->leader.controller);

	if (r < 0)
		log_info("systemd-machined does not know container '%s' by this name: %s.", d->name, strerror(-r));
	return 0;
}

static int drop_name(struct domain *d)
{
	int r = machine_name_drop(&d->record);

	if (r < 0)
		log_info("Cannot remove container '%s' from systemd-machined: %s.", d->name, strerror(-r));
	return 0;
}

/* The bridge may have been made by this start. */
static int enter_name(struct domain *d)
{
	names_put(d->conn, &d->record);
	if (nets_have_ours(&d->record.nets))
		names_show_host();
	return 0;
}

static int write_leader(struct domain *d)
{
	int r = leader_write(d->context->root_fd, d->name, d->leader.pid, d->leader.pidfd);

	return r < 0 ? log_error_errno(r, "Cannot record the leader of container '%s': %m", d->name) : 0;
}

/* Once the leader is recorded, 'set' finds the container running. Ports that it changed before that are only in the
 * record. */
static int publish_ports(struct domain *d)
{
	_cleanup_(record_done) struct record now = { 0 };
	struct record record = d->record;
	int r = record_load(d->context->root_fd, d->name, &now);

	if (r < 0)
		return r;
	record.ports = now.ports;
	return walls_publish(d->context, &record, false);
}

/* The same is true of limits; besides, libvirt does not apply all of them. */
static int apply_limits(struct domain *d)
{
	_cleanup_(record_done) struct record now = { 0 };
	int r = record_load(d->context->root_fd, d->name, &now);

	if (r < 0)
		return r;
	if (memcmp(now.limits, d->record.limits, sizeof(now.limits)) != 0)
		return limits_apply(d->context->connect, &now, d->leader.pid);
	return now.limits[LIMIT_TASKS] || now.limits[LIMIT_IO_WEIGHT] || now.limits[LIMIT_MEMORY]
		       ? scope_limit(&now, d->leader.pid)
		       : 0;
}

static int hand_over(struct domain *d)
{
	int r = handover_send(STDOUT_FILENO, d->leader.pid, d->leader.pidfd, d->leader.console);

	return r < 0 ? log_error_errno(r, "Cannot hand the container to its monitor: %m") : 0;
}

static const struct step start_steps[] = {
	{ "read the record", "the domain is made from it at each start", read_record, NULL },
	{ "check that no upgrade is incomplete", "some of its files would be old and some new", check_upgraded, NULL },
	{ "check that all is reserved", "a record that was copied here says what another container may have",
	  check_reservations, NULL },
	{ "connect to libvirt", "it starts the domain", connect_libvirt, NULL },
	{ "look at its devices", "one that was unplugged would be missing, or be another one by now", check_devices,
	  NULL },
	{ "compose the domain", "all decisions come before changes", compose, NULL },
	{ "end a leftover domain", "a killed monitor leaves one, and nothing may run while the tree is checked", end,
	  NULL },
	{ "remove leftover interfaces", "a libvirtd that was killed during a start leaves them", remove_interfaces,
	  NULL },
	{ "open the tree", "no user of the host may reach it, or put another directory in its place", open_tree, NULL },
	{ "limit its space on the disk", "the file system may be another one by now", limit_disk, NULL },
	{ "prepare the tree", "libvirt follows links where it mounts, and the container can change the tree",
	  prepare_tree, NULL },
	{ "open the notify socket", "systemd inside reports there when it is up", open_notify, NULL },
	{ "list the units that may run", "init masks all other units of the host", list_units, NULL },
	{ "list what is closed to users in '/usr/local'", "root inside could read it", list_closed, NULL },
	{ "label what the container sees", "with SELinux it may use only what has its own context", label, NULL },
	{ "load its AppArmor profile", "its init gives it to systemd", load_profile, NULL },
	{ "mount its directories on the host", "libvirt mounts them inside", stage, clear_staging },
	{ "start its networks", "libvirt connects only to active ones", start_networks, NULL },
	{ "wall its interfaces", "nothing may come from them before what may come is decided", wall, NULL },
	{ "start the domain", "this starts the container", start, NULL },
	{ "lock its bridge ports", "they exist from now on; these walls outlive a reload of the firewall", lock_ports,
	  NULL },
	{ "remove the mounts on the host", "the container has its own by now", unstage, NULL },
	{ "limit its processes, users and terminals",
	  "libvirtd's limits do not suit services, and the kernel counts what they use against the host's root, too",
	  limit_leader, NULL },
	{ "limit its control groups", "it can make any number of them, each of which takes resources of the host",
	  limit_groups, NULL },
	{ "give it its own name in systemd-machined", "libvirt gives it another one at each start", take_name, NULL },
	{ "enter its name in its network's name server", "only while it runs; the name follows from the record alone",
	  enter_name, NULL },
	{ "record its first process", "commands find the container by it", write_leader, NULL },
	{ "forward its published ports", "only while it runs; it has them as soon as its services are up",
	  publish_ports, NULL },
	{ "apply its limits", "libvirt does not support all of them, and 'set' may have changed them", apply_limits,
	  NULL },
	{ "hand it over to the monitor", "the monitor stays, and this program ends", hand_over, NULL },
};

static int end_by_libvirt(void *data)
{
	struct domain *d = data;
	int r = libvirt_reach(d->context->connect, &d->conn);

	if (r == 0)
		r = end(d);
	if (r == 0)
		names_remove(d->conn, &d->record);
	return r;
}

/* While the host shuts down, or during an upgrade, libvirtd may be gone, or not answer in time. libvirt's controller
 * ends with the container, and libvirtd cleans up when it notices. */
static int end_in_time(struct domain *d)
{
	int r = subprocess_call(end_by_libvirt, d, LIBVIRT_MS);

	if (r != -ETIMEDOUT && r != -ENOTCONN)
		return r;
	r = leader_kill(d->context->root_fd, d->name, LEADER_MS);
	if (r < 0)
		return log_error_errno(r, "Cannot end container '%s': %m", d->name);
	log_warn("Ended container '%s' without libvirt, which did not answer.", d->name);
	return 0;
}

static const struct step stop_steps[] = {
	{ "remove the mounts on the host", "a start that was killed leaves them, and this needs no record", unstage,
	  NULL },
	{ "read the record", "only a domain with its UUID is ours", read_record, NULL },
	{ "end the domain, and remove its name from the name server", "libvirt starts no other one of this name before",
	  end_in_time, NULL },
	{ "remove its name from systemd-machined", "what has this name there has ended", drop_name, NULL },
	{ "remove its AppArmor profile", "only when it has ended, because its processes would run on unconfined",
	  unload_profile, NULL },
	{ "remove leftover interfaces", "a libvirtd that was killed leaves them", remove_interfaces, NULL },
	{ "remove its walls", "there is nothing left to wall", unwall, NULL },
};

static int run(const struct context *context, const char *name, const struct step *steps, size_t n)
{
	_cleanup_(domain_done) struct domain domain = {
		.context = context,
		.name = name,
		.tree = -1,
		.leader = { .pidfd = -1, .console = -1 },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		log_info("Container '%s': %s (%s).", name, steps[i].name, steps[i].reason);
		r = steps[i].run(&domain);
		for (size_t done = i + 1; r < 0 && done-- > 0;)
			if (steps[done].undo)
				steps[done].undo(&domain);
	}
	return r;
}

int verb_domain_start(const struct context *context, const char *name)
{
	return run(context, name, start_steps, ARRAY_SIZE(start_steps));
}

int verb_domain_stop(const struct context *context, const char *name)
{
	return run(context, name, stop_steps, ARRAY_SIZE(stop_steps));
}

/* systemd freezes the scope, libvirt a group in it. */
int verb_domain_resume(const struct context *context, const char *name)
{
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;
	_cleanup_(record_done) struct record record = { 0 };
	pid_t leader;
	int r = record_load(context->root_fd, name, &record);

	if (r < 0)
		return r;
	if (leader_read(context->root_fd, name, &leader) < 0 || !leader_is_frozen(context->root_fd, leader))
		return 0;
	log_warn("Container '%s' is suspended, and is resumed so that it can shut down.", name);
	r = scope_thaw(context->root_fd, leader);
	if (r < 0)
		log_warn_errno(r, "Cannot thaw the control group of container '%s': %m", name);
	r = libvirt_open(context->connect, &conn);
	if (r == 0)
		r = libvirt_domain_resume(conn, name, record.uuid);
	return r == -ESRCH || r > 0 ? 0 : r;
}

int verb_domain_publish(const struct context *context, const char *name)
{
	_cleanup_(record_done) struct record record = { 0 };
	pid_t leader;
	int r = record_load(context->root_fd, name, &record);

	return r < 0 ? r : leader_read(context->root_fd, name, &leader) < 0 ? 0 : walls_publish(context, &record, true);
}
