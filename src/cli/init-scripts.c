/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* start-stop-daemon(8) and pidof(8) know a process by the file that it runs, and a container runs the host's files: an
 * id-mapped mount of /usr has the device and the inode numbers of /usr. So they find processes of containers, and a
 * script that uses them may say that its service is running already. */
#include "cli/init-scripts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/context.h"
#include "base/rootfd.h"
#include "base/util.h"

#define GENERATED "/run/systemd/generator.late" /* units for scripts: systemd-sysv-generator(8) */
#define SCRIPTS "/etc/init.d"
#define SCRIPT_SIZE (256 * 1024)

/* Appends the programs that processes of other pid namespaces run, as their own root has them. */
static void find_programs(int root_fd, struct strv *ret)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	_cleanup_(freep) char *own = NULL;
	_cleanup_(freep) char *self = xasprintf("%d/ns/pid", getpid());
	int fd = rootfd_openat(root_fd, "/proc", O_RDONLY | O_DIRECTORY, 0, WALK_ROOT);
	struct dirent *e;

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir || rootfd_readlink(fd, self, WALK_TREE, &own) < 0)
		return;
	while ((e = readdir(dir))) {
		_cleanup_(freep) char *ns_path = xasprintf("%s/ns/pid", e->d_name);
		_cleanup_(freep) char *exe_path = xasprintf("%s/exe", e->d_name);
		_cleanup_(freep) char *ns = NULL, *exe = NULL;

		if (e->d_name[0] < '0' || e->d_name[0] > '9' || rootfd_readlink(fd, ns_path, WALK_TREE, &ns) < 0 ||
		    strcmp(ns, own) == 0 || rootfd_readlink(fd, exe_path, WALK_TREE, &exe) < 0)
			continue;
		strv_add(ret, exe);
	}
	strv_sort_unique(ret);
}

/* Whether the text has the path, and not only as the beginning of another one. */
static bool names_program(const char *text, const char *path)
{
	size_t n = strlen(path);

	for (const char *p = text; (p = strstr(p, path)); p += n)
		if (!p[n] || strchr(" \t\n\"';|&)}", p[n]))
			return true;
	return false;
}

void init_scripts_misled(const struct context *context, struct strv *ret)
{
	_cleanup_(strv_done) struct strv programs = { 0 };
	_cleanup_(closedirp) DIR *dir = NULL;
	struct dirent *e;
	int fd = rootfd_openat(context->root_fd, GENERATED, O_RDONLY | O_DIRECTORY, 0, WALK_ROOT);

	dir = fd < 0 ? NULL : fdopendir(fd);
	while (dir && (e = readdir(dir))) {
		_cleanup_(freep) char *name = xstrdup(e->d_name), *path = NULL, *text = NULL;

		if (!has_suffix(name, ".service"))
			continue;
		name[strlen(name) - strlen(".service")] = '\0';
		path = xasprintf(SCRIPTS "/%s", name);
		if (rootfd_read(context->root_fd, path, WALK_ROOT, SCRIPT_SIZE, &text, NULL) < 0)
			continue;
		if (programs.n == 0)
			find_programs(context->root_fd, &programs);
		for (size_t i = 0; i < programs.n; i++)
			if (programs.v[i][0] == '/' && names_program(text, programs.v[i]))
				strv_addf(ret, "'%s' (%s)", name, programs.v[i]);
	}
	strv_sort_unique(ret);
}
