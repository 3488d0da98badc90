/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frees what a struct create_spec owns. */
#include "container/create-spec.h"

void create_spec_done(struct create_spec *spec)
{
	free(spec->path);
	free(spec->process);
	strv_done(&spec->units);
	strv_done(&spec->devices);
	strv_done(&spec->packages);
	strv_done(&spec->capabilities);
	strv_done(&spec->system_calls);
	mounts_done(&spec->mounts);
	ports_done(&spec->ports);
	nets_done(&spec->nets);
	*spec = (struct create_spec){ 0 };
}
