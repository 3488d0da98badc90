/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of set. What create takes several times is added, or takes the place of what is for the same thing: the
 * same network, directory inside or port of the host. An option with 'remove-' takes it away. */
#include "cli/set-options.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "base/log.h"
#include "container/record-value.h"
#include "container/rights.h"
#include "unit/unit-load.h"

/* 'NAME', or as --network has it: 'bridge=NAME'. */
static bool is_net(const struct net *net, const char *value)
{
	const char *source = skip_prefix(value, net->kind->option);

	return strcmp(net->source, source ? source : value) == 0 && (source || net->kind->libvirt);
}

static bool remove_net(struct record *record, const char *value)
{
	struct nets kept = { 0 };
	bool found;

	for (size_t i = 0; i < record->nets.n; i++)
		if (is_net(&record->nets.v[i], value))
			net_done(&record->nets.v[i]);
		else
			nets_take(&kept, &record->nets.v[i]);
	found = kept.n < record->nets.n;
	nets_done(&record->nets);
	record->nets = kept;
	return found;
}

static bool remove_mount(struct record *record, const char *target)
{
	struct mounts kept = { 0 };
	bool found;

	for (size_t i = 0; i < record->mounts.n; i++)
		if (strcmp(record->mounts.v[i].target, target) == 0)
			mount_done(&record->mounts.v[i]);
		else
			mounts_take(&kept, &record->mounts.v[i]);
	found = kept.n < record->mounts.n;
	mounts_done(&record->mounts);
	record->mounts = kept;
	return found;
}

/* '[IP:]PORT', or as --publish has it. */
static bool is_port(const struct port *port, const char *value)
{
	_cleanup_(freep) char *place = port_place(port);
	_cleanup_(freep) char *text = port_format(port);

	return strcmp(place, value) == 0 || strcmp(text, value) == 0;
}

static bool remove_port(struct record *record, const char *value)
{
	struct ports kept = { 0 };
	bool found;

	for (size_t i = 0; i < record->ports.n; i++)
		if (is_port(&record->ports.v[i], value))
			port_done(&record->ports.v[i]);
		else
			ports_take(&kept, &record->ports.v[i]);
	found = kept.n < record->ports.n;
	ports_done(&record->ports);
	record->ports = kept;
	return found;
}

static bool remove_capability(struct record *record, const char *value)
{
	return strv_remove(&record->capabilities, value);
}

static bool remove_calls(struct record *record, const char *value)
{
	return strv_remove(&record->system_calls, value);
}

static bool remove_device(struct record *record, const char *value)
{
	return strv_remove(&record->devices, value);
}

static const struct {
	bool (*remove)(struct record *record, const char *value); /* whether it was there */
	const char *word;
} removals[] = {
	[REMOVE_NETWORK] = { remove_net, "network" },
	[REMOVE_MOUNT] = { remove_mount, "mount on" },
	[REMOVE_PORT] = { remove_port, "published port" },
	[REMOVE_CAPABILITY] = { remove_capability, "capability" },
	[REMOVE_CALLS] = { remove_calls, "group of system calls" },
	[REMOVE_DEVICE] = { remove_device, "device" },
};

static char *take_choice(const struct verb_option *option, const char *value, void *at)
{
	bool yes;

	(void)option;
	if (!parse_yes_no(value, &yes))
		return xstrdup("yes or no");
	*(enum set_choice *)at = yes ? SET_YES : SET_NO;
	return NULL;
}

/* An empty word is for what create does without the option. */
static char *take_hostname(const struct verb_option *option, const char *value, void *at)
{
	return *value ? create_take_hostname(option, value, at) : verb_take_word(option, value, at);
}

static char *take_description(const struct verb_option *option, const char *value, void *at)
{
	return *value ? create_take_description(option, value, at) : verb_take_word(option, value, at);
}

static char *take_limit(const struct verb_option *option, const char *value, void *at)
{
	struct set_options *o = at;
	enum limit limit = limit_of_option(option->name);

	if (limit_parse(limit, value, &o->add.spec.limits[limit]) < 0)
		return xasprintf("%s, or 'infinity'", limit_must(limit));
	o->limits[limit] = true;
	return NULL;
}

