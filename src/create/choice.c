/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a struct choice owns, and a part of it that goes into records. */
#include "create/choice.h"

void choice_done(struct choice *choice)
{
	free(choice->level);
	nets_done(&choice->nets);
	strv_done(&choice->macs);
	strv_done(&choice->name_servers);
	free(choice->uuid);
	free(choice->machine_id);
	free(choice->process_context);
	free(choice->file_context);
	*choice = (struct choice){ 0 };
}

void choice_put_nets(const struct choice *choice, struct record *record)
{
	nets_done(&record->nets);
	nets_copy(&choice->nets, &record->nets);
	strv_clear(&record->name_servers);
	strv_add_all(&record->name_servers, &choice->name_servers);
}
