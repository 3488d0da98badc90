/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why a unit is not up, from properties that the test's manager answers with, and as a sentence. */
#include "lib/tap.h"

#include <errno.h>
#include <signal.h>

#include "lib/mock-manager.h"
#include "systemd/unit-failure.h"

#define COMMAND(path, code, status) path, 1, path, false, 0, 0, 0, 0, 1, code, status

static int get_all(sd_bus_message *call, const char *member)
{
	(void)member;
	return sd_bus_reply_method_return(
		call, "a{sv}", 8, "LoadError", "(ss)", "org.freedesktop.systemd1.BadUnitSetting", "bad setting",
		"Conditions", "a(sbbsi)", 4, "ConditionPathExists", false, false, "/etc/there", 1,
		"ConditionPathExists", true, false, "/etc/one", -1, "ConditionPathExists", false, true, "/etc/two", -1,
		"ConditionHost", false, false, "x", 0, "Asserts", "a(sbbsi)", 2, "AssertUser", true, false, "a", -1,
		"AssertUser", true, false, "b", -1, "EnvironmentFiles", "a(sb)", 2, "/etc/may", true, "/etc/must",
		false, "ExecStartPre", "a(sasbttttuii)", 2, COMMAND("/bin/good", CLD_EXITED, 0),
		COMMAND("/bin/bad", CLD_EXITED, 3), "ExecStart", "a(sasbttttuii)", 1, COMMAND("/bin/unborn", 0, 0),
		"User", "s", "somebody", "Unknown", "as", 1, "z");
}

/* One of the conditions with '|' holds, so the others do not matter. */
static int get_triggered(sd_bus_message *call, const char *member)
{
	(void)member;
	return sd_bus_reply_method_return(call, "a{sv}", 1, "Conditions", "a(sbbsi)", 2, "ConditionUser", true, false,
					  "a", -1, "ConditionUser", true, false, "b", 1);
}

static int get_nonsense(sd_bus_message *call, const char *member)
{
	(void)member;
	return sd_bus_reply_method_return(call, "a{sv}", 1, "Conditions", "s", "none");
}

TEST(properties)
{
	struct mock mock = mock_start(get_all, NULL);
	_cleanup_(unit_failure_done) struct unit_failure f = { 0 };

	CHECK_INT(unit_failure_read(mock.bus, "x.service", &f), 0);
	CHECK_STR(f.load_error, "bad setting");
	CHECK_STR(f.condition, "ConditionPathExists=!/etc/two");
	CHECK_STR(f.assertion, "AssertUser=|a");
	CHECK_INT(f.environment.n, 1);
	CHECK_STR(f.environment.v[0], "/etc/must");
	CHECK_STR(f.command.program, "/bin/bad");
	CHECK_INT(f.command.status, 3);
	CHECK_STR(f.user, "somebody");
	CHECK_STR(f.group, "");
	mock_done(&mock);
}

TEST(one_condition_of_several_is_enough)
{
	struct mock mock = mock_start(get_triggered, NULL);
	_cleanup_(unit_failure_done) struct unit_failure f = { 0 };

	CHECK_INT(unit_failure_read(mock.bus, "x.service", &f), 0);
	CHECK_STR(f.condition, "");
	mock_done(&mock);
}

TEST(an_answer_that_is_not_valid)
{
	struct mock mock = mock_start(get_nonsense, NULL);
	struct unit_failure f = { 0 };
	_cleanup_(freep) char *text = NULL;
	int saved = capture_begin();

	CHECK_INT(unit_failure_read(mock.bus, "x.service", &f), -EBADMSG);
	text = capture_end(saved);
	CHECK(strstr(text, "not valid"));
	mock_done(&mock);
}

