/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells, with -v, what create has read from the host. The code that reads units and packages never logs; it returns
 * data, which becomes sentences here. */
#include "cli/explain.h"

#include "base/log.h"
#include "contents/gathered.h"
#include "package/pkg.h"

static void explain_list(const char *what, const struct strv *list)
{
	for (size_t i = 0; i < list->n; i++)
		log_debug("%s '%s'.", what, list->v[i]);
}

static void explain_unit(const struct unit *u)
{
	log_info("Unit '%s' is in '%s', and has %zu drop-ins.", u->id, u->fragment, u->dropins.n);
	for (size_t i = 0; i < u->dropins.n; i++)
		log_info("Unit '%s' has the drop-in '%s'.", u->id, u->dropins.v[i]);
	explain_list("It runs", &u->programs);
	explain_list("It names", &u->files);
	explain_list("It runs as", &u->users);
}

void explain_gathered(const struct gathered *g)
{
	for (size_t i = 0; i < g->n_units; i++)
		explain_unit(&g->units[i]);
	for (size_t i = 0; i < g->n_also; i++)
		log_info("Unit '%s' is enabled, too, because Also= of another one names it.", g->also[i].id);
	log_info("Packages in the database of %s: %zu of the service itself, %zu with everything that it needs.",
		 g->backend->name, g->roots.n, g->closure.n);
	for (size_t i = 0; i < g->roots.n; i++)
		log_info("Package '%s' is the service's own.", g->roots.v[i]);
	explain_list("The container needs package", &g->closure);
	explain_list("The container may run", &g->unit_names);
}
