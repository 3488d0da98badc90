/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths, unit names and interface names of a container, each derived from the container's name alone, so that
 * everything that belongs to it can always be found. */
#include "container/paths.h"

#include "base/random.h"
#include "base/util.h"
#include "container/port.h"
#include "selinux/mcs.h"

char *host_unit_name(const char *name)
{
	return xasprintf("%s" HOST_UNIT_SUFFIX, name);
}

char *host_unit_path(const char *name)
{
	return xasprintf(HOST_UNIT_DIR "/%s" HOST_UNIT_SUFFIX, name);
}

char *port_unit_name(const char *name, const struct port *port, const char *suffix)
{
	return xasprintf("%s_sandbox-%s%s%u.%s", name, port->ip, *port->ip ? "-" : "", port->host, suffix);
}

char *port_unit_path(const char *name, const struct port *port, const char *suffix)
{
	_cleanup_(freep) char *unit = port_unit_name(name, port, suffix);

	return xasprintf(HOST_UNIT_DIR "/%s", unit);
}

char *record_path(const char *name)
{
	return xasprintf(RECORD_DIR "/%s" RECORD_SUFFIX, name);
}

char *reservation_path(const char *kind, const char *value)
{
	return xasprintf(RESERVATION_DIR "/%s/%s", kind, value);
}

char *allow_path(const char *name)
{
	return xasprintf(ALLOW_DIR "/%s", name);
}

char *given_path(const char *name)
{
	return xasprintf(GIVEN_DIR "/%s", name);
}

char *undo_path(const char *name)
{
	return xasprintf(UNDO_DIR "/%s", name);
}

char *runtime_dir(const char *name)
{
	return xasprintf(RUNTIME_DIR "/%s", name);
}

char *leader_path(const char *name)
{
	return xasprintf(RUNTIME_DIR "/%s/leader", name);
}

char *ports_path(const char *name)
{
	return xasprintf(RUNTIME_DIR "/%s/ports", name);
}

char *health_path(const char *name)
{
	return xasprintf(RUNTIME_DIR "/%s/health", name);
}

char *staging_dir(const char *name)
{
	return xasprintf(STAGING_DIR "/%s", name);
}

char *staging_bind(const char *name, size_t i)
{
	return xasprintf(STAGING_DIR "/%s/bind%zu", name, i);
}

char *staging_live(const char *name, size_t i)
{
	return xasprintf(STAGING_DIR "/%s/live%zu", name, i);
}

char *staging_live_host(const char *name, size_t i)
{
	return xasprintf(STAGING_DIR "/%s/live%zu.host", name, i);
}

/* At most 15 bytes, which is the kernel's limit. */
char *host_interface_name(const char *name, size_t i)
{
	return xasprintf("vs%010llx-%zu", (unsigned long long)(name_seed(name) & 0xffffffffff), i);
}

char *inside_interface_name(size_t i)
{
	return xasprintf("eth%zu", i);
}
