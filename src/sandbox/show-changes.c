/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints changes. A line has the path at its end, so that whatever the path is, it is no other part of the line; and
 * all lines of a diff begin with characters that no other line begins with. */
#include "sandbox/show-changes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diffutils.h"
#include "base/json.h"
#include "base/path.h"
#include "base/signals.h"
#include "base/text.h"

#define TEXT_MAX ((size_t)1024 * 1024) /* bytes; larger files are not shown as text */
#define DIFF_TIMEOUT_MS 20000

struct text {
	char *data;
	size_t len;
};

static void text_done(struct text *t)
{
	free(t->data);
}

/* Reads the file behind an O_PATH descriptor, which may be an error. Whether it is a text: it has no NUL, as diff(1)
 * sees it, and is not too large. */
static bool read_text(int fd, uint64_t size, struct text *ret)
{
	_cleanup_(closep) int f = fd < 0 || size > TEXT_MAX ? -1 : change_reopen(fd);
	struct text t = { 0 };

	if (f < 0)
		return false;
	t.data = xcalloc(1, (size_t)size + 1);
	while (t.len < size) {
		ssize_t n = pread(f, t.data + t.len, (size_t)size - t.len, (off_t)t.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		t.len += (size_t)n;
	}
	if (t.len == size && !memchr(t.data, '\0', t.len)) {
		*ret = t;
		return true;
	}
	free(t.data);
	return false;
}

/* The hunk of a unified diff in which the whole text is new. There may be many of these, so no program is run for each.
 * Caller frees; NULL if the text is empty. */
static char *new_hunk(const struct text *t)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	size_t lines = 0;

	if (t->len == 0)
		return NULL;
	for (const char *p = t->data; *p; p += *p == '\n', lines++)
		p += strcspn(p, "\n");
	if (lines == 1)
		buf_addf(&b, "@@ -0,0 +1 @@\n");
	else
		buf_addf(&b, "@@ -0,0 +1,%zu @@\n", lines);
	for (const char *p = t->data; *p;) {
		size_t len = strcspn(p, "\n");

		buf_add(&b, "+", 1);
		buf_add(&b, p, len);
		buf_add(&b, "\n", 1);
		p += len + (p[len] == '\n');
	}
	if (t->data[t->len - 1] != '\n')
		buf_addf(&b, "\\ No newline at end of file\n");
	return buf_steal(&b);
}

/* The hunks of a unified diff. Caller frees; NULL if there are none. */
static char *hunks(const struct text *before, const struct text *after)
{
	static const char *const argv[] = {
		"/usr/bin/diff", "--text",	   "--unified", "--label", "", "--label", "", "--",
		DIFFUTILS_FIRST, DIFFUTILS_SECOND, NULL
	};
	const struct diffutils_text texts[] = { { before->data, before->len }, { after->data, after->len } };
	_cleanup_(freep) char *output = NULL;
	const char *first;

	if (diffutils_run(argv, texts, ARRAY_SIZE(texts), DIFF_TIMEOUT_MS, &output) != 1)
		return NULL;
	first = strstr(output, "@@ ");
	return first ? xstrdup(first) : NULL;
}

/* The diff between the two versions of a change: NULL unless its content changed, and was and is a text. */
static char *diff_of(int root_fd, int dir_fd, const struct changes *changes, const struct change *c)
{
	_cleanup_(closep) int there = -1, host = -1;
	_cleanup_(text_done) struct text before = { 0 }, after = { 0 };
	bool is_new = c->kind == CHANGE_ADDED || c->what & CHANGE_TYPE;

	if (!S_ISREG(c->there.mode) || (!is_new && !(c->what & CHANGE_CONTENT)))
		return NULL;
	there = change_open_there(dir_fd, c);
	if (!read_text(there, c->there.size, &after))
		return NULL;
	if (is_new)
		return new_hunk(&after);
	host = change_open_host(root_fd, changes, c);
	return read_text(host, c->host.size, &before) ? hunks(&before, &after) : NULL;
}

static void add_words(struct buf *b, const char *word, const char *from, const char *to)
{
	buf_addf(b, "%s%s %s", b->len ? ", " : "", word, from);
	if (to)
		buf_addf(b, " to %s", to);
}

static char *mode_text(const struct change_state *s)
{
	return xasprintf("%04o", s->mode & 07777u);
}

static char *owner_text(const struct change_state *s)
{
	return xasprintf("%u:%u", s->uid, s->gid);
}

