/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The paths that dpkg's packages record. A machine has some ten megabytes of these lists, and nearly all lines are
 * documentation, headers and translations. The first few bytes of a line tell whether it matters, and the lines that
 * matter are indexed once. The index is kept for the next command, with a stamp of what it was made from: dpkg writes
 * its status whenever it changes something, and replaces lists by renaming, which changes the times of their directory.
 * Even so, the times of a list are compared before what it says is believed: somebody may have edited it. */
#include "package/dpkg-files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "package/pkg-cache.h"
#include "package/pkg.h"
#include "base/path.h"
#include "base/rootfd.h"

enum { FILE_MAX_BYTES = 64 << 20 };

#define STATUS "/var/lib/dpkg/status"
#define DIVERSIONS "/var/lib/dpkg/diversions"
#define CACHE "dpkg"

void dpkg_files_done(struct dpkg_files *lists)
{
	closep(&lists->info_fd);
	buf_done(&lists->buffer);
	pkg_index_done(&lists->paths);
	pkg_index_done(&lists->scripts);
	pkg_index_done(&lists->facts);
	pkg_stamp_done(&lists->stamp);
	free(lists->current);
	free(lists->by_package);
	pkg_index_done(&lists->diverted);
	pkg_index_done(&lists->diversion_targets);
	free(lists->diversions);
	*lists = (struct dpkg_files){ .info_fd = -1 };
}

/* --- diversions: three lines each: path, where it is put instead, and the package that is exempt --------- */

static bool next_line(char **rest, char **ret)
{
	if (!*rest || !**rest)
		return false;
	*ret = strsep(rest, "\n");
	return true;
}

static void index_path(struct pkg_index *index, const char *path, uint32_t value)
{
	_cleanup_(freep) char *normal = path_merge(path);

	pkg_index_add(index, normal, strlen(normal), value);
}

/* Cuts the text into lines, and indexes by path where its three lines begin. */
static void index_diversions(struct dpkg_files *lists)
{
	char *rest = lists->diversions, *from, *to, *by;

	while (next_line(&rest, &from) && next_line(&rest, &to) && next_line(&rest, &by)) {
		if (!path_is_normal(from) || !path_is_normal(to))
			continue;
		index_path(&lists->diverted, from, (uint32_t)(from - lists->diversions));
		index_path(&lists->diversion_targets, to, (uint32_t)(from - lists->diversions));
	}
}

static const char *diversion_to(const struct dpkg_files *lists, const struct pkg_row *row)
{
	const char *from = lists->diversions + row->value;

	return from + strlen(from) + 1;
}

/* Whether the diversion applies to files of 'package'. */
static bool diversion_is_for(const struct dpkg_files *lists, const struct pkg_row *row,
			     const struct dpkg_package *package)
{
	const char *to = diversion_to(lists, row);

	return !dpkg_text_is(package->field[DPKG_PACKAGE], to + strlen(to) + 1);
}

/* --- files ----------------------------------------------------------------------------------------------- */

int dpkg_files_open(int root_fd, struct dpkg_files *ret)
{
	_cleanup_(dpkg_files_done) struct dpkg_files lists = { .root_fd = root_fd,
							       .info_fd = -1,
							       .stamp.begun = time(NULL) };
	int r;

	lists.info_fd = rootfd_openat(root_fd, "/var/lib/dpkg/info", O_RDONLY | O_DIRECTORY, 0, WALK_ROOT);
	if (lists.info_fd < 0)
		return lists.info_fd;
	r = rootfd_read(root_fd, DIVERSIONS, WALK_ROOT, FILE_MAX_BYTES, &lists.diversions, NULL);
	if (r < 0 && r != -ENOENT)
		return r;
	index_diversions(&lists);
	*ret = lists;
	lists = (struct dpkg_files){ .info_fd = -1 };
	return 0;
}

/* One read(2) suffices for a file that does not grow: its size is known, and a short count means its end. */
static int read_whole(int fd, struct buf *buffer)
{
	struct stat st;
	size_t size;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > FILE_MAX_BYTES)
		return -EFBIG;
	size = (size_t)st.st_size;
	if (buffer->room < size + 2) {
		buffer->text = xrealloc(buffer->text, size + 2, 1);
		buffer->room = size + 2;
	}
	for (buffer->len = 0; buffer->len < size;) {
		ssize_t n = read(fd, buffer->text + buffer->len, size - buffer->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		buffer->len += (size_t)n;
	}
	buffer->text[buffer->len] = '\0';
	return 0;
}

#define INFO_NAME_SIZE 300 /* names of packages and architectures have at most 128 characters */

