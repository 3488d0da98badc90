/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A unit of the host, and everything that was read from it. */
#include "unit/unit.h"

#include <string.h>
#include <strings.h>

#define UNIT_DIR "/etc/systemd/system"

void unit_done(struct unit *unit)
{
	free(unit->id);
	free(unit->fragment);
	free(unit->file);
	free(unit->source);
	strv_done(&unit->names);
	strv_done(&unit->links);
	strv_done(&unit->dropins);
	strv_done(&unit->programs);
	strv_done(&unit->interpreters);
	strv_done(&unit->needed);
	strv_done(&unit->files);
	strv_done(&unit->users);
	strv_done(&unit->groups);
	strv_done(&unit->capabilities);
	strv_done(&unit->also);
	strv_done(&unit->wanted_by);
	strv_done(&unit->required_by);
	strv_done(&unit->aliases);
	ini_done(&unit->ini);
	*unit = (struct unit){ 0 };
}

const char *unit_get(const struct unit *unit, const char *key)
{
	return unit->section ? ini_get(&unit->ini, unit->section, key) : NULL;
}

void unit_get_list(const struct unit *unit, const char *key, struct strv *ret)
{
	if (unit->section)
		ini_get_list(&unit->ini, unit->section, key, ret);
}

bool unit_is_true(const char *value)
{
	static const char *const words[] = { "1", "yes", "y", "true", "t", "on" };

	for (size_t i = 0; value && i < ARRAY_SIZE(words); i++)
		if (strcasecmp(value, words[i]) == 0)
			return true;
	return false;
}

bool unit_is_inside(const struct unit *unit)
{
	const char *file = unit->file ? unit->file : unit->fragment;

	/* The list of units that may run inside has those that were asked for, and those of packages. */
	if (unit->part != UNIT_ASKED && skip_prefix(unit->fragment, "/usr/local/"))
		return false;
	return skip_prefix(file, "/usr/") || (skip_prefix(file, UNIT_DIR "/") && strcmp(file, unit->fragment) == 0);
}

char *unit_path_inside(const struct unit *unit)
{
	if (unit_is_inside(unit))
		return xstrdup(unit->fragment);
	return xasprintf(UNIT_DIR "%s", strrchr(unit->fragment, '/'));
}
