/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frees what a struct choice owns. */
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
