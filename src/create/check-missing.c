/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compares what the service names with what the container will have. A path is there if the plan or a mount brings it,
 * or if it lies in what every container has; what links lead to has to be there, too. Only what exists on the host can
 * be missed. A warning that does not matter hides one that does, so what many packages name without need (logs, caches,
 * configuration of other programs) is not looked at. */
#include "create/check-missing.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "container/create-spec.h"
#include "container/live-places.h"
#include "container/mount-spec.h"
#include "contents/gathered.h"
#include "contents/left-data.h"
#include "contents/rules.h"
#include "create/ops.h"
#include "create/plan.h"
#include "unit/unit-files.h"

#define CONFIGURATION_MAX ((size_t)64 * 1024) /* bytes; larger files are data */
#define OWN_CLAIMS (CLAIM_ROOT | CLAIM_UNIT_DIR | CLAIM_UNIT_USER | CLAIM_NAMED | CLAIM_SCRIPT | CLAIM_LINK)

struct check {
	const struct create_spec *spec;
	const struct gathered *gathered;
	struct plan *plan;
	struct strv paths;  /* that the plan makes in the container; sorted */
	struct strv told;   /* paths about which there is a warning */
	struct strv advice; /* that a warning has given; the rest of what the same option brings is not worth another */
};

static int root_fd(const struct check *c)
{
	return c->spec->context->root_fd;
}

/* --- what the container has --- */

/* Whether the container has something at that path. If it is a link, what that leads to may be missing. */
static bool is_there(const struct check *c, const char *path)
{
	static const char *const everywhere[] = { "/usr", "/run",     "/proc",	   "/sys",    "/dev",
						  "/tmp", "/var/run", "/var/lock", "/var/tmp" };

	for (size_t i = 0; i < ARRAY_SIZE(everywhere); i++)
		if (path_within(path, everywhere[i]))
			return true;
	return path_is_merged(path) || !strchr(path + 1, '/') || mounts_find(&c->spec->mounts, path) ||
	       live_place_of(&c->gathered->live, path) || strv_find(&c->paths, path);
}

/* Follows 'start' as the kernel would in the container: the first part of it, or of what a link in it leads to, that
 * the container does not have. NULL if it has all of them. Caller frees. */
static char *find_lost(const struct check *c, const char *start)
{
	_cleanup_(freep) char *path = xstrdup(start);

	for (unsigned int hops = 0; hops < PATH_HOPS_MAX && strlen(path) > 1; hops++) {
		_cleanup_(freep) char *target = NULL;
		size_t len = rootfd_first_link(root_fd(c), path, &target);
		_cleanup_(freep) char *part = xstrndup(path, len ? len : strlen(path)), *directory = NULL;
		char *next;

		if (mounts_find(&c->spec->mounts, part))
			return NULL;
		if (!is_there(c, part))
			return steal_ptr(part);
		if (len == 0)
			return NULL;
		directory = path_resolve(part, target);
		next = xasprintf("%s%s", directory[1] ? directory : "", path + len);
		free(path);
		path = next;
	}
	return NULL;
}

/* --- what brings it --- */

/* The entry of the path, or of the nearest directory above it that has one; or NULL. */
static const struct entry *nearest_entry(const struct gathered *g, const char *path)
{
	_cleanup_(freep) char *at = xstrdup(path);

	while (*at) {
		const struct entry *e = entries_find(&g->files.entries, at);

		if (e || (e = entries_find(&g->files.left, at)))
			return e;
		*strrchr(at, '/') = '\0';
	}
	return NULL;
}

/* Whether --copy would bring the path. */
static bool is_copied_on_demand(const struct check *c, const char *path)
{
	const struct rule_context copying = gathered_rules(c->gathered, true);
	const struct entry *e = nearest_entry(c->gathered, path);

	return !c->spec->copy_var && e && rules_decide(e, &copying).action == ACTION_TAKE;
}

