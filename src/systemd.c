/* See systemd.h. */
#include "systemd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>

#include "interrupt.h"
#include "journal.h"
#include "log.h"

/* Reloading a host with a thousand units takes its time. */
#define NO_SUCH_UNIT "org.freedesktop.systemd1.NoSuchUnit"
#define CALL_TIMEOUT (UINT64_C(180) * 1000000)

/* What systemd-machined gives every container. */
#define MACHINE_TASKS UINT64_C(16384)

static const struct {
	const char *method;
	const char *doing;
} job_kinds[] = {
	[SYSTEMD_START] = { "StartUnit", "Starting" },
	[SYSTEMD_STOP] = { "StopUnit", "Stopping" },
	[SYSTEMD_RESTART] = { "RestartUnit", "Restarting" },
};

/* What became of a job, in systemd's word and ours. NULL: that is success. */
static const struct {
	const char *result;
	const char *sentence;
} job_results[] = {
	{ "done", NULL },
	{ "skipped", NULL }, /* there was nothing to do */
	{ "failed", "failed" },
	{ "timeout", "took longer than its unit allows" },
	{ "canceled", "was given up for another request" },
	{ "dependency", "failed because a unit that it needs failed" },
	{ "assert", "failed because an assertion in its unit does not hold" },
	{ "once", "failed because it can be started once only" },
};

struct pending {
	const char *unit;
	char *path;
	bool ended;
	const char *sentence; /* of what went wrong */
	int r;		      /* of asking for it */
};

struct jobs {
	enum systemd_job kind;
	struct pending *v;
	size_t n, left;
};

static void jobs_done(struct jobs *jobs)
{
	for (size_t i = 0; i < jobs->n; i++)
		free(jobs->v[i].path);
	free(jobs->v);
}

bool systemd_present(void)
{
	return sd_booted() > 0;
}

int systemd_require(void)
{
	if (systemd_present())
		return 0;
	return log_error_errno(-EHOSTDOWN, "This host was not started by systemd, which runs the containers' units; "
					   "virt-sandbox-service needs a host that was.");
}

int systemd_connect(sd_bus **ret)
{
	_cleanup_(bus_closep) sd_bus *bus = NULL;
	int r = systemd_require();

	if (r < 0)
		return r;
	r = sd_bus_open_system_with_description(&bus, "systemd");
	if (r < 0)
		return log_error_errno(r, "Cannot reach systemd over D-Bus: %m. Is 'dbus.service' running?");
	sd_bus_set_method_call_timeout(bus, CALL_TIMEOUT);
	*ret = steal_ptr(bus);
	return 0;
}

static struct pending *job_find(struct jobs *jobs, const char *path)
{
	for (size_t i = 0; i < jobs->n; i++)
		if (!jobs->v[i].ended && jobs->v[i].path && strcmp(jobs->v[i].path, path) == 0)
			return &jobs->v[i];
	return NULL;
}

/* The end of any job of this systemd's comes here; ours are known by their path. */
static int on_job_removed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct jobs *jobs = userdata;
	struct pending *job;
	const char *path, *result;

	(void)error;
	if (sd_bus_message_read(m, "uoss", NULL, &path, NULL, &result) < 0)
		return 0;
	job = job_find(jobs, path);
	if (!job)
		return 0;
	job->ended = true;
	jobs->left--;
	job->sentence = "ended in a way that is unknown to us";
	for (size_t i = 0; i < ARRAY_SIZE(job_results); i++)
		if (strcmp(job_results[i].result, result) == 0)
			job->sentence = job_results[i].sentence;
	return 0;
}

static int job_queue(sd_bus *bus, struct jobs *jobs, struct pending *job)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	const char *method = job_kinds[jobs->kind].method, *path;
	int r;

	r = sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, method, &error, &reply, "ss",
			       job->unit, "replace");
	/* What has no unit, because making it or removing it was cut short, is stopped. */
	if (r < 0 && jobs->kind == SYSTEMD_STOP && sd_bus_error_has_name(&error, NO_SUCH_UNIT))
		return 0;
	if (r < 0)
		return bus_log(bus, r, method, error.message);
	r = sd_bus_message_read(reply, "o", &path);
	if (r < 0)
		return bus_log(bus, r, job->unit, NULL);
	job->path = xstrdup(path);
	jobs->left++;
	return 0;
}

static int jobs_wait(sd_bus *bus, struct jobs *jobs, struct interrupt *interrupt, int *ret_signal)
{
	int r = 0, signal;

	while (r >= 0 && jobs->left > 0) {
		struct pollfd fd = { .fd = interrupt->fd, .events = POLLIN };

		r = bus_wait(bus, &fd, 1, UINT64_MAX);
		signal = interrupt_take(interrupt);
		if (signal == 0)
			continue;
		log_error("Interrupted, but %s goes on: 'systemctl list-jobs' shows it.",
			  jobs->left == 1 ? "the job" : "each job");
		*ret_signal = signal;
		return -EINTR;
	}
	return r < 0 ? bus_log(bus, r, "waiting for a job", NULL) : 0;
}

/* The job said only that it failed. Why is in the journal. */
static int explain(sd_bus *bus, enum systemd_job kind, const struct pending *job)
{
	struct unit_state state;

	log_error("%s '%s' %s.", job_kinds[kind].doing, job->unit, job->sentence);
	if (bus_unit_state(bus, job->unit, &state) >= 0)
		journal_explain(job->unit, state.invocation);
	return -EIO;
}

