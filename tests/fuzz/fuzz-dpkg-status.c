/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dpkg's status file: each package is found by its id, and what it requires is installed. */
#include "fuzz.h"

#include "package/dpkg-status.h"

#define PACKAGES_MAX 200 /* looked at closer */

static void check_needs(struct dpkg_status *status, const struct dpkg_package *package, enum dpkg_field field)
{
	struct dpkg_text rest = package->field[field], group;

	while (dpkg_text_cut(&rest, ',', &group)) {
		_cleanup_(pkg_picks_done) struct pkg_picks picks = { 0 };

		dpkg_status_satisfy(status, package, group, &picks);
		for (size_t i = 0; i < picks.n; i++)
			CHECK(picks.v[i] < status->n);
	}
}

/* Of two paragraphs for one package and architecture, which dpkg never writes, either may be found. */
static void check_package(struct dpkg_status *status, const struct dpkg_package *package)
{
	_cleanup_(freep) char *id = dpkg_status_id(package), *again = NULL;
	const struct dpkg_package *found = dpkg_status_find(status, id);

	CHECK(*id && *id != '.' && !strchr(id, '/') && fuzz_is_plain(id, ""));
	CHECK(found);
	again = dpkg_status_id(found);
	CHECK_SAME(again, id);
	check_needs(status, package, DPKG_DEPENDS);
	check_needs(status, package, DPKG_PRE_DEPENDS);
	check_needs(status, package, DPKG_RECOMMENDS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(dpkg_status_done) struct dpkg_status status = { 0 };
	struct fuzz_input input = FUZZ_INPUT(data, size);
	size_t len;
	char *text = fuzz_part(&input, &len);

	dpkg_status_parse(text, len, &status);
	for (size_t i = 0; i < status.n && i < PACKAGES_MAX; i++)
		check_package(&status, &status.v[i]);
	return 0;
}
