/* setup: makes the host ready for containers. Every step looks first and does only what is missing. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmds.h"
#include "hostdirs.h"
#include "log.h"
#include "net.h"
#include "record.h"
#include "rootfd.h"
#include "systemd.h"
#include "virt.h"

#define NETWORK "sandbox"
#define SYSCTL_FILE "/etc/sysctl.d/60-virt-sandbox.conf"
#define ROUTES_MAX (16 * 1024 * 1024) /* bytes */

static const struct cmd_option options[] = {
	{ "remove", 0, NULL, "take away what setup made; containers have to be deleted first" },
	{ 0 },
};

static int make_directories(const struct globals *globals)
{
	return hostdirs_make(globals->root_fd);
}

/* What hundreds of containers need of the kernel, each with its own systemd, journal and bus. Never lowered. */
static const struct {
	const char *path, *key;
	uint64_t least;
	const char *reason;
} limits[] = {
	{ "/proc/sys/fs/inotify/max_user_instances", "fs.inotify.max_user_instances", 65536, "about 4 for each container" },
	{ "/proc/sys/fs/inotify/max_user_watches", "fs.inotify.max_user_watches", 1048576, "about 100 for each container" },
	{ "/proc/sys/kernel/keys/maxkeys", "kernel.keys.maxkeys", 20000, "one session for each service" },
	{ "/proc/sys/kernel/keys/maxbytes", "kernel.keys.maxbytes", 2000000, "one session for each service" },
	{ "/proc/sys/net/ipv4/neigh/default/gc_thresh3", "net.ipv4.neigh.default.gc_thresh3", 16384,
	  "one neighbour for each container" },
};

/* Only where it is too low; a kernel that has no such limit needs none. 1 raised, 0 high enough, -errno. */
static int raise_limit(const struct globals *globals, size_t i)
{
	_cleanup_(freep) char *text = NULL;
	_cleanup_(closep) int fd = -1;
	char value[32];
	uint64_t now;

	if (rootfd_read(globals->root_fd, limits[i].path, WALK_ROOT, 64, &text, NULL) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	if (parse_u64(text, UINT64_MAX, &now) < 0 || now >= limits[i].least)
		return 0;
	fd = rootfd_openat(globals->root_fd, limits[i].path, O_WRONLY, 0, WALK_ROOT);
	if (fd < 0)
		return fd;
	snprintf(value, sizeof(value), "%llu\n", (unsigned long long)limits[i].least);
	return write(fd, value, strlen(value)) < 0 ? -errno : 1;
}

static int raise_limits(const struct globals *globals)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	_cleanup_(freep) char *text = NULL;
	_cleanup_(freep) char *old = NULL;
	int changed = 0, r;

	buf_addf(&b, "# Made by 'virt-sandbox-service setup': room for hundreds of containers.\n");
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		buf_addf(&b, "# %s\n%s = %llu\n", limits[i].reason, limits[i].key, (unsigned long long)limits[i].least);
		r = raise_limit(globals, i);
		if (r < 0)
			log_warn_errno(r, "Cannot raise %s, so that fewer containers will fit: %m", limits[i].key);
		changed |= r > 0;
	}
	text = buf_steal(&b);
	if (rootfd_read(globals->root_fd, SYSCTL_FILE, WALK_ROOT, 65536, &old, NULL) == 0 && strcmp(old, text) == 0)
		return changed;
	r = rootfd_mkdir_p(globals->root_fd, "/etc/sysctl.d");
	if (r == 0)
		r = rootfd_write(globals->root_fd, SYSCTL_FILE, 0644, text, true);
	return r < 0 ? log_error_errno(r, "Cannot write '%s': %m", SYSCTL_FILE) : 1;
}

static unsigned int mask_length(uint32_t mask)
{
	return (unsigned int)__builtin_popcount(mask);
}

/* proc(5): /proc/net/route has 'Iface Destination Gateway Flags RefCnt Use Metric Mask ...', hexadecimal, in the
 * processor's byte order. */
static struct net_range *read_routes(const struct globals *globals, size_t *ret_n)
{
	_cleanup_(freep) char *text = NULL;
	struct net_range *routes = NULL;
	size_t n = 0;