#define INTO(member) offsetof(struct set_options, member)
const struct verb_option set_option_table[] = {
	LIMIT_OPTIONS(take_limit, 0),
	{ "network", 'N', "NETWORK", "network to join, or none; or other settings for one that it has joined",
	  create_take_network, INTO(add) },
	{ "remove-network", 0, "NAME", "leave this network, as NAME, bridge=NAME or macvlan=NAME", verb_take_item,
	  INTO(removed[REMOVE_NETWORK]) },
	{ "host-access", 0, "BOOL", "let the container reach services of the host over the network: yes or no",
	  take_choice, INTO(host_access) },
	{ "publish", 0, "PORTS", "forward [IP:]PORT:PORT[/udp], the host's first; may be repeated", create_take_port,
	  INTO(add.spec.ports) },
	{ "remove-port", 0, "PORT", "no longer forward the host's [IP:]PORT", verb_take_item,
	  INTO(removed[REMOVE_PORT]) },
	{ "mount", 'm', "MOUNT", CREATE_MOUNT_HELP, create_take_mount, INTO(add.spec.mounts) },
	{ "remove-mount", 0, "TARGET", "no longer mount anything on this directory of the container", verb_take_item,
	  INTO(removed[REMOVE_MOUNT]) },
	{ "path", 'p', "DIR", "move the container's directory into DIR", create_take_path, INTO(add.path) },
	{ "hostname", 0, "NAME", "host name inside; empty for the container's name", take_hostname,
	  INTO(add.spec.hostname) },
	{ "description", 0, "TEXT", "what the container is for, in a line that systemctl shows", take_description,
	  INTO(add.spec.description) },
	{ "capability", 0, "CAPABILITY", "let the container have CAP_NET_ADMIN or CAP_NET_RAW; may be repeated",
	  create_take_capability, INTO(add.spec.capabilities) },
	{ "remove-capability", 0, "CAPABILITY", "take it away again", verb_take_item,
	  INTO(removed[REMOVE_CAPABILITY]) },
	{ "system-calls", 0, "GROUP", "allow another group of system calls, keyring or numa; may be repeated",
	  create_take_system_calls, INTO(add.spec.system_calls) },
	{ "remove-system-calls", 0, "GROUP", "forbid it again", verb_take_item, INTO(removed[REMOVE_CALLS]) },
	{ "device", 0, "DEVICE", "let the container use this device of the host, such as /dev/net/tun; may be repeated",
	  create_take_device, INTO(add.spec.devices) },
	{ "remove-device", 0, "DEVICE", "take it away again", verb_take_item, INTO(removed[REMOVE_DEVICE]) },
	{ "add-unit", 0, "UNIT", "run this unit of the host in the container, too; may be repeated", verb_take_item,
	  INTO(add.spec.units) },
	{ "remove-unit", 0, "UNIT", "no longer run it", verb_take_item, INTO(remove_units) },
	{ "package", 'P', "PACKAGE", "include this package and what it requires; may be repeated", verb_take_item,
	  INTO(add.spec.packages) },
	{ "remove-package", 0, "PACKAGE", "no longer include it", verb_take_item, INTO(remove_packages) },
	{ "force", 0, NULL, "go on even if a unit cannot work in a container", verb_take_flag, INTO(add.spec.force) },
	{ "autostart", 0, "BOOL", "start the container when the host boots: yes or no", take_choice, INTO(autostart) },
	{ "trust", 0, NULL, "let upgrades bring what the host has to a container that was imported without --trust",
	  verb_take_flag, INTO(trust) },
	{ "restart", 0, NULL, "restart running containers, so that everything takes effect", verb_take_flag,
	  INTO(restart) },
	{ "dry-run", 'n', NULL, "print what would be done, and do nothing", verb_take_flag, INTO(add.dry_run) },
	{ "json", 0, NULL, "with --dry-run: print it as JSON", verb_take_flag, INTO(add.json) },
	{ 0 },
};
#undef INTO

