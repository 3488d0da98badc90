/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What create was asked for: its options as a table of what each does. */
#pragma once

#include "base/strv.h"
#include "base/verb.h"
#include "container/record.h"

struct create_options {
	struct strv names; /* of the containers */
	struct strv units, packages;
	struct mounts mounts;
	struct ports ports;
	const char *level, *package_manager, *hostname, *file_type;
	char *path;	  /* where the container's directory is to be */
	char *process;	  /* 'user:role:type', or NULL */
	struct nets nets; /* what is not set in them is left to us */
	bool no_net;	  /* and 'nets' is empty */
	uint64_t limits[LIMITS];
	bool copy, dry_run, json, private_users;
};
void create_options_done(struct create_options *options);

extern const struct verb_option create_option_table[];

/* 'ret' holds the defaults. 0, or the exit status of a usage message. */
int create_options_parse(const struct verb *verb, int argc, char **argv, struct create_options *ret);
