/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds private keys, by their markers or, if their form has none, by that form. A key is the service's if a file of
 * the closure names its path, or a symbolic link of the roots leads to it. openssl(1) tells whether such a key has a
 * certificate that it signed itself, among the files that are named in the same way. */
#include "contents/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/rootfd.h"
#include "base/subprocess.h"
#include "contents/new-keys.h"
#include "contents/path-scan.h"
#include "contents/users.h"

#define PART (1024 * 1024)	    /* bytes examined at a time */
#define OVERLAP 64		    /* bytes by which parts overlap, so that no marker is cut in two */
#define PARTS_MAX 64		    /* the rest of a larger file is not read: it is data */
#define WORDS_MAX (64 * 1024)	    /* bytes; larger files are not configuration that names users */
#define PUBLIC_MAX (64 * 1024)	    /* bytes; a public key is far smaller */
#define CERTIFICATE_MAX (64 * 1024) /* bytes; a larger file is a store of many */

static const char openssh[] = "-----BEGIN OPENSSH PRIVATE KEY-----";

/* The markers of RFC 7468, OpenSSH, OpenPGP, SSH2, PuTTY, OpenVPN and GnuPG. Nearly all files have none of them, so two
 * searches look for all, not one for each. */
static bool has_marker(const char *text, size_t len, bool first)
{
	static const char *const ends[] = { "-----", " BLOCK-----", " ----" };
	static const char *const starts[] = { "PuTTY-User-Key-File-", "(11:private-key", "(21:protected-private-key" };
	static const char pem[] = "PRIVATE KEY", openvpn[] = "BEGIN OpenVPN Static key";

	for (const char *p = text; (p = memmem(p, (size_t)(text + len - p), pem, strlen(pem))); p++)
		for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
			if (skip_prefix(p + strlen(pem), ends[i]))
				return true;
	for (size_t i = 0; first && i < ARRAY_SIZE(starts); i++)
		if (skip_prefix(text, starts[i]))
			return true;
	return memmem(text, len, openvpn, strlen(openvpn));
}

/* The DER forms of PKCS #1, PKCS #8 and SEC 1, and PKCS #12: a sequence that begins with the version of the form.
 * Stores of trusted certificates, which hold no key, are PKCS #12, too. */
static bool is_der(const char *path, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t at = len > 2 && p[1] > 0x80 ? 2 + (p[1] & 0x7fU) : 2;

	if (at + 3 > len || p[0] != 0x30 || p[at] != 0x02 || p[at + 1] != 1)
		return false;
	return p[at + 2] <= 1 || (p[at + 2] == 3 && !rules_is_place(PLACE_DATA, path));
}

/* Some SSH servers keep their keys in a form without a marker, which begins with the length of a name, and the name. */
static bool is_bare_ssh_key(const char *text, size_t len)
{
	return len > 16 && memcmp(text, "\0\0\0", 3) == 0 &&
	       (memcmp(text + 4, "ssh-", 4) == 0 || memcmp(text + 4, "ecdsa-", 6) == 0);
}

static void look_at_part(struct entry *e, const char *text, size_t len, bool first)
{
	bool bare = first && is_bare_ssh_key(text, len);

	if (!bare && !(first && is_der(e->path, text, len)) && !has_marker(text, len, first))
		return;
	e->key = true;
	/* Older releases of OpenSSH wrote a form that others use, too; then only the usual file name tells that it is a
	 * host key. */
	e->ssh_key =
		bare || memmem(text, len, openssh, strlen(openssh)) || fnmatch("*/ssh_host_*_key", e->path, 0) == 0;
}

/* Searches the whole file for a key, and its first part for paths and users. 0 or -errno. */
static int look_at_file(const struct key_search *search, struct entry *e)
{
	static char text[PART + 1];
	_cleanup_(closep) int fd =
		rootfd_openat(search->root_fd, e->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, WALK_TREE);
	size_t kept = 0;

	if (fd < 0)
		return fd;
	for (unsigned int i = 0; i < PARTS_MAX && !e->key; i++) {
		ssize_t n = read(fd, text + kept, PART - kept);
		size_t len = kept + (size_t)(n > 0 ? n : 0);

		if (n <= 0)
			return n < 0 ? -errno : 0;
		text[len] = '\0';
		look_at_part(e, text, len, i == 0);
		if (i == 0 && len <= WORDS_MAX) {
			path_scan(text, search->mentioned);
			if (e->claims & CLAIM_ROOT)
				users_want_mentioned(search->users, text);
		}
		if (len < PART)
			return 0;
		kept = OVERLAP;
		memmove(text, text + PART - OVERLAP, OVERLAP);
	}
	return 0;
}

