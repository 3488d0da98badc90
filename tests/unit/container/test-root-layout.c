/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of the container's root: its rows have the form that its users rely on, and create, a start and --mount
 * treat each row consistently. */
#include "lib/tap.h"

#include "container/mount-spec.h"
#include "container/record.h"
#include "container/root-layout.h"
#include "virt/domain-xml.h"

static bool refuses_mount(const char *target)
{
	_cleanup_(freep) char *text = xasprintf("ram:%s=64M", target);
	_cleanup_(mount_done) struct mount m = { 0 };

	_cleanup_(freep) char *must = mount_parse(text, &m);

	return must != NULL;
}

TEST(rows)
{
	for (const struct root_entry *e = root_layout; e->path; e++) {
		CHECK(e->path[0] == '/' && e->path[1] != '\0');
		CHECK((e->mib > 0) == (e->kind == ROOT_RAM));
		CHECK(e->reason != NULL);
		if (e > root_layout)
			CHECK(strcmp(e[-1].path, e->path) < 0);
		if (root_is_writable(e))
			CHECK(root_is_created(e) && root_is_covered(e) && !strpbrk(e->path + 1, "/-"));
		if (root_is_covered(e)) /* otherwise a start would refuse the container that create made */
			CHECK(root_is_created(e) || e->kind == ROOT_PIVOT);
	}
}

TEST(users_agree)
{
	struct record record = { .name = (char *)"web1",
				 .uuid = (char *)"0a1b2c3d-4e5f-6789-abcd-ef0123456789",
				 .process_context = (char *)"" };
	_cleanup_(freep) char *xml = domain_xml(&record, NULL, NULL, 1024 * 1024);

	for (const struct root_entry *e = root_layout; e->path; e++) {
		_cleanup_(freep) char *target = xasprintf("<target dir=\"%s\"/>", e->path);
		_cleanup_(freep) char *below = xasprintf("%s/x", e->path);
		bool own = e->kind == ROOT_WRITABLE || e->kind == ROOT_EMPTY;

		/* libvirt gets all rows except those that it mounts anyway and those on which nothing is mounted. */
		CHECK_INT(strstr(xml, target) != NULL,
			  e->kind != ROOT_KERNEL && e->kind != ROOT_PIVOT && e->kind != ROOT_EMPTY);
		CHECK_INT(refuses_mount(e->path), !own);
		CHECK_INT(refuses_mount(below), !own && e->kind != ROOT_SYSTEM);
	}
}

TEST_MAIN
