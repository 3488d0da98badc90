/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What follows from the record is changed as if the container had changed its record (create/change.h). Keys are those
 * for which create put a unit into the tree, and SSH host keys that have the usual name. Nothing from the tree is
 * believed: it only decides what of itself is left out. */
#include "create/copied-tree.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/rootfd.h"
#include "contents/new-keys.h"
#include "create/change.h"
#include "create/ops.h"

#define UNIT_DIR "/etc/systemd/system"
#define TEXT_MAX (64 * 1024) /* bytes of a unit or of a public key */
#define KEYS_MAX 256	     /* a container has a few */
#define HEAD_SIZE 4096	     /* bytes; more than enough to see the form of a key */

static bool tree_has(int tree, const char *path, mode_t type)
{
	struct stat st;

	return rootfd_lstat(tree, path, WALK_TREE, &st) == 0 && (st.st_mode & S_IFMT) == type;
}

static void leave(struct plan *plan, char *path, const char *reason)
{
	plan_leave(plan, path, "identity", reason, NULL);
}

/* Adds a file, which takes ownership of 'text', or a link. */
static void add(struct plan *plan, const char *path, mode_t mode, char *text, const char *target, const char *reason)
{
	struct op *op = plan_add(plan, &op_change, xstrdup(path));

	op->rule = "identity";
	op->reason = reason;
	op->mode = mode;
	op->text = text;
	op->source = target ? xstrdup(target) : NULL;
	if (text)
		op_give_root(op, mode);
}

/* Leaves out the key, its public half and its certificate. */
static void renew_ssh_key(struct plan *plan, int tree, const char *path)
{
	static const char *const suffixes[] = { "", ".pub", "-cert.pub" };

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		_cleanup_(freep) char *file = xasprintf("%s%s", path, suffixes[i]);

		if (tree_has(tree, file, S_IFREG))
			leave(plan, steal_ptr(file), "an SSH host key, which the copy makes anew");
	}
}

/* The keys for which create made a unit. Adds the names of these units to 'ret_units', and the paths of the keys to
 * 'ret_keys'. A key's file keeps its owner and mode, and an empty one tells the unit to make a key. */
static void renew_known_keys(struct plan *plan, int tree, struct strv *ret_units, struct strv *ret_keys)
{
	_cleanup_(strv_done) struct strv names = { 0 };

	rootfd_list(tree, UNIT_DIR, WALK_TREE, &names);
	for (size_t i = 0; i < names.n && ret_units->n < KEYS_MAX; i++) {
		_cleanup_(freep) char *path = xasprintf(UNIT_DIR "/%s", names.v[i]);
		_cleanup_(freep) char *text = NULL, *key = NULL;
		bool tls;

		if (fnmatch(KEY_UNIT_PATTERN, names.v[i], 0) != 0)
			continue;
		strv_add(ret_units, names.v[i]);
		if (rootfd_read(tree, path, WALK_TREE, TEXT_MAX, &text, NULL) < 0)
			continue;
		key = key_of_unit(text, &tls);
		if (!key || !path_is_normal(key) || !path_within(key, "/etc") || !tree_has(tree, key, S_IFREG))
			continue;
		if (tls)
			add(plan, key, 0600, xstrdup(""), NULL, "the copy writes its own key here at its first start");
		else
			renew_ssh_key(plan, tree, key);
		strv_take(ret_keys, steal_ptr(key));
	}
}

/* The command with which the copy makes a key like the one at 'path', or NULL. Caller frees. */
static char *command_of(int tree, const char *path)
{
	_cleanup_(closep) int fd =
		rootfd_openat(tree, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, WALK_TREE);
	_cleanup_(freep) char *public_path = xasprintf("%s.pub", path);
	_cleanup_(freep) char *public_key = NULL;
	char head[HEAD_SIZE];
	ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head));
	char *command;

	rootfd_read(tree, public_path, WALK_TREE, TEXT_MAX, &public_key, NULL);
	command = n <= 0 || !path_fits_unit_file(path) ? NULL
						       : ssh_key_command(head, (size_t)n, public_key ? public_key : "");
	explicit_bzero(head, sizeof(head));
	return command;
}

