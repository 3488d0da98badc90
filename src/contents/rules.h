/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules of what goes into a container: one table in rules.c, and the only place that decides. Each path that the
 * host's packages, the units and the disk lead to is an entry, rules_decide() says what becomes of it, and the name and
 * the reason of the rule that said it are what 'create --dry-run' shows. Pure. No rule names a service. */
#pragma once

#include "base/strv.h"
#include "contents/entry.h"

enum action {
	ACTION_LEAVE, /* stays on the host; a directory with all that is in it */
	ACTION_MAKE,  /* a directory is made; what else is in it stays on the host, but for what is an entry itself */
	ACTION_TAKE,  /* comes as it is on the disk; a directory with all in it that no rule leaves out */
};

/* What the rules have to know besides the entry. Both lists are sorted; all is borrowed. */
struct rule_context {
	bool copy_var;		    /* --copy was given */
	const struct strv *units;   /* names of all units of the closure, and of those that were asked for */
	const struct strv *written; /* paths of unit files that the program brings into the container itself */
};

/* Constant strings. 'rule' is documented in virt-sandbox-service(8), JSON, and does not change; 'reason' may. */
struct verdict {
	enum action action;
	const char *rule, *reason;
	bool inside;	     /* the container has something of its own there */
	unsigned int claims; /* enum claim: those that what is in a directory has by it, if that is taken */
};

/* What becomes of the entry: by the first rule that fits. */
struct verdict rules_decide(const struct entry *entry, const struct rule_context *context);

/* What a place of the table is for, besides deciding. */
enum place_use {
	PLACE_LOOK,   /* looked at even if no record and no unit leads to it */
	PLACE_DATA,   /* data of the host that programs in /usr read */
	PLACE_SECRET, /* a file that stays a secret under another name */
};

/* The i-th path that is for this use, or NULL after the last. */
const char *rules_place(enum place_use use, size_t i);

/* Whether 'path' is one of them or below one. */
bool rules_is_place(enum place_use use, const char *path);
