/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading and writing network interfaces. What an interface can be connected to is a row of net_kinds[]; every other
 * key of --network is a row of keys[]. An address has only one valid form, so addresses can be compared as text. */
#include "container/net-spec.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "container/record-value.h"

const struct net_kind net_kinds[] = {
	{ "source=", "Network", "network", value_is_network, "the name of a libvirt network",
	  "the name of a libvirt network", true, false, "network", "network", NULL },
	{ "bridge=", "Bridge", "bridge", value_is_interface, "a network with bridge= and the name of a bridge",
	  "the name of a bridge", false, true, "bridge", "bridge", NULL },
	/* A macvlan in bridge mode, whose containers see each other. */
	{ "macvlan=", "Device", "interface", value_is_interface,
	  "a network with macvlan= and the name of an interface of the host", "the name of an interface of the host",
	  false, false, "direct", "dev", "bridge" },
	{ 0 },
};

void net_done(struct net *net)
{
	free(net->source);
	free(net->mac);
	free(net->routes);
	*net = (struct net){ 0 };
}

void nets_done(struct nets *nets)
{
	for (size_t i = 0; i < nets->n; i++)
		net_done(&nets->v[i]);
	free(nets->v);
	*nets = (struct nets){ 0 };
}

void nets_take(struct nets *nets, struct net *net)
{
	grow(nets->v, nets->n);
	nets->v[nets->n++] = *net;
	*net = (struct net){ 0 };
}

static void add_route(struct net *net, struct net_route route)
{
	grow(net->routes, net->n_routes);
	net->routes[net->n_routes++] = route;
}

void net_copy(const struct net *net, struct net *ret)
{
	*ret = *net;
	ret->source = xstrdup(net->source);
	ret->mac = xstrdup(net->mac);
	ret->routes = NULL;
	ret->n_routes = 0;
	for (size_t i = 0; i < net->n_routes; i++)
		add_route(ret, net->routes[i]);
}

void nets_copy(const struct nets *from, struct nets *to)
{
	for (size_t i = 0; i < from->n; i++) {
		struct net copy;

		net_copy(&from->v[i], &copy);
		nets_take(to, &copy);
	}
}

char *net_source(const struct net *net)
{
	return xasprintf("%s '%s'", net->kind->word, net->source);
}

uint32_t nets_address(const struct nets *nets)
{
	for (size_t i = 0; i < nets->n; i++)
		if (nets->v[i].address.address)
			return nets->v[i].address.address;
	return 0;
}

bool nets_dhcp(const struct nets *nets)
{
	for (size_t i = 0; i < nets->n; i++)
		if (nets->v[i].dhcp)
			return true;
	return false;
}

/* Accepts only the normal form, in which the prefix has no leading zeros. */
static bool parse_range(const char *s, struct ipv4_range *ret)
{
	const char *slash = strchr(s, '/');

	return slash && (slash[1] != '0' || slash[2] == '\0') && ipv4_parse_range(s, ret) == 0;
}

int net_parse_address(const char *text, struct ipv4_range *ret)
{
	struct ipv4_range range;

	if (!parse_range(text, &range) || range.prefix == 0 || !ipv4_is_host(range.address))
		return -EINVAL;
	*ret = range;
	return 0;
}

/* Unlike an address, a destination may be 0.0.0.0/0. The kernel refuses a destination with host bits set. */
int net_add_route(struct net *net, const char *text)
{
	_cleanup_(freep) char *destination = xstrndup(text, strcspn(text, "%"));
	const char *gateway = text + strlen(destination);
	struct net_route route;

	if (!parse_range(destination, &route.destination) ||
	    ipv4_network(&route.destination) != route.destination.address || *gateway != '%' ||
	    ipv4_parse(gateway + 1, &route.gateway) < 0)
		return -EINVAL;
	add_route(net, route);
	return 0;
}

char *net_format_route(const struct net_route *route)
{
	_cleanup_(freep) char *destination = ipv4_format_range(&route->destination);
	_cleanup_(freep) char *gateway = ipv4_format(route->gateway);

	return xasprintf("%s%%%s", destination, gateway);
}

