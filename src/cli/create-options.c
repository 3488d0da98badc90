/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of create. A row has what getopt and the help need, and the function that puts the value into struct
 * create_options. Values are checked here, so that no later code has to check them. */
#include "cli/create-options.h"

#include <getopt.h>
#include <string.h>

#include "container/device.h"
#include "create/choice.h"
#include "container/mount-spec.h"
#include "container/net-spec.h"
#include "base/interface.h"
#include "container/paths.h"
#include "cli/operands.h"
#include "container/port.h"
#include "container/record-value.h"
#include "container/rights.h"

static char *take_level(const struct verb_option *option, const char *value, void *at)
{
	struct create_options *o = at;

	if (o->spec.process && strcmp(o->spec.level, value) != 0)
		return xstrdup("--level and --security give different levels");
	return verb_take_word(option, value, &o->spec.level);
}

static char *take_file_type(const struct verb_option *option, const char *value, void *at)
{
	return value_is_type(value) ? verb_take_word(option, value, at) : xstrdup("the name of an SELinux type");
}

/* '/' and the container's name will be appended, and the result must still be a path. Trailing slashes are dropped,
 * because a shell appends one when it completes the name of a directory. */
char *create_take_path(const struct verb_option *option, const char *value, void *at)
{
	size_t n = strlen(value);
	_cleanup_(freep) char *path = NULL;

	(void)option;
	while (n > 1 && value[n - 1] == '/')
		n--;
	path = xstrndup(value, n);
	if (!value_is_path(path))
		return xstrdup("an absolute path without '..', in UTF-8, with no trailing space");
	if (n + 1 + RECORD_NAME_MAX > VALUE_PATH_MAX)
		return xstrdup("a shorter path");
	free(*(char **)at);
	*(char **)at = steal_ptr(path);
	return NULL;
}

char *create_take_hostname(const struct verb_option *option, const char *value, void *at)
{
	return value_is_hostname(value) ? verb_take_word(option, value, at)
					: xstrdup("a host name made of letters, digits, '-' and '.'");
}

char *create_take_description(const struct verb_option *option, const char *value, void *at)
{
	return value_is_description(value)
		       ? verb_take_word(option, value, at)
		       : xstrdup("one line of at most 255 bytes, in UTF-8, with no space or '\\' at its end");
}

/* The level in it is kept where --level keeps it. */
static char *take_security(const struct verb_option *option, const char *value, void *at)
{
	struct create_options *o = at;
	const char *level = o->spec.level;
	char *must = create_spec_take_context(&o->spec, skip_prefix(value, "static,label="));

	(void)option;
	return must || !level || strcmp(o->spec.level, level) == 0
		       ? must
		       : xstrdup("--level and --security give different levels");
}

static char *too_often(const struct verb_option *option, unsigned int most)
{
	return xasprintf("--%s can be given at most %u times", option->name, most);
}

static char *take_unit(const struct verb_option *option, const char *value, void *at)
{
	const struct strv *units = at;

	return units->n < RECORD_UNITS_MAX ? verb_take_item(option, value, at) : too_often(option, RECORD_UNITS_MAX);
}

static char *take_bool(const struct verb_option *option, const char *value, void *at)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };

	(void)option;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(value, words[i]) == 0) {
			*(bool *)at = i & 1;
			return NULL;
		}
	}
	return xstrdup("yes or no");
}

char *create_take_capability(const struct verb_option *option, const char *value, void *at)
{
	(void)option;
	return create_spec_take_rights(RIGHT_CAPABILITY, value, at);
}

char *create_take_system_calls(const struct verb_option *option, const char *value, void *at)
{
	(void)option;
	return create_spec_take_rights(RIGHT_CALLS, value, at);
}

char *create_take_device(const struct verb_option *option, const char *value, void *at)
{
	struct strv *devices = at;

	if (!device_path_valid(value))
		return xstrdup("the path of a device below '/dev', such as '/dev/net/tun'");
	if (devices->n >= DEVICES_MAX)
		return too_often(option, DEVICES_MAX);
	strv_add_once(devices, value);
	return NULL;
}

char *create_take_network(const struct verb_option *option, const char *value, void *at)
{
	struct create_options *o = at;

	(void)option;
	return create_spec_take_network(&o->spec, &o->no_net, value);
}

char *create_take_mount(const struct verb_option *option, const char *value, void *at)
{
	_cleanup_(mount_done) struct mount m = { 0 };
	struct mounts *mounts = at;
	char *must = mount_parse(value, &m);

	if (must)
		return must;
	if (mounts->n >= MOUNTS_MAX)
		return too_often(option, MOUNTS_MAX);
	if (mount_overlaps(&m, mounts, mounts->n))
		return xstrdup("a mount that does not overlap with another");
	mounts_take(mounts, &m);
	return NULL;
}

char *create_take_port(const struct verb_option *option, const char *value, void *at)
{
	struct ports *ports = at;
	struct port port;

	if (ports->n >= PORTS_MAX)
		return too_often(option, PORTS_MAX);
	if (port_parse(value, &port) < 0)
		return xstrdup(PORT_MUST);
	ports_take(ports, &port);
	return NULL;
}

static char *take_limit(const struct verb_option *option, const char *value, void *at)
{
	uint64_t *limits = at;
	enum limit limit = limit_of_option(option->name);

	return limit_parse(limit, value, &limits[limit]) < 0 ? xstrdup(limit_must(limit)) : NULL;
}

