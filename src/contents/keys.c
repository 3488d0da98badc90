/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads files and finds secrets in them, by the forms in secret-forms.c. A key is the service's if a file of the
 * closure names its path, or a symbolic link of the roots leads to it. openssl(1) tells whether such a key has a
 * certificate that it signed itself, among the files that are named in the same way. */
#include "contents/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <unistd.h>

#include "base/copy.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "base/subprocess.h"
#include "container/live-places.h"
#include "contents/new-keys.h"
#include "contents/path-scan.h"
#include "contents/secret-forms.h"
#include "contents/secret-reader.h"
#include "contents/unpack.h"
#include "contents/users.h"

#define ETC_PARTS 64	       /* texts of SECRET_TEXT_MAX bytes; the rest of a larger file is not read: it is data */
#define VAR_PARTS 1	       /* the same for data, where secrets are only reported */
#define WORDS_MAX (64 * 1024)  /* bytes; larger files are not configuration that names users */
#define PUBLIC_MAX (64 * 1024) /* bytes; a public key is far smaller */
#define HEAD_SIZE 4096	       /* bytes; more than enough to see the form of a key */
#define CERTIFICATE_MAX (64 * 1024)   /* bytes; a larger file is a store of many */
#define HASHES_MAX (16 * 1024 * 1024) /* bytes of a file of passwords */

/* Whether nothing can be read because there is no regular file by that name, at least not any more. */
static bool is_no_file(int r)
{
	return rootfd_is_missing(r) || r == -EINVAL || r == -EISDIR || r == -ENXIO;
}

int keys_read_hashes(int root_fd, struct strv *ret)
{
	for (size_t i = 0; rules_place(PLACE_SECRET, i); i++) {
		const char *path = rules_place(PLACE_SECRET, i);
		_cleanup_(freep) char *text = NULL;
		int r = rootfd_read(root_fd, path, WALK_TREE, HASHES_MAX, &text, NULL);

		if (r < 0 && !is_no_file(r))
			return log_error_errno(r, "Cannot read '%s', whose passwords must stay on the host: %m", path);
		if (r == 0)
			secret_hashes(text, ret);
	}
	strv_sort_unique(ret);
	return 0;
}

static bool in_etc(const struct entry *e)
{
	return skip_prefix(e->path, "/etc/");
}

/* A keytab or key in the service's own data is the service's, and is copied with it. */
static void note(struct entry *e, const struct secret_form *form)
{
	e->holds = e->holds ? e->holds : form->name;
	e->secret |= form->sort == SECRET_HASH;
	if (!in_etc(e) || form->sort == SECRET_HASH)
		return;
	e->keytab |= form->sort == SECRET_KEYTAB;
	e->key |= form->sort != SECRET_KEYTAB;
	/* Older releases of OpenSSH wrote a form that others use, too; then only the usual file name tells that it is a
	 * host key. */
	e->ssh_key |= form->sort == SECRET_SSH_KEY || (e->key && fnmatch("*/" SSH_HOST_KEY_PATTERN, e->path, 0) == 0);
}

/* Unchanged files of packages that merely support the service say nothing about the service. */
static bool is_configuration(const struct entry *e)
{
	return in_etc(e) && (!e->package || e->config || e->claims & CLAIM_ROOT);
}

static ssize_t read_fd(void *from, char *to, size_t size)
{
	ssize_t n = read(*(int *)from, to, size);

	return n < 0 ? -errno : n;
}

/* Whether only root can have put the file there. Packages make the directories of their own files. */
static bool is_of_host_root(const struct key_search *search, const struct entry *e)
{
	_cleanup_(freep) char *dir = path_parent(e->path);

	return guarded_is_roots(search->root_fd, dir);
}

/* Finds the paths and users that a file names. */
static void find_words(const struct key_search *search, const struct entry *e, const struct secret_text *text)
{
	bool trusted = !users_can_write(&e->st); /* the administrator's word, not a user's */
	size_t known = search->secrets_alone ? 0 : search->mentioned->n;

	if (search->secrets_alone || !text->first || text->len > WORDS_MAX || !is_configuration(e))
		return;
	path_scan(text->data, paths_own, search->mentioned);
	if (trusted)
		path_scan(text->data, paths_local, search->local);
	if (!(e->claims & CLAIM_ROOT) && !(e->claims & CLAIM_NAMED && is_of_host_root(search, e)))
		return;
	for (size_t i = known; trusted && i < search->mentioned->n; i++)
		strv_add(search->configured, search->mentioned->v[i]);
	users_want_mentioned(search->users, text->data);
}

