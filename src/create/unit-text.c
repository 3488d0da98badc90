/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes a unit from the table of its settings. */
#include "create/unit-text.h"

#include <string.h>

static void add_value(struct buf *b, const char *value, const char *const *words)
{
	static const char marks[] = UNIT_WORD_0 UNIT_WORD_1 UNIT_WORD_2 UNIT_WORD_3;
	size_t n;

	while (value[n = strcspn(value, marks)]) {
		buf_add(b, value, n);
		buf_addf(b, "%s", words[strchr(marks, value[n]) - marks]);
		value += n + 1;
	}
	buf_addf(b, "%s", value);
}

char *unit_text(const struct record *record, const struct unit_setting *settings, const char *const *words)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	const char *section = "";

	buf_addf(
		&b,
		"# Made by virt-sandbox-service for container '%1$s'; 'virt-sandbox-service delete %1$s' removes it.\n",
		record->name);
	for (const struct unit_setting *s = settings; s->section; s++) {
		if (strcmp(s->section, section) != 0)
			buf_addf(&b, "%s[%s]\n", *section ? "\n" : "", s->section);
		section = s->section;
		if (s->add) {
			s->add(&b, record);
			continue;
		}
		buf_addf(&b, "%s=", s->key);
		add_value(&b, s->value, words);
		buf_add(&b, "\n", 1);
	}
	return buf_steal(&b);
}
