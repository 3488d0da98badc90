/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints what the package database of a root says, for trying and for comparing the backends:
 *   pkg-dump ROOT MANAGER find|closure|requires|weak|files|scripts PACKAGE...   or   owners PATH...
 * 'MANAGER' may be 'auto'. A file is one line: package, path, and 'config' if it is one. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "package/pkg.h"
#include "base/rootfd.h"

struct dump {
	const struct pkg_backend *backend;
	struct pkg_db *db;
};

static void print_lines(struct strv *lines)
{
	strv_sort_unique(lines);
	for (size_t i = 0; i < lines->n; i++)
		puts(lines->v[i]);
	strv_done(lines);
}

static int dump_closure(struct dump *d, char **names)
{
	struct strv ids = { 0 };
	int r = 0;

	for (; r >= 0 && *names; names++) {
		char *id;

		r = d->backend->find(d->db, *names, &id);
		if (r >= 0)
			strv_take(&ids, id);
	}
	if (r >= 0)
		r = pkg_closure(d->backend, d->db, &ids);
	print_lines(&ids);
	return r;
}

static int dump_requires(struct dump *d, char **names)
{
	struct strv ids = { 0 };
	int r = d->backend->requires(d->db, *names, false, &ids);

	print_lines(&ids);
	return r;
}

static int dump_weak(struct dump *d, char **names)
{
	struct strv ids = { 0 };
	int r = d->backend->requires(d->db, *names, true, &ids);

	print_lines(&ids);
	return r;
}

static int dump_owners(struct dump *d, char **paths)
{
	int r = 0;

	for (; r >= 0 && *paths; paths++) {
		struct strv ids = { 0 };
		_cleanup_(freep) char *line = NULL;

		r = d->backend->owners(d->db, *paths, &ids);
		strv_sort_unique(&ids);
		line = strv_join(&ids, " ");
		printf("%s:%s%s\n", *paths, *line ? " " : "", line);
		strv_done(&ids);
	}
	return r;
}

static int dump_files(struct dump *d, char **names)
{
	struct strv lines = { 0 };
	int r = 0;

	for (; r >= 0 && *names; names++) {
		struct pkg_files files = { 0 };

		r = d->backend->files(d->db, *names, &files);
		for (size_t i = 0; i < files.n; i++)
			strv_addf(&lines, "%s %s%s", *names, files.v[i].path, files.v[i].config ? " config" : "");
		pkg_files_done(&files);
	}
	print_lines(&lines);
	return r;
}

static int dump_scripts(struct dump *d, char **names)
{
	_cleanup_(freep) char *text = NULL;
	int r = d->backend->scripts(d->db, *names, &text);

	printf("%s", text ? text : "");
	return r;
}

static int dump_find(struct dump *d, char **names)
{
	_cleanup_(freep) char *text = NULL;
	int r = d->backend->find(d->db, *names, &text);

	printf("%s\n", text ? text : "");
	return r;
}

static const struct {
	const char *name;
	int (*run)(struct dump *d, char **operands);
} verbs[] = {
	{ "closure", dump_closure }, { "requires", dump_requires }, { "weak", dump_weak }, { "owners", dump_owners },
	{ "files", dump_files },     { "scripts", dump_scripts },   { "find", dump_find },
};

int main(int argc, char **argv)
{
	struct dump d;
	int root_fd, r = -1;

	if (argc < 5) {
		fprintf(stderr,
			"usage: pkg-dump ROOT MANAGER find|closure|requires|weak|owners|files|scripts NAME...\n");
		return 2;
	}
	root_fd = rootfd_open(argv[1]);
	if (root_fd < 0)
		return 1;
	if (pkg_open(argv[1], root_fd, strcmp(argv[2], "auto") == 0 ? NULL : argv[2], NULL, &d.backend, &d.db) < 0)
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (strcmp(verbs[i].name, argv[3]) == 0)
			r = verbs[i].run(&d, argv + 4);
	d.backend->close(d.db);
	close(root_fd);
	return r < 0;
}