/* What there is to say about a change, apart from its path. */
static char *details(const struct change *c, size_t below)
{
	const struct change_state *one = c->kind == CHANGE_REMOVED ? &c->host : &c->there;
	_cleanup_(freep) char *from_mode = mode_text(&c->host), *to_mode = mode_text(&c->there);
	_cleanup_(freep) char *from_owner = owner_text(&c->host), *to_owner = owner_text(&c->there);
	_cleanup_(buf_done) struct buf b = { 0 };

	if (c->kind != CHANGE_CHANGED || c->what & CHANGE_TYPE)
		buf_addf(&b, "%s",
			 c->kind == CHANGE_CHANGED ? change_type_word(c->host.mode) : change_type_word(one->mode));
	if (c->kind == CHANGE_CHANGED && c->what & CHANGE_TYPE)
		buf_addf(&b, " to %s", change_type_word(c->there.mode));
	if (below > 0)
		buf_addf(&b, " with %zu path%s", below, below > 1 ? "s" : "");
	if ((c->kind == CHANGE_ADDED || c->what & CHANGE_TYPE) && !S_ISLNK(c->there.mode))
		add_words(&b, "mode", to_mode, NULL);
	if ((c->kind == CHANGE_ADDED || c->what & CHANGE_TYPE) && (c->there.uid || c->there.gid))
		add_words(&b, "owner", to_owner, NULL);
	for (unsigned bit = CHANGE_CONTENT; bit <= CHANGE_XATTRS; bit <<= 1) {
		if (!(c->what & bit))
			continue;
		if (bit == CHANGE_MODE)
			add_words(&b, "mode", from_mode, to_mode);
		else if (bit == CHANGE_OWNER)
			add_words(&b, "owner", from_owner, to_owner);
		else
			buf_addf(&b, "%s%s", b.len ? ", " : "", change_what_word(bit));
	}
	if (c->apart)
		buf_addf(&b, "%son another mount", b.len ? ", " : "");
	return buf_steal(&b);
}

static void print_change(const struct change *c, size_t below)
{
	const char *target = c->kind == CHANGE_REMOVED ? NULL : c->there.target;
	_cleanup_(freep) char *text = details(c, below), *path = escape_control(c->path);
	_cleanup_(freep) char *link = target ? escape_control(target) : NULL;

	printf("%-8s %-27s  %s%s%s\n", change_kind_word(c->kind), text, path, link ? " -> " : "", link ? link : "");
}

/* Prints text of several lines. */
static void print_lines(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		_cleanup_(freep) char *line = xstrndup(text, len), *safe = escape_line(line);

		puts(safe);
		text += len + (text[len] == '\n');
	}
}

static void print_diff(const struct change *c, const char *diff)
{
	_cleanup_(freep) char *path = escape_control(c->path);

	printf("--- %s\n+++ %s\n", c->kind == CHANGE_CHANGED && !(c->what & CHANGE_TYPE) ? path : "/dev/null", path);
	print_lines(diff);
}

static void set_state(struct json_object *o, const char *key, const struct change_state *s)
{
	_cleanup_(freep) char *mode = mode_text(s);
	struct json_object *state;

	if (!s->mode) {
		json_set(o, key, NULL);
		return;
	}
	state = json_object_make();
	json_set_string(state, "type", change_type_word(s->mode));
	json_set_string(state, "mode", mode);
	json_set_int(state, "uid", s->uid);
	json_set_int(state, "gid", s->gid);
	if (S_ISREG(s->mode))
		json_set_int(state, "size", (int64_t)s->size);
	if (s->target)
		json_set_string(state, "target", s->target);
	json_set(o, key, state);
}

static struct json_object *change_json(const struct change *c, const char *diff)
{
	_cleanup_(strv_done) struct strv what = { 0 };
	struct json_object *o = json_object_make();

	for (unsigned bit = CHANGE_TYPE; bit <= CHANGE_XATTRS; bit <<= 1)
		if (c->what & bit)
			strv_add(&what, change_what_word(bit));
	json_set_string(o, "path", c->path);
	json_set_string(o, "change", change_kind_word(c->kind));
	json_set_strings(o, "what", &what);
	set_state(o, "before", &c->host);
	set_state(o, "after", &c->there);
	json_set_bool(o, "apart", c->apart);
	if (diff)
		json_set_string(o, "diff", diff);
	return o;
}

/* The number of paths that were removed with the directory at 'i', all of which are chosen. */
static size_t removed_below(const struct changes *changes, const bool chosen[], size_t i)
{
	size_t n = 0;

	if (changes->v[i].kind != CHANGE_REMOVED)
		return 0;
	for (size_t k = i + 1; k < changes->n && path_within(changes->v[k].path, changes->v[i].path); k++, n++)
		if (!chosen[k])
			return 0;
	return n;
}

int changes_show(int root_fd, int dir_fd, const struct changes *changes, const bool chosen[], enum show_form form)
{
	_cleanup_(json_freep) struct json_object *array = json_array_make();

	for (size_t i = 0; i < changes->n; i++) {
		const struct change *c = &changes->v[i];
		_cleanup_(freep) char *diff = NULL;
		size_t below;

		if (!chosen[i])
			continue;
		if (signals_pending())
			return -EINTR;
		if (form != SHOW_BRIEF)
			diff = diff_of(root_fd, dir_fd, changes, c);
		if (form == SHOW_JSON) {
			json_append(array, change_json(c, diff));
			continue;
		}
		below = removed_below(changes, chosen, i);
		print_change(c, below);
		if (diff)
			print_diff(c, diff);
		i += below;
	}
	if (form == SHOW_JSON)
		json_print(array);
	return 0;
}
