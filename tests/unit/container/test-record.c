/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records, as text and back. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "container/paths.h"
#include "container/record-file.h"
#include "container/record-text.h"

#define UUID "0a1b2c3d-4e5f-6789-abcd-ef0123456789"

static const char sample[] =
	"# Written by virt-sandbox-service, which makes the container from this at each start.\n"
	"# Stop the container before you change anything here.\n"
	"\n[Container]\nFormat=1\nState=ready\nName=web1\nUUID=" UUID "\nPath=/var/lib/libvirt/filesystems/web1\n"
	"Hostname=www.example.org\nDescription=The shop; 100% ours\nNameServers=192.168.122.1 192.0.2.53\n"
	"PackageManager=rpm\nUnits=httpd.service foo@a\\x2db.service\nStartSeconds=600\nStopSeconds=infinity\n"
	"\n[Packages]\nPackage=httpd\nPackage=glibc.x86_64\nPackage=libstdc++6:amd64\n"
	"\n[Files]\nLocal=/usr/local/bin/web\nLocal=/usr/local/lib/web\n"
	"\n[SELinux]\nLevel=s0:c1,c2\nProcessContext=system_u:system_r:svirt_lxc_net_t:s0:c1,c2\n"
	"FileContext=system_u:object_r:svirt_lxc_file_t:s0:c1,c2\n"
	"\n[IDs]\nBase=131072\nCount=65536\n"
	"\n[Rights]\nCapabilities=CAP_NET_ADMIN "
	"CAP_NET_RAW\nSystemCalls=keyring\nDevice=/dev/net/tun\nDevice=/dev/fuse\n"
	"\n[Shared]\nLive=/etc/alternatives /etc/ld.so.cache\n"
	"\n[Limits]\nMemory=512M\nCPUs=1.5\nTasks=100\nIOWeight=50\nDisk=20G\n"
	"\n[Ports]\nPublish=8080:80\nPublish=192.0.2.1:8443:443\n"
	"\n[Mounts]\nMount=host-bind:/srv=/data/web:ro\nMount=ram:/var/cache/x=64M\n"
	"\n[Network 1]\nNetwork=default\nMAC=52:54:00:12:34:56\nAddress=192.168.122.5/24\nGateway=192.168.122.1\n"
	"Route=10.1.0.0/16%192.168.122.9\nRoute=0.0.0.0/0%192.168.122.2\n"
	"\n[Network 2]\nNetwork=lan\n"
	"\n[Network 3]\nBridge=br0\nDHCP=yes\n"
	"\n[Network 4]\nDevice=enp1s0.7\nMAC=52:54:00:12:34:57\nDHCP=yes\n";

/* The sample with the first 'from' made 'to'. Caller frees. */
static char *change(const char *from, const char *to)
{
	const char *at = strstr(sample, from);
	struct buf b = { 0 };

	if (!at)
		abort();
	buf_add(&b, sample, (size_t)(at - sample));
	buf_addf(&b, "%s%s", to, at + strlen(from));
	return buf_steal(&b);
}

static int parse(const char *text, struct record *ret, char **message)
{
	return record_parse("web1", text, strlen(text), ret, message);
}

static void check_accepts(const char *from, const char *to)
{
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(freep) char *text = change(from, to);
	_cleanup_(freep) char *message = NULL;
	int r = parse(text, &record, &message);

	if (r != 0)
		printf("# '%s': %s\n", to, message);
	CHECK_INT(r, 0);
}

/* 'part' is in the message. */
static void check_refuses(const char *from, const char *to, const char *part)
{
	struct record record = { .name = (char *)"untouched" };
	_cleanup_(freep) char *text = change(from, to);
	_cleanup_(freep) char *message = NULL;

	CHECK_INT(parse(text, &record, &message), -EINVAL);
	CHECK_STR(record.name, "untouched");
	CHECK(message && strstr(message, "'/etc/libvirt-sandbox/services/web1.sandbox'"));
	if (!message || !strstr(message, part))
		printf("# '%s': message: %s\n", to, message ? message : "none");
	CHECK(message && strstr(message, part));
}

