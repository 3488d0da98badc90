/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON output and input. The only file that uses json-c. */
#include "base/json.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define DEPTH_MAX 8 /* of what is parsed */

struct json_object *json_object_make(void)
{
	return json_object_new_object();
}

struct json_object *json_array_make(void)
{
	return json_object_new_array();
}

void json_freep(struct json_object **object)
{
	json_object_put(*object);
}

static struct json_object *string(const char *value)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	_cleanup_(freep) char *text = NULL;

	for (const char *p = value; *p;) {
		uint32_t c;
		size_t n = utf8_decode(p, strnlen(p, UTF8_MAX), &c);

		if (n)
			buf_add(&b, p, n);
		else
			buf_addf(&b, "\\x%02x", (unsigned char)*p);
		p += n ? n : 1;
	}
	text = buf_steal(&b);
	return json_object_new_string(text);
}

void json_set_string(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, string(value));
}

void json_set_int(struct json_object *object, const char *key, int64_t value)
{
	json_object_object_add(object, key, json_object_new_int64(value));
}

void json_set_bool(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

void json_set_double(struct json_object *object, const char *key, double value)
{
	json_object_object_add(object, key, json_object_new_double(value));
}

void json_set_strings(struct json_object *object, const char *key, const struct strv *values)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < values->n; i++)
		json_object_array_add(array, string(values->v[i]));
	json_object_object_add(object, key, array);
}

void json_set(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
}

void json_append(struct json_object *array, struct json_object *value)
{
	json_object_array_add(array, value);
}

/* The library escapes the control characters that JSON demands, and leaves those that only a terminal acts on. They
 * can occur nowhere but in strings. */
static char *format(struct json_object *object, int flags)
{
	const char *raw = json_object_to_json_string_ext(object, flags | JSON_C_TO_STRING_NOSLASHESCAPE);
	_cleanup_(buf_done) struct buf b = { 0 };

	for (size_t n; *raw; raw += n) {
		uint32_t c;

		n = utf8_decode(raw, strnlen(raw, UTF8_MAX), &c);
		if (n && c >= 0x7f && utf8_is_control(c))
			buf_addf(&b, "\\u%04x", c);
		else
			buf_add(&b, raw, n ? n : 1);
		n = n ? n : 1;
	}
	return buf_steal(&b);
}

char *json_text(struct json_object *object)
{
	return format(object, JSON_C_TO_STRING_PLAIN);
}

void json_print(struct json_object *object)
{
	_cleanup_(freep) char *text = format(object, JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_PRETTY);

	puts(text);
}

static void tokener_freep(struct json_tokener **tokener)
{
	json_tokener_free(*tokener);
}

int json_parse(const char *text, size_t len, struct json_object **ret)
{
	_cleanup_(tokener_freep) struct json_tokener *tokener = xcheck(json_tokener_new_ex(DEPTH_MAX));
	_cleanup_(json_freep) struct json_object *object = NULL;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	if (len >= INT_MAX)
		return -EINVAL;
	/* With the NUL, as only that ends a number. */
	object = json_tokener_parse_ex(tokener, text, (int)len + 1);
	if (json_tokener_get_error(tokener) != json_tokener_success || json_tokener_get_parse_end(tokener) < len)
		return -EINVAL;
	*ret = steal_ptr(object);
	return 0;
}

static struct json_object *get(const struct json_object *object, const char *key, enum json_type type)
{
	struct json_object *value;

	return json_object_is_type(object, json_type_object) && json_object_object_get_ex(object, key, &value) &&
			       json_object_is_type(value, type)
		       ? value
		       : NULL;
}

bool json_get_int(const struct json_object *object, const char *key, int64_t *ret)
{
	const struct json_object *value = get(object, key, json_type_int);

	if (value)
		*ret = json_object_get_int64(value);
	return value;
}

bool json_get_strings(const struct json_object *object, const char *key, struct strv *ret)
{
	const struct json_object *array = get(object, key, json_type_array);

	if (!array)
		return false;
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		struct json_object *item = json_object_array_get_idx(array, i);
		const char *text = json_object_is_type(item, json_type_string) ? json_object_get_string(item) : NULL;

		if (!text || strlen(text) != (size_t)json_object_get_string_len(item))
			return false;
		strv_add(ret, text);
	}
	return true;
}