#define INTO(member) offsetof(struct create_options, member)
const struct verb_option create_option_table[] = {
	{ "copy", 'C', NULL, "also copy the contents of the service's directories in /var", verb_take_flag,
	  INTO(spec.copy_var) },
	{ "no-scripts", 0, NULL, "do not run the packages' installation scripts in place of data that is not copied",
	  verb_take_flag, INTO(spec.no_scripts) },
	{ "unitfile", 'u', "UNIT", "run this unit in the container; may be repeated", take_unit, INTO(spec.units) },
	{ "package", 'P', "PACKAGE", "include this package and what it requires; may be repeated", verb_take_item,
	  INTO(spec.packages) },
	{ "level", 'l', "LEVEL", "SELinux level, such as s0:c1,c2 (default: a free pair)", take_level, 0 },
	{ "security", 's', "SECURITY", "SELinux context, as static,label=USER:ROLE:TYPE:LEVEL", take_security, 0 },
	{ "filetype", 'f', "TYPE", "SELinux type of the container's files", take_file_type, INTO(spec.file_type) },
	{ "path", 'p', "DIR", "create the container's directory in DIR (default: /var/lib/libvirt/filesystems)",
	  create_take_path, INTO(path) },
	{ "hostname", 0, "NAME", "host name inside (default: the container's name)", create_take_hostname,
	  INTO(spec.hostname) },
	{ "description", 0, "TEXT", "what the container is for, in a line that systemctl shows",
	  create_take_description, INTO(spec.description) },
	{ "network", 'N', "NETWORK", "network to join, or none; may be repeated (default: sandbox)",
	  create_take_network, 0 },
	{ "host-access", 0, NULL, "let the container reach services of the host over the network", verb_take_flag,
	  INTO(spec.host_access) },
	{ "mount", 'm', "MOUNT", CREATE_MOUNT_HELP, create_take_mount, INTO(spec.mounts) },
	{ "publish", 0, "PORTS", "forward [IP:]PORT:PORT[/udp], the host's first; may be repeated", create_take_port,
	  INTO(spec.ports) },
	{ "private-users", 0, "BOOL", "give the container its own user ids: yes (default) or no", take_bool,
	  INTO(spec.private_users) },
	{ "capability", 0, "CAPABILITY", "let the container have CAP_NET_ADMIN or CAP_NET_RAW; may be repeated",
	  create_take_capability, INTO(spec.capabilities) },
	{ "system-calls", 0, "GROUP", "allow another group of system calls, keyring or numa; may be repeated",
	  create_take_system_calls, INTO(spec.system_calls) },
	{ "device", 0, "DEVICE", "let the container use this device of the host, such as /dev/net/tun; may be repeated",
	  create_take_device, INTO(spec.devices) },
	{ "package-manager", 0, "NAME", "rpm or dpkg (default: the one that owns the unit)", verb_take_word,
	  INTO(spec.package_manager) },
	LIMIT_OPTIONS(take_limit, INTO(spec.limits)),
	{ "image", 'i', NULL, "with --disk: keep the container's files in an image of that size", verb_take_flag,
	  INTO(image) },
	{ "start", 0, NULL, "start the containers as soon as all have been created", verb_take_flag, INTO(start) },
	{ "force", 0, NULL, "go on even if a unit cannot work in a container", verb_take_flag, INTO(spec.force) },
	{ "dry-run", 'n', NULL, "print what would be done, and do nothing", verb_take_flag, INTO(dry_run) },
	{ "json", 0, NULL, "with --dry-run: print it as JSON", verb_take_flag, INTO(json) },
	{ 0 },
};
#undef INTO

static bool has_own_address(const struct create_options *o)
{
	for (size_t i = 0; i < o->spec.nets.n; i++)
		if (o->spec.nets.v[i].address.address || *o->spec.nets.v[i].mac)
			return true;
	return false;
}

const char *create_options_for_one(const struct create_options *o)
{
	return o->spec.level	     ? "--level or --security"
	       : o->spec.ports.n > 0 ? "--publish"
	       : has_own_address(o)  ? "address= or mac= in --network"
				     : NULL;
}

int create_options_parse(const struct verb *verb, int argc, char **argv, struct create_options *ret)
{
	int r = verb_parse(verb, argc, argv, ret);

	if (r)
		return r;
	if (optind == argc)
		return verb_usage(verb, "give at least one name for a container");
	if (ret->spec.units.n == 0)
		return verb_usage(verb, "give at least one unit with --unitfile");
	if (!ret->no_net && ret->spec.nets.n == 0)
		free(create_take_network(NULL, NETWORK, ret));
	if (ret->spec.host_access && !nets_have_ours(&ret->spec.nets))
		return verb_usage(verb, "--host-access works only on the network " NETWORK
					"; nothing keeps containers on other networks from the host");
	if (!ret->path)
		ret->path = xstrdup(CONTAINERS_DIR);
	if (ret->start && (ret->dry_run || !ret->spec.context->on_host))
		return verb_usage(verb, "--start works only on the running system, and not with --dry-run");
	if (ret->json && !ret->dry_run)
		return verb_usage(verb, "--json works only with --dry-run");
	if (ret->image && ret->spec.limits[LIMIT_DISK] == 0)
		return verb_usage(verb, "with --image, give its size with --disk");
	if (operands_or_input(argv + optind, &ret->names) < 0)
		return 1;
	if (ret->names.n > 1 && create_options_for_one(ret))
		return verb_usage(verb, "with %s, give only one name", create_options_for_one(ret));
	return 0;
}

void create_options_done(struct create_options *o)
{
	create_spec_done(&o->spec);
	strv_done(&o->names);
	free(o->path);
	*o = (struct create_options){ 0 };
}