/* Stores the name of the package's file with this suffix, which has the architecture in it if there may be several. */
static void info_name(const struct dpkg_package *package, bool with_arch, const char *suffix, char ret[INFO_NAME_SIZE])
{
	struct dpkg_text name = package->field[DPKG_PACKAGE], arch = package->field[DPKG_ARCHITECTURE];
	char *p = mempcpy(ret, name.p, name.n);

	if (with_arch) {
		*p++ = ':';
		p = mempcpy(p, arch.p, arch.n);
	}
	*p++ = '.';
	memcpy(p, suffix, strlen(suffix) + 1);
}

/* Opens a file of the package, or -errno. Most packages have no scripts; when there is an index, it knows which of them
 * there are. */
static int open_info(struct dpkg_files *lists, const struct dpkg_package *package, const char *suffix)
{
	bool same = dpkg_text_is(package->field[DPKG_MULTI_ARCH], "same"), script = has_suffix(suffix, "inst");
	int fd = -1;

	for (int i = 0; i < 2 && fd < 0; i++) {
		char name[INFO_NAME_SIZE];
		size_t n;

		info_name(package, same == !i, suffix, name);
		if (script && lists->indexed && !pkg_index_find(&lists->scripts, name, strlen(name), &n))
			continue;
		fd = openat(lists->info_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd < 0 && errno != ENOENT)
			return -errno;
	}
	return fd < 0 ? -ENOENT : fd;
}

int dpkg_files_read(struct dpkg_files *lists, const struct dpkg_package *package, const char *suffix)
{
	_cleanup_(closep) int fd = open_info(lists, package, suffix);

	return fd < 0 ? fd : read_whole(fd, &lists->buffer);
}

/* --- lines ----------------------------------------------------------------------------------------------- */

/* A quick first test of a line, which makes all this fast. pkg_path_matters() and pkg_path_is_program() decide about
 * the lines that pass it. */
static bool is_promising(const char *line, size_t len)
{
	static const struct {
		const char *text;
		size_t len;
	} below_usr[] = { { "bin/", 4 },     { "sbin/", 5 },	     { "lib/sys", 7 }, { "lib/tmpfiles.d", 14 },
			  { "libexec/", 8 }, { "share/dbus-1/", 13 } };

	if (len < 4 || line[0] != '/')
		return false;
	if (line[1] == 'e' || line[1] == 'v')
		return memcmp(line, "/etc", 4) == 0 || memcmp(line, "/var", 4) == 0;
	if (len > 5 && memcmp(line, "/usr/", 5) == 0) {
		line += 4;
		len -= 4;
	}
	for (size_t i = 0; i < ARRAY_SIZE(below_usr); i++)
		if (len > below_usr[i].len && memcmp(line + 1, below_usr[i].text, below_usr[i].len) == 0)
			return true;
	return false;
}

/* The path to which diversions move 'path'. */
static const char *diverted_path(struct dpkg_files *lists, const struct dpkg_package *package, const char *path)
{
	size_t n;
	const struct pkg_row *rows = pkg_index_find(&lists->diverted, path, strlen(path), &n);

	return n > 0 && diversion_is_for(lists, rows, package) ? diversion_to(lists, rows) : path;
}

static void take_line(struct dpkg_files *lists, const struct dpkg_package *package, const char *line,
		      dpkg_path_fn found, void *arg)
{
	_cleanup_(freep) char *path = NULL;

	if (!path_is_normal(line))
		return;
	path = path_merge(line);
	if (lists->diverted.n > 0) {
		char *moved = path_merge(diverted_path(lists, package, path));

		free(path);
		path = moved;
	}
	if (pkg_path_matters(path) || pkg_path_is_program(path))
		found(arg, path);
}

static int each_in_list(struct dpkg_files *lists, const struct dpkg_package *package, dpkg_path_fn found, void *arg)
{
	int r = dpkg_files_read(lists, package, "list");
	char *line = lists->buffer.text, *end;

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (end = line + lists->buffer.len; line < end;) {
		char *newline = memchr(line, '\n', (size_t)(end - line));

		if (!newline)
			newline = end; /* room for the NUL */
		if (is_promising(line, (size_t)(newline - line))) {
			*newline = '\0';
			take_line(lists, package, line, found, arg);
		}
		line = newline + 1;
	}
	return 0;
}

/* Groups the rows of the index by package: those of package i are by_package[i] to by_package[i + 1], places that
 * follow in the same array. */
static void group_rows(struct dpkg_files *lists, size_t packages)
{
	const struct pkg_index *paths = &lists->paths;
	uint32_t *begin = lists->by_package = xcalloc(packages + 1 + paths->n, sizeof(*begin)), *next;

	for (size_t i = 0; i < paths->n; i++)
		begin[paths->rows[i].value + 1]++;
	for (size_t i = 0; i < packages; i++)
		begin[i + 1] += begin[i];
	next = xcalloc(packages, sizeof(*next));
	memcpy(next, begin, packages * sizeof(*next));
	for (uint32_t i = 0; i < paths->n; i++)
		begin[packages + 1 + next[paths->rows[i].value]++] = i;
	free(next);
}

