/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the units that come along with those that create was asked for, as systemd would start them on the host: what a
 * socket, timer, path or target starts, what a unit cannot do without, what the administrator or a generator has added
 * to it, and what starts it. Units of packages that it only wants do not come along: where the
 * container has their packages, systemd starts them inside as it does on the host. */
#include "contents/related-units.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/rootfd.h"
#include "container/record.h"
#include "unit/unit-install.h"
#include "unit/unit-name.h"
#include "unit/unit-search.h"
#include "unit/unit-unfit.h"

#define UNITS_MAX 1024
#define FILE_MAX (1024 * 1024) /* bytes of a unit file */

struct find {
	int root_fd;
	struct gathered *g;
	const struct unit_search *map;
	size_t next; /* the first unit whose related units have not been looked for */
};

/* The unit that has this name, or NULL. */
static struct unit *find_unit(const struct gathered *g, const char *name)
{
	for (size_t i = 0; i < g->n_units; i++)
		if (strv_has(&g->units[i].names, name))
			return &g->units[i];
	return NULL;
}

bool related_units_has(const struct gathered *g, const char *name)
{
	if (find_unit(g, name))
		return true;
	for (size_t i = 0; i < g->n_also; i++)
		if (strcmp(g->also[i].id, name) == 0)
			return true;
	return false;
}

/* The ways in which a unit can lead to another one. */
enum relation {
	TRIGGERS, /* a socket, timer or path starts it */
	NEEDS,	  /* the unit fails without it */
	WANTS,	  /* it starts together with the unit, if it exists */
	FOLLOWS,  /* it starts when the unit ends, if it exists */
	ADDED,	  /* a generator has made it a part of the unit */
	ENABLES,  /* 'systemctl enable' enables it, too */
};

/* systemd.unit(5) and systemd.service(5) */
static const struct {
	const char *section, *key;
	enum relation relation;
} keys[] = {
	{ "Unit", "BindsTo", NEEDS },	  { "Unit", "Requires", NEEDS },    { "Service", "Sockets", NEEDS },
	{ "Unit", "OnFailure", FOLLOWS }, { "Unit", "OnSuccess", FOLLOWS }, { "Unit", "Upholds", WANTS },
	{ "Unit", "Wants", WANTS },
};

static bool is_unit(const char *name)
{
	return unit_name_kind(name) != UNIT_NAME_INVALID;
}

char *related_units_triggered(const struct unit *u)
{
	_cleanup_(unit_name_done) struct unit_name name = { 0 };
	bool socket = has_suffix(u->id, ".socket"), each = socket && unit_is_true(ini_get(&u->ini, "Socket", "Accept"));
	const char *set = unit_get(u, socket ? "Service" : "Unit");
	_cleanup_(freep) char *word = set && *set ? unit_expand(u, set) : NULL;

	if (!socket && !has_suffix(u->id, ".timer") && !has_suffix(u->id, ".path"))
		return NULL;
	if (word && is_unit(word))
		return steal_ptr(word);
	unit_name_parse(u->id, &name);
	if (each)
		return xasprintf("%s@.service", name.prefix);
	return name.instance ? xasprintf("%s@%s.service", name.prefix, name.instance)
			     : xasprintf("%s.service", name.prefix);
}

/* Whether the unit is a target that was asked for, or one that such a target starts. What these lead to is what the
 * container is for. */
static bool is_target(const struct unit *u)
{
	return !u->section && u->part != UNIT_NEEDED;
}

/* The part of unit 'u', to which 'from' leads; or -1 if it does not come along. */
static int choose_part(const struct unit *from, enum relation relation, const struct unit *u)
{
	bool packaged = unit_place_of(u->fragment) == UNIT_OF_PACKAGE;

	/* A target of a package is a milestone of the boot, which every container has, or another service's group. */
	if (packaged && !u->section)
		return -1;
	switch (relation) {
	case TRIGGERS:
		return UNIT_NEEDED;
	case ADDED:
		return UNIT_STARTED;
	case NEEDS:
		return is_target(from) ? UNIT_STARTED : UNIT_NEEDED;
	case WANTS:
	case FOLLOWS:
		return is_target(from) ? UNIT_STARTED : packaged ? -1 : UNIT_NEEDED;
	case ENABLES:
		return packaged ? -1 : UNIT_NEEDED;
	}
	return -1;
}

/* Loads a unit, a template as one without an instance. False if the host does not have it, or it is masked or broken:
 * it does not run on the host either. */
