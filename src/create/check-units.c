/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a container cannot give: the kernel's modules, the clock, devices, mounts. A unit that cannot do without shows
 * it in its settings, its commands and its conditions; a row of rows[] looks at one of these, and says why. A command
 * or a condition that may fail decides nothing, and a setting that only permits something is a reason to warn. */
#include "create/check-units.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/rootfd.h"
#include "container/create-spec.h"
#include "container/rights.h"
#include "contents/gathered.h"
#include "unit/unit-name.h"
#include "unit/unit-unfit.h"
#include "unit/unit-words.h"

#define CGROUPS "/sys/fs/cgroup"
#define PROCESSES_MAX ((size_t)64 * 1024) /* bytes of a file about processes */

struct check {
	const struct create_spec *spec;
	const struct unit *unit;
	const struct strv *scripted; /* capabilities that scripts of the roots name, so that the container has them */
};

/* Stores the values of a key of a list, in the unit's own section if 'section' is NULL. */
static void get_list(const struct check *c, const char *section, const char *key, struct strv *ret)
{
	if (section)
		ini_get_list(&c->unit->ini, section, key, ret);
	else
		unit_get_list(c->unit, key, ret);
}

static void get_words(const struct check *c, const char *section, const char *key, struct strv *ret)
{
	_cleanup_(strv_done) struct strv lines = { 0 };

	get_list(c, section, key, &lines);
	for (size_t i = 0; i < lines.n; i++) {
		_cleanup_(freep) char *text = unit_expand(c->unit, lines.v[i]);

		strv_split(ret, text, UNIT_WHITE);
	}
}

/* The values of a condition or an assertion that have to hold, without their prefixes, for which 'negated' says whether
 * they are to be false. Those of which one of several has to hold ('|') are left out. */
static void get_conditions(const struct check *c, const char *key, bool negated, struct strv *ret)
{
	_cleanup_(strv_done) struct strv values = { 0 };

	get_list(c, "Unit", key, &values);
	for (size_t i = 0; i < values.n; i++) {
		bool inverse = values.v[i][0] == '!';
		_cleanup_(freep) char *value = unit_expand(c->unit, values.v[i] + inverse);

		if (*value != '|' && inverse == negated)
			strv_add(ret, value + strspn(value, UNIT_WHITE));
	}
}

static char *unfit(const struct check *c)
{
	const char *reason = unit_unfit(c->unit->id);

	return reason ? xstrdup(reason) : NULL;
}

/* What systemd-detect-virt(1) knows about a container of ours. A user namespace in which every id is the host's does
 * not count as one. */
static bool is_virtualization(const struct check *c, const char *word)
{
	return strcmp(word, "container") == 0 || strcmp(word, "lxc-libvirt") == 0 ||
	       (strcmp(word, "private-users") == 0 && c->spec->private_users) || unit_is_true(word);
}

static char *wrong_virtualization(const struct check *c)
{
	static const char *const keys[] = { "ConditionVirtualization", "AssertVirtualization" };

	for (size_t i = 0; i < 2 * ARRAY_SIZE(keys); i++) {
		const char *key = keys[i / 2];
		bool negated = i % 2;
		_cleanup_(strv_done) struct strv words = { 0 };

		get_conditions(c, key, negated, &words);
		for (size_t k = 0; k < words.n; k++)
			if (is_virtualization(c, words.v[k]) == negated)
				return xasprintf("'%s=%s%s' does not hold there", key, negated ? "!" : "", words.v[k]);
	}
	return NULL;
}

/* Those that inside/capabilities.c drops, as tests/text/layering.sh checks. Many a unit that lists one in
 * CapabilityBoundingSet= works without it. */
