/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text in the form of unit files: what was read from it, written and read again, is the same. */
#include "fuzz.h"

#include "base/buf.h"
#include "base/ini.h"

static char *format(const struct ini *ini)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < ini->n; i++)
		buf_addf(&b, "[%s]\n%s=%s\n", ini->lines[i].section, ini->lines[i].key, ini->lines[i].value);
	return buf_steal(&b);
}

/* A value that ends in a backslash would be continued; it came from 'key=value\ ', with a space at the end. */
static bool can_be_written(const struct ini *ini)
{
	for (size_t i = 0; i < ini->n; i++)
		if (has_suffix(ini->lines[i].value, "\\"))
			return false;
	return true;
}

static void check_line(const struct ini_line *line)
{
	CHECK(*line->key && line->line > 0);
	CHECK(fuzz_is_plain(line->key, "\t") && fuzz_is_plain(line->value, "\t") && fuzz_is_plain(line->section, "\t"));
	CHECK(!strchr(" \t", *line->key) && (!*line->value || !strchr(" \t", *line->value)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(ini_done) struct ini ini = { 0 }, again = { 0 };
	_cleanup_(freep) char *text = NULL, *text_again = NULL;
	unsigned int bad;

	if (ini_parse((const char *)data, size, &ini, &bad) < 0) {
		CHECK(bad > 0);
		return 0;
	}
	for (size_t i = 0; i < ini.n; i++)
		check_line(&ini.lines[i]);
	if (!can_be_written(&ini))
		return 0;
	text = format(&ini);
	CHECK(ini_parse(text, strlen(text), &again, &bad) == 0 && bad == 0);
	text_again = format(&again);
	CHECK_SAME(text, text_again);
	return 0;
}
