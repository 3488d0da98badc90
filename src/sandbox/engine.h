/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What runs sandboxes. An engine is a row of functions: the command decides, makes the root and relays, the keeper
 * stays until nothing is left, and neither knows how the sandbox runs. To them it is the other end of a packet socket,
 * as inside/sandbox-init.h has it. */
#pragma once

#include "base/util.h"
#include "sandbox/guest-image.h"

struct _virConnect;
struct container_user;
struct context;
struct identity;
struct layout;
struct request;

/* What was decided about one sandbox. */
struct sandbox {
	const struct request *request;
	const struct container_user *user;
	const struct layout *layout;
	struct identity *identity;
	bool shows_cwd; /* the caller's directory is shown alone */
	bool has_home;	/* the user's home is a directory of the sandbox */
	bool terminal;
	int ready;		  /* in the keeper: run() closes it when the walls of all its networks stand */
	struct guest_image image; /* what a virtual machine boots */
};

struct engine {
	const char *uri; /* of libvirt's driver */

	/* The value of the variable 'container', by which programs find out that they run in one; or NULL. */
	const char *container;

	bool networks; /* whether run() calls networks_guard() */

	/* It is a machine with users and memory of its own: the tree has the host's ids, for a user of the host without
	 * any right, and the machine makes the sandbox's own directories and whatever is written. */
	bool machine;

	/* Finds out whether it can do what was asked for, and what it needs of the host; changes only caches. NULL
	 * if there is nothing to find out. 0, or -errno after a message. */
	int (*prepare)(const struct context *context, struct sandbox *sandbox);

	/* Gives the sandbox's identity other SELinux contexts than a container's. NULL if there are none. 0, or -errno
	 * after a message. */
	int (*label)(struct sandbox *sandbox);

	/* The libvirt domain. Caller frees. */
	char *(*xml)(const struct sandbox *sandbox);

	/* Runs in the keeper: starts it, with 'socket' as its end, which is closed; and returns when it has ended,
	 * or when the other end of 'alive' was closed. 0, or -errno after a message. */
	int (*run)(struct _virConnect *conn, const struct sandbox *sandbox, int socket, int alive);

	/* Destroys the domain after that, if it is still there. 0 when it is gone, or -errno after a message. */
	int (*destroy)(struct _virConnect *conn, const char *name, const char *uuid);
};

extern const struct engine engine_lxc;	/* libvirt-lxc: containers */
extern const struct engine engine_qemu; /* QEMU: virtual machines */

/* The engine with this URI, or NULL. */
const struct engine *engine_find(const char *uri);
