/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads from the host what is needed to decide about a container's contents: first the units, which determine the
 * packages, which determine the files. */
#include "contents/collect.h"

#include <errno.h>
#include <string.h>

#include "base/guarded.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "container/rights.h"
#include "contents/companions.h"
#include "contents/left-data.h"
#include "contents/live.h"
#include "contents/packages.h"
#include "contents/local.h"
#include "contents/path-scan.h"
#include "contents/related-units.h"
#include "contents/scripts.h"
#include "contents/sysusers.h"
#include "contents/upkeep.h"
#include "unit/unit-files.h"
#include "unit/unit-install.h"
#include "unit/unit-name.h"
#include "unit/unit-search.h"
#include "unit/unit-unfit.h"

#define ACCOUNTS_MAX (16 * 1024 * 1024) /* bytes of a passwd or group file */
#define SYSUSERS_MAX (1024 * 1024)
#define USR_UNIT_DIR "/usr/lib/systemd/system"
#define SCRIPT_MAX (1024 * 1024)

#define TOO_HIGH                                                                                                       \
	"Unit '%s' needs %s '%s' with number %u, but a container with ids of its own has only those up to %u; "        \
	"give it a lower number, or create the container with --private-users=no."

static int unit_is_gone(const struct create_spec *spec, const char *unit)
{
	if (spec->units.n == 1)
		return log_error_errno(-ENOENT,
				       "Container '%s' runs unit '%s', which this host does not have any more; install "
				       "what it came with again.",
				       spec->name, unit);
	return log_error_errno(-ENOENT,
			       "Container '%s' runs unit '%s', which this host does not have any more; install what it "
			       "came with again, or remove it with 'virt-sandbox-service set --remove-unit=%s %s'.",
			       spec->name, unit, unit, spec->name);
}

static int load_units(const struct create_spec *spec, const struct unit_search *map, struct gathered *g)
{
	for (size_t i = 0; i < spec->units.n; i++) {
		_cleanup_(freep) char *message = NULL;
		enum unit_problem problem;

		grow(g->units, g->n_units);
		g->units[i] = (struct unit){ 0 };
		problem = unit_load_from(map, spec->context->root_fd, spec->units.v[i], spec->name, &g->units[i],
					 &message);
		if (problem == UNIT_MISSING && spec->existing)
			return unit_is_gone(spec, spec->units.v[i]);
		if (problem != UNIT_OK)
			return log_error_errno(-EINVAL, "%s", message);
		g->n_units++;
		for (size_t k = 0; k < i; k++)
			if (strcmp(g->units[k].id, g->units[i].id) == 0)
				return log_error_errno(-EINVAL, "Unit '%s' was given twice.", g->units[i].id);
	}
	return 0;
}

/* Finds the units that were asked for, and those that come along with them. */
static int find_units(const struct create_spec *spec, struct gathered *g, struct unit_search **ret_map)
{
	const char *path;
	int r = unit_search_read(spec->context->root_fd, ret_map, &path);

	if (r < 0)
		return log_error_errno(r, "Cannot read '%s': %m", path);
	r = load_units(spec, *ret_map, g);
	return r < 0 ? r : related_units_find(spec, *ret_map, g);
}

int collect_links(int root_fd, struct strv *ret)
{
	for (const char *const *dir = path_merged_dirs; *dir; dir++) {
		_cleanup_(freep) char *target = NULL;
		int r = rootfd_readlink(root_fd, *dir, WALK_TREE, &target);

		if (r == -ENOENT)
			continue;
		if (r < 0)
			return log_error_errno(
				r, "'%s' is not a link into '/usr'; this host must be converted first (usr-merge).",
				*dir);
		strv_addf(ret, "%s=%s", *dir + 1, target + strspn(target, "/"));
	}
	return 0;
}

/* systemd.exec(5), RUNTIME, STATE, CACHE, LOGS AND CONFIGURATION DIRECTORIES: names below these, 'DIR:LINK' allowed.
 * With DynamicUser=, they are links to directories in 'private'. */
