/* Text in the form of unit files (systemd.syntax(7)): sections, KEY=VALUE lines in order, comments, continued lines. */
#pragma once

#include "util.h"

struct ini_line {
	char *section; /* "" before the first section */
	char *key;
	char *value;	   /* continuation lines joined, outer white space removed */
	unsigned int line; /* 1-based number of its first line */
};

struct ini {
	struct ini_line *lines;
	size_t n;
};

/* Parses 'text' of 'len' bytes; 'ret' must be {0} or holds earlier lines, to which these are appended (drop-ins).
 * Lines that are neither section, assignment nor comment are skipped, as systemd does, and counted in *ret_bad (may be
 * NULL). 0, or -EINVAL for a NUL byte or another control character but tab and newline, or -EILSEQ for invalid UTF-8. */
int ini_parse(const char *text, size_t len, struct ini *ret, unsigned int *ret_bad);
void ini_done(struct ini *ini);

/* Last value of key, or NULL: for what is assigned once. */
const char *ini_get(const struct ini *ini, const char *section, const char *key);

/* All values of a list key in order; an empty assignment empties the list so far. */
void ini_get_list(const struct ini *ini, const char *section, const char *key, struct strv *ret);
