/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that belong to a unit, by their name or by what they say. Conventions name some after the service. In others,
 * the service is found by what only it has: its name on the message bus, or its directory in '/run'. */
#include "contents/companions.h"

#include <string.h>

#include "base/rootfd.h"
#include "contents/rules.h"

#define FILE_MAX (64 * 1024) /* bytes; a larger file is not about one service */

/* Before and after the name of the service. */
static const struct {
	const char *before, *after, *reason;
} by_name[] = {
	{ "/etc/default/", "", "Debian Policy 9.3.2: variables of the script that starts the service" },
	{ "/etc/sysconfig/", "", "the same on Fedora" },
	{ "/etc/cron.d/", "", "crontab(5): what it does on a schedule" },
	{ "/etc/logrotate.d/", "", "logrotate(8): how to rotate its logs" },
	{ "/etc/tmpfiles.d/", ".conf", "tmpfiles.d(5): directories that it needs" },
	{ "/etc/sysusers.d/", ".conf", "sysusers.d(5): users that it needs" },
};

/* Directories with files of any name, which end in 'after'. */
static const struct {
	const char *dir, *after;
	bool job; /* find_job_marks() */
	const char *reason;
} by_content[] = {
	{ "/etc/cron.d", "", true, "crontab(5): what it does on a schedule" },
	{ "/etc/tmpfiles.d", ".conf", false, "tmpfiles.d(5): directories that it needs" },
	{ "/etc/dbus-1/system.d", ".conf", false,
	  "dbus-daemon(1): without a policy, it cannot have its name on the bus" },
};

/* Whether the text has the word, neither as a part nor as the beginning of another. */
static bool has_word(const char *text, const char *word)
{
	static const char more[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	size_t len = strlen(word);

	for (const char *p = text; len > 0 && (p = strstr(p, word)); p++)
		if ((p == text || !strchr(more, p[-1])) && (!p[len] || !strchr(more, p[len])))
			return true;
	return false;
}

/* The name of the service in the unit's name, without type and instance. Caller frees. */
static char *stem_of(const char *name)
{
	return xstrndup(name, strchr(name, '@') ? strcspn(name, "@") : (size_t)(strrchr(name, '.') - name));
}

/* Appends what only this unit has: its name on the message bus, and its directories in /run. */
static void find_marks(const struct unit *unit, const struct strv *stems, struct strv *ret)
{
	_cleanup_(strv_done) struct strv lines = { 0 }, dirs = { 0 };
	const char *bus = ini_get(&unit->ini, "Service", "BusName");

	if (bus && *bus)
		strv_take(ret, unit_expand(unit, bus));
	ini_get_list(&unit->ini, "Service", "RuntimeDirectory", &lines);
	for (size_t i = 0; i < lines.n; i++) {
		_cleanup_(freep) char *text = unit_expand(unit, lines.v[i]);

		strv_split(&dirs, text, " \t");
	}
	for (size_t i = 0; i < dirs.n; i++)
		strv_addf(ret, "/run/%.*s", (int)strcspn(dirs.v[i], ":"), dirs.v[i]);
	for (size_t i = 0; i < stems->n; i++)
		strv_addf(ret, "/run/%s", stems->v[i]);
}

/* Appends what a job for the service may have in it besides these: the unit's name, its user, or a file of it. */
static void find_job_marks(const struct unit *unit, struct strv *ret)
{
	strv_add_all(ret, &unit->names);
	for (size_t i = 0; i < unit->users.n; i++)
		if (strcmp(unit->users.v[i], "root") != 0)
			strv_add(ret, unit->users.v[i]);
	for (size_t i = 0; i < unit->files.n; i++)
		if (!rules_is_common(unit->files.v[i]))
			strv_add(ret, unit->files.v[i]);
}

static bool has_mark(int root_fd, const char *path, const struct strv *marks)
{
	_cleanup_(freep) char *text = NULL;

	if (rootfd_read(root_fd, path, WALK_ROOT, FILE_MAX, &text, NULL) < 0)
		return false;
	for (size_t i = 0; i < marks->n; i++)
		if (has_word(text, marks->v[i]))
			return true;
	return false;
}

void companions_find(int root_fd, const struct unit *unit, struct strv *ret)
{
	_cleanup_(strv_done) struct strv stems = { 0 }, marks = { 0 }, job_marks = { 0 };

	for (size_t i = 0; i < unit->names.n; i++)
		strv_take(&stems, stem_of(unit->names.v[i]));
	strv_sort_unique(&stems);
	find_marks(unit, &stems, &marks);
	strv_add_all(&job_marks, &marks);
	find_job_marks(unit, &job_marks);
	for (size_t s = 0; s < stems.n; s++)
		for (size_t i = 0; i < ARRAY_SIZE(by_name); i++)
			strv_addf(ret, "%s%s%s", by_name[i].before, stems.v[s], by_name[i].after);
	for (size_t i = 0; i < ARRAY_SIZE(by_content); i++) {
		_cleanup_(strv_done) struct strv names = { 0 };

		rootfd_list(root_fd, by_content[i].dir, WALK_ROOT, &names);
		for (size_t k = 0; k < names.n; k++) {
			_cleanup_(freep) char *path = xasprintf("%s/%s", by_content[i].dir, names.v[k]);

			if (has_suffix(path, by_content[i].after) &&
			    has_mark(root_fd, path, by_content[i].job ? &job_marks : &marks))
				strv_take(ret, steal_ptr(path));
		}
	}
}
