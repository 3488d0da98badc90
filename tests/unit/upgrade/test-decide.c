/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an upgrade does with a path: every row of the table, by the letters of three versions. */
#include "lib/tap.h"

#include "upgrade/decide.h"

/* '-' for nothing, 'D' for a directory, 'B' for a file that is no text, any other letter for a text of that letter. */
static struct version version(char letter)
{
	if (letter == '-')
		return (struct version){ 0 };
	if (letter == 'D')
		return (struct version){ .type = VERSION_DIRECTORY, .mode = 0755 };
	if (letter == 'L')
		return (struct version){ .type = VERSION_LINK, .target = xstrdup("x") };
	return (struct version){ .type = VERSION_FILE,
				 .mode = 0644,
				 .size = 2,
				 .data = xasprintf("%c%c", letter == 'B' ? '\0' : letter, letter) };
}

static const struct {
	const char *versions; /* given, host, container; and then 'k' if it is kept, 'n' for no merging */
	enum upgrade_kind kind;
	enum upgrade_action action;
	const char *word; /* "" if there is nothing to tell */
} cases[] = {
	{ "aaa", UPGRADE_COPY, UPGRADE_NOTHING, "" },
	{ "aab", UPGRADE_COPY, UPGRADE_NOTHING, "" },
	{ "aa-", UPGRADE_COPY, UPGRADE_NOTHING, "" },
	{ "aba", UPGRADE_COPY, UPGRADE_TAKE, "updated" },
	{ "abb", UPGRADE_COPY, UPGRADE_NOTE, "" },
	{ "abc", UPGRADE_COPY, UPGRADE_MERGE, "merged" },
	{ "abcn", UPGRADE_COPY, UPGRADE_CONFLICT, "conflict" },
	{ "Bbc", UPGRADE_COPY, UPGRADE_CONFLICT, "conflict" },
	{ "aBc", UPGRADE_COPY, UPGRADE_CONFLICT, "conflict" },
	{ "abB", UPGRADE_COPY, UPGRADE_CONFLICT, "conflict" },
	{ "ab-", UPGRADE_COPY, UPGRADE_NOTE, "deleted" },
	{ "a-a", UPGRADE_COPY, UPGRADE_REMOVE, "removed" },
	{ "a-b", UPGRADE_COPY, UPGRADE_FORGET, "left" },
	{ "a--", UPGRADE_COPY, UPGRADE_FORGET, "" },
	{ "-a-", UPGRADE_COPY, UPGRADE_TAKE, "added" },
	{ "-aa", UPGRADE_COPY, UPGRADE_NOTE, "" },
	{ "-ab", UPGRADE_COPY, UPGRADE_CONFLICT, "conflict" },

	/* Types. */
	{ "aDa", UPGRADE_COPY, UPGRADE_TAKE, "updated" },
	{ "aDb", UPGRADE_COPY, UPGRADE_CONFLICT, "conflict" },
	{ "DaD", UPGRADE_COPY, UPGRADE_TAKE, "updated" },
	{ "aLa", UPGRADE_COPY, UPGRADE_TAKE, "updated" },
	{ "aLb", UPGRADE_COPY, UPGRADE_CONFLICT, "conflict" },
	{ "LaL", UPGRADE_COPY, UPGRADE_TAKE, "updated" },
	{ "aaD", UPGRADE_COPY, UPGRADE_NOTHING, "" },
	{ "abD", UPGRADE_COPY, UPGRADE_CONFLICT, "conflict" },
	{ "DDD", UPGRADE_COPY, UPGRADE_NOTHING, "" },
	{ "D-D", UPGRADE_COPY, UPGRADE_REMOVE, "removed" },

	/* What the administrator keeps. */
	{ "abak", UPGRADE_COPY, UPGRADE_NOTHING, "kept" },
	{ "abck", UPGRADE_COPY, UPGRADE_NOTHING, "kept" },
	{ "a-ak", UPGRADE_COPY, UPGRADE_NOTHING, "kept" },
	{ "-a-k", UPGRADE_COPY, UPGRADE_NOTHING, "kept" },
	{ "abbk", UPGRADE_COPY, UPGRADE_NOTE, "" },
	{ "aack", UPGRADE_COPY, UPGRADE_NOTHING, "" },

	/* Generated files are never merged. */
	{ "aba", UPGRADE_GENERATED, UPGRADE_TAKE, "updated" },
	{ "abc", UPGRADE_GENERATED, UPGRADE_CONFLICT, "conflict" },
	{ "a-a", UPGRADE_GENERATED, UPGRADE_REMOVE, "removed" },

	/* Accounts are merged even if the container has changed none, so that none is ever removed. */
	{ "aba", UPGRADE_ACCOUNTS, UPGRADE_MERGE, "merged" },
	{ "abc", UPGRADE_ACCOUNTS, UPGRADE_MERGE, "merged" },
	{ "-bc", UPGRADE_ACCOUNTS, UPGRADE_MERGE, "merged" },
	{ "aab", UPGRADE_ACCOUNTS, UPGRADE_NOTHING, "" },

	/* Data in /var is never touched. */
	{ "-D-", UPGRADE_DATA, UPGRADE_TAKE, "added" },
	{ "-Da", UPGRADE_DATA, UPGRADE_NOTE, "" },
	{ "DD-", UPGRADE_DATA, UPGRADE_NOTHING, "" },
	{ "aba", UPGRADE_DATA, UPGRADE_NOTHING, "" },
	{ "a-a", UPGRADE_DATA, UPGRADE_NOTHING, "" },
	{ "DLD", UPGRADE_DATA, UPGRADE_NOTHING, "" },
};

