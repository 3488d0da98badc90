/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What systemd-resolved is told of the name server of a network, against one that the test plays. */
#include "lib/tap.h"

#include <errno.h>

#include "base/buf.h"
#include "lib/mock-manager.h"
#include "running/host-resolver.h"
#include "systemd/bus.h"

#define LINK 7
#define ADDRESS 0xac1f0001 /* 172.31.0.1 */

static const char *refused = ""; /* a method that the service refuses */
static int n_servers;		 /* how many the link has before */
static struct buf told;		 /* in the child: what it was told, one a line */

static int note_strings(sd_bus_message *call, const char *member, const char *type)
{
	int link, flag = 0;
	const char *word = "";

	mock_must(sd_bus_message_read(call, "i", &link));
	mock_must(strcmp(type, "b") == 0   ? sd_bus_message_read(call, "b", &flag)
		  : strcmp(type, "s") == 0 ? sd_bus_message_read(call, "s", &word)
					   : sd_bus_message_read(call, "a(sb)", 1, &word, &flag));
	buf_addf(&told, "%d %s %s %d\n", link, member, word, flag);
	return sd_bus_reply_method_return(call, NULL);
}

static int note_server(sd_bus_message *call)
{
	const unsigned char *bytes;
	size_t size;
	int link, family;

	mock_must(sd_bus_message_read(call, "i", &link));
	mock_must(sd_bus_message_enter_container(call, 'a', "(iay)"));
	mock_must(sd_bus_message_enter_container(call, 'r', "iay"));
	mock_must(sd_bus_message_read(call, "i", &family));
	mock_must(sd_bus_message_read_array(call, 'y', (const void **)&bytes, &size));
	buf_addf(&told, "%d SetLinkDNS %d %zu %d.%d.%d.%d\n", link, family == AF_INET, size, bytes[0], bytes[1],
		 bytes[2], bytes[3]);
	return sd_bus_reply_method_return(call, NULL);
}

static int give_servers(sd_bus_message *call)
{
	const char *interface, *property;

	mock_must(sd_bus_message_read(call, "ss", &interface, &property));
	if (strcmp(interface, "org.freedesktop.resolve1.Link") != 0 || strcmp(property, "DNS") != 0)
		return -1;
	return n_servers ? sd_bus_reply_method_return(call, "v", "a(iay)", 1, AF_INET, 4, 192, 0, 2, 53)
			 : sd_bus_reply_method_return(call, "v", "a(iay)", 0);
}

static int answer(sd_bus_message *call, const char *member)
{
	if (strcmp(member, refused) == 0)
		return sd_bus_reply_method_errorf(call, "org.freedesktop.resolve1.LinkBusy", "Somebody else's.");
	if (strcmp(member, "Told") == 0)
		return sd_bus_reply_method_return(call, "s", told.text ? told.text : "");
	if (strcmp(member, "GetLink") == 0)
		return sd_bus_reply_method_return(call, "o", "/org/freedesktop/resolve1/link/_37");
	if (strcmp(member, "Get") == 0)
		return give_servers(call);
	if (strcmp(member, "SetLinkDNS") == 0)
		return note_server(call);
	return note_strings(call, member,
			    strcmp(member, "SetLinkDefaultRoute") == 0 ? "b"
			    : strcmp(member, "SetLinkDomains") == 0    ? "a(sb)"
								       : "s");
}

/* Returns what host_resolver_tell() does; *ret_told is what the service was told, which the caller frees. */
static int tell(char **ret_told)
{
	struct mock mock = mock_start(answer, NULL);
	_cleanup_(bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *text = "";
	int r = host_resolver_tell(mock.bus, LINK, ADDRESS, "sandbox");

	CHECK(sd_bus_call_method(mock.bus, NULL, "/", "org.example.Test", "Told", NULL, &reply, NULL) >= 0);
	CHECK(sd_bus_message_read(reply, "s", &text) >= 0);
	*ret_told = xstrdup(text);
	mock_done(&mock);
	return r;
}

TEST(new_link)
{
	_cleanup_(freep) char *text = NULL;

	CHECK_INT(tell(&text), 1);
	CHECK_STR(text, "7 SetLinkDefaultRoute  0\n"
			"7 SetLinkDomains sandbox 1\n"
			"7 SetLinkLLMNR no 0\n"
			"7 SetLinkMulticastDNS no 0\n"
			"7 SetLinkDNSOverTLS no 0\n"
			"7 SetLinkDNSSEC no 0\n"
			"7 SetLinkDNS 1 4 172.31.0.1\n");
}

TEST(link_with_server)
{
	_cleanup_(freep) char *text = NULL;

	n_servers = 1;
	CHECK_INT(tell(&text), 0);
	CHECK_STR(text, "");
	n_servers = 0;
}

/* Nothing comes after what is refused: a server alone would be asked for all names. */
TEST(refusal)
{
	static const struct {
		const char *method, *told;
	} rows[] = {
		{ "GetLink", "" },
		{ "SetLinkDomains", "7 SetLinkDefaultRoute  0\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(freep) char *text = NULL;

		refused = rows[i].method;
		CHECK(tell(&text) < 0);
		CHECK_STR(text, rows[i].told);
	}
	refused = "";
}

TEST_MAIN
