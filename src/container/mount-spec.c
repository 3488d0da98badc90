/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading, writing and comparing mounts. A kind of mount is a row of kinds[]. container/root-layout decides on what
 * nothing may be mounted. */
#include "container/mount-spec.h"

#include <string.h>

#include "base/path.h"
#include "base/strv.h"
#include "container/limit.h"
#include "container/paths.h"
#include "container/record-value.h"
#include "container/root-layout.h"

/* Links to directories that are reserved themselves. */
static const char *const links[] = { "/var/run", "/var/lock" };

const char *const mount_foreign[] = {
	CONTAINERS_DIR, STATE_DIR, RECORD_DIR, HOST_UNIT_DIR, "/proc", "/sys", "/dev", NULL,
};

void mount_done(struct mount *mount)
{
	free(mount->target);
	free(mount->source);
	*mount = (struct mount){ 0 };
}

void mounts_done(struct mounts *mounts)
{
	for (size_t i = 0; i < mounts->n; i++)
		mount_done(&mounts->v[i]);
	free(mounts->v);
	*mounts = (struct mounts){ 0 };
}

void mounts_take(struct mounts *mounts, struct mount *mount)
{
	grow(mounts->v, mounts->n);
	mounts->v[mounts->n++] = *mount;
	*mount = (struct mount){ 0 };
}

void mounts_copy(const struct mounts *from, struct mounts *to)
{
	for (size_t i = 0; i < from->n; i++) {
		struct mount copy = from->v[i];

		copy.target = xstrdup(copy.target);
		copy.source = copy.source ? xstrdup(copy.source) : NULL;
		mounts_take(to, &copy);
	}
}

/* Whether nothing can be mounted there, because it is part of the container's system, or made anew at each start. */
static bool is_reserved(const char *path)
{
	for (const struct root_entry *e = root_layout; e->path; e++)
		if (e->kind == ROOT_SYSTEM
			    ? strcmp(path, e->path) == 0
			    : e->kind != ROOT_WRITABLE && e->kind != ROOT_EMPTY && path_within(path, e->path))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (path_within(path, links[i]))
			return true;
	return path_is_merged(path);
}

static bool is_foreign(const char *path)
{
	for (const char *const *foreign = mount_foreign; *foreign; foreign++)
		if (path_within(path, *foreign) || path_within(*foreign, path))
			return true;
	return false;
}

/* Removes slashes at the end, which a shell adds when it completes the name of a directory. */
static char *without_slashes(const char *path, size_t n)
{
	while (n > 1 && path[n - 1] == '/')
		n--;
	return xstrndup(path, n);
}

static const char *parse_source(const char *value, struct mount *m)
{
	size_t n = strlen(value);

	m->readonly = has_suffix(value, ":ro");
	m->source = without_slashes(value, m->readonly ? n - strlen(":ro") : n);
	return value_is_path(m->source)
		       ? NULL
		       : "a mount whose source is an absolute path without '..', in UTF-8, with no trailing space";
}

static const char *parse_host(const char *value, struct mount *m)
{
	const char *must = parse_source(value, m);

	if (must)
		return must;
	return is_foreign(m->source)
		       ? "a mount whose source contains no part of the host's system and no container's files"
		       : NULL;
}

/* What the container has for itself. */
static bool is_own(const char *path)
{
	for (const struct root_entry *e = root_layout; e->path; e++)
		if (root_is_writable(e) && path_within(path, e->path))
			return true;
	return false;
}

static const char *parse_guest(const char *value, struct mount *m)
{
	const char *must = parse_source(value, m);

	if (must)
		return must;
	if (!is_own(m->source) || is_reserved(m->source))
		return "a mount whose source is a directory that the container has for itself, such as /srv/data";
	return path_within(m->source, m->target) || path_within(m->target, m->source)
		       ? "a mount whose source and target are not one in the other"
		       : NULL;
}

static const char *parse_ram(const char *value, struct mount *m)
{
	return size_parse(value, &m->size) < 0 || m->size < 64 * 1024 ? "a mount in memory of at least 64K, such as 64M"
								      : NULL;
}

static char *format_source(const struct mount *m)
{
	return xasprintf("%s%s", m->source, m->readonly ? ":ro" : "");
}

static char *format_ram(const struct mount *m)
{
	return size_format(m->size);
}

static const struct {
	const char *prefix;
	const char *values; /* the forms of the text after '=', separated by spaces, for an error message */
	const char *(*parse)(const char *value, struct mount *m); /* of that text: NULL, or what it must be */
	char *(*format)(const struct mount *m);
} kinds[] = {
	[MOUNT_HOST] = { "host-bind:", "SOURCE SOURCE:ro", parse_host, format_source },
	[MOUNT_IMAGE] = { "host-image:", "FILE FILE:ro", parse_host, format_source },
	[MOUNT_GUEST] = { "guest-bind:", "SOURCE SOURCE:ro", parse_guest, format_source },
	[MOUNT_RAM] = { "ram:", "SIZE", parse_ram, format_ram },
};

/* "like 'host-bind:TARGET=SOURCE', 'host-bind:TARGET=SOURCE:ro' or ..." */
static char *must_have_form(void)
{
	_cleanup_(strv_done) struct strv forms = { 0 };
	_cleanup_(freep) char *list = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		_cleanup_(strv_done) struct strv values = { 0 };

		strv_split(&values, kinds[i].values, " ");
		for (size_t k = 0; k < values.n; k++)
			strv_addf(&forms, "'%sTARGET=%s'", kinds[i].prefix, values.v[k]);
	}
	list = strv_enumerate(&forms, "or");
	return xasprintf("like %s", list);
}

char *mount_parse(const char *text, struct mount *ret)
{
	_cleanup_(mount_done) struct mount m = { 0 };

	for (enum mount_kind i = 0; i < ARRAY_SIZE(kinds); i++) {
		const char *target = skip_prefix(text, kinds[i].prefix);
		const char *equals = target ? strchr(target, '=') : NULL, *must;

		if (!equals)
			continue;
		m.kind = i;
		m.target = without_slashes(target, (size_t)(equals - target));
		if (!value_is_path(m.target))
			return xstrdup("a mount whose target is an absolute path without '..', in UTF-8, with no "
				       "trailing space");
		if (is_reserved(m.target))
			return xstrdup("a mount whose target is not part of the container's system");
		must = kinds[i].parse(equals + 1, &m);
		if (must)
			return xstrdup(must);
		*ret = m;
		m = (struct mount){ 0 };
		return NULL;
	}
	return must_have_form();
}

char *mount_format(const struct mount *mount)
{
	_cleanup_(freep) char *value = kinds[mount->kind].format(mount);

	return xasprintf("%s%s=%s", kinds[mount->kind].prefix, mount->target, value);
}

const struct mount *mounts_find(const struct mounts *mounts, const char *path)
{
	for (size_t i = 0; i < mounts->n; i++)
		if (path_within(path, mounts->v[i].target))
			return &mounts->v[i];
	return NULL;
}

bool mount_is_of_host(const struct mount *mount)
{
	return mount->kind == MOUNT_HOST || mount->kind == MOUNT_IMAGE;
}

/* Whether 'mount' shows a directory that 'other' hides. */
static bool shows_below(const struct mount *mount, const struct mount *other)
{
	return mount->kind == MOUNT_GUEST && path_within(mount->source, other->target);
}

bool mount_overlaps(const struct mount *mount, const struct mounts *mounts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct mount *other = &mounts->v[i];

		if (path_within(mount->target, other->target) || path_within(other->target, mount->target) ||
		    shows_below(mount, other) || shows_below(other, mount))
			return true;
	}
	return false;
}
