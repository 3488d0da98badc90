/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs of a systemd, the host's or a container's: starting and stopping many units, and waiting until that is done. */
#pragma once

#include "base/strv.h"
#include "systemd/bus.h"

enum systemd_job { SYSTEMD_START, SYSTEMD_STOP, SYSTEMD_RESTART, SYSTEMD_RELOAD };

struct systemd_jobs {
	enum systemd_job job;
	const struct strv *units;
	int *results;	  /* for each unit 0, -errno, or -ECANCELED if the result is unknown; or NULL */
	bool inside;	  /* the systemd is a container's, whose journal is not the host's */
	uint64_t timeout; /* microseconds to wait for all of them, or 0 for as long as systemd allows them */
	/* Called before the job for unit i is queued, or NULL. Returns 0 to go on, and to have 'after' called once it
	 * is queued; -EAGAIN to be called again in a moment; or another -errno, after a message, to leave the unit
	 * out. */
	int (*before)(void *data, size_t i);
	void (*after)(void *data);
	void *data;
};

/* Queues the job for each unit, as many at once as is fastest, and waits until all have ended. If a job fails, prints a
 * message with the unit's last log lines, goes on with the others, and returns the last error. A signal that asks us to
 * end only ends the waiting, not the jobs; then -EINTR is returned, and *ret_signal is set. */
int systemd_run_jobs(struct sd_bus *bus, const struct systemd_jobs *jobs, int *ret_signal);

/* The same for one unit of the host. */
int systemd_run_job(enum systemd_job job, const char *unit);
