/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs for many units at once. As many are queued at once as is fastest. A signal on the bus reports the end of each,
 * so we subscribe to signals before the first job is queued. */
#include "systemd/jobs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/signals.h"
#include "systemd/journal.h"
#include "systemd/manager.h"

#define RETRY_USEC 50000
#define PROGRESS_USEC 500000

static const struct {
	const char *method;
	const char *doing;
	/* For how long it keeps processors and disks busy, in microseconds. One that has not ended by then is waiting
	 * for something, and counts no more. */
	uint64_t busy;
} kinds[] = {
	[SYSTEMD_START] = { "StartUnit", "Starting", UINT64_MAX },
	[SYSTEMD_STOP] = { "StopUnit", "Stopping", 5000000 },
	[SYSTEMD_RESTART] = { "RestartUnit", "Restarting", UINT64_MAX },
	[SYSTEMD_RELOAD] = { "ReloadUnit", "Reloading", 0 },
};

/* The result of a job, in systemd's words and in ours; NULL means success. */
static const struct {
	const char *result;
	const char *sentence;
} results[] = {
	{ "done", NULL },
	{ "skipped", NULL }, /* there was nothing to do */
	{ "failed", "failed" },
	{ "timeout", "took longer than its unit allows" },
	{ "canceled", "was cancelled by another request" },
	{ "dependency", "failed because a unit it requires failed" },
	{ "assert", "failed because an assertion in its unit is not met" },
	{ "once", "failed because it can be started only once" },
};

struct pending {
	const char *unit;
	char *path;
	uint64_t since; /* when it was requested */
	bool ended;
	const char *sentence; /* that says what went wrong */
	int r;		      /* of requesting it */
};

struct batch {
	sd_bus *bus;
	const struct systemd_jobs *rq;
	struct pending *v;
	size_t n, next; /* all jobs, and those requested so far */
	size_t running; /* requested but not finished */
	size_t at_once;
	bool again; /* there is room for the next job, but 'before' said -EAGAIN */
	struct signals signals;
	struct progress progress;
};

static void batch_done(struct batch *b)
{
	log_line(NULL);
	signals_done(&b->signals);
	for (size_t i = 0; i < b->n; i++)
		free(b->v[i].path);
	free(b->v);
}

static struct pending *find(struct batch *b, const char *path)
{
	for (size_t i = 0; i < b->next; i++)
		if (!b->v[i].ended && b->v[i].path && strcmp(b->v[i].path, path) == 0)
			return &b->v[i];
	return NULL;
}

/* Called at the end of every job of this systemd. We know our own jobs by their paths. */
static int on_job_removed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct batch *b = userdata;
	struct pending *job;
	const char *path, *result;

	(void)error;
	if (sd_bus_message_read(m, "uoss", NULL, &path, NULL, &result) < 0)
		return 0;
	job = find(b, path);
	if (!job)
		return 0;
	job->ended = true;
	b->running--;
	job->sentence = "ended with an unknown result";
	for (size_t i = 0; i < ARRAY_SIZE(results); i++)
		if (strcmp(results[i].result, result) == 0)
			job->sentence = results[i].sentence;
	log_info("Job for '%s' has ended: %s.", job->unit, result);
	return 0;
}

/* Must be called before the first job, whose end could be missed otherwise. Once per connection is enough. */
static int watch(struct batch *b, sd_bus_slot **ret)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = sd_bus_match_signal(b->bus, ret, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "JobRemoved",
				    on_job_removed, b);

	if (r >= 0)
		r = sd_bus_call_method(b->bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "Subscribe", &error, NULL,
				       "");
	if (r < 0 && !sd_bus_error_has_name(&error, "org.freedesktop.systemd1.AlreadySubscribed"))
		return bus_log(b->bus, r, "JobRemoved", error.message);
	return 0;
}

static int ask(struct batch *b, struct pending *job)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	const char *method = kinds[b->rq->job].method, *path;
	int r = sd_bus_call_method(b->bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, method, &error, &reply, "ss",
				   job->unit, "replace");

	/* A container counts as stopped if its unit is missing, because its creation or removal was cut short. */
	if (r < 0 && b->rq->job == SYSTEMD_STOP && sd_bus_error_has_name(&error, SYSTEMD_NO_SUCH_UNIT))
		return 0;
	if (r < 0)
		return bus_log(b->bus, r, method, error.message);
	r = sd_bus_message_read(reply, "o", &path);
	if (r < 0)
		return bus_log(b->bus, r, job->unit, NULL);
	job->path = xstrdup(path);
	job->since = clock_usec();
	log_info("systemd has accepted %s of '%s'.", method, job->unit);
	b->running++;
	return 0;
}