static bool take_address(struct net *net, const char *value)
{
	/* 'IP/PREFIX%BROADCAST' is accepted for compatibility; the broadcast address must be the right one */
	_cleanup_(freep) char *text = xstrndup(value, strcspn(value, "%"));
	const char *broadcast = strchr(value, '%');
	struct ipv4_range range = { 0 };
	uint32_t given;

	/* An address without a prefix is checked later, with that of its network. */
	if (net_parse_address(text, &range) < 0 &&
	    (ipv4_parse(text, &range.address) < 0 || !ipv4_is_host(range.address)))
		return false;
	if (broadcast &&
	    (ipv4_parse(broadcast + 1, &given) < 0 || range.prefix == 0 || ipv4_broadcast(&range) != given))
		return false;
	net->address = range;
	return true;
}

static bool take_route(struct net *net, const char *value)
{
	return net_add_route(net, value) == 0;
}

static bool take_mac(struct net *net, const char *value)
{
	if (!value_is_mac(value))
		return false;
	free(net->mac);
	net->mac = xstrdup(value);
	for (char *c = net->mac; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return true;
}

static const char address_must[] =
	"a network with an address like 'address=192.168.122.5/24' or, with its broadcast address, "
	"'address=192.168.122.5/24%192.168.122.255'";
static const char once_must[] = "a network with each key at most once, except for route=";
static const char source_must[] = "a network with one of " NET_OPTIONS;

static const struct {
	const char *key; /* with its '=' */
	bool (*take)(struct net *net, const char *value);
	const char *must;
	bool many;
} keys[] = {
	{ "address=", take_address, address_must, false },
	{ "route=", take_route,
	  "a network with routes like 'route=10.1.0.0/16%192.168.122.1', each to the first address of a network",
	  true },
	{ "mac=", take_mac, "a network with a hardware address like 'mac=52:54:00:12:34:56'", false },
};

static const char *take_source(struct net *net, const struct net_kind *kind, const char *value)
{
	if (net->kind)
		return net->kind == kind ? once_must : source_must;
	if (!*value || !kind->valid(value))
		return kind->option_must;
	net->kind = kind;
	net->source = xstrdup(value);
	return NULL;
}

static const char *take_word(struct net *net, const char *word, uint32_t *seen)
{
	if (strcmp(word, "dhcp") == 0) {
		net->dhcp = true;
		return NULL;
	}
	for (const struct net_kind *kind = net_kinds; kind->option; kind++)
		if (skip_prefix(word, kind->option))
			return take_source(net, kind, skip_prefix(word, kind->option));
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *value = skip_prefix(word, keys[i].key);

		if (!value)
			continue;
		if (*seen & UINT32_C(1) << i && !keys[i].many)
			return once_must;
		*seen |= UINT32_C(1) << i;
		return keys[i].take(net, value) ? NULL : keys[i].must;
	}
	return "a comma-separated list of 'dhcp', source=, bridge=, macvlan=, address=, route= and mac=";
}

/* Checks the whole, after each word is valid by itself. */
static const char *check(struct net *net)
{
	if (!net->kind)
		return source_must;
	if (net->dhcp && net->address.address)
		return "a network with dhcp or with an address, but not both";
	if (net->kind->libvirt)
		return NULL;
	/* Only a DHCP server knows which addresses are free there. */
	net->dhcp = !net->address.address;
	return net->dhcp || net->address.prefix ? NULL : address_must;
}

const char *net_spec_parse(const char *text, struct net *ret)
{
	_cleanup_(net_done) struct net net = { .mac = xstrdup("") };
	_cleanup_(strv_done) struct strv words = { 0 };
	const char *must = NULL;
	uint32_t seen = 0;

	strv_split(&words, text, ",");
	if (words.n == 1 && !strchr(words.v[0], '=') && strcmp(words.v[0], "dhcp") != 0)
		must = take_source(&net, &net_kinds[0], words.v[0]);
	else
		for (size_t i = 0; i < words.n && !must; i++)
			must = take_word(&net, words.v[i], &seen);
	if (!must)
		must = check(&net);
	if (must)
		return must;
	*ret = net;
	net = (struct net){ 0 };
	return NULL;
}
