/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A unit of the host, and everything that was read from it. */
#pragma once

#include "base/ini.h"
#include "base/strv.h"

/* Why a container has a unit. */
enum unit_part {
	UNIT_ASKED,   /* create was asked for it; it is started with the container */
	UNIT_STARTED, /* one that was asked for starts it, so the container is not up before it is */
	UNIT_NEEDED,  /* another unit names it, or it starts another one */
};

struct unit {
	enum unit_part part;
	bool enabled;	      /* another unit enables it by Also= */
	bool later;	      /* it does not start with the container, but when another unit triggers it or ends */
	struct strv links;    /* where the administrator has enabled one that was not asked for ('foo.target.wants') */
	const char *section;  /* its own section, "Service" for a service; NULL for a target */
	char *id;	      /* full name, instantiated: 'foo@web1.service' */
	char *fragment;	      /* the file with the content, below the root: '/usr/lib/systemd/system/foo@.service' */
	char *file;	      /* the same with all links resolved */
	char *source;	      /* SourcePath= of a generated unit (a SysV script), or NULL */
	struct strv names;    /* the id, and every alias that the host has for it */
	struct strv dropins;  /* paths of the drop-in files read, in order */
	struct strv programs; /* absolute paths that Exec*= lines run, without prefixes (@-+!:) and duplicates */
	struct strv interpreters; /* of those that are scripts, without duplicates */
	struct strv needed;	  /* paths of programs, and of files given to them, without which it does not start */
	struct strv files;	  /* that the unit names: unit-files.h */
	struct strv users;	  /* names (or numbers) in User= and SocketUser= */
	struct strv groups;	  /* names (or numbers) in Group=, SupplementaryGroups= and SocketGroup= */
	struct strv capabilities; /* named in CapabilityBoundingSet=, AmbientCapabilities= and ConditionCapability= */
	uint64_t file_caps;	  /* that the files of the programs have; bit n is capability n; capabilities(7) */
	struct strv also;	  /* Also= of [Install] */
	struct strv wanted_by;	  /* WantedBy= and UpheldBy= of [Install] */
	struct strv required_by;  /* RequiredBy= of [Install] */
	struct strv aliases;	  /* Alias= of [Install] */
	struct ini ini;		  /* everything, drop-ins after the fragment; specifiers not expanded */
};

void unit_done(struct unit *unit);

/* Whether the unit's file is at the same path in a container: '/usr' is shared, and '/etc/systemd/system' is the
 * container's own. A unit from anywhere else is put into the latter. */
bool unit_is_inside(const struct unit *unit);

/* The same as ini_get() and ini_get_list() for the unit's own section; nothing for a target, which has none. */
const char *unit_get(const struct unit *unit, const char *key);
void unit_get_list(const struct unit *unit, const char *key, struct strv *ret);

/* Whether systemd takes the value of a boolean setting, or NULL, as true. */
bool unit_is_true(const char *value);

/* The path of the unit's file inside. Caller frees. */
char *unit_path_inside(const struct unit *unit);

/* 'text' with the specifiers of systemd.unit(5) that do not depend on a running system expanded
 * (%% %n %N %p %P %i %I %j %J %f %t %S %C %L %E %T %V); others are left as they are. Caller frees. */
char *unit_expand(const struct unit *unit, const char *text);