/* How many of the jobs keep the host busy. */
static size_t busy(const struct batch *b)
{
	uint64_t most = kinds[b->rq->job].busy, now = clock_usec();
	size_t n = 0;

	if (most == UINT64_MAX)
		return b->running;
	for (size_t i = 0; i < b->next; i++)
		n += b->v[i].path && !b->v[i].ended && now - b->v[i].since < most;
	return n;
}

/* Requests as many jobs as may run at present. */
static void fill(struct batch *b)
{
	const struct systemd_jobs *rq = b->rq;

	b->again = false;
	while (b->next < b->n && busy(b) < b->at_once) {
		struct pending *job = &b->v[b->next];
		int r = rq->before ? rq->before(rq->data, b->next) : 0;

		b->again = r == -EAGAIN;
		if (b->again)
			return;
		b->next++;
		job->r = r < 0 ? r : ask(b, job);
		if (r == 0 && rq->after)
			rq->after(rq->data);
	}
}

static int interrupted(struct batch *b, int signal, int *ret_signal)
{
	_cleanup_(freep) char *left =
		b->next < b->n ? xasprintf("; %zu of %zu were not asked for", b->n - b->next, b->n) : xstrdup("");

	if (b->running == 0)
		log_error("Interrupted%s.", left);
	else
		log_error("Interrupted%s, but %s continues; 'systemctl list-jobs' shows it.", left,
			  b->running == 1 ? "the job" : "each job");
	*ret_signal = signal;
	return -EINTR;
}

/* Stops waiting for the jobs. */
static void give_up(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (i >= b->next || (b->v[i].path && !b->v[i].ended))
			b->v[i].sentence = "took too long, and may still be going on";
}

static int wait_all(struct batch *b, int *ret_signal)
{
	uint64_t until = b->rq->timeout ? clock_usec() + b->rq->timeout : UINT64_MAX;
	int r, signal;

	for (fill(b); b->running > 0 || b->next < b->n; fill(b)) {
		struct pollfd fd = { .fd = b->signals.fd, .events = POLLIN };

		progress_show(&b->progress, b->next - b->running);
		r = bus_wait(b->bus, &fd, 1, clock_usec() + (b->again ? RETRY_USEC : PROGRESS_USEC));
		signal = signals_take(&b->signals);
		if (signal > 0)
			return interrupted(b, signal, ret_signal);
		if (r < 0)
			return bus_log(b->bus, r, "waiting for a job", NULL);
		if (clock_usec() >= until) {
			give_up(b);
			break;
		}
	}
	log_line(NULL);
	return 0;
}

/* The job's result says only that it failed; the journal says why. */
static int explain(const struct batch *b, const struct pending *job)
{
	struct unit_state state;

	log_error("%s '%s' %s.", kinds[b->rq->job].doing, job->unit, job->sentence);
	if (!b->rq->inside && bus_unit_state(b->bus, job->unit, &state) >= 0)
		journal_explain(job->unit, state.invocation);
	return -EIO;
}

static int result(const struct batch *b)
{
	int last = 0;

	for (size_t i = 0; i < b->n; i++) {
		const struct pending *job = &b->v[i];
		int r = job->sentence ? explain(b, job) : job->r; /* a job that was refused has its message */

		if (b->rq->results)
			b->rq->results[i] = r;
		if (r < 0)
			last = r;
	}
	return last;
}

int systemd_run_jobs(sd_bus *bus, const struct systemd_jobs *jobs, int *ret_signal)
{
	_cleanup_(batch_done) struct batch b = { .bus = bus, .rq = jobs, .signals = { .fd = -1 } };
	_cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
	int r;

	for (size_t i = 0; jobs->results && i < jobs->units->n; i++)
		jobs->results[i] = -ECANCELED;
	r = signals_begin(&b.signals);
	if (r < 0)
		return log_error_errno(r, "Cannot wait for signals: %m");
	r = watch(&b, &slot);
	if (r < 0)
		return r;
	b.v = xcalloc(jobs->units->n, sizeof(*b.v));
	b.n = jobs->units->n;
	/* Half the time of a start or a stop is spent waiting. More of them than keep the processors busy make all of
	 * them slower, and those that stop have only so much time before they are killed. */
	b.at_once = parallel_jobs();
	for (size_t i = 0; i < b.n; i++)
		b.v[i].unit = jobs->units->v[i];
	progress_begin(&b.progress, kinds[jobs->job].doing, b.n);
	r = wait_all(&b, ret_signal);
	return r < 0 ? r : result(&b);
}

int systemd_run_job(enum systemd_job job, const char *unit)
{
	_cleanup_(bus_closep) sd_bus *bus = NULL;
	_cleanup_(strv_done) struct strv units = { 0 };
	const struct systemd_jobs jobs = { .job = job, .units = &units };
	int signal, r = systemd_connect(&bus);

	strv_add(&units, unit);
	return r < 0 ? r : systemd_run_jobs(bus, &jobs, &signal);
}
