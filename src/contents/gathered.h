/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything that was read from the host for one create: the data for composing a plan. collect.c fills it. The only
 * decision it contains is which packages the container has. */
#pragma once

#include <sys/stat.h>

#include "contents/files.h"
#include "contents/users.h"
#include "unit/unit-load.h"

/* The installation script of a package, which runs in the container once, before the units. */
struct script {
	const char *package; /* borrowed from 'makers' */
	struct pkg_script script;
	struct strv data; /* of the places in left_data, those for which it may make data */
};

struct gathered {
	struct unit *units; /* those that were asked for, and then those that come along */
	size_t n_units;
	struct unit *also; /* units of the closure that are enabled with those, for their [Install] sections */
	size_t n_also;
	const struct pkg_backend *backend;
	struct pkg_db *db;
	struct strv enabled;	  /* names of the units that the administrator has enabled on the host; sorted */
	struct strv base;	  /* packages that every container has; sorted ids */
	struct strv roots;	  /* packages whose own directories are taken as a whole; sorted ids */
	struct strv closure;	  /* the roots and everything they need; sorted ids */
	struct strv own_dirs;	  /* directories that the units call their own */
	struct strv named;	  /* paths that the units name in other settings */
	struct strv scripted;	  /* paths that the scripts of the roots name; sorted */
	struct strv capabilities; /* that the scripts of the roots name, of those that a container can be given */
	struct strv mentioned;	  /* paths that the files of the closure name */
	struct strv local;	  /* what of '/usr/local' is the service's: see local.h */
	struct strv unit_names;	  /* of the closure, of those asked for, and of groups with drop-ins; sorted */
	struct strv written;	  /* paths of unit files that create writes into the container itself; sorted */
	struct strv links;	  /* the root's links into /usr, such as 'bin=usr/bin' */
	struct strv live;	  /* places that the container shares with the host: live-places.h */
	struct users users;	  /* the host's; those that the container gets are marked */
	struct files files;
	struct strv left_data;	/* paths in /var with data that --copy would bring: see left-data.h */
	struct strv makers;	/* packages whose installation scripts may make such data */
	struct script *scripts; /* in the order in which they run: see scripts.h */
	size_t n_scripts;
	struct strv
		generated; /* configuration from which a script concludes that it has run before; if n_scripts > 0 */
	struct stat shadow, gshadow; /* the host's files: mode and owner */
};
void gathered_done(struct gathered *g);

/* What the rules need for these entries; 'copy_var' as if --copy had been given, or not. It refers to 'g'. */
struct rule_context gathered_rules(const struct gathered *g, bool copy_var);
