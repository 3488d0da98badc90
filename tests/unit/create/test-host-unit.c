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
	struct mount mounts[] = { { .target = (char *)"/srv", .size = 4 << 20 },
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
	struct port ports[] = { { (char *)"", 8080, 80 }, { (char *)"192.0.2.1", 8443, 443 } };
	struct net net = { .kind = &net_kinds[0], .address = { 0x0a000005, 8 } };
	struct record record = { .name = (char *)"web1", .ports = { ports, 2 }, .nets = { &net, 1 } };
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
	const char *result; /* 'IP HOST INSIDE'; NULL: refused */
} port_cases[] = {
	{ "8080:80", " 8080 80" },
	{ "1:65535", " 1 65535" },
	{ "192.0.2.1:8080:80", "192.0.2.1 8080 80" },
	{ "0.0.0.0:80:80", "0.0.0.0 80 80" },
	{ "", NULL },
	{ "80", NULL },
	{ "80:", NULL },
	{ ":80", NULL },
	{ "0:80", NULL },
	{ "80:0", NULL },
	{ "65536:80", NULL },
	{ "80:65536", NULL },
	{ "080:80", NULL },
	{ "80:80/tcp", NULL },
	{ "a:80:80", NULL },
	{ ":80:80", NULL },
	{ "1.2.3:80:80", NULL },
	{ "[::1]:80:80", NULL },
	{ "80-90:80-90", NULL },
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
		_cleanup_(freep) char *result = r ? NULL : xasprintf("%s %u %u", port.ip, port.host, port.inside);

		if (port_cases[i].result)
			CHECK_STR(result, port_cases[i].result);
		else
			CHECK_INT(r, -EINVAL);
	}
}

TEST(clashes)
{
	struct port all = { (char *)"", 80, 80 }, one = { (char *)"192.0.2.1", 80, 81 },
		    two = { (char *)"192.0.2.2", 80, 80 };
	struct port other = { (char *)"", 81, 80 }, zero = { (char *)"0.0.0.0", 80, 80 };

	CHECK(port_clashes(&all, &one) && port_clashes(&one, &all) && port_clashes(&one, &one));
	CHECK(port_clashes(&zero, &one) && port_clashes(&one, &zero));
	CHECK(!port_clashes(&one, &two) && !port_clashes(&all, &other));
}

TEST_MAIN
