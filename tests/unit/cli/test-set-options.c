/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the options of set make of a record. */
#include "lib/tap.h"

#include <getopt.h>

#include "cli/cmds.h"
#include "cli/set-options.h"
#include "container/record-text.h"

#define HEAD "[Container]\nFormat=1\nState=ready\nName=c\nUUID=0a1b2c3d-4e5f-6789-abcd-ef0123456789\nPath=/srv/c\n"

static const char before[] = HEAD "Hostname=h\nDescription=d\nPackageManager=dpkg\nUnits=a.service\nHostAccess=yes\n"
				  "[Rights]\nCapabilities=CAP_NET_RAW\nDevice=/dev/fuse\n"
				  "[Limits]\nMemory=512M\nTasks=100\n"
				  "[Ports]\nPublish=8080:80\nPublish=192.0.2.1:8443:443\n"
				  "[Mounts]\nMount=host-bind:/srv=/data/web:ro\nMount=ram:/var/cache/x=64M\n"
				  "[Network 1]\nNetwork=sandbox\nMAC=52:54:00:1f:00:05\nAddress=172.31.0.5/16\n"
				  "Gateway=172.31.0.1\n"
				  "[Network 2]\nBridge=br0\nMAC=52:54:00:12:34:57\nDHCP=yes\n";

static struct record parse(const char *text)
{
	char *message = NULL;
	struct record record = { 0 };

	CHECK_INT(record_parse("c", text, strlen(text), &record, &message), 0);
	return record;
}

/* The lines of the record's sections from 'first' on, after the options. Caller frees. */
static char *changed(const char *const *options, const char *first)
{
	_cleanup_(record_done) struct record record = parse(before);
	struct set_options o = { 0 };
	char *argv[16] = { (char *)"set" };
	char *text, *at;
	int argc = 1;

	while (*options)
		argv[argc++] = (char *)*options++;
	argv[argc++] = (char *)"c";
	optind = 0;
	CHECK_INT(set_options_parse(&cmd_set, argc, argv, &o), 0);
	set_options_change(&o, &record);
	set_options_done(&o);
	text = record_format(&record);
	at = strstr(text, first);
	at = xstrdup(at ? at : "");
	free(text);
	return at;
}

#define CHANGED(first, ...) changed((const char *const[]){ __VA_ARGS__, NULL }, first)

TEST(a_network_that_is_kept_keeps_its_address)
{
	_cleanup_(freep) char *same = CHANGED("[Network 1]", "--network=sandbox,neighbours=yes");
	_cleanup_(freep) char *other = CHANGED("[Network 1]", "--network=sandbox,address=172.31.0.6/16");
	_cleanup_(freep) char *third = CHANGED("[Network 3]", "--network=macvlan=eth1,dhcp");
	_cleanup_(freep) char *none = CHANGED("[Network 1]", "--network=none");

	CHECK_STR(same, "[Network 1]\nNetwork=sandbox\nAddress=172.31.0.5/16\nNeighbours=yes\n\n"
			"[Network 2]\nBridge=br0\nMAC=52:54:00:12:34:57\nDHCP=yes\n");
	CHECK_STR(other, "[Network 1]\nNetwork=sandbox\nAddress=172.31.0.6/16\n\n"
			 "[Network 2]\nBridge=br0\nMAC=52:54:00:12:34:57\nDHCP=yes\n");
	CHECK_STR(third, "[Network 3]\nDevice=eth1\nDHCP=yes\n");
	CHECK_STR(none, "");
}

TEST(a_network_can_be_left)
{
	_cleanup_(freep) char *ours = CHANGED("[Network 1]", "--remove-network=sandbox");
	_cleanup_(freep) char *bridge = CHANGED("[Network 2]", "--remove-network=bridge=br0");
	_cleanup_(freep) char *wrong = CHANGED("[Network 2]", "--remove-network=br0");

	CHECK_STR(ours, "[Network 1]\nBridge=br0\nMAC=52:54:00:12:34:57\nDHCP=yes\n");
	CHECK_STR(bridge, "");
	CHECK_STR(wrong, "[Network 2]\nBridge=br0\nMAC=52:54:00:12:34:57\nDHCP=yes\n");
}

TEST(the_same_port_or_directory_is_replaced)
{
	_cleanup_(freep) char *text =
		CHANGED("[Ports]", "--publish=8080:8080", "--publish=9090:90", "--remove-port=192.0.2.1:8443",
			"--mount=ram:/srv=4M", "--remove-mount=/var/cache/x", "--network=none");

	CHECK_STR(text, "[Ports]\nPublish=8080:8080\nPublish=9090:90\n\n[Mounts]\nMount=ram:/srv=4M\n");
}

TEST(rights_come_and_go)
{
	_cleanup_(freep) char *text =
		CHANGED("[Rights]", "--capability=CAP_NET_ADMIN", "--remove-capability=CAP_NET_RAW",
			"--system-calls=numa,keyring", "--remove-device=/dev/fuse");

	CHECK(strstr(text, "[Rights]\nCapabilities=CAP_NET_ADMIN\nSystemCalls=numa keyring\n\n[Limits]") == text);
}

TEST(what_is_not_given_stays)
{
	_cleanup_(freep) char *text = CHANGED("Hostname", "--hostname=", "--memory=infinity", "--host-access=no");
	_cleanup_(freep) char *rest = CHANGED("[Rights]", "--description=x");
	_cleanup_(freep) char *all = CHANGED("[Rights]", "--tasks=100");

	CHECK_STR(text, "");
	CHECK_STR(rest, all);
	CHECK(strstr(rest, "Memory=512M\nTasks=100\n"));
}

TEST(units_and_packages_are_asked_for)
{
	char *argv[] = { (char *)"set",
			 (char *)"--remove-unit=b",
			 (char *)"--remove-unit=t@.service",
			 (char *)"--add-unit=d.timer",
			 (char *)"--add-unit=a.service",
			 (char *)"--package=p",
			 (char *)"--remove-package=q",
			 (char *)"c",
			 NULL };
	_cleanup_(strv_done) struct strv units = { 0 }, packages = { 0 };
	_cleanup_(freep) char *all = NULL, *others = NULL;
	struct set_options o = { 0 };

	strv_split(&units, "a b.service t@ t@x", " ");
	strv_split(&packages, "q r", " ");
	optind = 0;
	CHECK_INT(set_options_parse(&cmd_set, 8, argv, &o), 0);
	CHECK(set_options_contents(&o));
	CHECK_INT(set_options_ask(&o, "c", &units, &packages), 0);
	set_options_done(&o);
	all = strv_join(&units, " ");
	others = strv_join(&packages, " ");
	CHECK_STR(all, "t@x d.timer a.service");
	CHECK_STR(others, "r p");
}

TEST_MAIN
