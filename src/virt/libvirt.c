/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection to libvirt and its errors. libvirt itself prints nothing: every failure is reported once, in our words
 * and with libvirt's reason. */
#include "virt/libvirt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "base/log.h"

static void silent(void *data, virErrorPtr error)
{
	(void)data, (void)error;
}

int libvirt_reach(const char *uri, struct _virConnect **ret)
{
	virSetErrorFunc(NULL, silent);
	*ret = virConnectOpen(uri);
	if (*ret)
		log_debug("Connected to libvirt at '%s'.", uri);
	return *ret ? 0 : -ENOTCONN;
}

int libvirt_open(const char *uri, struct _virConnect **ret)
{
	int r = libvirt_reach(uri, ret);

	if (r < 0)
		log_error("Cannot reach libvirt at '%s': %s. 'virt-sandbox-service setup' starts its daemons, if they "
			  "are installed with the driver for it.",
			  uri, libvirt_reason());
	return r;
}

void libvirt_closep(struct _virConnect **conn)
{
	if (*conn)
		virConnectClose(*conn);
}

int libvirt_version(struct _virConnect *conn, unsigned long *ret)
{
	if (virConnectGetLibVersion(conn, ret) == 0)
		return 0;
	log_error("libvirt does not report its version: %s", libvirt_reason());
	return -EIO;
}

const char *libvirt_reason(void)
{
	static char text[1024];

	snprintf(text, sizeof(text), "%s", virGetLastErrorMessage());
	for (char *p = text; (p = strpbrk(p, "\r\n"));)
		*p = p[1] ? ' ' : '\0';
	return text;
}

bool libvirt_error_is(int code)
{
	virErrorPtr error = virGetLastError();

	return error && error->code == code;
}

bool libvirt_error_is_from(int part)
{
	virErrorPtr error = virGetLastError();

	return error && error->domain == part;
}
