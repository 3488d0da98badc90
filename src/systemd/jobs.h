/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs of a systemd, the host's or a container's: starting and stopping many units, and waiting for the end of it. */
#pragma once

#include "base/strv.h"
#include "systemd/bus.h"

enum systemd_job { SYSTEMD_START, SYSTEMD_STOP, SYSTEMD_RESTART, SYSTEMD_RELOAD };

struct systemd_jobs {
	enum systemd_job job;
	const struct strv *units;
	int *results;	  /* for each unit 0, -errno, or -ECANCELED if its end is unknown; or NULL */
	bool inside;	  /* it is a container's systemd, whose journal is not the host's */
	uint64_t timeout; /* microseconds to wait for all of them; 0: as long as systemd gives them */
	/* Called when it is unit i's turn, or NULL. 0: go on, and call 'after' once it is queued; -EAGAIN: try again in
	 * a moment; another -errno, after a message: leave it out. */
	int (*before)(void *data, size_t i);
	void (*after)(void *data);
	void *data;
};

/* Queues the job for each unit, as many at once as is fastest, and waits until all have ended. The message for one that
 * failed has the unit's last log lines below it; the others are done all the same, and the last error is returned. A
 * signal to end us ends the waiting alone, not the jobs: then -EINTR, with *ret_signal set. */
int systemd_run_jobs(struct sd_bus *bus, const struct systemd_jobs *jobs, int *ret_signal);
