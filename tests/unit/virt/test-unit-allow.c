/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of what a container may use, with a package database made up here in place of the real ones. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/unit-unfit.h"
#include "virt/unit-allow.h"
#include "base/log.h"
#include "base/rm-rf.h"
#include "package/pkg.h"
#include "base/rootfd.h"

static int opened;

void pkg_files_done(struct pkg_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		free(files->v[i].path);
	free(files->v);
}

static void fake_close(struct pkg_db *db)
{
	(void)db;
}

static int fake_find(struct pkg_db *db, const char *name, char **ret)
{
	(void)db;
	if (strcmp(name, "gone") == 0)
		return -ENOENT;
	*ret = xstrdup(name);
	return 0;
}

static int fake_files(struct pkg_db *db, const char *package, struct pkg_files *ret)
{
	static const char *const paths[] = {
		"/usr/lib/systemd/system/web.service",
		"/usr/lib/systemd/system/getty@.service",
		"/usr/lib/tmpfiles.d/web.conf",
		"/usr/lib/systemd/system/x.target.wants/web.service",
		"/etc/web.conf",
		"/usr/lib/systemd/system-generators/web-generator",
	};

	(void)db, (void)package;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		grow(ret->v, ret->n);
		ret->v[ret->n++] = (struct pkg_file){ .path = xstrdup(paths[i]) };
	}
	return 0;
}

static const struct pkg_backend fake = { .close = fake_close, .find = fake_find, .files = fake_files };

int pkg_open(const char *root, int root_fd, const char *manager, const char *path,
	     const struct pkg_backend **ret_backend, struct pkg_db **ret_db)
{
	(void)root, (void)root_fd, (void)manager, (void)path;
	opened++;
	*ret_backend = &fake;
	*ret_db = NULL;
	return 0;
}

static char root[64];
static char *packages[] = { (char *)"gone", (char *)"web", NULL }, *units[] = { (char *)"own@web1.service", NULL };

static int add_alias(const struct context *context, const char *name)
{
	_cleanup_(closep) int dir = rootfd_openat(context->root_fd, "/usr/lib/systemd/system", 0, 0, WALK_ROOT);

	return symlinkat("web.service", dir, name);
}

static struct context make_root(void)
{
	struct context context = { .root = root };

	strcpy(root, "/tmp/test-allow.XXXXXX");
	CHECK(mkdtemp(root) != NULL);
	context.root_fd = rootfd_open(root);
	CHECK_INT(rootfd_mkdir_p(context.root_fd, "/usr/lib/systemd/system"), 0);
	CHECK_INT(rootfd_mkdir_p(context.root_fd, "/run"), 0);
	CHECK_INT(add_alias(&context, "alias.service"), 0);
	return context;
}

static void remove_root(struct context *context)
{
	close(context->root_fd);
	CHECK_INT(rm_rf(AT_FDCWD, root), 0);
}

static char *list(const struct context *context)
{
	struct record record = {
		.name = (char *)"web1",
		.uuid = (char *)"0a1b2c3d-4e5f-6789-abcd-ef0123456789",
		.package_manager = (char *)"rpm",
		.packages = { packages, 2 },
		.units = { units, 1 },
	};
	char *text = NULL;

	CHECK_INT(unit_allow_write(context, &record, "/run/allow"), 0);
	CHECK_INT(rootfd_read(context->root_fd, "/run/allow", WALK_ROOT, 65536, &text, NULL), 0);
	return text ? text : xstrdup("");
}

TEST(the_list)
{
	struct context context = make_root();
	_cleanup_(freep) char *text = list(&context);

	CHECK(strstr(text, "\n/usr/lib/systemd/system/web.service\n"));
	CHECK(strstr(text, "\n/usr/lib/systemd/system/alias.service\n"));
	CHECK(strstr(text, "\n/usr/lib/systemd/system/own@web1.service\n"));
	CHECK(strstr(text, "\n/usr/lib/systemd/system/own@.service\n"));
	CHECK(strstr(text, "\n/usr/lib/systemd/system-generators/web-generator\n"));
	CHECK(strstr(text, "\n/usr/lib/tmpfiles.d/web.conf\n"));
	CHECK(!strstr(text, "getty@"));
	CHECK(!strstr(text, "wants"));
	CHECK(!strstr(text, "/etc/"));
	remove_root(&context);
}

TEST(asked_again_only_when_something_changed)
{
	struct context context = make_root();
	_cleanup_(freep) char *first = list(&context), *second = NULL, *third = NULL;

	opened = 0;
	second = list(&context);
	CHECK_INT(opened, 0);
	CHECK_STR(second, first);
	CHECK_INT(add_alias(&context, "new.service"), 0);
	third = list(&context);
	CHECK_INT(opened, 1);
	CHECK(strstr(third, "\n/usr/lib/systemd/system/new.service\n"));
	remove_root(&context);
}

TEST(asked_again_when_the_container_has_other_units_or_packages)
{
	struct context context = make_root();
	_cleanup_(freep) char *first = list(&context), *second = NULL, *third = NULL;

	CHECK(strstr(first, "/web.service\n"));
	opened = 0;
	units[0] = (char *)"other.service";
	second = list(&context);
	CHECK_INT(opened, 1);
	CHECK(strstr(second, "\n/usr/lib/systemd/system/other.service\n"));
	CHECK(!strstr(second, "/own@"));
	packages[1] = (char *)"gone";
	third = list(&context);
	CHECK_INT(opened, 2);
	CHECK(!strstr(third, "/web.service"));
	units[0] = (char *)"own@web1.service";
	packages[1] = (char *)"web";
	remove_root(&context);
}

TEST(unfit)
{
	CHECK(unit_unfit("systemd-firstboot.service"));
	CHECK(unit_unfit("container-getty@.service"));
	CHECK(!unit_unfit("systemd-tmpfiles-setup.service"));
	CHECK(!unit_unfit("systemd-journald.service"));
	CHECK(!unit_unfit("dbus.service"));
}

int main(void)
{
	log_set_level(LOG_LEVEL_ERROR);
	return test_run_all();
}
