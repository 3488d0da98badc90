/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages to the administrator, one line each, on standard error. A message is escaped as a whole, so no name in it
 * can start a new line or send control sequences to a terminal. Messages below a warning are for finding faults: they
 * begin with the program's name and, at debug, with the milliseconds since it started. */
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

const char *log_program = "virt-sandbox-service";
static enum log_level max_level = LOG_LEVEL_WARN;
static uint64_t started; /* as clock_usec() */
static bool has_line;

void log_begin(void)
{
	const char *wanted = getenv(LOG_VARIABLE);

	started = clock_usec();
	if (!wanted || !*wanted)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(level_names); i++)
		if (strcmp(level_names[i], wanted) == 0) {
			max_level = (enum log_level)i;
			return;
		}
	log_warn("'" LOG_VARIABLE "=%s' is ignored; the levels are error, warning, info and debug.", wanted);
}

void log_set_level(enum log_level level)
{
	max_level = level;
	setenv(LOG_VARIABLE, level_names[level], true);
}

const char *log_level_word(void)
{
	return max_level == LOG_LEVEL_WARN ? NULL : level_names[max_level];
}

bool log_shows(enum log_level level)
{
	return level <= max_level;
}

void log_line(const char *text)
{
	if (has_line)
		fputs("\r\033[K", stderr);
	has_line = text && isatty(STDERR_FILENO);
	if (has_line)
		fprintf(stderr, "%s ", text);
}

static void _printf_(3, 0) log_va(enum log_level level, int error, const char *fmt, va_list ap)
{
	_cleanup_(freep) char *raw = NULL;
	_cleanup_(freep) char *text = NULL;
	_cleanup_(freep) char *time = NULL;

	if (!log_shows(level))
		return;
	errno = error;
	if (vasprintf(&raw, fmt, ap) < 0)
		abort();
	text = escape_control(raw);
	if (max_level == LOG_LEVEL_DEBUG)
		time = xasprintf("[%5llu ms] ", (unsigned long long)(clock_usec() - started) / 1000);
	log_line(NULL);
	fprintf(stderr, "%s: %s%s%s\n", level > LOG_LEVEL_WARN ? program_invocation_short_name : log_program,
		time ? time : "", level == LOG_LEVEL_WARN ? "warning: " : "", text);
}

void log_message(enum log_level level, const char *fmt, ...)
{
	va_list ap;
	int saved = errno;

	va_start(ap, fmt);
	log_va(level, saved, fmt, ap);
	va_end(ap);
	errno = saved;
}

int log_message_errno(enum log_level level, int error, const char *fmt, ...)
{
	va_list ap;

	error = abs(error);
	va_start(ap, fmt);
	log_va(level, error, fmt, ap);
	va_end(ap);
	return -error;
}

void log_quote(const char *text)
{
	size_t n;

	for (; *(text += strspn(text, "\n")); text += n) {
		_cleanup_(freep) char *line = xstrndup(text, n = strcspn(text, "\n"));
		_cleanup_(freep) char *escaped = escape_control(line);

		fprintf(stderr, "    %s\n", escaped);
	}
}
