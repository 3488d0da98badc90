/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the host's systemd and a container's have in common. A container's systemd is hostile: the type of every answer
 * is checked, its length is limited, and no call waits for ever. */
#pragma once

#include <poll.h>
#include <sys/types.h>

#include "base/strv.h"

struct sd_bus;
struct sd_bus_message;

#define SYSTEMD_NAME "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER "org.freedesktop.systemd1.Manager"
#define SYSTEMD_NO_SUCH_UNIT "org.freedesktop.systemd1.NoSuchUnit" /* name of an error */

/* The words are systemd's; "" if a unit has no such property. */
struct unit_state {
	char load[16], active[16], sub[32], type[16], result[32];
	char status[256];    /* what the service says about itself */
	char invocation[33]; /* id of this run, in hexadecimal */
	int can_reload;	     /* 0 or 1 */
	uint32_t main_pid;   /* as seen by that systemd */
	uint32_t job;	     /* id of its waiting or running job, or 0 */
	int32_t exit_code;   /* CLD_EXITED, CLD_KILLED, CLD_DUMPED, or 0 */
	int32_t exit_status; /* exit status or signal */
	uint64_t since;	     /* of its state, microseconds since 1970 */
	uint64_t tried;	     /* when its conditions were last looked at, or 0 */
	uint64_t started;    /* when it last left 'inactive', or 0 */
	uint64_t ran;	     /* when it was last 'active', or 0 */
	char trigger[256];   /* a unit that starts it, such as a socket */
};

/* Reads the whole state with one call, so that its parts belong together. 0, or -errno after a message. */
int bus_unit_state(struct sd_bus *bus, const char *unit, struct unit_state *ret);

/* Whether the unit neither runs nor starts or stops; one that systemd has not loaded does not. */
bool unit_is_at_rest(const struct unit_state *state);

/* A property for bus_unit_properties(): its name and type, a function that reads a value of this type, and the member
 * of a struct where the function stores it. 0 or more, or -errno. */
struct bus_property {
	const char *name;
	const char *type;
	int (*read)(struct sd_bus_message *m, void *ret, size_t size);
	size_t offset, size;
};

/* For a property of type "s": stores the string, cut to 'size' bytes with its NUL. */
int bus_read_word(struct sd_bus_message *m, void *ret, size_t size);

/* Reads the properties of a unit that 'known' lists, which ends with a row of zeros; the others are skipped. 0, or
 * -errno after a message; what was read before that is stored. */
int bus_unit_properties(struct sd_bus *bus, const char *unit, const struct bus_property *known, void *ret);

/* Appends the names of units that are in 'state', such as "failed" (ActiveState), at most 'max' of them. Names that
 * systemd itself would not accept, because they are empty or too long, are left out. 0, or -errno after a message. */
int bus_units_in_state(struct sd_bus *bus, const char *state, size_t max, struct strv *ret);

/* Likewise the names or paths in a property of a unit, such as "ConsistsOf": units that are stopped with this one,
 * because they have PartOf= of it. */
int bus_unit_list(struct sd_bus *bus, const char *unit, const char *property, size_t max, struct strv *ret);

/* The path of the unit's object on the bus. The caller frees it. */
char *bus_unit_path(const char *unit);

/* Calls a method of the manager. 0, or -errno after a message with systemd's own words. 'ret' may be NULL; otherwise
 * the reply is to be given to bus_message_unrefp(). */
int bus_call(struct sd_bus *bus, struct sd_bus_message **ret, const char *method, const char *types, ...);

/* Reports that 'bus' answered 'what' with 'error'; returns -|error|. */
int bus_log(struct sd_bus *bus, int error, const char *what, const char *message);

/* Handles a message that has come. If there is none, waits for the bus, for 'fds', or until the time 'until'
 * (UINT64_MAX for ever). 0, or -errno, without a message, if the connection is gone. */
int bus_wait(struct sd_bus *bus, struct pollfd *fds, size_t n, uint64_t until);

/* For _cleanup_. Drops messages that were not sent yet, because a peer that does not read could make us wait for
 * ever. */
void bus_closep(struct sd_bus **bus);
void bus_message_unrefp(struct sd_bus_message **message);
