/* See create-options.h. */
#include "create-options.h"

#include <getopt.h>
#include <string.h>

#include "mount-option.h"
#include "net-option.h"
#include "network.h"

const struct cmd_option create_option_table[] = {
	{ "copy", 'C', NULL, "copy the content of the service's folders in /var too" },
	{ "unitfile", 'u', "UNIT", "a service to run inside; may be repeated" },
	{ "package", 'P', "PACKAGE", "a further package whose files are needed; may be repeated" },
	{ "level", 'l', "LEVEL", "SELinux level, as s0:c1,c2 (default: a free pair)" },
	{ "network", 'N', "NETWORK", "libvirt network, none, or keys; may be repeated (default: sandbox)" },
	{ "mount", 'm', "MOUNT", "host-bind:TARGET=SOURCE[:ro] or ram:TARGET=SIZE; may be repeated" },
	{ "private-users", 0, "BOOL", "user ids of its own: yes (default) or no" },
	{ "package-manager", 0, "NAME", "rpm or dpkg (default: the one that owns the unit)" },
	LIMIT_OPTIONS,
	{ "dry-run", 'n', NULL, "print what would be done, and do nothing" },
	{ "json", 0, NULL, "with --dry-run: print it as JSON" },
	{ 0 },
};

static const char *take_flag(const char *value, void *at)
{
	(void)value;
	*(bool *)at = true;
	return NULL;
}

static const char *take_word(const char *value, void *at)
{
	*(const char **)at = value;
	return NULL;
}

static const char *take_item(const char *value, void *at)
{
	strv_add(at, value);
	return NULL;
}

static const char *take_bool(const char *value, void *at)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(value, words[i]) == 0) {
			*(bool *)at = i & 1;
			return NULL;
		}
	}
	return "yes or no";
}

static const char *take_network(const char *value, void *at)
{
	struct create_options *o = at;

	if (o->no_net || (o->n_nets > 0 && strcmp(value, NET_NONE) == 0))
		return "given once where it is " NET_NONE;
	o->no_net = strcmp(value, NET_NONE) == 0;
	return o->no_net ? NULL : net_option_parse(value, &o->nets, &o->n_nets);
}

static const char *take_mount(const char *value, void *at)
{
	_cleanup_(mount_done) struct mount m = { 0 };
	struct strv *mounts = at;
	const char *must = mount_parse(value, &m);

	if (must)
		return must;
	if (mount_overlaps(value, mounts) || mounts->n >= MOUNTS_MAX)
		return "a mount that lies neither on nor below another, and no more than 32 of them";
	strv_add(mounts, value);
	return NULL;
}

/* What is done with each option's value: NULL, or what it must be. Limits have a table of their own. */
#define INTO(member) offsetof(struct create_options, member)
static const struct {
	const char *option;
	const char *(*take)(const char *value, void *at);
	size_t offset;
} takers[] = {
	{ "copy", take_flag, INTO(copy) },
	{ "unitfile", take_item, INTO(units) },
	{ "package", take_item, INTO(packages) },
	{ "level", take_word, INTO(level) },
	{ "network", take_network, 0 },
	{ "mount", take_mount, INTO(mounts) },
	{ "private-users", take_bool, INTO(private_users) },
	{ "package-manager", take_word, INTO(package_manager) },
	{ "dry-run", take_flag, INTO(dry_run) },
	{ "json", take_flag, INTO(json) },
};
#undef INTO

static const char *take(struct create_options *o, const char *option, const char *value)
{
	enum limit limit = limit_of_option(option);

	if (limit < LIMITS)
		return limit_parse(limit, value, &o->limits[limit]) < 0 ? limit_must(limit) : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(takers); i++)
		if (strcmp(takers[i].option, option) == 0)
			return takers[i].take(value, (char *)o + takers[i].offset);
	return NULL;
}

int create_options_parse(const struct cmd *cmd, int argc, char **argv, struct create_options *ret)
{
	const struct cmd_option *o;

	while ((o = cmd_getopt(cmd, argc, argv))) {
		const char *must;

		if (o == &cmd_bad_option)
			return 2;
		must = take(ret, o->name, optarg);
		if (must)
			return cmd_usage(cmd, "--%s must be %s, not '%s'", o->name, must, optarg);
	}
	if (optind + 1 != argc)
		return cmd_usage(cmd, "give one name for the container");
	ret->name = argv[optind];
	if (ret->units.n == 0)
		return cmd_usage(cmd, "give a service with --unitfile");
	if (!ret->no_net && ret->n_nets == 0)
		net_option_parse(NETWORK, &ret->nets, &ret->n_nets);
	if (ret->json && !ret->dry_run)
		return cmd_usage(cmd, "--json goes with --dry-run");
	return 0;
}

void create_options_done(struct create_options *o)
{
	strv_done(&o->units);
	strv_done(&o->packages);
	strv_done(&o->mounts);
	for (size_t i = 0; i < o->n_nets; i++)
		record_net_done(&o->nets[i]);
	free(o->nets);
	*o = (struct create_options){ 0 };
}
