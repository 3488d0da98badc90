/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records: one that was read, written and read again, is the same, and what is made from it has the required form. */
#include "fuzz.h"

#include "virt/domain-xml.h"
#include "create/host-unit.h"
#include "create/port-unit.h"
#include "base/ini.h"
#include "container/port.h"
#include "container/record-text.h"

static void check_ini(char *text)
{
	_cleanup_(ini_done) struct ini ini = { 0 };
	_cleanup_(freep) char *owned = text;
	unsigned int bad;

	CHECK(ini_parse(owned, strlen(owned), &ini, &bad) == 0 && bad == 0);
}

static void check_domain(const struct record *record)
{
	_cleanup_(freep) char *xml = domain_xml(record, NULL, NULL, 1024 * 1024);
	_cleanup_(freep) char *name = xml_value(xml, "string(/domain/name)");

	CHECK(name);
	CHECK_SAME(name, record->name);
}

static void check_ports(const struct record *record)
{
	for (size_t i = 0; i < record->ports.n && i < PORTS_MAX; i++) {
		check_ini(port_socket_text(record, &record->ports.v[i]));
		check_ini(port_service_text(record, &record->ports.v[i]));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(record_done) struct record record = { 0 }, again = { 0 };
	_cleanup_(freep) char *message = NULL, *text = NULL, *text_again = NULL;

	if (record_parse("web1", (const char *)data, size, &record, &message) < 0) {
		CHECK(message && *message && fuzz_is_plain(message, ""));
		return 0;
	}
	CHECK_SAME(record.name, "web1");
	text = record_format(&record);
	CHECK(record_parse("web1", text, strlen(text), &again, &message) == 0);
	text_again = record_format(&again);
	CHECK_SAME(text, text_again);
	if (record.state != RECORD_READY)
		return 0;
	check_ini(host_unit_text(&record));
	check_domain(&record);
	check_ports(&record);
	return 0;
}
