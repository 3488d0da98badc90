/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units that are written for the host: those of a container and of its ports. */
#include "lib/tap.h"

#include <errno.h>

#include "container/paths.h"
#include "create/host-unit.h"
#include "create/port-unit.h"
#include "base/ini.h"
#include "container/port.h"

static struct ini parse(const char *text)
{
	struct ini ini = { 0 };
	unsigned int bad = 0;

	CHECK_INT(ini_parse(text, strlen(text), &ini, &bad), 0);
	CHECK_INT(bad, 0);
	return ini;
}

TEST(unit)
{
	struct record record = { .name = (char *)"web1" };
	_cleanup_(freep) char *text = host_unit_text(&record);
	_cleanup_(ini_done) struct ini ini = parse(text);

	CHECK_STR(ini_get(&ini, "Service", "Type"), "notify");
	CHECK_STR(ini_get(&ini, "Service", "ExecStart"), MONITORPATH " web1 105");
	CHECK_STR(ini_get(&ini, "Service", "ExecStopPost"), VIRTPATH " domain-stop web1");
	CHECK_STR(ini_get(&ini, "Service", "RuntimeDirectory"), "virt-sandbox-service/web1");
	CHECK_STR(ini_get(&ini, "Install", "WantedBy"), "multi-user.target virt-sandbox.target");
}

TEST(file_systems_that_it_needs)
{
	struct mount mounts[] = { { .kind = MOUNT_RAM, .target = (char *)"/srv", .size = 4 << 20 },
				  { .target = (char *)"/data", .source = (char *)"/srv/a \"b\" 5%\\c" } };
	struct record record = { .name = (char *)"web1", .path = (char *)"/data/web1", .mounts = { mounts, 2 } };
	_cleanup_(freep) char *text = host_unit_text(&record);

	CHECK(strstr(text, "\nRequiresMountsFor=\"/data/web1\"\nRequiresMountsFor=\"/srv/a \\\"b\\\" 5%%\\\\c\"\n"));
}

TEST(it_waits_for_interfaces_of_the_host)
{
	for (const struct net_kind *kind = net_kinds; kind->option; kind++) {
		struct net net[] = { { .kind = &net_kinds[0] }, { .kind = kind }, { .kind = kind } };
		struct record record = { .name = (char *)"web1", .nets = { net, 3 } };
		_cleanup_(freep) char *text = host_unit_text(&record);
		const char *wants = strstr(text, "\nWants=network-online.target\nAfter=network-online.target\n");

		CHECK_INT(wants != NULL, !kind->libvirt);
		CHECK(!wants || !strstr(wants + 2, "Wants=network-online.target"));
	}
}

TEST(context)
{
	struct record record = { .name = (char *)"web1", .process_context = (char *)"u:r:t:s0:c1,c2" };
	_cleanup_(freep) char *text = host_unit_text(&record);
	_cleanup_(ini_done) struct ini ini = parse(text);

	CHECK_STR(ini_get(&ini, "Service", "ExecStart"), MONITORPATH " web1 105 u:r:t:s0:c1,c2");
}

TEST(libvirt_may_be_restarted)
{
	struct record record = { .name = (char *)"web1" };
	_cleanup_(freep) char *text = host_unit_text(&record);
	_cleanup_(ini_done) struct ini ini = parse(text);

	CHECK(!ini_get(&ini, "Unit", "Requires"));
	CHECK(!ini_get(&ini, "Unit", "BindsTo"));
}

TEST(what_the_container_writes_has_no_priority)
{
	struct record record = { .name = (char *)"web1" };
	_cleanup_(freep) char *text = host_unit_text(&record);
	_cleanup_(ini_done) struct ini ini = parse(text);

	CHECK_STR(ini_get(&ini, "Service", "SyslogLevelPrefix"), "no");
}

TEST(the_monitor_gives_up_before_systemd_does)
{
	struct record record = { .name = (char *)"web1" };
	_cleanup_(freep) char *text = host_unit_text(&record);
	_cleanup_(ini_done) struct ini ini = parse(text);
	const char *start = ini_get(&ini, "Service", "ExecStart");

	CHECK(atol(strrchr(start, ' ') + 1) + 10 <= atol(ini_get(&ini, "Service", "TimeoutStopSec")));
}

