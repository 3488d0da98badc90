/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A unit: its name, its instance, its text, and the first script that it runs, as parts of the input. */
#include "fuzz.h"

#include <stdio.h>

#include "base/text.h"
#include "create/unit-override.h"
#include "unit/unit-load.h"
#include "unit/unit-name.h"

static void check_paths(const struct strv *paths)
{
	for (size_t i = 0; i < paths->n; i++)
		CHECK(paths->v[i][0] == '/' && !has_control(paths->v[i]) && !strstr(paths->v[i], "/../"));
}

static void check_names(const struct strv *names)
{
	for (size_t i = 0; i < names->n; i++)
		CHECK(unit_name_kind(names->v[i]) != UNIT_NAME_INVALID);
}

static void check_users(const struct strv *users)
{
	for (size_t i = 0; i < users->n; i++)
		CHECK(*users->v[i] && !has_control(users->v[i]) && !strpbrk(users->v[i], ":/ "));
}

/* Expanded texts end up in files and messages. */
static void check_expansion(const struct unit *unit)
{
	for (size_t i = 0; i < unit->ini.n && i < 64; i++) {
		_cleanup_(freep) char *expanded = unit_expand(unit, unit->ini.lines[i].value);

		CHECK(has_control(expanded) == has_control(unit->ini.lines[i].value));
	}
}

static void check_dropin(const struct unit *unit)
{
	_cleanup_(freep) char *text = unit_override_text(unit);
	_cleanup_(ini_done) struct ini ini = { 0 };
	unsigned int bad;

	CHECK(!text || (ini_parse(text, strlen(text), &ini, &bad) == 0 && bad == 0));
}

static void check(const struct unit *unit)
{
	check_paths(&unit->programs);
	check_paths(&unit->interpreters);
	check_paths(&unit->files);
	check_names(&unit->names);
	check_names(&unit->also);
	check_names(&unit->wanted_by);
	check_names(&unit->required_by);
	check_names(&unit->aliases);
	check_users(&unit->users);
	check_users(&unit->groups);
	check_expansion(unit);
	check_dropin(unit);
}

/* The file that the name leads to, or NULL. Caller frees. */
static char *file_of(const char *name, const char *instance)
{
	_cleanup_(freep) char *full = unit_complete_name(name, instance);
	_cleanup_(freep) char *template = full ? unit_name_template(full) : NULL;

	return full ? xasprintf("/etc/systemd/system/%s", template ? template : full) : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	size_t text_size, script_size;
	_cleanup_(freep) char *name = fuzz_line(&input), *instance = fuzz_line(&input);
	_cleanup_(freep) char *text = fuzz_part(&input, &text_size), *script = fuzz_part(&input, &script_size);
	_cleanup_(freep) char *path = file_of(name, instance), *message = NULL;
	struct unit unit = { 0 };

	if (path)
		fuzz_write(path, text, text_size);
	fuzz_write("/usr/bin/script", script, script_size);
	if (unit_load(fuzz_root(), name, instance, &unit, &message) == UNIT_OK)
		check(&unit);
	else
		CHECK(message && *message && !has_control(message));
	unit_done(&unit);
	if (path)
		fuzz_unlink(path);
	return 0;
}
