/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of the service for sandboxes: an accepted one has a command line, and packed again, it is the same. */
#include "fuzz.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "sandbox/call.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(closep) int fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING), packed = -1;
	_cleanup_(call_done) struct call call = { 0 }, again = { 0 };

	CHECK(write_all(fd, data, size) == 0);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0);
	if (call_unpack(fd, &call) < 0) {
		CHECK(call.words.n == 0);
		return 0;
	}
	CHECK(call.words.n > 0);
	packed = call_pack(&call);
	CHECK(call_unpack(packed, &again) == 0);
	CHECK(strv_equal(&call.words, &again.words) && strv_equal(&call.environment, &again.environment));
	return 0;
}
