/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See survey-keys.h. A key is named by its path in a configuration file of the closure, or by
 * a link of the roots'. */
#include "contents/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/subprocess.h"
#include "contents/symlinks.h"
#include "base/rootfd.h"
#include "contents/key-scan.h"
#include "contents/ssh-key.h"
#include "contents/entry.h"
#include "contents/tls-key.h"

#define CERTIFICATE_MAX (64 * 1024) /* bytes; what is larger is a store of many */

struct keys {
	const struct survey_request *rq;
	struct survey *survey;
	struct strv paths;   /* that the service's files name; sorted */
	struct survey found; /* keys that were no entries */
};

static void collect_paths(struct keys *k)
{
	for (size_t i = 0; i < k->rq->mentioned->n; i++)
		strv_add(&k->paths, k->rq->mentioned->v[i]);
	for (size_t i = 0; i < k->survey->n; i++) {
		const struct entry *e = &k->survey->v[i];

		if (e->of_root && e->target && skip_prefix(e->path, "/etc/"))
			strv_take(&k->paths, path_resolve(e->path, e->target));
	}
	strv_sort_unique(&k->paths);
}

/* What openssl says of the file; -errno when it is nothing of the kind. Without a question for a password. */
static int ask_openssl(int root_fd, const char *path, const char *const argv[], char **ret)
{
	_cleanup_(closep) int fd =
		rootfd_openat(root_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, WALK_TREE);

	return fd < 0 ? fd : subprocess_filter(argv, fd, ret);
}

/* Asked of what may be dozens of files, so before openssl is. A service that reads a certificate in another form could
 * not read the new one either. */
static bool has_certificate(int root_fd, const char *path)
{
	_cleanup_(freep) char *text = NULL;

	return rootfd_read(root_fd, path, WALK_TREE, CERTIFICATE_MAX, &text, NULL) >= 0 &&
	       strstr(text, "-----BEGIN CERTIFICATE-----");
}

static bool can_be_certificate(int root_fd, const struct entry *e)
{
	return e && e->exists && S_ISREG(e->st.st_mode) && !e->key && skip_prefix(e->path, "/etc/") &&
	       ssh_key_path_usable(e->path) && has_certificate(root_fd, e->path);
}

/* Finds the key's certificate among what the service's files name. 1 found, 0 not, or -errno. */
static int find_certificate(struct keys *k, struct entry *key)
{
	static const char *const ask_key[] = { OPENSSL, "pkey", "-passin", "pass:", "-pubout", "-text_pub", NULL };
	static const char *const ask_certificate[] = {
		OPENSSL, "x509", "-noout", "-issuer", "-subject", "-pubkey", NULL
	};
	_cleanup_(freep) char *about_key = NULL;
	_cleanup_(freep) char *options = NULL;
	struct stat st;
	int r;

	if (!ssh_key_path_usable(key->path) || access(OPENSSL, X_OK) < 0 ||
	    rootfd_lstat(k->rq->root_fd, OPENSSL, WALK_ROOT, &st) < 0)
		return 0;
	r = ask_openssl(k->rq->root_fd, key->path, ask_key, &about_key);
	options = r == 0 ? tls_key_options(about_key) : NULL;
	for (size_t i = 0; i < k->paths.n && options && r != -EINTR; i++) {
		_cleanup_(freep) char *about = NULL;

		if (!can_be_certificate(k->rq->root_fd, survey_find(k->survey, k->paths.v[i])))
			continue;
		r = ask_openssl(k->rq->root_fd, k->paths.v[i], ask_certificate, &about);
		if (r < 0 || !tls_is_pair(about_key, about))
			continue;
		key->tls_options = steal_ptr(options);
		key->certificate = xstrdup(k->paths.v[i]);
		return 1;
	}
	return r == -EINTR ? r : 0;
}

static bool stays(const struct survey_request *rq, const struct entry *e)
{
	return e->key && !e->ssh_key && !(rq->copy_var && (e->of_root || e->unit_own));
}

/* The path as an entry, if it is none: with what the disk says of it and what is in it. */
static void look_at(const struct survey_request *rq, struct entry *e)
{
	const char *name;
	_cleanup_(closep) int dir = rootfd_parent(rq->root_fd, e->path, WALK_TREE, &name);

	if (dir >= 0 && entry_stat(dir, name, e) == 0)
		sniff_entry(rq, e);
}

static int settle(struct keys *k, const char *path)
{
	struct entry probe = { .path = (char *)path }, *known = survey_find(k->survey, path),
		     *e = known ? known : &probe;
	int r;

	if (!skip_prefix(path, "/etc/") || layout_generated(path))
		return 0;
	if (!known)
		look_at(k->rq, &probe);
	r = stays(k->rq, e) ? find_certificate(k, e) : 0;
	if (r == 0 && stays(k->rq, e))
		strv_add(&k->survey->lost_keys, path);
	if (r > 0 && !known) {
		probe.path = xstrdup(path);
		*entries_add(&k->found, probe.path) = probe;
		return 0;
	}
	free(probe.target);
	return r < 0 ? r : 0;
}

static void merge_found(struct keys *k)
{
	for (size_t i = 0; i < k->found.n; i++)
		*entries_add(k->survey, NULL) = k->found.v[i];
	free(steal_ptr(k->found.v));
	entries_merge(k->survey);
}

int survey_keys(const struct survey_request *request, struct survey *survey)
{
	struct keys k = { .rq = request, .survey = survey };
	int r = 0;

	collect_paths(&k);
	for (size_t i = 0; i < k.paths.n && r == 0; i++)
		r = settle(&k, k.paths.v[i]);
	merge_found(&k);
	strv_done(&k.paths);
	return r;
}
