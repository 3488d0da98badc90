/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What create writes into a container's /etc and /var itself because of what it found on the host: accounts, enabled
 * units, keys. What follows from the container's record alone is in generated.c. */
#include "create/etc-files.h"

#include <string.h>

#include "base/buf.h"
#include "base/path.h"
#include "container/live-places.h"
#include "contents/new-keys.h"
#include "create/choice.h"
#include "create/generated.h"
#include "create/ops.h"
#include "create/script-unit.h"
#include "create/unit-override.h"

#define UNIT_DIR "/etc/systemd/system"

static void add_shadow(struct plan *plan, struct gathered *g, const char *path, const struct stat *like, char *text)
{
	struct op *op = ops_write_anew(plan, path, like->st_mode, text, "holds none of the host's passwords");
	const struct account_group *group = accounts_group(&g->users.all, like->st_gid);

	if (!group)
		return;
	op->gid = like->st_gid;
	free(op->group);
	op->group = xstrdup(group->name);
}

static void add_accounts(struct plan *plan, struct gathered *g)
{
	users_want_gid(&g->users, g->shadow.st_gid);
	users_want_gid(&g->users, g->gshadow.st_gid);
	ops_write_anew(plan, "/etc/passwd", 0644, users_passwd(&g->users),
		       "holds only the users that the container needs");
	ops_write_anew(plan, "/etc/group", 0644, users_group(&g->users),
		       "holds only the groups that the container needs");
	add_shadow(plan, g, "/etc/shadow", &g->shadow, users_shadow(&g->users));
	add_shadow(plan, g, "/etc/gshadow", &g->gshadow, users_gshadow(&g->users));
}

/* The links that [Install] sections ask for: systemd.unit(5). */
static void add_install_links(struct plan *plan, const struct unit *u, const char *path)
{
	static const char *const suffixes[] = { "wants", "requires" };
	static const char reason[] = "the unit's [Install] section asks for it";
	const struct strv *lists[] = { &u->wanted_by, &u->required_by };

	for (size_t k = 0; k < ARRAY_SIZE(lists); k++)
		for (size_t i = 0; i < lists[k]->n; i++)
			ops_link_anew(plan, xasprintf(UNIT_DIR "/%s.%s/%s", lists[k]->v[i], suffixes[k], u->id), path,
				      reason);
	for (size_t i = 0; i < u->aliases.n; i++)
		if (strcmp(u->aliases.v[i], u->id) != 0)
			ops_link_anew(plan, xasprintf(UNIT_DIR "/%s", u->aliases.v[i]), path, reason);
}

/* The units that the container was created for are enabled even if their [Install] sections do not say so. Those that
 * come along are as on the host, where some are enabled, and the others are started by another unit. */
static void add_unit(struct plan *plan, const struct unit *u)
{
	_cleanup_(freep) char *path = unit_path_inside(u);
	char *override = unit_override_text(u);

	if (!unit_is_inside(u) && !plan_has(plan, path)) { /* instances have the same file */
		struct op *op = ops_anew(plan, &op_file, xstrdup(path),
					 "the unit file is in a directory that the container does not see");

		op->source = xstrdup(u->file ? u->file : u->fragment);
		op_give_root(op, 0644);
	}
	if (u->part == UNIT_ASKED || u->enabled)
		add_install_links(plan, u, path);
	if (u->part == UNIT_ASKED)
		ops_link_anew(plan, xasprintf(UNIT_DIR "/multi-user.target.wants/%s", u->id), path,
			      "enables the service that the container is for");
	for (size_t i = 0; i < u->links.n; i++)
		ops_link_anew(plan, xasprintf(UNIT_DIR "/%s/%s", u->links.v[i], u->id), path, "enabled on the host");
	if (override) {
		_cleanup_(freep) char *file = unit_override_path(u);

		ops_write_anew(plan, file, 0644, override, "resets settings that cannot work in a container");
	}
}

static void add_units(struct plan *plan, struct gathered *g)
{
	for (size_t i = 0; i < g->n_units; i++)
		add_unit(plan, &g->units[i]);
	for (size_t i = 0; i < g->n_also; i++)
		add_install_links(plan, &g->also[i], g->also[i].fragment);
}

