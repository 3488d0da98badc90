/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The programs and files that the command lines of a unit name. The first word of a command is its program. It may be a
 * shell or a wrapper that runs another one, so every further word counts if it is the absolute path of a program, and
 * so do words within a word, such as a shell's script. */
#include "unit/unit-exec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/rootfd.h"
#include "unit/unit-files.h"
#include "unit/unit-words.h"

#define PREFIXES "@-:+!"	     /* systemd.service(5), COMMAND LINES */
#define ARGUMENT_LENGTH (128 * 1024) /* bytes; Linux allows no longer argument */

static const struct {
	const char *key;
	bool needed; /* the service does not start without what it runs */
} exec_keys[] = {
	{ "ExecStart", true },	 { "ExecStartPre", true }, { "ExecStartPost", true }, { "ExecCondition", true },
	{ "ExecReload", false }, { "ExecStop", false },	   { "ExecStopPre", false },  { "ExecStopPost", false },
};

static const char *const program_dirs[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin" };

/* O_PATH descriptor of program 'path', or -errno. */
static int open_program(int root_fd, const char *path)
{
	_cleanup_(closep) int fd = rootfd_openat(root_fd, path, O_PATH, 0, WALK_ROOT);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) && (st.st_mode & 0111) ? steal_fd(&fd) : -EACCES;
}

/* A package may own the path as written, or the file to which it leads through alternatives, so both count as
 * programs. */
static bool add_program(int root_fd, const char *word, struct strv *ret)
{
	_cleanup_(freep) char *path = path_normalise(word), *resolved = NULL;
	_cleanup_(closep) int fd = path ? open_program(root_fd, path) : -1;

	if (fd < 0)
		return false;
	strv_take(ret, steal_ptr(path));
	resolved = rootfd_path_of(root_fd, fd);
	if (resolved)
		strv_take(ret, steal_ptr(resolved));
	return true;
}

static void add_first_word(int root_fd, const char *word, struct strv *ret)
{
	bool found = add_program(root_fd, word, ret);

	for (size_t i = 0; !found && *word && !strchr(word, '/') && i < ARRAY_SIZE(program_dirs); i++) {
		_cleanup_(freep) char *path = xasprintf("%s/%s", program_dirs[i], word);

		found = add_program(root_fd, path, ret);
	}
}

static void add_other_word(int root_fd, const char *word, struct strv *ret)
{
	_cleanup_(strv_done) struct strv pieces = { 0 };

	strv_split(&pieces, word, UNIT_SHELL_SEPARATORS);
	strv_add(&pieces, word);
	for (size_t i = 0; i < pieces.n; i++)
		add_program(root_fd, pieces.v[i], ret);
}

/* Whether the service cannot do without the file that is given to its program: a script, an archive, or another
 * program. Files in /etc and /var that are no programs may be optional. */
static bool is_vital(int root_fd, const char *path)
{
	_cleanup_(closep) int fd = rootfd_openat(root_fd, path, O_PATH, 0, WALK_ROOT);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	return st.st_mode & 0111 || (!path_within(path, "/etc") && !path_within(path, "/var"));
}

/* 'n_before' is how many programs there were before the word was looked at. */
static void add_needed(int root_fd, struct unit *unit, const char *word, bool first, const struct strv *programs,
		       size_t n_before)
{
	_cleanup_(freep) char *path = strpbrk(word, "%$") ? NULL : path_normalise(word);

	if (path && (first || is_vital(root_fd, path)))
		strv_take(&unit->needed, steal_ptr(path));
	else if (!path && first && programs->n > n_before)
		strv_add(&unit->needed, programs->v[n_before]); /* a name that was found in a directory */
}

static void add_word(int root_fd, struct unit *unit, const char *word, bool first, bool needed, struct strv *ret)
{
	_cleanup_(freep) char *expanded = NULL;
	size_t n = ret->n;

	if (strlen(word) >= ARGUMENT_LENGTH)
		return;
	expanded = unit_expand(unit, first ? word + strspn(word, PREFIXES) : word);
	unit_files_add(expanded, &unit->files);
	if (first)
		add_first_word(root_fd, expanded, ret);
	else
		add_other_word(root_fd, expanded, ret);
	if (needed)
		add_needed(root_fd, unit, expanded, first, ret, n);
}

/* Appends the programs of one line. Returns false if systemd would ignore the line; some programs may have been
 * appended by then. A command whose program has the prefix '-' may fail. */
static bool read_line(int root_fd, struct unit *unit, const char *text, bool needed, struct strv *ret)
{
	bool first = true, vital = needed;

	while (*(text += strspn(text, UNIT_WHITE))) {
		_cleanup_(freep) char *word = NULL;

		if (unit_word_skip_semicolon(&text)) {
			first = true;
			continue;
		}
		/* The one escape that is not part of the quoting. */
		if (text[0] == '\\' && unit_word_skip_semicolon(&(const char *){ text + 1 })) {
			text += 2;
			continue;
		}
		word = unit_word_next(&text);
		if (!word)
			return false;
		if (first)
			vital = needed && !memchr(word, '-', strspn(word, PREFIXES));
		add_word(root_fd, unit, word, first, vital, ret);
		first = false;
	}
	return true;
}

/* The first line of a script names the program that the kernel runs for it (execve(2)), perhaps by way of env(1). */
static void add_interpreter(int root_fd, const char *script, struct strv *ret)
{
	_cleanup_(closep) int fd = rootfd_openat(root_fd, script, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, WALK_ROOT);
	_cleanup_(strv_done) struct strv words = { 0 };
	char line[257] = "";
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);

	if (n < 3 || !skip_prefix(line, "#!"))
		return;
	line[strcspn(line, "\n")] = '\0';
	strv_split(&words, line + 2, " \t");
	if (words.n > 0)
		add_first_word(root_fd, words.v[0], ret);
	if (words.n > 1 && has_suffix(words.v[0], "/env"))
		add_first_word(root_fd, words.v[1], ret);
}

bool unit_find_programs(int root_fd, struct unit *unit)
{
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(exec_keys); i++) {
		_cleanup_(strv_done) struct strv lines = { 0 };

		unit_get_list(unit, exec_keys[i].key, &lines);
		for (size_t j = 0; j < lines.n; j++) {
			_cleanup_(strv_done) struct strv found = { 0 };

			if (!read_line(root_fd, unit, lines.v[j], exec_keys[i].needed, &found))
				continue;
			any = true;
			strv_add_all(&unit->programs, &found);
		}
	}
	strv_sort_unique(&unit->programs);
	strv_sort_unique(&unit->needed);
	for (size_t i = 0; i < unit->programs.n; i++)
		add_interpreter(root_fd, unit->programs.v[i], &unit->interpreters);
	strv_sort_unique(&unit->interpreters);
	unit_files_find(root_fd, unit);
	return any;
}