static void check_times(uint32_t start, uint32_t stop, const char *shutdown, const char *expected)
{
	struct record record = { .name = (char *)"web1", .start_seconds = start, .stop_seconds = stop };
	_cleanup_(freep) char *text = host_unit_text(&record), *times = NULL;
	_cleanup_(ini_done) struct ini ini = parse(text);

	CHECK_STR(strrchr(ini_get(&ini, "Service", "ExecStart"), ' ') + 1, shutdown);
	times = xasprintf("%s %s", ini_get(&ini, "Service", "TimeoutStartSec"),
			  ini_get(&ini, "Service", "TimeoutStopSec"));
	CHECK_STR(times, expected);
}

TEST(units_have_their_own_time)
{
	check_times(0, 0, "105", "300 120");
	check_times(20, 10, "25", "300 40");
	check_times(285, 90, "105", "300 120");
	check_times(286, 600, "615", "301 630");
	check_times(RECORD_FOREVER, RECORD_FOREVER, "infinity", "infinity infinity");
	check_times(RECORD_FOREVER - 1, RECORD_FOREVER - 16, "4294967294", "infinity infinity");
}

TEST(names)
{
	_cleanup_(freep) char *name = host_unit_name("web1");
	_cleanup_(freep) char *path = host_unit_path("web1");

	CHECK_STR(name, "web1_sandbox.service");
	CHECK_STR(path, "/etc/systemd/system/web1_sandbox.service");
}

TEST(ports)
{
	struct port ports[] = { { (char *)"", 8080, 80, 1, false, true },
				{ (char *)"192.0.2.1", 8443, 443, 1, false, true },
				{ (char *)"", 53, 53, 1, true, false } };
	struct net net = { .kind = &net_kinds[0], .address = { 0x0a000005, 8 } };
	struct record record = { .name = (char *)"web1", .ports = { ports, 3 }, .nets = { &net, 1 } };
	_cleanup_(strv_done) struct strv wants = { 0 };
	_cleanup_(freep) char *unit = host_unit_text(&record), *socket = NULL, *service = NULL, *joined = NULL;
	_cleanup_(ini_done) struct ini host_ini = parse(unit), socket_ini = { 0 }, service_ini = { 0 };

	ini_get_list(&host_ini, "Unit", "Wants", &wants);
	joined = strv_join(&wants, " ");
	CHECK(has_suffix(joined, " web1_sandbox-8080.socket web1_sandbox-192.0.2.1-8443.socket"));
	socket = port_socket_text(&record, &ports[1]);
	socket_ini = parse(socket);
	CHECK_STR(ini_get(&socket_ini, "Socket", "ListenStream"), "192.0.2.1:8443");
	CHECK_STR(ini_get(&socket_ini, "Unit", "BindsTo"), "web1_sandbox.service");
	service = port_service_text(&record, &ports[1]);
	service_ini = parse(service);
	CHECK(has_suffix(ini_get(&service_ini, "Service", "ExecStart"), " 10.0.0.5:443"));
}

