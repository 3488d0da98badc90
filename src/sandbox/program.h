/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What virt-sandbox takes on its command line, and how that is run. */
#pragma once

#include "base/context.h"
#include "base/verb.h"
#include "sandbox/client.h"
#include "sandbox/engine.h"

struct program {
	struct context context;
	const struct engine *engine;
	struct request request;
	int verbose;
	bool help, list, version;
	bool no_network, privileged, share_level;
};
#define PROGRAM_INIT                                                                                                   \
	((struct program){                                                                                             \
		.context = { .connect = engine_lxc.uri, .root = "/", .root_fd = -1, .on_host = true },                 \
		.engine = &engine_lxc,                                                                                 \
		.request = { .timeout = UINT64_MAX },                                                                  \
	})
void program_done(struct program *p);

/* The options before the command, for verb_parse() into a struct program. */
extern const struct verb program_verb;

/* Runs what the options and the command 'argv', which ends with NULL, ask for. Changes the host, so it takes root. The
 * exit status, after messages if it is STATUS_FAILED of inside/sandbox-init.h. */
int program_run(struct program *p, const struct caller *caller, char **argv);
