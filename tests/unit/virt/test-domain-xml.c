/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The XML of libvirt's domains. */
#include "lib/tap.h"

#include <fcntl.h>
#include <libvirt/libvirt.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/rootfd.h"
#include "virt/domain-xml.h"

static struct net_route route = { { 0x0a010000, 16 }, 0xc0a87a02 }; /* 10.1.0.0/16%192.168.122.2 */
static struct net nets[] = {
	{ .kind = &net_kinds[0],
	  .source = (char *)"default",
	  .mac = (char *)"52:54:00:12:34:56",
	  .address = { 0xc0a87a05, 24 },
	  .gateway = 0xc0a87a01,
	  .routes = &route,
	  .n_routes = 1 },
	{ .kind = &net_kinds[0],
	  .source = (char *)"lan & more",
	  .mac = (char *)"",
	  .dhcp = true,
	  .routes = &route,
	  .n_routes = 1 },
	{ .kind = &net_kinds[1], .source = (char *)"br0", .mac = (char *)"", .address = { 0x0a000005, 8 } },
	{ .kind = &net_kinds[2], .source = (char *)"enp1s0", .mac = (char *)"", .dhcp = true },
};

static struct mount mounts[] = {
	{ .target = (char *)"/srv", .source = (char *)"/data/web" },
	{ .kind = MOUNT_RAM, .target = (char *)"/var/cache/x", .size = 64 << 20 },
	{ .target = (char *)"/data", .source = (char *)"/data/a=b & c", .readonly = true },
};

static char *devices[] = { (char *)"/dev/net/tun", NULL };
static char *live[] = { (char *)"/etc/alternatives", (char *)"/etc/ld.so.cache" };

static struct record sample(void)
{
	return (struct record){
		.name = (char *)"web1",
		.uuid = (char *)"0a1b2c3d-4e5f-6789-abcd-ef0123456789",
		.path = (char *)"/var/lib/libvirt/filesystems/web1",
		.process_context = (char *)"",
		.uid_base = 131072,
		.uid_count = 65536,
		.live = { live, ARRAY_SIZE(live) },
		.mounts = { mounts, ARRAY_SIZE(mounts) },
		.nets = { nets, ARRAY_SIZE(nets) },
		.devices = { devices, 1 },
	};
}

static struct record no_ids_but_label(void)
{
	struct record r = sample();

	r.process_context = (char *)"system_u:system_r:svirt_lxc_net_t:s0:c1,c2";
	r.uid_base = r.uid_count = 0;
	r.nets.n = 0;
	r.devices.n = 0;
	r.limits[LIMIT_MEMORY] = 64 * 1024 * 1024;
	r.limits[LIMIT_CPUS] = 1500;
	return r;
}

/* The path of the program, which is not the same in every build, is left out of the comparison. */
static char *without_init(const char *xml)
{
	const char *at = strstr(xml, "<init>"), *end = at ? strstr(at, "</init>") : NULL;
	struct buf b = { 0 };

	if (!end)
		return xstrdup(xml);
	buf_add(&b, xml, (size_t)(at - xml));
	buf_addf(&b, "<init>%s", end);
	return buf_steal(&b);
}

static void check_golden(const struct record *record, const char *file)
{
	_cleanup_(freep) char *xml = domain_xml(record, NULL, NULL, 4194304);
	_cleanup_(freep) char *got = without_init(xml);
	_cleanup_(freep) char *path = xasprintf("%s/tests/unit/virt/domain/%s", getenv("top_srcdir") ?: ".", file);
	_cleanup_(freep) char *expected = NULL;
	_cleanup_(closep) int root = rootfd_open("/");
	int fd;

	if (getenv("UPDATE_GOLDEN")) {
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		CHECK(fd >= 0 && write_all(fd, got, strlen(got)) == 0);
		close(fd);
	}
	CHECK_INT(rootfd_read(root, path, WALK_ROOT, 65536, &expected, NULL), 0);
	CHECK_STR(expected, got);
}

/* Whether libvirt's schema and driver accept 'xml'. */
static bool is_valid(const char *xml)
{
	virConnectPtr conn = virConnectOpen("test:///default");
	virDomainPtr domain = conn ? virDomainDefineXMLFlags(conn, xml, VIR_DOMAIN_DEFINE_VALIDATE) : NULL;
	bool valid = domain != NULL;

	CHECK(conn != NULL);
	if (domain)
		virDomainFree(domain);
	if (conn)
		virConnectClose(conn);
	return valid;
}