static bool load(const struct find *f, const char *name, struct unit *ret)
{
	bool template = unit_name_kind(name) == UNIT_NAME_TEMPLATE;
	_cleanup_(freep) char *message = NULL;

	if (unit_load_from(f->map, f->root_fd, name, template ? "instance" : NULL, ret, &message) != UNIT_OK) {
		log_debug("Unit '%s' does not come along: %s", name, message);
		return false;
	}
	if (template) {
		free(ret->id);
		ret->id = xstrdup(name);
		strv_done(&ret->names);
		strv_add(&ret->names, name);
	}
	return true;
}

/* Loads a unit that could come along, and does not yet. */
static bool load_new(const struct find *f, const char *name, struct unit *ret)
{
	return !related_units_has(f->g, name) && !unit_unfit(name) && f->g->n_units < UNITS_MAX && load(f, name, ret) &&
	       !related_units_has(f->g, ret->id);
}

/* Takes ownership of what 'u' holds. */
static void add(struct find *f, struct unit *u, enum unit_part part)
{
	struct gathered *g = f->g;

	u->part = part;
	for (size_t i = 0; i < u->names.n; i++)
		unit_search_linked(f->map, u->names.v[i], &u->links);
	u->later &= u->links.n == 0;
	grow(g->units, g->n_units);
	g->units[g->n_units++] = *u;
	*u = (struct unit){ 0 };
}

/* A unit that was thought to start later starts with the container, and so does what it needs, which is therefore
 * looked for once more. */
static void starts_at_once(struct find *f, struct unit *u)
{
	size_t number = (size_t)(u - f->g->units);

	u->later = false;
	if (number < f->next)
		f->next = number;
}

/* Adds the unit 'name', to which the unit with number 'from' leads. */
static void consider(struct find *f, size_t from, enum relation relation, const char *name)
{
	_cleanup_(unit_done) struct unit u = { 0 };
	bool later = f->g->units[from].later || relation == TRIGGERS || relation == FOLLOWS;
	struct unit *known = find_unit(f->g, name);
	int part;

	if (known && known->later && !later)
		starts_at_once(f, known);
	if (!load_new(f, name, &u))
		return;
	part = choose_part(&f->g->units[from], relation, &u);
	if (part < 0)
		return;
	log_debug("Unit '%s' comes along with '%s'.", u.id, f->g->units[from].id);
	u.enabled = relation == ENABLES;
	u.later = later;
	add(f, &u, (enum unit_part)part);
}

static void consider_all(struct find *f, size_t from, enum relation relation, const struct strv *names)
{
	for (size_t i = 0; i < names->n; i++)
		if (is_unit(names->v[i]))
			consider(f, from, relation, names->v[i]);
}

/* Whether the unit, an instance that is enabled on its own, is stopped and restarted with 'whole'. */
static bool is_part_of(const struct find *f, const char *name, const struct unit *whole)
{
	_cleanup_(unit_done) struct unit u = { 0 };
	_cleanup_(strv_done) struct strv wholes = { 0 };

	if (unit_name_kind(name) != UNIT_NAME_INSTANCE || !has_suffix(name, ".service") || !load(f, name, &u))
		return false;
	unit_add_words(&u, "Unit", "PartOf", is_unit, &wholes);
	for (size_t i = 0; i < wholes.n; i++)
		if (strv_has(&whole->names, wholes.v[i]))
			return true;
	return false;
}

/* An umbrella service does nothing itself: a generator adds instances to it, or they name it in PartOf= and are enabled
 * on their own. */
static void add_instances(struct find *f, size_t from)
{
	for (size_t i = 0; i < f->g->enabled.n; i++)
		if (is_part_of(f, f->g->enabled.v[i], &f->g->units[from]))
			consider(f, from, ADDED, f->g->enabled.v[i]);
}

/* The names of the unit, and the template of an instance, for which there may be directories of links. */
static void list_names(const struct unit *u, struct strv *ret)
{
	for (size_t i = 0; i < u->names.n; i++) {
		_cleanup_(freep) char *template = unit_name_template(u->names.v[i]);

		strv_add(ret, u->names.v[i]);
		if (template)
			strv_take(ret, steal_ptr(template));
	}
	strv_sort_unique(ret);
}

static void add_linked(struct find *f, size_t from)
{
	static const struct {
		const char *kind;
		enum unit_place place;
		enum relation relation;
	} kinds[] = {
		{ "requires", UNIT_OF_ADMINISTRATOR, NEEDS }, { "wants", UNIT_OF_ADMINISTRATOR, NEEDS },
		{ "requires", UNIT_OF_GENERATOR, ADDED },     { "wants", UNIT_OF_GENERATOR, ADDED },
		{ "requires", UNIT_OF_PACKAGE, NEEDS },	      { "wants", UNIT_OF_PACKAGE, WANTS },
	};
	_cleanup_(strv_done) struct strv names = { 0 };

	list_names(&f->g->units[from], &names);
	for (size_t n = 0; n < names.n; n++) {
		for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
			_cleanup_(strv_done) struct strv links = { 0 };

			unit_search_links(f->map, names.v[n], kinds[i].kind, kinds[i].place, &links);
			consider_all(f, from, kinds[i].relation, &links);
		}
	}
}

