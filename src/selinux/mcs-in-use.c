/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Levels that virtual machines and other programs' containers have. They are found without libvirt, so that 'create'
 * does not have to wait for it: a process has its level as an attribute, and a domain that is not running has it in its
 * file. */
#include "selinux/mcs-in-use.h"

#include <string.h>

#include "base/rootfd.h"
#include "selinux/selinux.h"

#define FILE_MAX (1024 * 1024) /* bytes of a domain's file that are read */
#define CONTEXT_MAX 4096

static void add(struct mcs_in_use *f, const char *context, const char *what, const char *name)
{
	const char *level = context;
	_cleanup_(freep) char *message = NULL;
	struct mcs_user foreign;

	for (int i = 0; i < 3 && level; i++) {
		level = strchr(level, ':');
		level = level ? level + 1 : NULL;
	}
	if (!level || mcs_parse(level, &foreign.level, &message) < 0)
		return; /* it has no categories, or is a range of levels */
	foreign.user = xasprintf("%s%s", what, name);
	grow(f->v, f->n);
	f->v[f->n++] = foreign;
}

static void read_processes(int root_fd, struct mcs_in_use *f)
{
	_cleanup_(strv_done) struct strv names = { 0 };

	if (rootfd_list(root_fd, "/proc", WALK_ROOT, &names) < 0)
		return;
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(freep) char *path = xasprintf("/proc/%s/attr/current", names.v[i]);
		_cleanup_(freep) char *context = NULL;

		if (names.v[i][0] >= '1' && names.v[i][0] <= '9' &&
		    rootfd_read(root_fd, path, WALK_ROOT, CONTEXT_MAX, &context, NULL) == 0)
			add(f, context, "process ", names.v[i]);
	}
}

/* '<label>…</label>', as libvirt writes it. */
static void read_labels(const char *text, const char *path, struct mcs_in_use *f)
{
	static const char tag[] = "<label>";
	_cleanup_(freep) char *quoted = xasprintf("'%s'", path);

	for (const char *at = strstr(text, tag); at; at = strstr(at, tag)) {
		_cleanup_(freep) char *context = NULL;

		at += strlen(tag);
		context = xstrndup(at, strcspn(at, "<"));
		add(f, context, "domain ", quoted);
	}
}

static void read_domains(int root_fd, const char *dir, struct mcs_in_use *f)
{
	_cleanup_(strv_done) struct strv names = { 0 };

	if (rootfd_list(root_fd, dir, WALK_ROOT, &names) < 0)
		return;
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(freep) char *path = xasprintf("%s/%s", dir, names.v[i]);
		_cleanup_(freep) char *text = NULL;

		if (has_suffix(names.v[i], ".xml") && rootfd_read(root_fd, path, WALK_ROOT, FILE_MAX, &text, NULL) == 0)
			read_labels(text, path, f);
	}
}

void mcs_in_use_read(int root_fd, struct mcs_in_use *ret)
{
	static const char *const dirs[] = { "/etc/libvirt/lxc", "/etc/libvirt/qemu" };
	struct mcs_in_use f = { 0 };

	if (selinux_on())
		read_processes(root_fd, &f);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		read_domains(root_fd, dirs[i], &f);
	*ret = f;
}

void mcs_in_use_done(struct mcs_in_use *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->v[i].user);
	free(f->v);
}

const struct mcs_user *mcs_in_use_find(const struct mcs_in_use *f, const struct mcs_level *level)
{
	for (size_t i = 0; i < f->n; i++)
		if (mcs_dominates(&f->v[i].level, level) && mcs_dominates(level, &f->v[i].level))
			return &f->v[i];
	return NULL;
}
