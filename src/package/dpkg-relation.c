/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Relations between Debian's packages and the order of their versions (deb-control(5), deb-version(7)). */
#include "package/dpkg-relation.h"

#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

bool dpkg_text_is(struct dpkg_text text, const char *word)
{
	return text.n == strlen(word) && (text.n == 0 || memcmp(text.p, word, text.n) == 0);
}

bool dpkg_text_equal(struct dpkg_text a, struct dpkg_text b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static void advance(struct dpkg_text *text, size_t n)
{
	text->p += n;
	text->n -= n;
}

struct dpkg_text dpkg_text_trim(struct dpkg_text text)
{
	while (text.n > 0 && is_space(*text.p))
		advance(&text, 1);
	while (text.n > 0 && is_space(text.p[text.n - 1]))
		text.n--;
	return text;
}

bool dpkg_text_cut(struct dpkg_text *rest, char separator, struct dpkg_text *ret)
{
	const char *end;

	if (rest->n == 0)
		return false;
	end = memchr(rest->p, separator, rest->n);
	*ret = (struct dpkg_text){ rest->p, end ? (size_t)(end - rest->p) : rest->n };
	advance(rest, ret->n + (end ? 1 : 0));
	return true;
}

/* Takes the longest prefix that consists of wanted characters. */
static struct dpkg_text take(struct dpkg_text *text, bool (*wanted)(char c))
{
	struct dpkg_text taken = { text->p, 0 };

	while (text->n > 0 && wanted(*text->p)) {
		advance(text, 1);
		taken.n++;
	}
	return taken;
}

static bool in_name(char c)
{
	return is_digit(c) || is_letter(c) || c == '+' || c == '-' || c == '.';
}

static bool in_operator(char c)
{
	return c == '<' || c == '=' || c == '>';
}

bool dpkg_relation_parse(struct dpkg_text text, struct dpkg_relation *ret)
{
	struct dpkg_relation relation = { 0 };
	struct dpkg_text rest = dpkg_text_trim(text), inside;

	relation.name = take(&rest, in_name);
	if (relation.name.n == 0)
		return false;
	if (rest.n > 0 && *rest.p == ':') {
		advance(&rest, 1);
		relation.arch = take(&rest, in_name);
	}
	rest = dpkg_text_trim(rest);
	if (rest.n > 0 && *rest.p == '(') {
		advance(&rest, 1);
		if (!dpkg_text_cut(&rest, ')', &inside))
			return false;
		inside = dpkg_text_trim(inside);
		relation.op = take(&inside, in_operator);
		relation.version = dpkg_text_trim(inside);
	}
	*ret = relation;
	return true;
}

/* '~' sorts before the end of the text, letters before all other characters. */
static int weight(struct dpkg_text text)
{
	if (text.n == 0 || is_digit(*text.p))
		return 0;
	if (*text.p == '~')
		return -1;
	return is_letter(*text.p) ? *text.p : (unsigned char)*text.p + 256;
}

static bool is_zero(char c)
{
	return c == '0';
}

static int compare_numbers(struct dpkg_text *a, struct dpkg_text *b)
{
	struct dpkg_text x, y;

	take(a, is_zero);
	take(b, is_zero);
	x = take(a, is_digit);
	y = take(b, is_digit);
	if (x.n != y.n)
		return x.n < y.n ? -1 : 1;
	return x.n ? memcmp(x.p, y.p, x.n) : 0;
}

/* Non-digits and numbers alternate in both texts until they differ. */
static int compare_part(struct dpkg_text a, struct dpkg_text b)
{
	while (a.n > 0 || b.n > 0) {
		int r = weight(a) - weight(b);

		if (r != 0)
			return r;
		if (weight(a) != 0) {
			advance(&a, 1);
			advance(&b, 1);
			continue;
		}
		r = compare_numbers(&a, &b);
		if (r != 0)
			return r;
	}
	return 0;
}

struct version {
	struct dpkg_text epoch, upstream, revision;
};

static struct version split_version(struct dpkg_text text)
{
	const char *colon = text.n ? memchr(text.p, ':', text.n) : NULL, *dash;
	struct version v = { 0 };

	if (colon) {
		v.epoch = (struct dpkg_text){ text.p, (size_t)(colon - text.p) };
		advance(&text, v.epoch.n + 1);
	}
	dash = text.n ? memrchr(text.p, '-', text.n) : NULL;
	v.upstream = text;
	if (dash) {
		v.upstream.n = (size_t)(dash - text.p);
		v.revision = (struct dpkg_text){ dash + 1, text.n - v.upstream.n - 1 };
	}
	return v;
}

int dpkg_version_compare(struct dpkg_text a, struct dpkg_text b)
{
	struct version x = split_version(a), y = split_version(b);
	int r = compare_part(x.epoch, y.epoch);

	if (r == 0)
		r = compare_part(x.upstream, y.upstream);
	return r ? r : compare_part(x.revision, y.revision);
}

bool dpkg_version_satisfies(struct dpkg_text version, const struct dpkg_relation *relation)
{
	/* '<' and '>' are old spellings of '<=' and '>='. */
	static const struct {
		const char *op;
		bool below, equal, above;
	} operators[] = {
		{ "<<", true, false, false }, { "<=", true, true, false }, { "<", true, true, false },
		{ "=", false, true, false },  { ">=", false, true, true }, { ">", false, true, true },
		{ ">>", false, false, true },
	};
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(operators); i++) {
		if (!dpkg_text_is(relation->op, operators[i].op))
			continue;
		r = dpkg_version_compare(version, relation->version);
		return r < 0 ? operators[i].below : r > 0 ? operators[i].above : operators[i].equal;
	}
	return true;
}