static void find_own_dirs(struct gathered *g)
{
	static const struct {
		const char *key, *below;
	} kinds[] = {
		{ "StateDirectory", "/var/lib" },
		{ "CacheDirectory", "/var/cache" },
		{ "LogsDirectory", "/var/log" },
		{ "ConfigurationDirectory", "/etc" },
	};

	for (size_t i = 0; i < g->n_units; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
			_cleanup_(strv_done) struct strv values = { 0 }, words = { 0 };

			unit_get_list(&g->units[i], kinds[k].key, &values);
			for (size_t v = 0; v < values.n; v++) {
				_cleanup_(freep) char *text = unit_expand(&g->units[i], values.v[v]);

				strv_split(&words, text, " \t");
			}
			for (size_t w = 0; w < words.n; w++) {
				words.v[w][strcspn(words.v[w], ":")] = '\0';
				if (!words.v[w][0] || words.v[w][0] == '/' || strstr(words.v[w], ".."))
					continue;
				strv_addf(&g->own_dirs, "%s/%s", kinds[k].below, words.v[w]);
				if (unit_has_dynamic_user(&g->units[i]))
					strv_addf(&g->own_dirs, "%s/private/%s", kinds[k].below, words.v[w]);
			}
		}
	}
}

/* 'WorkingDirectory=~' names the home directory of the user (systemd.exec(5)). */
static void find_homes(struct gathered *g)
{
	for (size_t i = 0; i < g->n_units; i++) {
		struct unit *u = &g->units[i];
		const char *directory = ini_get(&u->ini, "Service", "WorkingDirectory");

		for (size_t k = 0; k < u->users.n && directory && has_suffix(directory, "~"); k++) {
			const struct account_user *user = accounts_user_named(&g->users.all, u->users.v[k]);

			if (user)
				unit_files_add(user->home, &u->files);
		}
	}
}

/* The files that a unit consists of are among them, because the administrator may have put passwords there. */
static void find_named(int root_fd, struct gathered *g)
{
	for (size_t i = 0; i < g->n_units; i++) {
		const struct unit *u = &g->units[i];
		_cleanup_(strv_done) struct strv pam = { 0 };

		ini_get_list(&u->ini, "Service", "PAMName", &pam);
		for (size_t k = 0; k < pam.n; k++)
			if (!strchr(pam.v[k], '/'))
				strv_addf(&g->named, "/etc/pam.d/%s", pam.v[k]);
		if (skip_prefix(u->fragment, "/etc/"))
			strv_add_once(&g->named, u->fragment);
		for (size_t k = 0; k < u->files.n; k++)
			if (skip_prefix(u->files.v[k], "/etc/") || skip_prefix(u->files.v[k], "/var/"))
				strv_add_once(&g->named, u->files.v[k]);
		for (size_t k = 0; k < u->dropins.n; k++)
			if (skip_prefix(u->dropins.v[k], "/etc/"))
				strv_add_once(&g->named, u->dropins.v[k]);
		companions_find(root_fd, u, &g->named);
	}
}

/* A script of the service's own packages that gives a program a capability, with setcap(8), names it. The program would
 * not run at all in a container without it (execve(2), EPERM). */
static void find_capabilities(const char *script, struct strv *ret)
{
	const char *name;

	for (unsigned int i = 0; (name = right_name(RIGHT_CAPABILITY, i)); i++)
		if (strcasestr(script, name))
			strv_add_once(ret, name);
}

/* A unit that systemd made of an init script runs what the script says. Other sources of units, such as fstab or the
 * crontab of a user, are not about the service alone, or are not the administrator's word. */
static void scan_source(int root_fd, const struct unit *u, struct strv *ret)
{
	_cleanup_(freep) char *source = u->source ? path_normalise(u->source) : NULL;
	_cleanup_(freep) char *text = NULL;

	if (source && (path_within(source, "/etc/init.d") || path_within(source, "/etc/rc.d/init.d")) &&
	    guarded_read(root_fd, source, SCRIPT_MAX, &text, NULL) == 0)
		path_scan(text, paths_own, ret);
}

/* Paths that scripts of the service's own packages name, as things that they create or remove, belong to these
 * packages, although their lists of files do not have them. */
