/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of units: which are valid, their parts, and the escaping of instances (systemd.unit(5)). Pure. */
#pragma once

#include "base/util.h"

enum unit_name_kind {
	UNIT_NAME_INVALID = 0,
	UNIT_NAME_PLAIN = 1 << 0,    /* foo.service */
	UNIT_NAME_TEMPLATE = 1 << 1, /* foo@.service */
	UNIT_NAME_INSTANCE = 1 << 2, /* foo@x.service */
};

/* {0} is a valid argument of unit_name_done(). */
struct unit_name {
	char *prefix;	  /* before the '@', or before the type */
	char *instance;	  /* still escaped; "" for a template, NULL for a plain name */
	const char *type; /* ".service" */
};

enum unit_name_kind unit_name_kind(const char *name);

/* Returns the kind of name. Unless it is UNIT_NAME_INVALID, fills *ret, to be freed with unit_name_done(). */
enum unit_name_kind unit_name_parse(const char *name, struct unit_name *ret);
void unit_name_done(struct unit_name *name);

/* Whether a unit of this name has a type that a container can have: service, socket, timer, path or target. Stores the
 * section in which such a unit has its own settings, NULL for a target. */
bool unit_type_runs(const char *name, const char **ret_section);

/* 'foo@.service' for 'foo@x.service', and 'foo@x.service' for 'foo@.service' and 'x'. NULL if
 * 'name' is not of that kind or the result would not be valid. Caller frees. */
char *unit_name_template(const char *name);
char *unit_name_instantiate(const char *name, const char *instance);

/* Undoes systemd-escape(1). NULL if 'text' is not the escaped form of anything. Caller frees. */
char *unit_name_unescape(const char *text);
