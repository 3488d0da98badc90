/* The libvirt network that setup makes, and what the kernel says of the host's end of it. */
#pragma once

struct net_range;

#define NETWORK "sandbox"
#define NETWORK_BRIDGE "sandbox0"

/* The first IPv4 address of a network interface of the host and its prefix. 0 or -ENOENT. */
int net_of_interface(const char *name, struct net_range *ret);
