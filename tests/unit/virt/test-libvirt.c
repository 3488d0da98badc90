/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What we ask of libvirt, of libvirt's own test driver: it has a running domain 'test' and a network 'default', in
 * memory. What it cannot be, a domain that is left over, a function of ours in the place of libvirt's pretends. */
#include "lib/tap.h"

#include <dlfcn.h>
#include <errno.h>
#include <libvirt/libvirt.h>

#include "base/util.h"
#include "virt/libvirt-domain.h"
#include "virt/libvirt-network.h"
#include "virt/libvirt.h"

#define URI "test:///default"
#define UUID "6695eb01-f6a4-8304-79aa-97f2502e193f"
#define OTHER_UUID "00000000-0000-0000-0000-000000000001"

static const char network[] = "<network><name>sandbox</name><bridge name='virbr7'/>"
			      "<ip address='10.9.8.1' netmask='255.255.255.0'/></network>";

/* In the place of libvirt's functions of these names. */
static bool stale;
static int destroyed;

static int real(const char *function, virDomainPtr domain)
{
	int (*call)(virDomainPtr) = (int (*)(virDomainPtr))dlsym(RTLD_NEXT, function);

	return call ? call(domain) : -1;
}

int virDomainIsActive(virDomainPtr domain)
{
	return stale ? 0 : real("virDomainIsActive", domain);
}

int virDomainIsPersistent(virDomainPtr domain)
{
	return stale ? 0 : real("virDomainIsPersistent", domain);
}

int virDomainDestroy(virDomainPtr domain)
{
	destroyed++;
	return stale ? -1 : real("virDomainDestroy", domain);
}

TEST(no_connection)
{
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;

	CHECK_INT(libvirt_open("nonsense:///", &conn), -ENOTCONN);
}

TEST(only_our_own_domain)
{
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;
	struct libvirt_usage usage = { 0 };

	CHECK_INT(libvirt_open(URI, &conn), 0);
	CHECK_INT(libvirt_domain_usage(conn, "test", UUID, &usage), 0);
	CHECK(usage.memory > 0);
	CHECK_INT(libvirt_domain_usage(conn, "other", UUID, &usage), -ESRCH);
	CHECK_INT(libvirt_domain_usage(conn, "test", OTHER_UUID, &usage), -EEXIST);
	CHECK_INT(libvirt_domain_limit(conn, "other", UUID, 0, 0), -ESRCH);
	CHECK_INT(libvirt_domain_limit(conn, "test", OTHER_UUID, 0, 0), -EEXIST);
	destroyed = 0;
	CHECK_INT(libvirt_domain_destroy(conn, "test", OTHER_UUID), 0);
	CHECK_INT(libvirt_domain_destroy(conn, "other", UUID), 0);
	CHECK_INT(destroyed, 0);
	CHECK_INT(libvirt_domain_usage(conn, "test", UUID, &usage), 0);
}

TEST(reading_leaves_a_stale_domain_alone)
{
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;
	struct libvirt_usage usage;

	CHECK_INT(libvirt_open(URI, &conn), 0);
	stale = true;
	destroyed = 0;
	CHECK_INT(libvirt_domain_usage(conn, "test", UUID, &usage), -ESRCH);
	CHECK_INT(libvirt_domain_usage(conn, "test", OTHER_UUID, &usage), -ESRCH);
	CHECK_INT(libvirt_domain_limit(conn, "test", UUID, 1 << 20, 1000), -ESRCH);
	CHECK_INT(destroyed, 0);
	stale = false;
}

TEST(ending_clears_a_stale_domain)
{
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;

	CHECK_INT(libvirt_open(URI, &conn), 0);
	stale = true;
	destroyed = 0;
	CHECK_INT(libvirt_domain_destroy(conn, "test", UUID), 0);
	CHECK_INT(destroyed, 1);
	CHECK_INT(libvirt_domain_destroy(conn, "test", OTHER_UUID), 0); /* as a container had that was deleted */
	CHECK_INT(destroyed, 2);
	stale = false;
}

TEST(networks)
{
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;
	_cleanup_(freep) char *xml = NULL;
	bool active = false;

	CHECK_INT(libvirt_open(URI, &conn), 0);
	CHECK_INT(libvirt_network_get(conn, "sandbox", &xml, &active), 0);
	CHECK_INT(libvirt_network_start(conn, "sandbox"), -ENOENT);
	CHECK_INT(libvirt_network_create(conn, "sandbox", network), 0);
	CHECK_INT(libvirt_network_get(conn, "sandbox", &xml, &active), 1);
	CHECK(active && strstr(xml, "10.9.8.1"));
	CHECK_INT(libvirt_network_start(conn, "sandbox"), 0);
	CHECK_INT(libvirt_network_remove(conn, "sandbox"), 0);
	CHECK_INT(libvirt_network_remove(conn, "sandbox"), 0);
	CHECK(libvirt_network_create(conn, "broken", "<network/>") < 0);
}

TEST_MAIN