/* An SSH host key that the container made in another way: by a script of a package, or by hand. */
static void renew_other_key(struct plan *plan, int tree, const char *path, struct strv *units)
{
	static const char reason[] = "makes the copy's own key";
	_cleanup_(freep) char *command = command_of(tree, path);
	_cleanup_(freep) char *name = NULL, *unit = NULL, *link = NULL;

	renew_ssh_key(plan, tree, path);
	if (!command) {
		strv_addf(&plan->warnings, "The copy does not get the SSH host key '%s', and cannot make it anew.",
			  path);
		return;
	}
	for (unsigned int n = 1; !name || strv_has(units, name); n++) {
		free(name);
		name = xasprintf(KEY_UNIT_FORMAT, n);
	}
	strv_add(units, name);
	unit = xasprintf(UNIT_DIR "/%s", name);
	link = xasprintf(UNIT_DIR "/sysinit.target.wants/%s", name);
	add(plan, unit, 0644, ssh_key_unit_text(path, command), NULL, reason);
	add(plan, link, S_IFLNK, NULL, unit, reason);
}

static void renew_keys(struct plan *plan, int tree)
{
	_cleanup_(strv_done) struct strv units = { 0 }, known = { 0 }, dirs = { 0 };

	renew_known_keys(plan, tree, &units, &known);
	rootfd_list(tree, "/etc", WALK_TREE, &dirs);
	for (size_t i = 0; i < dirs.n; i++) {
		_cleanup_(freep) char *dir = xasprintf("/etc/%s", dirs.v[i]);
		_cleanup_(strv_done) struct strv files = { 0 };

		if (!path_is_normal(dir) || rootfd_list(tree, dir, WALK_TREE, &files) < 0)
			continue;
		for (size_t k = 0; k < files.n; k++) {
			_cleanup_(freep) char *path = xasprintf("%s/%s", dir, files.v[k]);

			if (fnmatch(SSH_HOST_KEY_PATTERN, files.v[k], 0) != 0 || strv_has(&known, path) ||
			    !tree_has(tree, path, S_IFREG))
				continue;
			if (units.n >= KEYS_MAX) {
				strv_addf(&plan->warnings,
					  "The container has too many keys; the copy may have the same ones.");
				return;
			}
			renew_other_key(plan, tree, path, &units);
		}
	}
}

/* What identifies a system, or may be used only once: 'Safely Building Images' in systemd's documentation. What ends
 * with '/' stands for the content of the directory. */
static const struct {
	const char *path, *reason;
} one_time[] = {
	{ "/var/lib/dbus/machine-id", "identifies the container it comes from" },
	{ COPIED_TREE_SEED, "the same random numbers would come of it" },
	{ "/var/lib/systemd/credential.secret", "the key to credentials of the container it comes from" },
	{ "/var/lib/systemd/coredump/", "memory of the container it comes from" },
	{ "/var/log/journal/", "the journal of the container it comes from" },
};

static void leave_one_time(struct plan *plan, int tree)
{
	for (size_t i = 0; i < ARRAY_SIZE(one_time); i++) {
		size_t len = strlen(one_time[i].path);
		bool content = one_time[i].path[len - 1] == '/';
		_cleanup_(freep) char *path = xstrndup(one_time[i].path, content ? len - 1 : len);

		if (tree_has(tree, path, content ? S_IFDIR : S_IFREG))
			leave(plan, xstrdup(one_time[i].path), one_time[i].reason);
	}
}

void copied_tree_add(struct plan *plan, int tree, const struct record *from, const struct record *to,
		     const char *machine_id)
{
	add(plan, "/etc/machine-id", 0444, xasprintf("%s\n", machine_id), NULL, "identifies the container");
	change_tree(tree, from, to, plan);
	renew_keys(plan, tree);
	leave_one_time(plan, tree);
}