/* Whether an option says what to change. */
static bool asks(const struct set_options *o)
{
	const struct create_spec *s = &o->add.spec;
	bool any = o->add.no_net || s->hostname || s->description || s->nets.n || s->mounts.n || s->ports.n ||
		   s->capabilities.n || s->system_calls.n || s->devices.n || o->host_access || o->autostart || o->trust;

	for (size_t i = 0; i < LIMITS; i++)
		any |= o->limits[i];
	for (size_t i = 0; i < SET_REMOVALS; i++)
		any |= o->removed[i].n > 0;
	return any || set_options_contents(o);
}

bool set_options_contents(const struct set_options *o)
{
	return o->add.spec.units.n > 0 || o->add.spec.packages.n > 0 || o->remove_units.n > 0 ||
	       o->remove_packages.n > 0;
}

int set_options_parse(const struct verb *verb, int argc, char **argv, struct set_options *ret)
{
	int r = verb_parse(verb, argc, argv, ret);

	if (r)
		return r;
	if (optind == argc)
		return verb_usage(verb, "give the name of a container, or several");
	if (ret->add.path && asks(ret))
		return verb_usage(verb, "with --path, change nothing else");
	if (!ret->add.path && !asks(ret))
		return verb_usage(verb, "give an option that says what to change");
	if (ret->add.json && !ret->add.dry_run)
		return verb_usage(verb, "--json works only with --dry-run");
	if (ret->restart && ret->add.dry_run)
		return verb_usage(verb, "--restart does not work with --dry-run");
	for (int i = optind; i < argc; i++)
		strv_add_once(&ret->add.names, argv[i]);
	if (ret->add.names.n > 1 && create_options_for_one(&ret->add))
		return verb_usage(verb, "with %s, give only one name", create_options_for_one(&ret->add));
	return 0;
}

void set_options_done(struct set_options *o)
{
	create_options_done(&o->add);
	for (size_t i = 0; i < SET_REMOVALS; i++)
		strv_done(&o->removed[i]);
	strv_done(&o->remove_units);
	strv_done(&o->remove_packages);
}

/* A container that stays on a network keeps its addresses there, unless others are given. A hardware address and an
 * IPv6 address that follow from an address change with it. */
static void keep_addresses(const struct net *now, struct net *net)
{
	if (!*net->mac && (!now->address.address || !net_mac_is_derived(now))) {
		free(net->mac);
		net->mac = xstrdup(now->mac);
	}
	if (!net->dhcp && !net->address.address)
		net->address = now->address;
	if (!net->dhcp && !net->address6.prefix && !net->no_address6 &&
	    (net->address.address == now->address.address || !net_address6_is_derived(now)))
		net->address6 = now->address6;
}

static void put_net(struct nets *nets, const struct net *asked)
{
	struct net net;

	net_copy(asked, &net);
	for (size_t i = 0; i < nets->n; i++) {
		struct net *now = &nets->v[i];

		if (now->kind != net.kind || strcmp(now->source, net.source) != 0)
			continue;
		keep_addresses(now, &net);
		net_done(now);
		*now = net;
		return;
	}
	nets_take(nets, &net);
}

/* The default route goes through the first network that has one, and is found anew when the networks change. */
static void change_nets(const struct set_options *o, struct record *record)
{
	if (o->add.no_net)
		nets_done(&record->nets);
	for (size_t i = 0; i < o->add.spec.nets.n; i++)
		put_net(&record->nets, &o->add.spec.nets.v[i]);
	if (o->add.spec.nets.n == 0 && o->removed[REMOVE_NETWORK].n == 0)
		return;
	for (size_t i = 0; i < record->nets.n; i++)
		if (record->nets.v[i].kind->libvirt)
			record->nets.v[i].gateway = 0;
}