static int find_scripted(int root_fd, struct gathered *g)
{
	for (size_t i = 0; i < g->n_units; i++)
		scan_source(root_fd, &g->units[i], &g->scripted);
	for (size_t i = 0; i < g->roots.n; i++) {
		_cleanup_(freep) char *text = NULL;
		int r = g->backend->scripts(g->db, g->roots.v[i], &text);

		if (r < 0)
			return r;
		path_scan(text, paths_own, &g->scripted);
		find_capabilities(text, &g->capabilities);
	}
	strv_sort_unique(&g->scripted);
	return 0;
}

/* Reads a file of accounts; one in /usr/lib need not exist. */
static int read_accounts(int root_fd, const char *path, char **ret)
{
	int r = rootfd_read(root_fd, path, WALK_ROOT, ACCOUNTS_MAX, ret, NULL);

	if (r == -ENOENT && skip_prefix(path, "/usr/")) {
		*ret = xstrdup("");
		return 0;
	}
	return r < 0 ? log_error_errno(r, "Cannot read '%s': %m", path) : 0;
}

/* Images of ostree have their accounts in /usr/lib, where nss-altfiles finds them after those in /etc. */
static int read_users(const struct create_spec *spec, struct gathered *g)
{
	static const char *const dirs[] = { "/etc", "/usr/lib" };
	int root_fd = spec->context->root_fd;
	uid_t root;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		_cleanup_(freep) char *passwd_path = xasprintf("%s/passwd", dirs[i]);
		_cleanup_(freep) char *group_path = xasprintf("%s/group", dirs[i]);
		_cleanup_(freep) char *passwd = NULL;
		_cleanup_(freep) char *group = NULL;
		int r = read_accounts(root_fd, passwd_path, &passwd);

		if (r == 0)
			r = read_accounts(root_fd, group_path, &group);
		if (r < 0)
			return r;
		if (i == 0)
			accounts_parse(passwd, group, &g->users.all);
		else
			accounts_add(&g->users.all, passwd, group);
	}
	if (accounts_uid(&g->users.all, "root", &root) < 0)
		return log_error_errno(-EBADMSG, "'/etc/passwd' has no user 'root'; it is damaged.");
	sysusers_add(root_fd, &g->users.all);
	users_index(&g->users);
	return 0;
}

/* Marks the accounts that a file of sysusers.d(5) names. */
static void mark_users_of(int root_fd, const char *path, struct users *users)
{
	_cleanup_(freep) char *text = NULL;

	if (rootfd_read(root_fd, path, WALK_ROOT, SYSUSERS_MAX, &text, NULL) == 0)
		users_want_words(users, text);
}

/* Marks the accounts that units, package scripts and sysusers.d name. The owners of files are marked when the plan is
 * composed. */
static int mark_users(const struct create_spec *spec, struct gathered *g)
{
	users_want_name(&g->users, "root");
	users_want_name(&g->users, "nobody");
	users_want_name(&g->users, "nogroup");
	for (size_t i = 0; i < g->n_units; i++) {
		for (size_t k = 0; k < g->units[i].users.n; k++)
			users_want_name(&g->users, g->units[i].users.v[k]);
		for (size_t k = 0; k < g->units[i].groups.n; k++)
			users_want_name(&g->users, g->units[i].groups.v[k]);
	}
	for (size_t i = 0; i < g->closure.n; i++) {
		_cleanup_(freep) char *text = NULL;
		int r = g->backend->scripts(g->db, g->closure.v[i], &text);

		if (r < 0)
			return r;
		users_want_mentioned(&g->users, text);
	}
	for (size_t i = 0; i < g->files.sysusers.n; i++)
		mark_users_of(spec->context->root_fd, g->files.sysusers.v[i], &g->users);
	for (size_t i = 0; i < g->named.n; i++)
		if (skip_prefix(g->named.v[i], "/etc/sysusers.d/"))
			mark_users_of(spec->context->root_fd, g->named.v[i], &g->users);
	return 0;
}

/* Tells about accounts that the container gets although the host does not have them, and about those that neither
 * has. */
