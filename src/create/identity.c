/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record becomes what create would have been asked for, with everything that can stay as if the administrator had
 * asked for it; allocating does the rest. */
#include "create/identity.h"

#include <errno.h>
#include <string.h>

#include "base/interface.h"
#include "base/log.h"
#include "container/paths.h"
#include "container/reservation.h"
#include "create/allocate-port.h"
#include "create/allocate.h"

/* Adds a sentence about what cannot stay; 'kind' is that of the reservation. */
static void tell(const struct context *context, struct strv *changes, const char *what, const char *kind,
		 const char *value)
{
	_cleanup_(freep) char *holder = NULL;

	if (reservation_holder(context->root_fd, kind, value, NULL, &holder) == 0)
		strv_addf(changes, "%s '%s' belongs to %s.", what, value, holder);
	else
		strv_addf(changes, "%s '%s' cannot be used on this host.", what, value);
}

static bool is_reserved(const struct context *context, const char *kind, const char *value)
{
	_cleanup_(freep) char *holder = NULL;

	return reservation_holder(context->root_fd, kind, value, NULL, &holder) == 0;
}

static int keep_level(const struct context *context, const struct record *record, struct strv *changes,
		      struct create_spec *spec)
{
	int r = *record->level ? allocate_level_is_free(context->root_fd, record->level) : 0;

	if (r > 0)
		spec->level = record->level;
	else if (r == 0 && *record->level)
		tell(context, changes, "Level", RESERVE_LEVELS, record->level);
	return r < 0 ? r : 0;
}

/* Whether an address can stay. Of our own network, this host's addresses are known. */
static bool address_fits(const struct context *context, const struct net *net, const char *text)
{
	struct ipv4_range range;

	if (is_reserved(context, RESERVE_ADDRESSES, text))
		return false;
	if (!context->on_host || !net_is_ours(net) || interface_range(NETWORK_BRIDGE, &range) < 0)
		return true;
	return ipv4_fits(&range, &net->address) && interface_check_foreign(net->address.address) == 0;
}

/* The same for its IPv6 address. */
static bool address6_fits(const struct context *context, const struct net *net, const char *text)
{
	struct ipv6_range range;

	if (is_reserved(context, RESERVE_ADDRESSES, text))
		return false;
	return !context->on_host || (interface_range6(NETWORK_BRIDGE, &range) == 0 &&
				     ipv6_same_network(&range.address, &net->address6.address));
}

/* Whether a hardware address can stay that does not follow from the address. Whoever made an archive may have chosen
 * that of a machine of this host's networks. */
static bool mac_fits(const struct context *context, const struct identity_rules *rules, const char *mac,
		     struct strv *changes)
{
	_cleanup_(freep) char *holder = NULL;
	int r = rules->trusted ? reservation_mac_holder(context->root_fd, mac, NULL, &holder) : 0;

	if (r == -ENOENT)
		return true;
	if (holder)
		strv_addf(changes, "Hardware address '%s' belongs to %s.", mac, holder);
	else
		strv_addf(changes, "Hardware address '%s' cannot be used on this host.", mac);
	return false;
}

/* Adds an interface to what is asked for. A hardware address that was derived from the address is derived again. */
static void keep_net(const struct context *context, const struct net *from, const struct identity_rules *rules,
		     struct strv *changes, struct create_spec *spec)
{
	_cleanup_(freep) char *address = ipv4_format(from->address.address);
	_cleanup_(freep) char *address6 = ipv6_format(&from->address6.address);
	struct net net;
	bool stays = !rules->anew && (from->dhcp || address_fits(context, from, address));

	net_copy(from, &net);
	net.gateway = 0;
	if (!from->dhcp && from->address.address && !stays) {
		if (!rules->anew)
			tell(context, changes, "Address", RESERVE_ADDRESSES, address);
		if (net.kind->libvirt)
			net.address = (struct ipv4_range){ 0 };
	}
	if (from->address6.prefix && (rules->anew || !stays || !address6_fits(context, from, address6))) {
		if (!rules->anew && !net_address6_is_derived(from))
			tell(context, changes, "Address", RESERVE_ADDRESSES, address6);
		net.address6 = (struct ipv6_range){ 0 };
	}
	if (!stays || net_mac_is_derived(from) || !mac_fits(context, rules, from->mac, changes)) {
		free(net.mac);
		net.mac = xstrdup("");
	}
	nets_take(&spec->nets, &net);
}

/* 'user:role:type' of a context. Caller frees. */
static char *without_level(const char *context, const char *level)
{
	size_t n = strlen(context), m = strlen(level) + 1;

	return has_suffix(context, level) && n > m ? xstrndup(context, n - m) : NULL;
}

static char *type_of(const char *context)
{
	const char *type = strchr(context, ':');

	type = type ? strchr(type + 1, ':') : NULL;
	return type ? xstrndup(type + 1, strcspn(type + 1, ":")) : NULL;
}

static int keep_base(const struct context *context, const struct record *record, struct strv *changes, uint32_t *base)
{
	_cleanup_(freep) char *text = xasprintf("%u", record->uid_base);
	int r = record->uid_base ? allocate_base_is_free(context->root_fd, record->uid_base) : 0;

	if (r > 0)
		*base = record->uid_base;
	else if (r == 0 && record->uid_base)
		tell(context, changes, "Range of ids from", RESERVE_IDS, text);
	return r < 0 ? r : 0;
}

static void replace(char **at, char **by)
{
	free(*at);
	*at = *by ? steal_ptr(*by) : xstrdup("");
}

static void change_record(const struct identity_rules *rules, struct choice *c, struct record *record)
{
	replace(&record->level, &c->level);
	if (!rules->same || rules->anew)
		replace(&record->uuid, &c->uuid);
	replace(&record->process_context, &c->process_context);
	replace(&record->file_context, &c->file_context);
	record->uid_base = c->uid_base;
	record->uid_count = c->uid_base ? RECORD_ID_COUNT : 0;
	choice_put_nets(c, record);
}

int identity_settle(const struct context *context, const struct identity_rules *rules, struct record *record,
		    struct strv *changes, struct strv *ret_macs, char **ret_machine_id)
{
	_cleanup_(create_spec_done) struct create_spec spec = {
		.context = context,
		.name = record->name,
		.private_users = record->uid_base != 0,
		.own = rules->same,
	};
	_cleanup_(choice_done) struct choice c = { 0 };
	_cleanup_(freep) char *type = NULL;
	uint32_t base = 0;
	int r = 0;

	if (!rules->anew)
		r = keep_level(context, record, changes, &spec);
	if (r == 0 && !rules->anew)
		r = keep_base(context, record, changes, &base);
	if (rules->asked_nets)
		nets_copy(&record->nets, &spec.nets);
	for (size_t i = 0; i < record->nets.n && !rules->asked_nets; i++)
		keep_net(context, &record->nets.v[i], rules, changes, &spec);
	if (r == 0 && !rules->asked_ports)
		r = allocate_drop_ports(&spec, &record->ports, changes);
	ports_copy(&record->ports, &spec.ports);
	if (rules->trusted && *record->process_context) {
		spec.process = without_level(record->process_context, record->level);
		spec.file_type = type = type_of(record->file_context);
	}
	if (r == 0)
		r = allocate(&spec, rules->attempt, &c);
	if (r < 0)
		return r;
	if (base)
		c.uid_base = base;
	strv_add_all(ret_macs, &c.macs);
	*ret_machine_id = steal_ptr(c.machine_id);
	change_record(rules, &c, record);
	return 0;
}
