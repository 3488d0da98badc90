/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes as people and programs get to see them. */
#include "lib/tap.h"

#include "sandbox/show-changes.h"
#include "unit/sandbox/trees.h"

/* What is printed of the trees' changes. Caller frees. */
static char *show(const struct trees *t, enum show_form form)
{
	_cleanup_(changes_done) struct changes changes = { 0 };
	const struct strv all = { 0 };
	_cleanup_(freep) bool *chosen = NULL;
	_cleanup_(closep) int fd = openat(t->fd, "output", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int saved = dup(STDOUT_FILENO);
	char *text = NULL;

	fflush(stdout);
	CHECK(fd >= 0 && saved >= 0 && dup2(fd, STDOUT_FILENO) >= 0);
	CHECK_INT(changes_find(t->host, t->dir, &changes), 0);
	CHECK_INT(changes_choose(&changes, &all, &chosen), 0);
	CHECK_INT(changes_show(t->host, t->dir, &changes, chosen, form), 0);
	fflush(stdout);
	CHECK_INT(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
	close(saved);
	CHECK_INT(rootfd_read(t->fd, "output", WALK_TREE, 1000000, &text, NULL), 0);
	return text;
}

static const struct {
	const char *host, *upper;
	enum show_form form;
	const char *expected;
} cases[] = {
	{ "", "", SHOW_TEXT, "" },
	{ "f/etc/a=x_y_", "f/etc/a=x_z_", SHOW_TEXT,
	  "changed  content                      /etc/a\n"
	  "--- /etc/a\n+++ /etc/a\n@@ -1,2 +1,2 @@\n x\n-y\n+z\n" },
	{ "f/etc/a=x_y_", "f/etc/a=x_z_", SHOW_BRIEF, "changed  content                      /etc/a\n" },
	{ "", "f/etc/a:4755=x", SHOW_TEXT,
	  "added    file, mode 4755              /etc/a\n"
	  "--- /dev/null\n+++ /etc/a\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n" },
	{ "l/etc/a=b", "f/etc/a=x__y_", SHOW_TEXT,
	  "changed  link to file, mode 0644      /etc/a\n"
	  "--- /dev/null\n+++ /etc/a\n@@ -0,0 +1,3 @@\n+x\n+\n+y\n" },
	{ "", "f/etc/a=", SHOW_TEXT, "added    file, mode 0644              /etc/a\n" },
	{ "f/etc/a=x", "f/etc/a=", SHOW_TEXT,
	  "changed  content                      /etc/a\n"
	  "--- /etc/a\n+++ /etc/a\n@@ -1 +0,0 @@\n-x\n\\ No newline at end of file\n" },
	{ "f/etc/a=x", "f/etc/a:600=x u/etc/a=7", SHOW_TEXT, "changed  mode 0644 to 0600, owner 0:0 to 7:7  /etc/a\n" },
	{ "d/etc/d f/etc/d/a=x f/etc/d/b=x", "w/etc/d", SHOW_TEXT, "removed  directory with 2 paths       /etc/d\n" },
	{ "d/etc/d f/etc/d/a=x", "l/etc/d=/x", SHOW_TEXT,
	  "changed  directory to link            /etc/d -> /x\n"
	  "removed  file                         /etc/d/a\n" },
	{ "l/etc/l=a", "l/etc/l=b", SHOW_TEXT, "changed  target                       /etc/l -> b\n" },
	/* No terminal acts on it, and no line passes for another one. */
	{ "", "l/etc/l=\033[2J_added l/etc/n_removed=\377", SHOW_TEXT,
	  "added    link                         /etc/l -> \\x1b[2J\\x0aadded\n"
	  "added    link                         /etc/n_removed -> \\xff\n" },
	{ "f/etc/a=", "f/etc/a=@@_removed_\033[2J_--_", SHOW_TEXT,
	  "changed  content                      /etc/a\n--- /etc/a\n+++ /etc/a\n"
	  "@@ -0,0 +1,4 @@\n+@@\n+removed\n+\\x1b[2J\n+--\n" },
	/* Not texts. */
	{ "t/etc/t=5", "t/etc/t=6", SHOW_TEXT, "changed  content                      /etc/t\n" },
	{ "", "t/etc/t=3000000000000", SHOW_TEXT, "added    file, mode 0644              /etc/t\n" },
	{ "f/etc/a=x", "f/etc/a=y u/etc/a=7", SHOW_JSON,
	  "[{\"path\":\"/etc/a\",\"change\":\"changed\",\"what\":[\"content\",\"owner\"],"
	  "\"before\":{\"type\":\"file\",\"mode\":\"0644\",\"uid\":0,\"gid\":0,\"size\":1},"
	  "\"after\":{\"type\":\"file\",\"mode\":\"0644\",\"uid\":7,\"gid\":7,\"size\":1},\"apart\":false,"
	  "\"diff\":\"@@-1+1@@\\n-x\\n\\\\Nonewlineatendoffile\\n+y\\n\\\\Nonewlineatendoffile\\n\"}]" },
	{ "", "", SHOW_JSON, "[]" },
};

/* Versions of json-c put spaces in different places. */
static void drop_space(char *text)
{
	char *to = text;

	for (const char *p = text; *p; p++)
		if (*p != ' ' && *p != '\n')
			*to++ = *p;
	*to = '\0';
}

TEST(changes_are_printed)
{
	if (geteuid() != 0)
		SKIP("needs root");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(trees_done) struct trees t;
		_cleanup_(freep) char *text = NULL;

		CHECK(trees_make(&t, cases[i].host, cases[i].upper));
		text = show(&t, cases[i].form);
		if (cases[i].form == SHOW_JSON)
			drop_space(text);
		CHECK_STR(text, cases[i].expected);
	}
}

TEST_MAIN
