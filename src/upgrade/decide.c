/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of what an upgrade does. It is searched from top to bottom, and the first row that fits decides. A
 * condition that a row does not name may be either way. */
#include "upgrade/decide.h"

#include <string.h>

#define TEXT_MAX ((size_t)1024 * 1024) /* bytes of a file that can be merged */

enum condition { ANY, YES, NO };

#define BOTH_CHANGED "changed on the host and in the container"

/* clang-format off */
static const struct row {
	enum condition data, accounts, kept, text;		    /* the kind of path; it can be merged */
	enum condition given, host, container;			    /* something is there */
	enum condition given_host, given_container, container_host; /* both are the same */
	enum upgrade_action action;
	const char *word, *reason;
} rows[] = {
	{ .given = YES, .host = YES, .given_host = YES, .action = UPGRADE_NOTHING },

	{ .data = YES, .given = NO, .host = YES, .container = NO, .action = UPGRADE_TAKE,
	  .word = "added", .reason = "new on the host" },
	{ .data = YES, .given = NO, .action = UPGRADE_NOTE },
	{ .data = YES, .action = UPGRADE_NOTHING },

	{ .host = NO, .container = NO, .action = UPGRADE_FORGET },
	{ .container_host = YES, .action = UPGRADE_NOTE },
	{ .kept = YES, .action = UPGRADE_NOTHING,
	  .word = "kept", .reason = "changed on the host, but pinned" },

	{ .given = NO, .container = NO, .action = UPGRADE_TAKE,
	  .word = "added", .reason = "new on the host" },
	{ .given = YES, .host = YES, .container = NO, .action = UPGRADE_NOTE,
	  .word = "deleted", .reason = "changed on the host, but deleted in the container" },
	{ .host = NO, .given_container = YES, .action = UPGRADE_REMOVE,
	  .word = "removed", .reason = "no longer on the host" },
	{ .host = NO, .action = UPGRADE_FORGET,
	  .word = "left", .reason = "no longer on the host, but changed in the container" },
	{ .accounts = YES, .text = YES, .action = UPGRADE_MERGE,
	  .word = "merged", .reason = "accounts are added, but never changed or removed" },
	{ .given_container = YES, .action = UPGRADE_TAKE,
	  .word = "updated", .reason = "changed on the host" },
	{ .given = YES, .text = YES, .action = UPGRADE_MERGE,
	  .word = "merged", .reason = BOTH_CHANGED ", in different places" },
	{ .given = YES, .action = UPGRADE_CONFLICT,
	  .word = "conflict", .reason = BOTH_CHANGED },
	{ .action = UPGRADE_CONFLICT,
	  .word = "conflict", .reason = "new on the host, but the container has something else there" },
};
/* clang-format on */

static bool fits(enum condition wanted, bool fact)
{
	return wanted == ANY || (wanted == YES) == fact;
}

static bool is_text(const struct version *v)
{
	return v->type == VERSION_FILE && v->data && v->size <= TEXT_MAX && !memchr(v->data, '\0', v->size);
}

static const struct row *find_row(const struct upgrade_facts *f)
{
	bool given = f->given->type, host = f->host->type, container = f->container->type;
	bool text = f->merge && is_text(f->host) && is_text(f->container) && (is_text(f->given) || !given) &&
		    f->kind != UPGRADE_GENERATED;
	const struct row *row = rows;

	for (;; row++) /* the last row always fits */
		if (fits(row->data, f->kind == UPGRADE_DATA) && fits(row->accounts, f->kind == UPGRADE_ACCOUNTS) &&
		    fits(row->kept, f->kept) && fits(row->given, given) && fits(row->host, host) &&
		    fits(row->container, container) && fits(row->given_host, version_same(f->given, f->host)) &&
		    fits(row->given_container, version_same(f->given, f->container)) &&
		    fits(row->container_host, version_same(f->container, f->host)) && fits(row->text, text))
			return row;
}

/* Whether the container gets the host's mode or owner, from whether each two are the same. */
static bool takes(bool known, bool given_host, bool given_container, bool container_host, bool *disputed)
{
	*disputed = !container_host && !(known && (given_host || given_container));
	return known && !given_host && given_container;
}

/* Modes and owners, each for itself, where there is something of the same kind in all places. */
static void decide_attributes(const struct upgrade_facts *f, struct upgrade_decision *d)
{
	const struct version *g = f->given, *h = f->host, *c = f->container;
	bool mode, owner;

	if (h->type != c->type || f->kept || f->kind == UPGRADE_DATA || f->kind == UPGRADE_ACCOUNTS)
		return;
	if (takes(g->type == h->type, version_same_mode(g, h), version_same_mode(g, c), version_same_mode(c, h), &mode))
		d->mode = h->mode;
	if (takes(g->type == h->type, version_same_owner(g, h), version_same_owner(g, c), version_same_owner(c, h),
		  &owner)) {
		d->uid = h->uid;
		d->gid = h->gid;
	}
	d->disputed = mode && owner ? "mode and owner" : mode ? "mode" : owner ? "owner" : NULL;
}

struct upgrade_decision upgrade_decide(const struct upgrade_facts *f)
{
	const struct row *row = find_row(f);
	const struct version *first =
		row->action == UPGRADE_TAKE && f->container->type != f->host->type ? f->host : f->container;
	struct upgrade_decision d = { row->action, row->word, row->reason, first->mode, first->uid, first->gid, NULL };

	decide_attributes(f, &d);
	if (d.word)
		return d;
	if (d.disputed) {
		d.word = "conflict";
		d.reason = BOTH_CHANGED;
	} else if (d.mode != f->container->mode || d.uid != f->container->uid || d.gid != f->container->gid) {
		d.word = "updated";
		d.reason = "mode or owner changed on the host";
	}
	return d;
}

void upgrade_decide_conflict(struct upgrade_decision *decision)
{
	decision->action = UPGRADE_CONFLICT;
	decision->word = "conflict";
	decision->reason = BOTH_CHANGED ", in the same place";
}
