/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file of what users may do with virt-sandbox. */
#include "sandbox/permit.h"

#include <errno.h>

#include "base/accounts.h"
#include "base/log.h"
#include "sandbox/caller.h"
#include "sandbox/client.h"
#include "lib/tap.h"

static const gid_t groups[] = { 27, 100 };
static const struct caller anna = { .uid = 1000, .gid = 1000, .groups = groups, .n_groups = 2 };

/* What anna may do. The error of permit_parse(). */
static int parse(const char *text, struct permit *ret)
{
	struct accounts accounts = { 0 };
	int r;

	accounts_parse("root:x:0:0::/root:/bin/sh\nanna:x:1000:1000::/home/anna:/bin/sh\nbert:x:1001:1001::/home/bert:/"
		       "bin/sh\n",
		       "anna:x:1000:\nbert:x:1001:\nsudo:x:27:\nusers:x:100:\nother:x:101:\n", &accounts);
	r = permit_parse(text, strlen(text), &accounts, &anna, ret);
	accounts_done(&accounts);
	return r;
}

static bool may(const char *text, const char *option)
{
	_cleanup_(permit_done) struct permit permit = { 0 };

	return parse(text, &permit) == 0 && permit_option(&permit, option) == 0;
}

TEST(an_empty_file_has_the_defaults)
{
	_cleanup_(permit_done) struct permit permit = { 0 };

	CHECK_INT(parse("", &permit), 0);
	CHECK_INT(permit.limits[LIMIT_MEMORY], INT64_C(2) << 30);
	CHECK_INT(permit.limits[LIMIT_TASKS], 1024);
	CHECK_INT(permit.limits[LIMIT_CPUS], 0);
	CHECK_INT(permit.sandboxes, 4);
	CHECK(permit.timeout == UINT64_MAX);
}

TEST(options_that_take_nothing_from_the_host_are_free)
{
	CHECK(may("", "memory"));
	CHECK(may("[Everybody]\nOptions=\n", "env"));
	CHECK(may("", "mount"));
	CHECK(!may("[Everybody]\nOptions=\n", "mount"));
	CHECK(!may("", "network"));
	CHECK(may("[Everybody]\nOptions=network\n", "network"));
	CHECK(may("[Everybody]\nOptions=network\nOptions=list\n", "mount"));
}

TEST(what_nobody_has_thought_of_is_for_root)
{
	CHECK(!may("", "shell"));
	CHECK(!may("", "include"));
	CHECK(!may("", "diff"));
	CHECK(!may("", "an-option-of-next-year"));
	CHECK_INT(parse("[Everybody]\nOptions=shell\n", &(struct permit){ 0 }), -EINVAL);
}

TEST(sections_count_if_they_are_about_the_caller)
{
	static const struct {
		const char *section;
		bool counts;
	} rows[] = {
		{ "User anna", true },	  { "User 1000", true },   { "User bert", false },
		{ "Group sudo", true },	  { "Group 100", true },   { "Group anna", true },
		{ "Group other", false }, { "Group bert", false }, { "Everybody", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(permit_done) struct permit permit = { 0 };
		_cleanup_(freep) char *text = xasprintf("[%s]\nSandboxes=7\n", rows[i].section);

		CHECK_INT(parse(text, &permit), 0);
		CHECK_INT(permit.sandboxes, rows[i].counts ? 7 : 4);
	}
}

TEST(later_assignments_count)
{
	_cleanup_(permit_done) struct permit permit = { 0 };

	CHECK_INT(parse("[User anna]\nMemory=1G\nTimeout=5m\n[Everybody]\nMemory=512M\nCpus=1.5\nTimeout=infinity\n",
			&permit),
		  0);
	CHECK_INT(permit.limits[LIMIT_MEMORY], INT64_C(512) << 20);
	CHECK_INT(permit.limits[LIMIT_CPUS], 1500);
	CHECK(permit.timeout == UINT64_MAX);
}

TEST(a_line_that_cannot_be_understood_is_refused)
{
	static const char *const rows[] = {
		"Memory=1G\n",
		"[Nobody]\nMemory=1G\n",
		"[everybody]\nMemory=1G\n",
		"[User nosuch]\nMemory=1G\n",
		"[Group nosuch]\nMemory=1G\n",
		"[User ]\nMemory=1G\n",
		"[Everybody]\nMemory=\n",
		"[Everybody]\nMemory=x\n",
		"[Everybody]\nmemory=1G\n",
		"[Everybody]\nTasks=-1\n",
		"[Everybody]\nTimeout=0\n",
		"[Everybody]\nTimeout=1y\n",
		"[Everybody]\nSandboxes=1001\n",
		"[Everybody]\nSandboxes=-1\n",
		"[Everybody]\nOptions=mount,user\n",
		"[Everybody]\nOptions=--mount\n",
		"[Everybody]\nnonsense\n",
		"[Everybody\nMemory=1G\n",
		"[User bert]\nMemory=x\n", /* also where it is not about the caller */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CHECK_INT(parse(rows[i], &(struct permit){ 0 }), -EINVAL);
}

TEST(limits_are_set_and_refused)
{
	_cleanup_(permit_done) struct permit permit = { 0 };
	struct request request = { .timeout = UINT64_MAX };

	CHECK_INT(parse("[Everybody]\nTasks=100\nMemory=infinity\nTimeout=60\n", &permit), 0);
	request.spec.limits[LIMIT_TASKS] = 50;
	CHECK_INT(permit_limits(&permit, &request), 0);
	CHECK_INT(request.spec.limits[LIMIT_TASKS], 50);
	CHECK_INT(request.spec.limits[LIMIT_MEMORY], 0);
	CHECK_INT(request.timeout, 60000000);
	request.spec.limits[LIMIT_TASKS] = 101;
	CHECK_INT(permit_limits(&permit, &request), -EPERM);
	request.spec.limits[LIMIT_TASKS] = 0;
	request.timeout = 60000001;
	CHECK_INT(permit_limits(&permit, &request), -EPERM);
}

TEST_MAIN
