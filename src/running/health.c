/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What systemd in a container knows of a unit that is not up, and what only a look into the container's files tells. */
#include "running/health.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "running/command.h"
#include "running/unit-run.h"
#include "systemd/unit-failure.h"

#define LOG_LINES "10"
#define OUTPUT_SIZE (16 * 1024)
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

/* The journal has those of earlier starts, too. */
char *health_messages(struct sd_bus *bus, const struct record *record, const char *unit, const struct unit_state *state)
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
	for (size_t i = 0; i < f->environment.n; i++)
		strv_add(&argv, f->environment.v[i]);
	text = output_of(bus, record, argv.v);
	strv_split(&f->missing, text, "\n");
}

char *health_reason(struct sd_bus *bus, const struct record *record, const char *unit, const struct unit_state *state)
{
	_cleanup_(unit_failure_done) struct unit_failure f = { 0 };

	if (unit_failure_read(bus, unit, &f) < 0)
		return xasprintf("is %s", state->active);
	if (strcmp(state->result, "resources") == 0 && f.environment.n > 0)
		find_missing(bus, record, &f);
	return unit_failure_text(state, &f);
}
