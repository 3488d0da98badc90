/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection to a running container's own systemd. Nothing that comes from there is trusted. All functions return
 * 0, or -errno after a message. */
#pragma once

#include "systemd/bus.h"

/* Connects to the systemd of container 'name'. -ESRCH if the container is not running. To be closed with
 * bus_closep(). */
int machine_bus_open(int root_fd, const char *name, struct sd_bus **ret);

/* The same for a caller that has another way in: if systemd does not answer within a few seconds, this prints a
 * warning, returns 0, and leaves *ret unchanged. */
int machine_bus_try(int root_fd, const char *name, struct sd_bus **ret);

/* Reads what 'systemctl is-system-running' would print: "running", "degraded", "starting" and so on. */
int machine_bus_state(struct sd_bus *bus, char *ret, size_t size);