/* Finds the type of the key, so that the container makes one of the same type. */
static void find_type(const struct key_search *search, struct entry *e)
{
	_cleanup_(freep) char *path = xasprintf("%s.pub", e->path);
	_cleanup_(freep) char *text = NULL;

	if (!new_key_path_usable(e->path))
		return;
	rootfd_read(search->root_fd, path, WALK_TREE, PUBLIC_MAX, &text, NULL);
	e->key_type = ssh_key_type(text ? text : "");
}

void keys_scan(const struct key_search *search, struct entry *e)
{
	bool of_root = e->claims & CLAIM_ROOT;
	int r;

	if (!entry_is_file(e) || !skip_prefix(e->path, "/etc/") || (e->package && !e->config && !of_root))
		return;
	r = look_at_file(search, e);
	if (r < 0)
		e->key = r != -ENOENT;
	if (e->ssh_key && of_root)
		find_type(search, e);
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

static void collect_paths(struct keys *k)
{
	for (size_t i = 0; i < k->search->mentioned->n; i++)
		strv_add(&k->paths, k->search->mentioned->v[i]);
	for (size_t i = 0; i < k->entries->n; i++) {
		const struct entry *e = &k->entries->v[i];

		if (e->claims & CLAIM_ROOT && e->target && skip_prefix(e->path, "/etc/"))
			strv_take(&k->paths, path_resolve(e->path, e->target));
	}
	strv_sort_unique(&k->paths);
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

	return rootfd_read(root_fd, path, WALK_TREE, CERTIFICATE_MAX, &text, NULL) >= 0 &&
	       strstr(text, "-----BEGIN CERTIFICATE-----");
}

static bool can_be_certificate(int root_fd, const struct entry *e)
{
	return e && entry_is_file(e) && !e->key && skip_prefix(e->path, "/etc/") && new_key_path_usable(e->path) &&
	       has_certificate(root_fd, e->path);
}

/* Searches for the key's certificate among the paths that the service's files name. Returns 1 if it was found, 0 if
 * not, or -EINTR. */
static int find_certificate(struct keys *k, struct entry *key)
{
	static const char *const ask_key[] = { OPENSSL, "pkey", "-passin", "pass:", "-pubout", "-text_pub", NULL };
	static const char *const ask_certificate[] = {
		OPENSSL, "x509", "-noout", "-issuer", "-subject", "-pubkey", NULL
	};
	int root_fd = k->search->root_fd;
	_cleanup_(freep) char *about_key = NULL;
	_cleanup_(freep) char *options = NULL;
	struct stat st;
	int r;

	if (!new_key_path_usable(key->path) || access(OPENSSL, X_OK) < 0 ||
	    rootfd_lstat(root_fd, OPENSSL, WALK_ROOT, &st) < 0)
		return 0;
	r = ask_openssl(root_fd, key->path, ask_key, &about_key);
	options = r == 0 ? tls_key_options(about_key) : NULL;
	for (size_t i = 0; i < k->paths.n && options && r != -EINTR; i++) {
		_cleanup_(freep) char *about = NULL;

		if (!can_be_certificate(root_fd, entries_find(k->entries, k->paths.v[i])))
			continue;
		r = ask_openssl(root_fd, k->paths.v[i], ask_certificate, &about);
		if (r < 0 || !tls_is_pair(about_key, about))
			continue;
		key->tls_options = steal_ptr(options);
		key->certificate = xstrdup(k->paths.v[i]);
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
	_cleanup_(entry_done) struct entry probe = { .path = xstrdup(path) };
	struct entry *known = entries_find(k->entries, path), *e = known ? known : &probe;
	const char *name;
	_cleanup_(closep) int dir = -1;
	int r;

	if (!skip_prefix(path, "/etc/"))
		return 0;
	if (!known) {
		dir = rootfd_parent(k->search->root_fd, path, WALK_TREE, &name);
		if (dir >= 0 && entry_stat(dir, name, e) == 0)
			keys_scan(k->search, e);
	}
	if (!stays(k, e))
		return 0;
	r = find_certificate(k, e);
	if (r == 0)
		strv_add(k->lost, path);
	if (r >= 0 && !known)
		entries_move(r > 0 ? &k->found : k->left, e);
	return r < 0 ? r : 0;
}

int keys_find(const struct key_search *search, struct entries *entries, struct entries *left, struct strv *lost)
{
	struct keys k = { .search = search, .entries = entries, .left = left, .lost = lost };
	int r = 0;

	for (size_t i = 0; i < entries->n; i++)
		keys_scan(search, &entries->v[i]);
	keys_mark_companions(entries);
	collect_paths(&k);
	for (size_t i = 0; i < k.paths.n && r == 0; i++)
		r = settle(&k, k.paths.v[i]);
	for (size_t i = 0; i < k.found.n; i++)
		entries_move(entries, &k.found.v[i]);
	entries_merge(entries);
	entries_done(&k.found);
	strv_done(&k.paths);
	return r;
}
