/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The option --publish, twice. */
#include "fuzz.h"

#include "container/paths.h"
#include "container/port.h"
#include "unit/unit-name.h"

static void check(const char *text, const struct port *port)
{
	_cleanup_(freep) char *again = port_format(port);
	_cleanup_(freep) char *unit = port_unit_name("web1", port, "socket");

	CHECK_SAME(again, text);
	CHECK(port->host > 0 && port->host <= UINT16_MAX && port->inside > 0 && port->inside <= UINT16_MAX);
	CHECK(unit_name_kind(unit) == UNIT_NAME_PLAIN);
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
