/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A path of the host that might go into a container, with all the facts that the rules need, and a vector of such
 * entries. An entry holds facts, not decisions, which rules.c alone makes. Entries are added in any order; then
 * entries_merge() merges those with the same path, so that facts found in several ways add up. */
#pragma once

#include <sys/stat.h>

#include "base/util.h"

#define ID_NOBODY 65534 /* the kernel's overflow id: user_namespaces(7) */

/* Why a path may belong to the service. Everything in a directory that is taken as a whole has the claims of the
 * directory. */
enum claim {
	CLAIM_ROOT = 1 << 0, /* a root package owns it: a package of the unit, or one that was asked for */
	CLAIM_UNIT_DIR =
		1 << 1, /* StateDirectory=, CacheDirectory=, LogsDirectory= or ConfigurationDirectory= name it */
	CLAIM_UNIT_USER = 1 << 2, /* a state directory that belongs to the user as which a unit runs */
	CLAIM_NAMED = 1 << 3,	  /* a unit names it in another setting */
	CLAIM_SCRIPT = 1 << 4,	  /* a script of a root package names it */
	CLAIM_CLOSURE = 1 << 5,	  /* it lies in a directory that only packages of the closure own */
	CLAIM_LINK = 1 << 6,	  /* a link of the service, which only root can have made, leads to it */
	CLAIM_CONFIG = 1 << 7,	  /* configuration of a root package names it */
};

/* A whole file as it was searched for secrets, which is what the container then gets. */
struct content {
	struct stat st; /* from before it was read */
	size_t size;	/* bytes, at most CONTENT_MAX */
	char data[];	/* with a NUL behind it */
};
#define CONTENT_MAX ((size_t)64 * 1024) /* larger files are read again when they are copied */

struct entry {
	char *path; /* absolute, in normal form */

	/* From the disk. */
	bool exists;	  /* then 'st' is valid, and 'target' if it is a symbolic link */
	bool behind_link; /* a directory above it is a symbolic link, so it was not examined */
	bool has_more;	  /* a directory that contains something that is not an entry */
	struct stat st;	  /* lstat(2) */
	char *target;
	bool lost_owner;   /* the container does not have its owner or group; 'st' has ID_NOBODY instead */
	bool dangling;	   /* a symbolic link to something that the container does not have */
	bool passage;	   /* a symbolic link to a directory that was found only on the way to something in it */
	bool to_directory; /* a symbolic link in '/var' that leads to a directory */

	/* From the package database. */
	const char *package; /* the package of the closure that owns it; borrowed; or NULL */
	char *outsider;	     /* if 'package' is NULL: a package outside the closure that owns it, or NULL */
	bool config;	     /* the package calls it configuration */
	bool removed;	     /* 'outsider' is not installed any more, but left this configuration */
	bool shared;	     /* packages outside the closure own it, too */
	char *other_dir;     /* if a text names it: the nearest owned directory above, unless a root owns it */
	unsigned int claims; /* enum claim */

	bool closed; /* a file below '/etc' that not all users of the host can read, by its mode or a directory's */

	/* From the content of files. */
	struct content *content; /* of a small file without a secret and without attributes to copy; owned; or NULL */
	const char *holds;	 /* the form of the secret in it, a name from secret-forms.h; constant; or NULL */
	bool secret;		 /* a hard link to a file with secrets of the host, or a copy of them */
	bool keytab;		 /* a Kerberos keytab */
	bool password;		 /* data of the host that programs in /usr read, with a password in it */
	bool key;		 /* a private key */
	bool ssh_key;		 /* an SSH host key, or belongs to one */
	bool renewed;		 /* the certificate of a TLS key that the container makes */
	bool mentioned;		 /* other files of the closure name its path */
	char *key_command;	 /* with which the container makes an SSH key in its place, or NULL */
	char *tls_options;	 /* how the container makes a TLS key in its place, or NULL; with it come: */
	char *certificate;	 /* the path of the key's certificate, which is made anew, too */
	/* Constant, see struct tls_pair. */
	const char *tls_form, *certificate_form;
};

struct entries {
	struct entry *v;
	size_t n;
};
void entries_done(struct entries *entries);

/* Adds an entry with this path, of which it takes ownership, and these claims. The pointer is valid until the next
 * entry is added. */
struct entry *entries_add(struct entries *entries, char *path, unsigned int claims);

/* Moves an entry into the vector; '*e' is empty afterwards. */
void entries_move(struct entries *entries, struct entry *e);

/* Sorts by path, and merges entries with the same path. */
void entries_merge(struct entries *entries);

/* The entry with that path, or NULL; the entries must be sorted. */
struct entry *entries_find(const struct entries *entries, const char *path);

/* The index of the first entry whose path is not before 'path' in the order of strcmp(3), or 'n'; the entries must be
 * sorted. */
size_t entries_from(const struct entries *entries, const char *path);

/* Fills in the facts from the disk about 'name' in directory 'dir'. It is not an error if it does not exist. 0 or
 * -errno. */
int entry_stat(int dir, const char *name, struct entry *e);

/* Gives the entry to ID_NOBODY if the container does not have its owner or group. One with ids of its own
 * ('private_ids') has only the lower ones, and not even its root could read a file of anybody else's. */
void entry_limit_owner(struct entry *e, bool private_ids);

/* The directory to which a symbolic link leads in the end: its status, and its path with all links resolved (caller
 * frees). 0 or -errno, -ENOTDIR if it is not a directory. */
int entry_find_end(int root_fd, const struct entry *link, struct stat *ret, char **ret_path);

bool entry_is_directory(const struct entry *e);
bool entry_is_file(const struct entry *e); /* a regular file */

void entry_done(struct entry *e);
