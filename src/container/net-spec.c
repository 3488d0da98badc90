/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads and writes network interfaces: as --network has them, and as a section of the record has them. What an
 * interface can be connected to is a row of net_kinds[]; every other setting is a row of settings[]. Both texts, and
 * the sentences about what is wrong in them, come from these rows. An address has only one valid form, so addresses can
 * be compared as text. */
#include "container/net-spec.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/strv.h"
#include "container/paths.h"
#include "container/record-value.h"

#define ROUTES_MAX 16384 /* of one interface */

const struct net_kind net_kinds[] = {
	{ "source=", "Network", "network", value_is_network, "the name of a libvirt network", true, false, "network",
	  "network", NULL, NULL },
	{ "bridge=", "Bridge", "bridge", value_is_interface, "the name of a bridge", false, true, "bridge", "bridge",
	  NULL, NULL },
	{ "macvlan=", "Device", "interface", value_is_interface, "the name of an interface of the host", false, false,
	  "direct", "dev", "private", "bridge" },
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

bool net_is_ours(const struct net *net)
{
	return net->kind->libvirt && strcmp(net->source, NETWORK) == 0;
}

bool nets_have_ours(const struct nets *nets)
{
	for (size_t i = 0; i < nets->n; i++)
		if (net_is_ours(&nets->v[i]))
			return true;
	return false;
}

bool net_mac_is_derived(const struct net *net)
{
	_cleanup_(freep) char *derived = ipv4_mac(net->address.address);

	return strcmp(net->mac, derived) == 0;
}

bool net_address6_is_derived(const struct net *net)
{
	const struct in6_addr derived = ipv6_derive(&net->address6.address, net->address.address, 0);

	return net->address6.prefix && ipv6_same(&derived, &net->address6.address);
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

const struct in6_addr *nets_address6(const struct nets *nets)
{
	for (size_t i = 0; i < nets->n; i++)
		if (nets->v[i].address6.prefix)
			return &nets->v[i].address6.address;
	return NULL;
}

const struct in6_addr *nets_published_address6(const struct nets *nets)
{
	for (size_t i = 0; i < nets->n; i++)
		if (net_is_ours(&nets->v[i]) && nets->v[i].gateway)
			return nets->v[i].address6.prefix ? &nets->v[i].address6.address : NULL;
	return NULL;
}

uint32_t nets_published_address(const struct nets *nets)
{
	for (size_t i = 0; i < nets->n; i++)
		if (net_is_ours(&nets->v[i]) && nets->v[i].gateway)
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

/* 'a.b.c.d/prefix' of an interface. */
static int parse_address(const char *text, struct ipv4_range *ret)
{
	struct ipv4_range range;

	if (!parse_range(text, &range) || range.prefix == 0 || !ipv4_is_host(range.address))
		return -EINVAL;
	*ret = range;
	return 0;
}

/* 'a.b.c.d/prefix%a.b.c.d', a destination and its gateway. Unlike an address, a destination may be 0.0.0.0/0. The
 * kernel refuses a destination with host bits set. */
static bool take_route(struct net *net, const char *text)
{
	_cleanup_(freep) char *destination = xstrndup(text, strcspn(text, "%"));
	const char *gateway = text + strlen(destination);
	struct net_route route;

	if (net->n_routes >= ROUTES_MAX || !parse_range(destination, &route.destination) ||
	    ipv4_network(&route.destination) != route.destination.address || *gateway != '%' ||
	    ipv4_parse(gateway + 1, &route.gateway) < 0)
		return false;
	add_route(net, route);
	return true;
}

char *net_format_route(const struct net_route *route)
{
	_cleanup_(freep) char *destination = ipv4_format_range(&route->destination);
	_cleanup_(freep) char *gateway = ipv4_format(route->gateway);

	return xasprintf("%s%%%s", destination, gateway);
}

static char *format_route(const struct net *net, size_t i)
{
	return i < net->n_routes ? net_format_route(&net->routes[i]) : NULL;
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

static char *format_mac(const struct net *net, size_t i)
{
	return i == 0 && *net->mac ? xstrdup(net->mac) : NULL;
}

static bool take_dhcp(struct net *net, const char *value)
{
	(void)value;
	net->dhcp = true;
	return true;
}

static bool read_dhcp(struct net *net, const char *value)
{
	return parse_yes_no(value, &net->dhcp);
}

static char *format_dhcp(const struct net *net, size_t i)
{
	return i == 0 && net->dhcp ? xstrdup("yes") : NULL;
}

static bool take_address(struct net *net, const char *value)
{
	/* 'IP/PREFIX%BROADCAST' is accepted for compatibility; the broadcast address must be the right one */
	_cleanup_(freep) char *text = xstrndup(value, strcspn(value, "%"));
	const char *broadcast = strchr(value, '%');
	struct ipv4_range range = { 0 };
	uint32_t given;

	/* An address without a prefix is checked later, with that of its network. */
	if (parse_address(text, &range) < 0 && (ipv4_parse(text, &range.address) < 0 || !ipv4_is_host(range.address)))
		return false;
	if (broadcast &&
	    (ipv4_parse(broadcast + 1, &given) < 0 || range.prefix == 0 || ipv4_broadcast(&range) != given))
		return false;
	net->address = range;
	return true;
}

static bool read_address(struct net *net, const char *value)
{
	return parse_address(value, &net->address) == 0;
}

static char *format_address(const struct net *net, size_t i)
{
	return i == 0 && net->address.address ? ipv4_format_range(&net->address) : NULL;
}

/* Accepts only the normal form. */
static bool read_address6(struct net *net, const char *value)
{
	_cleanup_(freep) char *normal = NULL;
	struct ipv6_range range;

	if (ipv6_parse_range(value, &range) < 0 || !ipv6_is_host(&range.address))
		return false;
	normal = ipv6_format_range(&range);
	if (strcmp(normal, value) != 0)
		return false;
	net->address6 = range;
	return true;
}

/* With or without the prefix, and in any form. */
static bool take_address6(struct net *net, const char *value)
{
	_cleanup_(freep) char *text = strchr(value, '/') ? xstrdup(value) : xasprintf("%s/%u", value, IPV6_PREFIX);
	struct ipv6_range range;

	net->no_address6 = strcmp(value, NET_NONE) == 0;
	if (net->no_address6)
		return true;
	if (ipv6_parse_range(text, &range) < 0 || !ipv6_is_host(&range.address))
		return false;
	net->address6 = range;
	return true;
}

static char *format_address6(const struct net *net, size_t i)
{
	return i == 0 && net->address6.prefix ? ipv6_format_range(&net->address6) : NULL;
}

static bool read_gateway(struct net *net, const char *value)
{
	uint32_t gateway;

	if (ipv4_parse(value, &gateway) < 0 || gateway == 0)
		return false;
	net->gateway = gateway;
	return true;
}

static char *format_gateway(const struct net *net, size_t i)
{
	return i == 0 && net->gateway ? ipv4_format(net->gateway) : NULL;
}

static bool take_neighbours(struct net *net, const char *value)
{
	return parse_yes_no(value, &net->neighbours);
}

static char *format_neighbours(const struct net *net, size_t i)
{
	return i == 0 && net->neighbours ? xstrdup("yes") : NULL;
}

static const char address_must[] = "an address like 'address=192.168.122.5/24' or, with its broadcast address, "
				   "'address=192.168.122.5/24%192.168.122.255'";

/* In the order in which they are written to the record. */
static const struct setting {
	const char *option; /* a key of --network, with its '=', or a word; NULL if only create sets it */
	const char *key;    /* of the record */
	bool many;	    /* may be repeated */
	bool (*take)(struct net *net, const char *value); /* reads a value of --network */
	bool (*read)(struct net *net, const char *value); /* reads a value of the record */
	char *(*format)(const struct net *net, size_t i); /* the i-th value for the record, or NULL; caller frees */
	const char *option_must; /* end of the sentence "--network must be a network with ..." */
	const char *key_must;	 /* end of the sentence "KEY= must be ..." */
} settings[] = {
	{ "mac=", "MAC", false, take_mac, take_mac, format_mac, "a hardware address like 'mac=52:54:00:12:34:56'",
	  "a hardware address" },
	{ "dhcp", "DHCP", false, take_dhcp, read_dhcp, format_dhcp, NULL, "yes or no" },
	{ "address=", "Address", false, take_address, read_address, format_address, address_must,
	  "like '192.168.122.5/24'" },
	{ "address6=", "Address6", false, take_address6, read_address6, format_address6,
	  "an IPv6 address like 'address6=fd12:3456:789a::7', or with 'address6=none'",
	  "an IPv6 address like 'fd12:3456:789a::7/64'" },
	{ NULL, "Gateway", false, NULL, read_gateway, format_gateway, NULL, "like '192.168.122.1'" },
	{ "route=", "Route", true, take_route, take_route, format_route,
	  "routes like 'route=10.1.0.0/16%192.168.122.1', each to the first address of a network",
	  "like '10.1.0.0/16%192.168.122.1'" },
	{ "neighbours=", "Neighbours", false, take_neighbours, take_neighbours, format_neighbours,
	  "neighbours=yes or neighbours=no", "yes or no" },
};

/* What follows 'option' in a word of --network, which is "" if it takes no value. NULL if the word is another. */
static const char *value_of(const char *word, const char *option)
{
	const char *value = skip_prefix(word, option);

	return value && (has_suffix(option, "=") || !*value) ? value : NULL;
}

static const struct setting *find_option(const char *word, const char **ret_value)
{
	for (const struct setting *s = settings; s < settings + ARRAY_SIZE(settings); s++)
		if (s->option && (*ret_value = value_of(word, s->option)))
			return s;
	return NULL;
}

/* All kinds: "source=, bridge= and macvlan=", or their keys in the record. Caller frees. */
static char *list_kinds(bool as_options)
{
	_cleanup_(strv_done) struct strv words = { 0 };

	for (const struct net_kind *kind = net_kinds; kind->option; kind++)
		strv_addf(&words, as_options ? "%s" : "%s=", as_options ? kind->option : kind->key);
	return strv_enumerate(&words, "and");
}

static char *must_have_source(void)
{
	_cleanup_(freep) char *list = list_kinds(true);

	return xasprintf("a network with one of %s", list);
}

static char *must_be_known(void)
{
	_cleanup_(strv_done) struct strv words = { 0 };
	_cleanup_(freep) char *list = NULL;

	for (const struct net_kind *kind = net_kinds; kind->option; kind++)
		strv_add(&words, kind->option);
	for (const struct setting *s = settings; s < settings + ARRAY_SIZE(settings); s++)
		if (s->option)
			strv_addf(&words, has_suffix(s->option, "=") ? "%s" : "'%s'", s->option);
	list = strv_enumerate(&words, "and");
	return xasprintf("a comma-separated list of %s", list);
}

static char *must_be_once(const char *option)
{
	return xasprintf("a network with %s at most once", option);
}

static char *take_source(struct net *net, const struct net_kind *kind, const char *value)
{
	if (net->kind)
		return net->kind == kind ? must_be_once(kind->option) : must_have_source();
	if (!*value || !kind->valid(value))
		return kind == net_kinds ? xstrdup(kind->must)
					 : xasprintf("a network with %s and %s", kind->option, kind->must);
	net->kind = kind;
	net->source = xstrdup(value);
	return NULL;
}

static char *take_word(struct net *net, const char *word, uint32_t *seen)
{
	const struct setting *s;
	const char *value;

	for (const struct net_kind *kind = net_kinds; kind->option; kind++)
		if ((value = value_of(word, kind->option)))
			return take_source(net, kind, value);
	s = find_option(word, &value);
	if (!s)
		return must_be_known();
	if (*seen & UINT32_C(1) << (s - settings) && !s->many)
		return must_be_once(s->option);
	*seen |= UINT32_C(1) << (s - settings);
	return s->take(net, value) ? NULL : xasprintf("a network with %s", s->option_must);
}

/* Checks the whole, after each word is valid by itself. */
static char *check_option(struct net *net)
{
	if (!net->kind)
		return must_have_source();
	if (net->dhcp && net->address.address)
		return xstrdup("a network with dhcp or with an address, but not both");
	if (net->address6.prefix && (net->dhcp || !net_is_ours(net)))
		return xstrdup("the network " NETWORK ", without dhcp, if it has address6=");
	if (net->kind->libvirt)
		return NULL;
	/* Only a DHCP server knows which addresses are free there. */
	net->dhcp = !net->address.address;
	return net->dhcp || net->address.prefix ? NULL : xasprintf("a network with %s", address_must);
}

char *net_spec_parse(const char *text, struct net *ret)
{
	_cleanup_(net_done) struct net net = { .mac = xstrdup("") };
	_cleanup_(strv_done) struct strv words = { 0 };
	char *must = NULL;
	const char *value;
	uint32_t seen = 0;

	strv_split(&words, text, ",");
	for (size_t i = 0; i < words.n && !must; i++)
		must = i == 0 && !strchr(words.v[i], '=') && !find_option(words.v[i], &value)
			       ? take_source(&net, net_kinds, words.v[i])
			       : take_word(&net, words.v[i], &seen);
	if (!must)
		must = check_option(&net);
	if (must)
		return must;
	*ret = net;
	net = (struct net){ 0 };
	return NULL;
}

static char *needs_source(const char *section)
{
	_cleanup_(freep) char *list = list_kinds(false);

	return xasprintf("[%s] needs one of %s.", section, list);
}

static char *occurs_twice(const char *key)
{
	return xasprintf("%s= occurs twice.", key);
}

static char *read_source(struct net *net, const char *section, const struct net_kind *kind, const char *value)
{
	if (net->kind)
		return net->kind == kind ? occurs_twice(kind->key) : needs_source(section);
	if (!*value || !kind->valid(value))
		return xasprintf("%s= must be %s.", kind->key, kind->must);
	net->kind = kind;
	net->source = xstrdup(value);
	return NULL;
}

char *net_read(struct net *net, const char *section, const char *key, const char *value, uint32_t *seen)
{
	for (const struct net_kind *kind = net_kinds; kind->option; kind++)
		if (strcmp(kind->key, key) == 0)
			return read_source(net, section, kind, value);
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		const struct setting *s = &settings[i];

		if (strcmp(s->key, key) != 0)
			continue;
		if (*seen & UINT32_C(1) << i && !s->many)
			return occurs_twice(key);
		*seen |= UINT32_C(1) << i;
		return *value && s->read(net, value) ? NULL : xasprintf("%s= must be %s.", key, s->key_must);
	}
	return xstrdup(NET_NO_SUCH_KEY);
}

char *net_check(const struct net *net, const char *section)
{
	if (!net->kind)
		return needs_source(section);
	if (net->dhcp && net->address.address)
		return xasprintf("[%s] must not have both DHCP= and Address=.", section);
	if (net->address6.prefix && (net->dhcp || !net->address.address || !net_is_ours(net)))
		return xasprintf("[%s] must not have Address6= without Network=" NETWORK " and Address=.", section);
	return NULL;
}

void net_print(const struct net *net, struct buf *text)
{
	buf_addf(text, "%s=%s\n", net->kind->key, net->source);
	for (const struct setting *s = settings; s < settings + ARRAY_SIZE(settings); s++) {
		char *value;

		for (size_t i = 0; (value = s->format(net, i)); i++) {
			buf_addf(text, "%s=%s\n", s->key, value);
			free(value);
		}
	}
}