TEST(round_trip)
{
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(freep) char *message = NULL;
	_cleanup_(freep) char *text = NULL;

	CHECK_INT(parse(sample, &record, &message), 0);
	if (message)
		SKIP(message);
	CHECK_INT(record.state, RECORD_READY);
	CHECK_STR(record.uuid, UUID);
	CHECK_INT(record.units.n, 2);
	CHECK_STR(record.units.v[1], "foo@a\\x2db.service");
	CHECK_INT(record.start_seconds, 600);
	CHECK_INT(record.stop_seconds, RECORD_FOREVER);
	CHECK_INT(record.packages.n, 3);
	CHECK_INT(record.uid_base, 131072);
	CHECK_INT(record.limits[LIMIT_MEMORY], 512 * 1024 * 1024);
	CHECK_INT(record.limits[LIMIT_CPUS], 1500);
	CHECK_INT(record.limits[LIMIT_TASKS], 100);
	CHECK_INT(record.limits[LIMIT_IO_WEIGHT], 50);
	CHECK_INT(record.limits[LIMIT_DISK], UINT64_C(20) << 30);
	CHECK_INT(record.devices.n, 2);
	CHECK_STR(record.devices.v[1], "/dev/fuse");
	CHECK_INT(record.live.n, 2);
	CHECK_STR(record.live.v[1], "/etc/ld.so.cache");
	CHECK_INT(record.ports.n, 2);
	CHECK_INT(record.ports.v[1].host, 8443);
	CHECK_INT(record.mounts.n, 2);
	CHECK(record.mounts.v[0].readonly);
	CHECK_INT(record.nets.n, 4);
	CHECK_INT(record.nets.v[0].n_routes, 2);
	CHECK_STR(record.nets.v[2].source, "br0");
	CHECK(record.nets.v[2].kind->bridge);
	CHECK_STR(record.nets.v[3].source, "enp1s0.7");
	CHECK(record.nets.v[3].dhcp);
	CHECK_INT(record.nets.v[0].address.address, 0xc0a87a05);
	CHECK_INT(record.nets.v[0].gateway, 0xc0a87a01);
	CHECK(record.nets.v[1].kind->libvirt);
	CHECK_STR(record.nets.v[1].mac, "");
	text = record_format(&record);
	CHECK_STR(text, sample);
}

TEST(smallest)
{
	_cleanup_(record_done) struct record record = { 0 }, back = { 0 };
	_cleanup_(freep) char *message = NULL;
	_cleanup_(freep) char *text = NULL;

	record.name = xstrdup("web1");
	record.path = xstrdup("/srv/web1");
	text = record_format(&record);
	CHECK_INT(parse(text, &back, &message), 0);
	CHECK_INT(back.state, RECORD_CREATING);
	CHECK_STR(back.level, "");
	CHECK_STR(back.package_manager, "");
	CHECK_INT(back.uid_base, 0);
	CHECK_INT(back.nets.n, 0);
}

TEST(names)
{
	_cleanup_(freep) char *longest = xasprintf("%063d", 0), *longer = xasprintf("%064d", 0);
	static const char *const bad[] = { "",	  ".",	 "..",	"-a",	    "A",   "aB",
					   "a/b", "a b", "a\n", "\xc3\xbc", "a@b", "../x" };

	CHECK(record_name_valid("a") && record_name_valid("0.b_c-d") && record_name_valid(longest));
	CHECK(!record_name_valid(longer));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(!record_name_valid(bad[i]));
}

TEST(accepts)
{
	check_accepts("s0:c1,c2", "s0:c1");
	check_accepts("s0:c1,c2", "s0:c1.c1023");
	check_accepts("s0:c1,c2", "s0:c0,c2.c5,c9");
	check_accepts("Base=131072", "Base=4294836224");
	check_accepts("\n[IDs]\nBase=131072\nCount=65536\n", "");
	check_accepts("Package=httpd\n", "");
	check_accepts("Memory=512M", "Memory=infinity");
	check_accepts("/24", "/32");
	check_accepts("State=ready\nName=web1\nUUID=" UUID "\n", "State=creating\nName=web1\n");
	check_accepts("State=ready", "State=restoring\nOther=2026-11-28.120000");
	check_accepts("State=ready", "State=moving\nOther=/srv/web1");
	check_accepts("FileContext=system_u:object_r:svirt_lxc_file_t:s0:c1,c2\n\n[IDs]\nBase=131072",
		      "FileContext=system_u:object_r:svirt_lxc_file_t:s0:c1.c3,c5\n; by hand\n[IDs]\nBase=65536");
}

