/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of the container's first program that have their own files. Each returns 0 or -errno. */
#pragma once

#include <stdbool.h>

struct strv;

/* Reads the lines of a list that the host handed to the container, in '/run/host', and sorts them. */
int read_handed(const char *name, struct strv *ret);

/* Gives network interfaces the hardware addresses that HARDWARE_VARIABLE in the environment has. */
int set_hardware_addresses(void);

/* Gives network interfaces the IPv6 addresses, and the default route, that IPV6_VARIABLE in the environment has. */
int set_ipv6_addresses(void);

/* Masks the unit files, generators and the like of the host's packages that the container does not have. */
int mask_units(void);

/* Mounts the container's own control groups, and no others, with 'flags' of mount(2). */
int own_cgroups(unsigned long flags);

/* Limits resources that the kernel counts against the host's root, too. */
int set_limits(void);

/* Lets every user send echo requests, where the kernel can. Returns 0. */
int let_users_ping(void);

/* Covers all of '/proc' and '/sys' that a container does not need, and what 'more', unless it is NULL, covers. */
int cover_host(int (*more)(void));

/* Makes an empty file or directory stand for 'path', while cover_host() runs. */
int cover_path(const char *path, bool folder);

/* For cover_host(): covers of '/usr' what the host says. */
int cover_usr(void);

/* After this, nothing in the container can unmount, move or remount what is mounted now. */
int cover_lock(void);