static const struct {
	const char *name;
	unsigned int number;
	bool bounding; /* a unit that lists this one does not */
	const char *reason;
} capabilities[] = {
	{ "CAP_SYS_TIME", CAP_SYS_TIME, true, "the clock is the host's" },
	{ "CAP_WAKE_ALARM", CAP_WAKE_ALARM, false, "the clock is the host's" },
	{ "CAP_SYS_MODULE", CAP_SYS_MODULE, true, "kernel modules are the host's" },
	{ "CAP_SYS_RAWIO", CAP_SYS_RAWIO, false, "hardware is the host's" },
	{ "CAP_SYS_BOOT", CAP_SYS_BOOT, false, "booting is the host's" },
	{ "CAP_BLOCK_SUSPEND", CAP_BLOCK_SUSPEND, false, "the container does not sleep" },
	{ "CAP_SYS_PACCT", CAP_SYS_PACCT, false, "accounting is the host's" },
	{ "CAP_SYSLOG", CAP_SYSLOG, false, "the kernel's messages are the host's" },
	{ "CAP_MKNOD", CAP_MKNOD, false, "devices are the host's" },
	{ "CAP_LEASE", CAP_LEASE, false, "leases delay programs of the host" },
	{ "CAP_LINUX_IMMUTABLE", CAP_LINUX_IMMUTABLE, false, "the host has to be able to delete its files" },
	{ "CAP_AUDIT_CONTROL", CAP_AUDIT_CONTROL, false, "the audit log is the host's" },
	{ "CAP_AUDIT_READ", CAP_AUDIT_READ, false, "the audit log is the host's" },
	{ "CAP_MAC_ADMIN", CAP_MAC_ADMIN, false, "the security policy is the host's" },
	{ "CAP_MAC_OVERRIDE", CAP_MAC_OVERRIDE, false, "the security policy is the host's" },
	{ "CAP_BPF", CAP_BPF, false, "BPF programs run in the host's kernel" },
	{ "CAP_PERFMON", CAP_PERFMON, false, "the processor's counters are the host's" },
	{ "CAP_CHECKPOINT_RESTORE", CAP_CHECKPOINT_RESTORE, false, "process ids are the kernel's to choose" },
};

static char *lacking_capability(const struct check *c)
{
	_cleanup_(strv_done) struct strv ambient = { 0 }, conditions = { 0 };

	get_words(c, NULL, "AmbientCapabilities", &ambient);
	get_conditions(c, "ConditionCapability", false, &conditions);
	get_conditions(c, "AssertCapability", false, &conditions);
	for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++) {
		const char *name = capabilities[i].name;

		if (strv_has(&ambient, name) || strv_has(&conditions, name) ||
		    (capabilities[i].bounding && strv_has(&c->unit->capabilities, name)))
			return xasprintf("it needs %s, but %s", name, capabilities[i].reason);
		if (c->unit->file_caps >> capabilities[i].number & 1)
			return xasprintf("the file of a program that it runs has %s, but %s", name,
					 capabilities[i].reason);
	}
	return NULL;
}

/* The processes in a control group of the host; none if it has no such group. */
static void get_processes(int root_fd, const char *group, struct strv *ret)
{
	_cleanup_(freep) char *path = xasprintf(CGROUPS "/%s/cgroup.procs", group), *text = NULL;

	if (rootfd_read(root_fd, path, WALK_ROOT, PROCESSES_MAX, &text, NULL) == 0)
		strv_split(ret, text, "\n");
}

/* A set of capabilities in the text of /proc/PID/status; proc(5). */
static uint64_t status_set(const char *status, const char *field)
{
	const char *at = strstr(status, field);

	return at ? strtoull(at + strlen(field), NULL, 16) : 0;
}

/* Adds those that a process still has after it has given up others, unless the container gets them anyway. */
static void add_kept(const struct check *c, const char *process, struct strv *ret)
{
	_cleanup_(freep) char *path = xasprintf("/proc/%s/status", process), *status = NULL;
	const char *name;
	uint64_t has;

	if (rootfd_read(c->spec->context->root_fd, path, WALK_ROOT, PROCESSES_MAX, &status, NULL) < 0)
		return;
	has = status_set(status, "\nCapPrm:\t");
	if (has == status_set(status, "\nCapBnd:\t"))
		return;
	for (unsigned int i = 0; (name = right_name(RIGHT_CAPABILITY, i)); i++) {
		struct rights right = { 0 };

		rights_parse(name, &right);
		if (has & right.capabilities & ~c->unit->file_caps && !strv_has(&c->unit->capabilities, name) &&
		    !strv_has(&c->spec->capabilities, name) && !strv_has(c->scripted, name))
			strv_add_once(ret, name);
	}
}

/* The service needs what it keeps, although neither its unit nor a file says so. */
static char *kept_capability(const struct check *c)
{
	_cleanup_(freep) char *group = xasprintf("system.slice/%s", c->unit->id);
	_cleanup_(strv_done) struct strv processes = { 0 };
	_cleanup_(strv_done) struct strv kept = { 0 };
	_cleanup_(freep) char *names = NULL, *option = NULL;

	if (c->spec->context->on_host)
		get_processes(c->spec->context->root_fd, group, &processes);
	for (size_t i = 0; i < processes.n; i++)
		add_kept(c, processes.v[i], &kept);
	names = strv_enumerate(&kept, "and");
	option = strv_join(&kept, ",");
	return kept.n ? xasprintf("its processes on the host keep %s, which --capability=%s gives them", names, option)
		      : NULL;
}

