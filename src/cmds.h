/* Every verb, for the tables in main.c and virt-main.c. */
#pragma once

#include "cmd.h"

extern const struct cmd cmd_setup, cmd_create, cmd_start, cmd_stop, cmd_list, cmd_status, cmd_connect, cmd_execute,
	cmd_delete, cmd_set;
/* For the monitor. */
extern const struct cmd cmd_domain_check;
/* Of the program that loads libvirt: for the monitor, the host unit, and other verbs. */
extern const struct cmd cmd_domain_limit, cmd_domain_usage;
extern const struct cmd cmd_domain_start, cmd_domain_stop, cmd_network_show, cmd_network_make, cmd_network_remove;
extern const struct cmd cmd_libvirt_version;
