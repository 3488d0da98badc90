/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Account files: which accounts get in, and with which numbers. */
#include "lib/tap.h"

#include <errno.h>

#include "running/container-user.h"
#include "contents/users.h"

static const char passwd[] = "root:$6$secret:0:0:root:/root:/bin/bash\n"
			     "www:x:33:33:www:/var/www:/usr/sbin/nologin\n"
			     "person:x:1000:1000:A Person:/home/person:/bin/bash\n"
			     "other:x:34:34:other:/:/bin/false\n"
			     "bad line\n"
			     "worse:x:notanumber:5::/:\n"
			     "none:x:4294967295:1::/:\n"
			     "neg:x:-1:5::/:\nspace:x: 5:5::/:\n:x:7:7::/:\nshort:x:8:8\n"
			     "+\n+web::::::\n+all:x:0:0::/:/bin/sh\n-x:x:9:9::/:/bin/sh\n";
static const char group[] = "root:x:0:\nwww:x:33:other,www\nperson:x:1000:\nextra:x:50:www,person\nother:x:34:\n";

TEST(only_wanted_and_no_passwords)
{
	struct users u = { 0 };
	_cleanup_(freep) char *p = NULL;
	_cleanup_(freep) char *s = NULL;
	_cleanup_(freep) char *g = NULL;
	_cleanup_(freep) char *gs = NULL;

	accounts_parse(passwd, group, &u.all);
	users_index(&u);
	CHECK_INT(u.all.n_users, 4);
	users_want_name(&u, "root");
	users_want_name(&u, "nosuchuser");
	users_want_uid(&u, 33);
	users_want_uid(&u, 4711);
	p = users_passwd(&u);
	s = users_shadow(&u);
	g = users_group(&u);
	gs = users_gshadow(&u);
	CHECK_STR(p, "root:x:0:0:root:/root:/bin/bash\nwww:x:33:33:www:/var/www:/usr/sbin/nologin\n");
	CHECK_STR(s, "root:*:::::::\nwww:*:::::::\n");
	CHECK_STR(g, "root:x:0:\nwww:x:33:www\n");
	CHECK_STR(gs, "root:*::\nwww:*::www\n");
	users_done(&u);
}

TEST(words_name_system_users_only)
{
	struct users u = { 0 };
	_cleanup_(freep) char *p = NULL;

	accounts_parse(passwd, group, &u.all);
	users_index(&u);
	users_want_mentioned(
		&u, "export RUN_USER=www # not person, nor others\n# chown root\n  ; user root\nroot is a word\n"
		    "adduser --home / \\\n  --quiet \\\n other\\");
	p = users_passwd(&u);
	CHECK_STR(p, "www:x:33:33:www:/var/www:/usr/sbin/nologin\nother:x:34:34:other:/:/bin/false\n");
	users_done(&u);
}

TEST(names_in_scripts)
{
	static const char script[] =
		"# adduser hidden\nchown -R www:adm /var/www\nadduser \\\n --system split\necho hidden\n";

	CHECK(users_are_mentioned(script, "www"));
	CHECK(users_are_mentioned(script, "adm"));
	CHECK(users_are_mentioned(script, "split"));
	CHECK(!users_are_mentioned(script, "hidden"));
	CHECK(!users_are_mentioned(script, "ww"));
	CHECK(!users_are_mentioned("", "www"));
}

TEST(ids_of_names)
{
	struct users u = { 0 };
	uid_t uid = 1;
	gid_t gid = 1;

	accounts_parse(passwd, group, &u.all);
	users_index(&u);
	CHECK_INT(accounts_uid(&u.all, "www", &uid), 0);
	CHECK_INT(uid, 33);
	CHECK_INT(accounts_uid(&u.all, "65", &uid), 0);
	CHECK_INT(uid, 65);
	CHECK_INT(accounts_uid(&u.all, "nosuch", &uid), -ENOENT);
	CHECK_INT(accounts_gid(&u.all, "extra", &gid), 0);
	CHECK_INT(gid, 50);
	users_done(&u);
}

static int groups_of(const char *who, struct container_user *ret, char **ret_groups)
{
	int r = container_user_parse(passwd, group, who, ret);

	if (r == 0)
		*ret_groups = strv_join(&ret->groups, ",");
	return r;
}

TEST(accounts_of_a_container)
{
	static const struct {
		const char *who, *name, *home, *shell, *groups;
		unsigned int uid, gid;
	} cases[] = {
		{ "root", "root", "/root", "/bin/bash", "0", 0, 0 },
		{ "0", "root", "/root", "/bin/bash", "0", 0, 0 },
		{ "www", "www", "/var/www", "/usr/sbin/nologin", "33,50", 33, 33 },
		{ "34", "other", "/", "/bin/false", "34,33", 34, 34 },
		{ "4711", "4711", "/", "/bin/sh", "4711", 4711, 4711 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *groups = NULL;
		struct container_user user;

		CHECK_INT(groups_of(cases[i].who, &user, &groups), 0);
		CHECK_STR(user.name, cases[i].name);
		CHECK_STR(user.home, cases[i].home);
		CHECK_STR(user.shell, cases[i].shell);
		CHECK_STR(groups, cases[i].groups);
		CHECK_INT(user.uid, cases[i].uid);
		CHECK_INT(user.gid, cases[i].gid);
		container_user_done(&user);
	}
}

TEST(accounts_that_are_not)
{
	static const char *const names[] = { "nosuch", "worse", "none", "", "-1", "4294967295", "root:", "www\n" };
	struct container_user user;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		CHECK_INT(container_user_parse(passwd, group, names[i], &user), -ENOENT);
	CHECK_INT(container_user_parse("", "", "root", &user), 0);
	CHECK_STR(user.home, "/root");
	CHECK_INT(user.uid, 0);
	container_user_done(&user);
}

TEST_MAIN