/* SSH host keys that are packed are copies: the container does not make others in their place. */
static void look_into_packed(const struct key_search *search, struct entry *e, int fd)
{
	const struct secret_form *form = NULL;
	int r = unpack_find(fd, search->hashes, &form);

	if (form)
		note(e, form);
	else if (r < 0 && !e->holds)
		e->holds = "packed";
	if (e->ssh_key)
		e->secret = true;
	e->ssh_key = false;
}

/* Keeps the file for the copy, so that nobody can exchange it after it was searched. Secrets are not kept. */
static void keep(const struct key_search *search, struct entry *e, int fd, const struct stat *st,
		 const struct secret_text *text)
{
	if (!search->room || !text->whole || text->len != (size_t)st->st_size || text->len > CONTENT_MAX ||
	    text->len > *search->room || e->content || e->holds || e->secret || e->password || copy_has_xattrs(fd) != 0)
		return;
	e->content = xrealloc(NULL, sizeof(*e->content) + text->len + 1, 1);
	e->content->st = *st;
	e->content->size = text->len;
	memcpy(e->content->data, text->data, text->len + 1);
	*search->room -= text->len;
}

/* Searches the whole file for secrets, and its first part for paths and users. 0 or -errno. */
static int look_at_file(const struct key_search *search, struct entry *e)
{
	_cleanup_(closep) int fd =
		rootfd_openat(search->root_fd, e->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, WALK_TREE);
	_cleanup_(secret_reader_done) struct secret_reader reader = { .read = read_fd,
								      .until_short = true,
								      .closed = e->closed };
	unsigned int parts = in_etc(e) ? ETC_PARTS : VAR_PARTS;
	struct secret_text text;
	struct stat st;
	bool packed = false;
	int r = fd < 0 ? fd : fstat(fd, &st) < 0 ? -errno : S_ISREG(st.st_mode) ? 1 : -EINVAL;

	reader.from = &fd;
	while (r > 0 && parts-- > 0 && !e->secret && (r = secret_reader_next(&reader, &text)) > 0) {
		const struct secret_form *form = secret_find(&text, search->hashes);

		if (form)
			note(e, form);
		find_words(search, e, &text);
		e->password |= rules_is_place(PLACE_DATA, e->path) && secret_has_option(text.data);
		packed |= in_etc(e) && unpack_knows(&text);
		if (!packed)
			keep(search, e, fd, &st, &text);
	}
	if (packed && r >= 0)
		look_into_packed(search, e, fd);
	return r < 0 ? r : 0;
}

/* Reads the beginning of a file, which may be a key's; returns how many bytes there are. */
static size_t read_head(int root_fd, const char *path, char ret[HEAD_SIZE])
{
	_cleanup_(closep) int fd =
		rootfd_openat(root_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, WALK_TREE);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, HEAD_SIZE);

	return n < 0 ? 0 : (size_t)n;
}

static bool host_has(int root_fd, const char *command)
{
	_cleanup_(freep) char *program = xstrndup(command, strcspn(command, " "));
	struct stat st;

	return rootfd_lstat(root_fd, program, WALK_ROOT, &st) == 0;
}

/* Finds out how the container can make a key of the same form and type. */
static void find_command(const struct key_search *search, struct entry *e)
{
	_cleanup_(freep) char *path = xasprintf("%s.pub", e->path);
	_cleanup_(freep) char *text = NULL;
	char head[HEAD_SIZE];
	size_t n;

	if (!path_fits_unit_file(e->path))
		return;
	rootfd_read(search->root_fd, path, WALK_TREE, PUBLIC_MAX, &text, NULL);
	n = read_head(search->root_fd, e->path, head);
	e->key_command = ssh_key_command(head, n, text ? text : "");
	explicit_bzero(head, sizeof(head));
	if (e->key_command && !host_has(search->root_fd, e->key_command))
		free(steal_ptr(e->key_command));
}