static const struct {
	const char *text;
	const char *result; /* what port_format(), port_place() and port_target() make of it; NULL: refused */
} port_cases[] = {
	{ "8080:80", "8080:80 8080 80" },
	{ "8080:80/tcp", "8080:80 8080 80" },
	{ "53:5353/udp", "53:5353/udp 53/udp 5353" },
	{ "1:65535", "1:65535 1 65535" },
	{ "192.0.2.1:8080:80", "192.0.2.1:8080:80 192.0.2.1:8080 80" },
	{ "0.0.0.0:80:80", "0.0.0.0:80:80 0.0.0.0:80 80" },
	{ "[::1]:80:80", "[::1]:80:80 [::1]:80 80" },
	{ "[2001:DB8:0::1]:80:81/udp", "[2001:db8::1]:80:81/udp [2001:db8::1]:80/udp 81" },
	{ "[::]:80:80", "[::]:80:80 [::]:80 80" },
	{ "80-90:80-90", "80-90:80-90 80-90 80-90" },
	{ "192.0.2.1:8000-8010:80-90/udp", "192.0.2.1:8000-8010:80-90/udp 192.0.2.1:8000-8010/udp 80-90" },
	{ "80-80:81-81", "80:81 80 81" },
	{ "8080:80,proxy", "8080:80,proxy 8080 80" },
	{ "192.0.2.1:8080:80/tcp,proxy", "192.0.2.1:8080:80,proxy 192.0.2.1:8080 80" },
	{ "65535:1", "65535:1 65535 1" },
	{ "", NULL },
	{ "80", NULL },
	{ "80:", NULL },
	{ ":80", NULL },
	{ "0:80", NULL },
	{ "80:0", NULL },
	{ "65536:80", NULL },
	{ "80:65536", NULL },
	{ "65530-65540:1-11", NULL },
	{ "080:80", NULL },
	{ "80:80/sctp", NULL },
	{ "80:80/tcp/udp", NULL },
	{ "80:80/UDP", NULL },
	{ "80/udp:80", NULL },
	{ "80:80,", NULL },
	{ "80:80,proxy,proxy", NULL },
	{ "53:53/udp,proxy", NULL },
	{ "80-81:80-81,proxy", NULL },
	{ "80-90:80", NULL },
	{ "80:80-90", NULL },
	{ "80-90:80-91", NULL },
	{ "90-80:90-80", NULL },
	{ "80-:80-", NULL },
	{ "-80:-80", NULL },
	{ "a:80:80", NULL },
	{ ":80:80", NULL },
	{ "1.2.3:80:80", NULL },
	{ "::1:80:80", NULL },
	{ "[::1:80:80", NULL },
	{ "[fe80::1%eth0]:80:80", NULL },
	{ "[192.0.2.1]:80:80", NULL },
	{ "[]:80:80", NULL },
	{ "192.0.2.1:80", NULL },
	{ "1.2.3.4:80:80:80", NULL },
	{ "80 :80", NULL },
	{ "80:80\n", NULL },
	{ "99999999999999999999:80", NULL },
};

TEST(port_texts)
{
	for (size_t i = 0; i < ARRAY_SIZE(port_cases); i++) {
		_cleanup_(port_done) struct port port = { 0 };
		int r = port_parse(port_cases[i].text, &port);
		_cleanup_(freep) char *text = r ? NULL : port_format(&port), *place = r ? NULL : port_place(&port),
				      *target = r ? NULL : port_target(&port);
		_cleanup_(freep) char *result = r ? NULL : xasprintf("%s %s %s", text, place, target);

		if (port_cases[i].result)
			CHECK_STR(result, port_cases[i].result);
		else
			CHECK_INT(r, -EINVAL);
	}
}

TEST(port_keys)
{
	static const char *const texts[] = { "80:1", "192.0.2.1:80-90:1-11/udp", "[::1]:53:1/udp" };
	static const char *const keys[] = { "80", "192.0.2.1:80-90.udp", "[::1]:53.udp" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(port_done) struct port port = { 0 }, again = { 0 };
		_cleanup_(freep) char *key = NULL;

		CHECK_INT(port_parse(texts[i], &port), 0);
		key = port_key(&port);
		CHECK_STR(key, keys[i]);
		CHECK_INT(port_parse_key(key, &again), 0);
		CHECK(port_clashes(&port, &again));
	}
}

TEST(clashes)
{
	static const struct {
		const char *a, *b;
		bool clash;
	} cases[] = {
		{ "80:80", "80:81", true },
		{ "80:80", "81:80", false },
		{ "80:80", "192.0.2.1:80:80", true },
		{ "0.0.0.0:80:80", "192.0.2.1:80:80", true },
		{ "192.0.2.1:80:80", "192.0.2.2:80:80", false },
		{ "80:80", "80:80/udp", false },
		{ "80:80,proxy", "80:80", true },
		{ "80-90:80-90", "90-95:1-6", true },
		{ "80-90:80-90", "91-95:1-5", false },
		{ "80:80", "[::1]:80:80", true },
		{ "[::]:80:80", "[::1]:80:80", true },
		{ "[::]:80:80", "0.0.0.0:80:80", false },
		{ "[::]:80:80", "192.0.2.1:80:80", false },
		{ "[::1]:80:80", "[::2]:80:80", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(port_done) struct port a = { 0 }, b = { 0 };

		CHECK(port_parse(cases[i].a, &a) == 0 && port_parse(cases[i].b, &b) == 0);
		CHECK_INT(port_clashes(&a, &b), cases[i].clash);
		CHECK_INT(port_clashes(&b, &a), cases[i].clash);
	}
}

TEST_MAIN
