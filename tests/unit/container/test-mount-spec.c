/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The option --mount as data. */
#include "lib/tap.h"

#include "base/path.h"
#include "container/mount-spec.h"

static const struct {
	const char *text;
	const char *result; /* 'TARGET SOURCE rw SIZE'; NULL: refused */
	const char *must;   /* in the refusal */
} cases[] = {
	{ "host-bind:/srv=/data", "/srv /data rw 0", NULL },
	{ "host-bind:/srv=/data:ro", "/srv /data ro 0", NULL },
	{ "host-bind:/var/www=/srv/a=b c", "/var/www /srv/a=b c rw 0", NULL },
	{ "host-bind:/data=/home/x/y", "/data /home/x/y rw 0", NULL },
	{ "host-bind:/users=/usrlocal", "/users /usrlocal rw 0", NULL },
	{ "host-bind:/srv=/d\xc3\xa4ten", "/srv /d\xc3\xa4ten rw 0", NULL },
	{ "host-bind:/srv/=/data//", "/srv /data rw 0", NULL },
	{ "host-bind:/srv=/data/:ro", "/srv /data ro 0", NULL },
	{ "ram:/var/cache/x=64M", "/var/cache/x - rw 67108864", NULL },
	{ "ram:/home=1G", "/home - rw 1073741824", NULL },
	{ "", NULL, "like 'host-bind:" },
	{ "/srv=/data", NULL, "like 'host-bind:" },
	{ "bind:/srv=/data", NULL, "like 'host-bind:" },
	{ "host-bind:/srv", NULL, "like 'host-bind:" },
	{ "host-bind:=/data", NULL, "target is an absolute path" },
	{ "host-bind:srv=/data", NULL, "target is an absolute path" },
	{ "host-bind:/=/data", NULL, "target is an absolute path" },
	{ "host-bind:/srv//x/=/data", NULL, "target is an absolute path" },
	{ "host-bind:/srv/../etc=/data", NULL, "target is an absolute path" },
	{ "host-bind:/srv//x=/data", NULL, "target is an absolute path" },
	{ "host-bind:/srv/a\nb=/data", NULL, "target is an absolute path" },
	{ "host-bind:/srv=", NULL, "source is an absolute path" },
	{ "host-bind:/srv=:ro", NULL, "source is an absolute path" },
	{ "host-bind:/srv=data", NULL, "source is an absolute path" },
	{ "host-bind:/srv=/data/..", NULL, "source is an absolute path" },
	{ "host-bind:/srv=/", NULL, "source is an absolute path" },
	{ "host-bind:/srv=//", NULL, "source is an absolute path" },
	{ "host-bind:/srv=/data\x1b", NULL, "source is an absolute path" },
	{ "host-bind:/srv=/data\xc2\x9b", NULL, "source is an absolute path" },
	{ "host-bind:/srv=/data\xff", NULL, "in UTF-8" },
	{ "host-bind:/srv=/data ", NULL, "no trailing space" },
	{ "host-bind:/srv=/data :ro", NULL, "no trailing space" },
	{ "host-bind:/srv =/data", NULL, "no trailing space" },
	{ "host-bind:/srv=/data\\", NULL, "source is an absolute path" },
	{ "host-bind:/usr=/data", NULL, "not part of the container's system" },
	{ "host-bind:/usr/lib/x=/data", NULL, "not part of the container's system" },
	{ "host-bind:/bin=/data", NULL, "not part of the container's system" },
	{ "host-bind:/etc=/data", NULL, "not part of the container's system" },
	{ "host-bind:/var=/data", NULL, "not part of the container's system" },
	{ "host-bind:/var/run/x=/data", NULL, "not part of the container's system" },
	{ "host-bind:/proc/x=/data", NULL, "not part of the container's system" },
	{ "host-bind:/sys=/data", NULL, "not part of the container's system" },
	{ "host-bind:/dev/shm=/data", NULL, "not part of the container's system" },
	{ "ram:/run/x=64M", NULL, "not part of the container's system" },
	{ "ram:/tmp=64M", NULL, "not part of the container's system" },
	{ "host-bind:/srv=/etc", NULL, "no part of the host's system" },
	{ "host-bind:/srv=/var", NULL, "no part of the host's system" },
	{ "host-bind:/srv=/var/lib/libvirt", NULL, "no part of the host's system" },
	{ "host-bind:/srv=/var/lib/libvirt/filesystems/web2", NULL, "no part of the host's system" },
	{ "host-bind:/srv=/var/lib/virt-sandbox-service", NULL, "no part of the host's system" },
	{ "host-bind:/srv=/proc/1", NULL, "no part of the host's system" },
	{ "host-bind:/srv=/dev", NULL, "no part of the host's system" },
	{ "host-image:/srv=/data/disk.img", "/srv /data/disk.img rw 0", NULL },
	{ "host-image:/srv=/data/disk.img:ro", "/srv /data/disk.img ro 0", NULL },
	{ "host-image:/srv=disk.img", NULL, "source is an absolute path" },
	{ "host-image:/srv=/var/lib/libvirt/filesystems/web/srv/disk.img", NULL, "no container's files" },
	{ "host-image:/etc=/data/disk.img", NULL, "not part of the container's system" },
	{ "guest-bind:/srv/www=/var/www", "/srv/www /var/www rw 0", NULL },
	{ "guest-bind:/srv/www/=/var/www/:ro", "/srv/www /var/www ro 0", NULL },
	{ "guest-bind:/srv=srv", NULL, "source is an absolute path" },
	{ "guest-bind:/srv=/usr/share/doc", NULL, "that the container has for itself" },
	{ "guest-bind:/srv=/data", NULL, "that the container has for itself" },
	{ "guest-bind:/srv=/tmp/x", NULL, "that the container has for itself" },
	{ "guest-bind:/srv=/var", NULL, "that the container has for itself" },
	{ "guest-bind:/srv=/var/run/x", NULL, "that the container has for itself" },
	{ "guest-bind:/srv/a=/srv", NULL, "not one in the other" },
	{ "guest-bind:/srv=/srv/a", NULL, "not one in the other" },
	{ "guest-bind:/srv/a=/srv/a", NULL, "not one in the other" },
	{ "ram:/srv=", NULL, "in memory of at least" },
	{ "ram:/srv=0", NULL, "in memory of at least" },
	{ "ram:/srv=63K", NULL, "in memory of at least" },
	{ "ram:/srv=64M:ro", NULL, "in memory of at least" },
	{ "ram:/srv=99999999T", NULL, "in memory of at least" },
};

