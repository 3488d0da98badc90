/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The installed packages, from dpkg's status file. The text is read once; only what is needed is parsed further. */
#include "package/dpkg-status.h"

#include <string.h>
#include <strings.h>

static const char *const field_names[DPKG_FIELDS] = {
	[DPKG_PACKAGE] = "Package",	      [DPKG_SOURCE] = "Source",		  [DPKG_STATUS] = "Status",
	[DPKG_ARCHITECTURE] = "Architecture", [DPKG_VERSION] = "Version",	  [DPKG_MULTI_ARCH] = "Multi-Arch",
	[DPKG_DEPENDS] = "Depends",	      [DPKG_PRE_DEPENDS] = "Pre-Depends", [DPKG_RECOMMENDS] = "Recommends",
	[DPKG_PROVIDES] = "Provides",	      [DPKG_CONFFILES] = "Conffiles",
};

void dpkg_status_done(struct dpkg_status *status)
{
	free(status->text);
	free(status->v);
	free(status->removed);
	pkg_index_done(&status->names);
	pkg_index_done(&status->provides);
	*status = (struct dpkg_status){ 0 };
}

/* dpkg's own rule for names. It must be strict, because names become parts of file names. */
static bool name_ok(struct dpkg_text name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	if (name.n < 1 || name.n > 128 || !memchr(allowed, *name.p, sizeof(allowed) - 1))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!memchr(allowed, name.p[i], sizeof(allowed) - 1) && !memchr("+-.", name.p[i], 3))
			return false;
	return true;
}

/* The last word of a status without an error, dpkg(1); or an empty text. */
static struct dpkg_text state_of(struct dpkg_text status)
{
	struct dpkg_text want, flag, none = { 0 };

	if (!dpkg_text_cut(&status, ' ', &want) || !dpkg_text_cut(&status, ' ', &flag) || !dpkg_text_is(flag, "ok"))
		return none;
	return dpkg_text_trim(status);
}

static bool is_installed(struct dpkg_text state)
{
	static const char *const states[] = { "installed", "triggers-awaited", "triggers-pending" };

	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (dpkg_text_is(state, states[i]))
			return true;
	return false;
}

static void add_package(struct dpkg_status *status, struct dpkg_package package)
{
	struct dpkg_text name, arch, state;

	for (enum dpkg_field f = 0; f < DPKG_FIELDS; f++)
		package.field[f] = dpkg_text_trim(package.field[f]);
	name = package.field[DPKG_PACKAGE];
	arch = package.field[DPKG_ARCHITECTURE];
	state = state_of(package.field[DPKG_STATUS]);
	if (!name_ok(name) || !name_ok(arch))
		return;
	if (dpkg_text_is(state, "config-files")) {
		grow(status->removed, status->n_removed);
		status->removed[status->n_removed++] = package;
	}
	if (!is_installed(state))
		return;
	if (dpkg_text_is(name, "dpkg"))
		status->native = arch;
	pkg_index_add(&status->names, name.p, name.n, (uint32_t)status->n);
	grow(status->v, status->n);
	status->v[status->n++] = package;
}

/* The field of the line, and where its value begins; DPKG_FIELDS for a field that is not needed. */
static enum dpkg_field field_of(struct dpkg_text line, const char **ret_value)
{
	for (enum dpkg_field f = 0; f < DPKG_FIELDS; f++) {
		size_t n;

		if ((line.p[0] ^ field_names[f][0]) & ~0x20) /* other letters, whatever their case */
			continue;
		n = strlen(field_names[f]);
		if (line.n > n && line.p[n] == ':' && strncasecmp(line.p, field_names[f], n) == 0) {
			*ret_value = line.p + n + 1;
			return f;
		}
	}
	return DPKG_FIELDS;
}

static void parse_paragraphs(struct dpkg_status *status, size_t len)
{
	struct dpkg_text rest = { status->text, len }, line;
	struct dpkg_package package = { 0 };
	enum dpkg_field last = DPKG_FIELDS;
	const char *value;

	while (dpkg_text_cut(&rest, '\n', &line)) {
		if (line.n == 0) {
			add_package(status, package);
			package = (struct dpkg_package){ 0 };
			last = DPKG_FIELDS;
			continue;
		}
		if (*line.p != ' ' && *line.p != '\t') {
			last = field_of(line, &value);
			if (last < DPKG_FIELDS)
				package.field[last].p = value;
		}
		if (last < DPKG_FIELDS)
			package.field[last].n = (size_t)(line.p + line.n - package.field[last].p);
	}
	add_package(status, package);
}

static void index_provides(struct dpkg_status *status, uint32_t place)
{
	struct dpkg_text rest = status->v[place].field[DPKG_PROVIDES], item;
	struct dpkg_relation relation;

	while (dpkg_text_cut(&rest, ',', &item))
		if (dpkg_relation_parse(item, &relation))
			pkg_index_add(&status->provides, relation.name.p, relation.name.n, place);
}

