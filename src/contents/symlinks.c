/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See links.h. */
#include "contents/symlinks.h"

#include <string.h>

#include "base/path.h"
#include "contents/files.h"

#define HOPS_MAX 40 /* as many as the kernel follows: path_resolution(7) */

static bool kept(const struct entry *e, const struct layout_options *o)
{
	const char *reason;

	return e && (e->certificate || layout_decide(e, o, &reason) != ACTION_LEAVE);
}

/* Whether what the link leads to will be there inside: outside /etc and /var it is shared or made at run time. */
static bool leads_inside(const struct survey *s, const struct layout_options *o, const struct entry *link,
			 unsigned int hops)
{
	_cleanup_(freep) char *path = path_resolve(link->path, link->target);
	const struct entry *e = survey_find(s, path);

	if ((!skip_prefix(path, "/etc/") && !skip_prefix(path, "/var/")) || layout_generated(path))
		return true;
	if (kept(e, o))
		return !e->target || e->package || (hops < HOPS_MAX && leads_inside(s, o, e, hops + 1));
	for (;;) {
		*strrchr(path, '/') = '\0';
		if (!strchr(path + 1, '/'))
			return false;
		e = survey_find(s, path);
		if (kept(e, o) && e->target) /* whoever follows the one link follows the other on the way */
			return true;
	}
}

void links_settle(struct survey *survey, const struct layout_options *options)
{
	for (size_t i = 0; i < survey->n; i++)
		survey->v[i].link_kept = true;
	for (size_t i = 0; i < survey->n; i++) {
		struct entry *e = &survey->v[i];

		if (e->target && !e->package)
			e->link_kept = leads_inside(survey, options, e, 0);
	}
}