static void report_users(const struct gathered *g)
{
	const struct accounts *all = &g->users.all;
	uid_t uid;
	gid_t gid;

	for (size_t i = 0; i < all->n_users; i++)
		if (all->users[i].wanted && all->users[i].source)
			log_warn("The host does not have user '%s' yet; the container gets it with number %u, as '%s' "
				 "defines it.",
				 all->users[i].name, all->users[i].uid, all->users[i].source);
	for (size_t i = 0; i < all->n_groups; i++)
		if (all->groups[i].wanted && all->groups[i].source && !accounts_user_named(all, all->groups[i].name))
			log_warn("The host does not have group '%s' yet; the container gets it with number %u, as '%s' "
				 "defines it.",
				 all->groups[i].name, all->groups[i].gid, all->groups[i].source);
	for (size_t i = 0; i < g->n_units; i++) {
		const struct unit *u = &g->units[i];

		for (size_t k = 0; k < u->users.n; k++)
			if (accounts_uid(all, u->users.v[k], &uid) < 0)
				log_warn("Unit '%s' runs as user '%s', which neither the host's passwd nor "
					 "sysusers.d(5) has, so it is missing in the container, too.",
					 u->id, u->users.v[k]);
		for (size_t k = 0; k < u->groups.n; k++)
			if (accounts_gid(all, u->groups.v[k], &gid) < 0)
				log_warn("Unit '%s' needs group '%s', which neither the host's group nor sysusers.d(5) "
					 "has, so it is missing in the container, too.",
					 u->id, u->groups.v[k]);
	}
}

/* Refuses a unit that runs as a user that a container with ids of its own cannot have. */
static int check_ids(const struct create_spec *spec, const struct gathered *g)
{
	const struct accounts *all = &g->users.all;
	uid_t uid;
	gid_t gid;

	for (size_t i = 0; i < g->n_units && spec->private_users; i++) {
		const struct unit *u = &g->units[i];

		for (size_t k = 0; k < u->users.n; k++)
			if (accounts_uid(all, u->users.v[k], &uid) == 0 && uid >= RECORD_ID_COUNT)
				return log_error_errno(-ERANGE, TOO_HIGH, u->id, "user", u->users.v[k], uid,
						       RECORD_ID_COUNT - 1);
		for (size_t k = 0; k < u->groups.n; k++)
			if (accounts_gid(all, u->groups.v[k], &gid) == 0 && gid >= RECORD_ID_COUNT)
				return log_error_errno(-ERANGE, TOO_HIGH, u->id, "group", u->groups.v[k], gid,
						       RECORD_ID_COUNT - 1);
	}
	return 0;
}

static void report_lost_owners(const struct create_spec *spec, const struct gathered *g)
{
	const struct rule_context rules = gathered_rules(g, spec->copy_var);
	const char *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < g->files.entries.n; i++) {
		const struct entry *e = &g->files.entries.v[i];

		if (!e->lost_owner || rules_decide(e, &rules).action == ACTION_LEAVE)
			continue;
		first = first ? first : e->path;
		n++;
	}
	if (n > 0)
		log_warn("'%s'%s has an owner or group with a number above %u, which the container does not have; "
			 "there it belongs to 'nobody'.",
			 first, n > 1 ? ", like others," : "", RECORD_ID_COUNT - 1);
}

static int find_files(const struct create_spec *spec, struct gathered *g)
{
	_cleanup_(freep) uid_t *uids = NULL;
	struct files_request files = {
		.spec = spec,
		.backend = g->backend,
		.db = g->db,
		.closure = &g->closure,
		.roots = &g->roots,
		.own_dirs = &g->own_dirs,
		.named = &g->named,
		.scripted = &g->scripted,
		.written = &g->written,
		.live = &g->live,
		.unit_names = &g->unit_names,
		.users = &g->users,
		.mentioned = &g->mentioned,
		.local = &g->local,
	};

	for (size_t i = 0; i < g->n_units; i++) {
		for (size_t k = 0; k < g->units[i].files.n; k++)
			files.names_job |= rules_is_job(g->units[i].files.v[k]);
		for (size_t k = 0; k < g->units[i].users.n; k++) {
			const char *name = g->units[i].users.v[k];
			const struct account_user *u = accounts_user_named(&g->users.all, name);
			uid_t uid;

			/* Whatever has a number that was free is not this user's. */
			if (accounts_uid(&g->users.all, name, &uid) < 0 || uid == 0 || (u && u->automatic))
				continue;
			grow(uids, files.n_unit_uids);
			uids[files.n_unit_uids++] = uid;
		}
	}
	files.unit_uids = uids;
	return files_find(&files, &g->files);
}

