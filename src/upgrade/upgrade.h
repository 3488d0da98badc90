/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One upgrade of one container: what it would change, changing it, and taking that back. The caller holds the lock of
 * the container, which must not run while anything that it uses is changed. */
#pragma once

#include "upgrade/wanted.h"

#define UPGRADE_OFFERED ".host-new" /* at the end of the name of the host's file beside the container's */

struct upgrade_item {
	char *path;
	struct upgrade_decision decision; /* without a word, there is nothing to tell */
	char *detail;			  /* that takes the place of decision.reason; or NULL */
	const char *here, *there;	  /* what the container and the host have changed since it was given; or NULL */
	struct version before, after;	  /* what the container has, and will have if it changes */
	bool changes;
	bool beside;	    /* it lies beside the container's file, which stays as it is */
	bool attributes;    /* only mode and owner change */
	const char *source; /* the host's file whose extended attributes it gets, too, or NULL; borrowed */
	char *accounts;	    /* of a file of accounts that is merged: the text that counts as given; or NULL */

	/* What it was decided from: borrowed, or NULL. */
	const struct given_entry *entry;
	const struct wanted_path *wanted;
	bool settled; /* what was offered has been dealt with in the container, and counts as given */
	bool offered; /* the host's lies beside it */
};

/* {0} is freed by upgrade_done() without harm. */
struct upgrade {
	const struct context *context; /* borrowed, as the next one is */
	const struct record *record;
	const struct wanted_asked *asked; /* borrowed; NULL if the container stays what it is for */
	int tree;			  /* O_PATH of the container's directory */
	struct given given, next;	  /* what it was given, and what it will have been given */
	struct wanted wanted;
	struct upgrade_item *v; /* all paths, sorted */
	size_t n;
	size_t changes, beside, conflicts; /* changes, and those of them that only lie beside */
	bool changes_record;
	uint64_t merging; /* microseconds that merges of texts have taken */
};
void upgrade_done(struct upgrade *u);

/* Decides. Changes nothing, and may be called while the container runs; but before upgrade_apply(), it has to be called
 * once it does not. 'merge' merges texts. With 'asked', which may be NULL and has to stay, the container will be for
 * these units and packages. 0, or -errno after a message. */
int upgrade_examine(const struct context *context, const struct record *record, bool merge,
		    const struct wanted_asked *asked, struct wanted_cache *cache, struct upgrade *ret);

/* The item of that path, or NULL. */
const struct upgrade_item *upgrade_find(const struct upgrade *u, const char *path);

/* Whether upgrade_apply() would change anything that the container uses, so that it must not run. */
bool upgrade_is_needed(const struct upgrade *u);

/* Whether an upgrade may bring the container what the host has. What that is follows from the record and from what the
 * container was given, and whoever made an archive wrote both, so an imported container needs somebody who vouches for
 * it. 0, or -EPERM after a message. */
int upgrade_check_trust(const struct record *record);

/* Applies what was decided, and keeps what it takes to undo that. After a failure or a signal, everything is as before.
 * 0, or -errno after a message. */
int upgrade_apply(struct upgrade *u);

/* Whether an upgrade of container 'name' can be taken back. */
bool upgrade_can_undo(const struct context *context, const char *name);

/* The paths that were put back, and those that stay as they are because the container has changed them since. {0} at
 * first. */
struct undone {
	struct strv restored, left;
};
void undone_done(struct undone *undone);

/* Takes back what the last upgrade of the container changed, or with 'dry_run', only looks at what that would do. Adds
 * to 'undone', unless it is NULL. 0; -ENOENT without a message if there is nothing to take back; or another -errno
 * after a message. */
int upgrade_undo(const struct context *context, const struct record *record, bool dry_run, struct undone *undone);

/* The same for an upgrade that was interrupted, if there is one: 1, or 0 if there is none; or -errno after a
 * message. */
int upgrade_finish(const struct context *context, const struct record *record);
