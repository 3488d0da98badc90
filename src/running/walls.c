/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One row for each wall, which looks into /proc of the container's first process (proc(5)), or at the host's end of its
 * network. Root of the container can change none of what is read there to its advantage: the kernel makes all of it. */
#include "running/walls.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/context.h"
#include "base/netlink.h"
#include "base/rootfd.h"
#include "base/strv.h"
#include "base/syscalls.h"
#include "container/apparmor.h"
#include "container/paths.h"
#include "container/virt-client.h"
#include "running/leader.h"
#include "selinux/selinux.h"

#define MOST (1024 * 1024) /* bytes; root of the container can make its table of mounts long */

struct subject {
	const struct record *record;
	pid_t leader;
	int proc; /* its directory in /proc */
	bool rules;
};

/* 0, or -errno where it cannot be seen. */
typedef int (*wall_look_t)(const struct subject *s, struct wall *ret);

/* A line 'key:\tvalue' of its status. 0; -ENODATA if the kernel does not have it; or another -errno. */
static int read_status(const struct subject *s, const char *key, char **ret)
{
	_cleanup_(freep) char *start = xasprintf("\n%s:\t", key);
	_cleanup_(freep) char *text = NULL;
	const char *line;
	int r = rootfd_read(s->proc, "status", WALK_TREE, MOST, &text, NULL);

	if (r < 0)
		return r;
	line = strstr(text, start);
	if (!line)
		return -ENODATA;
	line += strlen(start);
	*ret = xstrndup(line, strcspn(line, "\n"));
	return 0;
}

/* Whether it has a namespace of this kind that is not ours: 1 or 0; or -errno. */
static int has_own_namespace(const struct subject *s, const char *kind)
{
	_cleanup_(freep) char *ours = xasprintf("/proc/self/ns/%s", kind);
	_cleanup_(freep) char *its = xasprintf("ns/%s", kind);
	struct stat a, b;

	if (stat(ours, &a) < 0 || fstatat(s->proc, its, &b, 0) < 0)
		return -errno;
	return a.st_ino != b.st_ino || a.st_dev != b.st_dev;
}

static int look_users(const struct subject *s, struct wall *ret)
{
	_cleanup_(freep) char *map = NULL;
	int own = has_own_namespace(s, "user");
	int r = own < 0 ? own : rootfd_read(s->proc, "uid_map", WALK_TREE, MOST, &map, NULL);
	struct leader_ids ids;

	if (r < 0)
		return r;
	if (!own) {
		ret->state = WALL_NONE;
		ret->found = xstrdup("it has the host's");
	} else if (!leader_ids_parse(map, &ids) || ids.inside != 0) {
		ret->state = WALL_WEAK;
		ret->found = xstrdup("root inside is no user of the host, which is not how it was started");
	} else {
		ret->state = ids.outside == 0 ? WALL_WEAK : WALL_STANDS;
		ret->found = xasprintf("root inside is user %" PRIu32 " of the host", ids.outside);
	}
	return 0;
}

/* capabilities(7): what is not in the bounding set nobody in there can get. */
static int look_capabilities(const struct subject *s, struct wall *ret)
{
	_cleanup_(freep) char *its = NULL;
	_cleanup_(freep) char *all = NULL;
	struct subject us = { .proc = open("/proc/1", O_PATH | O_DIRECTORY | O_CLOEXEC) };
	int r = read_status(s, "CapBnd", &its), dropped;
	uint64_t has, whole;

	r = r < 0 ? r : read_status(&us, "CapBnd", &all);
	closep(&us.proc);
	if (r < 0)
		return r;
	if (sscanf(its, "%" SCNx64, &has) != 1 || sscanf(all, "%" SCNx64, &whole) != 1)
		return -EBADMSG;
	dropped = __builtin_popcountll(whole & ~has);
	ret->state = dropped > 0 ? WALL_STANDS : WALL_NONE;
	ret->found = xasprintf("%d of %d are dropped", dropped, __builtin_popcountll(whole));
	return 0;
}

