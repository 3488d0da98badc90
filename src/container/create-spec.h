/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What create was asked for, of one container. The options fill it, and everything that collects, allocates, composes
 * or checks takes it as it is. */
#pragma once

#include "base/context.h"
#include "container/record.h"

/* Constant strings are borrowed, and NULL where nothing was asked for. */
struct create_spec {
	const struct context *context; /* the host, and the libvirt to ask for networks */
	const char *name;	       /* of the container */
	char *path;		       /* where its tree is to be, on the host */
	const char *hostname;	       /* NULL: its name */
	struct strv units;	       /* as given; of a template, 'name' is the instance */
	struct strv packages;
	const char *package_manager;
	bool copy_var;	   /* the content of the service's directories in /var too */
	const char *level; /* of SELinux, 's0:c1,c2' in any order */
	char *process;	   /* 'user:role:type' */
	const char *file_type;
	bool private_users; /* a range of user ids of its own */
	struct mounts mounts;
	struct ports ports;
	struct nets nets; /* what is not set in them is allocated */
	uint64_t limits[LIMITS];
};
void create_spec_done(struct create_spec *spec);
