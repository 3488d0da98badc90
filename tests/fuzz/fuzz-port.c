/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The option --publish, twice. */
#include "fuzz.h"

#include "container/paths.h"
#include "container/port.h"
#include "unit/unit-name.h"

static void check(const char *text, const struct port *port)
{
	_cleanup_(freep) char *normal = port_format(port), *again = NULL, *key = port_key(port);
	_cleanup_(freep) char *unit = port_unit_name("web1", port, "socket");
	_cleanup_(port_done) struct port same = { 0 }, reserved = { 0 };

	(void)text;
	CHECK(port_parse(normal, &same) == 0);
	again = port_format(&same);
	CHECK_SAME(again, normal);
	CHECK(port->host > 0 && port->host + port->count - 1 <= UINT16_MAX);
	CHECK(port->inside > 0 && port->inside + port->count - 1 <= UINT16_MAX && port->count > 0);
	CHECK(unit_name_kind(unit) == UNIT_NAME_PLAIN);
	CHECK(!strchr(key, '/') && port_parse_key(key, &reserved) == 0 && port_clashes(port, &reserved));
	CHECK(port_clashes(port, port));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	_cleanup_(freep) char *text = fuzz_line(&input), *other = fuzz_line(&input);
	_cleanup_(port_done) struct port a = { 0 }, b = { 0 };

	if (port_parse(text, &a) < 0)
		return 0;
	check(text, &a);
	if (port_parse(other, &b) == 0)
		CHECK(port_clashes(&a, &b) == port_clashes(&b, &a));
	return 0;
}
