/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The package database of the host, behind one small interface with two implementations: librpm and dpkg. It says who
 * owns a path, what a package requires among the installed ones, and what it installed. Reads only. */
#pragma once

#include "base/strv.h"

/* One path that a package records: absolute, what usr-merge moved in its place below '/usr'. */
struct pkg_file {
	char *path;
	bool config; /* a configuration file: rpm's %config, dpkg's conffile */
};

struct pkg_files {
	struct pkg_file *v;
	size_t n;
};
void pkg_files_done(struct pkg_files *files);

struct pkg_db; /* an open database, each backend's own */

/* Packages are named by an id that is unique in the database: rpm's NEVRA-like 'name' (with '.arch' when several
 * architectures are installed), dpkg's 'name' or 'name:arch' likewise. All int functions: 0, or -errno after one
 * message was logged. Lists are appended to. */
struct pkg_backend {
	const char *name; /* "rpm", "dpkg" */
	bool (*present)(int root_fd);
	int (*open)(const char *root, int root_fd, struct pkg_db **ret);
	void (*close)(struct pkg_db *db);
	/* Every package that records 'path' (file or directory). None is not an error. The first question about a
	 * path that matters or a program's reads all packages' lists; from then on such a path costs nothing. */
	int (*owners)(struct pkg_db *db, const char *path, struct strv *ret);
	/* Installed packages that satisfy what 'package' requires; for 'a or b' the first that is installed; for a
	 * virtual name every installed provider. With 'weak' its Recommends instead. */
	int (*requires)(struct pkg_db *db, const char *package, bool weak, struct strv *ret);
	/* Paths of 'package' below '/etc', '/var' and '/usr/lib' that matter: see pkg_path_matters(). Not obsolete
	 * ones. */
	int (*files)(struct pkg_db *db, const char *package, struct pkg_files *ret);
	/* The text of the scripts that run when it is installed, or "". */
	int (*scripts)(struct pkg_db *db, const char *package, char **ret);
	/* -ENOENT, without a message, when no such package is installed; else its id. */
	int (*find)(struct pkg_db *db, const char *name, char **ret_id);
};
extern const struct pkg_backend pkg_rpm, pkg_dpkg;

/* What files() returns: all below '/etc' and '/var' (themselves included), and from '/usr/lib' the directories by which
 * packages talk to systemd: systemd/system, systemd/system-generators, systemd/system-environment-generators,
 * sysusers.d, tmpfiles.d. */
bool pkg_path_matters(const char *path);

/* Below '/usr/bin', '/usr/sbin', '/usr/libexec' or '/usr/lib/systemd': what Exec lines and file requirements name. */
bool pkg_path_is_program(const char *path);

/* Opens the database of the root: the one named 'manager' ("rpm", "dpkg"), or with NULL the one that is there; where
 * both are, the one that owns 'path'. 0, or -errno after a message. */
int pkg_open(const char *root, int root_fd, const char *manager, const char *path,
	     const struct pkg_backend **ret_backend, struct pkg_db **ret_db);

/* Adds to 'ids' (sorted, unique) everything that they require, and what those require, and so on. 0 or -errno. */
int pkg_closure(const struct pkg_backend *backend, struct pkg_db *db, struct strv *ids);
