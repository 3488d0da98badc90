/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Merging texts, and files of accounts. */
#include "lib/tap.h"

#include <errno.h>

#include "upgrade/merge-accounts.h"
#include "upgrade/merge-text.h"

TEST(changes_in_different_places_fit_together)
{
	_cleanup_(freep) char *merged = NULL;

	CHECK_INT(merge_text("mine\nb\nc\nd\ne\n", "a\nb\nc\nd\ne\n", "a\nb\nc\nd\nyours", 10000, &merged), 0);
	CHECK_STR(merged, "mine\nb\nc\nd\nyours");
}

TEST(the_same_change_is_no_conflict)
{
	_cleanup_(freep) char *merged = NULL;

	CHECK_INT(merge_text("x\nb\nc\nd\n", "a\nb\nc\nd\n", "x\nb\nc\ny\n", 10000, &merged), 0);
	CHECK_STR(merged, "x\nb\nc\ny\n");
}

TEST(changes_in_the_same_place_are_a_conflict)
{
	_cleanup_(freep) char *merged = NULL;

	CHECK_INT(merge_text("mine\n", "a\n", "yours\n", 10000, &merged), -EBUSY);
	CHECK(!merged);
	CHECK_INT(merge_text("-n\n", "", "--help\n", 10000, &merged), -EBUSY);
}

static char *merge(const char *path, const char *given, const char *host, const char *container, char **ret_words)
{
	_cleanup_(strv_done) struct strv added = { 0 }, refused = { 0 };
	char *merged = merge_accounts(accounts_file(path), given, host, container, NULL, &added, &refused);
	_cleanup_(freep) char *a = strv_join(&added, ", "), *r = strv_join(&refused, " ");

	*ret_words = xasprintf("%s|%s", a, r);
	return merged;
}

static const struct {
	const char *path, *given, *host, *container, *merged, *words;
} accounts[] = {
	/* Added; nobody is removed, and nobody gets another number. */
	{ "/etc/passwd", "root:x:0:0::/:\nold:x:9:9::/:\n", "root:x:0:0::/:\nnew:x:7:7::/:\n",
	  "root:x:0:0::/:\nold:x:9:9::/:\nown:x:1:1::/:",
	  "root:x:0:0::/:\nold:x:9:9::/:\nown:x:1:1::/:\nnew:x:7:7::/:\n", "user 'new'|" },
	{ "/etc/passwd", "a:x:1:1::/:\n", "a:x:2:2::/:\n", "a:x:1:1::/:\n", "a:x:1:1::/:\n", "|" },
	{ "/etc/passwd", "", "new:x:7:7::/:\n", "own:x:7:7::/:\n", "own:x:7:7::/:\n",
	  "|The host's user 'new' has number 7, which 'own' has in the container." },
	/* What only begins or ends in the same way is something else, and so is a line without the field. */
	{ "/etc/passwd", "", "new:x:7:7::/:\n", "newer:x:77:7::/:\n\nne:x:70:7::/:\nx:7\n7",
	  "newer:x:77:7::/:\n\nne:x:70:7::/:\nx:7\n7\nnew:x:7:7::/:\n", "user 'new'|" },
	{ "/etc/passwd", "", "new:x:7:7::/:\n", "\n:\n::\nown:x:7", "\n:\n::\nown:x:7\n",
	  "|The host's user 'new' has number 7, which 'own' has in the container." },
	{ "/etc/passwd", "", "new:x:7:7::/:\n", "a\nnew", "a\nnew\n", "|" },
	/* Removed in the container. */
	{ "/etc/passwd", "a:x:1:1::/:\n", "a:x:1:1::/:\nb:x:2:2::/:\n", "", "b:x:2:2::/:\n", "user 'b'|" },
	/* A password stays the container's. */
	{ "/etc/shadow", "a:!*:::::::\n", "a:!*:::::::\nb:!*:::::::\n", "a:$6$x:::::::\n",
	  "a:$6$x:::::::\nb:!*:::::::\n", "user 'b'|" },
	{ "/etc/group", "g:x:1:a\nh:x:2:\n", "g:x:1:a,b\nh:x:2:c\ni:x:3:\n", "g:x:1:own\nh:x:2:\n",
	  "g:x:1:own,b\nh:x:2:c\ni:x:3:\n", "b in group 'g', c in group 'h', group 'i'|" },
	{ "/etc/gshadow", "g:!::\n", "g:!::a\n", "g:!:admin:\n", "g:!:admin:a\n", "a in group 'g'|" },
	/* Lines that are none stay as they are. */
	{ "/etc/group", "", "g:x:1:\n", "\n::::::\n+\ng\n", "\n::::::\n+\ng\n", "|" },
	{ "/etc/passwd", "", "\n:::\nx\n", "a:x:1:1::/:\n", "a:x:1:1::/:\n", "|" },
};

TEST(accounts_are_added_and_never_changed)
{
	for (size_t i = 0; i < ARRAY_SIZE(accounts); i++) {
		_cleanup_(freep) char *words = NULL;
		_cleanup_(freep) char *merged =
			merge(accounts[i].path, accounts[i].given, accounts[i].host, accounts[i].container, &words);

		CHECK_STR(merged, accounts[i].merged);
		CHECK_STR(words, accounts[i].words);
	}
	CHECK(!accounts_file("/etc/passwd-"));
}

TEST_MAIN
