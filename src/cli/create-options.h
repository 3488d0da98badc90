/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of create, and what they asked for. */
#pragma once

#include "base/strv.h"
#include "base/verb.h"
#include "container/create-spec.h"

struct create_options {
	struct create_spec spec; /* without the container's name and path */
	struct strv names;	 /* the containers' names */
	char *path;		 /* the directory for the containers' trees */
	bool no_net;		 /* --network=none: no interfaces */
	bool image;		 /* asked for; spec.image is what comes of it */
	bool dry_run, json, start;
};
void create_options_done(struct create_options *options);

extern const struct verb_option create_option_table[];

/* For rows of another command's table whose 'offset' is that of a struct create_options (create_take_network), or of
 * the member that the row is about, there or in its spec. */
char *create_take_path(const struct verb_option *option, const char *value, void *at);
char *create_take_hostname(const struct verb_option *option, const char *value, void *at);
char *create_take_description(const struct verb_option *option, const char *value, void *at);
char *create_take_network(const struct verb_option *option, const char *value, void *at);
char *create_take_mount(const struct verb_option *option, const char *value, void *at);
#define CREATE_MOUNT_HELP                                                                                              \
	"mount host-bind:TARGET=DIRECTORY[:ro], host-image:TARGET=FILE[:ro], guest-bind:TARGET=DIRECTORY[:ro] or "     \
	"ram:TARGET=SIZE; may be repeated"
char *create_take_port(const struct verb_option *option, const char *value, void *at);
char *create_take_capability(const struct verb_option *option, const char *value, void *at);
char *create_take_system_calls(const struct verb_option *option, const char *value, void *at);
char *create_take_device(const struct verb_option *option, const char *value, void *at);

/* The options that ask for something that only one container can have, in words, or NULL. */
const char *create_options_for_one(const struct create_options *options);

/* 'ret' must hold the defaults. Returns 0, or the exit status after a usage message. */
int create_options_parse(const struct verb *verb, int argc, char **argv, struct create_options *ret);
