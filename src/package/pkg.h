/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The package database of the host, behind a small interface with two implementations, rpm and dpkg. It tells which
 * packages own a path, which installed packages a package requires, and which files it installed. The database is never
 * written. */
#pragma once

#include "base/strv.h"

/* A path that a package owns. It is absolute, and as it is after usr-merge. */
struct pkg_file {
	char *path;
	bool config; /* a configuration file: rpm's %config, dpkg's conffile */
};

struct pkg_files {
	struct pkg_file *v;
	size_t n;
};
void pkg_files_done(struct pkg_files *files);

/* The script of a package that its package manager ran after the installation. Owned; texts may be NULL, but 'text'
 * only if 'unfit' is set. */
struct pkg_script {
	const char *unfit;	  /* after "because", why only the package manager can run it; constant, or NULL */
	char *text;		  /* a program for an interpreter: begins with '#!', unless it is unfit */
	const char *arguments;	  /* with which it runs, as in a unit's ExecStart=; constant */
	struct strv environment;  /* 'NAME=VALUE' */
	char *config, *templates; /* what debconf(7) asks before it, and the texts of that */
	char *answers; /* what it was told on the host, in the form of debconf's database, without passwords */
};
void pkg_script_done(struct pkg_script *script);

struct pkg_db; /* an open database, which each backend defines */

/* A package is named by an id that is unique in the database: its name and, if it is installed for several
 * architectures, '.arch' (rpm) or ':arch' (dpkg). Functions that return int return 0, or -errno after a message.
 * Results are appended to lists. */
struct pkg_backend {
	const char *name; /* "rpm", "dpkg" */
	bool (*present)(int root_fd);
	int (*open)(const char *root, int root_fd, struct pkg_db **ret);
	void (*close)(struct pkg_db *db);
	/* All packages that own 'path', a file or directory. It is not an error if there are none. The first search for
	 * a path that matters or is a program reads the lists of all packages; further such searches are fast. */
	int (*owners)(struct pkg_db *db, const char *path, struct strv *ret);
	/* The installed packages that satisfy what 'package' requires: of alternatives the first that is installed, and
	 * of a virtual name every installed provider. With 'weak', those that it recommends instead. */
	int (*requires)(struct pkg_db *db, const char *package, bool weak, struct strv *ret);
	/* The installed packages that require 'package' by its name, some maybe twice. */
	int (*requirers)(struct pkg_db *db, const char *package, struct strv *ret);
	/* The paths of 'package' that matter; see pkg_path_matters(). Obsolete ones are left out. */
	int (*files)(struct pkg_db *db, const char *package, struct pkg_files *ret);
	/* The text of the scripts that run at its installation, or "". */
	int (*scripts)(struct pkg_db *db, const char *package, char **ret);
	/* The script that ran last of these. 1, or 0 if the package has none. */
	int (*script)(struct pkg_db *db, const char *package, struct pkg_script *ret);
	/* The id of an installed package; -ENOENT, without a message, if it is not installed. */
	int (*find)(struct pkg_db *db, const char *name, char **ret_id);
	/* The name of the source package that an installed package was built from. Caller frees. */
	char *(*source)(struct pkg_db *db, const char *package);
	/* Its version. Caller frees. NULL if it is not installed. */
	char *(*version)(struct pkg_db *db, const char *package);
	/* Returns a number less than, equal to or greater than 0, by the order of this kind of package. */
	int (*compare)(const char *version, const char *other);
	/* The name of a package that is no longer installed, but that left 'path' as its configuration; or NULL. Caller
	 * frees. */
	char *(*removed)(struct pkg_db *db, const char *path);
	/* Writes what took long to find out below the root, for the next command that asks the same; NULL if nothing
	 * does. Only this changes anything on the host. 0 or -errno, without a message. */
	int (*keep)(struct pkg_db *db);
};
extern const struct pkg_backend pkg_rpm, pkg_dpkg;

/* Whether files() returns the path: '/etc', '/var' and everything below them; in '/usr/lib' the directories that
 * systemd reads: systemd/system, systemd/system-generators, systemd/system-environment-generators, sysusers.d and
 * tmpfiles.d; and '/usr/share/dbus-1/system.d', which the message bus reads. */
bool pkg_path_matters(const char *path);

/* Whether the path is below '/usr/bin', '/usr/sbin', '/usr/libexec' or '/usr/lib/systemd', as the programs are that
 * Exec lines and requirements of files name. */
bool pkg_path_is_program(const char *path);

/* Opens the database of the root: that of 'manager' ("rpm" or "dpkg") or, if it is NULL, the one that exists or, if
 * both do, the one that owns 'path'. 0, or -errno after a message. */
int pkg_open(const char *root, int root_fd, const char *manager, const char *path,
	     const struct pkg_backend **ret_backend, struct pkg_db **ret_db);

/* Adds to 'ids' all packages that these require, directly or indirectly. 'ids' is sorted and has no duplicates
 * afterwards. 0 or -errno. */
int pkg_closure(const struct pkg_backend *backend, struct pkg_db *db, struct strv *ids);
