/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads text in the form of unit files. The time is linear in the length of any text. A value is always valid UTF-8
 * without control characters, because values end up in unit files, in XML and on terminals. */
#include "base/ini.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define WHITE " \t"

struct parser {
	struct ini *ini;
	const char *section;
	struct buf joined; /* the continued line so far */
	bool continued;
	unsigned int line;    /* the current one */
	unsigned int first;   /* the one on which the continued line began */
	unsigned int skipped; /* the first that was skipped, or 0 */
};

static void parser_done(struct parser *p)
{
	buf_done(&p->joined);
}

static int check_text(const char *text, size_t len)
{
	const char *end = text + len;
	uint32_t c;

	for (size_t n; text < end; text += n) {
		n = utf8_decode(text, (size_t)(end - text), &c);
		if (n == 0)
			return -EILSEQ;
		if (utf8_is_control(c) && c != '\t')
			return -EINVAL;
	}
	return 0;
}

static void strip(const char **text, size_t *len)
{
	for (; *len > 0 && strchr(WHITE, **text); (*text)++)
		(*len)--;
	while (*len > 0 && strchr(WHITE, (*text)[*len - 1]))
		(*len)--;
}

static void add_assignment(struct parser *p, const char *key, size_t key_len, const char *value, size_t value_len)
{
	struct ini *ini = p->ini;

	strip(&key, &key_len);
	strip(&value, &value_len);
	grow(ini->lines, ini->n);
	ini->lines[ini->n++] = (struct ini_line){
		.section = p->section,
		.key = xstrndup(key, key_len),
		.value = xstrndup(value, value_len),
		.line = p->first,
	};
}

/* One line, with its continuation lines already joined. */
static int parse_logical(struct parser *p, const char *text, size_t len)
{
	const char *equals;
	int r = check_text(text, len);

	if (r < 0)
		return r;
	strip(&text, &len);
	if (len == 0)
		return 0;
	if (*text == '[') {
		/* If the header were skipped, the lines after it would belong to the previous section. */
		if (text[len - 1] != ']')
			return -EINVAL;
		strv_addn(&p->ini->sections, text + 1, len - 2);
		p->section = p->ini->sections.v[p->ini->sections.n - 1];
		return 0;
	}
	equals = memchr(text, '=', len);
	if (equals && equals > text)
		add_assignment(p, text, (size_t)(equals - text), equals + 1, (size_t)(text + len - equals - 1));
	else if (!p->skipped)
		p->skipped = p->first;
	return 0;
}

static bool is_comment(const char *text, size_t len)
{
	strip(&text, &len);
	return len > 0 && (*text == '#' || *text == ';');
}

/* Whether the line ends in an odd number of backslashes, so that the last one is not itself escaped. */
static bool is_continued(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && text[len - 1 - n] == '\\')
		n++;
	return n % 2 == 1;
}

static int finish(struct parser *p)
{
	int r = parse_logical(p, p->joined.text, p->joined.len);

	buf_done(&p->joined);
	p->continued = false;
	return r;
}

static int parse_physical(struct parser *p, const char *text, size_t len)
{
	bool more;

	if (memchr(text, '\0', len)) {
		p->first = p->line;
		return -EINVAL;
	}
	if (is_comment(text, len))
		return 0;
	more = is_continued(text, len);
	if (!p->continued)
		p->first = p->line;
	if (!p->continued && !more)
		return parse_logical(p, text, len);
	if (p->continued)
		strip(&text, &len);
	/* The backslash becomes the space between the joined lines. */
	buf_add(&p->joined, text, more ? len - 1 : len);
	if (more)
		buf_add(&p->joined, " ", 1);
	p->continued = more;
	return more ? 0 : finish(p);
}

/* The length of the line without its end, which is "\n", "\r\n" or the end of the text. */
static size_t line_length(const char *text, const char *end, const char **ret_next)
{
	const char *newline = memchr(text, '\n', (size_t)(end - text));
	const char *stop = newline ? newline : end;

	*ret_next = newline ? newline + 1 : end;
	if (stop > text && stop[-1] == '\r')
		stop--;
	return (size_t)(stop - text);
}

static int parse_lines(struct parser *p, const char *text, const char *end)
{
	const char *next;
	int r = 0;

	if (end - text >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	for (; text < end && r >= 0; text = next) {
		size_t len = line_length(text, end, &next);

		p->line++;
		r = parse_physical(p, text, len);
	}
	if (r >= 0 && p->continued)
		r = finish(p);
	return r;
}

int ini_parse(const char *text, size_t len, struct ini *ret, unsigned int *ret_bad)
{
	_cleanup_(parser_done) struct parser p = { .ini = ret };
	int r;

	strv_add(&ret->sections, "");
	p.section = ret->sections.v[ret->sections.n - 1];
	r = parse_lines(&p, text, text + len);
	if (ret_bad)
		*ret_bad = r < 0 ? p.first : p.skipped;
	return r;
}

void ini_done(struct ini *ini)
{
	for (size_t i = 0; i < ini->n; i++) {
		free(ini->lines[i].key);
		free(ini->lines[i].value);
	}
	free(ini->lines);
	strv_done(&ini->sections);
	*ini = (struct ini){ 0 };
}

static bool line_is(const struct ini_line *line, const char *section, const char *key)
{
	return strcmp(line->key, key) == 0 && strcmp(line->section, section) == 0;
}

const char *ini_get(const struct ini *ini, const char *section, const char *key)
{
	for (size_t i = ini->n; i > 0; i--)
		if (line_is(&ini->lines[i - 1], section, key))
			return ini->lines[i - 1].value;
	return NULL;
}

void ini_get_list(const struct ini *ini, const char *section, const char *key, struct strv *ret)
{
	for (size_t i = 0; i < ini->n; i++) {
		if (!line_is(&ini->lines[i], section, key))
			continue;
		if (*ini->lines[i].value)
			strv_add(ret, ini->lines[i].value);
		else
			strv_clear(ret);
	}
}
