/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units that we write for the host's systemd, as tables: a setting is a row, with the reason for it. The rows are
 * written in their order, so those of a section must be together. Pure. */
#pragma once

#include "base/buf.h"
#include "container/record.h"

/* In a value, each of these is replaced by the word of that number. Their texts need no quoting in a unit. */
#define UNIT_WORD_0 "\1"
#define UNIT_WORD_1 "\2"
#define UNIT_WORD_2 "\3"
#define UNIT_WORD_3 "\4"

struct unit_setting {
	const char *section;
	const char *key;
	const char *value;					 /* or NULL, and then: */
	void (*add)(struct buf *b, const struct record *record); /* writes the lines of the setting, if any */
	const char *reason;
};

/* The text of a unit of the container in 'record'. 'settings' ends with a row whose section is NULL. Caller frees. */
char *unit_text(const struct record *record, const struct unit_setting *settings, const char *const *words);
