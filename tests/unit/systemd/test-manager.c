/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's systemd, against a manager that the test plays. */
#include "lib/tap.h"

#include <errno.h>

#include "lib/mock-manager.h"
#include "systemd/manager.h"
#include "systemd/jobs.h"

#define LOST (-1000) /* any error: which one it is, is sd-bus's affair */
#define JOBS SYSTEMD_PATH "/job"

static void job_removed(sd_bus *bus, const char *path, const char *result)
{
	mock_signal(bus, SYSTEMD_PATH, SYSTEMD_MANAGER, "JobRemoved", "uoss", 1, path, "x.service", result);
}

/* The unit's name says what becomes of its job: 'RESULT.service'. */
static int start_unit(sd_bus_message *call)
{
	sd_bus *bus = sd_bus_message_get_bus(call);
	const char *unit;
	char result[64] = "", path[96];

	mock_must(sd_bus_message_read(call, "ss", &unit, NULL));
	snprintf(result, strcspn(unit, ".") + 1, "%s", unit);
	snprintf(path, sizeof(path), JOBS "/%s", result);
	if (strcmp(result, "refused") == 0)
		return sd_bus_reply_method_errorf(call, "org.freedesktop.systemd1.NoSuchUnit", "No \033[31m%s.", unit);
	if (strcmp(result, "hangup") == 0)
		return -1;
	job_removed(bus, JOBS "/other", "failed");
	if (strcmp(result, "early") == 0) { /* over before the reply */
		job_removed(bus, path, "done");
		return sd_bus_reply_method_return(call, "o", path);
	}
	mock_must(sd_bus_reply_method_return(call, "o", path));
	if (strcmp(result, "interrupt") == 0)
		return kill(getppid(), SIGINT);
	for (int i = 0; strcmp(result, "never") == 0 && i < 100; i++) /* says much, but not that it has ended */
		job_removed(bus, JOBS "/other", "done");
	if (strcmp(result, "never") == 0)
		return 0;
	job_removed(bus, path, result);
	job_removed(bus, path, "failed"); /* nobody waits for it any more */
	return 0;
}

static int list_units(sd_bus_message *call)
{
	return sd_bus_reply_method_return(call, "a(ssssssouso)", 2, "b.service", "B", "loaded", "active", "running", "",
					  "/", 0, "", "/", "a.service", "A", "not-found", "inactive",
					  "a-state-longer-than-any-that-systemd-has-ever-known", "", "/", 0, "", "/");
}

static int get_all(sd_bus_message *call)
{
	return sd_bus_reply_method_return(call, "a{sv}", 1, "ActiveState", "s", "failed");
}

static int answer(sd_bus_message *call, const char *member)
{
	static int subscribed;

	if (strcmp(member, "StartUnit") == 0 || strcmp(member, "ReloadUnit") == 0)
		return start_unit(call);
	if (strcmp(member, "Subscribe") == 0 && subscribed++)
		return sd_bus_reply_method_errorf(call, "org.freedesktop.systemd1.AlreadySubscribed",
						  "Once is enough.");
	if (strcmp(member, "ListUnitsByPatterns") == 0)
		return list_units(call);
	if (strcmp(member, "GetAll") == 0)
		return get_all(call);
	if (strcmp(member, "ResetFailedUnit") == 0)
		return sd_bus_reply_method_errorf(call, "org.freedesktop.systemd1.NoSuchUnit", "Unit x not loaded.");
	if (strcmp(member, "EnableUnitFiles") == 0)
		return sd_bus_reply_method_return(call, "ba(sss)", true, 0);
	if (strcmp(member, "DisableUnitFiles") == 0)
		return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_ACCESS_DENIED, "Not you.");
	return sd_bus_reply_method_return(call, NULL);
}

/* Starts the units whose names 'results' lists; the messages are in *ret_text. */
static int start(const char *results, int *ret_signal, char **ret_text)
{
	struct mock mock = mock_start(answer, NULL);
	_cleanup_(strv_done) struct strv units = { 0 };
	struct systemd_jobs jobs = { .job = SYSTEMD_START };
	int r, saved;

	strv_split(&units, results, " ");
	saved = capture_begin();
	jobs.units = &units;
	r = systemd_run_jobs(mock.bus, &jobs, ret_signal);
	*ret_text = capture_end(saved);
	mock_done(&mock);
	return r;
}

