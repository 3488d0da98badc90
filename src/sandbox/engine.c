/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of engines. */
#include "sandbox/engine.h"

#include <string.h>

const struct engine *engine_find(const char *uri)
{
	static const struct engine *const engines[] = { &engine_lxc, &engine_qemu };

	for (size_t i = 0; i < ARRAY_SIZE(engines); i++)
		if (strcmp(engines[i]->uri, uri) == 0)
			return engines[i];
	return NULL;
}
