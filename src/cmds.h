/* Every verb, for the table in main.c. */
#pragma once

#include "cmd.h"

extern const struct cmd cmd_setup, cmd_create, cmd_start, cmd_stop, cmd_list, cmd_status, cmd_execute, cmd_delete;
/* For the monitor and the host unit. */
extern const struct cmd cmd_domain_start, cmd_domain_check, cmd_domain_stop;
