/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record of a container in memory: freeing it, and valid names of containers. */
#include "container/record.h"

#include <ctype.h>
#include <string.h>

#include "container/rights.h"

bool record_name_valid(const char *name)
{
	return (islower((unsigned char)*name) || isdigit((unsigned char)*name)) && strlen(name) <= RECORD_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == strlen(name);
}

char *record_rights(const struct record *record)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	const char *name;

	for (unsigned int i = 0; nets_dhcp(&record->nets) && (name = right_name(RIGHT_CAPABILITY, i)); i++)
		strv_add(&names, name);
	strv_add_all_once(&names, &record->capabilities);
	strv_add_all(&names, &record->system_calls);
	return strv_join(&names, ",");
}

void record_done(struct record *record)
{
	free(record->other);
	free(record->name);
	free(record->uuid);
	free(record->path);
	free(record->hostname);
	free(record->description);
	strv_done(&record->name_servers);
	free(record->package_manager);
	free(record->level);
	free(record->process_context);
	free(record->file_context);
	strv_done(&record->units);
	strv_done(&record->packages);
	strv_done(&record->keep);
	strv_done(&record->local);
	strv_done(&record->capabilities);
	strv_done(&record->system_calls);
	strv_done(&record->devices);
	strv_done(&record->live);
	ports_done(&record->ports);
	mounts_done(&record->mounts);
	nets_done(&record->nets);
	*record = (struct record){ 0 };
}
