/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers may have a fraction, and no sign or exponent. */
#include "sandbox/timeout.h"

#include <errno.h>
#include <string.h>

#include "base/util.h"

int timeout_parse(const char *text, uint64_t *ret)
{
	static const struct {
		const char *suffix;
		double seconds;
	} units[] = { { "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 } };
	size_t digits = strspn(text, "0123456789.");
	_cleanup_(freep) char *number = xstrndup(text, digits);
	char *end = NULL;
	double seconds = strtod(number, &end);

	for (size_t i = 0; digits && !*end && i < ARRAY_SIZE(units); i++) {
		if (strcmp(units[i].suffix, text + digits) != 0)
			continue;
		seconds *= units[i].seconds;
		if (!(seconds > 0 && seconds < 1e12))
			break;
		*ret = (uint64_t)(seconds * 1e6);
		return 0;
	}
	return -EINVAL;
}
