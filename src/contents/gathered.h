/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything that was read from the host for what create was asked for: the data that composing a plan needs.
 * collect.c fills it; nothing here is decided yet but which packages a container is made of. */
#pragma once

#include <sys/stat.h>

#include "contents/files.h"
#include "contents/users.h"
#include "unit/unit-load.h"

struct gathered {
	struct unit *units;
	size_t n_units;
	struct unit *also; /* units of the closure that enabling those enables too: for their [Install] sections */
	size_t n_also;
	const struct pkg_backend *backend;
	struct pkg_db *db;
	struct strv roots;	/* packages whose own directories are taken whole; sorted ids */
	struct strv closure;	/* they and all that they need; sorted ids */
	struct strv own_dirs;	/* directories that the units call their own */
	struct strv named;	/* paths that the units name otherwise */
	struct strv scripted;	/* paths that the scripts of the roots name; sorted */
	struct strv mentioned;	/* paths that the files of the closure name */
	struct strv unit_names; /* of the closure, and those asked for, with what their drop-ins are for; sorted */
	struct strv written;	/* paths of unit files that the program brings into the container itself; sorted */
	struct strv links;	/* 'bin=usr/bin': the root's links into /usr */
	struct users users;	/* those that the container gets are marked */
	struct files files;
	struct stat shadow, gshadow; /* the host's files: mode and owner */
};
void gathered_done(struct gathered *g);
