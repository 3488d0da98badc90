/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the root directory of a sandbox consists of. */
#include "lib/tap.h"

#include <sys/stat.h>

#include "sandbox/layout.h"

static enum place_kind kind_of(const struct layout *layout, const char *path)
{
	const struct place *place = layout_find(layout, path);

	CHECK(place && strcmp(place->path, path) == 0);
	return place ? place->kind : PLACE_KERNEL;
}

TEST(tops)
{
	_cleanup_(layout_done) struct layout layout = { 0 };

	CHECK(layout_add_top(&layout, "/usr", S_IFDIR, NULL));
	CHECK(layout_add_top(&layout, "/srv", S_IFDIR, NULL));
	CHECK(layout_add_top(&layout, "/bin", S_IFLNK, "usr/bin"));
	CHECK(layout_add_top(&layout, "/homes", S_IFDIR, NULL));
	CHECK(!layout_add_top(&layout, "/swapfile", S_IFREG, NULL));
	CHECK(!layout_add_top(&layout, "/fifo", S_IFIFO, NULL));
	CHECK(!layout_add_top(&layout, "/home", S_IFDIR, NULL));
	CHECK(!layout_add_top(&layout, "/root", S_IFDIR, NULL));
	CHECK(!layout_add_top(&layout, "/run", S_IFLNK, "var/run"));
	layout_add_own(&layout);
	CHECK_INT(kind_of(&layout, "/usr"), PLACE_SHARED);
	CHECK_INT(kind_of(&layout, "/bin"), PLACE_LINK);
	CHECK_INT(kind_of(&layout, "/home"), PLACE_OWN);
	CHECK_INT(kind_of(&layout, "/proc"), PLACE_KERNEL);
	for (size_t i = 1; i < layout.n; i++)
		CHECK(strcmp(layout.v[i - 1].path, layout.v[i].path) < 0);
}

TEST(mounts)
{
	_cleanup_(layout_done) struct layout layout = { 0 };

	layout_add_top(&layout, "/usr", S_IFDIR, NULL);
	layout_add_top(&layout, "/var", S_IFDIR, NULL);
	layout_add_own(&layout);
	layout_add_mounts(&layout, "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
				   "22 21 8:2 / /var rw shared:2 - ext4 /dev/sda2 rw\n"
				   "23 22 8:3 / /var/log rw shared:3 master:1 - ext4 /dev/sda3 rw\n"
				   "23 22 8:3 / /var/log rw - ext4 /dev/sda3 rw\n"
				   "24 22 8:4 / /var/a\\040b\\134c rw - xfs /dev/sda4 rw\n"
				   "25 22 0:5 / /var/lib/nfs/rpc_pipefs rw - rpc_pipefs sunrpc rw\n"
				   "26 22 0:6 / /var/tmp rw - tmpfs tmpfs rw\n"
				   "27 22 0:6 / /var/tmp/x rw - tmpfs tmpfs rw\n"
				   "28 22 0:7 / /home/alice rw - ext4 /dev/sda7 rw\n"
				   "29 22 0:8 / /usr/mine rw - fuse.sshfs alice@host: rw\n"
				   "30 22 0:9 / /proc/x rw - ext4 x rw\n"
				   "31 22 0:9 / /nowhere rw - ext4 x rw\n"
				   "32 22 0:9 / /usr/short rw -\n"
				   "33\n\n");
	CHECK_INT(kind_of(&layout, "/var/log"), PLACE_SHARED);
	CHECK_INT(kind_of(&layout, "/var/a b\\c"), PLACE_SHARED);
	CHECK_INT(kind_of(&layout, "/var/tmp"), PLACE_OWN);
	CHECK_INT(layout.n, 2 + 10 + 2);
}

TEST(mount_below)
{
	static const char mounts[] = "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
				     "22 21 8:2 / /home rw - ext4 /dev/sda2 rw\n"
				     "23 22 8:3 / /home/a\\040b/c rw - ext4 /dev/sda3 rw\n33\n\n";
	_cleanup_(freep) char *home = layout_mount_below("/home", mounts),
			      *in = layout_mount_below("/home/a b", mounts),
			      *itself = layout_mount_below("/home/a b/c", mounts),
			      *other = layout_mount_below("/home/a", mounts);

	CHECK_STR(home, "/home/a b/c");
	CHECK_STR(in, "/home/a b/c");
	CHECK(!itself);
	CHECK(!other);
}

TEST(find)
{
	_cleanup_(layout_done) struct layout layout = { 0 };

	layout_add_top(&layout, "/var", S_IFDIR, NULL);
	layout_add_own(&layout);
	CHECK_STR(layout_find(&layout, "/var/lib/x")->path, "/var");
	CHECK_STR(layout_find(&layout, "/var/tmp/x")->path, "/var/tmp");
	CHECK_STR(layout_find(&layout, "/var/tmpx")->path, "/var");
	CHECK(!layout_find(&layout, "/variable"));
	CHECK(!layout_find(&layout, "/"));
}

TEST_MAIN