/* seccomp(2): mode 2 is a filter. */
static int look_system_calls(const struct subject *s, struct wall *ret)
{
	_cleanup_(freep) char *mode = NULL;
	int r = read_status(s, "Seccomp", &mode);

	if (r < 0 && r != -ENODATA)
		return r;
	ret->state = r == 0 && strcmp(mode, "2") == 0 ? WALL_STANDS : WALL_NONE;
	ret->found = xstrdup(ret->state == WALL_STANDS ? "a filter is loaded" : "no filter is loaded");
	return 0;
}

/* Whether what was mounted first at 'path' is read-only. What root inside has mounted over it comes later. */
static bool is_read_only(const struct strv *mounts, const char *path)
{
	for (size_t i = 0; i < mounts->n; i++) {
		_cleanup_(strv_done) struct strv fields = { 0 };

		strv_split(&fields, mounts->v[i], " ");
		if (fields.n > 5 && strcmp(fields.v[4], path) == 0)
			return skip_prefix(fields.v[5], "ro,") || strcmp(fields.v[5], "ro") == 0;
	}
	return false;
}

static int look_mounts(const struct subject *s, struct wall *ret)
{
	static const char *const paths[] = { "/", "/usr", "/proc/sys", "/sys" };
	_cleanup_(strv_done) struct strv mounts = { 0 };
	_cleanup_(strv_done) struct strv closed = { 0 };
	_cleanup_(freep) char *text = NULL;
	_cleanup_(freep) char *list = NULL;
	int r = rootfd_read(s->proc, "mountinfo", WALK_TREE, MOST, &text, NULL);

	if (r < 0)
		return r;
	strv_split(&mounts, text, "\n");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (is_read_only(&mounts, paths[i]))
			strv_add(&closed, paths[i]);
	list = strv_join(&closed, ", ");
	ret->state = closed.n == ARRAY_SIZE(paths) ? WALL_STANDS : closed.n > 0 ? WALL_WEAK : WALL_NONE;
	ret->found = closed.n > 0 ? xasprintf("read-only are %s", list) : xstrdup("none is read-only");
	return 0;
}

/* What is weak about the container's end of a bridge, or NULL: static. Where a libvirt network has no bridge of the
 * kernel, that is the administrator's choice. */
static const char *weakness(const struct subject *s, size_t index)
{
	const struct net *net = &s->record->nets.v[index];
	_cleanup_(freep) char *name = host_interface_name(s->record->name, index);
	struct netlink_port port;

	if (net_is_ours(net) && !s->rules)
		return "without rules it can forge addresses, and reach the host";
	if (!*net->mac || netlink_port(name, &port) <= 0)
		return NULL;
	if (!port.isolated && !net->neighbours)
		return "it is not isolated from other containers";
	if (port.learns)
		return "the host's bridge learns from it";
	return port.locked ? NULL : "the host's bridge takes any hardware address from it (Linux 5.16 would not)";
}

static int look_network(const struct subject *s, struct wall *ret)
{
	int own = has_own_namespace(s, "net");

	if (own < 0)
		return own;
	ret->state = own ? WALL_STANDS : WALL_NONE;
	ret->found = xstrdup(own ? "it has interfaces of its own" : "it has the host's");
	for (size_t i = 0; i < s->record->nets.n && ret->state == WALL_STANDS; i++) {
		_cleanup_(freep) char *name = inside_interface_name(i);
		const char *weak = weakness(s, i);

		if (!weak)
			continue;
		ret->state = WALL_WEAK;
		free(ret->found);
		ret->found = xasprintf("%s: %s", name, weak);
	}
	return 0;
}

