/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of the service for sandboxes, as they are sent, and malformed ones. */
#include "sandbox/call.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/tap.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static int file_with(const char *text, size_t len, int seals)
{
	int fd = memfd_create("call", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	CHECK_INT(write_all(fd, text, len), 0);
	if (seals)
		CHECK_INT(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static int unpack(const char *text, size_t len, int seals, struct call *ret)
{
	_cleanup_(closep) int fd = file_with(text, len, seals);

	return call_unpack(fd, ret);
}

TEST(a_call_arrives_as_it_was_sent)
{
	_cleanup_(call_done) struct call call = { 0 }, got = { 0 };
	_cleanup_(closep) int fd = -1;

	strv_add(&call.words, "virt-sandbox");
	strv_add(&call.words, "");
	strv_add(&call.words, "a\nb");
	strv_add(&call.environment, "LANG=C");
	fd = call_pack(&call);
	CHECK_INT(call_unpack(fd, &got), 0);
	CHECK(strv_equal(&got.words, &call.words));
	CHECK(strv_equal(&got.environment, &call.environment));
}

TEST(a_call_may_have_no_environment)
{
	_cleanup_(call_done) struct call got = { 0 };

	CHECK_INT(unpack("1\0true", 7, SEALS, &got), 0);
	CHECK_INT(got.words.n, 1);
	CHECK_INT(got.environment.n, 0);
}

TEST(what_is_malformed_is_refused)
{
	static const struct {
		const char *text;
		size_t len;
	} rows[] = {
		{ "", 0 },	   { "1", 1 },	    { "1", 2 },	      { "0\0true", 7 },	 { "2\0true", 7 },
		{ "-1\0true", 8 }, { "\0true", 6 }, { "1\0true", 6 }, { " 1\0true", 8 }, { "99999999999999\0x", 17 },
	};
	struct call got = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CHECK_INT(unpack(rows[i].text, rows[i].len, SEALS, &got), -EBADMSG);
	CHECK_INT(got.words.n, 0);
}

TEST(a_text_that_can_still_change_is_refused)
{
	struct call got = { 0 };
	_cleanup_(closep) int file = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	CHECK_INT(unpack("1\0true", 7, 0, &got), -EBADMSG);
	CHECK_INT(unpack("1\0true", 7, F_SEAL_SHRINK | F_SEAL_GROW, &got), -EBADMSG);
	CHECK_INT(call_unpack(file, &got), -EBADMSG);
	CHECK_INT(call_unpack(-1, &got), -EBADMSG);
}

TEST(only_signals_that_reach_the_caller_are_passed_on)
{
	CHECK(call_passes(SIGINT));
	CHECK(call_passes(SIGTSTP));
	CHECK(!call_passes(SIGKILL));
	CHECK(!call_passes(SIGSTOP));
	CHECK(!call_passes(0));
	CHECK(!call_passes((uint64_t)SIGINT + (UINT64_C(1) << 32)));
}

TEST_MAIN
