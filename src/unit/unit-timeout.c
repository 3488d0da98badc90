/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long a unit may take to start and to stop. A value that systemd would ignore, because it is not a time span, is
 * ignored here, too. */
#include "unit/unit-timeout.h"

#include <errno.h>
#include <string.h>

#include "unit/unit-words.h"

/* systemd.time(7), PARSING TIME SPANS */
static const struct {
	const char *name;
	double seconds;
} time_units[] = {
	{ "", 1 },
	{ "us", 1e-6 },
	{ "usec", 1e-6 },
	{ "\xc2\xb5s", 1e-6 },
	{ "\xce\xbcs", 1e-6 },
	{ "ms", 1e-3 },
	{ "msec", 1e-3 },
	{ "s", 1 },
	{ "sec", 1 },
	{ "second", 1 },
	{ "seconds", 1 },
	{ "m", 60 },
	{ "min", 60 },
	{ "minute", 60 },
	{ "minutes", 60 },
	{ "h", 3600 },
	{ "hr", 3600 },
	{ "hour", 3600 },
	{ "hours", 3600 },
	{ "d", 86400 },
	{ "day", 86400 },
	{ "days", 86400 },
	{ "w", 604800 },
	{ "week", 604800 },
	{ "weeks", 604800 },
	{ "M", 2629800 },
	{ "month", 2629800 },
	{ "months", 2629800 },
	{ "y", 31557600 },
	{ "year", 31557600 },
	{ "years", 31557600 },
};

/* Reads a number and moves *text behind it. False if there is none. */
static bool read_number(const char **text, double *ret)
{
	const char *s = *text;
	double value = 0, place = 1;
	bool any = false;

	for (; *s >= '0' && *s <= '9'; s++, any = true)
		value = value * 10 + (*s - '0');
	if (*s == '.')
		for (s++; *s >= '0' && *s <= '9'; s++, any = true)
			value += (*s - '0') * (place /= 10);
	*text = s;
	*ret = value;
	return any;
}

static bool read_unit(const char **text, double *ret)
{
	size_t length = strcspn(*text, UNIT_WHITE "0123456789.");

	for (size_t i = 0; i < ARRAY_SIZE(time_units); i++) {
		if (strlen(time_units[i].name) == length && strncmp(time_units[i].name, *text, length) == 0) {
			*text += length;
			*ret = time_units[i].seconds;
			return true;
		}
	}
	return false;
}

int unit_time_parse(const char *text, uint32_t *ret)
{
	double total = 0;

	text += strspn(text, UNIT_WHITE);
	if (skip_prefix(text, "infinity") &&
	    !text[strlen("infinity") + strspn(text + strlen("infinity"), UNIT_WHITE)]) {
		*ret = UNIT_FOREVER;
		return 0;
	}
	if (!*text)
		return -EINVAL;
	while (*text) {
		double number, unit;

		if (!read_number(&text, &number))
			return -EINVAL;
		text += strspn(text, UNIT_WHITE);
		if (!read_unit(&text, &unit))
			return -EINVAL;
		text += strspn(text, UNIT_WHITE);
		total += number * unit;
	}
	*ret = total < UNIT_FOREVER ? (uint32_t)total + ((uint32_t)total < total) : UNIT_FOREVER;
	return 0;
}

/* The last valid value of TimeoutSec= and the more specific key, or 'initial'. Zero stands for no limit. */
static uint32_t last_time(const struct unit *unit, const char *key, uint32_t initial)
{
	uint32_t seconds = initial;

	for (size_t i = 0; i < unit->ini.n; i++) {
		const struct ini_line *line = &unit->ini.lines[i];
		uint32_t value;

		if (strcmp(line->section, "Service") != 0 ||
		    (strcmp(line->key, key) != 0 && strcmp(line->key, "TimeoutSec") != 0) ||
		    unit_time_parse(line->value, &value) < 0)
			continue;
		seconds = value ? value : UNIT_FOREVER;
	}
	return seconds;
}

uint32_t unit_start_seconds(const struct unit *unit)
{
	return last_time(unit, "TimeoutStartSec", 0);
}

uint32_t unit_stop_seconds(const struct unit *unit, uint32_t initial)
{
	_cleanup_(strv_done) struct strv stop = { 0 }, post = { 0 };
	uint64_t once = last_time(unit, "TimeoutStopSec", initial), all;

	ini_get_list(&unit->ini, "Service", "ExecStop", &stop);
	ini_get_list(&unit->ini, "Service", "ExecStopPost", &post);
	all = once * (stop.n + 1 + (post.n > 0 ? post.n + 1 : 0));
	return all < UNIT_FOREVER ? (uint32_t)all : UNIT_FOREVER;
}
