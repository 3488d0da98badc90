/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON: output, in which bytes that are not UTF-8 are shown as '\xNN', and input, of which nothing is trusted. */
#pragma once

#include "base/strv.h"

struct json_object;

struct json_object *json_object_make(void);
struct json_object *json_array_make(void);
void json_freep(struct json_object **object);

void json_set_string(struct json_object *object, const char *key, const char *value);
void json_set_int(struct json_object *object, const char *key, int64_t value);
void json_set_bool(struct json_object *object, const char *key, bool value);
void json_set_double(struct json_object *object, const char *key, double value);
void json_set_strings(struct json_object *object, const char *key, const struct strv *values);
/* These two take ownership of the value; NULL is null. */
void json_set(struct json_object *object, const char *key, struct json_object *value);
void json_append(struct json_object *array, struct json_object *value);

/* On a single line, without characters that a terminal acts on. Caller frees. */
char *json_text(struct json_object *object);

/* Prints it on standard output, indented, with a newline at the end, and with no other control characters. */
void json_print(struct json_object *object);

/* Parses text that is one JSON value, nested no deeper than a few levels. 0, with *ret for json_freep(), or -EINVAL. */
int json_parse(const char *text, size_t len, struct json_object **ret);

/* Whether the object has a value of this type under the key, which is then stored. Strings are appended; one that
 * contains a NUL is no string. */
bool json_get_int(const struct json_object *object, const char *key, int64_t *ret);
bool json_get_strings(const struct json_object *object, const char *key, struct strv *ret);
