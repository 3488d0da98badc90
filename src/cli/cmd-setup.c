/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* setup: prepares the host for containers. Each step first looks, and does only what is missing. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/buf.h"
#include "base/interface.h"
#include "base/ipv4.h"
#include "base/ipv6.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "base/subprocess.h"
#include "cli/cmds.h"
#include "cli/host-check.h"
#include "cli/jobs.h"
#include "cli/libvirt-daemons.h"
#include "cli/libvirt-share.h"
#include "cli/sysctl.h"
#include "container/paths.h"
#include "container/record-file.h"
#include "container/state-dirs.h"
#include "container/virt-client.h"
#include "selinux/selinux.h"
#include "systemd/manager.h"

/* How often, and how long each time, to wait for libvirt's rules. */
#define RULES_TRIES 50
#define RULES_WAIT_USEC 200000
#define SYSCTL_FILE "/etc/sysctl.d/60-virt-sandbox.conf"

struct setup_options {
	bool check, json, remove;
	struct ipv4_range subnet; /* 0 if it was not given */
	char *subnet6;		  /* for the verb network-move; NULL if it was not given */
};

/* The host has the address, or the first one if it is that of the network. */
static char *take_subnet(const struct verb_option *option, const char *value, void *at)
{
	struct ipv4_range *range = at;

	(void)option;
	if (ipv4_parse_range(value, range) < 0 || range->prefix < 8 || range->prefix > 28)
		return xstrdup("a network like '10.20.0.0/16', with a prefix from 8 to 28");
	if (range->address == ipv4_network(range))
		range->address++;
	return ipv4_is_host(range->address) && range->address != ipv4_broadcast(range)
		       ? NULL
		       : xstrdup("a network of addresses that hosts can have");
}

/* The host has the first address of the network. */
static char *take_subnet6(const struct verb_option *option, const char *value, void *at)
{
	char **text = at;
	struct ipv6_range range;
	struct in6_addr network, router;

	(void)option;
	free(*text);
	*text = xstrdup(value);
	if (strcmp(value, NETWORK_IPV6_AUTO) == 0 || strcmp(value, NETWORK_IPV6_NONE) == 0)
		return NULL;
	if (ipv6_parse_range(value, &range) < 0 || !ipv6_is_host(&range.address))
		return xstrdup("a network like 'fd12:3456:789a:1::/64', or " NETWORK_IPV6_AUTO
			       ", or " NETWORK_IPV6_NONE);
	network = ipv6_network(&range.address);
	router = ipv6_router(&range.address);
	if (!ipv6_same(&range.address, &network) && !ipv6_same(&range.address, &router))
		return xstrdup("a network, of which the host has the first address");
	range.address = router;
	free(*text);
	*text = ipv6_format_range(&range);
	return NULL;
}

#define INTO(member) offsetof(struct setup_options, member)
static const struct verb_option options[] = {
	{ "check", 0, NULL, "print what the host has and lacks, and change nothing", verb_take_flag, INTO(check) },
	{ "json", 0, NULL, "with --check: print it as JSON", verb_take_flag, INTO(json) },
	{ "subnet", 0, "NETWORK", "give the network sandbox these addresses, as in 10.20.0.0/16", take_subnet,
	  INTO(subnet) },
	{ "subnet6", 0, "NETWORK", "give it these IPv6 addresses, too, as in fd12:3456:789a:1::/64; or auto, or none",
	  take_subnet6, INTO(subnet6) },
	{ "remove", 0, NULL, "remove what setup made; delete all containers first", verb_take_flag, INTO(remove) },
	{ 0 },
};
#undef INTO

static int make_directories(const struct context *context)
{
	return state_dirs_make(context->root_fd);
}

/* Raises a limit that is too low; a kernel may not have it. Returns 1 if it was raised, 0 if there was nothing to do,
 * or -errno. */
static int raise_limit(const struct context *context, const struct kernel_limit *limit)
{
	_cleanup_(closep) int fd = -1;
	char value[32];
	uint64_t now;

	if (kernel_limit_read(context->root_fd, limit, &now) < 0 || now >= limit->least)
		return 0;
	fd = rootfd_openat(context->root_fd, limit->path, O_WRONLY, 0, WALK_ROOT);
	if (fd < 0)
		return fd;
	snprintf(value, sizeof(value), "%llu\n", (unsigned long long)limit->least);
	return write(fd, value, strlen(value)) < 0 ? -errno : 1;
}

