/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an upgrade does with one path, from three versions of it: what the container was given, what the host has now,
 * and what the container has now. One table decides; nothing else does. Pure. */
#pragma once

#include "upgrade/version.h"

enum upgrade_action {
	UPGRADE_NOTHING,  /* the container keeps what it has */
	UPGRADE_NOTE,	  /* likewise, and what the host has now counts as given */
	UPGRADE_FORGET,	  /* likewise, and nothing counts as given */
	UPGRADE_TAKE,	  /* the container gets the host's */
	UPGRADE_REMOVE,	  /* the container loses what it was given */
	UPGRADE_MERGE,	  /* both have changed it, and the changes may fit together */
	UPGRADE_CONFLICT, /* both have changed it: the container keeps its own, and gets the host's beside it */
};

enum upgrade_kind {
	UPGRADE_COPY,	   /* of the host's configuration */
	UPGRADE_GENERATED, /* a text or link that the program makes */
	UPGRADE_ACCOUNTS,  /* a file of accounts, which is merged line by line */
	UPGRADE_DATA,	   /* in /var: what is there is never touched */
};

struct upgrade_facts {
	enum upgrade_kind kind;
	const struct version *given, *host, *container; /* absent where there is none; never NULL */
	bool kept;					/* the administrator wants the container to keep its own */
	bool merge;					/* changes of texts may be merged */
};

/* Strings are constant. */
struct upgrade_decision {
	enum upgrade_action action;
	const char *
		word; /* that tells what is done, documented, so it does not change; NULL if there is nothing to tell */
	const char *reason; /* a few words for people; NULL without a word */
	mode_t mode;	    /* that the container's has afterwards, if there is one */
	uid_t uid;
	gid_t gid;
	const char *disputed; /* "mode", "owner" or "mode and owner", if both have changed that; or NULL */
};

struct upgrade_decision upgrade_decide(const struct upgrade_facts *facts);

/* For a merge that turned out to be impossible. */
void upgrade_decide_conflict(struct upgrade_decision *decision);