/* A symbolic link in the service's own configuration to that of another package, such as an enabled module, says that
 * the service needs this package. */
static int find_linked_packages(struct gathered *g)
{
	for (size_t i = 0; i < g->files.linked.n; i++) {
		log_info("Package '%s' is needed, because a link of the service leads to its configuration.",
			 g->files.linked.v[i]);
		strv_add(&g->closure, g->files.linked.v[i]);
	}
	files_done(&g->files);
	return pkg_closure(g->backend, g->db, &g->closure);
}

/* Finds the files again for as long as that brings packages, which is rarely more than once. */
static int find_packages_and_files(const struct create_spec *spec, struct gathered *g)
{
	int r = find_files(spec, g);

	while (r == 0 && g->files.linked.n > 0) {
		r = find_linked_packages(g);
		if (r == 0)
			r = find_files(spec, g);
	}
	return r;
}

/* The directory of a drop-in may be for a group of units, as '/etc/systemd/system/foo-.service.d' is. */
static void add_dropin_names(const struct unit *u, struct strv *ret)
{
	for (size_t i = 0; i < u->dropins.n; i++) {
		const char *name = skip_prefix(u->dropins.v[i], "/etc/systemd/system/");
		size_t len = name ? strcspn(name, "/") : 0;

		if (len > strlen(".d"))
			strv_addn(ret, name, len - strlen(".d"));
	}
}

/* Collects the names of the units that were asked for; files_find() adds those of the closure. */
static void find_unit_names(struct gathered *g)
{
	for (size_t i = 0; i < g->n_units; i++) {
		const struct unit *u = &g->units[i];

		strv_add_all(&g->unit_names, &u->names);
		strv_add(&g->unit_names, strrchr(u->fragment, '/') + 1); /* the template of an instance */
		add_dropin_names(u, &g->unit_names);
		if (!unit_is_inside(u))
			strv_take(&g->written, unit_path_inside(u));
	}
	strv_sort_unique(&g->written);
}

/* Follows Also=, as 'systemctl enable' does, to units that may run inside. */
static int add_also(int root_fd, struct gathered *g, const char *name)
{
	_cleanup_(freep) char *template = unit_name_template(name);
	int r;

	if (related_units_has(g, name) || unit_unfit(name) ||
	    (!strv_find(&g->files.units, name) && !(template && strv_find(&g->files.units, template))))
		return 0;
	grow(g->also, g->n_also);
	r = unit_load_install(root_fd, name, &g->also[g->n_also]);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return log_error_errno(r, "Cannot read unit '%s', which Also= of another unit names: %m", name);
	g->n_also++;
	return 0;
}

static int find_also(int root_fd, struct gathered *g)
{
	int r = 0;

	for (size_t i = 0; i < g->n_units; i++)
		for (size_t k = 0; k < g->units[i].also.n && r == 0; k++)
			r = add_also(root_fd, g, g->units[i].also.v[k]);
	for (size_t i = 0; i < g->n_also; i++) /* the list grows meanwhile */
		for (size_t k = 0; k < g->also[i].also.n && r == 0; k++)
			r = add_also(root_fd, g, g->also[i].also.v[k]);
	return r;
}

/* Timers that the service's packages bring and the administrator has enabled. Those of packages that every container
 * has are for the host: they make backups of its package database, and the like. */