TEST(sentences)
{
	static const char *missing[] = { "/etc/x", NULL };
	static const struct {
		struct unit_state state;
		struct unit_failure failure;
		const char *text;
	} cases[] = {
		{ { .load = "not-found" }, { .load_error = "x" }, "is missing" },
		{ { .load = "masked" }, { .load_error = "x" }, "is masked there" },
		{ { .load = "bad-setting" }, { .load_error = "no ExecStart=" }, "cannot be loaded: no ExecStart=" },
		{ { .load = "error" }, { .load_error = "" }, "cannot be loaded: error" },
		{ { .load = "loaded", .active = "inactive", .result = "success" },
		  { .condition = "ConditionPathExists=/etc/x" },
		  "was not started: ConditionPathExists=/etc/x does not hold there" },
		{ { .load = "loaded", .active = "inactive", .result = "success" },
		  { .assertion = "AssertPathExists=/etc/x" },
		  "was not started: AssertPathExists=/etc/x does not hold there" },
		{ { .load = "loaded", .active = "inactive", .result = "success", .trigger = "x.socket" },
		  { .load_error = "" },
		  "was not started: it waits for 'x.socket'" },
		{ { .load = "loaded", .active = "inactive", .result = "success" },
		  { .load_error = "" },
		  "was not started: it is not enabled there, or something it needs failed" },
		{ { .load = "loaded", .active = "inactive", .result = "success", .started = 1, .trigger = "x.socket" },
		  { .load_error = "" },
		  "has ended" },
		{ { .load = "loaded", .active = "failed", .result = "resources" },
		  { .load_error = "" },
		  "failed: its systemd could not prepare it" },
		{ { .load = "loaded", .active = "failed", .result = "resources" },
		  { .input = "socket" },
		  "failed: its StandardInput= is a socket, which it has only if a socket unit starts it" },
		{ { .load = "loaded", .active = "failed", .result = "resources" },
		  { .missing = { (char **)missing, 1 } },
		  "failed: its EnvironmentFile= '/etc/x' does not exist there" },
		{ { .load = "loaded",
		    .active = "failed",
		    .result = "exit-code",
		    .exit_code = CLD_EXITED,
		    .exit_status = 203 },
		  { .command = { "/opt/x", CLD_EXITED, 203 } },
		  "failed: its program '/opt/x' is missing or cannot be run (203/EXEC)" },
		{ { .load = "loaded", .active = "failed", .result = "exit-code" },
		  { .command = { "/bin/x", CLD_EXITED, 217 }, .user = "nobody2" },
		  "failed: there is no user 'nobody2' (217/USER)" },
		{ { .load = "loaded", .active = "failed", .result = "exit-code" },
		  { .command = { "/bin/x", CLD_EXITED, 226 } },
		  "failed: a path of its settings for the file system, as ReadWritePaths=, cannot be set up "
		  "(226/NAMESPACE)" },
		{ { .load = "loaded",
		    .active = "failed",
		    .result = "exit-code",
		    .exit_code = CLD_EXITED,
		    .exit_status = 1 },
		  { .load_error = "" },
		  "failed: its main process ended with status 1" },
		{ { .load = "loaded", .active = "activating", .sub = "auto-restart", .result = "exit-code" },
		  { .command = { "/bin/x", CLD_EXITED, 9 } },
		  "failed: '/bin/x' ended with status 9" },
		{ { .load = "loaded", .active = "failed", .result = "signal" },
		  { .command = { "/bin/x", CLD_KILLED, SIGKILL } },
		  "failed: '/bin/x' was ended by signal 9 (Killed)" },
		{ { .load = "loaded", .active = "failed", .result = "timeout" },
		  { .command = { "/bin/x", CLD_KILLED, SIGTERM } },
		  "failed: it took longer than it may" },
		{ { .load = "loaded", .active = "failed", .result = "a word of a later systemd" },
		  { .load_error = "" },
		  "failed: a word of a later systemd" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *text = unit_failure_text(&cases[i].state, &cases[i].failure);

		CHECK_STR(text, cases[i].text);
	}
}

TEST_MAIN
