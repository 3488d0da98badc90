/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a container that was made on another host fits this one, and what it asks of it. Changes nothing. */
#pragma once

#include "archive/manifest.h"
#include "base/context.h"
#include "container/record.h"

struct json_object;

enum fit_verdict { FIT_SAME, FIT_NEWER, FIT_OLDER, FIT_MISSING, FIT_UNKNOWN };

/* A package of the container. */
struct fit_package {
	char *name;
	char *there, *here;	  /* versions where the archive was made and on this host, or NULL */
	enum fit_verdict verdict; /* of the one here */
};

struct fit {
	struct fit_package *packages; /* those that differ */
	size_t n;
	struct strv problems; /* sentences: why the services may not run here */
	struct strv rights;   /* sentences: what the container would have beyond an ordinary one */
};
void fit_done(struct fit *fit);

/* 0, with *ret for fit_done(), or -errno after a message. */
int fit_check(const struct context *context, const struct record *record, const struct manifest *manifest,
	      struct fit *ret);

/* Prints what differs, for people. */
void fit_print(const struct fit *fit);

/* Adds it to an object. */
void fit_json(const struct fit *fit, struct json_object *object);
