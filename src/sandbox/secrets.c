/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds secrets among the host's files. What was found is noted in a file of SANDBOX_DIR, which only root can read: for
 * each file that every user can read, which one it is, when its inode last changed, and whether it holds a secret. As
 * the kernel sets that time whenever a file is written or replaced, a start of a sandbox looks at inodes only. */
#include "sandbox/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "base/text.h"
#include "base/tree-walk.h"
#include "container/paths.h"
#include "contents/secret-forms.h"
#include "contents/secret-reader.h"
#include "sandbox/changes.h"
#include "sandbox/kept.h"

#define NOTES_FILE SANDBOX_DIR "/secrets"
#define NOTES_MAX (64 * 1024 * 1024) /* bytes */
#define SMALL_MAX (256 * 1024)	     /* bytes; larger files in a directory that is shown are not read */
#define FILES_MAX 5000		     /* the same for more files */
#define SETTLED 2		     /* seconds; a file that has just changed may change again at the same time */
#define UNKNOWN INT64_MIN	     /* so it is read again by the next search */
#define TRIES 5			     /* if directories are moved meanwhile */

/* Where administrators put configuration. */
static const char *const places[] = { "/etc", "/usr/local/etc" };

struct note {
	uint64_t dev, ino;
	int64_t changed; /* seconds */
	uint32_t nanoseconds, secret;
};

struct notes {
	struct note *v;
	size_t n;
};

static int compare_notes(const void *a, const void *b)
{
	const struct note *x = a, *y = b;

	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	return x->dev < y->dev ? -1 : x->dev > y->dev;
}

static ssize_t read_fd(void *from, char *to, size_t size)
{
	ssize_t n = read(*(int *)from, to, size);

	return n < 0 ? -errno : n;
}

/* Finds the form of a secret in the first text of the regular file that the O_PATH descriptor stands for, or NULL. Keys
 * come first in their files. With 'passwords', a file of passwords is a secret, too. 0 or -errno. */
static int form_of(int fd, bool passwords, const struct secret_form **ret)
{
	_cleanup_(strv_done) struct strv hashes = { 0 };
	_cleanup_(closep) int file = change_reopen(fd);
	_cleanup_(secret_reader_done) struct secret_reader reader = { .read = read_fd,
								      .from = &file,
								      .until_short = true };
	struct secret_text text;
	int r;

	*ret = NULL;
	if (file < 0)
		return file;
	r = secret_reader_next(&reader, &text);
	if (r > 0) {
		if (passwords)
			secret_hashes(text.data, &hashes);
		strv_sort_unique(&hashes);
		*ret = secret_find(&text, &hashes);
	}
	if (reader.data)
		explicit_bzero(reader.data, reader.len);
	return r < 0 ? r : 0;
}

struct search {
	struct notes before, now;
	int64_t begun; /* as the times of files */
	size_t n_read;
	struct strv *found;
	char path[PATH_MAX];
	size_t len;
};

static void search_done(struct search *s)
{
	free(s->before.v);
	free(s->now.v);
}

/* A file that cannot be read counts as a secret until it can. */
static bool is_secret(struct search *s, const struct tree_item *item)
{
	struct note note = {
		.dev = item->st.st_dev,
		.ino = item->st.st_ino,
		.changed = item->st.st_ctim.tv_sec,
		.nanoseconds = (uint32_t)item->st.st_ctim.tv_nsec,
	};
	const struct note *known =
		s->before.n ? bsearch(&note, s->before.v, s->before.n, sizeof(note), compare_notes) : NULL;

	if (known && known->changed == note.changed && known->nanoseconds == note.nanoseconds) {
		note.secret = known->secret;
	} else {
		const struct secret_form *form;
		int r = form_of(item->fd, false, &form);

		note.secret = r < 0 || form;
		s->n_read++;
		if (r < 0)
			log_info("Cannot read '%.*s/%s' to look for a secret: %s.", (int)s->len, s->path, item->name,
				 strerror(-r));
		if (r < 0 || s->begun - note.changed < SETTLED)
			note.changed = UNKNOWN;
	}
	grow(s->now.v, s->now.n);
	s->now.v[s->now.n++] = note;
	return note.secret;
}

/* Users can enter a directory that they cannot list, if they know a name in it. */
static int visit(void *data, const struct tree_item *item)
{
	struct search *s = data;

	if (item->dir < 0)
		return 0;
	if (S_ISDIR(item->st.st_mode))
		return !(item->st.st_mode & S_IXOTH) || s->len + strlen(item->name) + 2 > sizeof(s->path);
	if (S_ISREG(item->st.st_mode) && item->st.st_mode & S_IROTH && item->st.st_size > 0 && is_secret(s, item))
		strv_addf(s->found, "%.*s/%s", (int)s->len, s->path, item->name);
	return 0;
}

