/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of paths, and reasons with words from the container's files, are hostile. */
#include "cli/upgrade-show.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "container/paths.h"
#include "upgrade/upgrade.h"

static void print_word(const char *name, const char *word)
{
	if (name)
		printf("%s: %-8s ", name, word);
	else
		printf("%-9s ", word);
}

void upgrade_print(const struct upgrade *u, const char *name)
{
	for (size_t i = 0; i < u->n; i++) {
		const struct upgrade_item *item = &u->v[i];
		const struct upgrade_decision *d = &item->decision;
		_cleanup_(freep) char *path = escape_control(item->path);
		_cleanup_(freep) char *reason = item->detail ? escape_control(item->detail) : NULL;
		_cleanup_(freep) char *offered =
			item->offered ? xasprintf("; the host's is beside it, as '%s" UPGRADE_OFFERED "'",
						  strrchr(path, '/') + 1)
				      : NULL;

		if (!d->word)
			continue;
		print_word(name, d->word);
		printf("%s  (%s%s%s%s)\n", path, reason ? reason : d->reason, d->disputed ? "; disputed: " : "",
		       d->disputed ? d->disputed : "", offered ? offered : "");
	}
	if (!u->changes_record)
		return;
	print_word(name, "updated");
	printf("%s/%s%s  (what the container needs has changed)\n", RECORD_DIR, u->record->name, RECORD_SUFFIX);
}

static struct json_object *item_json(const struct upgrade_item *item)
{
	struct json_object *o = json_object_make();

	json_set_string(o, "path", item->path);
	json_set_string(o, "action", item->decision.word);
	json_set_string(o, "reason", item->detail ? item->detail : item->decision.reason);
	if (item->decision.disputed)
		json_set_string(o, "disputed", item->decision.disputed);
	return o;
}

struct json_object *upgrade_json(const struct upgrade *u)
{
	struct json_object *paths = json_array_make();

	for (size_t i = 0; i < u->n; i++)
		if (u->v[i].decision.word)
			json_append(paths, item_json(&u->v[i]));
	return paths;
}
