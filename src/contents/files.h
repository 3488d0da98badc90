/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads from the host all that could go into a container's tree: what the closure's packages record below /etc and
 * /var, and what no package owns in the places that the rules take whole. Decides nothing, changes nothing. */
#pragma once

#include "base/strv.h"
#include "contents/rules.h"
#include "package/pkg.h"

struct users;

struct survey_request {
	int root_fd;
	const struct pkg_backend *backend;
	struct pkg_db *db;
	const struct strv *closure;  /* sorted ids */
	const struct strv *roots;    /* sorted ids: the packages whose own places are taken whole */
	const struct strv *own_dirs; /* directories that the units call their own (StateDirectory= and such) */
	const struct strv *named;    /* files that the units name */
	const struct strv *scripted; /* files that the roots' scripts name */
	struct users *users;	     /* marked: those that the roots' files name */
	const uid_t *unit_uids;	     /* users that the units run as, never 0 */
	size_t n_unit_uids;
	struct strv *mentioned; /* grown: paths that the closure's files name */
	bool copy_var;
};

struct survey {
	struct entry *v; /* sorted by path, each path once */
	size_t n;
	struct strv units;     /* names of the unit files of the closure, sorted */
	struct strv sysusers;  /* paths of its sysusers.d(5) files */
	struct strv lost_keys; /* paths of private keys that the service's files name and the container will not have */
};

/* 0, or -errno after a message. */
int survey_run(const struct survey_request *request, struct survey *ret);
void survey_done(struct survey *survey);
struct entry *survey_find(const struct survey *survey, const char *path);
