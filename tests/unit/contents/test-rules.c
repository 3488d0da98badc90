/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules as a table: one entry and the options, the action and its reason. */
#include "lib/tap.h"

#include "contents/rules.h"

#define REG (S_IFREG | 0644)
#define DIR_ (S_IFDIR | 0755)
#define LNK (S_IFLNK | 0777)

static const struct {
	const char *what;
	struct entry entry;
	bool copy;
	enum action action;
} cases[] = {
	{ "configuration",
	  { .path = "/etc/x/x.conf", .exists = true, .st.st_mode = REG, .package = "x" },
	  false,
	  ACTION_COPY },
	{ "a directory",
	  { .path = "/var/lib/x", .exists = true, .st.st_mode = DIR_, .package = "x" },
	  false,
	  ACTION_MAKE },
	{ "not on the disk", { .path = "/etc/x/gone", .package = "x" }, true, ACTION_LEAVE },
	{ "data without -C",
	  { .path = "/var/lib/x/d", .exists = true, .st.st_mode = REG, .of_root = true },
	  false,
	  ACTION_LEAVE },
	{ "data with -C",
	  { .path = "/var/lib/x/d", .exists = true, .st.st_mode = REG, .of_root = true },
	  true,
	  ACTION_COPY },
	{ "the unit's own",
	  { .path = "/var/lib/x/d", .exists = true, .st.st_mode = REG, .unit_own = true },
	  true,
	  ACTION_COPY },
	{ "data of others",
	  { .path = "/var/lib/y/d", .exists = true, .st.st_mode = REG, .package = "y" },
	  true,
	  ACTION_LEAVE },
	{ "socket", { .path = "/etc/x/s", .exists = true, .st.st_mode = S_IFSOCK }, true, ACTION_LEAVE },
	{ "device", { .path = "/etc/x/d", .exists = true, .st.st_mode = S_IFBLK }, true, ACTION_LEAVE },
	{ "fifo", { .path = "/etc/x/f", .exists = true, .st.st_mode = S_IFIFO | 0600 }, true, ACTION_FIFO },
	{ "shadow",
	  { .path = "/etc/shadow", .exists = true, .st.st_mode = REG, .package = "base" },
	  true,
	  ACTION_LEAVE },
	{ "shadow's backup", { .path = "/etc/shadow-", .exists = true, .st.st_mode = REG }, true, ACTION_LEAVE },
	{ "old passwords",
	  { .path = "/etc/security/opasswd", .exists = true, .st.st_mode = REG, .package = "pam" },
	  true,
	  ACTION_LEAVE },
	{ "key of others",
	  { .path = "/etc/pki/k", .exists = true, .st.st_mode = REG, .key = true },
	  true,
	  ACTION_LEAVE },
	{ "own key, no -C",
	  { .path = "/etc/x/k", .exists = true, .st.st_mode = REG, .key = true, .of_root = true },
	  false,
	  ACTION_LEAVE },
	{ "own key, -C",
	  { .path = "/etc/x/k", .exists = true, .st.st_mode = REG, .key = true, .of_root = true },
	  true,
	  ACTION_COPY },
	{ "host's key, -C",
	  { .path = "/etc/x/k", .exists = true, .st.st_mode = REG, .key = true, .ssh_key = true, .of_root = true },
	  true,
	  ACTION_LEAVE },
	{ "kept link",
	  { .path = "/etc/x/l", .exists = true, .st.st_mode = LNK, .target = (char *)"a", .link_kept = true },
	  true,
	  ACTION_LINK },
	{ "dangling link",
	  { .path = "/etc/x/l", .exists = true, .st.st_mode = LNK, .target = (char *)"a" },
	  true,
	  ACTION_LEAVE },
	{ "a package's link",
	  { .path = "/etc/x/l", .exists = true, .st.st_mode = LNK, .target = (char *)"a", .package = "x" },
	  true,
	  ACTION_LINK },
	{ "a unit that is written anew",
	  { .path = "/etc/systemd/system/x.service",
	    .exists = true,
	    .st.st_mode = LNK,
	    .target = (char *)"/srv/x.service",
	    .link_kept = true },
	  false,
	  ACTION_LEAVE },
	{ "drop-in",
	  { .path = "/etc/systemd/system/x.service.d/a.conf", .exists = true, .st.st_mode = REG },
	  false,
	  ACTION_COPY },
	{ "its folder",
	  { .path = "/etc/systemd/system/x.service.d", .exists = true, .st.st_mode = DIR_ },
	  false,
	  ACTION_MAKE },
	{ "drop-in of others",
	  { .path = "/etc/systemd/system/y.service.d/a.conf", .exists = true, .st.st_mode = REG },
	  false,
	  ACTION_LEAVE },
	{ "what enables others",
	  { .path = "/etc/systemd/system/a.target.wants/y.service",
	    .exists = true,
	    .st.st_mode = LNK,
	    .target = (char *)"/usr/lib/systemd/system/y.service",
	    .link_kept = true },
	  false,
	  ACTION_LEAVE },
	{ "alias",
	  { .path = "/etc/systemd/system/z.service",
	    .exists = true,
	    .st.st_mode = LNK,
	    .target = (char *)"/usr/lib/systemd/system/x.service",
	    .link_kept = true },
	  false,
	  ACTION_LINK },
	{ "alias of others",
	  { .path = "/etc/systemd/system/z.service",
	    .exists = true,
	    .st.st_mode = LNK,
	    .target = (char *)"/usr/lib/systemd/system/y.service",
	    .link_kept = true },
	  false,
	  ACTION_LEAVE },
};

TEST(rules)
{
	struct strv units = { 0 }, written = { 0 };

	strv_add(&units, "x.service");
	strv_sort_unique(&units);
	strv_add(&written, "/etc/systemd/system/x.service");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct layout_options o = { cases[i].copy, &units, &written };
		const char *reason = NULL;
		enum action action = layout_decide(&cases[i].entry, &o, &reason);

		if (action != cases[i].action)
			printf("# case '%s': %s\n", cases[i].what, reason);
		CHECK_INT(action, cases[i].action);
		CHECK(reason && *reason);
	}
	strv_done(&units);
	strv_done(&written);
}

TEST(common_places)
{
	CHECK(layout_common("/etc"));
	CHECK(layout_common("/var/lib"));
	CHECK(layout_common("/etc/cron.daily"));
	CHECK(layout_common("/etc/rc3.d"));
	CHECK(!layout_common("/etc/x"));
	CHECK(!layout_common("/var/lib/x"));
	CHECK(!layout_common("/etc/default/x"));
}

TEST(borrowed_places)
{
	CHECK(layout_borrowed("/etc/alternatives/awk"));
	CHECK(layout_borrowed("/etc/ld.so.cache"));
	CHECK(!layout_borrowed("/etc/ld.so.cache2"));
	CHECK(!layout_borrowed("/etc/shadow"));
}

TEST_MAIN
