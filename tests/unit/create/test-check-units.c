/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which units cannot work in a container, by their settings. */
#include "lib/tap.h"

#include <errno.h>
#include <linux/capability.h>
#include <unistd.h>

#include "base/log.h"
#include "base/rootfd.h"
#include "container/create-spec.h"
#include "contents/gathered.h"
#include "create/check-units.h"
#include "unit/unit-name.h"

static const struct {
	const char *name, *text; /* of the unit */
	bool works;
} cases[] = {
	{ "a.service", "[Service]\nExecStart=/usr/bin/x", true },
	{ "systemd-udevd.service", "[Service]\nExecStart=/usr/bin/x", false },
	{ "a.service", "[Service]\nExecStart=/sbin/modprobe x", false },
	{ "a.service", "[Service]\nExecStartPre=-/sbin/modprobe x", true },
	{ "a.service", "[Service]\nExecStopPost=/sbin/modprobe -r x", true },
	{ "a.service", "[Service]\nExecStart=/usr/bin/x /sbin/modprobe", true },
	{ "a.socket", "[Socket]\nExecStartPre=swapon -a", false },
	{ "a.service", "[Unit]\nConditionVirtualization=!container", false },
	{ "a.service", "[Unit]\nConditionVirtualization=no", false },
	{ "a.service", "[Unit]\nConditionVirtualization=vm", false },
	{ "a.service", "[Unit]\nAssertVirtualization=yes", true },
	{ "a.service", "[Unit]\nConditionVirtualization=!container\nConditionVirtualization=", true },
	{ "a.service", "[Unit]\nConditionVirtualization=|!container", true },
	{ "a.service", "[Unit]\nConditionCapability=CAP_SYS_TIME", false },
	{ "a.service", "[Unit]\nAssertCapability=CAP_SYS_TIME", false },
	{ "a.service", "[Unit]\nConditionCapability=!CAP_SYS_TIME", true },
	{ "a.service", "[Service]\nAmbientCapabilities=CAP_NET_BIND_SERVICE CAP_SYS_RAWIO", false },
	{ "a.service", "[Service]\nCapabilityBoundingSet=CAP_SYSLOG", true },
	{ "a.service", "[Unit]\nRequires=dev-sda1.device", false },
	{ "a.service", "[Unit]\nWants=dev-sda1.device", true },
	{ "a.service", "[Unit]\nRequires=proc-fs-nfsd.mount", false },
	{ "a.service", "[Unit]\nRequires=tmp.mount -.mount", true },
	{ "a.service", "[Service]\nDeviceAllow=char-rtc r", true },
	{ "a.service", "[Service]\nDeviceAllow=block-loop rwm", true },
	{ "a.service", "[Service]\nDeviceAllow=/dev/null rw\nDeviceAllow=/dev/pts rw\nDeviceAllow=char-pts rw", true },
	{ "a.service", "[Service]\nDeviceAllow=/dev/nosuchdevice rw", true },
	{ "a.service", "[Unit]\nConditionPathExists=/dev/nosuchdevice", true },
	{ "a.service", "[Service]\nRootImage=/var/lib/x.raw", false },
	{ "a.service", "[Service]\nStandardInput=tty", false },
	{ "a.service", "[Service]\nStandardInput=null", true },
	{ "a.service", "[Service]\nDelegate=yes", true },
	{ "a.service", "[Service]\nDelegate=cpu memory", true },
	{ "a.service", "[Service]\nDelegate=no", true },
	{ "a.target", "[Unit]\nRequires=dev-sda1.device", false },
};

/* 'file_caps' is what the files of its programs have. */
static int check(const char *name, const char *text, struct create_spec spec, uint64_t file_caps)
{
	_cleanup_(closep) int root = rootfd_open("/");
	struct context context = { .root_fd = root };
	struct unit unit = { .id = xstrdup(name), .file_caps = file_caps };
	struct gathered g = { .units = &unit, .n_units = 1 };
	int r;

	spec.context = &context;
	CHECK(unit_type_runs(unit.id, &unit.section));
	CHECK_INT(ini_parse(text, strlen(text), &unit.ini, NULL), 0);
	r = check_units(&spec, &g);
	unit_done(&unit);
	return r;
}

TEST(units)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int r = check(cases[i].name, cases[i].text, (struct create_spec){ 0 }, 0);

		if (r != (cases[i].works ? 0 : -EOPNOTSUPP))
			printf("# %s: %s\n", cases[i].name, cases[i].text);
		CHECK_INT(r, cases[i].works ? 0 : -EOPNOTSUPP);
	}
}

TEST(force)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK_INT(check(cases[i].name, cases[i].text, (struct create_spec){ .force = true }, 0), 0);
}

/* Only a container with ids of its own has a user namespace. */
TEST(user_namespace)
{
	static const char yes[] = "[Unit]\nAssertVirtualization=private-users";
	static const char no[] = "[Unit]\nConditionVirtualization=!private-users";
	const struct create_spec own = { .private_users = true }, shared = { 0 };

	CHECK_INT(check("a.service", yes, own, 0), 0);
	CHECK_INT(check("a.service", yes, shared, 0), -EOPNOTSUPP);
	CHECK_INT(check("a.service", no, own, 0), -EOPNOTSUPP);
	CHECK_INT(check("a.service", no, shared, 0), 0);
}

TEST(files_have_capabilities)
{
	static const char text[] = "[Service]\nExecStart=/usr/bin/x";

	CHECK_INT(check("a.service", text, (struct create_spec){ 0 }, UINT64_C(1) << CAP_NET_RAW), 0);
	CHECK_INT(check("a.service", text, (struct create_spec){ 0 }, UINT64_C(1) << CAP_SYS_TIME), -EOPNOTSUPP);
	CHECK_INT(check("a.service", text, (struct create_spec){ 0 }, UINT64_C(1) << CAP_BPF), -EOPNOTSUPP);
}

TEST_MAIN
