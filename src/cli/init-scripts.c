/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* start-stop-daemon(8) and pidof(8) know a process by the file that it runs, and a container runs the host's files: an
 * id-mapped mount of /usr has the device and the inode numbers of /usr. So they find processes of containers, and a
 * script that uses them may say that its service is running already. */
#include "cli/init-scripts.h"

#include <string.h>

#include "base/context.h"
#include "base/rootfd.h"
#include "base/util.h"

#define GENERATED "/run/systemd/generator.late" /* units for scripts: systemd-sysv-generator(8) */
#define SCRIPTS "/etc/init.d"
#define SCRIPT_SIZE (256 * 1024)

/* Appends the programs that processes of other pid namespaces run, as their own root has them. */
static void find_programs(int root_fd, struct strv *ret)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	_cleanup_(freep) char *own = NULL;

	if (rootfd_readlink(root_fd, "/proc/self/ns/pid", WALK_ROOT, &own) < 0 ||
	    rootfd_list(root_fd, "/proc", WALK_ROOT, &names) < 0)
		return;
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(freep) char *ns_path = xasprintf("/proc/%s/ns/pid", names.v[i]);
		_cleanup_(freep) char *exe_path = xasprintf("/proc/%s/exe", names.v[i]);
		_cleanup_(freep) char *ns = NULL, *exe = NULL;

		if (names.v[i][0] < '0' || names.v[i][0] > '9' ||
		    rootfd_readlink(root_fd, ns_path, WALK_ROOT, &ns) < 0 || strcmp(ns, own) == 0 ||
		    rootfd_readlink(root_fd, exe_path, WALK_ROOT, &exe) < 0)
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
	_cleanup_(strv_done) struct strv programs = { 0 }, units = { 0 };

	rootfd_list(context->root_fd, GENERATED, WALK_ROOT, &units);
	for (size_t i = 0; i < units.n; i++) {
		_cleanup_(freep) char *path = NULL, *text = NULL;
		char *name = units.v[i];

		if (!has_suffix(name, ".service"))
			continue;
		name[strlen(name) - strlen(".service")] = '\0';
		path = xasprintf(SCRIPTS "/%s", name);
		if (rootfd_read(context->root_fd, path, WALK_ROOT, SCRIPT_SIZE, &text, NULL) < 0)
			continue;
		if (programs.n == 0)
			find_programs(context->root_fd, &programs);
		for (size_t k = 0; k < programs.n; k++)
			if (programs.v[k][0] == '/' && names_program(text, programs.v[k]))
				strv_addf(ret, "'%s' (%s)", name, programs.v[k]);
	}
	strv_sort_unique(ret);
}