TEST(each_row_of_the_table)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(version_done) struct version given = version(cases[i].versions[0]);
		_cleanup_(version_done) struct version host = version(cases[i].versions[1]);
		_cleanup_(version_done) struct version container = version(cases[i].versions[2]);
		const char mark = cases[i].versions[3];
		const struct upgrade_facts facts = {
			cases[i].kind, &given, &host, &container, mark == 'k', mark != 'n'
		};
		const struct upgrade_decision d = upgrade_decide(&facts);
		_cleanup_(freep) char *is = xasprintf("%s: %d %s", cases[i].versions, d.action, d.word ? d.word : "");
		_cleanup_(freep) char *expected =
			xasprintf("%s: %d %s", cases[i].versions, cases[i].action, cases[i].word);

		CHECK_STR(is, expected);
		CHECK(!d.word == !d.reason);
	}
}

/* Modes of a file whose content nobody has changed: given, host, container, and what comes out. */
TEST(modes_and_owners_each_for_itself)
{
	static const struct {
		mode_t given, host, container, result;
		const char *word;
	} modes[] = {
		{ 0644, 0644, 0644, 0644, "" },		{ 0644, 0644, 0600, 0600, "" },
		{ 0644, 0640, 0644, 0640, "updated" },	{ 0644, 0640, 0640, 0640, "" },
		{ 0644, 0640, 0600, 0600, "conflict" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		_cleanup_(version_done) struct version g = version('a'), h = version('a'), c = version('a');
		const struct upgrade_facts facts = { UPGRADE_COPY, &g, &h, &c, false, true };
		struct upgrade_decision d;

		g.mode = modes[i].given;
		h.mode = modes[i].host;
		c.mode = modes[i].container;
		d = upgrade_decide(&facts);
		CHECK_INT(d.mode, modes[i].result);
		CHECK_STR(d.word ? d.word : "", modes[i].word);
		c.uid = 33; /* of the container's own, which has nothing to do with the mode */
		d = upgrade_decide(&facts);
		CHECK_INT(d.mode, modes[i].result);
		CHECK_INT(d.uid, 33);
	}
}

TEST(an_updated_content_leaves_a_mode_of_the_containers_own)
{
	_cleanup_(version_done) struct version g = version('a'), h = version('b'), c = version('a');
	const struct upgrade_facts facts = { UPGRADE_COPY, &g, &h, &c, false, true };
	struct upgrade_decision d;

	c.mode = 0600;
	d = upgrade_decide(&facts);
	CHECK_INT(d.action, UPGRADE_TAKE);
	CHECK_INT(d.mode, 0600);
	h.gid = 4;
	d = upgrade_decide(&facts);
	CHECK_INT(d.gid, 4);
}

TEST_MAIN
