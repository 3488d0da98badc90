/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The name under which systemd-machined knows a running container, and with it machinectl(1), 'systemctl -M',
 * 'journalctl -M' and nss-mymachines(8). libvirt registers it as 'lxc-PID-NAME', which is another one at each start. */
#pragma once

#include <sys/types.h>

#include "container/record.h"

/* Registers the container, with PID 1 'leader' and libvirt's process 'controller', under its own name. 0; -EEXIST if
 * another machine has this name; or another -errno. If it fails, the container keeps the name that libvirt gave it, or
 * has none. */
int machine_name_take(const struct record *record, pid_t leader, pid_t controller);

/* Removes what machine_name_take() registered, if it is there. 0 or -errno. */
int machine_name_drop(const struct record *record);
