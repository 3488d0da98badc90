/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds all paths of the host that could go into a container: what the closure's packages own below /etc and /var, what
 * is in the directories that the rules take as a whole, and what is at the places that rules, units and scripts name.
 * Collects facts and decides nothing; the rules decide whether a directory is entered. Changes nothing on the host. */
#pragma once

#include "base/strv.h"
#include "container/create-spec.h"
#include "contents/entry.h"
#include "contents/rules.h"
#include "package/pkg.h"

/* dbus-daemon(1), CONFIGURATION FILE: where packages have their policies. */
#define BUS_POLICY_DIR "/usr/share/dbus-1/system.d"

struct users;

/* All members are borrowed. */
struct files_request {
	const struct create_spec *spec;
	const struct pkg_backend *backend;
	struct pkg_db *db;
	const struct strv *closure;  /* sorted ids */
	const struct strv *roots;    /* sorted ids of the packages whose own directories are taken as a whole */
	const struct strv *own_dirs; /* directories that the units call their own (StateDirectory= and the like) */
	const struct strv *named;    /* paths that the units name in other settings */
	const struct strv *scripted; /* paths that the roots' scripts name */
	bool names_job;		     /* a unit runs what is elsewhere a job: rules_is_job() */
	const uid_t *unit_uids;	     /* users that the units run as, never 0 */
	size_t n_unit_uids;
	const struct strv *written; /* for the rules */
	const struct strv *live;    /* for the rules */
	struct strv *unit_names;    /* for the rules; gets the names of the closure's units, and is sorted */
	struct users *users;	    /* those that the roots' files name get marked */
	struct strv *mentioned;	    /* gets the paths that the closure's files name */
	struct strv *local;	    /* the same, of those below '/usr/local' */
};

struct files {
	struct entries entries; /* sorted by path */
	struct entries left; /* entries that a rule left out as soon as they were found; sorted; none is in 'entries' */
	bool runs_jobs;	     /* for the rules: rule_context */
	struct strv units;   /* names of the unit files of the closure, sorted */
	struct strv bus_policies; /* paths of the closure's policies of the message bus, sorted */
	struct strv sysusers;	  /* paths of the closure's sysusers.d(5) files */
	struct strv lost_keys; /* paths of private keys that the service's files name but the container will not have */
	struct strv linked;    /* packages outside the closure to whose configuration links of the service lead */
};

/* Fills *ret, which the caller releases. 0, or -errno after a message. */
int files_find(const struct files_request *request, struct files *ret);
void files_done(struct files *files);
