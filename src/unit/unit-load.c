/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loads a unit. unit-search.c finds its file, and unit-dropins.c its drop-ins. Here the files are read, and every
 * failure gets a sentence that tells the administrator what to do. */
#include "unit/unit-load.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/log.h"
#include "base/rootfd.h"
#include "base/text.h"
#include "unit/unit-dropins.h"
#include "unit/unit-exec.h"
#include "unit/unit-install.h"
#include "unit/unit-name.h"
#include "unit/unit-search.h"
#include "unit/unit-words.h"

#define MAX_SIZE (1024 * 1024)
#define MAX_TOTAL (4 * MAX_SIZE)
#define MAX_DROPINS 512

struct loader {
	int root_fd;
	const struct unit_search *map;
	struct unit unit;
	size_t total; /* bytes read */
	char *message;
};

static void loader_done(struct loader *l)
{
	unit_done(&l->unit);
	free(l->message);
}

/* Stores the sentence. The value is the problem, or UNIT_OK if there is no sentence. */
#define fail(l, problem, ...) ((l)->message = xasprintf(__VA_ARGS__), (problem))

char *unit_complete_name(const char *name, const char *instance)
{
	_cleanup_(freep) char *full = unit_name_kind(name) ? xstrdup(name) : xasprintf("%s.service", name);
	enum unit_name_kind kind = unit_name_kind(full);

	if (kind == UNIT_NAME_TEMPLATE)
		return unit_name_instantiate(full, instance ? instance : "");
	return kind == UNIT_NAME_INVALID ? NULL : steal_ptr(full);
}

static bool is_printable(const char *s)
{
	while (*s >= ' ' && *s <= '~')
		s++;
	return !*s;
}

