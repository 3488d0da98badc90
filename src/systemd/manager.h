/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's systemd: the state of units, and enabling them; jobs.h starts and stops them. All int functions return 0,
 * or -errno after a message. */
#pragma once

#include "base/strv.h"
#include "systemd/bus.h"

/* Whether systemd is PID 1 here. */
bool systemd_present(void);

/* 0, or -EHOSTDOWN, after a message, if it is not. */
int systemd_require(void);

int systemd_connect(struct sd_bus **ret);

/* Stores the load, active and sub state of each unit in 'ret', an array as long as 'units', with a single call. The
 * other members are zero, and so are all of a unit that systemd has not loaded, because it is at rest. All of the units
 * match 'pattern'. */
int systemd_list(struct sd_bus *bus, const char *pattern, const struct strv *units, struct unit_state *ret);

/* How the runs of a service went since somebody last started it. */
struct service_runs {
	uint32_t restarts; /* how often systemd started it again, because of Restart= */
	char result[32];   /* systemd's word for how the last run that failed ended; "" if none did, or nobody knows */
};

/* Without restarts, the result is that of a run that has ended; with some, of the one before the last restart, which
 * only the journal knows while the service is up. */
int systemd_runs(struct sd_bus *bus, const char *unit, struct service_runs *ret);

int systemd_version(struct sd_bus *bus, char *ret, size_t size);
int systemd_reload(struct sd_bus *bus);

/* Enables or disables a unit. A unit that systemd does not know counts as disabled. */
int systemd_enable(struct sd_bus *bus, const char *unit, bool enable);

/* Whether the unit is enabled, or needs no enabling: 1 or 0; a unit that systemd does not know is not. */
int systemd_is_enabled(struct sd_bus *bus, const char *unit);

/* Changes the limits of the unit that process 'pid' is in, until that unit ends. 0 means the default limit of
 * containers. Without 'swap', none of its memory may be swapped out (systemd.resource-control(5), MemorySwapMax=). 0,
 * or -errno after a message. */
int systemd_limit(struct sd_bus *bus, pid_t pid, uint64_t tasks, uint64_t io_weight, bool swap);

/* Makes systemd forget that the unit failed. A unit that it does not know is not an error. */
int systemd_reset_failed(struct sd_bus *bus, const char *unit);
