/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which units in a container are not up, and why: what its systemd knows of them, and what only a look into the
 * container's files and its journal tells. */
#include "running/health.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "base/text.h"
#include "container/paths.h"
#include "running/command.h"
#include "running/unit-run.h"
#include "systemd/unit-failure.h"

/* For a service that is restarted over and over. A service that is starting has a time-out of its own inside, and the
 * host's unit has one for everything. */
#define EXIT_GROUP 216
#define EXIT_USER 217
#define RESTARTS_USEC (UINT64_C(30) * 1000000)
/* For a whole look, in which a container may answer each of many calls just in time. */
#define LOOK_USEC (UINT64_C(60) * 1000000)
#define AILMENTS 16 /* more than anybody reads */
#define PARTS 64    /* units of one umbrella */
#define FILE_SIZE (1024 * 1024)
#define STATUS_LENGTH 240
#define COMMANDS "execute-" /* transient units of ours (unit-run.c), which fail if the command does */
#define LOG_LINES "10"
#define OUTPUT_SIZE (4 * 1024)
#define RUN_TIMEOUT (UINT64_C(10) * 1000000)

/* What a command in the container prints, which is no more than OUTPUT_SIZE, however much it sends. Caller frees. */
static char *output_of(struct sd_bus *bus, const struct record *record, char *const argv[])
{
	_cleanup_(closep) int file = memfd_create("output", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct command command = {
		.name = record->name,
		.argv = argv,
		.stdio = { -1, file, file },
		.owner = record->uid_base,
		.timeout = RUN_TIMEOUT,
	};
	_cleanup_(freep) char *text = xcalloc(OUTPUT_SIZE + 1, 1);

	if (file < 0 || ftruncate(file, OUTPUT_SIZE) < 0 || fcntl(file, F_ADD_SEALS, F_SEAL_GROW) < 0 ||
	    unit_run(bus, &command) < 0 || pread(file, text, OUTPUT_SIZE, 0) < 0)
		*text = '\0';
	return steal_ptr(text);
}

/* Those since the last start; the journal also has those of earlier ones. */
static char *last_messages(struct sd_bus *bus, const struct record *record, const char *unit,
			   const struct unit_state *state)
{
	_cleanup_(freep) char *since = xasprintf("--since=@%" PRIu64, state->tried / 1000000);
	char *const argv[] = { "journalctl", "-u",	   (char *)unit, "-n",	LOG_LINES, "-o",
			       "cat",	     "--no-pager", "-q",	 since, NULL };

	return output_of(bus, record, argv);
}

/* Stores those of the unit's environment files that do not exist in the container. A name may be a pattern, which
 * systemd expands, too. */
static void find_missing(struct sd_bus *bus, const struct record *record, struct unit_failure *f)
{
	static char script[] = "IFS=; for p; do for f in $p; do test -e \"$f\" || echo \"$p\"; done; done";
	_cleanup_(strv_done) struct strv argv = { 0 };
	_cleanup_(freep) char *text = NULL;

	strv_add(&argv, "sh");
	strv_add(&argv, "-c");
	strv_add(&argv, script);
	strv_add(&argv, "sh");
	strv_add_all(&argv, &f->environment);
	text = output_of(bus, record, argv.v);
	strv_split(&f->missing, text, "\n");
}

static bool is(const char *word, const char *expected)
{
	return strcmp(word, expected) == 0;
}

static bool is_restarting(const struct unit_state *state)
{
	return is(state->sub, "auto-restart");
}

void ailment_done(struct ailment *ailment)
{
	free(ailment->unit);
	free(ailment->reason);
	free(ailment->messages);
}

void health_done(struct health *health)
{
	for (size_t i = 0; i < health->n; i++)
		ailment_done(&health->v[i]);
	free(health->v);
}

/* A service that ends when it has nothing to do is up as long as what starts it again is. */
static bool is_triggered(struct sd_bus *bus, const struct unit_state *state)
{
	struct unit_state trigger;

	return *state->trigger && is(state->result, "success") && bus_unit_state(bus, state->trigger, &trigger) == 0 &&
	       is(trigger.active, "active");
}

enum verdict health_judge(struct sd_bus *bus, const struct unit_state *state, uint64_t waited)
{
	if (is(state->active, "active") || is(state->active, "reloading") || is(state->active, "refreshing"))
		return UNIT_IS_UP;
	if (is_restarting(state))
		return waited < RESTARTS_USEC ? UNIT_WAITS : UNIT_IS_DOWN;
	if (state->job != 0 || is(state->active, "activating") || is(state->active, "deactivating"))
		return UNIT_WAITS;
	/* A oneshot service is up if it did its work and ended; but it must have run. */
	if (is(state->active, "inactive") && is(state->type, "oneshot") && is(state->result, "success") &&
	    state->started != 0)
		return UNIT_IS_UP;
	return is(state->active, "inactive") && is_triggered(bus, state) ? UNIT_IS_UP : UNIT_IS_DOWN;
}

/* An upgrade of the host's packages may have made a unit need an account or a file that the container does not have
 * yet. The numbers are systemd's: systemd.exec(5), PROCESS EXIT CODES. */
static bool lacks_what_packages_bring(const struct unit_state *state, const struct unit_failure *f)
{
	int status = f->command.code ? f->command.status : state->exit_status;

	return f->missing.n > 0 || status == EXIT_GROUP || status == EXIT_USER;
}

static char *reason_of(struct sd_bus *bus, const struct record *record, const char *unit,
		       const struct unit_state *state)
{
	_cleanup_(unit_failure_done) struct unit_failure f = { 0 };
	_cleanup_(freep) char *text = NULL;

	if (unit_failure_read(bus, unit, &f) < 0)
		return xasprintf("is %s", state->active);
	if (is(state->result, "resources") && f.environment.n > 0)
		find_missing(bus, record, &f);
	text = unit_failure_text(state, &f);
	if (!lacks_what_packages_bring(state, &f))
		return steal_ptr(text);
	return xasprintf("%s; if a package of the host brings that, 'virt-sandbox-service upgrade %s' does, too", text,
			 record->name);
}

void health_diagnose(struct sd_bus *bus, const struct record *record, const char *unit, const struct unit_state *state,
		     struct ailment *ret)
{
	*ret = (struct ailment){
		.unit = xstrdup(unit),
		.since = state->since,
		.reason = reason_of(bus, record, unit, state),
		.messages = last_messages(bus, record, unit, state),
	};
}

static const struct ailment *find(const struct health *health, const char *unit)
{
	for (size_t i = 0; i < health->n; i++)
		if (is(health->v[i].unit, unit))
			return &health->v[i];
	return NULL;
}

bool health_has(const struct health *health, const struct ailment *ailment)
{
	const struct ailment *same = find(health, ailment->unit);

	return same && same->since == ailment->since;
}

static void add(struct health *health, struct ailment ailment)
{
	grow(health->v, health->n);
	health->v[health->n++] = ailment;
}

struct look {
	struct sd_bus *bus;
	const struct record *record;
	const struct health *known;
	uint64_t until; /* clock_usec() */
	struct health found;
};

/* 0, or -ETIMEDOUT after a message, which ends the look. */
static int in_time(const struct look *look)
{
	if (clock_usec() < look->until)
		return 0;
	log_error("systemd in container '%s' answers too slowly to say which of its units are up.", look->record->name);
	return -ETIMEDOUT;
}

static int read_state(const struct look *look, const char *unit, struct unit_state *ret)
{
	int r = in_time(look);

	return r < 0 ? r : bus_unit_state(look->bus, unit, ret);
}

static int add_unit(struct look *look, const char *unit, struct unit_state *state)
{
	const struct ailment *old = find(look->known, unit);
	struct ailment ailment;

	if (look->found.n >= AILMENTS || find(&look->found, unit))
		return 0;
	if (in_time(look) < 0)
		return -ETIMEDOUT;
	if (is_restarting(state))
		state->since = 0; /* it changes its state all the time */
	if (old && old->since == state->since)
		ailment = (struct ailment){ xstrdup(unit), old->since, xstrdup(old->reason), xstrdup(old->messages) };
	else
		health_diagnose(look->bus, look->record, unit, state, &ailment);
	add(&look->found, ailment);
	return 0;
}

/* The record's unit, and units that stop with it, as instances of an umbrella do (PartOf= in systemd.unit(5)). Those
 * may never have been started. */
static int look_at(struct look *look, const char *unit)
{
	_cleanup_(strv_done) struct strv units = { 0 };
	int r = in_time(look);

	strv_add(&units, unit);
	if (r == 0)
		r = bus_unit_list(look->bus, unit, "ConsistsOf", PARTS, &units);
	for (size_t i = 0; r == 0 && i < units.n; i++) {
		struct unit_state state;

		r = read_state(look, units.v[i], &state);
		if (r < 0 || (i > 0 && state.started == 0))
			continue;
		if (is_restarting(&state) || health_judge(look->bus, &state, 0) == UNIT_IS_DOWN)
			r = add_unit(look, units.v[i], &state);
	}
	return r;
}

static int look_at_failed(struct look *look)
{
	_cleanup_(strv_done) struct strv failed = { 0 };
	int r = in_time(look);

	if (r == 0)
		r = bus_units_in_state(look->bus, "failed", 4 * AILMENTS, &failed);
	for (size_t i = 0; r == 0 && i < failed.n; i++) {
		struct unit_state state;

		if (skip_prefix(failed.v[i], COMMANDS))
			continue;
		r = read_state(look, failed.v[i], &state);
		if (r == 0 && is(state.active, "failed"))
			r = add_unit(look, failed.v[i], &state);
	}
	return r;
}

int health_look(struct sd_bus *bus, const struct record *record, const struct health *known, struct health *ret)
{
	struct look look = { bus, record, known, clock_usec() + LOOK_USEC, { 0 } };
	int r = 0;

	for (size_t i = 0; r == 0 && i < record->units.n; i++)
		r = look_at(&look, record->units.v[i]);
	if (r == 0)
		r = look_at_failed(&look);
	if (r < 0)
		health_done(&look.found);
	else
		*ret = look.found;
	return r;
}

char *health_status(const struct health *health)
{
	_cleanup_(freep) char *others = NULL, *first = NULL, *safe = NULL;
	size_t n;

	if (health->n == 0)
		return xstrdup(HEALTH_GOOD);
	others = health->n > 1 ? xasprintf(" (and %zu more)", health->n - 1) : xstrdup("");
	first = xasprintf("%s %s", health->v[0].unit, health->v[0].reason);
	safe = escape_control(first);
	n = strlen(safe) < STATUS_LENGTH ? strlen(safe) : STATUS_LENGTH;
	while (n < strlen(safe) && (safe[n] & 0xc0) == 0x80) /* not in the middle of a character */
		n--;
	return xasprintf(HEALTH_DEGRADED "%.*s%s.", (int)n, safe, others);
}

/* A line 'UNIT SINCE REASON' for each, and then its messages, each line after a tab. Nothing in a line ends it. */
int health_write(int root_fd, const char *name, const struct health *health)
{
	_cleanup_(freep) char *path = health_path(name);
	_cleanup_(freep) char *text = NULL;
	_cleanup_(buf_done) struct buf b = { 0 };

	for (size_t i = 0; i < health->n; i++) {
		_cleanup_(freep) char *reason = escape_control(health->v[i].reason);
		_cleanup_(freep) char *unit = escape_control(health->v[i].unit);
		_cleanup_(strv_done) struct strv lines = { 0 };

		strv_split(&lines, health->v[i].messages, "\n");
		buf_addf(&b, "%s %" PRIu64 " %s\n", unit, health->v[i].since, reason);
		for (size_t k = 0; k < lines.n; k++) {
			_cleanup_(freep) char *line = escape_control(lines.v[k]);

			buf_addf(&b, "\t%s\n", line);
		}
	}
	text = buf_steal(&b);
	return atomic_file_write(root_fd, path, 0600, text, true);
}

static void read_line(const char *line, struct health *health)
{
	struct ailment *last = health->n > 0 ? &health->v[health->n - 1] : NULL;
	_cleanup_(strv_done) struct strv words = { 0 };
	uint64_t since;

	if (*line == '\t' && last) {
		char *more = xasprintf("%s%s\n", last->messages, line + 1);

		free(last->messages);
		last->messages = more;
		return;
	}
	strv_split(&words, line, " ");
	if (words.n < 3 || parse_u64(words.v[1], UINT64_MAX, &since) < 0)
		return;
	add(health, (struct ailment){ xstrdup(words.v[0]), since,
				      xstrdup(line + strlen(words.v[0]) + strlen(words.v[1]) + 2), xstrdup("") });
}

int health_read(int root_fd, const char *name, struct health *ret)
{
	_cleanup_(freep) char *path = health_path(name);
	_cleanup_(freep) char *text = NULL;
	int r = rootfd_read(root_fd, path, WALK_ROOT, FILE_SIZE, &text, NULL);
	char *rest = text, *line;

	while (r >= 0 && (line = strsep(&rest, "\n")))
		read_line(line, ret);
	return r;
}
