/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/tap.h"

#include <errno.h>

#include "virt/libvirt.h"

/* libvirt's own test driver: a domain 'test' and a network 'default', both in memory. */
#define URI "test:///default"
#define DOMAIN_UUID "6695eb01-f6a4-8304-79aa-97f2502e193f"

static const char network[] = "<network><name>sandbox</name><bridge name='virbr7'/>"
			      "<ip address='10.9.8.1' netmask='255.255.255.0'/></network>";

TEST(no_connection)
{
	_cleanup_(virt_closep) struct _virConnect *conn = NULL;

	CHECK_INT(virt_open("nonsense:///", &conn), -ENOTCONN);
}

TEST(only_our_own_domain)
{
	_cleanup_(virt_closep) struct _virConnect *conn = NULL;

	CHECK_INT(virt_open(URI, &conn), 0);
	CHECK_INT(virt_exists(conn, "test", DOMAIN_UUID), 1);
	CHECK_INT(virt_exists(conn, "other", DOMAIN_UUID), 0);
	CHECK_INT(virt_exists(conn, "test", "00000000-0000-0000-0000-000000000001"), -EEXIST);
	CHECK_INT(virt_destroy(conn, "test", "00000000-0000-0000-0000-000000000001"), 0);
	CHECK_INT(virt_destroy(conn, "other", DOMAIN_UUID), 0);
	CHECK_INT(virt_exists(conn, "test", DOMAIN_UUID), 1);
}

TEST(networks)
{
	_cleanup_(virt_closep) struct _virConnect *conn = NULL;
	_cleanup_(freep) char *xml = NULL;
	bool active = false;

	CHECK_INT(virt_open(URI, &conn), 0);
	CHECK_INT(virt_network_get(conn, "sandbox", &xml, &active), 0);
	CHECK_INT(virt_network_start(conn, "sandbox"), -ENOENT);
	CHECK_INT(virt_network_create(conn, "sandbox", network), 0);
	CHECK_INT(virt_network_get(conn, "sandbox", &xml, &active), 1);
	CHECK(active && strstr(xml, "10.9.8.1"));
	CHECK_INT(virt_network_start(conn, "sandbox"), 0);
	CHECK_INT(virt_network_remove(conn, "sandbox"), 0);
	CHECK_INT(virt_network_remove(conn, "sandbox"), 0);
	CHECK(virt_network_create(conn, "broken", "<network/>") < 0);
}

TEST_MAIN