void dpkg_status_parse(char *text, size_t len, struct dpkg_status *ret)
{
	struct dpkg_status status = { .text = text };

	parse_paragraphs(&status, len);
	for (uint32_t i = 0; i < status.n; i++) {
		struct dpkg_text name = status.v[i].field[DPKG_PACKAGE];
		size_t n;

		pkg_index_find(&status.names, name.p, name.n, &n);
		status.v[i].several = n > 1;
		index_provides(&status, i);
	}
	*ret = status;
}

struct dpkg_package *dpkg_status_find(struct dpkg_status *status, const char *name)
{
	size_t len = strcspn(name, ":"), n;
	const char *arch = name[len] ? name + len + 1 : NULL;
	const struct pkg_row *rows = pkg_index_find(&status->names, name, len, &n);
	struct dpkg_package *found = NULL;

	for (size_t i = 0; i < n; i++) {
		struct dpkg_package *p = &status->v[rows[i].value];
		struct dpkg_text its = p->field[DPKG_ARCHITECTURE];

		if (arch ? dpkg_text_is(its, arch) : !found || dpkg_text_equal(its, status->native))
			found = p;
	}
	return found;
}

char *dpkg_status_id(const struct dpkg_package *package)
{
	struct dpkg_text name = package->field[DPKG_PACKAGE], arch = package->field[DPKG_ARCHITECTURE];

	if (!package->several)
		return xstrndup(name.p, name.n);
	return xasprintf("%.*s:%.*s", (int)name.n, name.p, (int)arch.n, arch.p);
}

/* A package for all architectures counts as one of the native architecture. */
static struct dpkg_text arch_of(const struct dpkg_status *status, const struct dpkg_package *package)
{
	struct dpkg_text arch = package->field[DPKG_ARCHITECTURE];

	return dpkg_text_is(arch, "all") ? status->native : arch;
}

static bool arch_fits(const struct dpkg_status *status, const struct dpkg_package *package,
		      const struct dpkg_relation *relation, const struct dpkg_package *candidate)
{
	struct dpkg_text arch = arch_of(status, candidate), multi = candidate->field[DPKG_MULTI_ARCH];

	if (dpkg_text_is(relation->arch, "any"))
		return true;
	if (relation->arch.n > 0)
		return dpkg_text_equal(arch, relation->arch);
	return dpkg_text_is(multi, "foreign") || dpkg_text_equal(arch, arch_of(status, package));
}

/* A Provides without a version satisfies no relation with a version. */
static bool provides_version(const struct dpkg_package *candidate, const struct dpkg_relation *wanted)
{
	struct dpkg_text rest = candidate->field[DPKG_PROVIDES], item;
	struct dpkg_relation provided;

	if (wanted->op.n == 0)
		return true;
	while (dpkg_text_cut(&rest, ',', &item))
		if (dpkg_relation_parse(item, &provided) && dpkg_text_equal(provided.name, wanted->name) &&
		    provided.version.n > 0 && dpkg_version_satisfies(provided.version, wanted))
			return true;
	return false;
}

/* Picks the package of that name; if there are several, that of the same architecture. */
static bool pick_real(struct dpkg_status *status, const struct dpkg_package *package,
		      const struct dpkg_relation *relation, bool strict, struct pkg_picks *ret)
{
	size_t n;
	const struct pkg_row *rows = pkg_index_find(&status->names, relation->name.p, relation->name.n, &n),
			     *best = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct dpkg_package *c = &status->v[rows[i].value];

		if (strict && (!arch_fits(status, package, relation, c) ||
			       !dpkg_version_satisfies(c->field[DPKG_VERSION], relation)))
			continue;
		if (!best || dpkg_text_equal(arch_of(status, c), arch_of(status, package)))
			best = &rows[i];
	}
	if (best)
		pkg_picks_add(ret, best->value);
	return best;
}

static bool pick_providers(struct dpkg_status *status, const struct dpkg_package *package,
			   const struct dpkg_relation *relation, bool strict, struct pkg_picks *ret)
{
	size_t n, before = ret->n;
	const struct pkg_row *rows = pkg_index_find(&status->provides, relation->name.p, relation->name.n, &n);

	for (size_t i = 0; i < n; i++) {
		const struct dpkg_package *c = &status->v[rows[i].value];

		if (i > 0 && rows[i].value == rows[i - 1].value) /* the package provides the name in several versions */
			continue;
		if (!strict || (arch_fits(status, package, relation, c) && provides_version(c, relation)))
			pkg_picks_add(ret, rows[i].value);
	}
	return ret->n > before;
}

/* Versions and architectures decide between alternatives. If nothing satisfies a group strictly, the installation of
 * the package was forced; then any package of that name satisfies it. */
void dpkg_status_satisfy(struct dpkg_status *status, const struct dpkg_package *package, struct dpkg_text group,
			 struct pkg_picks *ret)
{
	struct dpkg_relation relation;

	for (int strict = 1; strict >= 0; strict--) {
		struct dpkg_text rest = group, item;

		while (dpkg_text_cut(&rest, '|', &item)) {
			if (!dpkg_relation_parse(item, &relation))
				continue;
			if (pick_real(status, package, &relation, strict, ret) ||
			    pick_providers(status, package, &relation, strict, ret))
				return;
		}
	}
}
