/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's networks: the one that setup creates, and others that containers join by name. */
#include "virt/libvirt-network.h"

#include <errno.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "base/log.h"
#include "base/util.h"
#include "virt/libvirt.h"

static void networkp(virNetworkPtr *network)
{
	if (*network)
		virNetworkFree(*network);
}

/* Returns 1 with the network, 0 if there is none, or -errno after a message. */
static int network_lookup(struct _virConnect *conn, const char *name, virNetworkPtr *ret)
{
	*ret = virNetworkLookupByName(conn, name);
	if (*ret)
		return 1;
	if (libvirt_error_is(VIR_ERR_NO_NETWORK))
		return 0;
	log_error("Cannot ask libvirt for network '%s': %s", name, libvirt_reason());
	return -EIO;
}

static int network_failed(const char *what, const char *name)
{
	log_error("libvirt cannot %s network '%s': %s", what, name, libvirt_reason());
	return -EIO;
}

int libvirt_network_get(struct _virConnect *conn, const char *name, char **ret_xml, bool *ret_active)
{
	_cleanup_(networkp) virNetworkPtr network = NULL;
	int r = network_lookup(conn, name, &network);
	char *xml;

	if (r <= 0)
		return r;
	xml = virNetworkGetXMLDesc(network, 0);
	if (!xml)
		return network_failed("describe", name);
	*ret_xml = xml;
	*ret_active = virNetworkIsActive(network) == 1;
	return 1;
}

static int network_activate(virNetworkPtr network, const char *name)
{
	_cleanup_(freep) char *reason = NULL;
	bool firewall;

	if (virNetworkIsActive(network) == 1 || virNetworkCreate(network) == 0)
		return 0;
	/* The next call forgets it. */
	reason = xstrdup(libvirt_reason());
	firewall = libvirt_error_is_from(VIR_FROM_FIREWALL);
	if (virNetworkIsActive(network) == 1) /* another process has started it meanwhile */
		return 0;
	log_message(firewall ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, "libvirt cannot start network '%s': %s", name, reason);
	return firewall ? -ENETDOWN : -EIO;
}

int libvirt_network_start(struct _virConnect *conn, const char *name)
{
	_cleanup_(networkp) virNetworkPtr network = NULL;
	int r = network_lookup(conn, name, &network);

	if (r == 0)
		return log_error_errno(
			ENOENT, "libvirt has no network '%s'; 'virsh net-list --all' shows the existing ones.", name);
	return r < 0 ? r : network_activate(network, name);
}

int libvirt_network_restart(struct _virConnect *conn, const char *name)
{
	_cleanup_(freep) char *transient = NULL;
	_cleanup_(networkp) virNetworkPtr network = NULL;
	int r = network_lookup(conn, name, &network);

	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	/* libvirt forgets a transient network as soon as it ends. */
	if (virNetworkIsPersistent(network) == 0) {
		transient = virNetworkGetXMLDesc(network, 0);
		if (!transient)
			return network_failed("describe", name);
	}
	if (virNetworkIsActive(network) == 1 && virNetworkDestroy(network) < 0)
		return network_failed("stop", name);
	if (!transient)
		return network_activate(network, name);
	virNetworkFree(network);
	network = virNetworkCreateXML(conn, transient);
	return network ? 0 : network_failed("start", name);
}

/* https://libvirt.org/html/libvirt-libvirt-network.html#virNetworkDefineXML: an active network stays as it is until it
 * is stopped. */
int libvirt_network_replace(struct _virConnect *conn, const char *name, const char *xml)
{
	_cleanup_(networkp) virNetworkPtr network = virNetworkDefineXML(conn, xml);

	if (!network)
		return network_failed("define", name);
	if (virNetworkSetAutostart(network, 1) < 0)
		return network_failed("autostart", name);
	if (virNetworkIsActive(network) == 1 && virNetworkDestroy(network) < 0)
		return network_failed("stop", name);
	return network_activate(network, name);
}

int libvirt_network_create(struct _virConnect *conn, const char *name, const char *xml)
{
	_cleanup_(networkp) virNetworkPtr network = virNetworkDefineXML(conn, xml);
	int r;

	if (!network)
		return network_failed("define", name);
	r = virNetworkSetAutostart(network, 1) < 0 ? network_failed("autostart", name)
						   : network_activate(network, name);
	if (r < 0)
		virNetworkUndefine(network);
	return r;
}

int libvirt_network_remove(struct _virConnect *conn, const char *name)
{
	_cleanup_(networkp) virNetworkPtr network = NULL;
	int r = network_lookup(conn, name, &network);

	if (r <= 0)
		return r;
	if (virNetworkIsActive(network) == 1 && virNetworkDestroy(network) < 0)
		return network_failed("stop", name);
	if (virNetworkUndefine(network) < 0 && !libvirt_error_is(VIR_ERR_NO_NETWORK))
		return network_failed("undefine", name);
	return 0;
}

int libvirt_network_host(struct _virConnect *conn, const char *name, const char *address, const char *host)
{
	_cleanup_(networkp) virNetworkPtr network = NULL;
	_cleanup_(freep) char *xml = host ? xasprintf("<host ip='%s'><hostname>%s</hostname></host>", address, host)
					  : xasprintf("<host ip='%s'/>", address);
	int r = network_lookup(conn, name, &network);

	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	if (virNetworkUpdate(network, host ? VIR_NETWORK_UPDATE_COMMAND_ADD_LAST : VIR_NETWORK_UPDATE_COMMAND_DELETE,
			     VIR_NETWORK_SECTION_DNS_HOST, -1, xml, VIR_NETWORK_UPDATE_AFFECT_LIVE) == 0)
		return 0;
	log_warn("libvirt cannot %s '%s' in the name server of network '%s': %s", host ? "enter" : "remove",
		 host ? host : address, name, libvirt_reason());
	return -EIO;
}