/* The rule by which the path must stay on the host, whatever is asked for; or NULL. */
static const struct left_out *find_rule(const struct check *c, const char *path)
{
	static const char *const rules[] = { "secret", "host-key",   "private-key", "closed",	  "password",
					     "backup", "host-alone", "containers",  "other-unit", "unread" };
	const struct left_out *left = plan_find_left(c->plan, path);

	for (size_t i = 0; left && i < ARRAY_SIZE(rules); i++)
		if (strcmp(left->rule, rules[i]) == 0)
			return left;
	return NULL;
}

/* Whether this is a file that the service may have, if the administrator says so. */
static bool is_withheld(const struct left_out *left)
{
	return left && strcmp(left->rule, "closed") == 0;
}

/* The package to name with --package so that the container gets the path, or NULL. Caller frees. */
static char *find_package(const struct check *c, const char *path)
{
	const struct gathered *g = c->gathered;
	_cleanup_(strv_done) struct strv owners = { 0 };

	if ((!path_within(path, "/etc") && !path_within(path, "/var")) || rules_is_common(path) ||
	    g->backend->owners(g->db, path, &owners) < 0)
		return NULL;
	for (size_t i = 0; i < owners.n; i++)
		if (!strv_find(&g->roots, owners.v[i]))
			return xstrdup(owners.v[i]);
	return NULL;
}

/* The argument of --mount that brings a path: a directory with what is in it, or the one that a file is in. Programs
 * are in 'bin' beside their other files. NULL if it would bring too much, or is not allowed. Caller frees. */
static char *find_mount(const struct check *c, const char *path)
{
	static const char *const names[] = { "/bin", "/sbin" };
	_cleanup_(freep) char *dir = xstrdup(path), *text = NULL, *refused = NULL, *source = NULL;
	_cleanup_(mount_done) struct mount mount = { 0 };
	_cleanup_(closep) int fd = rootfd_openat(root_fd(c), path, O_PATH | O_DIRECTORY, 0, WALK_ROOT);

	if (fd < 0)
		*strrchr(dir, '/') = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (has_suffix(dir, names[i]) && strrchr(dir, '/') != strchr(dir + 1, '/'))
			*strrchr(dir, '/') = '\0';
	if (!*dir || !strchr(dir + 1, '/') || rules_is_common(dir) || path_within(dir, "/etc"))
		return NULL;
	closep(&fd);
	fd = rootfd_openat(root_fd(c), dir, O_PATH | O_DIRECTORY, 0, WALK_ROOT);
	source = fd < 0 ? NULL : rootfd_path_of(root_fd(c), fd);
	text = xasprintf("host-bind:%s=%s", dir, source ? source : "");
	refused = mount_parse(text, &mount);
	return refused ? NULL : steal_ptr(text);
}

/* The rest of a sentence about a path that stays on the host. Caller frees. */
static char *advise(const struct check *c, const char *path)
{
	const struct left_out *rule = find_rule(c, path);
	_cleanup_(freep) char *package = rule ? NULL : find_package(c, path);
	_cleanup_(freep) char *mount = rule || package ? NULL : find_mount(c, path);

	if (rule)
		return xasprintf(": %s%s", rule->reason,
				 is_withheld(rule)
					 ? "; if it does, copy it to the same place in the container's directory"
					 : "");
	if (is_copied_on_demand(c, path))
		return xstrdup("; '-C' brings it");
	if (package)
		return xasprintf("; '%s-P %s' brings it", path_within(path, "/var") && !c->spec->copy_var ? "-C " : "",
				 package);
	return mount ? xasprintf("; '-m %s' brings it", mount)
		     : xstrdup("; copy it to the same place in the container's directory");
}

/* --- what the service names --- */

/* Whether it matters that the container does not have the path. It may get a file of its own there; --copy may bring
 * it, which look_at_data() says; a link is told about for what it leads to; and what all packages use is nobody's. */
static bool is_missed(const struct check *c, const char *path)
{
	const struct rule_context rules = gathered_rules(c->gathered, c->spec->copy_var);
	const struct entry *e = entries_find(&c->gathered->files.entries, path);
	const struct entry unknown = { .path = (char *)path };

	return !rules_decide(e ? e : &unknown, &rules).inside && !is_copied_on_demand(c, path) && !(e && e->dangling) &&
	       !rules_is_common(path);
}

