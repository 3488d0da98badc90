/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's users and groups, and a text that names some: what the container gets of them can be read again, and has
 * no password. The same lines are read as ranges of ids that are assigned. */
#include "fuzz.h"

#include "create/id-range.h"
#include "contents/users.h"

static size_t wanted(const struct users *users)
{
	size_t n = 0;

	for (size_t i = 0; i < users->all.n_users; i++)
		n += users->all.users[i].wanted;
	return n;
}

static size_t lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void check_files(struct users *users)
{
	_cleanup_(freep) char *passwd = users_passwd(users), *group = users_group(users);
	_cleanup_(freep) char *shadow = users_shadow(users), *gshadow = users_gshadow(users);
	_cleanup_(users_done) struct users again = { 0 };

	accounts_parse(passwd, group, &again.all);
	users_index(&again);
	CHECK(again.all.n_users == wanted(users) && lines(passwd) == again.all.n_users &&
	      lines(shadow) == again.all.n_users);
	CHECK(lines(group) == again.all.n_groups && lines(gshadow) == again.all.n_groups);
}

static void check_ids(const char *subid, const char *accounts)
{
	_cleanup_(freep) struct id_range *ranges = NULL;
	uint32_t base;
	size_t n = 0;

	id_range_parse_subid(subid, &ranges, &n);
	id_range_parse_accounts(accounts, &ranges, &n);
	if (id_range_pick(ranges, n, n, &base) < 0)
		return;
	CHECK(base >= ID_RANGE_FIRST && base <= ID_RANGE_LAST && base % ID_RANGE_COUNT == 0);
	for (size_t i = 0; i < n; i++)
		CHECK(ranges[i].start >= (uint64_t)base + ID_RANGE_COUNT || ranges[i].start + ranges[i].count <= base);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	_cleanup_(freep) char *passwd = fuzz_part(&input, NULL), *group = fuzz_part(&input, NULL);
	_cleanup_(freep) char *text = fuzz_part(&input, NULL);
	_cleanup_(users_done) struct users users = { 0 };

	accounts_parse(passwd, group, &users.all);
	users_index(&users);
	users_want_words(&users, text);
	users_want_mentioned(&users, text);
	users_want_uid(&users, 0);
	users_want_gid(&users, 0);
	users_want_name(&users, text);
	check_files(&users);
	check_ids(group, passwd);
	return 0;
}
