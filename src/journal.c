/* See journal.h. */
#include "journal.h"

#include <stdio.h>
#include <string.h>
#include <systemd/sd-journal.h>

#include "util.h"
#include "log.h"

#define LINES 12
#define LINE_LENGTH 2048
#define LATE_USEC 300000 /* what a dying process wrote may be on its way to the journal still */

/* Fields of what the unit's processes log, and of what systemd logs about it. */
static const char *const invocation_fields[] = { "_SYSTEMD_INVOCATION_ID", "INVOCATION_ID" };

static int match_invocation(sd_journal *j, const char *invocation, int worst)
{
	sd_journal_flush_matches(j);
	for (size_t i = 0; i < ARRAY_SIZE(invocation_fields); i++) {
		_cleanup_(freep) char *match = xasprintf("%s=%s", invocation_fields[i], invocation);
		int r = sd_journal_add_match(j, match, 0);

		for (int priority = 0; r >= 0 && priority <= worst; priority++) {
			char text[] = { 'P', 'R', 'I', 'O', 'R', 'I', 'T', 'Y', '=', (char)('0' + priority), '\0' };

			r = sd_journal_add_match(j, text, 0);
		}
		if (r >= 0)
			r = sd_journal_add_disjunction(j);
		if (r < 0)
			return r;
	}
	return 0;
}

static void print_message(sd_journal *j)
{
	_cleanup_(strv_done) struct strv lines = { 0 };
	_cleanup_(freep) char *text = NULL;
	const void *data;
	const char *message;
	size_t n;

	if (sd_journal_get_data(j, "MESSAGE", &data, &n) < 0)
		return;
	text = xstrndup(data, n < LINE_LENGTH ? n : LINE_LENGTH);
	message = skip_prefix(text, "MESSAGE=");
	if (message)
		strv_split(&lines, message, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		_cleanup_(freep) char *line = escape_control(lines.v[i]);

		fprintf(stderr, "    %s\n", line);
	}
}

/* How many entries were printed. */
static int print_last(sd_journal *j, const char *invocation, int worst)
{
	int n = 0;

	if (match_invocation(j, invocation, worst) < 0 || sd_journal_seek_tail(j) < 0)
		return 0;
	if (sd_journal_previous_skip(j, LINES) <= 0)
		return 0;
	do {
		print_message(j);
		n++;
	} while (n < LINES && sd_journal_next(j) > 0);
	return n;
}

void journal_explain(const char *unit, const char *invocation)
{
	_cleanup_(sd_journal_closep) sd_journal *j = NULL;

	if (*invocation && sd_journal_open(&j, SD_JOURNAL_LOCAL_ONLY) >= 0) {
		sd_journal_set_data_threshold(j, 2 * LINE_LENGTH);
		sd_journal_wait(j, 0); /* starts the watch, so that the next one does not miss anything */
		if (print_last(j, invocation, 4) == 0 && print_last(j, invocation, 7) == 0 &&
		    sd_journal_wait(j, LATE_USEC) >= 0)
			print_last(j, invocation, 7);
	}
	log_error("'journalctl -u %s' shows all of its messages.", unit);
}
