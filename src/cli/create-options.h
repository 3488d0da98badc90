/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What create was asked for: its options as a table of what each does. */
#pragma once

#include "base/strv.h"
#include "base/verb.h"
#include "container/create-spec.h"

struct create_options {
	struct create_spec spec; /* without a container's name and path */
	struct strv names;	 /* of the containers */
	char *path;		 /* the directory that the containers' trees are to be in */
	bool no_net;		 /* --network=none: no interfaces */
	bool dry_run, json;
};
void create_options_done(struct create_options *options);

extern const struct verb_option create_option_table[];

/* 'ret' holds the defaults. 0, or the exit status of a usage message. */
int create_options_parse(const struct verb *verb, int argc, char **argv, struct create_options *ret);