static char *key_unit_text(const struct gathered *g, const struct entry *e)
{
	_cleanup_(strv_done) struct strv units = { 0 };
	_cleanup_(freep) char *before = NULL, *certificate = NULL;

	if (!e->certificate)
		return ssh_key_unit_text(e->path, e->key_command);
	certificate = live_own_path(&g->live, e->certificate);
	for (size_t i = 0; i < g->n_units; i++)
		strv_add(&units, g->units[i].id);
	before = strv_join(&units, " ");
	return tls_key_unit_text(
		&(struct tls_pair){ e->path, certificate, e->tls_options, e->tls_form, e->certificate_form }, before);
}

/* Adds an empty file with the mode and owner of the host's key, into which the container writes its own key. */
static void add_empty_key(struct plan *plan, struct gathered *g, const struct entry *e)
{
	struct op *op = ops_write_anew(plan, e->path, e->st.st_mode & 0777, xstrdup(""),
				       "the container writes its own key here at its first start");

	op_give_owner(op, e->st.st_uid, e->st.st_gid, &g->users);
}

/* Adds a unit for each key that the container makes in place of the host's. */
static void add_host_keys(struct plan *plan, struct gathered *g)
{
	static const char reason[] = "makes the container's own key, because the host's stays on the host";
	unsigned int n = 0;

	for (size_t i = 0; i < g->files.entries.n; i++) {
		const struct entry *e = &g->files.entries.v[i];
		_cleanup_(freep) char *path = NULL;

		if (!e->key_command && !e->certificate)
			continue;
		path = xasprintf(UNIT_DIR "/" KEY_UNIT_FORMAT, ++n);
		ops_write_anew(plan, path, 0644, key_unit_text(g, e), reason);
		if (e->certificate)
			add_empty_key(plan, g, e);
		ops_link_anew(plan, xasprintf(UNIT_DIR "/sysinit.target.wants%s", strrchr(path, '/')), path, reason);
	}
}

/* Each string on a line of its own. Caller frees. */
static char *lines_of(const struct strv *strings)
{
	_cleanup_(freep) char *text = strv_join(strings, "\n");

	return xasprintf("%s\n", text);
}

/* Adds what the package manager or src/inside/script would have beside the script, if there is any. */
static void add_script_file(struct plan *plan, const char *package, const char *suffix, mode_t mode, const char *text)
{
	_cleanup_(freep) char *path = script_path(package, suffix);

	if (text)
		ops_write_anew(plan, path, mode, xstrdup(text),
			       "runs once, because the data that it made on the host is not copied");
}

/* Adds a unit for each installation script; the units of the container start after them. */
static void add_scripts(struct plan *plan, const struct gathered *g)
{
	_cleanup_(freep) char *generated = lines_of(&g->generated);

	for (size_t i = 0; i < g->n_scripts; i++) {
		const struct pkg_script *script = &g->scripts[i].script;
		const char *package = g->scripts[i].package;
		_cleanup_(freep) char *name = script_unit_name(package), *path = xasprintf(UNIT_DIR "/%s", name);
		_cleanup_(freep) char *data = lines_of(&g->scripts[i].data);

		add_script_file(plan, package, "postinst", 0755, script->text);
		add_script_file(plan, package, "config", 0755, script->config);
		add_script_file(plan, package, "templates", 0644, script->templates);
		add_script_file(plan, package, "answers", 0644, script->answers);
		if (g->generated.n > 0) {
			add_script_file(plan, package, "data", 0644, data);
			add_script_file(plan, package, "generated", 0644, generated);
		}
		ops_write_anew(plan, path, 0644,
			       script_unit_text(package, script, i > 0 ? g->scripts[i - 1].package : NULL),
			       "runs the installation script of a package before the first start");
		ops_link_anew(plan, xasprintf(UNIT_DIR "/multi-user.target.wants/%s", name), path,
			      "runs the installation script of a package before the first start");
	}
}

/* Policies of the host's other packages name users that the container does not have, and the message bus would log each
 * of them. */
