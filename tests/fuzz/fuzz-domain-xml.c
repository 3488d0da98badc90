/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's descriptions of networks and domains. */
#include "fuzz.h"

#include "virt/domain-xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "string(/network/ip/@address)", "string(/domain/devices/console/@tty)" };
	struct fuzz_input input = FUZZ_INPUT(data, size);
	_cleanup_(freep) char *xml = fuzz_part(&input, NULL);

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		_cleanup_(freep) char *value = xml_value(xml, paths[i]);

		CHECK(!value || strlen(value) <= strlen(xml));
	}
	return 0;
}
