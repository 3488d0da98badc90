/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The manifest of an archive as text. */
#include "archive/manifest.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/ini.h"
#include "container/record.h"
#include "container/record-value.h"

#define ITEMS_MAX 16384
#define VERSION_MAX 255 /* bytes */

void manifest_done(struct manifest *m)
{
	free(m->name);
	strv_done(&m->packages);
	strv_done(&m->units);
	*m = (struct manifest){ 0 };
}

char *manifest_format(const struct manifest *m)
{
	_cleanup_(buf_done) struct buf text = { 0 };

	buf_addf(&text, "# Written by virt-sandbox-service.\n\n[Archive]\nFormat=%d\nName=%s\n", MANIFEST_FORMAT,
		 m->name);
	buf_addf(&text, "\n[Packages]\n");
	for (size_t i = 0; i < m->packages.n; i++)
		buf_addf(&text, "Package=%s\n", m->packages.v[i]);
	buf_addf(&text, "\n[Units]\n");
	for (size_t i = 0; i < m->units.n; i++)
		buf_addf(&text, "Unit=%s\n", m->units.v[i]);
	return buf_steal(&text);
}

static bool is_version(const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return n > 0 && n <= VERSION_MAX;
}

/* Two words, of which each must be valid. */
static bool is_pair(const char *text, bool (*first)(const char *), bool (*second)(const char *))
{
	const char *space = strchr(text, ' ');
	_cleanup_(freep) char *word = space ? xstrndup(text, (size_t)(space - text)) : NULL;

	return word && *word && first(word) && space[1] && second(space + 1);
}

static bool take_format(struct manifest *m, const char *value)
{
	uint64_t format;

	(void)m;
	return parse_u64(value, MANIFEST_FORMAT, &format) == 0 && format == MANIFEST_FORMAT;
}

static bool take_name(struct manifest *m, const char *value)
{
	if (m->name || !record_name_valid(value))
		return false;
	m->name = xstrdup(value);
	return true;
}

static bool take_package(struct manifest *m, const char *value)
{
	if (m->packages.n >= ITEMS_MAX || !is_pair(value, value_is_package, is_version))
		return false;
	strv_add(&m->packages, value);
	return true;
}

static bool take_unit(struct manifest *m, const char *value)
{
	if (m->units.n >= ITEMS_MAX || !is_pair(value, value_is_unit, value_is_package))
		return false;
	strv_add(&m->units, value);
	return true;
}

static const struct {
	const char *section, *key;
	bool (*take)(struct manifest *m, const char *value);
} keys[] = {
	{ "Archive", "Format", take_format },
	{ "Archive", "Name", take_name },
	{ "Packages", "Package", take_package },
	{ "Units", "Unit", take_unit },
};

static bool take_line(struct manifest *m, const struct ini_line *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(keys[i].key, line->key) == 0 && strcmp(keys[i].section, line->section) == 0)
			return keys[i].take(m, line->value);
	return false;
}

int manifest_parse(const char *text, size_t len, struct manifest *ret, char **ret_message)
{
	_cleanup_(manifest_done) struct manifest m = { 0 };
	_cleanup_(ini_done) struct ini ini = { 0 };
	unsigned int bad;
	const char *format;
	uint64_t number;

	if (len > MANIFEST_MAX || ini_parse(text, len, &ini, &bad) < 0 || bad) {
		*ret_message = xstrdup("Its manifest is not 'KEY=VALUE' in plain text.");
		return -EINVAL;
	}
	format = ini_get(&ini, "Archive", "Format");
	if (format && parse_u64(format, UINT64_MAX, &number) == 0 && number > MANIFEST_FORMAT) {
		*ret_message = xstrdup("It was written by a newer version of virt-sandbox-service.");
		return -EINVAL;
	}
	for (size_t i = 0; i < ini.n; i++) {
		if (take_line(&m, &ini.lines[i]))
			continue;
		*ret_message = xasprintf("Line %u of its manifest is not valid.", ini.lines[i].line);
		return -EINVAL;
	}
	if (!format || !m.name) {
		*ret_message = xstrdup("Its manifest lacks the format or the name.");
		return -EINVAL;
	}
	*ret = m;
	m = (struct manifest){ 0 };
	return 0;
}

/* The rest of the line that begins with this word, or NULL. */
static const char *find(const struct strv *lines, const char *word)
{
	for (size_t i = 0; i < lines->n; i++) {
		const char *rest = skip_prefix(lines->v[i], word);

		if (rest && *rest == ' ')
			return rest + 1;
	}
	return NULL;
}

const char *manifest_version(const struct manifest *m, const char *package)
{
	return find(&m->packages, package);
}

const char *manifest_package(const struct manifest *m, const char *unit)
{
	return find(&m->units, unit);
}
