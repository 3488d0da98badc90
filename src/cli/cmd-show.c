/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* show: prints the record of a container, for people and for scripts. Everything comes from the record's text form, so
 * that whatever a record can hold is printed, under the names in its file. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmds.h"
#include "base/ini.h"
#include "base/json.h"
#include "base/log.h"
#include "container/record-file.h"
#include "container/record-text.h"

struct show {
	struct strv keys;
	bool json;
	struct ini ini;
};

#define INTO(member) offsetof(struct show, member)
static const struct verb_option options[] = {
	{ "property", 'p', "KEY", "print only the values of this key; may be repeated", verb_take_item, INTO(keys) },
	{ "json", 0, NULL, "print JSON", verb_take_flag, INTO(json) },
	{ 0 },
};
#undef INTO

static void print_text(const struct show *s)
{
	const char *section = "";

	for (size_t i = 0; i < s->ini.n; i++) {
		const struct ini_line *line = &s->ini.lines[i];

		if (strcmp(section, line->section) != 0)
			printf("%s[%s]\n", i ? "\n" : "", section = line->section);
		printf("%s=%s\n", line->key, line->value);
	}
}

static int print_keys(const struct show *s, const char *name)
{
	int status = 0;

	for (size_t k = 0; k < s->keys.n; k++) {
		bool found = false;

		for (size_t i = 0; i < s->ini.n; i++) {
			if (strcmp(s->ini.lines[i].key, s->keys.v[k]) != 0)
				continue;
			puts(s->ini.lines[i].value);
			found = true;
		}
		if (!found) {
			log_error("The record of container '%s' has no '%s'.", name, s->keys.v[k]);
			status = 1;
		}
	}
	return status;
}

/* The values that the key in line i has in its section; none if an earlier line had the key. */
static void values_at(const struct ini *ini, size_t i, struct strv *ret)
{
	const struct ini_line *line = &ini->lines[i];

	for (size_t k = 0; k < ini->n; k++) {
		if (strcmp(ini->lines[k].section, line->section) != 0 || strcmp(ini->lines[k].key, line->key) != 0)
			continue;
		if (k < i)
			return;
		strv_add(ret, ini->lines[k].value);
	}
}

static void print_json(const struct show *s)
{
	_cleanup_(json_freep) struct json_object *all = json_object_make();
	struct json_object *section = NULL;

	for (size_t i = 0; i < s->ini.n; i++) {
		_cleanup_(strv_done) struct strv values = { 0 };
		const struct ini_line *line = &s->ini.lines[i];

		if (i == 0 || strcmp(s->ini.lines[i - 1].section, line->section) != 0)
			json_set(all, line->section, section = json_object_make());
		values_at(&s->ini, i, &values);
		if (values.n == 1)
			json_set_string(section, line->key, values.v[0]);
		else if (values.n > 1)
			json_set_strings(section, line->key, &values);
	}
	json_print(all);
}

static int show(const struct context *context, struct show *s, const char *name)
{
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(freep) char *text = NULL;

	if (record_load(context->root_fd, name, &record) < 0)
		return 1;
	text = record_format(&record);
	if (ini_parse(text, strlen(text), &s->ini, NULL) < 0)
		return 1;
	if (s->keys.n > 0)
		return print_keys(s, name);
	if (s->json)
		print_json(s);
	else
		print_text(s);
	return 0;
}

static int run(const struct context *context, int argc, char **argv)
{
	struct show s = { 0 };
	int r = verb_parse(&cmd_show, argc, argv, &s);

	if (r == 0 && argc - optind != 1)
		r = verb_usage(&cmd_show, "give the name of one container");
	if (r == 0 && s.json && s.keys.n > 0)
		r = verb_usage(&cmd_show, "give either --property or --json, not both");
	if (r == 0)
		r = show(context, &s, argv[optind]);
	strv_done(&s.keys);
	ini_done(&s.ini);
	return r;
}

const struct verb cmd_show = {
	.name = "show",
	.synopsis = "[OPTION...] NAME",
	.help = "Show the record of a container",
	.options = options,
	.run = run,
	.any_root = true,
};