	if (rootfd_read(globals->root_fd, "/proc/net/route", WALK_ROOT, ROUTES_MAX, &text, NULL) == 0) {
		for (char *save = NULL, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
			unsigned int destination, mask;

			if (sscanf(line, "%*31s %x %*x %*x %*d %*d %*d %x", &destination, &mask) != 2)
				continue;
			grow(routes, n);
			routes[n++] = (struct net_range){ __builtin_bswap32(destination), mask_length(mask) };
		}
	}
	*ret_n = n;
	return routes;
}

static char *network_xml(const struct net_range *range)
{
	_cleanup_(freep) char *gateway = net_format_address(range->gateway);

	return xasprintf("<network>\n"
			 "  <name>" NETWORK "</name>\n"
			 "  <forward mode='nat'/>\n"
			 "  <bridge name='" NETWORK "0' stp='off' delay='0'/>\n"
			 "  <ip address='%s' prefix='%u'/>\n"
			 "</network>\n",
			 gateway, range->prefix);
}

static int make_network(const struct globals *globals)
{
	_cleanup_(virt_closep) struct _virConnect *conn = NULL;
	_cleanup_(freep) struct net_range *routes = NULL;
	_cleanup_(freep) char *xml = NULL;
	struct net_range range;
	size_t n_routes;
	bool active;
	int r = virt_open(globals->connect, &conn);

	if (r == 0)
		r = virt_network_get(conn, NETWORK, &xml, &active);
	if (r < 0)
		return r;
	if (r > 0 && active)
		return 0;
	if (r > 0) {
		r = virt_network_start(conn, NETWORK);
		return r < 0 ? r : 1;
	}
	routes = read_routes(globals, &n_routes);
	if (net_pick_network(routes, n_routes, &range) < 0)
		return log_error_errno(-ENOSPC, "The host's routes leave no private /16 network free for '%s'; define a libvirt network "
						"of that name yourself.", NETWORK);
	xml = network_xml(&range);
	r = virt_network_create(conn, NETWORK, xml);
	return r < 0 ? r : 1;
}

static const struct {
	const char *what;
	int (*make)(const struct globals *globals); /* 1 changed, 0 was there, -errno after a message */
} steps[] = {
	{ "directories", make_directories },
	{ "kernel limits", raise_limits },
	{ "network '" NETWORK "'", make_network },
};

static int setup(const struct globals *globals)
{
	int status = 0;

	if (!systemd_present()) {
		log_error("This host was not started by systemd, which runs the containers' units; virt-sandbox-service needs such a "
			  "host.");
		return 1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int r = steps[i].make(globals);

		if (r < 0)
			status = 1;
		else if (!globals->quiet)
			printf("%s: %s\n", steps[i].what, r ? "made ready" : "ready");
	}
	return status;
}

static int remove_all(const struct globals *globals)
{
	_cleanup_(virt_closep) struct _virConnect *conn = NULL;
	_cleanup_(strv_done) struct strv names = { 0 };
	const char *file;
	_cleanup_(closep) int dir = rootfd_parent(globals->root_fd, SYSCTL_FILE, WALK_ROOT, &file);
	int r = record_names(globals->root_fd, &names);

	if (r < 0)
		return 1;
	if (names.n > 0) {
		log_error("There are containers still, '%s' among them; delete them first.", names.v[0]);
		return 1;
	}
	if (virt_open(globals->connect, &conn) < 0 || virt_network_remove(conn, NETWORK) < 0)
		return 1;
	if (dir >= 0 && unlinkat(dir, file, 0) < 0 && errno != ENOENT) {
		log_error_errno(errno, "Cannot remove '%s': %m", SYSCTL_FILE);
		return 1;
	}
	return 0;
}

static int run(const struct globals *globals, int argc, char **argv)
{
	const struct cmd_option *o;
	bool removal = false;

	while ((o = cmd_getopt(&cmd_setup, argc, argv))) {
		if (o == &cmd_bad_option)
			return 2;
		removal = true;
	}
	if (optind != argc)
		return cmd_usage(&cmd_setup, "'%s' is one word too many", argv[optind]);
	return removal ? remove_all(globals) : setup(globals);
}

const struct cmd cmd_setup = {
	.name = "setup",
	.synopsis = "[OPTION...]",
	.help = "Make this host ready for containers",
	.options = options,
	.run = run,
};