static void check_valid(const struct record *record)
{
	_cleanup_(freep) char *xml = domain_xml(record, NULL, NULL, 4194304);

	CHECK(is_valid(xml));
}

TEST(mapped_with_networks)
{
	struct record r = sample();

	check_golden(&r, "mapped.xml");
	check_valid(&r);
}

TEST(labelled_without_network)
{
	struct record r = no_ids_but_label();

	check_golden(&r, "labelled.xml");
	check_valid(&r);
}

TEST(profile_of_apparmor)
{
	static const char path[] = "string(/domain/os/initenv[@name='" PROFILE_VARIABLE "'])";
	struct record r = sample();
	_cleanup_(freep) char *with = domain_xml(&r, "virt-sandbox-web1", NULL, 4194304);
	_cleanup_(freep) char *without = domain_xml(&r, NULL, NULL, 4194304);
	_cleanup_(freep) char *some = xml_value(with, path);
	_cleanup_(freep) char *none = xml_value(without, path);

	CHECK(is_valid(with));
	CHECK_STR(some, "virt-sandbox-web1");
	CHECK_STR(none, "");
}

TEST(virtual_machine)
{
	struct record r = no_ids_but_label();
	const struct domain_guest guest = {
		.kernel = "/cache/a b/vmlinux",
		.initrd = "/cache/initrd",
		.arguments = "console=ttyS0 a=<b>",
		.tree = "/proc/1/fd/3",
		.tag = "root",
		.channel = "channel",
		.uid = 65536,
		.gid = 107,
		.memory = 256 << 20,
		.cpus = 2,
		.no_apparmor = true,
	};
	static const struct {
		const char *path, *value;
	} expected[] = {
		{ "string(/domain/@type)", "qemu" },
		{ "string(/domain/memory)", "262144" },
		{ "string(/domain/vcpu)", "2" },
		{ "string(/domain/os/cmdline)", "console=ttyS0 a=<b>" },
		{ "string(/domain/cputune/global_quota)", "150000" },
		{ "string(/domain/devices/filesystem/source/@dir)", "/proc/1/fd/3" },
		{ "string(count(/domain/devices/filesystem/readonly))", "1" },
		{ "string(count(/domain/devices/interface | /domain/devices/disk))", "0" },
		{ "string(/domain/seclabel[@model='dac']/label)", "+65536:+107" },
		{ "string(/domain/seclabel[@model='dac']/@relabel)", "no" },
		{ "string(/domain/seclabel[@model='selinux']/label)", "system_u:system_r:svirt_lxc_net_t:s0:c1,c2" },
		{ "string(/domain/seclabel[@model='apparmor']/@type)", "none" },
	};
	_cleanup_(freep) char *xml = domain_xml_guest(&r, &guest);

	CHECK(is_valid(xml));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		_cleanup_(freep) char *value = xml_value(xml, expected[i].path);

		CHECK_STR(value, expected[i].value);
	}
}

TEST(validation_refuses_what_is_no_domain)
{
	CHECK(!is_valid("<domain type='lxc'><name>x</name><nonsense/></domain>"));
}

TEST(values_are_escaped)
{
	struct record r = sample();
	_cleanup_(freep) char *xml = NULL, *value = NULL;

	r.process_context = (char *)"a'b\"c<d>&e";
	xml = domain_xml(&r, NULL, NULL, 1);
	value = xml_value(xml, "string(/domain/seclabel/label)");
	CHECK_STR(value, "a'b\"c<d>&e");
	free(value);
	value = xml_value(xml, "string(/domain/devices/interface[2]/source/@network)");
	CHECK_STR(value, "lan & more");
}

TEST(xml_values)
{
	_cleanup_(freep) char *there = xml_value("<a><b c='d'/></a>", "string(/a/b/@c)");
	_cleanup_(freep) char *absent = xml_value("<a/>", "string(/a/b/@c)");
	_cleanup_(freep) char *broken = xml_value("<a", "string(/a)");
	_cleanup_(freep) char *entity =
		xml_value("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><a>&e;</a>", "string(/a)");

	CHECK_STR(there, "d");
	CHECK_STR(absent, "");
	CHECK(!broken);
	CHECK(!entity || !*entity);
}

TEST_MAIN
