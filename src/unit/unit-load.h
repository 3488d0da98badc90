/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A unit of the host as systemd would load it (systemd.unit(5)): fragment, drop-ins, aliases, instances. Reads only. */
#pragma once

#include "base/ini.h"

struct unit {
	char *id;	/* full name, instantiated: 'foo@web1.service' */
	char *fragment; /* path below the root of the file with the content: '/usr/lib/systemd/system/foo@.service' */
	char *file;	/* the file that this is, its links followed */
	char *source;	/* SourcePath= of a generated unit (a SysV script), or NULL */
	struct strv names;	  /* id and every alias that the host has for it */
	struct strv dropins;	  /* paths of the drop-in files read, in order */
	struct strv programs;	  /* absolute paths that Exec*= lines run, without prefixes (@-+!:), no duplicates */
	struct strv interpreters; /* of those that are scripts, no duplicates */
	struct strv
		files; /* absolute paths below '/etc' and '/var' that Exec*=, EnvironmentFile= and LoadCredential= name */
	struct strv users;	 /* names (or numbers) in User= */
	struct strv groups;	 /* names (or numbers) in Group= and SupplementaryGroups= */
	struct strv also;	 /* Also= of [Install] */
	struct strv wanted_by;	 /* WantedBy= and UpheldBy= of [Install] */
	struct strv required_by; /* RequiredBy= of [Install] */
	struct strv aliases;	 /* Alias= of [Install] */
	struct ini ini;		 /* everything, drop-ins after the fragment; specifiers not expanded */
};

enum unit_problem {
	UNIT_OK,
	UNIT_BAD_NAME,	  /* not a name that a unit can have */
	UNIT_NOT_SERVICE, /* a socket, a target, ... */
	UNIT_MISSING,
	UNIT_MASKED,
	UNIT_UNREADABLE, /* not a regular file, over 1 MiB, or not permitted: see the message's errno */
	UNIT_BROKEN,	 /* binary, or no [Service] section, or no Exec line at all */
};

/* 'name' completed: 'httpd' becomes 'httpd.service', 'foo@' and 'foo@.service' become 'foo@INSTANCE.service', the
 * instance as it is: what 'systemctl start' would be given. Caller frees. NULL if it is no unit name. */
char *unit_complete_name(const char *name, const char *instance);

/* Loads unit 'name' (anything unit_complete_name() takes) of the host below 'root_fd'. On UNIT_OK *ret is filled and
 * must be given to unit_done(). Otherwise a sentence for the administrator is stored in *ret_message (caller frees). */
enum unit_problem unit_load(int root_fd, const char *name, const char *instance, struct unit *ret, char **ret_message);
void unit_done(struct unit *unit);

/* Whether a container has the unit where the host has it: '/usr' is shared, '/etc/systemd/system' the container's own.
 * Any other is put into the latter. The path inside: caller frees. */
bool unit_is_inside(const struct unit *unit);
char *unit_path_inside(const struct unit *unit);

/* The directories that hold units, most important first (the host's search path, without runtime control directories
 * that only systemd writes). NULL-terminated. */
extern const char *const unit_search_path[];

/* 'text' with the specifiers of systemd.unit(5) that do not depend on a running system expanded
 * (%% %n %N %p %P %i %I %j %J %f %t %S %C %L %E %T %V); others are left as they are. Caller frees. */
char *unit_expand(const struct unit *unit, const char *text);
