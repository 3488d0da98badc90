/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last messages of a unit that failed, its last start, and its last failure, from the host's journal. Messages of
 * the unit's own processes are preferred, because they say more than those of systemd about them. */
#include "systemd/journal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-journal.h>

#include "base/log.h"
#include "base/strv.h"
#include "base/util.h"

#define LINES 12
#define LOOK_AT 2000 /* entries to read at most */
#define LINE_LENGTH 1024
#define STARTING "MESSAGE_ID=7d4958e842da4a758f6c1cdc7b36dcc5" /* SD_MESSAGE_UNIT_STARTING of sd-messages.h */
#define FAILED "MESSAGE_ID=d9b373ed55a64feb8242e02dbe79a49c"   /* SD_MESSAGE_UNIT_FAILURE_RESULT */
#define LATE_USEC 300000 /* microseconds; the last message of a process may still be on its way to the journal */

/* One field marks messages of the unit's processes. Another marks those of systemd about the unit, but any user can set
 * that one; the journal itself sets those that begin with '_' (systemd.journal-fields(7)), and process 1 is systemd. */
static int match(sd_journal *j, const char *invocation, bool all)
{
	_cleanup_(freep) char *own = xasprintf("_SYSTEMD_INVOCATION_ID=%s", invocation);
	_cleanup_(freep) char *about = xasprintf("INVOCATION_ID=%s", invocation);
	int r;

	sd_journal_flush_matches(j);
	r = sd_journal_add_match(j, own, 0);
	if (r >= 0 && all)
		r = sd_journal_add_disjunction(j);
	if (r >= 0 && all)
		r = sd_journal_add_match(j, about, 0);
	if (r >= 0 && all)
		r = sd_journal_add_match(j, "_PID=1", 0);
	return r;
}

static char *message(sd_journal *j)
{
	const void *data;
	size_t n;

	if (sd_journal_get_data(j, "MESSAGE", &data, &n) < 0 || n < strlen("MESSAGE="))
		return NULL;
	n -= strlen("MESSAGE=");
	return xstrndup((const char *)data + strlen("MESSAGE="), n < LINE_LENGTH ? n : LINE_LENGTH);
}

/* Newest first. */
static void collect(sd_journal *j, const char *invocation, bool all, struct strv *ret)
{
	if (match(j, invocation, all) < 0 || sd_journal_seek_tail(j) < 0)
		return;
	for (int i = 0; i < LOOK_AT && ret->n < LINES && sd_journal_previous(j) > 0; i++) {
		_cleanup_(freep) char *text = message(j);

		if (text && (all || !skip_prefix(text, JOURNAL_CONSOLE)))
			strv_take(ret, steal_ptr(text));
	}
}

void journal_explain(const char *unit, const char *invocation)
{
	_cleanup_(sd_journal_closep) sd_journal *j = NULL;
	_cleanup_(strv_done) struct strv messages = { 0 };

	if (*invocation && sd_journal_open(&j, SD_JOURNAL_LOCAL_ONLY) >= 0) {
		sd_journal_set_data_threshold(j, 2 * LINE_LENGTH);
		collect(j, invocation, false, &messages);
		if (messages.n == 0) {
			sd_journal_wait(j, LATE_USEC);
			collect(j, invocation, true, &messages);
		}
	}
	for (size_t i = messages.n; i > 0; i--)
		log_quote(messages.v[i - 1]);
	log_error("'journalctl -u %s' shows all of its messages.", unit);
}

/* Opens the journal at the last message of systemd about 'unit' that has this id. 0; -ENODATA if there is none; or
 * another -errno. */
static int open_last(const char *id, const char *unit, sd_journal **ret)
{
	_cleanup_(sd_journal_closep) sd_journal *j = NULL;
	_cleanup_(freep) char *about = xasprintf("UNIT=%s", unit);
	int r = sd_journal_open(&j, SD_JOURNAL_LOCAL_ONLY);

	if (r >= 0)
		r = sd_journal_add_match(j, id, 0);
	if (r >= 0)
		r = sd_journal_add_match(j, about, 0);
	if (r >= 0)
		r = sd_journal_add_match(j, "_PID=1", 0);
	if (r >= 0)
		r = sd_journal_seek_tail(j);
	if (r >= 0)
		r = sd_journal_previous(j);
	if (r <= 0)
		return r < 0 ? r : -ENODATA;
	*ret = steal_ptr(j);
	return 0;
}

int journal_last_start(const char *unit, uint64_t *ret_usec)
{
	_cleanup_(sd_journal_closep) sd_journal *j = NULL;
	int r = open_last(STARTING, unit, &j);

	return r < 0 ? r : sd_journal_get_realtime_usec(j, ret_usec);
}

int journal_last_failure(const char *unit, char *ret_result, size_t size)
{
	_cleanup_(sd_journal_closep) sd_journal *j = NULL;
	const size_t skip = strlen("UNIT_RESULT=");
	const void *data;
	size_t n;
	int r = open_last(FAILED, unit, &j);

	if (r >= 0)
		r = sd_journal_get_data(j, "UNIT_RESULT", &data, &n);
	if (r < 0)
		return r == -ENOENT ? -ENODATA : r;
	snprintf(ret_result, size, "%.*s", (int)(n - skip), (const char *)data + skip);
	return 0;
}
