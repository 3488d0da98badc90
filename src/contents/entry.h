/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A path of the host that might go into a container, with every fact that the rules ask about, and a vector of them.
 * Facts are collected here and decided upon in rules.c alone: nothing in an entry says what becomes of it. Entries are
 * added in any order; then entries_merge() makes one of those with the same path, so that facts found in several ways
 * add up. */
#pragma once

#include <sys/stat.h>

#include "base/util.h"

/* Why a path may belong to the service. What lies in a directory that is taken whole has the claims of the directory.
 * */
enum claim {
	CLAIM_ROOT = 1 << 0, /* a root package records it: the unit's own packages, and those that were asked for */
	CLAIM_UNIT_DIR =
		1 << 1, /* StateDirectory=, CacheDirectory=, LogsDirectory= or ConfigurationDirectory= name it */
	CLAIM_UNIT_USER = 1 << 2, /* a state directory that belongs to the user whom a unit runs as */
	CLAIM_NAMED = 1 << 3,	  /* a unit names it otherwise */
	CLAIM_SCRIPT = 1 << 4,	  /* a script of a root package names it */
	CLAIM_CLOSURE = 1 << 5,	  /* it lies in a directory that only packages of the closure own */
};

struct entry {
	char *path; /* absolute, in its one form */

	/* What the disk says. */
	bool exists;	  /* then 'st' holds, and 'target' for a symbolic link */
	bool behind_link; /* a directory on the way to it is a symbolic link, so it cannot be looked at */
	bool has_more;	  /* a directory with something in it that is no entry */
	struct stat st;	  /* lstat(2) */
	char *target;
	bool dangling; /* a symbolic link to what the container does not have */

	/* What the package database says. */
	const char *package; /* of the closure, and records it; borrowed; or NULL */
	char *outsider;	     /* outside the closure, and records it, where 'package' is NULL; or NULL */
	bool config;	     /* the package calls it configuration */
	bool shared;	     /* packages outside the closure record it too */
	char *other_dir;     /* of what a script names: the nearest recorded directory above, if no root records it */
	unsigned int claims; /* enum claim */

	/* What is in it. */
	bool secret;	      /* another name of a file with secrets of the host */
	bool key;	      /* a private key, or what could not be read */
	bool ssh_key;	      /* an SSH host key, or what belongs to one */
	const char *key_type; /* constant: of the SSH key that the container makes in its place, or NULL */
	char *tls_options;    /* how the container makes a TLS key in its place, or NULL; then also */
	char *certificate;    /* the path of the key's certificate, which is made anew with it */
};

struct entries {
	struct entry *v;
	size_t n;
};
void entries_done(struct entries *entries);

/* Adds an entry with this path, which it takes, and claims. The pointer is good until the next is added. */
struct entry *entries_add(struct entries *entries, char *path, unsigned int claims);

/* Moves an entry into the vector; '*e' is empty afterwards. */
void entries_move(struct entries *entries, struct entry *e);

/* Sorts by path, and makes one entry of those with the same path. */
void entries_merge(struct entries *entries);

/* The entry of that path among sorted ones, or NULL. */
struct entry *entries_find(const struct entries *entries, const char *path);

/* Fills in what the disk says about 'name' in directory 'dir'; what is gone does not exist. 0 or -errno. */
int entry_stat(int dir, const char *name, struct entry *e);

bool entry_is_directory(const struct entry *e);
bool entry_is_file(const struct entry *e); /* a regular file */

void entry_done(struct entry *e);