/* --- the index ------------------------------------------------------------------------------------------- */

struct indexing {
	struct dpkg_files *lists;
	uint32_t place;
};

static void index_found(void *arg, const char *path)
{
	struct indexing *indexing = arg;

	pkg_index_add(&indexing->lists->paths, path, strlen(path), indexing->place);
}

/* What there is of the package's list. */
static struct pkg_facts facts_of(const struct dpkg_files *lists, const struct dpkg_package *package)
{
	bool same = dpkg_text_is(package->field[DPKG_MULTI_ARCH], "same"), found = false;
	struct pkg_facts facts = { 0 };

	for (int i = 0; i < 2 && !found; i++) {
		char name[INFO_NAME_SIZE];

		info_name(package, same == !i, "list", name);
		found = pkg_facts_find(lists->info_fd, name, AT_SYMLINK_NOFOLLOW, &facts);
	}
	return facts;
}

static int index_lists(struct dpkg_files *lists, const struct dpkg_status *status)
{
	int r = 0;

	for (uint32_t i = 0; i < status->n && r == 0; i++) {
		const struct pkg_facts facts = facts_of(lists, &status->v[i]);

		pkg_stamp_note(&lists->stamp, &facts);
		pkg_index_add(&lists->facts, (const char *)&facts, sizeof(facts), i);
		r = each_in_list(lists, &status->v[i], index_found, &(struct indexing){ lists, i });
	}
	pkg_index_sort(&lists->paths);
	return r;
}

static void forget_index(struct dpkg_files *lists)
{
	pkg_index_done(&lists->paths);
	pkg_index_done(&lists->scripts);
	pkg_index_done(&lists->facts);
	free(steal_ptr(lists->current));
	free(steal_ptr(lists->by_package));
	lists->indexed = lists->kept = false;
}

static int index_scripts(struct dpkg_files *lists)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	int r = rootfd_opendir(lists->info_fd, ".", WALK_TREE, &dir);

	if (r < 0)
		return r;
	for (const struct dirent *d; (d = readdir(dir));)
		if (has_suffix(d->d_name, ".preinst") || has_suffix(d->d_name, ".postinst"))
			pkg_index_add(&lists->scripts, d->d_name, strlen(d->d_name), 0);
	pkg_index_sort(&lists->scripts);
	return 0;
}

static void add_to_stamp(struct dpkg_files *lists, const char *path)
{
	_cleanup_(closep) int fd = rootfd_openat(lists->root_fd, path, O_PATH, 0, WALK_ROOT);

	pkg_stamp_add(&lists->stamp, fd, "", AT_EMPTY_PATH);
}

static void make_stamp(struct dpkg_files *lists, const struct dpkg_status *status)
{
	pkg_stamp_add(&lists->stamp, AT_FDCWD, "/proc/self/exe", 0);
	pkg_stamp_add(&lists->stamp, lists->info_fd, ".", 0);
	add_to_stamp(lists, STATUS);
	add_to_stamp(lists, DIVERSIONS);
	for (size_t i = 0; i < status->n; i++) {
		char name[INFO_NAME_SIZE];

		info_name(&status->v[i], true, "list", name);
		buf_add(&lists->stamp.text, name, strlen(name) + 1);
	}
}

static int read_lists(struct dpkg_files *lists, const struct dpkg_status *status)
{
	int r = index_lists(lists, status);

	if (r == 0)
		r = index_scripts(lists);
	lists->indexed = r == 0;
	return r;
}

/* What is kept need not be sound: then the index is made anew. */
static int make_index(struct dpkg_files *lists, const struct dpkg_status *status)
{
	struct pkg_index *const indexes[] = { &lists->paths, &lists->scripts, &lists->facts };

	make_stamp(lists, status);
	if (pkg_cache_load(lists->root_fd, CACHE, &lists->stamp, (uint32_t)status->n, indexes, ARRAY_SIZE(indexes)) ==
		    0 &&
	    lists->facts.n == status->n) {
		lists->current = xcalloc(status->n, sizeof(*lists->current));
		lists->indexed = lists->kept = true;
		return 0;
	}
	forget_index(lists);
	return read_lists(lists, status);
}

/* Whether what the index says of the package can be believed. */
static bool is_current(struct dpkg_files *lists, const struct dpkg_status *status, uint32_t place)
{
	const struct pkg_row *row = &lists->facts.rows[place];
	struct pkg_facts facts;

	if (!lists->current || lists->current[place]) /* it was made just now, or this was asked before */
		return true;
	facts = facts_of(lists, &status->v[place]);
	lists->current[place] = row->value == place && row->len == sizeof(facts) &&
				memcmp(lists->facts.keys.text + row->key, &facts, sizeof(facts)) == 0;
	return lists->current[place];
}

