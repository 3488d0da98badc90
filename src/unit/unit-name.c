/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of units: which are valid, their parts, and the escaping of instances. */
#include "unit/unit-name.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"

#define MAX_LENGTH 255
#define ALPHANUMERIC "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static const char *const types[] = { ".service", ".socket", ".target", ".device", ".mount", ".automount",
				     ".swap",	 ".timer",  ".path",   ".slice",  ".scope" };

static const char *known_type(const char *suffix)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(types[i], suffix) == 0)
			return types[i];
	return NULL;
}

/* The first '@' counts; a later one belongs to the instance. */
static enum unit_name_kind split(const char *name, const char **ret_at, const char **ret_dot)
{
	const char *dot = strrchr(name, '.'), *at = strchr(name, '@');

	if (!dot || dot == name || at == name || strlen(name) > MAX_LENGTH || !known_type(dot))
		return UNIT_NAME_INVALID;
	if (strspn(name, ALPHANUMERIC ":-_.\\@") != strlen(name))
		return UNIT_NAME_INVALID;
	*ret_at = at;
	*ret_dot = dot;
	if (!at)
		return UNIT_NAME_PLAIN;
	return at + 1 == dot ? UNIT_NAME_TEMPLATE : UNIT_NAME_INSTANCE;
}

enum unit_name_kind unit_name_kind(const char *name)
{
	const char *at, *dot;

	return split(name, &at, &dot);
}

enum unit_name_kind unit_name_parse(const char *name, struct unit_name *ret)
{
	const char *at, *dot;
	enum unit_name_kind kind = split(name, &at, &dot);

	if (kind == UNIT_NAME_INVALID)
		return kind;
	*ret = (struct unit_name){
		.prefix = xstrndup(name, (size_t)((at ? at : dot) - name)),
		.instance = at ? xstrndup(at + 1, (size_t)(dot - at - 1)) : NULL,
		.type = known_type(dot),
	};
	return kind;
}

bool unit_type_runs(const char *name, const char **ret_section)
{
	static const struct {
		const char *suffix, *section;
	} running_types[] = {
		{ ".service", "Service" }, { ".socket", "Socket" }, { ".timer", "Timer" },
		{ ".path", "Path" },	   { ".target", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(running_types); i++) {
		if (has_suffix(name, running_types[i].suffix)) {
			*ret_section = running_types[i].section;
			return true;
		}
	}
	return false;
}

void unit_name_done(struct unit_name *name)
{
	free(name->prefix);
	free(name->instance);
	*name = (struct unit_name){ 0 };
}

static char *with_instance(const char *name, enum unit_name_kind from, const char *instance, enum unit_name_kind to)
{
	_cleanup_(unit_name_done) struct unit_name parts = { 0 };
	_cleanup_(freep) char *s = NULL;

	if (unit_name_parse(name, &parts) != from)
		return NULL;
	s = xasprintf("%s@%s%s", parts.prefix, instance, parts.type);
	return unit_name_kind(s) == to ? steal_ptr(s) : NULL;
}

char *unit_name_template(const char *name)
{
	return with_instance(name, UNIT_NAME_INSTANCE, "", UNIT_NAME_TEMPLATE);
}

char *unit_name_instantiate(const char *name, const char *instance)
{
	return with_instance(name, UNIT_NAME_TEMPLATE, instance, UNIT_NAME_INSTANCE);
}

static unsigned char escaped_byte(const char *s)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	unsigned int value = 0;

	if (s[0] != '\\' || s[1] != 'x')
		return 0;
	for (int i = 2; i < 4; i++) {
		const char *d = s[i] ? strchr(digits, s[i]) : NULL;

		if (!d)
			return 0;
		value = value << 4 | (unsigned int)((d - digits) % 16);
	}
	return (unsigned char)value;
}

char *unit_name_unescape(const char *text)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	for (const char *s = text; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '-') {
			c = '/';
		} else if (c == '\\') {
			c = escaped_byte(s);
			if (!c)
				return NULL;
			s += 3;
		}
		buf_add(&b, &c, 1);
	}
	return buf_steal(&b);
}
