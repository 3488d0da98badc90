/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls what starts and stops of containers call, in their order. */
#include "sandbox/networks.h"

#include <errno.h>

#include "base/context.h"
#include "base/log.h"
#include "container/record.h"
#include "container/sandbox-record.h"
#include "sandbox/engine.h"
#include "virt/libvirt-domain.h"
#include "virt/libvirt.h"
#include "virt/network-names.h"
#include "virt/network-walls.h"
#include "virt/network.h"

int networks_enter(const struct context *context, struct _virConnect *conn, const struct record *record)
{
	int r = networks_remove_interfaces(record);

	if (r == 0)
		r = networks_start(context, conn, record);
	return r < 0 ? r : walls_put(context, record);
}

int networks_guard(struct _virConnect *conn, const struct record *record)
{
	int r = walls_lock_ports(record);

	if (r < 0 || !nets_have_ours(&record->nets))
		return r;
	names_put(conn, record);
	names_show_host();
	return 0;
}

void networks_leave(const struct context *context, struct _virConnect *conn, const struct record *record)
{
	if (record->nets.n == 0)
		return;
	names_remove(conn, record);
	(void)networks_remove_interfaces(record);
	/* First, or whoever puts back all walls would put back its, too. */
	(void)sandbox_record_remove(context->root_fd, record->name);
	walls_remove(context, record);
}

int networks_clear(const struct context *context, const char *name)
{
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;
	_cleanup_(record_done) struct record record = { 0 };
	int r = sandbox_record_load(context->root_fd, name, &record);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return log_error_errno(r, "Cannot read the record of sandbox '%s', which has ended: %m", name);
	r = libvirt_open(engine_lxc.uri, &conn); /* only containers have networks, whatever starts now */
	if (r == 0)
		r = libvirt_domain_destroy(conn, name, record.uuid);
	if (r == 0)
		networks_leave(context, conn, &record);
	return r;
}
