/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What create, or a change, was asked for, for one container; or a sandbox, as far as it has the same. The options fill
 * it; the code that collects, allocates, composes and checks only reads it. */
#pragma once

#include "base/context.h"
#include "container/record.h"
#include "container/rights.h"

/* What becomes of a level that was asked for if it gives access to what has another level, or the reverse. One that a
 * container has is refused but with LEVEL_SHARED, and one that a sandbox has is always. */
enum level_rule { LEVEL_WARN, LEVEL_APART, LEVEL_SHARED };

/* Constant strings are borrowed. What was not asked for is NULL. */
struct create_spec {
	const struct context *context; /* the host, and the libvirt to ask for networks */
	const char *name;	       /* of the container */
	char *path;		       /* of its tree, on the host */
	const char *hostname;	       /* NULL for its name */
	struct strv units;	       /* as given; the instance of a template will be 'name' */
	struct strv packages;
	const char *package_manager;
	bool existing;	   /* the container exists, and got these units and packages before */
	bool force;	   /* go on if a unit cannot work in a container */
	bool image;	   /* make the tree in an image */
	bool copy_var;	   /* copy the content of the service's directories in /var, too */
	bool no_scripts;   /* do not run installation scripts of packages in the container */
	bool copy_keys;	   /* copy the service's private keys even without 'copy_var' */
	const char *level; /* SELinux level, such as 's0:c1,c2'; categories in any order */
	enum level_rule level_rule;
	char *process; /* 'user:role:type' */
	const char *file_type;
	bool private_users;	  /* give the container its own range of ids */
	struct strv capabilities; /* beyond those that the units name; rights.h */
	struct strv system_calls;
	struct strv devices; /* device.h */
	struct mounts mounts;
	struct ports ports;
	struct nets nets; /* fields that are not set will be allocated */
	bool host_access;
	const char *description;  /* NULL for none */
	const struct record *now; /* of a container that is changed, and may run; else NULL */
	bool no_ipv6;		  /* a sandbox, whose first program sets no IPv6 address */
	bool own;		  /* what is reserved for 'name' is this container's, so it is not taken */
	uint64_t limits[LIMITS];
	const struct strv *live; /* what an existing container shares with the host; borrowed; NULL to choose */
};
void create_spec_done(struct create_spec *spec);

/* Options that both programs have. Each stores its value and returns NULL, or what a row of options returns about it
 * (base/verb.h). */

/* A whole context, 'USER:ROLE:TYPE:LEVEL', of --security=static; or NULL, which is refused. */
char *create_spec_take_context(struct create_spec *spec, const char *label);

/* --capability and --system-calls, with names separated by commas. */
char *create_spec_take_rights(enum right_kind kind, const char *value, struct strv *rights);

/* --network; '*none' tells whether it was NET_NONE before, and now. */
char *create_spec_take_network(struct create_spec *spec, bool *none, const char *value);
