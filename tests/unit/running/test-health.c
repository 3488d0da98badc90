/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A look at the units of a container whose systemd is hostile, which the test plays. Time passes when it answers. */
#include "lib/tap.h"

#include <errno.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "lib/mock-manager.h"
#include "running/health.h"

#define LONG_NAME 300
#define LONGEST_NAME (128 * 1024) /* too long for a path on the bus */

/* What the mock, a child process, shares with the test. */
static struct shared {
	uint64_t now, step; /* microseconds, and how many of them an answer takes */
	unsigned int calls;
	const char *active;
} * shared;

/* Instead of that in base/. */
uint64_t clock_usec(void)
{
	return shared->now;
}

static char *name_of(size_t length)
{
	char *name = xcalloc(length + 1, 1);

	memset(name, 'x', length);
	return name;
}

static int reply_units(sd_bus_message *call)
{
	_cleanup_(freep) char *too_long = name_of(LONG_NAME), *fits = name_of(255), *huge = name_of(LONGEST_NAME);
	const char *const names[] = { "", too_long, fits, huge, "bad.service" };
	sd_bus_message *m;

	mock_must(sd_bus_message_new_method_return(call, &m));
	mock_must(sd_bus_message_open_container(m, 'a', "(ssssssouso)"));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		mock_must(sd_bus_message_append(m, "(ssssssouso)", names[i], "", "", "", "", "", "/", 0, "", "/"));
	for (unsigned int i = 0; i < 50; i++) {
		_cleanup_(freep) char *name = xasprintf("%u.service", i);

		mock_must(sd_bus_message_append(m, "(ssssssouso)", name, "", "", "", "", "", "/", 0, "", "/"));
	}
	mock_must(sd_bus_message_close_container(m));
	mock_must(sd_bus_send(NULL, m, NULL));
	sd_bus_message_unref(m);
	return 0;
}

static int answer(sd_bus_message *call, const char *member)
{
	_cleanup_(freep) char *too_long = name_of(LONG_NAME), *huge = name_of(LONGEST_NAME);

	shared->now += shared->step;
	shared->calls++;
	if (strcmp(member, "ListUnitsFiltered") == 0)
		return reply_units(call);
	if (strcmp(member, "Get") == 0)
		return sd_bus_reply_method_return(call, "v", "as", 4, "", too_long, huge, "part.service");
	if (strcmp(member, "GetAll") == 0)
		return sd_bus_reply_method_return(call, "a{sv}", 4, "LoadState", "s", "loaded", "ActiveState", "s",
						  shared->active, "Result", "s", "exit-code", "InactiveExitTimestamp",
						  "t", UINT64_C(1));
	return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_FAILED, "no %s here", member);
}

static struct mock begin(const char *active, uint64_t step)
{
	if (!shared)
		shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		abort();
	*shared = (struct shared){ .now = 1, .step = step, .active = active };
	return mock_start(answer, NULL);
}

static struct record record_of(const char *unit)
{
	struct record record = { .name = xstrdup("web1") };

	strv_add(&record.units, unit);
	return record;
}

/* Looks at a container, and returns what was said meanwhile; the caller frees it. */
static char *look(const char *active, uint64_t step, int *ret, struct health *health)
{
	_cleanup_(record_done) struct record record = record_of("web.service");
	struct mock mock = begin(active, step);
	const struct health nothing = { 0 };
	int saved = capture_begin();
	char *said;

	*ret = health_look(mock.bus, &record, &nothing, health);
	said = capture_end(saved);
	mock_done(&mock);
	return said;
}

TEST(names_that_are_not_units_are_left_out)
{
	_cleanup_(health_done) struct health health = { 0 };
	_cleanup_(freep) char *said = NULL;
	int r;

	said = look("failed", 0, &r, &health);
	CHECK_INT(r, 0);
	CHECK_INT(health.n, 16);
	CHECK_STR(health.v[0].unit, "web.service");
	CHECK_STR(health.v[1].unit, "part.service");
	CHECK_INT(strlen(health.v[2].unit), 255);
	CHECK_STR(health.v[3].unit, "bad.service");
	CHECK_STR(health.v[4].unit, "0.service");
	CHECK(!strstr(said, "web1"));
}

TEST(a_name_is_short_in_messages)
{
	struct mock mock = begin("failed", 0);
	_cleanup_(strv_done) struct strv parts = { 0 };
	_cleanup_(freep) char *name = name_of(LONGEST_NAME), *said = NULL;
	int saved = capture_begin();

	CHECK(bus_unit_list(mock.bus, name, "ConsistsOf", 1, &parts) < 0);
	said = capture_end(saved);
	CHECK(strstr(said, "mock (xxx"));
	CHECK(strlen(said) < 1000);
	mock_done(&mock);
}

/* Each answer is in time, but not all of them together. */
TEST(slow_answers_end_the_look)
{
	static const char *const states[] = { "active", "failed" };

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		_cleanup_(health_done) struct health health = { 0 };
		_cleanup_(freep) char *said = NULL;
		int r;

		said = look(states[i], UINT64_C(24) * 1000000, &r, &health);
		CHECK_INT(r, -ETIMEDOUT);
		CHECK_INT(health.n, 0);
		CHECK(shared->calls < 10);
		CHECK(strstr(said, "systemd in container 'web1' answers too slowly"));
	}
}

TEST_MAIN
