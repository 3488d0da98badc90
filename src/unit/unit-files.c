/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files and directories that a unit names. settings[] is the list of all settings whose values contain paths that
 * must be the same inside; a setting that is not there names nothing. */
#include "unit/unit-files.h"

#include <fnmatch.h>
#include <string.h>

#include "base/guarded.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "unit/unit-words.h"

#define ENVIRONMENT_MAX (1024 * 1024) /* bytes of an environment file */

enum {
	GLOB = 1 << 0,	      /* the value is a pattern of glob(7) */
	ENVIRONMENT = 1 << 1, /* the file holds variables, whose values may be paths, too */
	MADE = 1 << 2,	      /* the file is made at run time, in a directory that has to exist */
};

/* systemd.unit(5), systemd.exec(5), systemd.service(5) and systemd.path(5). "Service" stands for the unit's own
 * section, since sockets run programs, too. Prefixes such as '-', '!', '|' and 'append:' are skipped with everything
 * else that is not a path. What a unit cannot reach (InaccessiblePaths=) is not here. */
static const struct {
	const char *section, *key;
	unsigned int flags;
} settings[] = {
	{ "Unit", "AssertDirectoryNotEmpty", 0 },
	{ "Unit", "AssertFileIsExecutable", 0 },
	{ "Unit", "AssertFileNotEmpty", 0 },
	{ "Unit", "AssertPathExists", 0 },
	{ "Unit", "AssertPathExistsGlob", GLOB },
	{ "Unit", "AssertPathIsDirectory", 0 },
	{ "Unit", "AssertPathIsMountPoint", 0 },
	{ "Unit", "AssertPathIsReadWrite", 0 },
	{ "Unit", "AssertPathIsSymbolicLink", 0 },
	{ "Unit", "ConditionDirectoryNotEmpty", 0 },
	{ "Unit", "ConditionFileIsExecutable", 0 },
	{ "Unit", "ConditionFileNotEmpty", 0 },
	{ "Unit", "ConditionPathExists", 0 },
	{ "Unit", "ConditionPathExistsGlob", GLOB },
	{ "Unit", "ConditionPathIsDirectory", 0 },
	{ "Unit", "ConditionPathIsMountPoint", 0 },
	{ "Unit", "ConditionPathIsReadWrite", 0 },
	{ "Unit", "ConditionPathIsSymbolicLink", 0 },
	{ "Unit", "Documentation", 0 },
	{ "Unit", "RequiresMountsFor", 0 },
	{ "Unit", "WantsMountsFor", 0 },
	{ "Path", "DirectoryNotEmpty", 0 },
	{ "Path", "PathChanged", 0 },
	{ "Path", "PathExists", 0 },
	{ "Path", "PathExistsGlob", GLOB },
	{ "Path", "PathModified", 0 },
	{ "Service", "BindPaths", 0 },
	{ "Service", "BindReadOnlyPaths", 0 },
	{ "Service", "Environment", 0 },
	{ "Service", "EnvironmentFile", GLOB | ENVIRONMENT },
	{ "Service", "ExecPaths", 0 },
	{ "Service", "LoadCredential", 0 },
	{ "Service", "LoadCredentialEncrypted", 0 },
	{ "Service", "OpenFile", 0 },
	{ "Service", "PIDFile", MADE },
	{ "Service", "ReadOnlyPaths", 0 },
	{ "Service", "ReadWritePaths", 0 },
	{ "Service", "RootDirectory", 0 },
	{ "Service", "RootImage", 0 },
	{ "Service", "StandardError", MADE },
	{ "Service", "StandardInput", 0 },
	{ "Service", "StandardOutput", MADE },
	{ "Service", "WorkingDirectory", 0 },
};

/* Whether a path begins at 'slash', and not a part of an address or of a relative path. Nothing relative begins with
 * '/etc' or '/var'. */
static bool is_start(const char *piece, const char *slash)
{
	return skip_prefix(slash, "/etc/") || skip_prefix(slash, "/var/") ||
	       ((slash == piece || *piece == '-') && slash[1] != '/');
}

