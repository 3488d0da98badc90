/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One command in a sandbox of its own, from the caller's side: its streams or terminal, signals, and status. */
#pragma once

#include "base/strv.h"
#include "container/create-spec.h"
#include "container/mount-spec.h"
#include "sandbox/include.h"
#include "sandbox/guest-image.h"
#include "sandbox/shown.h"
#include "sandbox/tree.h"

struct caller;
struct context;
struct engine;

struct request {
	const struct caller *caller;
	char *const *argv;	 /* looked up in the sandbox's PATH; NULL-terminated */
	const char *shell;	 /* NULL, or the name of one that runs already (sandbox/shell.h) */
	const char *user;	 /* of the host; NULL for the caller */
	const char *root;	 /* NULL for the host's */
	const char *cwd;	 /* in the sandbox; NULL for the caller's, if that is seen, and else '/' */
	struct strv env;	 /* 'NAME=VALUE' */
	uint64_t timeout;	 /* microseconds, or UINT64_MAX */
	struct create_spec spec; /* its name, level, rights, networks, and limits but for the share of disk time */
	struct mounts mounts;
	struct includes includes;
	struct shown shown;
	enum tree_write write;
	const char *keep; /* for TREE_KEEP: a directory that is made, absolute or relative */
	struct guest_kernel kernel;
	bool diff;    /* shows what was written, on standard output, after the command */
	bool json;    /* in JSON */
	bool dry_run; /* prints the domain's XML on standard output instead */
};

/* Opens what it includes, and runs it by 'engine', whose URI 'context' has. Returns its exit status, or one of
 * inside/sandbox-init.h after a message. */
int client_run(const struct context *context, const struct engine *engine, struct request *request);
