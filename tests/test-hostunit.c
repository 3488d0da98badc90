#include "tap.h"

#include "hostunit.h"
#include "ini.h"

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
	CHECK_STR(ini_get(&ini, "Service", "ExecStart"), MONITORPATH " web1 75");
	CHECK_STR(ini_get(&ini, "Service", "ExecStopPost"), VIRTPATH " domain-stop web1");
	CHECK_STR(ini_get(&ini, "Service", "RuntimeDirectory"), "virt-sandbox-service/web1");
	CHECK_STR(ini_get(&ini, "Install", "WantedBy"), "multi-user.target virt-sandbox.target");
}

TEST(context)
{
	struct record record = { .name = (char *)"web1", .process_context = (char *)"u:r:t:s0:c1,c2" };
	_cleanup_(freep) char *text = host_unit_text(&record);
	_cleanup_(ini_done) struct ini ini = parse(text);

	CHECK_STR(ini_get(&ini, "Service", "ExecStart"), MONITORPATH " web1 75 u:r:t:s0:c1,c2");
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

TEST(names)
{
	_cleanup_(freep) char *name = host_unit_name("web1");
	_cleanup_(freep) char *path = host_unit_path("web1");

	CHECK_STR(name, "web1_sandbox.service");
	CHECK_STR(path, "/etc/systemd/system/web1_sandbox.service");
}

TEST_MAIN
