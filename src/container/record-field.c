/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See record-kind.h. */
#include "container/record-field.h"

#include <string.h>

#include "container/limit.h"

#define MAX_ITEMS 16384

static const char *const states[] = { [RECORD_CREATING] = "creating", [RECORD_READY] = "ready" };

static bool parse_text(const struct field *field, const char *value, void *at)
{
	char **text = at;

	if (!field->valid(value))
		return false;
	free(*text);
	*text = xstrdup(value);
	return true;
}

static void print_text(const struct field *field, const void *at, struct buf *text)
{
	const char *value = *(char *const *)at;

	if (value && *value)
		buf_addf(text, "%s=%s\n", field->key, value);
}

static bool parse_words(const struct field *field, const char *value, void *at)
{
	struct strv *words = at;

	strv_split(words, value, " ");
	for (size_t i = 0; i < words->n; i++)
		if (!field->valid(words->v[i]))
			return false;
	return words->n > 0 && words->n <= RECORD_UNITS_MAX;
}

static void print_words(const struct field *field, const void *at, struct buf *text)
{
	const struct strv *words = at;
	_cleanup_(freep) char *joined = strv_join(words, " ");

	if (words->n > 0)
		buf_addf(text, "%s=%s\n", field->key, joined);
}

static bool parse_item(const struct field *field, const char *value, void *at)
{
	struct strv *items = at;

	if (!field->valid(value) || items->n >= MAX_ITEMS)
		return false;
	strv_add(items, value);
	return true;
}

static void print_items(const struct field *field, const void *at, struct buf *text)
{
	const struct strv *items = at;

	for (size_t i = 0; i < items->n; i++)
		buf_addf(text, "%s=%s\n", field->key, items->v[i]);
}

static bool parse_number(const struct field *field, const char *value, void *at)
{
	uint64_t number;

	if (!field->valid(value) || parse_u64(value, UINT32_MAX, &number) < 0)
		return false;
	*(uint32_t *)at = (uint32_t)number;
	return true;
}

static void print_number(const struct field *field, const void *at, struct buf *text)
{
	uint32_t number = *(const uint32_t *)at;

	if (number > 0)
		buf_addf(text, "%s=%u\n", field->key, number);
}

static bool parse_flag(const struct field *field, const char *value, void *at)
{
	(void)field;
	*(bool *)at = strcmp(value, "yes") == 0;
	return *(bool *)at || strcmp(value, "no") == 0;
}

static void print_flag(const struct field *field, const void *at, struct buf *text)
{
	if (*(const bool *)at)
		buf_addf(text, "%s=yes\n", field->key);
}

static bool parse_limit(const struct field *field, const char *value, void *at)
{
	return limit_parse(limit_of_key(field->key), value, at) == 0;
}

static void print_limit(const struct field *field, const void *at, struct buf *text)
{
	uint64_t value = *(const uint64_t *)at;
	_cleanup_(freep) char *word = limit_format(limit_of_key(field->key), value);

	if (value > 0)
		buf_addf(text, "%s=%s\n", field->key, word);
}

static bool parse_state(const struct field *field, const char *value, void *at)
{
	(void)field;
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		if (strcmp(value, states[i]) == 0) {
			*(enum record_state *)at = (enum record_state)i;
			return true;
		}
	}
	return false;
}

static void print_state(const struct field *field, const void *at, struct buf *text)
{
	buf_addf(text, "%s=%s\n", field->key, states[*(const enum record_state *)at]);
}

static bool parse_format(const struct field *field, const char *value, void *at)
{
	(void)at;
	return field->valid(value);
}

static void print_format(const struct field *field, const void *at, struct buf *text)
{
	(void)at;
	buf_addf(text, "%s=%d\n", field->key, RECORD_FORMAT);
}

const struct kind kind_text = { false, parse_text, print_text };
const struct kind kind_words = { false, parse_words, print_words };
const struct kind kind_items = { true, parse_item, print_items };
const struct kind kind_number = { false, parse_number, print_number };
const struct kind kind_flag = { false, parse_flag, print_flag };
const struct kind kind_limit = { false, parse_limit, print_limit };
const struct kind kind_state = { false, parse_state, print_state };
const struct kind kind_format = { false, parse_format, print_format };
