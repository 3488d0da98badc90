/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A network interface of a container, and its two texts: the option --network that asks for one (words and
 * keys in any order, such as 'dhcp,bridge=BR', of which the first may be the name of a libvirt network, as in 'NAME' or
 * 'NAME,address=IP/PREFIX'), and a section of the record. Pure: create/allocate-net finds out whether the network
 * exists. */
#pragma once

#include "base/buf.h"
#include "base/ipv4.h"
#include "base/ipv6.h"

#define NETS_MAX 16
#define NET_NONE "none" /* the value of --network for no interface */
#define NET_NO_SUCH_KEY "this section of a record has no such key."

/* What an interface can be connected to; a row of the table in net-spec.c. */
struct net_kind {
	const char *option; /* a key of --network, with its '=' */
	const char *key;    /* of the record */
	const char *word;   /* for messages */
	bool (*valid)(const char *source);
	const char *must;			    /* end of the sentence "KEY= must be ..." */
	bool libvirt;				    /* libvirt knows the network, and may hand out its addresses */
	bool bridge;				    /* 'source' must be a bridge of the host */
	const char *domain_type, *domain_key;	    /* of libvirt's <interface type=> and of its <source> */
	const char *domain_apart, *domain_together; /* mode of <source>, without and with neighbours, or NULL */
};

/* Ends with a row whose option is NULL. */
extern const struct net_kind net_kinds[];

struct net_route {
	struct ipv4_range destination;
	uint32_t gateway;
};

struct net {
	const struct net_kind *kind;
	char *source;		    /* the name of the network, the bridge or the host's interface */
	char *mac;		    /* 'xx:xx:xx:xx:xx:xx', "" until create has chosen one */
	bool dhcp;		    /* the container gets its address by DHCP; otherwise: */
	struct ipv4_range address;  /* 0 if there is none (yet); in a struct create_spec, the prefix may be 0 */
	uint32_t gateway;	    /* of the default route, or 0 */
	struct ipv6_range address6; /* only on the network that setup makes; prefix 0 if there is none (yet) */
	bool no_address6;	    /* asked for: none, even if the network has IPv6; not in the record */
	struct net_route *routes;
	size_t n_routes;
	bool neighbours; /* it may reach other containers of its network that have this, too, and they may reach it */
};

struct nets {
	struct net *v;
	size_t n;
};

void net_done(struct net *net);
void nets_done(struct nets *nets);

/* Appends 'net', which is empty afterwards. */
void nets_take(struct nets *nets, struct net *net);

void net_copy(const struct net *net, struct net *ret);
void nets_copy(const struct nets *from, struct nets *to); /* appends */

/* Whether it is on the network that setup makes, where each container has walls around it (virt/network-walls). */
bool net_is_ours(const struct net *net);
bool nets_have_ours(const struct nets *nets); /* at least one of them */

/* Whether the hardware address is the one that follows from the address (ipv4_mac()), be that 0. */
bool net_mac_is_derived(const struct net *net);

/* Whether the IPv6 address is the one that follows from the IPv4 address (ipv6_derive()). */
bool net_address6_is_derived(const struct net *net);

/* "network 'x'", "bridge 'x'", "interface 'x'". Caller frees. */
char *net_source(const struct net *net);

/* The first fixed address, or 0 if there is none. */
uint32_t nets_address(const struct nets *nets);

/* The first IPv6 address, or NULL if there is none. */
const struct in6_addr *nets_address6(const struct nets *nets);

/* The address on the network that setup makes, if answers to strangers leave by that network, or 0. Only there does the
 * host's kernel forward published ports. */
uint32_t nets_published_address(const struct nets *nets);

/* The IPv6 address beside that one, or NULL if there is none. */
const struct in6_addr *nets_published_address6(const struct nets *nets);

/* Whether any interface gets its address by DHCP. */
bool nets_dhcp(const struct nets *nets);

/* Returns NULL, with *ret to be given to net_done(); or the end of the sentence "--network must be ...", which the
 * caller frees. */
char *net_spec_parse(const char *text, struct net *ret);

/* Reads a line of an interface's section of the record, such as 'Network 1', into 'net'; 'seen' is 0 before the first
 * line. Returns NULL, or a sentence about what is wrong, which the caller frees. */
char *net_read(struct net *net, const char *section, const char *key, const char *value, uint32_t *seen);

/* Checks a section whose lines have all been read. Returns the same as net_read(). */
char *net_check(const struct net *net, const char *section);

/* Appends the lines of a section. */
void net_print(const struct net *net, struct buf *text);

char *net_format_route(const struct net_route *route); /* 'a.b.c.d/prefix%a.b.c.d'; caller frees */