static void add_bus_policies(struct plan *plan, const struct gathered *g)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	if (g->files.bus_policies.n == 0)
		return;
	buf_addf(&b, "# Made by virt-sandbox-service.\n[Service]\nTemporaryFileSystem=" BUS_POLICY_DIR ":ro\n");
	for (size_t i = 0; i < g->files.bus_policies.n; i++)
		if (path_fits_unit_file(g->files.bus_policies.v[i]))
			buf_addf(&b, "BindReadOnlyPaths=-%s\n", g->files.bus_policies.v[i]);
	ops_write_anew(plan, UNIT_DIR "/dbus.service.d/50-virt-sandbox.conf", 0644, buf_steal(&b),
		       "hides policies of the host's other packages from the message bus");
}

/* The group of the journal may read it, as systemd's tmpfiles.d defines. */
static void add_journal(struct plan *plan, struct gathered *g)
{
	struct op *op = ops_anew(plan, &op_directory, xstrdup("/var/log/journal"), "the container's own journal");
	gid_t gid;

	op_give_root(op, 02755);
	if (accounts_gid(&g->users.all, "systemd-journal", &gid) < 0)
		return;
	users_want_gid(&g->users, gid);
	op->gid = gid;
	free(op->group);
	op->group = xstrdup("systemd-journal");
}

/* The home directory of a user as which a unit runs. */
struct home {
	char *path;
	uid_t uid;
	gid_t gid;
};

static int compare_homes(const void *a, const void *b)
{
	return strcmp(((const struct home *)a)->path, ((const struct home *)b)->path);
}

/* Whether the path lies where a container has nothing. */
static bool is_lacking(const char *path)
{
	static const char *const tops[] = { "/home/", "/opt/", "/srv/" };

	for (size_t i = 0; i < ARRAY_SIZE(tops); i++)
		if (skip_prefix(path, tops[i]))
			return true;
	return false;
}

/* Sorted by path, so that a directory comes before those in it. */
static struct home *find_homes(const struct gathered *g, size_t *ret_n)
{
	struct home *homes = NULL;
	size_t n = 0;

	for (size_t i = 0; i < g->n_units; i++) {
		for (size_t k = 0; k < g->units[i].users.n; k++) {
			const struct account_user *u = accounts_user_named(&g->users.all, g->units[i].users.v[k]);
			_cleanup_(freep) char *path = u ? path_normalise(u->home) : NULL;

			if (!path || !is_lacking(path))
				continue;
			grow(homes, n);
			homes[n++] = (struct home){ steal_ptr(path), u->uid, u->gid };
		}
	}
	if (n > 0)
		qsort(homes, n, sizeof(*homes), compare_homes);
	*ret_n = n;
	return homes;
}

/* Adds the homes that a container lacks: with WorkingDirectory=~, a unit would fail without one. If another user's home
 * lies in one, that user has to get through. */
static void add_homes(struct plan *plan, struct gathered *g)
{
	size_t n;
	struct home *homes = find_homes(g, &n);

	for (size_t i = 0; i < n; i++) {
		mode_t mode = 0700;
		struct op *op;

		for (size_t k = i + 1; k < n; k++)
			if (homes[k].uid != homes[i].uid && path_within(homes[k].path, homes[i].path))
				mode = 0711;
		if (plan_has(plan, homes[i].path))
			continue;
		op = ops_anew(plan, &op_directory, xstrdup(homes[i].path),
			      "the home directory of a user as which a unit runs, empty");
		op->has_owner = true;
		op->mode = mode;
		op_give_owner(op, homes[i].uid, homes[i].gid, &g->users);
	}
	for (size_t i = 0; i < n; i++)
		free(homes[i].path);
	free(homes);
}

void etc_files_add(struct plan *plan, struct gathered *g, const struct choice *choice, const struct record *record)
{
	add_journal(plan, g);
	ops_write_anew(plan, "/etc/machine-id", 0444, xasprintf("%s\n", choice->machine_id),
		       "identifies the container");
	generated_add_tree(plan, record);
	add_units(plan, g);
	add_bus_policies(plan, g);
	add_host_keys(plan, g);
	add_scripts(plan, g);
	add_homes(plan, g);
	add_accounts(plan, g);
}