TEST(refuses_values)
{
	static const struct {
		const char *from, *to, *part;
	} cases[] = {
		{ "Name=web1", "Name=Web", "line 7: Name= must be" },
		{ "Name=web1", "Name=", "line 7: Name= must be" },
		{ "Name=web1", "Name=web2", "record of 'web2'" },
		{ "State=ready", "State=done", "line 6: State= must be 'creating', 'leaving'" },
		{ "State=ready", "State=leaving", "State=leaving needs Other=" },
		{ "State=ready", "State=leaving\nOther=/srv/web1", "Other= does not fit State=leaving" },
		{ "State=ready", "State=moving\nOther=web2", "Other= does not fit State=moving" },
		{ "State=ready", "State=moving\nOther=/srv/web2", "Other= must end in '/web1'" },
		{ "State=ready", "State=moving\nOther=/var/lib/libvirt/filesystems/web1",
		  "Other= must end in '/web1', and" },
		{ "State=ready", "State=moving\nOther=/srv/../web1", "Other= must be" },
		{ UUID, "0a1b2c3d4e5f6789abcdef0123456789", "UUID= must be" },
		{ UUID, UUID "0", "UUID= must be" },
		{ "/var/lib", "var/lib", "Path= must be" },
		{ "/var/lib", "/var/../lib", "Path= must be" },
		{ "/var/lib", "/var/./lib", "Path= must be" },
		{ "/var/lib", "//lib", "Path= must be" },
		{ "filesystems/web1", "..", "Path= must be" },
		{ "/var/lib/libvirt/filesystems/web1", "/", "Path= must be" },
		{ "filesystems/web1", "filesystems/", "Path= must be" },
		{ "=192.168.122.1 ", "=192.168.122.256 ", "NameServers= must be" },
		{ "=192.168.122.1 192.0.2.53", "=", "NameServers= must be" },
		{ "Hostname=www.", "Hostname=.", "Hostname= must be" },
		{ "Hostname=www.", "Hostname=-w.", "Hostname= must be" },
		{ "Hostname=www.", "Hostname=w-.", "Hostname= must be" },
		{ "Hostname=www.", "Hostname=w w.", "Hostname= must be" },
		{ ".example.org", ".", "Hostname= must be" },
		{ ".example.org", "a234567890123456789012345678901234567890123456789012345678901",
		  "Hostname= must be" },
		{ "=rpm", "=r/p", "PackageManager= must be" },
		{ "httpd.service", "httpd.mount", "Units= must be" },
		{ "httpd.service", "httpd@.service", "Units= must be" },
		{ "httpd.service", "../x.service", "Units= must be" },
		{ "Package=httpd", "Package=a b", "Package= must be" },
		{ "Package=httpd", "Package=-a", "Package= must be" },
		{ "Package=httpd", "Package=", "Package= must be" },
		{ "s0:c1,c2", "s0", "Level= must be" },
		{ "s0:c1,c2", "s0:", "Level= must be" },
		{ "s0:c1,c2", "s1:c1,c2", "Level= must be" },
		{ "s0:c1,c2", "s0:c1,", "Level= must be" },
		{ "s0:c1,c2", "s0:c1024", "Level= must be" },
		{ "s0:c1,c2", "s0:c1,c2-s0:c5", "Level= must be" },
		{ "s0:c1,c2", "s0:c1,c1", "Level= must be" },
		{ "s0:c1,c2", "s0:c5.c3", "Level= must be" },
		{ "s0:c1,c2", "s0:c01", "Level= must be" },
		{ "s0:c1,c2", "s0:c1..c2", "Level= must be" },
		{ "s0:c1,c2", "s0:c99999999999", "Level= must be" },
		{ "system_u:system_r:svirt_lxc_net_t:s0", "system_u:system_r:a b:s0", "ProcessContext= must be" },
		{ "system_u:system_r:svirt_lxc_net_t:s0:c1,c2", "svirt_lxc_net_t", "ProcessContext= must be" },
		{ "131072", "0", "Base= must be" },
		{ "131072", "131073", "Base= must be" },
		{ "131072", "4294901760", "Base= must be" },
		{ "131072", "99999999999999999999", "Base= must be" },
		{ "Count=65536", "Count=0", "Count= must be" },
		{ "Count=65536", "Count=131072", "Count= must be" },
		{ "Memory=512M", "Memory=31M", "Memory= must be a size" },
		{ "Memory=512M", "Memory=-1", "Memory= must be a size" },
		{ "CPUs=1.5", "CPUs=0", "CPUs= must be a number of processors" },
		{ "Tasks=100", "Tasks=1", "Tasks= must be a number" },
		{ "Disk=20G", "Disk=31M", "Disk= must be a size of at least 32M" },
		{ "IOWeight=50", "IOWeight=10001", "IOWeight= must be a number" },
		{ "Publish=8080:80", "Publish=8080", "Publish= must be" },
		{ "Publish=192.0.2.1:8443", "Publish=gw:8443", "Publish= must be" },
		{ "ram:/var/cache/x=64M", "ram:/var/cache/x", "Mount= must be" },
		{ "ram:/var/cache/x=64M", "ram:/srv/x=64M", "overlaps with another" },
		{ "host-bind:/srv=", "host-bind:/usr/x=", "Mount= must be" },
		{ "Network=default", "Network=a/b", "Network= must be" },
		{ "52:54:00:12:34:56", "52:54:00:12:34", "MAC= must be" },
		{ "52:54:00:12:34:56", "53:54:00:12:34:56", "MAC= must be" },
		{ "52:54:00:12:34:56", "52-54-00-12-34-56", "MAC= must be" },
		{ ".5/24", ".5", "Address= must be" },
		{ ".5/24", ".5/33", "Address= must be" },
		{ ".5/24", ".5/0", "Address= must be" },
		{ ".5/24", ".256/24", "Address= must be" },
		{ ".5/24", "/24", "Address= must be" },
		{ "Gateway=192.168.122.1", "Gateway=192.168.122.1 ", "" },
		{ "Route=10.1.0.0/16", "Route=10.1.0.0", "Route= must be" },
		{ "Route=10.1.0.0/16", "Route=10.1.2.0/16", "Route= must be" },
		{ ".5/24", ".5/024", "Address= must be" },
		{ "%192.168.122.9", "", "Route= must be" },
		{ "%192.168.122.9", "%gw", "Route= must be" },
		{ "Bridge=br0", "Bridge=../br0", "Bridge= must be" },
		{ "Bridge=br0", "Bridge=..", "Bridge= must be" },
		{ "Bridge=br0", "Bridge=a234567890123456", "Bridge= must be" },
		{ "Device=enp1s0.7", "Device=a b", "Device= must be" },
		{ "DHCP=yes", "DHCP=maybe", "DHCP= must be yes or no" },
		{ "Gateway=192.168.122.1", "Gateway=gw", "Gateway= must be" },
		{ "Gateway=192.168.122.1", "Gateway=0.0.0.0", "Gateway= must be" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (*cases[i].part)
			check_refuses(cases[i].from, cases[i].to, cases[i].part);
		else
			check_accepts(cases[i].from, cases[i].to);
	}
}

TEST(refuses_form)
{
	check_refuses("Format=1", "Format=2", "newer version");
	check_refuses("Format=1", "Format=99999999\nNew=key", "newer version");
	check_refuses("Format=1", "Format=0", "Format= must be");
	check_refuses("Format=1\n", "", "Format= is missing");
	check_refuses("UUID=" UUID "\n", "", "UUID= is missing in [Container]");
	check_refuses("Path=/var/lib/libvirt/filesystems/web1\n", "", "Path= is missing");
	check_refuses("State=ready\nName=web1\n", "State=creating\n", "Name= is missing");
	check_refuses("Network=lan\n", "MAC=52:54:00:12:34:56\n", "[Network 2] needs one of");
	check_refuses("[Network 1]\nNetwork=default\n", "[Network 1]\n", "[Network 1] needs one of");
	check_refuses("Network=lan\n", "Network=lan\nBridge=br0\n", "[Network 2] needs one of");
	check_refuses("Network=lan\n", "Network=lan\nDHCP=yes\nAddress=10.0.0.5/8\n", "[Network 2] must not have both");
	check_refuses("State=ready\n", "State=ready\nState=ready\n", "line 7: State= occurs twice");
	check_refuses("Network=lan\n", "Network=lan\nNetwork=lan\n", "Network= occurs twice");
	check_refuses("[Network 2]", "[Network 7]", "no such key");
	check_refuses("[Network 2]", "[Network x]", "no such key");
	check_refuses("[Network 2]", "[Network 0]", "no such key");
	check_refuses("[SELinux]", "[selinux]", "no such key");
	check_refuses("Level=", "Levle=", "line 28: this section of a record has no such key");
	check_refuses("Level=s0:c1,c2\n", "", "[SELinux] needs both contexts");
	check_refuses("CAP_NET_RAW", "CAP_SYS_ADMIN", "Capabilities= must be");
	check_refuses("Device=/dev/fuse", "Device=/dev/../etc/x", "Device= must be the path of a device");
	check_refuses("Device=/dev/fuse", "Device=/dev/shm/x", "Device= must be the path of a device");
	check_refuses("Device=/dev/fuse", "Device=/etc/passwd", "Device= must be the path of a device");
	check_refuses("Device=/dev/fuse", "Device=/dev/a b", "Device= must be the path of a device");
	check_refuses("StartSeconds=600", "StartSeconds=0", "StartSeconds= must be seconds");
	check_refuses("StartSeconds=600", "StartSeconds=4294967295", "StartSeconds= must be seconds");
	check_refuses("SystemCalls=keyring", "SystemCalls=io-uring", "SystemCalls= must be");
	check_refuses("Local=/usr/local/bin/web", "Local=/usr/lib/web", "Local= must be");
	check_refuses("Local=/usr/local/bin/web", "Local=/usr/local/../lib/web", "Local= must be");
	check_refuses("Live=/etc/alternatives", "Live=/etc/shadow", "Live= must be");
	check_refuses("Live=/etc/alternatives", "Live=/etc/alternatives/x", "Live= must be");
	check_refuses("Base=131072\n", "", "[IDs] needs both");
	check_refuses("PackageManager", "nonsense\nPackageManager", "line 13: this is not");
	check_refuses("Name=web1", "Name=web1\x1b", "line 7: this is not");
	check_refuses("Name=web1", "Name=\xff", "line 7: this is not");
}

TEST(mutations)
{
	int good = 0;

	srand(2);
	for (int round = 0; round < 5000; round++) {
		_cleanup_(record_done) struct record record = { 0 }, again = { 0 };
		_cleanup_(freep) char *message = NULL, *text = NULL, *back = NULL;

		text = xstrdup(sample);
		for (int i = rand() % 3; i >= 0; i--)
			text[(size_t)rand() % strlen(sample)] = "\n=[]\\ /.:9\x7f\xc3s"[rand() % 13];
		if (parse(text, &record, &message) < 0) {
			CHECK(message != NULL);
			continue;
		}
		good++;
		back = record_format(&record);
		CHECK_INT(parse(back, &again, &message), 0);
	}
	CHECK(good > 100 && good < 4900);
}

/* A root with records in it, removed at the end of the test. */
struct scratch {
	char path[64];
	int fd;
};

static void scratch_make(struct scratch *s)
{
	strcpy(s->path, "/tmp/test-record-XXXXXX");
	if (!mkdtemp(s->path))
		abort();
	s->fd = rootfd_open(s->path);
	if (rootfd_mkdir_p(s->fd, RECORD_DIR) < 0)
		abort();
}

static void scratch_remove(struct scratch *s)
{
	_cleanup_(strv_done) struct strv files = { 0 };
	static const char *const dirs[] = { RECORD_DIR, "/etc/libvirt-sandbox", "/etc" };

	rootfd_list(s->fd, RECORD_DIR, WALK_ROOT, &files);
	for (size_t i = 0; i < files.n; i++) {
		_cleanup_(freep) char *path = xasprintf("%s/%s", &RECORD_DIR[1], files.v[i]);

		unlinkat(s->fd, path, 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		unlinkat(s->fd, dirs[i] + 1, AT_REMOVEDIR);
	close(s->fd);
	rmdir(s->path);
}

TEST(files)
{
	_cleanup_(scratch_remove) struct scratch s;
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(strv_done) struct strv names = { 0 };
	_cleanup_(freep) char *joined = NULL;

	scratch_make(&s);
	CHECK_INT(atomic_file_write(s.fd, RECORD_DIR "/web1.sandbox", 0600, sample, false), 0);
	CHECK_INT(atomic_file_write(s.fd, RECORD_DIR "/web1-b.sandbox", 0600, "[Container]\nFormat=7\n", false), 0);
	CHECK_INT(atomic_file_write(s.fd, RECORD_DIR "/Bad.sandbox", 0600, sample, false), 0);
	CHECK_INT(atomic_file_write(s.fd, RECORD_DIR "/web3.conf", 0600, sample, false), 0);
	CHECK_INT(mkfifoat(s.fd, "etc/libvirt-sandbox/services/fifo.sandbox", 0600), 0);
	CHECK_INT(record_names(s.fd, &names), 0);
	joined = strv_join(&names, " ");
	CHECK_STR(joined, "fifo web1 web1-b");

	CHECK_INT(record_load(s.fd, "web1", &record), 0);
	CHECK_STR(record.name, "web1");
	CHECK_INT(record_load(s.fd, "web1-b", &record), -EINVAL);
	CHECK_INT(record_load(s.fd, "fifo", &record), -EINVAL);
	CHECK_INT(record_load(s.fd, "other", &record), -ENOENT);
	CHECK_INT(record_load(s.fd, "../web1", &record), -EINVAL);
}

TEST(no_directory)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	_cleanup_(closep) int fd = rootfd_open("/proc/self/fdinfo");

	CHECK_INT(record_names(fd, &names), 0);
	CHECK_INT(names.n, 0);
}

TEST_MAIN
