/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks the host's directories for what no package owns. */
#pragma once

#include "contents/files.h"

struct walk_state {
	const struct survey_request *rq;
	struct survey *survey;
	size_t n_owned; /* the first n_owned entries come from packages and are sorted */
};

/* Each appends entries. 0, or -errno after a message. */
int walk_owned(struct walk_state *w);	 /* in the directories of packages that are taken whole */
int walk_borrowed(struct walk_state *w); /* in the places of the layout's table */
int walk_unit_own(struct walk_state *w); /* in those that the units call their own, or that belong to their users */
int walk_named(struct walk_state *w);	 /* what the units name */
int walk_scripted(struct walk_state *w); /* what the roots' scripts name, in common places and the roots' own */