static int enter(void *data, int dir, const char *name)
{
	struct search *s = data;
	size_t len = strlen(name);

	(void)dir;
	if (!*name)
		return 0;
	s->path[s->len++] = '/';
	memcpy(s->path + s->len, name, len + 1);
	s->len += len;
	return 0;
}

static int leave(void *data, int dir)
{
	struct search *s = data;

	(void)dir;
	s->path[s->len] = '\0';
	s->len = (size_t)(strrchr(s->path, '/') - s->path);
	s->path[s->len] = '\0';
	return 0;
}

static void read_notes(int root_fd, struct notes *ret)
{
	_cleanup_(freep) char *data = NULL;
	size_t len;

	if (rootfd_read(root_fd, NOTES_FILE, WALK_ROOT, NOTES_MAX, &data, &len) < 0 || len % sizeof(struct note))
		return;
	ret->v = (struct note *)(void *)steal_ptr(data);
	ret->n = len / sizeof(struct note);
}

/* Two sandboxes that start at the same time may write the same. */
static void write_notes(int root_fd, const struct search *s)
{
	int r;

	if (s->n_read == 0 && s->now.n == s->before.n)
		return;
	qsort(s->now.v, s->now.n, sizeof(*s->now.v), compare_notes);
	r = atomic_file_write_data(root_fd, NOTES_FILE, 0600, s->now.v, s->now.n * sizeof(*s->now.v), true);
	log_debug("Looked for secrets in %zu of %zu files.", s->n_read, s->now.n);
	if (r < 0)
		log_info("Cannot write '" NOTES_FILE "': %s.", strerror(-r));
}

static int search_place(int root_fd, const char *place, struct search *s)
{
	_cleanup_(closep) int fd = rootfd_openat(root_fd, place, O_PATH | O_DIRECTORY, 0, WALK_TREE);
	const struct tree_visitor visitor = { visit, enter, leave, s, false };
	int r;

	if (fd < 0)
		return rootfd_is_missing(fd) ? 0 : fd;
	s->len = strlen(place);
	memcpy(s->path, place, s->len + 1);
	r = tree_walk(fd, &visitor);
	return r == -EXDEV ? 0 : r;
}

int secrets_open_to_all(int root_fd, struct strv *ret)
{
	_cleanup_(search_done) struct search s = { .found = ret, .begun = kept_clock() / 1000000 };
	int r = 0;

	read_notes(root_fd, &s.before);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(places); i++)
		for (int tries = 0; tries == 0 || (r == -ESTALE && tries < TRIES); tries++)
			r = search_place(root_fd, places[i], &s);
	strv_sort_unique(ret);
	if (r == 0 && s.now.n)
		write_notes(root_fd, &s);
	return r;
}

/* What a directory that is shown holds. */
struct exposed {
	size_t n_files, n_secrets;
	char *first; /* the name of a file with a secret */
	const char *form;
};

static int visit_shown(void *data, const struct tree_item *item)
{
	struct exposed *e = data;
	const struct secret_form *form;

	if (item->dir >= 0 && S_ISDIR(item->st.st_mode))
		return e->n_files >= FILES_MAX;
	if (item->dir < 0 || !S_ISREG(item->st.st_mode) || item->st.st_size > SMALL_MAX || e->n_files >= FILES_MAX)
		return 0;
	e->n_files++;
	if (form_of(item->fd, true, &form) < 0 || !form)
		return 0;
	e->n_secrets++;
	if (!e->first) {
		e->first = escape_control(item->name);
		e->form = form->name;
	}
	return 0;
}

void secrets_warn(int fd, const char *path)
{
	struct exposed e = { 0 };
	const struct tree_visitor visitor = { .visit = visit_shown, .data = &e };
	const struct secret_form *form;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return;
	if (S_ISREG(st.st_mode)) {
		if (form_of(fd, true, &form) == 0 && form)
			log_warn("'%s' is shown, and holds a secret (%s), which the sandbox can read.", path,
				 form->name);
		return;
	}
	(void)tree_walk(fd, &visitor); /* whatever else is in there is no secret of a known form */
	if (e.n_secrets == 1)
		log_warn("'%s' is shown, and has a file with a secret, '%s' (%s), which the sandbox can read.", path,
			 e.first, e.form);
	if (e.n_secrets > 1)
		log_warn(
			"'%s' is shown, and has %zu files with secrets, such as '%s' (%s), which the sandbox can read.",
			path, e.n_secrets, e.first, e.form);
	free(e.first);
}