/* Makes the index anew if what it says of the package cannot be believed. 1 if it did, 0 or -errno. */
static int renew_index(struct dpkg_files *lists, const struct dpkg_status *status, uint32_t place)
{
	int r;

	if (is_current(lists, status, place))
		return 0;
	forget_index(lists);
	r = read_lists(lists, status);
	return r < 0 ? r : 1;
}

int dpkg_files_keep(struct dpkg_files *lists)
{
	struct pkg_index *const indexes[] = { &lists->paths, &lists->scripts, &lists->facts };
	int r = 0;

	if (lists->indexed && !lists->kept)
		r = pkg_cache_save(lists->root_fd, CACHE, &lists->stamp, indexes, ARRAY_SIZE(indexes));
	lists->kept = true;
	return r;
}

/* --- the paths of a package ------------------------------------------------------------------------------ */

int dpkg_files_each(struct dpkg_files *lists, const struct dpkg_status *status, uint32_t place, dpkg_path_fn found,
		    void *arg)
{
	const uint32_t *begin;
	int r = lists->indexed ? renew_index(lists, status, place) : 0;

	if (r < 0)
		return r;
	if (!lists->indexed)
		return each_in_list(lists, &status->v[place], found, arg);
	if (!lists->by_package)
		group_rows(lists, status->n);
	begin = lists->by_package;
	for (uint32_t i = begin[place]; i < begin[place + 1]; i++) {
		const struct pkg_row *row = &lists->paths.rows[begin[status->n + 1 + i]];
		_cleanup_(freep) char *path = xstrndup(lists->paths.keys.text + row->key, row->len);

		found(arg, path);
	}
	return 0;
}

/* --- owners ---------------------------------------------------------------------------------------------- */

/* Whether the text has a line with 'path', or with the path that it had before usr-merge. */
static bool has_line(const struct buf *text, const char *path)
{
	const char *outside = skip_prefix(path, "/usr"), *p = text->text;
	const char *needle = outside && path_is_merged(outside) ? outside : path;
	size_t len = strlen(needle);

	while ((p = memmem(p, (size_t)(text->text + text->len - p), needle, len))) {
		const char *begin = needle != path && p - text->text >= 4 && memcmp(p - 4, "/usr", 4) == 0 ? p - 4 : p;

		if ((p[len] == '\n' || p[len] == '\0') && (begin == text->text || begin[-1] == '\n'))
			return true;
		p++;
	}
	return false;
}

/* Whether the package's list, which is in the buffer, has a line that means 'path'. */
static bool records(struct dpkg_files *lists, const struct dpkg_package *package, const char *path)
{
	size_t n, len = strlen(path);
	const struct pkg_row *rows = pkg_index_find(&lists->diverted, path, len, &n);

	if (!(n > 0 && diversion_is_for(lists, rows, package)) && has_line(&lists->buffer, path))
		return true;
	rows = pkg_index_find(&lists->diversion_targets, path, len, &n);
	for (size_t i = 0; i < n; i++) {
		_cleanup_(freep) char *from = path_merge(lists->diversions + rows[i].value);

		if (diversion_is_for(lists, &rows[i], package) && has_line(&lists->buffer, from))
			return true;
	}
	return false;
}

static int search_all(struct dpkg_files *lists, struct dpkg_status *status, const char *path, struct pkg_picks *ret)
{
	for (uint32_t i = 0; i < status->n; i++) {
		int r = dpkg_files_read(lists, &status->v[i], "list");

		if (r < 0 && r != -ENOENT)
			return r;
		if (r >= 0 && records(lists, &status->v[i], path))
			pkg_picks_add(ret, i);
	}
	return 0;
}

int dpkg_files_owners(struct dpkg_files *lists, struct dpkg_status *status, const char *path, struct pkg_picks *ret)
{
	const struct pkg_row *rows;
	size_t n;
	int r = 0;

	if (!path_is_normal(path))
		return 0;
	if (!pkg_path_matters(path) && !pkg_path_is_program(path))
		return search_all(lists, status, path, ret);
	if (!lists->indexed)
		r = make_index(lists, status);
	if (r < 0)
		return r;
	rows = pkg_index_find(&lists->paths, path, strlen(path), &n);
	for (size_t i = 0; i < n && r == 0; i++) /* 'rows' is not valid any more when r is 1 */
		r = renew_index(lists, status, rows[i].value);
	if (r >= 0)
		pkg_picks_add_found(ret, &lists->paths, path, strlen(path));
	return r < 0 ? r : 0;
}
