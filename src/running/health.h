/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the units in a running container are up, and if not, why. Everything comes from the container's own systemd,
 * which may be hostile: nothing is longer than a limit, and nothing waits for ever. What the last look found is in a
 * file, for commands that cannot ask every container. */
#pragma once

#include "container/record.h"
#include "systemd/bus.h"

/* A unit that is not up. */
struct ailment {
	char *unit;
	uint64_t since; /* microseconds since 1970: of the state in which it was found */
	char *reason;	/* what happened, as the end of a sentence that begins with the unit: "has ended" */
	char *messages; /* its last ones, for log_quote(); "" if there are none */
};

/* {0} if nothing is wrong. */
struct health {
	struct ailment *v;
	size_t n;
};
void health_done(struct health *health);

enum verdict { UNIT_WAITS, UNIT_IS_UP, UNIT_IS_DOWN };

/* Whether a unit that is to be up is, or still has to wait for a job. One that systemd starts again and again is down
 * once 'waited' (microseconds) is half a minute. */
enum verdict health_judge(struct sd_bus *bus, const struct unit_state *state, uint64_t waited);

/* Why a unit that is not up is not. */
void health_diagnose(struct sd_bus *bus, const struct record *record, const char *unit, const struct unit_state *state,
		     struct ailment *ret);
void ailment_done(struct ailment *ailment);

/* Finds what is wrong in the container: units of the record that are down, and all that have failed. Units that are as
 * they were in 'known' are not asked for their reason and messages again. 0, or -errno after a message: -ETIMEDOUT if
 * the container has not answered everything within a minute. */
int health_look(struct sd_bus *bus, const struct record *record, const struct health *known, struct health *ret);

/* Whether 'health' has this very ailment. */
bool health_has(const struct health *health, const struct ailment *ailment);

/* One line for the STATUS of the host's unit. It begins with HEALTH_DEGRADED if something is wrong. Caller frees. */
char *health_status(const struct health *health);
#define HEALTH_GOOD "The container's services are up."
#define HEALTH_DEGRADED "Degraded: "

/* The file in the container's runtime directory. health_read() returns -ENOENT if nobody has looked yet. */
int health_write(int root_fd, const char *name, const struct health *health);
int health_read(int root_fd, const char *name, struct health *ret);
