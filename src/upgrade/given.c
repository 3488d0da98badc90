/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file that holds what a container was given: lines of text, a line 'content', and the contents of all files one
 * after the other. In a word, a byte that would end it is written '\ooo'. */
#include "upgrade/given.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/log.h"
#include "base/random.h"
#include "base/rm-rf.h"
#include "container/paths.h"
#include "container/record.h"

#define HEAD "given 1\n"
#define HASH "hash "
#define LINE_MAX_SIZE (64 * 1024) /* bytes; three paths and a few numbers */

static const char letters[] = {
	[VERSION_ABSENT] = '-', [VERSION_FILE] = 'f', [VERSION_DIRECTORY] = 'd',
	[VERSION_LINK] = 'l',	[VERSION_FIFO] = 'p', [VERSION_OTHER] = 'o',
};

static void entry_done(struct given_entry *e)
{
	free(e->path);
	free(e->source);
	version_done(&e->given);
	version_done(&e->offered);
}

void given_done(struct given *given)
{
	for (size_t i = 0; i < given->n; i++)
		entry_done(&given->v[i]);
	free(given->v);
	strv_done(&given->units);
	strv_done(&given->packages);
	*given = (struct given){ 0 };
}

const struct strv *given_units(const struct given *given, const struct record *record)
{
	return given->units.n > 0 ? &given->units : &record->units;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct given_entry *)a)->path, ((const struct given_entry *)b)->path);
}

struct given_entry *given_find(const struct given *given, const char *path)
{
	const struct given_entry key = { .path = (char *)path };

	return given->n ? bsearch(&key, given->v, given->n, sizeof(key), compare) : NULL;
}

struct given_entry *given_add(struct given *given, char *path)
{
	grow(given->v, given->n);
	given->v[given->n] = (struct given_entry){ .path = path };
	return &given->v[given->n++];
}

void given_sort(struct given *given)
{
	if (given->n > 0)
		qsort(given->v, given->n, sizeof(*given->v), compare);
}

/* A word that is missing is '-', so no other word begins with it. */
static void add_word(struct buf *b, const char *word)
{
	if (!word)
		buf_addf(b, " -");
	else
		buf_addf(b, " ");
	for (const char *p = word; word && *p; p++) {
		if ((unsigned char)*p <= ' ' || *p == '\\' || *p == 0x7f || (*p == '-' && p == word))
			buf_addf(b, "\\%03o", (unsigned char)*p);
		else
			buf_add(b, p, 1);
	}
}

static void add_version(struct buf *b, const struct version *v)
{
	buf_addf(b, " %c %o %u %u %zu %d", letters[v->type], v->mode, v->uid, v->gid, v->size, v->data != NULL);
	add_word(b, v->target);
	buf_add(b, "\n", 1);
}

static void add_words(struct buf *b, const char *key, const struct strv *words)
{
	for (size_t i = 0; i < words->n; i++) {
		buf_addf(b, "%s", key);
		add_word(b, words->v[i]);
		buf_add(b, "\n", 1);
	}
}

/* Of what a glance at the host compares, so that containers which were given the same have the same. */
static uint64_t hash(const struct given *given)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	for (size_t i = 0; i < given->n; i++)
		if (given->v[i].stamp.mtime)
			buf_addf(&b, "%s %" PRIu64 " %" PRId64 " %" PRId64 "\n", given->v[i].source,
				 given->v[i].stamp.ino, given->v[i].stamp.mtime, given->v[i].stamp.ctime);
	return name_seed(b.text ? b.text : "");
}

int given_parse_hash(const char *head, uint64_t *ret)
{
	const char *digits = skip_prefix(head, HEAD HASH);
	unsigned long long value;
	int end;

	if (!digits || strspn(digits, "0123456789abcdef") != 16 || sscanf(digits, "%16llx%n", &value, &end) != 1)
		return -EINVAL;
	*ret = value;
	return digits[end] == '\n' ? 0 : -EINVAL;
}

