/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See net-option.h. */
#include "container/net-spec.h"

#include <ctype.h>
#include <string.h>

#include "base/ipv4.h"
#include "container/record-value.h"

static bool take_address(struct record_net *net, const char *value)
{
	/* 'IP/PREFIX%BROADCAST', as was customary once: the last can be only one */
	_cleanup_(freep) char *address = xstrndup(value, strcspn(value, "%"));
	const char *broadcast = strchr(value, '%');
	struct ipv4_range range;
	uint32_t given;

	/* Without a prefix it is checked with that of its network. */
	if (!value_is_address(address) && (ipv4_parse(address, &given) < 0 || !ipv4_is_host(given)))
		return false;
	if (broadcast && (ipv4_parse(broadcast + 1, &given) < 0 || ipv4_parse_range(address, &range) < 0 ||
			  ipv4_broadcast(&range) != given))
		return false;
	free(net->address);
	net->address = steal_ptr(address);
	return true;
}

static bool take_route(struct record_net *net, const char *value)
{
	if (!value_is_route(value))
		return false;
	strv_add(&net->routes, value);
	return true;
}

static bool take_text(char **at, const char *value, bool (*valid)(const char *))
{
	if (!*value || !valid(value))
		return false;
	free(*at);
	*at = xstrdup(value);
	return true;
}

static bool take_source(struct record_net *net, const char *value)
{
	return take_text(&net->network, value, value_is_network);
}

static bool take_bridge(struct record_net *net, const char *value)
{
	return take_text(&net->bridge, value, value_is_interface);
}

static bool take_device(struct record_net *net, const char *value)
{
	return take_text(&net->device, value, value_is_interface);
}

static bool take_mac(struct record_net *net, const char *value)
{
	if (!take_text(&net->mac, value, value_is_mac))
		return false;
	for (char *c = net->mac; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return true;
}

static const char address_must[] =
	"a network with an address like 'address=192.168.122.5/24' or, with its broadcast address, "
	"'address=192.168.122.5/24%192.168.122.255'";

static const struct {
	const char *key; /* with its '=' */
	bool (*take)(struct record_net *net, const char *value);
	const char *must;
	bool many;
} keys[] = {
	{ "source=", take_source, "a network with the name of one that libvirt has", false },
	{ "bridge=", take_bridge, "a network with the name of a bridge", false },
	{ "macvlan=", take_device, "a network with the name of an interface of the host", false },
	{ "address=", take_address, address_must, false },
	{ "route=", take_route,
	  "a network with routes like 'route=10.1.0.0/16%192.168.122.1', to the first address of a network", true },
	{ "mac=", take_mac, "a network with a hardware address like 'mac=52:54:00:12:34:56'", false },
};

static const char *take_word(struct record_net *net, const char *word, uint32_t *seen)
{
	if (strcmp(word, "dhcp") == 0) {
		net->dhcp = true;
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *value = skip_prefix(word, keys[i].key);

		if (!value)
			continue;
		if (*seen & UINT32_C(1) << i && !keys[i].many)
			return "a network with each key once (but route=, which may be repeated)";
		*seen |= UINT32_C(1) << i;
		return keys[i].take(net, value) ? NULL : keys[i].must;
	}
	return "'dhcp' and the keys source=, bridge=, macvlan=, address=, route= and mac=, with commas between them";
}

/* What no single word shows. */
static const char *check(struct record_net *net)
{
	if (!*net->network + !*net->bridge + !*net->device != 2)
		return "a network with one of source=, bridge= and macvlan=";
	if (net->dhcp && *net->address)
		return "a network either with dhcp or with an address";
	if (*net->network)
		return NULL;
	/* Nobody but its DHCP server knows which addresses are free there. */
	net->dhcp = !*net->address;
	return net->dhcp || strchr(net->address, '/') ? NULL : address_must;
}

const char *net_spec_parse(const char *text, struct record_net **nets, size_t *n)
{
	_cleanup_(record_net_done) struct record_net net = RECORD_NET_INIT;
	_cleanup_(strv_done) struct strv words = { 0 };
	const char *must = NULL;
	uint32_t seen = 0;

	strv_split(&words, text, ",");
	if (words.n == 1 && !strchr(words.v[0], '=') && strcmp(words.v[0], "dhcp") != 0)
		must = take_source(&net, words.v[0]) ? NULL : keys[0].must;
	else
		for (size_t i = 0; i < words.n && !must; i++)
			must = take_word(&net, words.v[i], &seen);
	if (!must)
		must = check(&net);
	if (must)
		return must;
	grow(*nets, *n);
	(*nets)[(*n)++] = net;
	net = (struct record_net){ 0 };
	return NULL;
}
