/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules of what a container's private tree is made of. PURE: one entry and the options in, an action and its reason
 * out. Every rule is a row of a table in layout.c; no row names a service. */
#pragma once

#include <sys/stat.h>

#include "base/strv.h"

/* One path below the host's /etc or /var that could go into the tree, with all that the rules ask of it. */
struct entry {
	char *path;
	bool exists; /* on the disk, not behind a symbolic link; then st (lstat) holds */
	struct stat st;
	char *target;	      /* of a symbolic link */
	const char *package;  /* of the closure, owns it; borrowed; NULL where none does */
	bool of_root;	      /* one of its owners is a root: the unit's own packages and those that were asked for */
	bool config;	      /* the package calls it configuration */
	bool unit_own;	      /* in a folder that the unit says is its own, or that belongs to the unit's user */
	bool link_kept;	      /* symbolic link whose target is there inside as well */
	bool secret;	      /* is one of layout_secret_place() by another name */
	bool key;	      /* holds a private key */
	bool ssh_key;	      /* holds one that tells this host from others (an SSH host key), or what belongs to it */
	const char *key_type; /* constant: of the SSH key that the container makes in its place, or NULL */
	char *tls_options;    /* how the container makes a TLS key in its place, or NULL; then also */
	char *certificate;    /* the path of the key's certificate, which is made anew with it */
};

enum action { ACTION_LEAVE, ACTION_COPY, ACTION_MAKE, ACTION_LINK, ACTION_FIFO };

struct layout_options {
	bool copy_var;		    /* -C */
	const struct strv *units;   /* sorted: names of all units of the closure, and those asked for */
	const struct strv *written; /* sorted: paths that the tool writes for this container */
};

/* What becomes of the entry. *ret_reason is a constant sentence, without the package's name. */
enum action layout_decide(const struct entry *entry, const struct layout_options *options, const char **ret_reason);

/* A directory where packages of every kind put things (FHS 3.0 and the distributions' policies): never taken whole. */
bool layout_common(const char *path);

/* Why unowned 'path' is taken although no package owns it (data that programs in /usr read), or NULL. */
const char *layout_borrowed(const char *path);

/* The i-th place to look for such, a file or a directory (taken with all below); NULL after the last. */
const char *layout_borrowed_place(size_t i);

/* The i-th file that nobody but the host may know; NULL after the last. */
const char *layout_secret_place(size_t i);

/* What the tool writes itself: never copied, nor what is below it. */
bool layout_generated(const char *path);