TEST(job_results)
{
	static const struct {
		const char *units;
		int r;
		const char *message; /* part of it; NULL: none at all */
	} cases[] = {
		{ "done.service", 0, NULL },
		{ "skipped.service", 0, NULL },
		{ "early.service", 0, NULL },
		{ "done.service early.service skipped.service", 0, NULL },
		{ "failed.service", -EIO, "Starting 'failed.service' failed.\n" },
		{ "timeout.service", -EIO, "'timeout.service' took longer" },
		{ "dependency.service", -EIO, "a unit it requires" },
		{ "canceled.service", -EIO, "another request" },
		{ "invented.service", -EIO, "'invented.service' ended with an unknown result" },
		{ "done.service failed.service early.service", -EIO, "journalctl -u failed.service" },
		{ "refused.service done.service", -ENOENT, "No \\x1b[31mrefused.service." },
		{ "hangup.service", LOST, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *text = NULL;
		int signal, r = start(cases[i].units, &signal, &text);

		printf("# %s: %s\n", cases[i].units, text);
		CHECK(cases[i].r == LOST ? r < 0 : r == cases[i].r);
		CHECK(cases[i].message ? *text && strstr(text, cases[i].message) : !*text);
	}
}

/* Each unit's own result; one that is left out has not been asked for, one whose turn comes later is. */
static struct {
	int turns, asked, again;
} hook;

static int before(void *data, size_t i)
{
	const struct strv *units = data;

	if (strcmp(units->v[i], "later.service") == 0 && hook.again++ < 2)
		return -EAGAIN;
	hook.turns++;
	return strcmp(units->v[i], "left-out.service") == 0 ? -EBUSY : 0;
}

static void after(void *data)
{
	(void)data;
	hook.asked++;
}

TEST(results)
{
	struct mock mock = mock_start(answer, NULL);
	_cleanup_(strv_done) struct strv units = { 0 };
	_cleanup_(freep) char *text = NULL;
	int results[5], signal, saved;
	struct systemd_jobs jobs = {
		.job = SYSTEMD_START,
		.units = &units,
		.results = results,
		.before = before,
		.after = after,
		.data = &units,
	};

	strv_split(&units, "done.service failed.service left-out.service later.service refused.service", " ");
	saved = capture_begin();
	CHECK(systemd_run_jobs(mock.bus, &jobs, &signal) < 0);
	text = capture_end(saved);
	CHECK_INT(results[0], 0);
	CHECK_INT(results[1], -EIO);
	CHECK_INT(results[2], -EBUSY);
	CHECK_INT(results[3], -EIO); /* the mock knows no such result */
	CHECK_INT(results[4], -ENOENT);
	CHECK_INT(hook.turns, 5);
	CHECK_INT(hook.asked, 4);
	CHECK_INT(hook.again, 3);
	mock_done(&mock);
}

TEST(twice)
{
	struct mock mock = mock_start(answer, NULL);
	_cleanup_(strv_done) struct strv units = { 0 };
	struct systemd_jobs jobs = { .job = SYSTEMD_START, .units = &units };
	int signal;

	strv_add(&units, "done.service");
	CHECK_INT(systemd_run_jobs(mock.bus, &jobs, &signal), 0);
	strv_clear(&units);
	strv_add(&units, "early.service"); /* another: the mock uses the paths of jobs again */
	CHECK_INT(systemd_run_jobs(mock.bus, &jobs, &signal), 0);
	mock_done(&mock);
}

TEST(results_unknown)
{
	struct mock mock = mock_start(answer, NULL);
	_cleanup_(strv_done) struct strv units = { 0 };
	_cleanup_(freep) char *text = NULL;
	int results[] = { 0, 0 }, signal, saved;
	struct systemd_jobs jobs = { .job = SYSTEMD_START, .units = &units, .results = results };

	strv_split(&units, "interrupt.service done.service", " ");
	saved = capture_begin();
	CHECK_INT(systemd_run_jobs(mock.bus, &jobs, &signal), -EINTR);
	text = capture_end(saved);
	CHECK_INT(results[0], -ECANCELED);
	CHECK_INT(results[1], -ECANCELED);
	mock_done(&mock);
}

TEST(interrupted)
{
	_cleanup_(freep) char *text = NULL;
	int signal = 0;

	CHECK_INT(start("done.service interrupt.service", &signal, &text), -EINTR);
	CHECK_INT(signal, SIGINT);
	CHECK(strstr(text, "continues"));
}

TEST(no_end)
{
	struct mock mock = mock_start(answer, NULL);
	_cleanup_(strv_done) struct strv units = { 0 };
	_cleanup_(freep) char *text = NULL;
	int results[2], signal, saved, r;
	const struct systemd_jobs jobs = {
		.job = SYSTEMD_RELOAD,
		.units = &units,
		.results = results,
		.inside = true,
		.timeout = 2000000,
	};

	strv_split(&units, "never.service done.service", " ");
	saved = capture_begin();
	r = systemd_run_jobs(mock.bus, &jobs, &signal);
	text = capture_end(saved);
	CHECK_INT(r, -EIO);
	CHECK_INT(results[0], -EIO);
	CHECK_INT(results[1], 0);
	CHECK(strstr(text, "'never.service' took too long"));
	mock_done(&mock);
}

TEST(list)
{
	struct mock mock = mock_start(answer, NULL);
	_cleanup_(strv_done) struct strv units = { 0 };
	struct unit_state states[3];

	strv_split(&units, "a.service b.service c.service", " ");
	CHECK_INT(systemd_list(mock.bus, "*.service", &units, states), 0);
	CHECK_STR(states[0].load, "not-found");
	CHECK_STR(states[0].active, "inactive");
	CHECK_STR(states[0].sub, "a-state-longer-than-any-that-sy");
	CHECK_STR(states[1].active, "active");
	CHECK_STR(states[2].active, "");
	mock_done(&mock);
}

TEST(unit_files)
{
	struct mock mock = mock_start(answer, NULL);
	_cleanup_(freep) char *text = NULL;
	int saved;

	CHECK_INT(systemd_reload(mock.bus), 0);
	CHECK_INT(systemd_enable(mock.bus, "x.service", true), 0);
	CHECK_INT(systemd_reset_failed(mock.bus, "x.service"), 0);
	saved = capture_begin();
	CHECK_INT(systemd_enable(mock.bus, "x.service", false), -EACCES);
	text = capture_end(saved);
	CHECK(strstr(text, "Not you."));
	mock_done(&mock);
}

TEST_MAIN
