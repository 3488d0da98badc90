/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What only one sandbox has: its name, user ids, SELinux level and addresses, as long as it exists. Nothing outlives
 * the machine's next boot, and what a sandbox leaves that was killed together with its keeper, the next one removes. */
#pragma once

#include "base/context.h"
#include "container/create-spec.h"

struct identity {
	struct record record; /* of which domain_xml_sandbox() tells what is set */
	int lock;	      /* held as long as any process has this description open */
};
#define IDENTITY_INIT ((struct identity){ .lock = -1 })

/* The directory that libvirt mounts as the root of every sandbox, which has nothing but mount points. */
#define SANDBOX_ROOT SANDBOX_DIR "/root"
#define SANDBOX_PROGRAMS "/programs" /* in it: where the directory with sandbox-init is mounted */

/* Takes a free range of ids, and what 'asked' says or leaves open: level, addresses, and the name, which is made up if
 * that is NULL. 'command', which ends with NULL, is for identity_list(). 0; or -errno after a message: -EEXIST if there
 * is a sandbox or a container of that name. */
int identity_take(const struct context *context, const struct create_spec *asked, char *const *command,
		  struct identity *ret);

/* Whether there is a sandbox of that name. */
bool identity_exists(int root_fd, const char *name);

/* Prints the names of the sandboxes that exist, and their commands, on standard output. 0, or -errno after a message.
 */
int identity_list(int root_fd);

/* The same without taking anything: what the next sandbox might get. */
int identity_preview(const struct context *context, const struct create_spec *asked, struct identity *ret);

/* Gives all of it back. To be called when neither a process of the sandbox is left, nor anything of it on a network. */
void identity_release(int root_fd, struct identity *identity);

/* Frees memory and closes the lock; for a process that shares the identity with another. */
void identity_done(struct identity *identity);
