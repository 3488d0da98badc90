/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a command has changed is found exactly, whatever it planted. */
#include "lib/tap.h"

#include "sandbox/changes.h"
#include "unit/sandbox/trees.h"

/* One line for each change: its kind, its path, and what differs. */
static char *describe(const struct changes *changes)
{
	_cleanup_(strv_done) struct strv lines = { 0 };

	for (size_t i = 0; i < changes->n; i++) {
		const struct change *c = &changes->v[i];
		_cleanup_(strv_done) struct strv what = { 0 };
		_cleanup_(freep) char *list = NULL;

		for (unsigned bit = 1; bit <= CHANGE_XATTRS; bit <<= 1)
			if (c->what & bit)
				strv_add(&what, change_what_word(bit));
		list = strv_join(&what, ",");
		strv_addf(&lines, "%s %s%s%s", change_kind_word(c->kind), c->path, *list ? " " : "", list);
	}
	return strv_join(&lines, "; ");
}

static const struct {
	const char *host, *upper, *expected;
} cases[] = {
	{ "", "", "" },
	{ "f/etc/a=x", "f/etc/a=x", "" }, /* copied up only */
	{ "", "f/etc/a=x", "added /etc/a" },
	{ "f/etc/a=x", "f/etc/a=y", "changed /etc/a content" },
	{ "f/etc/a=x", "f/etc/a=xy", "changed /etc/a content" },
	{ "f/etc/a=x", "f/etc/a:600=x", "changed /etc/a mode" },
	{ "f/etc/a=x", "f/etc/a:4755=y", "changed /etc/a content,mode" },
	{ "f/etc/a=x", "w/etc/a", "removed /etc/a" },
	{ "", "w/etc/a", "" },
	{ "l/etc/a=b", "l/etc/a=b", "" },
	{ "l/etc/a=b", "l/etc/a=c", "changed /etc/a target" },
	{ "f/etc/a=x", "l/etc/a=/outside", "changed /etc/a type" },
	{ "f/etc/a=x", "u/etc=0 f/etc/a=x u/etc/a=7", "changed /etc/a owner" },
	{ "f/etc/a=x", "f/etc/a=x x/etc/a=user.k=v", "changed /etc/a attributes" },
	{ "f/etc/a=x x/etc/a=user.k=v", "f/etc/a=x x/etc/a=user.k=v", "" },
	{ "f/etc/a=x x/etc/a=user.k=v", "f/etc/a=x x/etc/a=user.k=w", "changed /etc/a attributes" },
	{ "", "f/etc/a=x x/etc/a=user.k=v d/etc/d x/etc/d=user.k=v",
	  "added /etc/a attributes; added /etc/d attributes" },
	{ "l/etc/a=b", "f/etc/a=x x/etc/a=user.k=v", "changed /etc/a type,attributes" },
	{ "f/etc/a=x", "f/etc/a=x x/etc/a=trusted.overlay.origin=0", "" },
	/* Directories: merged, made, removed, replaced. */
	{ "d/etc/d f/etc/d/a=x", "d/etc/d", "" },
	{ "d/etc/d f/etc/d/a=x", "d/etc/d:700", "changed /etc/d mode" },
	{ "d/etc/d f/etc/d/a=x", "d/etc/d f/etc/d/b=x", "added /etc/d/b" },
	{ "", "d/etc/d f/etc/d/b=x d/usr/lib", "added /etc/d; added /etc/d/b; added /usr/lib" },
	{ "d/etc/d f/etc/d/a=x d/etc/d/e f/etc/d/e/b=x", "w/etc/d",
	  "removed /etc/d; removed /etc/d/a; removed /etc/d/e; removed /etc/d/e/b" },
	{ "d/etc/d f/etc/d/a=x f/etc/d/b=x", "o/etc/d f/etc/d/a=x", "removed /etc/d/b" },
	{ "d/etc/d f/etc/d/a=x f/etc/d/b=x", "o/etc/d w/etc/d/a", "removed /etc/d/a; removed /etc/d/b" },
	{ "d/etc/d f/etc/d/a=x", "f/etc/d=x", "changed /etc/d type; removed /etc/d/a" },
	{ "d/etc/d f/etc/d/a=x", "l/etc/d=/outside", "changed /etc/d type; removed /etc/d/a" },
	{ "f/etc/d=x", "d/etc/d f/etc/d/a=x", "changed /etc/d type; added /etc/d/a" },
	{ "l/etc/d=/outside", "d/etc/d f/etc/d/a=x", "changed /etc/d type; added /etc/d/a" },
	{ "d/etc/d f/etc/d/a=x f/etc/d-e=x f/etc/d!=x", "w/etc/d w/etc/d-e w/etc/d!",
	  "removed /etc/d; removed /etc/d/a; removed /etc/d!; removed /etc/d-e" },
	/* What nobody may open. */
	{ "", "p/etc/p s/etc/s c/etc/c", "added /etc/c; added /etc/p; added /etc/s" },
	{ "f/etc/p=x", "p/etc/p", "changed /etc/p type" },
	{ "p/etc/p", "f/etc/p=x", "changed /etc/p type" },
	{ "c/etc/c", "c/etc/c", "" },
	/* Large files that take no space. */
	{ "t/etc/t=4000000000000", "t/etc/t=4000000000000", "" },
	{ "t/etc/t=4000000000000", "t/etc/t=4000000000001", "changed /etc/t content" },
};

