/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See unit-exec.h. The first word of a command is its program. But that may be a shell or a wrapper that runs another,
 * so every word, and every word of a word such as a shell's script, that is the absolute path of a program counts. */
#include "unit/unit-exec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/rootfd.h"
#include "base/text.h"

#define WHITE " \t\n\r"
#define ARGUMENT_LENGTH (128 * 1024) /* Linux runs nothing with a longer one */
#define SHELL_SEPARATORS WHITE ";&|()<>`'\"{}"

static const char *const exec_keys[] = { "ExecStart",  "ExecStartPre", "ExecStartPost", "ExecCondition",
					 "ExecReload", "ExecStop",     "ExecStopPost" };

static const char *const program_dirs[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin" };

static void add_utf8(struct buf *b, uint32_t c)
{
	unsigned int more = (c >= 0x80) + (c >= 0x800) + (c >= 0x10000);
	static const unsigned char lead[] = { 0, 0xc0, 0xe0, 0xf0 };
	unsigned char bytes[4];

	bytes[0] = (unsigned char)(lead[more] | c >> (6 * more));
	for (unsigned int i = 1; i <= more; i++)
		bytes[i] = (unsigned char)(0x80 | (c >> (6 * (more - i)) & 0x3f));
	buf_add(b, bytes, more + 1);
}

/* 'n' digits at 's', all of which must be there. Negative if not. */
static int64_t digits(const char *s, size_t n, unsigned int base)
{
	static const char all[] = "0123456789abcdefABCDEF";
	int64_t value = 0;

	for (size_t i = 0; i < n; i++) {
		const char *d = s[i] ? strchr(all, s[i]) : NULL;
		unsigned int digit = d ? (unsigned int)(d - all) : base;

		digit -= digit >= 16 ? 6 : 0;
		if (!d || digit >= base)
			return -1;
		value = value * base + digit;
	}
	return value;
}

/* What the text after a backslash stands for. The bytes it takes, or 0 where it is none of systemd's escapes. */
static size_t unescape(const char *s, struct buf *b)
{
	static const char plain[][2] = { "a\a", "b\b", "f\f", "n\n", "r\r", "t\t", "v\v", "\\\\", "\"\"", "''", "s " };
	static const struct {
		char letter;
		size_t digits;
		uint32_t max; /* above 255: a code point, not a byte */
	} hex[] = { { 'x', 2, 0xff }, { 'u', 4, 0xffff }, { 'U', 8, 0x10ffff } };
	int64_t value;

	for (size_t i = 0; i < ARRAY_SIZE(plain); i++) {
		if (*s == plain[i][0]) {
			buf_add(b, &plain[i][1], 1);
			return 1;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(hex); i++) {
		if (*s != hex[i].letter)
			continue;
		value = digits(s + 1, hex[i].digits, 16);
		if (value <= 0 || value > hex[i].max)
			return 0;
		if (hex[i].max > 0xff)
			add_utf8(b, (uint32_t)value);
		else
			buf_add(b, &(unsigned char){ (unsigned char)value }, 1);
		return 1 + hex[i].digits;
	}
	value = digits(s, 3, 8);
	if (value <= 0 || value > 0xff)
		return 0;
	buf_add(b, &(unsigned char){ (unsigned char)value }, 1);
	return 3;
}

/* The next word of '*text', unquoted; *text is moved past it. Caller frees. NULL where a quote does not end or an
 * escape is none: systemd ignores such a line. */
static char *next_word(const char **text)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	const char *s = *text;
	char quote = 0;

	for (; *s && (quote || !strchr(WHITE, *s)); s++) {
		if (*s == '\\') {
			size_t n = unescape(s + 1, &b);

			if (n == 0)
				return NULL;
			s += n;
		} else if (quote ? *s == quote : (*s == '"' || *s == '\'')) {
			quote = quote ? 0 : *s;
		} else {
			buf_add(&b, s, 1);
		}
	}
	*text = s;
	return quote ? NULL : buf_steal(&b);
}

/* The one form of absolute path 's', with what usr-merge moved in its place. NULL where it has '..' in it: systemd
 * does not run such. Caller frees. */
static char *normalise(const char *s)
{
	static const char *const merged[] = { "bin", "sbin", "lib", "lib32", "lib64", "libx32" };
	_cleanup_(strv_done) struct strv parts = { 0 };
	_cleanup_(buf_done) struct buf b = { 0 };

	if (*s != '/' || has_control(s) || strlen(s) >= PATH_MAX)
		return NULL;
	strv_split(&parts, s, "/");
	for (size_t i = 0; i < parts.n; i++) {
		if (strcmp(parts.v[i], "..") == 0)
			return NULL;
		if (strcmp(parts.v[i], ".") == 0)
			continue;
		for (size_t j = 0; b.len == 0 && j < ARRAY_SIZE(merged); j++)
			if (strcmp(parts.v[i], merged[j]) == 0)
				buf_addf(&b, "/usr");
		buf_addf(&b, "/%s", parts.v[i]);
	}
	return buf_steal(&b);
}

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

/* The packages may own the path as written, or what it leads to (alternatives), so both are programs. */
static bool add_program(int root_fd, const char *word, struct strv *ret)
{
	_cleanup_(freep) char *path = normalise(word), *resolved = NULL;
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

	strv_split(&pieces, word, SHELL_SEPARATORS);
	strv_add(&pieces, word);
	for (size_t i = 0; i < pieces.n; i++)
		add_program(root_fd, pieces.v[i], ret);
}

/* A lone semicolon, unquoted, ends a command. */
static bool skip_semicolon(const char **text)
{
	if ((*text)[0] != ';' || ((*text)[1] && !strchr(WHITE, (*text)[1])))
		return false;
	(*text)++;
	return true;
}

/* Paths as '/etc/x', '--file=/etc/x' and '-f/etc/x' have them. */
static void add_files(const char *word, struct strv *ret)
{
	_cleanup_(strv_done) struct strv pieces = { 0 };

	strv_split(&pieces, word, SHELL_SEPARATORS "=,:");
	for (size_t i = 0; i < pieces.n; i++) {
		const char *slash = strchr(pieces.v[i], '/');
		char *path =
			slash && (skip_prefix(slash, "/etc/") || skip_prefix(slash, "/var/")) ? normalise(slash) : NULL;

		if (path)
			strv_take(ret, path);
	}
}

static void add_word(int root_fd, struct unit *unit, const char *word, bool first, struct strv *ret)
{
	_cleanup_(freep) char *expanded = NULL;

	if (strlen(word) >= ARGUMENT_LENGTH)
		return;
	expanded = unit_expand(unit, first ? word + strspn(word, "@-:+!") : word);
	add_files(expanded, &unit->files);
	if (first)
		add_first_word(root_fd, expanded, ret);
	else
		add_other_word(root_fd, expanded, ret);
}

/* Appends the programs of one line. False where systemd ignores it: some may have been appended then. */
static bool read_line(int root_fd, struct unit *unit, const char *text, struct strv *ret)
{
	bool first = true;

	while (*(text += strspn(text, WHITE))) {
		_cleanup_(freep) char *word = NULL;

		if (skip_semicolon(&text)) {
			first = true;
			continue;
		}
		/* The one escape that is not of the quoting. */
		if (text[0] == '\\' && skip_semicolon(&(const char *){ text + 1 })) {
			text += 2;
			continue;
		}
		word = next_word(&text);
		if (!word)
			return false;
		add_word(root_fd, unit, word, first, ret);
		first = false;
	}
	return true;
}

/* execve(2): what the kernel runs for a script is in its first line, which may name env(1) to find it. */
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

static void find_files(struct unit *unit)
{
	static const char *const keys[] = { "EnvironmentFile", "LoadCredential", "LoadCredentialEncrypted" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		_cleanup_(strv_done) struct strv values = { 0 };

		ini_get_list(&unit->ini, "Service", keys[i], &values);
		for (size_t k = 0; k < values.n; k++) {
			_cleanup_(freep) char *expanded = unit_expand(unit, values.v[k]);

			add_files(expanded, &unit->files);
		}
	}
	strv_sort_unique(&unit->files);
}

bool unit_find_programs(int root_fd, struct unit *unit)
{
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(exec_keys); i++) {
		_cleanup_(strv_done) struct strv lines = { 0 };

		ini_get_list(&unit->ini, "Service", exec_keys[i], &lines);
		for (size_t j = 0; j < lines.n; j++) {
			_cleanup_(strv_done) struct strv found = { 0 };

			if (!read_line(root_fd, unit, lines.v[j], &found))
				continue;
			any = true;
			for (size_t k = 0; k < found.n; k++)
				strv_add(&unit->programs, found.v[k]);
		}
	}
	strv_sort_unique(&unit->programs);
	for (size_t i = 0; i < unit->programs.n; i++)
		add_interpreter(root_fd, unit->programs.v[i], &unit->interpreters);
	strv_sort_unique(&unit->interpreters);
	find_files(unit);
	return any;
}