static int raise_limits(const struct context *context)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	_cleanup_(freep) char *text = NULL;
	_cleanup_(freep) char *old = NULL;
	int changed = 0, r;

	buf_addf(&b, "# Made by 'virt-sandbox-service setup': room for hundreds of containers.\n");
	for (const struct kernel_limit *l = kernel_limits; l->path; l++) {
		buf_addf(&b, "# %s\n%s = %llu\n", l->reason, l->key, (unsigned long long)l->least);
		r = raise_limit(context, l);
		if (r < 0)
			log_warn_errno(r, "Cannot raise %s, so there is room for fewer containers: %m", l->key);
		changed |= r > 0;
	}
	text = buf_steal(&b);
	if (rootfd_read(context->root_fd, SYSCTL_FILE, WALK_ROOT, 65536, &old, NULL) == 0 && strcmp(old, text) == 0)
		return changed;
	r = rootfd_mkdir_p(context->root_fd, "/etc/sysctl.d");
	if (r == 0)
		r = atomic_file_write(context->root_fd, SYSCTL_FILE, 0644, text, true);
	return r < 0 ? log_error_errno(r, "Cannot write '%s': %m", SYSCTL_FILE) : 1;
}

/* Returns 1 if the policy was changed, 0 if there was nothing to do, -ENODATA if SELinux is off, or another -errno. */
static int change_policy(const char *verb)
{
	const char *const argv[] = { POLICYPATH, verb, NULL };
	_cleanup_(freep) char *did = NULL;
	int r = selinux_on() ? subprocess_run(argv, -1, &did) : -ENODATA;

	return r < 0 ? r : strcmp(did, "changed\n") == 0;
}

static int make_policy(const struct context *context)
{
	(void)context;
	return change_policy("install");
}

/* Containers' units do not start libvirt's sockets, so systemd has to start them at boot. */
static int make_daemons(const struct context *context)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(libvirt_daemons_done) struct libvirt_daemons daemons = { 0 };
	int r = systemd_connect(&bus);

	(void)context;
	if (r == 0)
		r = libvirt_daemons_find(bus, &daemons);
	return r < 0 ? r : libvirt_daemons_make(bus, &daemons);
}

/* Containers and virtual machines go on when libvirt's daemons are restarted, but the start of one fails. */
static int restart_daemons(const struct context *context, struct sd_bus *bus, const struct strv *daemons,
			   const char *why)
{
	const struct systemd_jobs jobs = { .job = SYSTEMD_RESTART, .units = daemons };
	_cleanup_(strv_done) struct strv names = { 0 };
	_cleanup_(freep) struct unit_state *states = NULL;
	int r = record_names(context->root_fd, &names), signal = 0;

	if (r == 0)
		r = jobs_states(bus, &names, &states);
	if (r < 0)
		return r;
	for (size_t i = 0; i < names.n; i++)
		if (strcmp(states[i].active, "activating") == 0)
			return log_error_errno(-EBUSY,
					       "libvirt has to be restarted, because %s; run setup again when "
					       "container '%s' has started.",
					       why, names.v[i]);
	log_info("libvirt is restarted, because %s.", why);
	return systemd_run_jobs(bus, &jobs, &signal);
}

/* Containers cannot start from a daemon that has what somebody set for all services of the host. */
static int make_share(const struct context *context)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(strv_done) struct strv outdated = { 0 };
	int changed = libvirt_share_make(context), r;

	if (changed < 0)
		return changed;
	r = systemd_connect(&bus);
	if (r == 0)
		r = libvirt_share_outdated(context, bus, &outdated);
	if (r == 0 && outdated.n > 0)
		r = restart_daemons(context, bus, &outdated, "it is older than the drop-in that setup made for it");
	return r < 0 ? r : changed || outdated.n > 0;
}

/* Runs a verb of virt that takes the lock of the network. Where SELinux confines virt, it cannot make anything in /run,
 * so the command makes the directory of the locks; it has the right type once the policy is loaded. */
static int run_virt(const struct context *context, const char *verb, const char *argument, char **ret)
{
	int r = rootfd_mkdir_p(context->root_fd, LOCK_DIR);

	return r < 0 ? log_error_errno(r, "Cannot create directory '" LOCK_DIR "': %m")
		     : virt_client_run(context->connect, verb, argument, ret);
}

/* libvirt's daemon puts rules back only when it starts, and a little later than it says that it has started. */
static int restore_rules(const struct context *context)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(strv_done) struct strv daemons = { 0 };
	_cleanup_(freep) char *did = NULL;
	int r = systemd_connect(&bus);

	if (r == 0)
		r = libvirt_daemons_of_networks(bus, &daemons);
	if (r == 0)
		r = restart_daemons(context, bus, &daemons, "the rules of its networks are gone from the firewall");
	for (int i = 0; r == 0 && i < RULES_TRIES && (!did || strcmp(did, NETWORK_NO_RULES) == 0); i++) {
		usleep(did ? RULES_WAIT_USEC : 0);
		free(steal_ptr(did));
		r = run_virt(context, "network-make", NETWORK, &did);
	}
	if (r < 0)
		return r;
	if (strcmp(did, NETWORK_NO_RULES) != 0)
		return 1;
	return log_error_errno(-EIO, "libvirt was restarted, but has not put the rules of network '" NETWORK
				     "' back into the host's firewall; its journal may say why.");
}

