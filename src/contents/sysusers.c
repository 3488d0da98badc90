/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The accounts that sysusers.d(5) defines but the host does not have yet: after the installation of an image, or
 * because the administrator wrote the file just now. systemd-sysusers does not run in a container, whose /etc counts as
 * up to date, so create makes these accounts, in the order and with the numbers of systemd-sysusers: groups first, then
 * users, then members. An id that is asked for is used only if it is free; next comes that of the group or user of the
 * same name, and last the highest free one. */
#include "contents/sysusers.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/rootfd.h"
#include "base/text.h"
#include "unit/unit-words.h"

#define FILE_MAX (1024 * 1024) /* bytes of a file */
#define NAME_MAX_LEN 31
#define ID_LAST 999 /* default range: 1 to SYS_UID_MAX of login.defs(5) */
#define ID_MAX 65533

enum { TYPE, NAME, ID, GECOS, HOME, SHELL, N_FIELDS };

/* One line. Fields that are not given, or are '-', are NULL. */
struct line {
	char *field[N_FIELDS];
	const char *file;
};

struct range {
	uint64_t first, last;
};

struct sysusers {
	int root_fd;
	struct accounts *accounts;
	struct strv files; /* full paths, which lines point to */
	struct line *lines;
	size_t n_lines;
	struct range *ranges;
	size_t n_ranges;
};

static void sysusers_done(struct sysusers *s)
{
	for (size_t i = 0; i < s->n_lines; i++)
		for (size_t k = 0; k < N_FIELDS; k++)
			free(s->lines[i].field[k]);
	free(s->lines);
	free(s->ranges);
	strv_done(&s->files);
}

/* --- reading -------------------------------------------------------------------------------------------------- */

