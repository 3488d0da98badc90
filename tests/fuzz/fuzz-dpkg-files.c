/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dpkg's data about a package's files: its list, the diversions, and a path to search for. Every path that is read from
 * the list has the package as an owner. */
#include "fuzz.h"

#include "package/dpkg-files.h"
#include "base/path.h"
#include "package/pkg.h"

#define LIST "/var/lib/dpkg/info/p.list"
#define DIVERSIONS "/var/lib/dpkg/diversions"
#define STATUS "Package: p\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n"

static void take(void *arg, const char *path)
{
	CHECK(path_is_normal(path) && (pkg_path_matters(path) || pkg_path_is_program(path)));
	strv_add(arg, path);
}

static void check_owner(struct dpkg_files *lists, struct dpkg_status *status, const char *path)
{
	_cleanup_(pkg_picks_done) struct pkg_picks owners = { 0 };

	CHECK(dpkg_files_owners(lists, status, path, &owners) == 0);
	CHECK(owners.n > 0 && owners.v[0] == 0);
}

static void check(struct dpkg_files *lists, struct dpkg_status *status, const char *path)
{
	_cleanup_(strv_done) struct strv paths = { 0 };
	_cleanup_(pkg_picks_done) struct pkg_picks owners = { 0 };

	CHECK(dpkg_files_each(lists, status, 0, take, &paths) == 0);
	for (size_t i = 0; i < paths.n && i < 64; i++)
		check_owner(lists, status, paths.v[i]);
	CHECK(dpkg_files_owners(lists, status, path, &owners) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	size_t list_size, diversions_size;
	_cleanup_(freep) char *list = fuzz_part(&input, &list_size), *diversions = fuzz_part(&input, &diversions_size);
	_cleanup_(freep) char *path = fuzz_line(&input);
	_cleanup_(dpkg_status_done) struct dpkg_status status = { 0 };
	_cleanup_(dpkg_files_done) struct dpkg_files lists = { .info_fd = -1 };

	dpkg_status_parse(xstrdup(STATUS), strlen(STATUS), &status);
	CHECK(status.n == 1);
	fuzz_write(LIST, list, list_size);
	fuzz_write(DIVERSIONS, diversions, diversions_size);
	CHECK(dpkg_files_open(fuzz_root(), &lists) == 0);
	check(&lists, &status, path);
	return 0;
}