/* Whether the mode of the file, or of a directory above it, keeps users of the host from reading it. */
static bool is_closed(const struct key_search *search, const struct entry *e)
{
	_cleanup_(freep) char *dir = path_parent(e->path), *above = xstrdup(dir);
	struct stat st;

	if (!(e->st.st_mode & S_IROTH))
		return true;
	if (search->open_dir && *search->open_dir && strcmp(dir, *search->open_dir) == 0)
		return false;
	for (; *above; *strrchr(above, '/') = '\0')
		if (rootfd_lstat(search->root_fd, above, WALK_TREE, &st) == 0 && !(st.st_mode & S_IXOTH))
			return true;
	if (search->open_dir) {
		free(*search->open_dir);
		*search->open_dir = steal_ptr(dir);
	}
	return false;
}

int keys_scan(const struct key_search *search, struct entry *e)
{
	int r;

	if (!entry_is_file(e) || (!in_etc(e) && rules_decide(e, search->rules).action != ACTION_TAKE))
		return 0;
	e->closed = in_etc(e) && is_closed(search, e);
	r = look_at_file(search, e);
	if (r < 0 && !is_no_file(r))
		return log_error_errno(r, "Cannot search '%s' for secrets: %m", e->path);
	if (e->ssh_key && e->claims & CLAIM_ROOT)
		find_command(search, e);
	return 0;
}

void keys_mark_companions(struct entries *entries)
{
	static const char *const suffixes[] = { ".pub", "-cert.pub" };

	for (size_t i = 0; i < entries->n; i++) {
		for (size_t k = 0; entries->v[i].ssh_key && k < ARRAY_SIZE(suffixes); k++) {
			_cleanup_(freep) char *path = xasprintf("%s%s", entries->v[i].path, suffixes[k]);
			struct entry *e = entries_find(entries, path);

			if (e)
				e->ssh_key = true;
		}
	}
}

struct keys {
	const struct key_search *search;
	struct entries *entries, *left;
	struct strv *lost;
	struct strv paths;    /* sorted: paths that the service's files name */
	struct entries found; /* keys to be made anew that were not entries */
};

/* Adds where a path that leads through symbolic links ends, because entries have no links above them: on some hosts
 * /etc/ssl/certs is a link. The last component may be missing, or be a link itself, which is an entry of its own. */
static void add_real(struct keys *k, const char *path)
{
	int root_fd = k->search->root_fd;
	const char *name;
	_cleanup_(closep) int plain = rootfd_openat(root_fd, path, O_PATH, 0, WALK_TREE), dir = -1, end = -1;
	_cleanup_(freep) char *real_dir = NULL, *real = NULL;

	if (plain >= 0 || plain == -ENOENT || plain == -ENOTDIR) /* there is no link in it */
		return;
	dir = rootfd_parent(root_fd, path, WALK_ROOT, &name);
	end = rootfd_openat(root_fd, path, O_PATH, 0, WALK_ROOT);
	real_dir = dir < 0 ? NULL : rootfd_path_of(root_fd, dir);
	real = end < 0 ? NULL : rootfd_path_of(root_fd, end);
	if (real_dir)
		strv_addf(&k->paths, "%s/%s", strcmp(real_dir, "/") == 0 ? "" : real_dir, name);
	if (real)
		strv_take(&k->paths, steal_ptr(real));
}

static void collect_paths(struct keys *k)
{
	size_t n;

	for (size_t i = 0; i < k->search->mentioned->n; i++)
		strv_add(&k->paths, k->search->mentioned->v[i]);
	for (size_t i = 0; i < k->entries->n; i++) {
		const struct entry *e = &k->entries->v[i];

		if (e->claims & CLAIM_ROOT && e->target && skip_prefix(e->path, "/etc/"))
			strv_take(&k->paths, path_resolve(e->path, e->target));
	}
	strv_sort_unique(&k->paths);
	n = k->paths.n;
	for (size_t i = 0; i < n; i++)
		add_real(k, k->paths.v[i]);
	strv_sort_unique(&k->paths);
}

/* SSH host keys of the service that stay on the host, and that the container cannot make anew. */
static void find_lost_host_keys(struct keys *k)
{
	for (size_t i = 0; i < k->entries->n; i++) {
		const struct entry *e = &k->entries->v[i];

		if (e->key && e->ssh_key && e->claims & CLAIM_ROOT && !e->key_command)
			strv_add(k->lost, e->path);
	}
}

/* What openssl prints about the file; -errno if it is not what was expected. openssl does not ask for a password. */
static int ask_openssl(int root_fd, const char *path, const char *const argv[], char **ret)
{
	_cleanup_(closep) int fd =
		rootfd_openat(root_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, WALK_TREE);

	return fd < 0 ? fd : subprocess_filter(argv, fd, ret);
}