static const char *wrong_type(const char *name)
{
	static const struct {
		const char *suffix, *reason;
	} types[] = {
		{ ".mount", "the host mounts its file systems; --mount brings a directory of the host" },
		{ ".automount", "the host mounts its file systems; --mount brings a directory of the host" },
		{ ".swap", "swap is the host's" },
		{ ".device", "devices are the host's" },
		{ ".slice", "it starts nothing; give the services in it" },
		{ ".scope", "it starts nothing; give a service" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (has_suffix(name, types[i].suffix))
			return types[i].reason;
	return "it is of an unknown type"; /* not reached: unit-name.c knows no other types */
}

static enum unit_problem check_name(struct loader *l, const char *name, const char *instance, char **ret)
{
	_cleanup_(freep) char *full = unit_complete_name(name, instance);

	if (!is_printable(name))
		return fail(l, UNIT_BAD_NAME, "The unit's name contains characters that are not allowed.");
	if (!full && unit_name_kind(name) == UNIT_NAME_TEMPLATE && !(instance && *instance))
		return fail(l, UNIT_BAD_NAME, "'%.80s' is a template; give the name of an instance.", name);
	if (!full)
		return fail(l, UNIT_BAD_NAME, "'%.80s' is not a valid unit name; give one like 'foo.service'.", name);
	if (!unit_type_runs(full, &l->unit.section))
		return fail(l, UNIT_WRONG_TYPE, "Unit '%s' cannot run in a container: %s.", full, wrong_type(full));
	*ret = steal_ptr(full);
	return UNIT_OK;
}

/* Sets the sentence for a file that cannot be read. */
static enum unit_problem unreadable(struct loader *l, const char *path, int error)
{
	if (error == -EINVAL)
		return fail(l, UNIT_UNREADABLE, "Unit file '%s' is not a regular file.", path);
	if (error == -EFBIG)
		return fail(l, UNIT_UNREADABLE, "Unit file '%s' is larger than 1 MiB.", path);
	return fail(l, UNIT_UNREADABLE, "Cannot read '%s': %s", path, strerror(-error));
}

static enum unit_problem missing(struct loader *l, const char *name, const char *stop, int error)
{
	const char *type = strrchr(name, '.');
	_cleanup_(freep) char *stem = xstrndup(name, (size_t)(type - name));
	_cleanup_(freep) char *instance = xasprintf("%s@x%s", stem, type), *id = NULL, *path = NULL;

	if (error == -ELOOP)
		return fail(l, UNIT_BROKEN, "Unit '%s' is an alias that leads through too many others, or in a circle.",
			    name);
	if (error == -ENXIO)
		return fail(l, UNIT_MISSING, "Unit '%s' is an alias of '%s', which does not exist on this host.", name,
			    stop);
	if (unit_name_kind(instance) == UNIT_NAME_INSTANCE && unit_search_find(l->map, instance, &id, &path) == 0)
		return fail(l, UNIT_MISSING, "Unit '%s' does not exist on this host, but the template '%s@%s' does.",
			    name, stem, type);
	return fail(l, UNIT_MISSING,
		    "Unit '%s' does not exist on this host; 'systemctl list-unit-files' shows those that do.", name);
}

static enum unit_problem find(struct loader *l, const char *name)
{
	_cleanup_(strv_done) struct strv aliases = { 0 };
	_cleanup_(freep) char *id = NULL, *fragment = NULL;
	int r = unit_search_find(l->map, name, &id, &fragment);

	if (r < 0)
		return missing(l, name, id, r);
	l->unit.id = steal_ptr(id);
	l->unit.fragment = steal_ptr(fragment);
	strv_add(&l->unit.names, l->unit.id);
	strv_add_once(&l->unit.names, name);
	unit_search_aliases(l->map, l->unit.id, l->unit.fragment, &aliases);
	strv_add_all_once(&l->unit.names, &aliases);
	return UNIT_OK;
}

static enum unit_problem parse(struct loader *l, const char *path, const char *text, size_t size)
{
	unsigned int line;
	int r = ini_parse(text, size, &l->unit.ini, &line);

	l->total += size;
	if (r == -EILSEQ)
		return fail(l, UNIT_BROKEN, "Unit file '%s', line %u: this is not UTF-8.", path, line);
	if (r < 0)
		return fail(l, UNIT_BROKEN,
			    "Unit file '%s', line %u: this is a section header without its ']', or not text.", path,
			    line);
	if (l->total > MAX_TOTAL)
		return fail(l, UNIT_BROKEN, "The files of unit '%s' are together larger than %d MiB.", l->unit.id,
			    MAX_TOTAL / MAX_SIZE);
	return UNIT_OK;
}

/* systemctl unmask removes files below /etc and, with --runtime, below /run. A file elsewhere, such as a package's, is
 * overruled by one of the same name below /etc: systemd.unit(5), UNIT FILE LOAD PATH. */
static enum unit_problem masked(struct loader *l)
{
	const char *path = l->unit.fragment, *id = l->unit.id, *name = strrchr(path, '/') + 1;

	if (skip_prefix(path, "/etc/"))
		return fail(l, UNIT_MASKED, "Unit '%s' is masked by '%s'; 'systemctl unmask %s' makes it usable.", id,
			    path, id);
	if (skip_prefix(path, "/run/"))
		return fail(l, UNIT_MASKED,
			    "Unit '%s' is masked by '%s'; 'systemctl unmask --runtime %s' makes it usable.", id, path,
			    id);
	return fail(l, UNIT_MASKED,
		    "Unit '%s' is masked, because '%s' is empty, which 'systemctl unmask' does not change; reinstall "
		    "the file, or write the unit to '/etc/systemd/system/%s'.",
		    id, path, name);
}

static enum unit_problem read_fragment(struct loader *l)
{
	const char *path = l->unit.fragment;
	_cleanup_(closep) int fd = -1;
	_cleanup_(freep) char *text = NULL;
	size_t size;
	int r;

	if (unit_path_is_mask(l->root_fd, path))
		return masked(l);
	r = rootfd_read(l->root_fd, path, WALK_ROOT, MAX_SIZE, &text, &size);
	if (r == -ENOENT)
		return fail(l, UNIT_MISSING, "Unit file '%s' is a link to a file that does not exist.", path);
	if (r < 0)
		return unreadable(l, path, r);
	fd = rootfd_openat(l->root_fd, path, O_PATH, 0, WALK_ROOT);
	l->unit.file = fd < 0 ? NULL : rootfd_path_of(l->root_fd, fd);
	return parse(l, path, text, size);
}

static enum unit_problem read_dropin(struct loader *l, const char *path)
{
	_cleanup_(freep) char *text = NULL, *shown = NULL;
	size_t size;
	int r;

	if (has_control(path)) {
		shown = escape_control(path);
		return fail(l, UNIT_BROKEN, "Drop-in '%s' has control characters in its name; rename or remove it.",
			    shown);
	}
	if (unit_path_is_mask(l->root_fd, path))
		return UNIT_OK;
	r = rootfd_read(l->root_fd, path, WALK_ROOT, MAX_SIZE, &text, &size);
	if (r == -ENOENT || r == -EINVAL) /* a dangling link, a directory or a fifo, which systemd ignores, too */
		return UNIT_OK;
	if (r < 0)
		return unreadable(l, path, r);
	strv_add(&l->unit.dropins, path);
	return parse(l, path, text, size);
}

static enum unit_problem read_dropins(struct loader *l)
{
	_cleanup_(strv_done) struct strv paths = { 0 };
	_cleanup_(freep) char *path = NULL;
	enum unit_problem problem = UNIT_OK;
	int r = unit_dropins(l->map, l->root_fd, &l->unit.names, &paths, &path);

	if (r < 0)
		return unreadable(l, path, r);
	if (paths.n > MAX_DROPINS)
		return fail(l, UNIT_BROKEN, "Unit '%s' has more than %d drop-in files.", l->unit.id, MAX_DROPINS);
	for (size_t i = 0; i < paths.n && problem == UNIT_OK; i++)
		problem = read_dropin(l, paths.v[i]);
	return problem;
}

static bool is_user(const char *s)
{
	return *s && strlen(s) < 256 && !has_control(s) && !strpbrk(s, ":/,% ");
}

/* Appends a name or number from the user database. Only the key's last assignment counts. */
static void add_last(const struct unit *unit, const char *key, struct strv *ret)
{
	const char *value = unit_get(unit, key);
	_cleanup_(freep) char *word = unit_expand(unit, value ? value : "");

	if (is_user(word))
		strv_take(ret, steal_ptr(word));
}

bool unit_has_dynamic_user(const struct unit *unit)
{
	return unit_is_true(unit_get(unit, "DynamicUser"));
}

/* Whether the value of the key leaves the capability in, among others that it names; '~' takes out instead
 * (systemd.exec(5)). A set that only takes out names none. */
static bool names_capability(const struct strv *lines, const char *name)
{
	bool named = false;

	for (size_t i = 0; i < lines->n; i++) {
		_cleanup_(strv_done) struct strv words = { 0 };
		bool out = *lines->v[i] == '~';

		strv_split(&words, lines->v[i] + out, UNIT_WHITE);
		if (strv_has(&words, name))
			named = !out;
	}
	return named;
}

static void add_capabilities(struct unit *unit)
{
	static const char *const keys[] = { "AmbientCapabilities", "CapabilityBoundingSet" };
	_cleanup_(strv_done) struct strv conditions = { 0 };

	ini_get_list(&unit->ini, "Unit", "ConditionCapability", &conditions);
	for (size_t i = 0; i < conditions.n; i++)
		if (skip_prefix(conditions.v[i], "CAP_"))
			strv_add_once(&unit->capabilities, conditions.v[i]);

	for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
		_cleanup_(strv_done) struct strv lines = { 0 }, words = { 0 };

		unit_get_list(unit, keys[k], &lines);
		for (size_t i = 0; i < lines.n; i++)
			strv_split(&words, lines.v[i], UNIT_WHITE);
		for (size_t i = 0; i < words.n; i++)
			if (names_capability(&lines, words.v[i]))
				strv_add_once(&unit->capabilities, words.v[i]);
	}
}

/* A program with a capability in its file does not run at all where the container lacks it (execve(2), EPERM). */
static void add_file_capabilities(int root_fd, struct unit *unit)
{
	for (size_t i = 0; i < unit->programs.n; i++) {
		_cleanup_(closep) int fd = rootfd_openat(root_fd, unit->programs.v[i], O_RDONLY, 0, WALK_ROOT);
		struct vfs_ns_cap_data data = { 0 };

		if (fd < 0 || fgetxattr(fd, "security.capability", &data, sizeof(data)) < (ssize_t)XATTR_CAPS_SZ_1)
			continue;
		unit->file_caps |= le32toh(data.data[0].permitted) | (uint64_t)le32toh(data.data[1].permitted) << 32;
	}
}

/* What programs of the unit run as, and with. */
static void collect_rights(int root_fd, struct unit *unit)
{
	/* A dynamic user does not exist on the host. */
	if (!unit_has_dynamic_user(unit)) {
		add_last(unit, "User", &unit->users);
		add_last(unit, "Group", &unit->groups);
	}
	add_last(unit, "SocketUser", &unit->users);
	add_last(unit, "SocketGroup", &unit->groups);
	unit_add_words(unit, unit->section, "SupplementaryGroups", is_user, &unit->groups);
	add_capabilities(unit);
	add_file_capabilities(root_fd, unit);
}

static void collect(int root_fd, struct unit *unit)
{
	const char *source = ini_get(&unit->ini, "Unit", "SourcePath");

	if (source && *source == '/')
		unit->source = xstrdup(source);
	if (unit->section)
		collect_rights(root_fd, unit);
	unit_read_install(unit);
}

static enum unit_problem load(struct loader *l, const char *name, const char *instance)
{
	_cleanup_(freep) char *full = NULL;
	enum unit_problem problem = check_name(l, name, instance, &full);

	if (problem == UNIT_OK)
		problem = find(l, full);
	if (problem == UNIT_OK)
		problem = read_fragment(l);
	if (problem == UNIT_OK)
		problem = read_dropins(l);
	if (problem != UNIT_OK)
		return problem;
	if (l->unit.section && !strv_has(&l->unit.ini.sections, l->unit.section))
		return fail(l, UNIT_BROKEN, "Unit file '%s' has no [%s] section.", l->unit.fragment, l->unit.section);
	if (!unit_find_programs(l->root_fd, &l->unit) && has_suffix(l->unit.id, ".service"))
		return fail(l, UNIT_BROKEN, "Unit '%s' runs nothing: it has no usable ExecStart= or similar setting.",
			    l->unit.id);
	collect(l->root_fd, &l->unit);
	return UNIT_OK;
}

enum unit_problem unit_load_from(const struct unit_search *map, int root_fd, const char *name, const char *instance,
				 struct unit *ret, char **ret_message)
{
	_cleanup_(loader_done) struct loader l = { .root_fd = root_fd, .map = map };
	enum unit_problem problem = load(&l, name, instance);

	if (problem == UNIT_OK) {
		*ret = l.unit;
		l.unit = (struct unit){ 0 };
	} else {
		*ret_message = steal_ptr(l.message);
	}
	return problem;
}

enum unit_problem unit_load(int root_fd, const char *name, const char *instance, struct unit *ret, char **ret_message)
{
	_cleanup_(unit_search_freep) struct unit_search *map = NULL;
	const char *path;
	int r = unit_search_read(root_fd, &map, &path);

	if (r == 0)
		return unit_load_from(map, root_fd, name, instance, ret, ret_message);
	*ret_message = xasprintf("Cannot read '%s': %s", path, strerror(-r));
	return UNIT_UNREADABLE;
}
