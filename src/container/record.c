/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record of a container in memory: freeing it, and valid names of containers. */
#include "container/record.h"

#include <ctype.h>
#include <string.h>

bool record_name_valid(const char *name)
{
	return (islower((unsigned char)*name) || isdigit((unsigned char)*name)) && strlen(name) <= RECORD_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == strlen(name);
}

void record_done(struct record *record)
{
	free(record->name);
	free(record->uuid);
	free(record->path);
	free(record->hostname);
	free(record->package_manager);
	free(record->level);
	free(record->process_context);
	free(record->file_context);
	strv_done(&record->units);
	strv_done(&record->packages);
	ports_done(&record->ports);
	mounts_done(&record->mounts);
	nets_done(&record->nets);
	*record = (struct record){ 0 };
}
