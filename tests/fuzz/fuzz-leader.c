/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record of a container's first process. Whatever it contains, it can name only a living process. */
#include "fuzz.h"

#include "running/leader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pid_t pid = 0;

	fuzz_write("/run/virt-sandbox-service/web1/leader", (const char *)data, size);
	CHECK(leader_read(fuzz_root(), "web1", &pid) < 0 ? pid == 0 : pid > 1);
	return 0;
}