/* The network, by the program virt. */
static int make_network(const struct context *context)
{
	_cleanup_(freep) char *did = NULL;
	int r = run_virt(context, "network-make", NETWORK, &did);

	if (r == 0 && strcmp(did, NETWORK_NO_RULES) == 0)
		return restore_rules(context);
	return r < 0 ? r : strcmp(did, "made") == 0;
}

/* The same, with the addresses that were asked for. */
static int move_network(const struct context *context, const struct setup_options *o)
{
	_cleanup_(freep) char *range = o->subnet.address ? ipv4_format_range(&o->subnet) : xstrdup(""), *did = NULL;
	_cleanup_(freep) char *ranges = xasprintf("%s %s", range, o->subnet6 ? o->subnet6 : "");
	int made = o->subnet.address ? 0 : make_network(context); /* there may be none yet */
	int r = made < 0 ? made : run_virt(context, "network-move", ranges, &did), again;

	if (r < 0)
		return r;
	again = make_network(context);
	return again < 0 ? again : again || made || strcmp(did, "made") == 0;
}

static int make_walls(const struct context *context)
{
	_cleanup_(freep) char *did = NULL;
	int r = run_virt(context, "walls-make", NETWORK, &did);

	return r < 0 ? r : strcmp(did, "made") == 0;
}

static const struct {
	const char *what;
	/* 1 if something was changed, 0 if not, -ENODATA if the host does not need it, or another -errno after a
	 * message */
	int (*make)(const struct context *context);
} steps[] = {
	{ "directories", make_directories },   { "SELinux policy", make_policy },
	{ "kernel limits", raise_limits },     { "libvirt", make_daemons },
	{ "share of containers", make_share }, { "network '" NETWORK "'", make_network },
	{ "network walls", make_walls },
};

static int setup(const struct context *context, const struct setup_options *o)
{
	int status = 0;

	if (systemd_require() < 0)
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int r;

		log_info("Prepare: %s.", steps[i].what);
		r = (o->subnet.address || o->subnet6) && steps[i].make == make_network ? move_network(context, o)
										       : steps[i].make(context);

		if (r == -ENODATA)
			continue;
		if (r < 0)
			status = 1;
		else if (!context->quiet)
			printf("%s: %s\n", steps[i].what, r ? "made ready" : "ready");
	}
	return status;
}

static int remove_all(const struct context *context)
{
	_cleanup_(freep) char *did = NULL, *none = NULL;
	_cleanup_(strv_done) struct strv names = { 0 };
	const char *file;
	_cleanup_(closep) int dir = rootfd_parent(context->root_fd, SYSCTL_FILE, WALK_ROOT, &file);
	int r = record_names(context->root_fd, &names);

	if (r < 0)
		return 1;
	if (names.n > 0) {
		log_error("There are still containers, '%s' among them; delete them first.", names.v[0]);
		return 1;
	}
	if (run_virt(context, "network-remove", NETWORK, &did) < 0 ||
	    run_virt(context, "walls-remove", NETWORK, &none) < 0)
		return 1;
	r = change_policy("remove");
	if (r < 0 && r != -ENODATA)
		return 1;
	if (libvirt_share_remove(context) < 0)
		return 1;
	if (dir >= 0 && unlinkat(dir, file, 0) < 0 && errno != ENOENT) {
		log_error_errno(errno, "Cannot remove '%s': %m", SYSCTL_FILE);
		return 1;
	}
	if (!context->quiet)
		puts("removed: network '" NETWORK "', '" SYSCTL_FILE
		     "' and the drop-ins of libvirt's daemons; limits stay as they are until the next boot");
	return 0;
}

static void setup_options_done(struct setup_options *o)
{
	free(o->subnet6);
}

static int run(const struct context *context, int argc, char **argv)
{
	_cleanup_(setup_options_done) struct setup_options o = { 0 };
	int r = verb_parse(&cmd_setup, argc, argv, &o);

	if (r)
		return r;
	if (optind != argc)
		return verb_usage(&cmd_setup, "unexpected argument '%s'", argv[optind]);
	if (o.check && o.remove)
		return verb_usage(&cmd_setup, "give either --check or --remove, not both");
	if ((o.subnet.address || o.subnet6) && (o.check || o.remove))
		return verb_usage(&cmd_setup, "--subnet%s does not work with --check and --remove",
				  o.subnet.address ? "" : "6");
	if (o.json && !o.check)
		return verb_usage(&cmd_setup, "--json works only with --check");
	if (verb_need_root(&cmd_setup) < 0)
		return 1;
	return o.check ? host_check(context, o.json) : o.remove ? remove_all(context) : setup(context, &o);
}

const struct verb cmd_setup = {
	.name = "setup",
	.synopsis = "[OPTION...]",
	.help = "Prepare this host for containers",
	.options = options,
	.run = run,
};
