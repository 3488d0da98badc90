/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON output. Bytes that are not UTF-8 are shown as '\xNN'. */
#pragma once

#include "base/strv.h"

struct json_object;

struct json_object *json_object_make(void);
struct json_object *json_array_make(void);
void json_freep(struct json_object **object);

void json_set_string(struct json_object *object, const char *key, const char *value);
void json_set_int(struct json_object *object, const char *key, int64_t value);
void json_set_double(struct json_object *object, const char *key, double value);
void json_set_strings(struct json_object *object, const char *key, const struct strv *values);
/* These two take ownership of the value; NULL is null. */
void json_set(struct json_object *object, const char *key, struct json_object *value);
void json_append(struct json_object *array, struct json_object *value);

/* On a single line, without characters that a terminal acts on. Caller frees. */
char *json_text(struct json_object *object);

/* Prints it on standard output, indented, with a newline at the end, and with no other control characters. */
void json_print(struct json_object *object);