/* Whether the text has a line like 'RuntimeDirectory=a NAME'. */
static bool has_runtime_directory(const char *text, const char *name)
{
	static const char key[] = "RuntimeDirectory=";
	bool found = false;

	while (!found && (text = strstr(text, key))) {
		_cleanup_(strv_done) struct strv words = { 0 };
		_cleanup_(freep) char *line = NULL;

		text += strlen(key);
		line = xstrndup(text, strcspn(text, "\n"));
		strv_split(&words, line, " \t");
		found = strv_has(&words, name);
	}
	return found;
}

/* Whether a package says in its files for systemd that it makes directory 'dir' of /run, or a socket there. */
static bool package_makes(const struct check *c, const char *package, const char *dir)
{
	const struct gathered *g = c->gathered;
	_cleanup_(pkg_files_done) struct pkg_files files = { 0 };
	bool makes = false;

	if (g->backend->files(g->db, package, &files) < 0)
		return false;
	for (size_t i = 0; i < files.n && !makes; i++) {
		const char *path = files.v[i].path, *unit = skip_prefix(path, "/usr/lib/systemd/system/");
		_cleanup_(freep) char *text = NULL;

		if ((!unit && !skip_prefix(path, "/usr/lib/tmpfiles.d/")) ||
		    rootfd_read(root_fd(c), path, WALK_ROOT, CONFIGURATION_MAX, &text, NULL) < 0)
			continue;
		makes = !unit || has_suffix(unit, ".socket") ? strstr(text, dir) != NULL
							     : has_runtime_directory(text, dir + strlen("/run/"));
	}
	return makes;
}

static bool is_own_socket(const struct check *c, const char *path)
{
	const char *name = path + strlen("/run/");
	_cleanup_(freep) char *dir = xasprintf("/run/%.*s", (int)strcspn(name, "/"), name);
	bool own = false;

	for (size_t i = 0; i < c->gathered->closure.n && !own; i++)
		own = package_makes(c, c->gathered->closure.v[i], dir);
	return own;
}

/* Adds a warning about a path that exists on the host, unless the container has it. 'how' says what names it, such as
 * "which unit 'x' names". What comes with a package names files of other packages for when these are installed, too, so
 * with 'packaged', those are not missed. */
static void look_at(struct check *c, const char *path, const char *how, bool packaged)
{
	_cleanup_(closep) int fd = rootfd_openat(root_fd(c), path, O_PATH, 0, WALK_ROOT);
	_cleanup_(freep) char *real = NULL, *lost = NULL, *package = NULL, *advice = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	if (S_ISSOCK(st.st_mode)) {
		real = rootfd_path_of(root_fd(c), fd);
		if (!real || !skip_prefix(real, "/run/") || strv_has(&c->told, real) || is_own_socket(c, real))
			return;
		strv_add(&c->told, real);
		strv_addf(&c->plan->warnings,
			  "'%s', %s, is a socket of the host; if another service listens there, it has to run in "
			  "the same container, with another '-u'.",
			  path, how);
		return;
	}
	if ((!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) || path_is_log_or_cache(path))
		return;
	lost = find_lost(c, path);
	if (!lost || !is_missed(c, lost) || strv_has(&c->told, lost))
		return;
	package = packaged ? find_package(c, lost) : NULL;
	advice = package ? NULL : advise(c, lost);
	if (!advice || strv_has(&c->advice, advice))
		return;
	strv_add(&c->told, lost);
	if (skip_prefix(advice, "; '-"))
		strv_add(&c->advice, advice);
	strv_addf(&c->plan->warnings, "'%s', %s, stays on the host%s.", lost, how, advice);
}

/* systemd-creds(1): such a credential is opened with the key of the host that encrypted it. */
static void look_at_credentials(struct check *c, const struct unit *u)
{
	static const char key[] = "/var/lib/systemd/credential.secret";
	struct stat st;

	if ((ini_get(&u->ini, "Service", "LoadCredentialEncrypted") ||
	     ini_get(&u->ini, "Service", "SetCredentialEncrypted")) &&
	    rootfd_lstat(root_fd(c), key, WALK_ROOT, &st) == 0)
		strv_addf(&c->plan->warnings,
			  "Unit '%s' has an encrypted credential, and the host's key to it, '%s', stays on the host.",
			  u->id, key);
}

