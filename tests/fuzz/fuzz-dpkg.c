/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All of dpkg's data: the status, and for package 'p' its list, the diversions and a script. Every package that another
 * one needs is installed, and every file of one that is listed has it as an owner. */
#include "fuzz.h"

#include "base/path.h"
#include "package/pkg.h"

#define DPKG "/var/lib/dpkg/"
#define PACKAGES_MAX 16

static const char *const files[] = { DPKG "status", DPKG "info/p.list", DPKG "diversions", DPKG "info/p.postinst" };

static void check_files(struct pkg_db *db, const char *id)
{
	_cleanup_(pkg_files_done) struct pkg_files list = { 0 };

	if (pkg_dpkg.files(db, id, &list) < 0)
		return;
	for (size_t i = 0; i < list.n && i < 64; i++) {
		_cleanup_(strv_done) struct strv owners = { 0 };

		CHECK(path_is_normal(list.v[i].path) && pkg_path_matters(list.v[i].path));
		CHECK(pkg_dpkg.owners(db, list.v[i].path, &owners) == 0 && strv_has(&owners, id));
	}
}

static void check_package(struct pkg_db *db, const char *id)
{
	_cleanup_(freep) char *again = NULL, *scripts = NULL;
	_cleanup_(strv_done) struct strv needed = { 0 };

	CHECK(pkg_dpkg.find(db, id, &again) == 0);
	CHECK_SAME(again, id);
	CHECK(pkg_dpkg.scripts(db, id, &scripts) == 0);
	CHECK(pkg_dpkg.requires(db, id, true, &needed) == 0);
	check_files(db, id);
}

static void check(struct pkg_db *db)
{
	_cleanup_(strv_done) struct strv ids = { 0 };
	char *id;

	if (pkg_dpkg.find(db, "p", &id) < 0)
		return;
	strv_take(&ids, id);
	CHECK(pkg_closure(&pkg_dpkg, db, &ids) == 0 && ids.n > 0);
	for (size_t i = 0; i < ids.n && i < PACKAGES_MAX; i++)
		check_package(db, ids.v[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	struct pkg_db *db;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		size_t n;
		_cleanup_(freep) char *text = fuzz_part(&input, &n);

		fuzz_write(files[i], text, n);
	}
	if (pkg_dpkg.open("/", fuzz_root(), &db) < 0)
		return 0;
	check(db);
	pkg_dpkg.close(db);
	return 0;
}