/* Every container has these, from the host or of its own. */
static bool is_everywhere(const char *path)
{
	static const char *const tops[] = { "/usr", "/proc", "/sys", "/dev", "/tmp" };

	for (size_t i = 0; i < ARRAY_SIZE(tops); i++)
		if (path_within(path, tops[i]))
			return true;
	return false;
}

void unit_files_add(const char *text, struct strv *ret)
{
	_cleanup_(strv_done) struct strv pieces = { 0 };

	strv_split(&pieces, text, UNIT_SHELL_SEPARATORS "=,:");
	for (size_t i = 0; i < pieces.n; i++) {
		const char *slash = strchr(pieces.v[i], '/');
		_cleanup_(freep) char *path = slash && is_start(pieces.v[i], slash) ? path_normalise(slash) : NULL;

		if (path && strrchr(path, '/') > path && !is_everywhere(path))
			strv_take(ret, steal_ptr(path));
	}
}

/* Replaces paths with a pattern in their last component by those that exist and match. Patterns in directories are not
 * expanded. */
static void expand(int root_fd, struct strv *paths)
{
	_cleanup_(strv_done) struct strv found = { 0 };

	for (size_t i = 0; i < paths->n; i++) {
		_cleanup_(strv_done) struct strv names = { 0 };
		char *pattern = strrchr(paths->v[i], '/');

		if (!strpbrk(paths->v[i], "*?[")) {
			strv_add(&found, paths->v[i]);
			continue;
		}
		*pattern++ = '\0';
		if (rootfd_list(root_fd, paths->v[i], WALK_ROOT, &names) < 0)
			continue;
		for (size_t k = 0; k < names.n; k++)
			if (fnmatch(pattern, names.v[k], FNM_PERIOD) == 0)
				strv_addf(&found, "%s/%s", paths->v[i], names.v[k]);
	}
	strv_done(paths);
	*paths = found;
	found = (struct strv){ 0 };
}

/* A file that users can write to, or put another one in the place of, is their word, not the unit's. */
static void read_environment(int root_fd, const char *path, struct strv *ret)
{
	_cleanup_(strv_done) struct strv lines = { 0 };
	_cleanup_(freep) char *text = NULL;

	if (guarded_read(root_fd, path, ENVIRONMENT_MAX, &text, NULL) < 0)
		return;
	strv_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.n; i++)
		if (!strchr("#;", lines.v[i][strspn(lines.v[i], UNIT_WHITE)]))
			unit_files_add(lines.v[i], ret);
}

/* Cuts file names off; what remains is the directories in which the files are made. */
static void name_directories(struct strv *paths)
{
	for (size_t i = 0; i < paths->n; i++)
		*strrchr(paths->v[i], '/') = '\0';
}

static void add_setting(int root_fd, struct unit *unit, const char *value, unsigned int flags)
{
	_cleanup_(freep) char *expanded = unit_expand(unit, value);
	_cleanup_(strv_done) struct strv paths = { 0 };

	unit_files_add(expanded, &paths);
	if (flags & GLOB)
		expand(root_fd, &paths);
	if (flags & MADE)
		name_directories(&paths);
	for (size_t i = 0; i < paths.n; i++) {
		if (!strchr(paths.v[i] + 1, '/')) /* '/etc' or '/var' */
			continue;
		strv_add(&unit->files, paths.v[i]);
		if (flags & ENVIRONMENT)
			read_environment(root_fd, paths.v[i], &unit->files);
	}
}

void unit_files_find(int root_fd, struct unit *unit)
{
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		_cleanup_(strv_done) struct strv values = { 0 };

		if (strcmp(settings[i].section, "Service") == 0)
			unit_get_list(unit, settings[i].key, &values);
		else
			ini_get_list(&unit->ini, settings[i].section, settings[i].key, &values);
		for (size_t k = 0; k < values.n; k++)
			add_setting(root_fd, unit, values.v[k], settings[i].flags);
	}
	strv_sort_unique(&unit->files);
}