/* A unit whose root is elsewhere names what is there. */
static bool has_own_root(const struct unit *u)
{
	return ini_get(&u->ini, "Service", "RootDirectory") || ini_get(&u->ini, "Service", "RootImage");
}

/* A unit that was asked for would not start. Others may have conditions that do not hold. */
static int look_at_needed(struct check *c, const struct unit *u, const char *path)
{
	_cleanup_(closep) int fd = rootfd_openat(root_fd(c), path, O_PATH, 0, WALK_ROOT);
	_cleanup_(freep) char *lost = find_lost(c, path), *advice = NULL, *text = NULL;

	if (fd < 0 && !mounts_find(&c->spec->mounts, path) && !path_within(path, "/run") &&
	    !path_within(path, "/tmp")) {
		text = xasprintf("Unit '%s' runs '%s', which does not exist on this host.", u->id, path);
	} else if (fd >= 0 && lost) {
		advice = advise(c, lost);
		text = strcmp(lost, path) == 0
			       ? xasprintf("Unit '%s' runs '%s', which would not be in the container%s.", u->id, path,
					   advice)
			       : xasprintf("Unit '%s' runs '%s', which leads to '%s', which would not be in the "
					   "container%s.",
					   u->id, path, lost, advice);
	} else {
		return 0;
	}
	if (u->part == UNIT_ASKED && !c->spec->force)
		return log_error_errno(-ENOENT, "%s Use --force to create the container anyway.", text);
	strv_take(&c->plan->warnings, steal_ptr(text));
	return 0;
}

static int look_at_unit(struct check *c, const struct unit *u)
{
	_cleanup_(freep) char *how = xasprintf("which unit '%s' names", u->id);

	for (size_t i = 0; i < u->needed.n && !has_own_root(u); i++) {
		int r = look_at_needed(c, u, u->needed.v[i]);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < u->files.n; i++)
		look_at(c, u->files.v[i], how, false);
	look_at_credentials(c, u);
	return 0;
}

/* Links of the service to what is not there. */
static void look_at_links(struct check *c)
{
	const struct gathered *g = c->gathered;

	for (size_t i = 0; i < g->files.entries.n; i++) {
		const struct entry *e = &g->files.entries.v[i];
		_cleanup_(freep) char *target = NULL, *how = NULL;

		if (!e->target || e->outsider || !(e->claims & OWN_CLAIMS) ||
		    !(e->dangling || strv_find(&c->paths, e->path)))
			continue;
		target = path_resolve(e->path, e->target);
		how = xasprintf("to which '%s' leads", e->path);
		look_at(c, target, how, e->package);
	}
}

static bool is_comment(const char *line)
{
	static const char *const begins[] = { "#", ";", "%", "!", "//", "--", "/*", "*", "<!--", "dnl " };

	line += strspn(line, " \t");
	for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
		if (skip_prefix(line, begins[i]))
			return true;
	return false;
}

/* What it names in /etc comes along, unless a rule withholds it. */
static void look_at_configuration(struct check *c, const struct entry *e)
{
	_cleanup_(freep) char *text = NULL, *how = xasprintf("which '%s' names", e->path);
	char *rest, *line;

	if (e->content)
		text = xstrdup(e->content->data);
	else if (rootfd_read(root_fd(c), e->path, WALK_TREE, CONFIGURATION_MAX, &text, NULL) < 0)
		return;
	for (rest = text; (line = strsep(&rest, "\r\n"));) {
		_cleanup_(strv_done) struct strv paths = { 0 };
		char *comment;

		if (!strchr(line, '/') || is_comment(line))
			continue;
		comment = strstr(line, " #");
		if (comment)
			*comment = '\0';
		unit_files_add(line, &paths);
		for (size_t k = 0; k < paths.n; k++)
			if (!path_within(paths.v[k], "/etc") || is_withheld(plan_find_left(c->plan, paths.v[k])))
				look_at(c, paths.v[k], how, e->package);
	}
}