/* Programs whose failure makes a unit fail, and that cannot succeed. */
static const struct {
	const char *name, *reason;
} programs[] = {
	{ "modprobe", "kernel modules are the host's" },
	{ "insmod", "kernel modules are the host's" },
	{ "rmmod", "kernel modules are the host's" },
	{ "systemd-modules-load", "kernel modules are the host's" },
	{ "swapon", "swap is the host's" },
	{ "swapoff", "swap is the host's" },
	{ "mkswap", "swap is the host's" },
	{ "hwclock", "the clock is the host's" },
	{ "udevadm", "devices are the host's" },
	{ "losetup", "disks are the host's" },
	{ "dmsetup", "disks are the host's" },
	{ "cryptsetup", "disks are the host's" },
	{ "vgchange", "disks are the host's" },
	{ "kexec", "booting is the host's" },
};

static char *hopeless_command(const struct check *c)
{
	static const char *const keys[] = { "ExecCondition", "ExecStartPre", "ExecStart" };
	_cleanup_(strv_done) struct strv lines = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		get_list(c, NULL, keys[i], &lines);
	for (size_t i = 0; i < lines.n; i++) {
		size_t prefix = strspn(lines.v[i], "@-:+!");
		const char *text = lines.v[i] + prefix;
		_cleanup_(freep) char *word = *text ? unit_word_next(&text) : NULL;
		const char *slash = word ? strrchr(word, '/') : NULL;

		if (!word || memchr(lines.v[i], '-', prefix))
			continue;
		for (size_t k = 0; k < ARRAY_SIZE(programs); k++)
			if (strcmp(slash ? slash + 1 : word, programs[k].name) == 0)
				return xasprintf("it runs '%s', but %s", word, programs[k].reason);
	}
	return NULL;
}

/* Whether the container has this device, or what is in this directory of devices. */
static bool has_device(const struct check *c, const char *path)
{
	static const char *const own[] = { "console", "core",  "fd",	 "full",    "log", "mqueue",
					   "null",    "ptmx",  "pts",	 "random",  "shm", "tty",
					   "stderr",  "stdin", "stdout", "urandom", "zero" };
	const char *name = skip_prefix(path, "/dev/");

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (strncmp(name, own[i], strlen(own[i])) == 0 && strchr("/", name[strlen(own[i])]))
			return true;
	return strv_has(&c->spec->devices, path);
}

/* The reason why the device is missing inside, or NULL if it is not, or if the host does not have it either. */
static char *missing_device(const struct check *c, const char *path)
{
	struct stat st;

	if (!skip_prefix(path, "/dev/") || has_device(c, path) ||
	    rootfd_lstat(c->spec->context->root_fd, path, WALK_ROOT, &st) < 0)
		return NULL;
	if (S_ISCHR(st.st_mode))
		return xasprintf("it uses the device '%s', which --device=%s gives it", path, path);
	return xasprintf("it uses '%s', but devices are the host's", path);
}

static char *lacking_device(const struct check *c)
{
	static const char *const keys[] = { "ConditionPathExists",	"ConditionPathIsReadWrite",
					    "ConditionPathIsDirectory", "AssertPathExists",
					    "AssertPathIsReadWrite",	"AssertPathIsDirectory" };
	_cleanup_(strv_done) struct strv conditions = { 0 };
	char *reason = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		get_conditions(c, keys[i], false, &conditions);
	for (size_t i = 0; i < conditions.n && !reason; i++)
		reason = missing_device(c, conditions.v[i]);
	return reason;
}

/* DeviceAllow= only permits a device, which the unit may be able to do without. */
static char *permitted_device(const struct check *c)
{
	_cleanup_(strv_done) struct strv lines = { 0 };
	char *reason = NULL;

	get_list(c, NULL, "DeviceAllow", &lines);
	for (size_t i = 0; i < lines.n && !reason; i++) {
		_cleanup_(freep) char *text = unit_expand(c->unit, lines.v[i]);
		const char *group = skip_prefix(text, "char-");

		text[strcspn(text, UNIT_WHITE)] = '\0';
		if (group && strcmp(group, "pts") != 0 && !strchr(group, '*'))
			reason = xasprintf("it uses devices of kind '%s', but devices are the host's", group);
		else if (skip_prefix(text, "block-"))
			reason = xstrdup("it uses block devices, but disks are the host's");
		else
			reason = missing_device(c, text);
	}
	return reason;
}