void given_format(const struct given *given, struct buf *ret)
{
	buf_addf(ret, HEAD HASH "%016" PRIx64 "\n", hash(given));
	add_words(ret, "unit", &given->units);
	add_words(ret, "package", &given->packages);
	if (given->copy)
		buf_addf(ret, "copy\n");
	for (size_t i = 0; i < given->n; i++) {
		const struct given_entry *e = &given->v[i];

		buf_addf(ret, "path");
		add_word(ret, e->path);
		add_word(ret, e->source);
		buf_addf(ret, " %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64, e->stamp.ino, e->stamp.size,
			 e->stamp.mtime, e->stamp.ctime);
		add_version(ret, &e->given);
		if (!e->has_offered)
			continue;
		buf_addf(ret, "offered");
		add_version(ret, &e->offered);
	}
	buf_addf(ret, "content\n");
	for (size_t i = 0; i < given->n; i++) {
		buf_add(ret, given->v[i].given.data, given->v[i].given.data ? given->v[i].given.size : 0);
		buf_add(ret, given->v[i].offered.data, given->v[i].offered.data ? given->v[i].offered.size : 0);
	}
}

/* A word of a line, with '\ooo' replaced. NULL for '-', or with *bad set. Caller frees. */
static char *take_word(const struct strv *words, size_t i, bool *bad)
{
	char *word, *to;

	if (i >= words->n || strcmp(words->v[i], "-") == 0) {
		*bad |= i >= words->n;
		return NULL;
	}
	word = to = xstrdup(words->v[i]);
	for (const char *p = word; *p; p++) {
		unsigned int byte;

		if (*p != '\\') {
			*to++ = *p;
			continue;
		}
		if (strspn(p + 1, "01234567") < 3 || sscanf(p + 1, "%3o", &byte) != 1 || byte == 0 || byte > 255) {
			*bad = true;
			break;
		}
		*to++ = (char)byte;
		p += 3;
	}
	*to = '\0';
	return word;
}

static uint64_t take_number(const struct strv *words, size_t i, uint64_t max, bool *bad)
{
	uint64_t number = 0;

	if (i >= words->n || parse_u64(words->v[i], max, &number) < 0)
		*bad = true;
	return number;
}

/* Nanoseconds, which may lie before 1970. */
static int64_t take_time(const struct strv *words, size_t i, bool *bad)
{
	const char *digits = i < words->n ? skip_prefix(words->v[i], "-") : NULL;
	uint64_t number = 0;

	if (i >= words->n || parse_u64(digits ? digits : words->v[i], INT64_MAX, &number) < 0)
		*bad = true;
	return digits ? -(int64_t)number : (int64_t)number;
}

static mode_t take_mode(const struct strv *words, size_t i, bool *bad)
{
	const char *word = i < words->n ? words->v[i] : "";
	unsigned int mode = 0;

	if (!*word || strlen(word) > 4 || strspn(word, "01234567") != strlen(word) || sscanf(word, "%o", &mode) != 1)
		*bad = true;
	return mode;
}

/* The words from 'i' on. The content comes later, so 'data' only says whether there is one. */
static void take_version(const struct strv *words, size_t i, struct version *v, bool *kept, bool *bad)
{
	const char *letter =
		i < words->n && strlen(words->v[i]) == 1 ? memchr(letters, words->v[i][0], sizeof(letters)) : NULL;

	if (!letter) {
		*bad = true;
		return;
	}
	v->type = (enum version_type)(letter - letters);
	v->mode = take_mode(words, i + 1, bad);
	v->uid = (uid_t)take_number(words, i + 2, UINT32_MAX, bad);
	v->gid = (gid_t)take_number(words, i + 3, UINT32_MAX, bad);
	v->size = (size_t)take_number(words, i + 4, INT64_MAX, bad);
	*kept = take_number(words, i + 5, 1, bad);
	v->target = take_word(words, i + 6, bad);
	*bad |= words->n != i + 7 || (v->type == VERSION_LINK) != (v->target != NULL) ||
		(v->type != VERSION_FILE && (v->size > 0 || *kept));
}

bool given_is_kept(const char *path)
{
	const char *at = skip_prefix(path, "/etc/");

	at = at ? at : skip_prefix(path, "/var/");
	if (!at)
		return false;
	for (;;) {
		size_t len = strcspn(at, "/");

		if (len == 0 || (len == 1 && at[0] == '.') || (len == 2 && at[0] == '.' && at[1] == '.'))
			return false;
		if (at[len] == '\0')
			return true;
		at += len + 1;
	}
}

struct reader {
	struct given given;
	bool *kept; /* for each entry, whether the contents of the two versions follow */
	size_t n;
	bool bad;
};

static void reader_done(struct reader *r)
{
	given_done(&r->given);
	free(r->kept);
}

