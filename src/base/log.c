/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See log.h. */
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

static enum log_level max_level = LOG_LEVEL_WARN;
static bool has_line;

void log_set_level(enum log_level level)
{
	max_level = level;
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

static char *escape(const char *text, bool with_tabs)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	for (size_t n; *text; text += n) {
		uint32_t c;
		bool good = (n = utf8_decode(text, strnlen(text, UTF8_MAX), &c)) > 0 &&
			    (!utf8_is_control(c) || (with_tabs && c == '\t'));

		n = n ? n : 1;
		if (good)
			buf_add(&b, text, n);
		else
			for (size_t i = 0; i < n; i++)
				buf_addf(&b, "\\x%02x", (unsigned char)text[i]);
	}
	return buf_steal(&b);
}

char *escape_control(const char *text)
{
	return escape(text, false);
}

char *escape_line(const char *text)
{
	return escape(text, true);
}

static void _printf_(3, 0) log_va(enum log_level level, int error, const char *fmt, va_list ap)
{
	static const char *const prefix[] = { "", "warning: ", "", "" };
	_cleanup_(freep) char *raw = NULL;
	_cleanup_(freep) char *text = NULL;

	if (!log_shows(level))
		return;
	errno = error;
	if (vasprintf(&raw, fmt, ap) < 0)
		abort();
	text = escape_control(raw);
	log_line(NULL);
	fprintf(stderr, "virt-sandbox-service: %s%s\n", prefix[level], text);
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
