/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loads a unit of the host as systemd would (systemd.unit(5)): fragment, drop-ins, aliases, instances. Reads only. */
#pragma once

#include "unit/unit.h"

struct unit_search;

enum unit_problem {
	UNIT_OK,
	UNIT_BAD_NAME,	 /* not a valid unit name */
	UNIT_WRONG_TYPE, /* a mount, a slice, ... */
	UNIT_MISSING,
	UNIT_MASKED,
	UNIT_UNREADABLE, /* not a regular file, over 1 MiB, or not permitted: see the message's errno */
	UNIT_BROKEN,	 /* binary, or without its own section, or a service without any Exec line */
};

/* Completes 'name': 'foo' becomes 'foo.service', and 'foo@' and 'foo@.service' become 'foo@INSTANCE.service'. The
 * instance is used as it is, as 'systemctl start' would take it. Caller frees. NULL if it is not the name of a unit. */
char *unit_complete_name(const char *name, const char *instance);

/* Loads unit 'name' (anything unit_complete_name() takes) of the host below 'root_fd'. On UNIT_OK, fills *ret, to be
 * freed with unit_done(). Otherwise, stores a sentence for the administrator in *ret_message (caller frees). */
enum unit_problem unit_load(int root_fd, const char *name, const char *instance, struct unit *ret, char **ret_message);

/* The same for one of several units, from a search path that was read before. */
enum unit_problem unit_load_from(const struct unit_search *map, int root_fd, const char *name, const char *instance,
				 struct unit *ret, char **ret_message);

/* Whether systemd makes up a user for the unit each time it starts. */
bool unit_has_dynamic_user(const struct unit *unit);