static void put_mount(struct mounts *mounts, const struct mounts *one)
{
	struct mounts copy = { 0 };

	mounts_copy(one, &copy);
	for (size_t i = 0; i < mounts->n && copy.n > 0; i++) {
		if (strcmp(mounts->v[i].target, copy.v[0].target) != 0)
			continue;
		mount_done(&mounts->v[i]);
		mounts->v[i] = copy.v[0];
		copy.n = 0;
	}
	if (copy.n > 0)
		mounts_take(mounts, &copy.v[0]);
	free(copy.v);
}

static void put_port(struct ports *ports, const struct ports *one)
{
	_cleanup_(freep) char *place = port_place(&one->v[0]);
	struct ports copy = { 0 };

	ports_copy(one, &copy);
	for (size_t i = 0; i < ports->n && copy.n > 0; i++) {
		_cleanup_(freep) char *other = port_place(&ports->v[i]);

		if (strcmp(place, other) != 0)
			continue;
		port_done(&ports->v[i]);
		ports->v[i] = copy.v[0];
		copy.n = 0;
	}
	if (copy.n > 0)
		ports_take(ports, &copy.v[0]);
	free(copy.v);
}

static void set_text(char **text, const char *asked)
{
	if (!asked)
		return;
	free(*text);
	*text = xstrdup(asked);
}

/* Removes each unit that 'value' names, in whichever way. */
static bool remove_unit(struct strv *units, const char *value, const char *name)
{
	_cleanup_(freep) char *full = unit_complete_name(value, name);
	size_t before = units->n;

	for (size_t i = units->n; full && i-- > 0;) {
		_cleanup_(freep) char *other = unit_complete_name(units->v[i], name);

		if (other && strcmp(full, other) == 0)
			strv_remove_at(units, i);
	}
	return units->n < before;
}

int set_options_ask(const struct set_options *o, const char *name, struct strv *units, struct strv *packages)
{
	for (size_t i = 0; i < o->remove_units.n; i++)
		if (!remove_unit(units, o->remove_units.v[i], name))
			log_warn("Container '%s' was not created for unit '%s'.", name, o->remove_units.v[i]);
	for (size_t i = 0; i < o->remove_packages.n; i++)
		if (!strv_remove(packages, o->remove_packages.v[i]))
			log_warn("Package '%s' was not added to container '%s'.", o->remove_packages.v[i], name);
	for (size_t i = 0; i < o->add.spec.units.n; i++) {
		remove_unit(units, o->add.spec.units.v[i], name);
		strv_add(units, o->add.spec.units.v[i]);
	}
	strv_add_all_once(packages, &o->add.spec.packages);
	if (units->n == 0 || units->n > RECORD_UNITS_MAX)
		return log_error_errno(-EINVAL, "Container '%s' needs at least one unit, and can have at most %d.",
				       name, RECORD_UNITS_MAX);
	return 0;
}

void set_options_change(const struct set_options *o, struct record *record)
{
	const struct create_spec *s = &o->add.spec;

	for (size_t k = 0; k < SET_REMOVALS; k++)
		for (size_t i = 0; i < o->removed[k].n; i++)
			if (!removals[k].remove(record, o->removed[k].v[i]))
				log_warn("Container '%s' has no %s '%s'.", record->name, removals[k].word,
					 o->removed[k].v[i]);
	change_nets(o, record);
	for (size_t i = 0; i < s->mounts.n; i++)
		put_mount(&record->mounts, &(struct mounts){ &s->mounts.v[i], 1 });
	for (size_t i = 0; i < s->ports.n; i++)
		put_port(&record->ports, &(struct ports){ &s->ports.v[i], 1 });
	strv_add_all_once(&record->capabilities, &s->capabilities);
	strv_add_all_once(&record->system_calls, &s->system_calls);
	strv_add_all_once(&record->devices, &s->devices);
	set_text(&record->hostname, s->hostname);
	set_text(&record->description, s->description);
	record->untrusted &= !o->trust;
	if (o->host_access)
		record->host_access = o->host_access == SET_YES;
	for (size_t i = 0; i < LIMITS; i++)
		if (o->limits[i])
			record->limits[i] = s->limits[i];
}