static void read_path(struct reader *r, const struct strv *words)
{
	struct given_entry *e = given_add(&r->given, take_word(words, 1, &r->bad));

	r->kept = xrealloc(r->kept, r->given.n, 2 * sizeof(*r->kept));
	r->kept[2 * r->given.n - 1] = r->kept[2 * r->given.n - 2] = false;
	e->source = take_word(words, 2, &r->bad);
	e->stamp.ino = take_number(words, 3, UINT64_MAX, &r->bad);
	e->stamp.size = take_number(words, 4, UINT64_MAX, &r->bad);
	e->stamp.mtime = take_time(words, 5, &r->bad);
	e->stamp.ctime = take_time(words, 6, &r->bad);
	take_version(words, 7, &e->given, &r->kept[2 * r->given.n - 2], &r->bad);
	if (!e->path || !given_is_kept(e->path) || (r->given.n > 1 && compare(e - 1, e) >= 0) ||
	    (e->source && e->source[0] != '/'))
		r->bad = true;
}

static void read_line(struct reader *r, const char *line, size_t len)
{
	_cleanup_(strv_done) struct strv words = { 0 };
	_cleanup_(freep) char *text = xstrndup(line, len), *word = NULL;
	struct given_entry *last = r->given.n > 0 ? &r->given.v[r->given.n - 1] : NULL;

	strv_split(&words, text, " ");
	if (words.n == 1 && strcmp(words.v[0], "copy") == 0) {
		r->given.copy = true;
	} else if (words.n == 2 && (strcmp(words.v[0], "unit") == 0 || strcmp(words.v[0], "package") == 0)) {
		word = take_word(&words, 1, &r->bad);
		if (word)
			strv_add(words.v[0][0] == 'u' ? &r->given.units : &r->given.packages, word);
	} else if (words.n > 1 && strcmp(words.v[0], "path") == 0) {
		read_path(r, &words);
	} else if (words.n > 1 && strcmp(words.v[0], "offered") == 0 && last && !last->has_offered) {
		last->has_offered = true;
		take_version(&words, 1, &last->offered, &r->kept[2 * r->given.n - 1], &r->bad);
	} else {
		r->bad = true;
	}
}

/* Moves '*at' behind the content. */
static bool read_content(struct version *v, const char **at, const char *end)
{
	if (v->size > VERSION_CONTENT_MAX || v->size > (size_t)(end - *at))
		return false;
	v->data = xcalloc(1, v->size + 1);
	memcpy(v->data, *at, v->size);
	*at += v->size;
	return true;
}

int given_parse(const char *data, size_t size, struct given *ret)
{
	_cleanup_(reader_done) struct reader r = { 0 };
	const char *at = skip_prefix(data, HEAD), *end = data + size;
	uint64_t stamps;

	if (!at || given_parse_hash(data, &stamps) < 0)
		return -EINVAL;
	at = strchr(at, '\n') + 1;
	for (;;) {
		const char *line = at, *newline = memchr(at, '\n', (size_t)(end - at));

		if (!newline || newline - line > LINE_MAX_SIZE || memchr(line, '\0', (size_t)(newline - line)))
			return -EINVAL;
		at = newline + 1;
		if (strncmp(line, "content\n", strlen("content\n")) == 0)
			break;
		read_line(&r, line, (size_t)(newline - line));
		if (r.bad)
			return -EINVAL;
	}
	for (size_t i = 0; i < r.given.n; i++)
		if ((r.kept[2 * i] && !read_content(&r.given.v[i].given, &at, end)) ||
		    (r.kept[2 * i + 1] && !read_content(&r.given.v[i].offered, &at, end)))
			return -EINVAL;
	if (at != end)
		return -EINVAL;
	*ret = r.given;
	r.given = (struct given){ 0 };
	return 0;
}

int given_read(int fd, const char *path, enum walk walk, struct given *ret)
{
	_cleanup_(freep) char *data = NULL;
	size_t size;
	int r = rootfd_read(fd, path, walk, GIVEN_MAX, &data, &size);

	return r < 0 ? r : given_parse(data, size, ret);
}

