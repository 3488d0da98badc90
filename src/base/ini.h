/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text in the form of unit files (systemd.syntax(7)): sections, KEY=VALUE lines in order, comments, continued lines. */
#pragma once

#include "base/strv.h"

struct ini_line {
	const char *section; /* "" before the first section; one of ini.sections */
	char *key;
	char *value;	   /* continuation lines joined, outer white space removed */
	unsigned int line; /* 1-based number of its first line */
};

struct ini {
	struct ini_line *lines;
	size_t n;
	struct strv sections; /* one for each header, not for each line, so that a long name is stored only once */
};

/* Parses 'text' of 'len' bytes; 'ret' must be {0} or holds earlier lines, to which these are appended (drop-ins). Lines
 * that are neither section, assignment nor comment are skipped, as systemd does. Returns 0; -EINVAL for a NUL byte, a
 * section header without its end or a control character other than tab; or -EILSEQ for invalid UTF-8. In comments only
 * NUL bytes matter. *ret_bad, unless NULL, is always set: to the line that was refused, or to the first that was
 * skipped, or to 0. */
int ini_parse(const char *text, size_t len, struct ini *ret, unsigned int *ret_bad);
void ini_done(struct ini *ini);

/* The last value of a key that is meant to be assigned once, or NULL. */
const char *ini_get(const struct ini *ini, const char *section, const char *key);

/* Appends all values of a list key in order; an empty assignment empties the list so far. */
void ini_get_list(const struct ini *ini, const char *section, const char *key, struct strv *ret);
