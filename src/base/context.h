/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every verb needs to know: which host it works on, and how to reach libvirt. main() and verb_run() fill it
 * once. */
#pragma once

#include <stdbool.h>

struct context {
	const char *connect;	     /* libvirt URI, "lxc:///" by default */
	const char *root;	     /* --root, "/" by default */
	int root_fd;		     /* O_PATH of it */
	bool on_host;		     /* root is "/": its systemd, SELinux and containers are those that run here */
	const char *package_manager; /* or NULL for the one that the host has */
	bool quiet;
};
