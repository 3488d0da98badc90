/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A network interface of a container, and the option --network that asks for one: 'NAME', or words and keys in any
 * order, as 'source=NAME,address=IP/PREFIX' or 'dhcp,bridge=BR'. Pure: whether there is such a network is
 * create/allocate-net's to ask. */
#pragma once

#include "base/ipv4.h"

#define NETS_MAX 16
#define NET_NONE "none" /* as --network: no interface */

/* What an interface can be connected to; a row of the table in net-spec.c. */
struct net_kind {
	const char *option; /* key of --network, with its '=' */
	const char *key;    /* of the record */
	const char *word;   /* for messages */
	bool (*valid)(const char *source);
	const char *option_must, *key_must; /* ends of the sentences "--network must be" and "KEY= must be" */
	bool libvirt;			    /* libvirt knows the network, and may hand out its addresses */
	bool bridge;			    /* 'source' has to be a bridge of the host */
	const char *domain_type, *domain_key, *domain_mode; /* libvirt's <interface type=>, and of its <source> */
};

/* Ends with a row whose option is NULL. */
extern const struct net_kind net_kinds[];
#define NET_OPTIONS "source=, bridge= and macvlan=" /* of all rows */
#define NET_KEYS "Network=, Bridge= and Device="

struct net_route {
	struct ipv4_range destination;
	uint32_t gateway;
};

struct net {
	const struct net_kind *kind;
	char *source;		   /* the name of the network, the bridge or the host's interface */
	char *mac;		   /* 'xx:xx:xx:xx:xx:xx', "" where create has yet to choose one */
	bool dhcp;		   /* the container asks for its address; else: */
	struct ipv4_range address; /* 0 where there is none (yet); its prefix may be 0 in what create was asked for */
	uint32_t gateway;	   /* of the default route, or 0 */
	struct net_route *routes;
	size_t n_routes;
};

struct nets {
	struct net *v;
	size_t n;
};

void net_done(struct net *net);
void nets_done(struct nets *nets);

/* Takes 'net' over, and leaves it empty. */
void nets_take(struct nets *nets, struct net *net);

void net_copy(const struct net *net, struct net *ret);
void nets_copy(const struct nets *from, struct nets *to); /* appends */

/* "network 'x'", "bridge 'x'", "interface 'x'". Caller frees. */
char *net_source(const struct net *net);

/* The first address that is known beforehand, or 0. */
uint32_t nets_address(const struct nets *nets);

/* Whether the container asks for an address itself, on any interface. */
bool nets_dhcp(const struct nets *nets);

/* NULL and *ret for net_done(), or the end of the sentence "--network must be ...", which is constant. */
const char *net_spec_parse(const char *text, struct net *ret);

/* 'a.b.c.d/prefix' of an interface. 0 or -EINVAL. */
int net_parse_address(const char *text, struct ipv4_range *ret);

/* 'a.b.c.d/prefix%a.b.c.d', a destination and the gateway to it: appended. 0 or -EINVAL. */
int net_add_route(struct net *net, const char *text);
char *net_format_route(const struct net_route *route); /* caller frees */