/* Units of the kernel and of devices that it cannot do without. A mount that the container has anyway is there. */
static char *lacking_unit(const struct check *c)
{
	static const char *const keys[] = { "Requires", "BindsTo", "Requisite" };
	static const struct {
		const char *prefix, *suffix, *reason;
	} kinds[] = {
		{ "", ".device", "devices are the host's" },
		{ "", ".swap", "swap is the host's" },
		{ "proc-", ".mount", "the kernel's file systems are the host's" },
		{ "sys-", ".mount", "the kernel's file systems are the host's" },
		{ "proc-", ".automount", "the kernel's file systems are the host's" },
		{ "systemd-udev", "", "devices are the host's" },
		{ "systemd-modules-load", "", "kernel modules are the host's" },
		{ "modprobe@", "", "kernel modules are the host's" },
	};
	_cleanup_(strv_done) struct strv names = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		get_words(c, "Unit", keys[i], &names);
	for (size_t i = 0; i < names.n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
			if (skip_prefix(names.v[i], kinds[k].prefix) && has_suffix(names.v[i], kinds[k].suffix))
				return xasprintf("it requires '%s', but %s", names.v[i], kinds[k].reason);
	return NULL;
}

static char *disk_image(const struct check *c)
{
	static const char *const keys[] = { "RootImage", "MountImages", "ExtensionImages" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		_cleanup_(strv_done) struct strv values = { 0 };

		get_list(c, NULL, keys[i], &values);
		if (values.n > 0)
			return xasprintf("it mounts a disk image (%s=), but disks are the host's", keys[i]);
	}
	return NULL;
}

static char *terminal(const struct check *c)
{
	const char *input = unit_get(c->unit, "StandardInput");
	const char *path = unit_get(c->unit, "TTYPath");

	if (!input || !skip_prefix(input, "tty"))
		return NULL;
	return path ? missing_device(c, path) : xstrdup("it needs the host's console");
}

/* A unit that makes control groups of its own may do no more than that, but what a container engine runs in its groups
 * needs most of what a container lacks. */
static char *delegation(const struct check *c)
{
	static const char *const no[] = { "", "0", "no", "n", "false", "f", "off" };
	const char *value = unit_get(c->unit, "Delegate");

	for (size_t i = 0; value && i < ARRAY_SIZE(no); i++)
		if (strcmp(value, no[i]) == 0)
			value = NULL;
	return value ? xstrdup("it manages control groups of its own (Delegate=), and a container engine, which does "
			       "so, needs more of the kernel than a container has")
		     : NULL;
}

/* Those that decide, before those that only warn. */
static const struct {
	char *(*find)(const struct check *c);
	bool warns; /* the unit may do without */
} rows[] = {
	{ unfit, false },	   { lacking_capability, false },   { hopeless_command, false },
	{ lacking_device, false }, { lacking_unit, false },	    { disk_image, false },
	{ terminal, false },	   { wrong_virtualization, false }, { permitted_device, true },
	{ delegation, true },	   { kept_capability, true },
};

/* Restrictions that systemd makes with BPF programs, or with a user namespace. */
static void tell_of_restrictions(const struct check *c)
{
	static const char *const keys[] = {
		"PrivateUsers",	       "IPAddressAllow",  "IPAddressDeny",  "IPIngressFilterPath",
		"IPEgressFilterPath",  "SocketBindAllow", "SocketBindDeny", "RestrictNetworkInterfaces",
		"RestrictFileSystems",
	};
	_cleanup_(strv_done) struct strv found = { 0 };
	_cleanup_(freep) char *list = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		_cleanup_(strv_done) struct strv values = { 0 };

		get_list(c, NULL, keys[i], &values);
		if (values.n > 0 && (i > 0 || unit_is_true(values.v[values.n - 1])))
			strv_addf(&found, "%s=", keys[i]);
	}
	list = strv_enumerate(&found, "and");
	if (found.n > 0)
		log_warn("Unit '%s' runs in the container without the restrictions of %s, which have no effect there.",
			 c->unit->id, list);
}

static int check_unit(const struct check *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(freep) char *reason = rows[i].find(c);

		if (!reason)
			continue;
		if (rows[i].warns) {
			log_warn("Unit '%s' may not work in a container: %s.", c->unit->id, reason);
			continue;
		}
		if (c->unit->part == UNIT_NEEDED || c->spec->force) {
			log_warn("Unit '%s' cannot work in a container: %s.", c->unit->id, reason);
			return 0;
		}
		return log_error_errno(
			-EOPNOTSUPP,
			"Unit '%s' cannot work in a container: %s. Use --force to create the container anyway.",
			c->unit->id, reason);
	}
	return 0;
}

int check_units(const struct create_spec *spec, const struct gathered *g)
{
	int r = 0;

	for (size_t i = 0; i < g->n_units; i++) {
		const struct check c = { spec, &g->units[i], &g->capabilities };
		int one = check_unit(&c);

		r = r == 0 ? one : r;
		if (one == 0)
			tell_of_restrictions(&c);
	}
	return r;
}
