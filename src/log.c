/* See log.h. */
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static enum log_level max_level = LOG_LEVEL_WARN;

void log_set_level(enum log_level level)
{
	max_level = level;
}

bool log_shows(enum log_level level)
{
	return level <= max_level;
}

char *escape_control(const char *text)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c < 0x20 && c != '\n') || c == 0x7f)
			buf_addf(&b, "\\x%02x", c);
		else
			buf_add(&b, text, 1);
	}
	return buf_steal(&b);
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
