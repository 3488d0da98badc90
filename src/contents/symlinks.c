/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Follows symbolic links among the entries, as the kernel would inside the container, to find out whether each leads to
 * something that the container has. A link is useless if its target is left out. */
#include "contents/symlinks.h"

#include <string.h>

#include "base/path.h"
#include "contents/entry.h"
#include "contents/rules.h"

/* Whether the container has something at the path of this entry. */
static bool is_inside(const struct entry *e, const struct rule_context *c)
{
	struct verdict verdict = rules_decide(e, c);

	return verdict.inside || verdict.action != ACTION_LEAVE;
}

/* Whether the container has what the link leads to. Outside of /etc and /var, everything is shared or made at run
 * time. */
static bool leads_inside(const struct entries *entries, const struct rule_context *c, const struct entry *link,
			 unsigned int hops)
{
	_cleanup_(freep) char *path = path_resolve(link->path, link->target);
	const struct entry *e = entries_find(entries, path), unknown = { .path = path };

	if ((!skip_prefix(path, "/etc/") && !skip_prefix(path, "/var/")) || rules_decide(&unknown, c).inside)
		return true;
	if (e && is_inside(e, c))
		return !e->target || e->package || (hops < PATH_HOPS_MAX && leads_inside(entries, c, e, hops + 1));
	for (;;) {
		*strrchr(path, '/') = '\0';
		if (!strchr(path + 1, '/'))
			return false;
		e = entries_find(entries, path);
		if (e && e->target && is_inside(e, c)) /* this link will be followed in its turn */
			return true;
	}
}

void symlinks_settle(struct entries *entries, const struct rule_context *context)
{
	for (size_t i = 0; i < entries->n; i++)
		entries->v[i].dangling = false;
	for (size_t i = 0; i < entries->n; i++) {
		struct entry *e = &entries->v[i];

		if (e->target && !e->package)
			e->dangling = !leads_inside(entries, context, e, 0);
	}
}
