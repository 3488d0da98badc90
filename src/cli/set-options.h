/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of set, and the record that they make of another. */
#pragma once

#include "base/verb.h"
#include "cli/create-options.h"
#include "container/record.h"

/* What can be removed by its name. */
enum set_removal {
	REMOVE_NETWORK,
	REMOVE_MOUNT,
	REMOVE_PORT,
	REMOVE_CAPABILITY,
	REMOVE_CALLS,
	REMOVE_DEVICE,
	SET_REMOVALS,
};

enum set_choice { SET_KEEP, SET_NO, SET_YES };

struct set_options {
	struct create_options add; /* what the containers get, in the members that create has for it; and their names */
	bool limits[LIMITS];	   /* which were given; 0 is no limit */
	struct strv removed[SET_REMOVALS];
	enum set_choice host_access, autostart;
	struct strv remove_units, remove_packages; /* those that are added are in add.spec */
	bool restart, trust;
};
void set_options_done(struct set_options *o);

extern const struct verb_option set_option_table[];

/* 0, or the exit status after a usage message. */
int set_options_parse(const struct verb *verb, int argc, char **argv, struct set_options *ret);

/* Whether they change what the container is for, which brings it other files of the host. */
bool set_options_contents(const struct set_options *o);

/* Changes the units and packages for which container 'name' was created. 0; or -EINVAL, after a message, if no unit is
 * left. */
int set_options_ask(const struct set_options *o, const char *name, struct strv *units, struct strv *packages);

/* Makes of a container's record what the options ask for; an interface may then lack its address. What is to be removed
 * and is not there is told as a warning, so that a command that was cut short can be given again. */
void set_options_change(const struct set_options *o, struct record *record);