/* A first test, because dozens of files may be named, and each call of openssl takes a process. A service that uses
 * another form of certificates could not read the new one either. */
static bool has_certificate(int root_fd, const char *path)
{
	_cleanup_(freep) char *text = NULL;
	size_t n;

	return rootfd_read(root_fd, path, WALK_TREE, CERTIFICATE_MAX, &text, &n) >= 0 &&
	       (tls_is_der(text, n) || strstr(text, "-----BEGIN CERTIFICATE-----"));
}

static bool can_be_certificate(int root_fd, const struct entry *e)
{
	return e && entry_is_file(e) && !e->key && in_etc(e) && path_fits_unit_file(e->path) &&
	       has_certificate(root_fd, e->path);
}

/* Finds the facts about a path that is not an entry. 0, or -errno after a message. */
static int probe(const struct key_search *search, struct entry *e)
{
	const char *name;
	_cleanup_(closep) int dir = rootfd_parent(search->root_fd, e->path, WALK_TREE, &name);
	int r = dir < 0 ? dir : entry_stat(dir, name, e);

	if (r < 0 && !rootfd_is_missing(r))
		return log_error_errno(r, "Cannot examine '%s': %m", e->path);
	return r == 0 ? keys_scan(search, e) : 0;
}

/* Whether the container may have a file of its own there, although it shares the place with the host. Such places are
 * not searched for files. */
static bool in_own_place(const struct keys *k, const char *path)
{
	const struct live_place *place = live_place_of(k->search->rules->live, path);

	return place && place->kind == LIVE_MERGED;
}

/* Searches for the key's certificate among the paths that the service's files name. Returns 1 if it was found, 0 if
 * not, -EINTR, or -errno after a message. */
static int find_certificate(struct keys *k, struct entry *key)
{
	static const char *const ask_key[] = { OPENSSL, "pkey", "-passin", "pass:", "-pubout", "-text_pub", NULL };
	static const char *const ask_certificate[] = {
		OPENSSL, "x509", "-noout", "-issuer", "-subject", "-pubkey", NULL
	};
	int root_fd = k->search->root_fd;
	_cleanup_(freep) char *about_key = NULL;
	_cleanup_(freep) char *options = NULL;
	char head[HEAD_SIZE];
	int r;

	if (!path_fits_unit_file(key->path) || access(OPENSSL, X_OK) < 0 || !host_has(root_fd, OPENSSL))
		return 0;
	r = ask_openssl(root_fd, key->path, ask_key, &about_key);
	options = r == 0 ? tls_key_options(about_key) : NULL;
	for (size_t i = 0; i < k->paths.n && options && r != -EINTR; i++) {
		_cleanup_(entry_done) struct entry unknown = { .path = xstrdup(k->paths.v[i]) };
		struct entry *e = entries_find(k->entries, k->paths.v[i]);
		_cleanup_(freep) char *about = NULL;

		if (!e && in_own_place(k, unknown.path)) {
			r = probe(k->search, &unknown);
			if (r < 0)
				return r;
			e = &unknown;
		}
		if (!can_be_certificate(root_fd, e))
			continue;
		r = ask_openssl(root_fd, k->paths.v[i], ask_certificate, &about);
		if (r < 0 || !tls_is_pair(about_key, about))
			continue;
		key->tls_options = steal_ptr(options);
		key->certificate = xstrdup(k->paths.v[i]);
		key->certificate_form =
			tls_is_der(head, read_head(root_fd, key->certificate, head)) ? " -outform DER" : "";
		key->tls_form = tls_key_form(head, read_head(root_fd, key->path, head));
		explicit_bzero(head, sizeof(head));
		e->closed = false; /* a certificate is public, whatever its mode; the new one is made from it */
		e->renewed = true;
		if (e == &unknown)
			entries_move(&k->found, e);
		return 1;
	}
	return r == -EINTR ? r : 0;
}

/* Whether the entry is a TLS key that stays on the host. SSH host keys are made anew without a certificate. */
static bool stays(const struct keys *k, const struct entry *e)
{
	return e->key && !e->ssh_key && rules_decide(e, k->search->rules).action == ACTION_LEAVE;
}