int given_load(int root_fd, const char *name, struct given *ret)
{
	_cleanup_(freep) char *path = given_path(name);
	int r = given_read(root_fd, path, WALK_ROOT, ret);

	if (r == -ENOENT)
		return r;
	return r == -EINVAL ? log_error_errno(r, "'%s' is damaged, so nobody knows what container '%s' was given.",
					      path, name)
	       : r < 0	    ? log_error_errno(r, "Cannot read '%s': %m", path)
			    : 0;
}

int given_save(int root_fd, const char *name, const struct given *given)
{
	_cleanup_(freep) char *path = given_path(name);
	_cleanup_(buf_done) struct buf b = { 0 };
	int r = rootfd_mkdir_p(root_fd, GIVEN_DIR);

	given_format(given, &b);
	if (r == 0)
		r = atomic_file_write_data(root_fd, path, 0600, b.text, b.len, true);
	return r < 0 ? log_error_errno(r, "Cannot write '%s': %m", path) : 0;
}

int given_copy(int root_fd, const char *from, const char *to)
{
	_cleanup_(freep) char *old = given_path(from), *new = given_path(to);
	const char *old_name, *new_name;
	_cleanup_(closep) int old_dir = rootfd_parent(root_fd, old, WALK_ROOT, &old_name);
	_cleanup_(closep) int new_dir = rootfd_parent(root_fd, new, WALK_ROOT, &new_name);

	if (old_dir < 0 || new_dir < 0)
		return old_dir == -ENOENT
			       ? 0
			       : log_error_errno(old_dir < 0 ? old_dir : new_dir, "Cannot open '" GIVEN_DIR "': %m");
	if (unlinkat(new_dir, new_name, 0) < 0 && errno != ENOENT)
		return log_error_errno(errno, "Cannot replace '%s': %m", new);
	if (linkat(old_dir, old_name, new_dir, new_name, 0) < 0 && errno != ENOENT)
		return log_error_errno(errno, "Cannot copy '%s' to '%s': %m", old, new);
	return 0;
}

int given_forget_undo(int root_fd, const char *name)
{
	_cleanup_(freep) char *undo = undo_path(name), *unfinished = xasprintf(UNDO_NEW "%s", name);
	const char *undo_name;
	_cleanup_(closep) int dir = rootfd_parent(root_fd, undo, WALK_ROOT, &undo_name);
	int r = dir < 0 ? dir : rm_rf(dir, unfinished);

	/* Half of one must never be taken for the whole. */
	if ((r == 0 || r == -ENOENT) && dir >= 0)
		r = renameat(dir, undo_name, dir, unfinished) < 0 ? -errno : rm_rf(dir, unfinished);
	return r < 0 && r != -ENOENT ? log_error_errno(r, "Cannot remove '%s': %m", undo) : 0;
}

int given_remove(int root_fd, const char *name)
{
	_cleanup_(freep) char *path = given_path(name);
	int r = atomic_file_remove(root_fd, path);

	if (r < 0 && r != -ENOENT)
		return log_error_errno(r, "Cannot remove '%s': %m", path);
	return given_forget_undo(root_fd, name);
}

void given_paths(const char *name, struct strv *ret)
{
	strv_take(ret, given_path(name));
	strv_take(ret, undo_path(name));
	strv_addf(ret, UNDO_DIR "/" UNDO_NEW "%s", name);
}

static int move(int root_fd, const char *from, const char *to)
{
	const char *old, *new;
	_cleanup_(closep) int old_dir = rootfd_parent(root_fd, from, WALK_ROOT, &old);
	_cleanup_(closep) int new_dir = rootfd_parent(root_fd, to, WALK_ROOT, &new);

	if (old_dir < 0 || new_dir < 0)
		return old_dir == -ENOENT ? 0 : old_dir < 0 ? old_dir : new_dir;
	return renameat2(old_dir, old, new_dir, new, RENAME_NOREPLACE) < 0 && errno != ENOENT ? -errno : 0;
}

int given_rename(int root_fd, const char *from, const char *to)
{
	_cleanup_(freep) char *old = given_path(from), *new = given_path(to);
	_cleanup_(freep) char *old_undo = undo_path(from), *new_undo = undo_path(to);
	int r = move(root_fd, old, new);

	if (r < 0)
		return log_error_errno(r, "Cannot rename '%s' to '%s': %m", old, new);
	r = move(root_fd, old_undo, new_undo);
	if (r < 0) {
		move(root_fd, new, old);
		return log_error_errno(r, "Cannot rename '%s' to '%s': %m", old_undo, new_undo);
	}
	return 0;
}