static void add_named(struct find *f, size_t from)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		_cleanup_(strv_done) struct strv names = { 0 };

		unit_add_words(&f->g->units[from], keys[i].section, keys[i].key, is_unit, &names);
		consider_all(f, from, keys[i].relation, &names);
	}
}

static void add_related(struct find *f, size_t from)
{
	_cleanup_(freep) char *started = related_units_triggered(&f->g->units[from]);
	_cleanup_(strv_done) struct strv also = { 0 };

	if (started)
		consider(f, from, TRIGGERS, started);
	add_named(f, from);
	add_linked(f, from);
	unit_add_words(&f->g->units[from], "Install", "Also", is_unit, &also);
	consider_all(f, from, ENABLES, &also);
	if (f->g->units[from].part == UNIT_ASKED && has_suffix(f->g->units[from].id, ".service"))
		add_instances(f, from);
}

/* Whether a socket, timer or path is worth loading: by default it starts a unit with its own name, and otherwise it
 * names one. */
static bool may_trigger(const struct find *f, const char *name)
{
	_cleanup_(freep) char *stem = xstrndup(name, strcspn(name, "@.")), *id = NULL, *path = NULL, *text = NULL;

	for (size_t i = 0; i < f->g->n_units; i++) {
		for (size_t k = 0; k < f->g->units[i].names.n; k++) {
			const char *rest = skip_prefix(f->g->units[i].names.v[k], stem);

			if (rest && (*rest == '.' || *rest == '@'))
				return true;
		}
	}
	return unit_search_find(f->map, name, &id, &path) == 0 &&
	       rootfd_read(f->root_fd, path, WALK_ROOT, FILE_MAX, &text, NULL) == 0 &&
	       (strstr(text, "Unit=") || strstr(text, "Service="));
}

/* A unit of a package that the administrator has not enabled starts nothing on the host either. */
static void add_trigger(struct find *f, const char *name)
{
	_cleanup_(unit_done) struct unit u = { 0 };
	_cleanup_(freep) char *started = NULL;

	if (!may_trigger(f, name) || !load_new(f, name, &u))
		return;
	started = related_units_triggered(&u);
	if (!started || !related_units_has(f->g, started) ||
	    (unit_place_of(u.fragment) == UNIT_OF_PACKAGE && !strv_find(&f->g->enabled, u.id)))
		return;
	log_debug("Unit '%s' comes along because it starts '%s'.", u.id, started);
	add(f, &u, UNIT_NEEDED);
}

static void add_triggers(struct find *f)
{
	static const char *const types[] = { ".socket", ".timer", ".path" };
	_cleanup_(strv_done) struct strv names = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		unit_search_names(f->map, types[i], &names);
		for (size_t k = 0; k < f->g->enabled.n; k++)
			if (has_suffix(f->g->enabled.v[k], types[i]))
				strv_add(&names, f->g->enabled.v[k]);
	}
	strv_sort_unique(&names);
	for (size_t i = 0; i < names.n; i++)
		if (unit_name_kind(names.v[i]) & (UNIT_NAME_PLAIN | UNIT_NAME_INSTANCE))
			add_trigger(f, names.v[i]);
}

/* The record names the units that the container starts. */
static int check_number(const struct gathered *g)
{
	size_t started = 0;

	for (size_t i = 0; i < g->n_units; i++)
		started += g->units[i].part != UNIT_NEEDED;
	if (started > RECORD_UNITS_MAX)
		return log_error_errno(-E2BIG,
				       "The container would start more than %d units; create several containers.",
				       RECORD_UNITS_MAX);
	if (g->n_units >= UNITS_MAX)
		return log_error_errno(-E2BIG, "%d units or more would come along; create several containers.",
				       UNITS_MAX);
	return 0;
}

int related_units_find(const struct create_spec *spec, const struct unit_search *map, struct gathered *g)
{
	static const char *const kinds[] = { "wants", "requires" };
	struct find f = { .root_fd = spec->context->root_fd, .g = g, .map = map };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		unit_search_links(map, NULL, kinds[i], UNIT_OF_ADMINISTRATOR, &g->enabled);
	strv_sort_unique(&g->enabled);
	while (f.next < g->n_units) { /* what triggers a unit needs others, too */
		while (f.next < g->n_units)
			add_related(&f, f.next++);
		add_triggers(&f);
	}
	return check_number(g);
}
