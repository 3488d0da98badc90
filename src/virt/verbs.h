/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs of the program 'virt', each for one container or network; main.c has the table. Other programs of ours run
 * it: the monitor, the host unit, and verbs of the command by virt_client_run(), which reads its standard output. All
 * verbs return 0 or more, or -errno after a message. */
#pragma once

struct context;

/* For the monitor: starts the container's domain, and hands it over through standard output, which is a socket. */
int verb_domain_start(const struct context *context, const char *name);

/* For the host unit: ends the container if it is still running, and removes everything that is left of it. */
int verb_domain_stop(const struct context *context, const char *name);

/* For the monitor, if a container does not react to its stop: resumes it if it is suspended. */
int verb_domain_resume(const struct context *context, const char *name);

/* For set: applies the limits in the record to the container if it is running. */
int verb_domain_limit(const struct context *context, const char *name);

/* For set: forwards the ports in the record, and no others, to the container if it is running. */
int verb_domain_publish(const struct context *context, const char *name);

/* For status: prints the memory (bytes) and the processor time (ns) that the container uses, or nothing if it is not
 * running. */
int verb_domain_usage(const struct context *context, const char *name);

/* For create: prints 'ADDRESS/PREFIX' of the host in the network, the same of IPv6 if that is as setup makes it, and
 * NETWORK_HAS_DHCP if libvirt hands out addresses there; nothing if the host has no IPv4 address in it. -ENOENT if
 * there is no such network. */
int verb_network_show(const struct context *context, const char *name);

/* For setup: creates the network, starts it, makes its bridge anew, or, if an earlier version has made it and no
 * container on it runs, all of it. Prints "made" if it did one of these,
 * NETWORK_READY if the network was up, or NETWORK_NO_RULES if libvirt's daemon has to be restarted to put the rules
 * back. */
int verb_network_make(const struct context *context, const char *name);

/* For setup --subnet and --subnet6: makes the network anew, unless it is like that. 'ranges' has the host's IPv4
 * address and prefix, a space, and its IPv6 address and prefix, or NETWORK_IPV6_AUTO, or NETWORK_IPV6_NONE; each may be
 * empty, and stays as it is. No container may have another address of the network, or run. Prints "made" if it did. */
int verb_network_move(const struct context *context, const char *ranges);

/* For setup --check: prints the condition of the network (container/virt-client.h). */
int verb_network_check(const struct context *context, const char *name);

/* For setup --remove: stops and undefines the network. */
int verb_network_remove(const struct context *context, const char *name);

/* For setup: puts the walls around all containers on that network, 'name' being unused. Prints "made" if they were not
 * there, and "ready" if they were. */
int verb_walls_make(const struct context *context, const char *name);

/* For delete: removes what the walls have of containers that are gone; a stop does this, but some never ran. */
int verb_walls_tidy(const struct context *context, const char *name);

/* For setup --check: prints "up" if they are there, and else nothing. */
int verb_walls_show(const struct context *context, const char *name);

/* For setup --remove. */
int verb_walls_remove(const struct context *context, const char *name);
