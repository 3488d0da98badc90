/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads all that deciding needs: the units, the packages, the users, the host's files. Changes nothing. */
#pragma once

#include <sys/stat.h>

#include "contents/files.h"
#include "unit/unit-load.h"
#include "contents/users.h"

struct gather_request {
	const char *name; /* of the container: the instance of template units */
	const char *root;
	int root_fd;
	const struct strv *units;    /* as given with -u */
	const struct strv *packages; /* as given with -P */
	const char *package_manager; /* or NULL */
	bool copy_var;
	bool dhcp; /* the container asks for addresses itself */
};

struct gathered {
	struct unit *units;
	size_t n_units;
	struct unit *also; /* units of the closure that enabling those enables too: for their [Install] sections */
	size_t n_also;
	const struct pkg_backend *backend;
	struct pkg_db *db;
	struct strv roots;	/* packages whose own places are taken whole; sorted ids */
	struct strv closure;	/* they and all that they need; sorted ids */
	struct strv own_dirs;	/* directories that the units call their own */
	struct strv named;	/* files that the units name */
	struct strv scripted;	/* files that the scripts of the roots name; sorted */
	struct strv mentioned;	/* files that the files of the closure name */
	struct strv unit_names; /* of the closure, and those asked for, with what their drop-ins are for; sorted */
	struct strv written;	/* paths of unit files that the tool brings into the container itself; sorted */
	struct strv links;	/* 'bin=usr/bin': the root's links into /usr */
	struct users users;	/* those that the container gets are marked */
	struct survey survey;
	struct stat shadow, gshadow; /* the host's files: mode and owner */
};

/* 0, or -errno after a message. */
int gather(const struct gather_request *request, struct gathered *ret);
void gathered_done(struct gathered *g);