TEST(cases)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(mount_done) struct mount m = { 0 };
		_cleanup_(freep) char *must = mount_parse(cases[i].text, &m);
		_cleanup_(freep) char *result = must ? NULL
						     : xasprintf("%s %s %s %llu", m.target, m.source ? m.source : "-",
								 m.readonly ? "ro" : "rw", (unsigned long long)m.size);

		if (cases[i].result)
			CHECK_STR(result, cases[i].result);
		else
			CHECK(must && strstr(must, cases[i].must));
		if (!cases[i].result && (!must || !strstr(must, cases[i].must)))
			printf("# '%s': %s\n", cases[i].text, must ? must : "accepted");
	}
}

TEST(one_form)
{
	static const char *const forms[][2] = {
		{ "host-bind:/srv/=/data//", "host-bind:/srv=/data" },
		{ "host-bind:/srv=/data/:ro", "host-bind:/srv=/data:ro" },
		{ "host-image:/srv=/data/disk.img:ro", "host-image:/srv=/data/disk.img:ro" },
		{ "guest-bind:/srv=/var/www/", "guest-bind:/srv=/var/www" },
		{ "ram:/srv=1024M", "ram:/srv=1G" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		_cleanup_(mount_done) struct mount m = { 0 };
		_cleanup_(freep) char *must = mount_parse(forms[i][0], &m);
		_cleanup_(freep) char *text = must ? NULL : mount_format(&m);

		CHECK_STR(text, forms[i][1]);
	}
}

TEST(overlaps)
{
	struct mount v[] = { { .kind = MOUNT_RAM, .target = (char *)"/srv/a" },
			     { .kind = MOUNT_RAM, .target = (char *)"/var/x" } };
	const struct mounts mounts = { v, 2 };
	static const struct {
		const char *target;
		bool overlaps;
	} others[] = {
		{ "/srv/a", true }, { "/srv/a/b", true }, { "/srv", true }, { "/srv/ab", false }, { "/var/y", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		const struct mount m = { .kind = MOUNT_RAM, .target = (char *)others[i].target };

		CHECK_INT(mount_overlaps(&m, &mounts, 2), others[i].overlaps);
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		const struct mount m = { .kind = MOUNT_GUEST,
					 .target = (char *)"/opt",
					 .source = (char *)others[i].target };
		struct mount shown[] = { m };

		/* Of what is shown from the container, only what another mount hides. */
		CHECK_INT(mount_overlaps(&m, &mounts, 2), path_within(others[i].target, "/srv/a"));
		CHECK_INT(mount_overlaps(&v[0], &(struct mounts){ shown, 1 }, 1),
			  path_within(others[i].target, "/srv/a"));
	}
	CHECK(!mount_overlaps(&v[1], &mounts, 1));
}

TEST(find)
{
	struct mount v[] = { { .kind = MOUNT_RAM, .target = (char *)"/srv/a" },
			     { .kind = MOUNT_RAM, .target = (char *)"/var/x" } };
	const struct mounts mounts = { v, 2 };

	CHECK(mounts_find(&mounts, "/srv/a") == &v[0] && mounts_find(&mounts, "/var/x/y") == &v[1]);
	CHECK(!mounts_find(&mounts, "/srv") && !mounts_find(&mounts, "/srv/ab"));
}

TEST_MAIN