/* sysusers.d(5), Name */
static bool is_name(const char *name)
{
	static const char rest[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-";

	return name && *name && strspn(name, rest) == strlen(name) && !strchr("0123456789-", *name) &&
	       strlen(name) <= NAME_MAX_LEN;
}

static bool parse_range(const char *text, struct range *ret)
{
	_cleanup_(freep) char *first = xstrndup(text, strcspn(text, "-"));
	const char *dash = strchr(text, '-');

	return parse_u64(first, UINT32_MAX - 1, &ret->first) == 0 &&
	       parse_u64(dash ? dash + 1 : first, UINT32_MAX - 1, &ret->last) == 0;
}

/* Specifiers are not resolved: names and numbers with one are not known, and the other fields get their defaults. */
static bool is_acceptable(const struct line *l)
{
	const char *type = l->field[TYPE], *name = l->field[NAME], *id = l->field[ID];

	if (!type || !strchr("ugm", *type) || (type[1] && strcmp(type, "u!") != 0))
		return false;
	return is_name(name) && (*type != 'm' || is_name(id)) && !(id && strchr(id, '%'));
}

static void drop_unusable(struct line *l)
{
	for (size_t i = GECOS; i < N_FIELDS; i++) {
		char *text = l->field[i];

		if (text && (strpbrk(text, ":%") || has_control(text) || (i != GECOS && *text != '/')))
			free(steal_ptr(l->field[i]));
	}
}

static void line_add(struct sysusers *s, struct line *l)
{
	grow(s->lines, s->n_lines);
	s->lines[s->n_lines++] = *l;
	*l = (struct line){ 0 };
}

static void parse_line(struct sysusers *s, const char *text, const char *file)
{
	struct line l = { .file = file };
	struct range range;
	size_t n = 0;

	text += strspn(text, UNIT_WHITE);
	while (*text && *text != '#' && n < N_FIELDS) {
		char *word = unit_word_next(&text);

		if (!word) { /* the whole line is invalid */
			free(l.field[TYPE]);
			l.field[TYPE] = NULL;
			break;
		}
		if (*word && strcmp(word, "-") != 0)
			l.field[n] = steal_ptr(word);
		free(word);
		n++;
		text += strspn(text, UNIT_WHITE);
	}
	drop_unusable(&l);
	if (l.field[TYPE] && strcmp(l.field[TYPE], "r") == 0 && l.field[ID] && parse_range(l.field[ID], &range)) {
		grow(s->ranges, s->n_ranges);
		s->ranges[s->n_ranges++] = range;
	} else if (is_acceptable(&l)) {
		line_add(s, &l);
	}
	for (size_t i = 0; i < N_FIELDS; i++)
		free(l.field[i]);
}

/* Of files with the same name in several directories, the first counts, even if it is empty or a link to /dev/null. */
static void read_files(struct sysusers *s)
{
	static const char *const dirs[] = { "/etc/sysusers.d", "/run/sysusers.d", "/usr/local/lib/sysusers.d",
					    "/usr/lib/sysusers.d" };
	_cleanup_(strv_done) struct strv names = { 0 };

	for (size_t d = 0; d < ARRAY_SIZE(dirs); d++) {
		_cleanup_(strv_done) struct strv found = { 0 };

		rootfd_list(s->root_fd, dirs[d], WALK_ROOT, &found);
		for (size_t i = 0; i < found.n; i++)
			if (has_suffix(found.v[i], ".conf") && !has_control(found.v[i]))
				strv_add(&names, found.v[i]);
	}
	strv_sort_unique(&names);
	for (size_t i = 0; i < names.n; i++) {
		for (size_t d = 0; d < ARRAY_SIZE(dirs); d++) {
			_cleanup_(freep) char *path = xasprintf("%s/%s", dirs[d], names.v[i]);
			struct stat st;

			if (rootfd_lstat(s->root_fd, path, WALK_ROOT, &st) < 0)
				continue;
			strv_take(&s->files, steal_ptr(path));
			break;
		}
	}
}

static void read_lines(struct sysusers *s)
{
	for (size_t i = 0; i < s->files.n; i++) {
		_cleanup_(freep) char *text = NULL;

		if (rootfd_read(s->root_fd, s->files.v[i], WALK_ROOT, FILE_MAX, &text, NULL) < 0)
			continue;
		for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
			parse_line(s, line, s->files.v[i]);
	}
}

/* --- numbers -------------------------------------------------------------------------------------------------- */

/* An id may be shared only by a user and the group of the same name. */
static bool uid_is_free(const struct accounts *a, uint64_t id, const char *name, bool own_group)
{
	const struct account_group *g = accounts_group(a, (gid_t)id);

	return id <= ID_MAX && !accounts_user(a, (uid_t)id) && (!own_group || !g || strcmp(g->name, name) == 0);
}

static bool gid_is_free(const struct accounts *a, uint64_t id, const char *name)
{
	const struct account_user *u = accounts_user(a, (uid_t)id);

	return id <= ID_MAX && !accounts_group(a, (gid_t)id) && (!u || strcmp(u->name, name) == 0);
}

/* The highest id that neither a user nor a group has. False if there is none left. */
static bool find_free(const struct sysusers *s, uint64_t *ret)
{
	static const struct range standard = { 1, ID_LAST };
	const struct range *ranges = s->n_ranges ? s->ranges : &standard;
	size_t n = s->n_ranges ? s->n_ranges : 1;

	for (uint64_t id = ID_MAX; id > 0; id--)
		for (size_t i = 0; i < n; i++)
			if (id >= ranges[i].first && id <= ranges[i].last && !accounts_user(s->accounts, (uid_t)id) &&
			    !accounts_group(s->accounts, (gid_t)id)) {
				*ret = id;
				return true;
			}
	return false;
}

/* The number that the field asks for, directly or as the owner or group of a file. */
static bool asked_id(const struct sysusers *s, const char *text, bool group, uint64_t *ret)
{
	_cleanup_(closep) int fd = -1;
	struct stat st;

	if (!text)
		return false;
	if (*text != '/')
		return parse_u64(text, UINT32_MAX - 1, ret) == 0;
	fd = rootfd_openat(s->root_fd, text, O_PATH, 0, WALK_ROOT);
	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	*ret = group ? st.st_gid : st.st_uid;
	return true;
}

/* --- making --------------------------------------------------------------------------------------------------- */

static struct account_group *make_group(const struct sysusers *s, const struct line *l)
{
	struct accounts *a = s->accounts;
	const struct account_user *same = accounts_user_named(a, l->field[NAME]);
	struct account_group *g = accounts_group_named(a, l->field[NAME]);
	bool automatic = false;
	uint64_t id;

	if (g)
		return g;
	if (!(asked_id(s, l->field[ID], true, &id) && gid_is_free(a, id, l->field[NAME])) &&
	    !(same && gid_is_free(a, id = same->uid, same->name))) {
		automatic = true;
		if (!find_free(s, &id))
			return NULL;
	}
	grow(a->groups, a->n_groups);
	g = &a->groups[a->n_groups++];
	*g = (struct account_group){
		.name = xstrdup(l->field[NAME]),
		.gid = (gid_t)id,
		.source = xstrdup(l->file),
		.automatic = automatic,
	};
	return g;
}

/* The group in 'uid:group', which must exist; without it, the one with the user's name, which is made. */
static const struct account_group *primary_group(const struct sysusers *s, const struct line *l, const char *named)
{
	gid_t gid;

	if (!named)
		return make_group(s, l);
	return accounts_gid(s->accounts, named, &gid) < 0 ? NULL : accounts_group(s->accounts, gid);
}

static void make_user(const struct sysusers *s, const struct line *l)
{
	struct accounts *a = s->accounts;
	const char *colon = l->field[ID] ? strchr(l->field[ID], ':') : NULL;
	_cleanup_(freep) char *asked = colon	      ? xstrndup(l->field[ID], (size_t)(colon - l->field[ID]))
				       : l->field[ID] ? xstrdup(l->field[ID])
						      : NULL;
	const struct account_group *g;
	bool automatic = false;
	uint64_t id;

	if (accounts_user_named(a, l->field[NAME]))
		return;
	g = primary_group(s, l, colon ? colon + 1 : NULL);
	if (!g)
		return;
	if (!(asked_id(s, asked, false, &id) && uid_is_free(a, id, l->field[NAME], !colon))) {
		automatic = g->automatic;
		if (colon || !uid_is_free(a, id = g->gid, l->field[NAME], true)) {
			automatic = true;
			if (!find_free(s, &id))
				return;
		}
	}
	grow(a->users, a->n_users);
	a->users[a->n_users++] = (struct account_user){
		.name = xstrdup(l->field[NAME]),
		.gecos = xstrdup(l->field[GECOS] ? l->field[GECOS] : ""),
		.home = xstrdup(l->field[HOME] ? l->field[HOME] : "/"),
		.shell = xstrdup(l->field[SHELL] ? l->field[SHELL]
				 : id == 0	 ? "/bin/sh"
						 : "/usr/sbin/nologin"),
		.uid = (uid_t)id,
		.gid = g->gid,
		.source = xstrdup(l->file),
		.automatic = automatic,
	};
}

static bool is_defined(const struct sysusers *s, char type, const char *name)
{
	for (size_t i = 0; i < s->n_lines; i++)
		if (s->lines[i].field[TYPE][0] == type && strcmp(s->lines[i].field[NAME], name) == 0)
			return true;
	return false;
}

static void add_implicit(struct sysusers *s, const char *type, const char *name, const char *file)
{
	struct line l = { .field = { xstrdup(type), xstrdup(name) }, .file = file };

	line_add(s, &l);
}

/* A member or its group that no other line defines is made as well. */
static void add_all_implicit(struct sysusers *s)
{
	for (size_t i = 0, n = s->n_lines; i < n; i++) {
		const char *user = s->lines[i].field[NAME], *group = s->lines[i].field[ID], *file = s->lines[i].file;

		if (s->lines[i].field[TYPE][0] != 'm')
			continue;
		if (!is_defined(s, 'g', group) && !is_defined(s, 'u', group))
			add_implicit(s, "g", group, file);
		if (!is_defined(s, 'u', user))
			add_implicit(s, "u", user, file);
	}
}

/* Who is in groups of the host is the host's decision; only if the user or the group is new, its members are added. */
static void make_member(const struct sysusers *s, const struct line *l)
{
	const struct account_user *u = accounts_user_named(s->accounts, l->field[NAME]);
	struct account_group *g = accounts_group_named(s->accounts, l->field[ID]);

	if (u && g && (u->source || g->source))
		strv_add_once(&g->members, u->name);
}

void sysusers_add(int root_fd, struct accounts *accounts)
{
	_cleanup_(sysusers_done) struct sysusers s = { .root_fd = root_fd, .accounts = accounts };

	read_files(&s);
	read_lines(&s);
	add_all_implicit(&s);
	for (size_t i = 0; i < s.n_lines; i++)
		if (s.lines[i].field[TYPE][0] == 'g')
			make_group(&s, &s.lines[i]);
	for (size_t i = 0; i < s.n_lines; i++)
		if (s.lines[i].field[TYPE][0] == 'u')
			make_user(&s, &s.lines[i]);
	for (size_t i = 0; i < s.n_lines; i++)
		if (s.lines[i].field[TYPE][0] == 'm')
			make_member(&s, &s.lines[i]);
}