static int find_timers(int root_fd, struct gathered *g)
{
	int r = 0;

	for (size_t i = 0; i < g->enabled.n && r == 0; i++) {
		const char *name = g->enabled.v[i];
		_cleanup_(freep) char *template = unit_name_template(name);
		_cleanup_(freep) char *path = xasprintf(USR_UNIT_DIR "/%s", template ? template : name);
		_cleanup_(strv_done) struct strv owners = { 0 };

		if (!has_suffix(name, ".timer"))
			continue;
		r = g->backend->owners(g->db, path, &owners);
		for (size_t k = 0; k < owners.n && r == 0; k++) {
			if (strv_find(&g->base, owners.v[k]) && !strv_find(&g->roots, owners.v[k]))
				continue;
			r = add_also(root_fd, g, name);
			break;
		}
	}
	return r;
}

/* Mode and owner for the container's file; the strictest ones if the host does not have the file. */
static void stat_shadow(int root_fd, const char *path, struct stat *ret)
{
	if (rootfd_lstat(root_fd, path, WALK_ROOT, ret) < 0 || !S_ISREG(ret->st_mode))
		*ret = (struct stat){ 0 };
	ret->st_mode &= 0640;
}

int collect(const struct create_spec *spec, struct gathered *ret)
{
	_cleanup_(gathered_done) struct gathered g = { 0 };
	_cleanup_(unit_search_freep) struct unit_search *map = NULL;
	int r = collect_links(spec->context->root_fd, &g.links);

	if (r == 0)
		r = find_units(spec, &g, &map);
	if (r == 0)
		r = packages_find(spec, &g);
	if (r == 0)
		r = read_users(spec, &g);
	if (r == 0)
		r = check_ids(spec, &g);
	if (r < 0)
		return r;
	find_own_dirs(&g);
	find_homes(&g);
	find_named(spec->context->root_fd, &g);
	find_unit_names(&g);
	r = upkeep_find(spec, map, &g);
	if (r == 0)
		r = find_scripted(spec->context->root_fd, &g);
	if (r == 0)
		r = live_choose(spec, &g.live);
	if (r == 0)
		r = find_packages_and_files(spec, &g);
	if (r == 0)
		r = mark_users(spec, &g);
	if (r < 0)
		return r;
	report_users(&g);
	report_lost_owners(spec, &g);
	left_data_find(spec, &g);
	r = scripts_find(spec, &g);
	if (r < 0)
		return r;
	local_find(spec->context->root_fd, g.units, g.n_units, &g.local);
	r = find_also(spec->context->root_fd, &g);
	if (r == 0)
		r = find_timers(spec->context->root_fd, &g);
	if (r < 0)
		return r;
	stat_shadow(spec->context->root_fd, "/etc/shadow", &g.shadow);
	stat_shadow(spec->context->root_fd, "/etc/gshadow", &g.gshadow);
	*ret = g;
	g = (struct gathered){ 0 };
	return 0;
}

struct rule_context gathered_rules(const struct gathered *g, bool copy_var)
{
	return (struct rule_context){ copy_var, copy_var, &g->unit_names, &g->written, &g->live, g->files.runs_jobs };
}

void gathered_done(struct gathered *g)
{
	for (size_t i = 0; i < g->n_units; i++)
		unit_done(&g->units[i]);
	for (size_t i = 0; i < g->n_also; i++)
		unit_done(&g->also[i]);
	for (size_t i = 0; i < g->n_scripts; i++) {
		pkg_script_done(&g->scripts[i].script);
		strv_done(&g->scripts[i].data);
	}
	free(g->units);
	free(g->also);
	free(g->scripts);
	if (g->db)
		g->backend->close(g->db);
	strv_done(&g->enabled);
	strv_done(&g->base);
	strv_done(&g->roots);
	strv_done(&g->closure);
	strv_done(&g->own_dirs);
	strv_done(&g->named);
	strv_done(&g->scripted);
	strv_done(&g->capabilities);
	strv_done(&g->mentioned);
	strv_done(&g->local);
	strv_done(&g->unit_names);
	strv_done(&g->written);
	strv_done(&g->links);
	strv_done(&g->live);
	strv_done(&g->left_data);
	strv_done(&g->makers);
	strv_done(&g->generated);
	users_done(&g->users);
	files_done(&g->files);
	*g = (struct gathered){ 0 };
}