/* If the path, which the service's files name, is a key that stays on the host, searches for its certificate. */
static int settle(struct keys *k, const char *path)
{
	_cleanup_(entry_done) struct entry unknown = { .path = xstrdup(path) };
	struct entry *known = entries_find(k->entries, path), *e = known ? known : &unknown;
	int r = 0;

	if (!skip_prefix(path, "/etc/"))
		return 0;
	if (!known)
		r = probe(k->search, e);
	if (r < 0)
		return r;
	if (e->keytab)
		strv_add_once(k->lost, path);
	if (!stays(k, e))
		return 0;
	r = find_certificate(k, e);
	if (r == 0)
		strv_add(k->lost, path);
	if (r >= 0 && !known)
		entries_move(r > 0 ? &k->found : k->left, e);
	return r < 0 ? r : 0;
}

/* A file that looks like a backup, but that the service's files name, is in use. A directory would be taken without
 * what is in it. */
static int recall_mentioned(struct keys *k)
{
	for (size_t i = 0; i < k->left->n; i++) {
		struct entry *e = &k->left->v[i];
		int r;

		e->mentioned = strv_find(&k->paths, e->path);
		if (!e->mentioned || !entry_is_file(e) || rules_decide(e, k->search->rules).action == ACTION_LEAVE)
			continue;
		r = keys_scan(k->search, e);
		if (r < 0)
			return r;
		entries_move(k->entries, e);
		k->left->v[i--] = k->left->v[--k->left->n];
	}
	entries_merge(k->entries);
	return 0;
}

/* The names that a file of rules includes, pam.conf(5): '@include NAME', 'TYPE include NAME' and 'TYPE substack
 * NAME'. */
static void find_included(const char *text, struct strv *ret)
{
	_cleanup_(strv_done) struct strv lines = { 0 };

	strv_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		_cleanup_(strv_done) struct strv words = { 0 };

		strv_split(&words, lines.v[i], " \t");
		if (words.n == 2 && strcmp(words.v[0], "@include") == 0)
			strv_add(ret, words.v[1]);
		if (words.n == 3 && (strcmp(words.v[1], "include") == 0 || strcmp(words.v[1], "substack") == 0))
			strv_add(ret, words.v[2]);
	}
}

/* Marks the files that one includes, and those that they include. */
static void mark_included(struct keys *k, const struct entry *e)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	_cleanup_(freep) char *text = NULL;

	if (rootfd_read(k->search->root_fd, e->path, WALK_TREE, WORDS_MAX, &text, NULL) < 0)
		return;
	find_included(text, &names);
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(freep) char *path = path_resolve(e->path, names.v[i]);
		struct entry *included = entries_find(k->entries, path);

		if (!included || included->mentioned)
			continue;
		included->mentioned = true;
		mark_included(k, included);
	}
}

/* Finds out which of the files with passwords the service's own files include. Hardly any host has such files. */
static void settle_passwords(struct keys *k)
{
	bool any = false;

	for (size_t i = 0; i < k->entries->n; i++)
		any |= k->entries->v[i].password;
	for (size_t i = 0; any && i < k->entries->n; i++)
		if (k->entries->v[i].claims & (CLAIM_ROOT | CLAIM_NAMED) &&
		    rules_is_place(PLACE_DATA, k->entries->v[i].path))
			mark_included(k, &k->entries->v[i]);
}

/* A keytab in a directory of the service is missed there, even if nothing names it: it may have a name by default. */
static void find_lost_keytabs(struct keys *k)
{
	for (size_t i = 0; i < k->entries->n; i++) {
		const struct entry *e = &k->entries->v[i];

		if (e->keytab && e->claims & (CLAIM_ROOT | CLAIM_UNIT_DIR))
			strv_add_once(k->lost, e->path);
	}
}

int keys_find(const struct key_search *search, struct entries *entries, struct entries *left, struct strv *lost)
{
	struct keys k = { .search = search, .entries = entries, .left = left, .lost = lost };
	int r;

	keys_mark_companions(entries);
	collect_paths(&k);
	r = recall_mentioned(&k);
	find_lost_host_keys(&k);
	find_lost_keytabs(&k);
	settle_passwords(&k);
	for (size_t i = 0; i < k.paths.n && r == 0; i++)
		r = settle(&k, k.paths.v[i]);
	for (size_t i = 0; i < k.found.n; i++)
		entries_move(entries, &k.found.v[i]);
	entries_merge(entries);
	entries_done(&k.found);
	strv_done(&k.paths);
	return r;
}
