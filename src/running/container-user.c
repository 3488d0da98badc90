/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A user of a container, read from the passwd and group files of its tree, which the container may have written. */
#include "running/container-user.h"

#include <errno.h>
#include <string.h>

#include "base/rootfd.h"

#define FILE_MAX (4 * 1024 * 1024) /* bytes */
#define GROUPS_MAX 1000		   /* groups of one user, all of which are passed in one argument */

static const struct account_user root = { .name = "root", .home = "/root", .shell = "/bin/sh" };

/* A number needs no entry of its own, as in systemd. */
static int find_user(const struct accounts *users, const char *who, struct account_user *ret)
{
	const struct account_user *user;
	uid_t uid;

	if (accounts_uid(users, who, &uid) == 0) {
		user = accounts_user(users, uid);
		*ret = user ? *user
			    : (struct account_user){ .uid = uid, .gid = uid, .name = "", .home = "/", .shell = "" };
		if (uid == 0 && !user)
			*ret = root;
		return 0;
	}
	if (strcmp(who, root.name) != 0)
		return -ENOENT;
	*ret = root;
	return 0;
}

static void find_groups(const struct accounts *users, const struct account_user *user, struct strv *ret)
{
	strv_addf(ret, "%u", user->gid);
	for (size_t i = 0; i < users->n_groups && ret->n < GROUPS_MAX; i++)
		if (strv_has(&users->groups[i].members, user->name) && users->groups[i].gid != user->gid)
			strv_addf(ret, "%u", users->groups[i].gid);
}

int container_user_parse(const char *passwd, const char *group, const char *who, struct container_user *ret)
{
	_cleanup_(accounts_done) struct accounts users = { 0 };
	struct account_user user;
	int r;

	accounts_parse(passwd, group, &users);
	r = find_user(&users, who, &user);
	if (r < 0)
		return r;
	*ret = (struct container_user){
		.name = xstrdup(*user.name ? user.name : who),
		.home = xstrdup(*user.home ? user.home : "/"),
		.shell = xstrdup(*user.shell ? user.shell : "/bin/sh"),
		.uid = user.uid,
		.gid = user.gid,
	};
	find_groups(&users, &user, &ret->groups);
	return 0;
}

/* The file need not exist; a link in its place is not followed. */
static int read_file(int tree, const char *path, char **ret)
{
	int r = rootfd_read(tree, path, WALK_TREE, FILE_MAX, ret, NULL);

	if (r == -ENOENT)
		*ret = xstrdup("");
	return r == -ENOENT ? 0 : r;
}

int container_user_find(int tree, const char *who, struct container_user *ret)
{
	_cleanup_(freep) char *passwd = NULL, *group = NULL;
	int r = read_file(tree, "/etc/passwd", &passwd);

	if (r == 0)
		r = read_file(tree, "/etc/group", &group);
	if (r < 0)
		return r;
	return container_user_parse(passwd, group, who, ret);
}

void container_user_done(struct container_user *user)
{
	free(user->name);
	free(user->home);
	free(user->shell);
	strv_done(&user->groups);
}
