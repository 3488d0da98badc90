/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random bytes and ids, and hashes of names. */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>
#include <systemd/sd-id128.h>

int random_bytes(void *data, size_t n)
{
	return getrandom(data, n, 0) == (ssize_t)n ? 0 : -EIO; /* never short up to 256 bytes */
}

int random_id(char ret[static RANDOM_ID_SIZE])
{
	sd_id128_t id;
	int r = sd_id128_randomize(&id);

	if (r < 0)
		return r;
	sd_id128_to_string(id, ret);
	return 0;
}

uint64_t name_seed(const char *name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return h ^ h >> 32;
}