TEST(each_change_is_found)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(trees_done) struct trees t;
		_cleanup_(changes_done) struct changes changes = { 0 };
		_cleanup_(freep) char *found = NULL;

		if (!trees_make(&t, cases[i].host, cases[i].upper)) {
			if (geteuid() == 0)
				CHECK_STR("not made", cases[i].upper);
			continue;
		}
		CHECK_INT(changes_find(t.host, t.dir, &changes), 0);
		found = describe(&changes);
		CHECK_STR(found, cases[i].expected);
	}
}

/* The end of a file differs, after a hole that both have; and one has data where the other has a hole. */
TEST(holes)
{
	static const struct {
		off_t at[2];
		const char *text[2];
		bool differ;
	} files[] = {
		{ { 1L << 40, 1L << 40 }, { "a", "a" }, false },
		{ { 1L << 40, 1L << 40 }, { "a", "b" }, true },
		{ { 1L << 30, 1L << 20 }, { "a", "a" }, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_(trees_done) struct trees t;
		_cleanup_(changes_done) struct changes changes = { 0 };

		CHECK(trees_make(&t, "t/etc/t=2000000000000", "t/etc/t=2000000000000"));
		for (size_t k = 0; k < 2; k++) {
			_cleanup_(closep) int f = openat(t.fd, k ? "keep/upper/etc/t" : "host/etc/t", O_WRONLY);

			CHECK_INT(pwrite(f, files[i].text[k], 1, files[i].at[k]), 1);
		}
		CHECK_INT(changes_find(t.host, t.dir, &changes), 0);
		CHECK_INT(changes.n, files[i].differ);
	}
}

/* What another overlay's features have put there is refused, since its content lies elsewhere. */
TEST(incomplete_content_is_refused)
{
	static const char *const words[] = {
		"d/etc/d x/etc/d=trusted.overlay.redirect=/usr", "f/etc/a= x/etc/a=trusted.overlay.metacopy=",
		"f/etc/a= x/etc/a=trusted.overlay.whiteout=y",	 "d/etc/d x/etc/d=trusted.overlay.opaque=x",
		"d/etc/d x/etc/d=trusted.overlay.opaque=yy",	 "d/etc/d x/etc/d=trusted.overlay.unheard=of",
	};

	if (geteuid() != 0)
		SKIP("needs root");
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		_cleanup_(trees_done) struct trees t;
		struct changes changes = { 0 };

		CHECK(trees_make(&t, "", words[i]));
		CHECK_INT(changes_find(t.host, t.dir, &changes), -EINVAL);
	}
}

