/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names on standard input. */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "cli/operands.h"
#include "container/record.h"
#include "base/rootfd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *const dash[] = { (char *)"-", NULL };
	_cleanup_(strv_done) struct strv names = { 0 };
	_cleanup_(closep) int fd = memfd_create("names", MFD_CLOEXEC);

	CHECK(fd >= 0 && write_all(fd, data, size) == 0 && lseek(fd, 0, SEEK_SET) == 0 && dup2(fd, STDIN_FILENO) == 0);
	if (operands_or_input(dash, &names) < 0)
		return 0;
	CHECK(names.n > 0);
	for (size_t i = 0; i < names.n; i++) {
		CHECK(*names.v[i] && !strpbrk(names.v[i], " \t\n"));
		CHECK(!record_name_valid(names.v[i]) || (strlen(names.v[i]) < 64 && !strchr(names.v[i], '/')));
	}
	return 0;
}
