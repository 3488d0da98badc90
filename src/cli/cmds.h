/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every verb, for the tables in main.c and virt-main.c. */
#pragma once

#include "base/verb.h"

extern const struct verb cmd_connect, cmd_create, cmd_delete, cmd_disable, cmd_enable, cmd_execute, cmd_list, cmd_logs,
	cmd_relabel, cmd_reload, cmd_restart, cmd_set, cmd_setup, cmd_show, cmd_start, cmd_status, cmd_stop;
/* For the monitor. */
extern const struct verb cmd_domain_check;
/* Of the program that loads libvirt: for the monitor, the host unit, and other verbs. */
extern const struct verb cmd_domain_limit, cmd_domain_usage;
extern const struct verb cmd_domain_start, cmd_domain_stop, cmd_network_show, cmd_network_make, cmd_network_remove;
extern const struct verb cmd_libvirt_version;
