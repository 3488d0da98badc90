/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The specifiers of unit files (systemd.unit(5)). Those that depend on a running system stay as they are. */
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "unit/unit.h"
#include "unit/unit-name.h"

static char *copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

/* NULL if the result would have control characters, because it ends up in messages and files. */
static char *unescape(const char *s)
{
	_cleanup_(freep) char *text = s ? unit_name_unescape(s) : NULL;

	return text && !has_control(text) ? steal_ptr(text) : NULL;
}

static const char *last_part(const struct unit_name *name)
{
	const char *dash = strrchr(name->prefix, '-');

	return dash ? dash + 1 : name->prefix;
}

static char *full_name(const char *id, const struct unit_name *name)
{
	(void)name;
	return xstrdup(id);
}

static char *without_type(const char *id, const struct unit_name *name)
{
	return xstrndup(id, strlen(id) - strlen(name->type));
}

static char *prefix(const char *id, const struct unit_name *name)
{
	(void)id;
	return copy(name->prefix);
}

static char *prefix_unescaped(const char *id, const struct unit_name *name)
{
	(void)id;
	return unescape(name->prefix);
}

static char *instance(const char *id, const struct unit_name *name)
{
	(void)id;
	return xstrdup(name->instance ? name->instance : "");
}

static char *instance_unescaped(const char *id, const struct unit_name *name)
{
	(void)id;
	return unescape(name->instance ? name->instance : "");
}

static char *last_of_prefix(const char *id, const struct unit_name *name)
{
	(void)id;
	return copy(last_part(name));
}

static char *last_of_prefix_unescaped(const char *id, const struct unit_name *name)
{
	(void)id;
	return unescape(last_part(name));
}

static char *as_path(const char *id, const struct unit_name *name)
{
	const char *escaped = name->instance ? name->instance : name->prefix;
	_cleanup_(freep) char *text = unescape(escaped);

	(void)id;
	return text ? xasprintf("/%s", text + strspn(text, "/")) : NULL;
}

static const struct specifier {
	char letter;
	const char *text; /* or a function that makes it from the unit's name, NULL if there is none */
	char *(*make)(const char *id, const struct unit_name *name);
} specifiers[] = {
	{ '%', "%", NULL },
	{ 'n', NULL, full_name },
	{ 'N', NULL, without_type },
	{ 'p', NULL, prefix },
	{ 'P', NULL, prefix_unescaped },
	{ 'i', NULL, instance },
	{ 'I', NULL, instance_unescaped },
	{ 'j', NULL, last_of_prefix },
	{ 'J', NULL, last_of_prefix_unescaped },
	{ 'f', NULL, as_path },
	{ 't', "/run", NULL },
	{ 'S', "/var/lib", NULL },
	{ 'C', "/var/cache", NULL },
	{ 'L', "/var/log", NULL },
	{ 'E', "/etc", NULL },
	{ 'T', "/tmp", NULL },
	{ 'V', "/var/tmp", NULL },
};

static char *expand(const char *id, const struct unit_name *name, char letter)
{
	for (size_t i = 0; i < ARRAY_SIZE(specifiers); i++)
		if (specifiers[i].letter == letter)
			return specifiers[i].make ? specifiers[i].make(id, name) : copy(specifiers[i].text);
	return NULL;
}

char *unit_expand(const struct unit *unit, const char *text)
{
	_cleanup_(unit_name_done) struct unit_name name = { 0 };
	_cleanup_(buf_done) struct buf b = { 0 };

	if (unit_name_parse(unit->id, &name) == UNIT_NAME_INVALID)
		return xstrdup(text);
	for (;;) {
		size_t n = strcspn(text, "%");
		_cleanup_(freep) char *value = NULL;

		buf_add(&b, text, n);
		text += n;
		if (!*text)
			return buf_steal(&b);
		value = expand(unit->id, &name, text[1]);
		if (value)
			buf_addf(&b, "%s", value);
		else
			buf_add(&b, text, text[1] ? 2 : 1);
		text += text[1] ? 2 : 1;
	}
}