static int look_selinux(const struct subject *s, struct wall *ret)
{
	_cleanup_(freep) char *label = NULL;
	int r = selinux_label_of_process(s->leader, &label);

	if (r == -ENODATA) {
		ret->state = WALL_NONE;
		ret->found = xstrdup("the host has neither SELinux nor AppArmor");
		return 0;
	}
	if (r < 0)
		return r;
	if (!selinux_same_label(label, s->record->process_context)) {
		ret->state = WALL_NONE;
		ret->found = xasprintf("it runs as %s, which is not the label of its record", label);
	} else {
		ret->state = selinux_enforcing() ? WALL_STANDS : WALL_WEAK;
		ret->found = xasprintf("%s %s", ret->state == WALL_STANDS ? "it runs as" : "permissive,", label);
	}
	return 0;
}

static int look_apparmor(const struct subject *s, struct wall *ret)
{
	_cleanup_(freep) char *profile = apparmor_profile(s->record->name);
	_cleanup_(freep) char *wanted = xasprintf("%s (enforce)", profile);
	_cleanup_(freep) char *label = NULL;
	int r = apparmor_label_of_process(s->leader, &label);

	if (r < 0)
		return r;
	ret->state = strcmp(label, wanted) == 0 ? WALL_STANDS : WALL_NONE;
	ret->found = ret->state == WALL_STANDS
			     ? xasprintf("it has profile %s", label)
			     : xasprintf("its profile is %s instead of %s; %srestart the container", label, wanted,
					 apparmor_can_load() ? "" : "install apparmor_parser, and ");
	return 0;
}

/* A kernel uses one of the two. */
static bool uses_selinux(void)
{
	return !apparmor_on();
}

static const struct {
	const char *name;
	wall_look_t look;
	bool (*is_here)(void); /* whether the host has this row; NULL if every one has */
} rows[] = {
	/* clang-format off */
	{ "user namespace", look_users, NULL },
	{ "capabilities", look_capabilities, NULL },
	{ "system calls", look_system_calls, NULL },
	{ "mounts", look_mounts, NULL },
	{ "network", look_network, NULL },
	{ "SELinux", look_selinux, uses_selinux },
	{ "AppArmor", look_apparmor, apparmor_on },
	/* clang-format on */
};

void walls_look(const struct record *record, pid_t leader, bool rules, struct walls *ret)
{
	_cleanup_(freep) char *path = xasprintf("/proc/%d", leader);
	struct subject s = { record, leader, open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), rules };

	*ret = (struct walls){ xcalloc(ARRAY_SIZE(rows), sizeof(*ret->v)), 0 };
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct wall *wall = &ret->v[ret->n];
		int r;

		if (rows[i].is_here && !rows[i].is_here())
			continue;
		r = s.proc < 0 ? -ESRCH : rows[i].look(&s, wall);
		ret->n++;
		wall->name = rows[i].name;
		if (r < 0) {
			wall->state = WALL_NONE;
			wall->found = xasprintf("it cannot be examined: %s", strerror(-r));
		}
	}
	closep(&s.proc);
}

/* While the process runs, its number is its own, so everything was seen of the same process. */
int walls_find(int root_fd, const struct record *record, bool rules, struct walls *ret)
{
	struct walls walls;
	pid_t leader;
	_cleanup_(closep) int fd = leader_open(root_fd, record->name, &leader);

	if (fd < 0)
		return fd;
	walls_look(record, leader, rules, &walls);
	if (sys_pidfd_wait(fd, 0) != 0) {
		walls_done(&walls);
		return -ESRCH;
	}
	*ret = walls;
	return 0;
}

bool walls_rules(const struct context *context)
{
	_cleanup_(freep) char *state = NULL;

	return virt_client_run(context->connect, "walls-show", NETWORK, &state) == 0 && strcmp(state, "up") == 0;
}

void walls_done(struct walls *walls)
{
	for (size_t i = 0; i < walls->n; i++)
		free(walls->v[i].found);
	free(walls->v);
}

const char *wall_state_name(enum wall_state state)
{
	static const char *const names[] = { [WALL_STANDS] = "ok", [WALL_WEAK] = "weak", [WALL_NONE] = "none" };

	return names[state];
}