/* Whether the service itself reads the file. Programs of others read most of what is in directories that all packages
 * use, such as /etc/logrotate.d; and a program in /etc is not configuration. */
static bool is_configuration(const struct check *c, const struct entry *e)
{
	static const char *const own[] = { "/etc", "/etc/default", "/etc/sysconfig" };
	_cleanup_(freep) char *dir = path_parent(e->path);

	if (!entry_is_file(e) || e->st.st_mode & 0111 || !(e->claims & OWN_CLAIMS) || !path_within(e->path, "/etc") ||
	    !strv_find(&c->paths, e->path))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (strcmp(dir, own[i]) == 0)
			return true;
	return !rules_is_common(dir);
}

static void look_at_configurations(struct check *c)
{
	const struct entries *entries = &c->gathered->files.entries;

	for (size_t i = 0; i < entries->n; i++)
		if (is_configuration(c, &entries->v[i]))
			look_at_configuration(c, &entries->v[i]);
}

/* Those of the administrator. A package may have other means where nothing runs its jobs. */
static void look_at_jobs(struct check *c)
{
	const struct gathered *g = c->gathered;

	for (size_t i = 0; i < g->named.n; i++) {
		const struct entry *e = entries_find(&g->files.left, g->named.v[i]);

		if (e && !e->package && rules_is_job(e->path))
			look_at(c, e->path, "which has the service do something at times", false);
	}
}

static void look_at_keys(struct check *c)
{
	const struct strv *lost = &c->gathered->files.lost_keys;

	for (size_t i = 0; i < lost->n; i++) {
		if (mounts_find(&c->spec->mounts, lost->v[i]))
			continue;
		strv_add(&c->told, lost->v[i]);
		strv_addf(
			&c->plan->warnings,
			"The service's private key '%s' stays on the host, and the container does not make one in its "
			"place; put one there.",
			lost->v[i]);
	}
}

/* 'a', 'b' and 3 others. Caller frees. */
static char *enumerate_some(const struct strv *all, const char *others)
{
	enum { SHOWN = 3 };
	_cleanup_(strv_done) struct strv words = { 0 };

	for (size_t i = 0; i < all->n && i < SHOWN; i++)
		strv_addf(&words, "'%s'", all->v[i]);
	if (all->n > SHOWN)
		strv_addf(&words, "%zu other %s%s", all->n - SHOWN, others, all->n == SHOWN + 1 ? "" : "s");
	return strv_enumerate(&words, "and");
}

/* The service's own data, which stays on the host without --copy, in one sentence, and what makes it anew. */
static void look_at_data(struct check *c)
{
	const struct gathered *g = c->gathered;
	_cleanup_(freep) char *places = NULL, *packages = NULL, *anew = NULL;
	_cleanup_(strv_done) struct strv scripts = { 0 };

	if (g->left_data.n == 0)
		return;
	for (size_t i = 0; i < g->n_scripts; i++)
		strv_add(&scripts, g->scripts[i].package);
	places = enumerate_some(&g->left_data, "place");
	packages = enumerate_some(&scripts, "package");
	anew = scripts.n ? xasprintf(" At the first start, the installation script%s of %s may make it anew.",
				     scripts.n > 1 ? "s" : "", packages)
			 : xstrdup("");
	strv_addf(&c->plan->warnings, "The service starts without the data that the host has in %s; '-C' copies it.%s",
		  places, anew);
}

int check_missing(const struct create_spec *spec, const struct gathered *g, struct plan *plan)
{
	struct check c = { .spec = spec, .gathered = g, .plan = plan };
	int r = 0;

	for (size_t i = 0; i < plan->n; i++)
		if (plan->ops[i].kind->in_tree)
			strv_add(&c.paths, plan->ops[i].path);
	strv_sort_unique(&c.paths);
	look_at_data(&c);
	look_at_keys(&c);
	for (size_t i = 0; i < g->n_units && r == 0; i++)
		r = look_at_unit(&c, &g->units[i]);
	if (r == 0) {
		look_at_jobs(&c);
		look_at_links(&c);
		look_at_configurations(&c);
	}
	strv_done(&c.paths);
	strv_done(&c.told);
	strv_done(&c.advice);
	return r;
}
