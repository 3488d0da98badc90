/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every verb of the command, for the table in main.c. Those of the program virt are in virt/verbs.h. */
#pragma once

#include "base/verb.h"

extern const struct verb cmd_connect, cmd_cp, cmd_create, cmd_delete, cmd_disable, cmd_edit, cmd_enable, cmd_execute,
	cmd_list, cmd_logs, cmd_relabel, cmd_reload, cmd_rename, cmd_restart, cmd_set, cmd_setup, cmd_show, cmd_start,
	cmd_status, cmd_stop;
extern const struct verb cmd_adopt, cmd_export, cmd_forget, cmd_import, cmd_top;
extern const struct verb cmd_clone, cmd_restore, cmd_snapshot, cmd_snapshots;
extern const struct verb cmd_diff, cmd_upgrade;
/* Only the monitor runs this one. */
extern const struct verb cmd_domain_check;
extern const struct verb cmd_domain_look;
