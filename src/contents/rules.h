/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules that decide what goes into a container. They are one table in rules.c, and nothing else decides. Each path
 * that is found by packages, units or the disk is an entry; rules_decide() decides what to do with it, and 'create
 * --dry-run' shows the name and the reason of the rule that did. Pure. No rule names a service. */
#pragma once

#include "base/strv.h"
#include "contents/entry.h"

enum action {
	ACTION_LEAVE, /* stays on the host; a directory with everything in it */
	ACTION_MAKE,  /* a directory is created; what is in it stays on the host, unless it is an entry itself */
	ACTION_TAKE,  /* is copied as it is; a directory with everything in it that no rule leaves out */
};

/* What the rules need besides the entry. The first two lists are sorted; everything is borrowed. */
struct rule_context {
	bool copy_var;		    /* --copy was given */
	bool copy_keys;		    /* private keys of the service are copied */
	const struct strv *units;   /* names of all units of the closure, and of those asked for */
	const struct strv *written; /* paths of unit files that create writes into the container itself */
	const struct strv *live;    /* places of the host that the container shares: live-places.h */
	bool runs_jobs;		    /* something in the container runs the jobs in /etc/cron.d and the like */
};

/* Strings are constant. virt-sandbox-service(8), JSON, documents 'rule', which does not change; 'reason' may. */
struct verdict {
	enum action action;
	const char *rule, *reason;
	bool inside;	     /* the container has its own file there, or the host's */
	bool live;	     /* it is the host's */
	unsigned int claims; /* enum claim: those that the content of a directory inherits, if that is taken */
};

/* Decides about the entry by the first rule that fits. */
struct verdict rules_decide(const struct entry *entry, const struct rule_context *context);

/* Whether this directory is one that all packages use, so that it never belongs to one of them. */
bool rules_is_common(const char *path);

/* Whether the path is a job that runs on a schedule, or the directory of such jobs; and whether a package that owns the
 * path runs them. */
bool rules_is_job(const char *path);
bool rules_runs_jobs(const char *path);

/* What else a place in the table is for, apart from deciding. */
enum place_use {
	PLACE_LOOK,   /* examined even if no package and no unit leads to it */
	PLACE_DATA,   /* data of the host that programs in /usr read */
	PLACE_SECRET, /* a file to which hard links are secret, too */
};

/* The i-th place for this use, or NULL after the last. */
const char *rules_place(enum place_use use, size_t i);

/* Whether 'path' is or lies below one of them. */
bool rules_is_place(enum place_use use, const char *path);