/* A tree that is deeper than a path can be is left out from there on, on both sides. */
TEST(paths_that_are_too_long)
{
	_cleanup_(trees_done) struct trees t;
	_cleanup_(changes_done) struct changes changes = { 0 };
	char name[201];
	int fd;

	memset(name, 'x', 200);
	name[200] = '\0';
	CHECK(trees_make(&t, "", "d/etc/deep"));
	fd = openat(t.fd, "keep/upper/etc/deep", O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 40; i++) {
		int next;

		CHECK_INT(mkdirat(fd, name, 0755), 0);
		next = openat(fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	close(fd);
	CHECK_INT(changes_find(t.host, t.dir, &changes), 0);
	CHECK_INT(changes.too_long, 1);
	CHECK_INT(changes.n, 21);
	for (size_t i = 0; i < changes.n; i++) {
		int there = change_open_there(t.dir, &changes.v[i]);

		CHECK(there >= 0);
		close(there);
	}
}

TEST(changes_below_a_path)
{
	_cleanup_(trees_done) struct trees t;
	_cleanup_(changes_done) struct changes changes = { 0 };
	size_t begin;

	CHECK(trees_make(&t, "", "d/etc/d f/etc/d/a= f/etc/d/b= f/etc/da= f/usr/d="));
	CHECK_INT(changes_find(t.host, t.dir, &changes), 0);
	CHECK_INT(changes_below(&changes, "/etc/d", &begin), 3);
	CHECK_INT(begin, 0);
	CHECK_INT(changes_below(&changes, "/etc/d/b", &begin), 3);
	CHECK_INT(begin, 2);
	CHECK_INT(changes_below(&changes, "/etc/c", &begin), 0);
	CHECK_INT(begin, 0);
	CHECK_INT(changes_below(&changes, "/usr/d/x", &begin), (long long)begin);
	CHECK_INT(changes_below(&changes, "/usr", &begin), 5);
}

TEST(directories_of_kept_changes)
{
	static const char *const texts[] = {
		"",
		"{",
		"7",
		"{}",
		"{\"format\":2}",
		"{\"format\":\"1\",\"places\":[\"/etc\"],\"command\":[],\"time\":1,\"caller\":0}",
		"{\"format\":1,\"places\":[],\"command\":[],\"time\":1,\"caller\":0}",
		"{\"format\":1,\"places\":[\"etc\"],\"command\":[],\"time\":1,\"caller\":0}",
		"{\"format\":1,\"places\":[\"/etc/..\"],\"command\":[],\"time\":1,\"caller\":0}",
		"{\"format\":1,\"places\":[\"/etc\",\"/etc\"],\"command\":[],\"time\":1,\"caller\":0}",
		"{\"format\":1,\"places\":[\"/etc/a\",\"/etc\"],\"command\":[],\"time\":1,\"caller\":0}",
		"{\"format\":1,\"places\":[\"/etc\",7],\"command\":[],\"time\":1,\"caller\":0}",
		"{\"format\":1,\"places\":[\"/etc\\u0000x\"],\"command\":[],\"time\":1,\"caller\":0}",
		"{\"format\":1,\"places\":[\"/etc\"],\"command\":[],\"time\":1,\"caller\":0}x",
		"[[[[[[[[[[[[[[]]]]]]]]]]]]]]",
	};
	_cleanup_(trees_done) struct trees t;
	struct kept kept = { 0 };
	char path[64];
	int fd, other;

	CHECK(trees_make(&t, "", ""));
	CHECK_INT(kept_read(t.dir, &kept), 0);
	CHECK_STR(kept.places.v[1], "/usr");
	CHECK_STR(kept.command.v[0], "true");
	CHECK_INT(kept.caller, geteuid());
	CHECK(kept.time > 0);
	kept_done(&kept);
	CHECK(put_text(t.dir, "sandbox.json",
		       "{\"format\":1,\"places\":[\"/etc\"],\"command\":[],\"time\":1,\"caller\":0} \n", 0600));
	CHECK_INT(kept_read(t.dir, &kept), 0);
	kept_done(&kept);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CHECK(put_text(t.dir, "sandbox.json", texts[i], 0600));
		CHECK_INT(kept_read(t.dir, &kept), -EINVAL);
	}
	CHECK_INT(unlinkat(t.dir, "sandbox.json", 0), 0);
	CHECK_INT(kept_read(t.dir, &kept), -ENOENT);

	snprintf(path, sizeof(path), "%s/keep", t.path);
	fd = kept_open(path, KEPT_READ);
	CHECK(fd >= 0);
	other = kept_open(path, KEPT_READ);
	CHECK(other >= 0);
	close(other);
	CHECK_INT(kept_open(path, KEPT_ALONE), -EBUSY);
	close(fd);
	other = kept_open(path, KEPT_ALONE);
	CHECK(other >= 0);
	close(other);
	CHECK_INT(fchmodat(t.fd, "keep", 0750, 0), 0);
	CHECK_INT(kept_open(path, KEPT_READ), -EPERM);
}

TEST_MAIN