static int jobs_result(sd_bus *bus, const struct jobs *jobs)
{
	int r = 0;

	for (size_t i = 0; i < jobs->n; i++) {
		const struct pending *job = &jobs->v[i];

		if (job->sentence)
			r = explain(bus, jobs->kind, job);
		else if (job->r < 0)
			r = job->r; /* refused, and said so */
	}
	return r;
}

/* To be asked for before the first job, or its end could be missed. */
static int jobs_watch(sd_bus *bus, struct jobs *jobs, sd_bus_slot **ret)
{
	int r = sd_bus_match_signal(bus, ret, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "JobRemoved", on_job_removed,
				    jobs);

	return r < 0 ? bus_log(bus, r, "JobRemoved", NULL) : bus_call(bus, NULL, "Subscribe", NULL);
}

int systemd_run_jobs(sd_bus *bus, enum systemd_job kind, const struct strv *units, int *ret_signal)
{
	_cleanup_(interrupt_done) struct interrupt interrupt = { .fd = -1 };
	_cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
	_cleanup_(jobs_done) struct jobs jobs = { .kind = kind };
	int r;

	r = interrupt_begin(&interrupt);
	if (r < 0)
		return log_error_errno(r, "Cannot wait for signals: %m");
	r = jobs_watch(bus, &jobs, &slot);
	if (r < 0)
		return r;
	jobs.v = xcalloc(units->n, sizeof(*jobs.v));
	jobs.n = units->n;
	for (size_t i = 0; i < units->n; i++) {
		jobs.v[i].unit = units->v[i];
		jobs.v[i].r = job_queue(bus, &jobs, &jobs.v[i]);
	}
	r = jobs_wait(bus, &jobs, &interrupt, ret_signal);
	return r < 0 ? r : jobs_result(bus, &jobs);
}

static void list_row(const struct strv *units, struct unit_state *states, const char *unit,
		     const struct unit_state *row)
{
	for (size_t i = 0; i < units->n; i++)
		if (strcmp(units->v[i], unit) == 0)
			states[i] = *row;
}

static int list_read(sd_bus_message *m, const struct strv *units, struct unit_state *states)
{
	int r = sd_bus_message_enter_container(m, 'a', "(ssssssouso)");

	while (r >= 0) {
		const char *unit, *load, *active, *sub;
		struct unit_state row = { 0 };

		r = sd_bus_message_read(m, "(ssssssouso)", &unit, NULL, &load, &active, &sub, NULL, NULL, NULL, NULL,
					NULL);
		if (r == 0)
			return 0;
		if (r < 0)
			break;
		snprintf(row.load, sizeof(row.load), "%s", load);
		snprintf(row.active, sizeof(row.active), "%s", active);
		snprintf(row.sub, sizeof(row.sub), "%s", sub);
		list_row(units, states, unit, &row);
	}
	return r;
}

int systemd_list(sd_bus *bus, const struct strv *units, struct unit_state *ret)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	memset(ret, 0, units->n * sizeof(*ret));
	if (units->n == 0)
		return 0;
	r = sd_bus_message_new_method_call(bus, &m, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "ListUnitsByNames");
	if (r >= 0)
		r = sd_bus_message_append_strv(m, units->v);
	if (r >= 0)
		r = sd_bus_call(bus, m, 0, &error, &reply);
	if (r >= 0)
		r = list_read(reply, units, ret);
	return r < 0 ? bus_log(bus, r, "ListUnitsByNames", error.message) : 0;
}

int systemd_version(sd_bus *bus, char *ret, size_t size)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(freep) char *version = NULL;
	int r = sd_bus_get_property_string(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "Version", &error, &version);

	if (r < 0)
		return bus_log(bus, r, "Version", error.message);
	snprintf(ret, size, "%s", version);
	return 0;
}

int systemd_reload(sd_bus *bus)
{
	return bus_call(bus, NULL, "Reload", NULL);
}

int systemd_enable(sd_bus *bus, const char *unit, bool enable)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	if (enable)
		return bus_call(bus, NULL, "EnableUnitFiles", "asbb", 1, unit, false, false);
	r = sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "DisableUnitFiles", &error, NULL, "asb",
			       1, unit, false);
	if (r < 0 && !sd_bus_error_has_name(&error, NO_SUCH_UNIT))
		return bus_log(bus, r, unit, error.message);
	return 0;
}

int systemd_limit(sd_bus *bus, pid_t pid, uint64_t tasks, uint64_t io_weight)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *unit;
	int r = bus_call(bus, &reply, "GetUnitByPID", "u", (uint32_t)pid);

	if (r < 0)
		return r;
	r = sd_bus_message_read(reply, "o", &unit);
	if (r >= 0)
		r = sd_bus_call_method(bus, SYSTEMD_NAME, unit, SYSTEMD_NAME ".Unit", "SetProperties", &error, NULL,
				       "ba(sv)", true, 2, "TasksMax", "t", tasks ? tasks : MACHINE_TASKS, "IOWeight", "t",
				       io_weight ? io_weight : UINT64_MAX);
	return r < 0 ? bus_log(bus, r, "SetProperties", error.message) : 0;
}

int systemd_reset_failed(sd_bus *bus, const char *unit)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	r = sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "ResetFailedUnit", &error, NULL, "s",
			       unit);
	if (r < 0 && !sd_bus_error_has_name(&error, NO_SUCH_UNIT))
		return bus_log(bus, r, unit, error.message);
	return 0;
}
