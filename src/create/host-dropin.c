/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A drop-in of the administrator's for all services of the host, in service.d, applies to the containers' units and to
 * libvirt's daemons, too, and is read after the unit file. So what they cannot bear is set back in drop-ins of their
 * own. Drop-ins are read in the order of their names, whichever directory they are in (systemd.unit(5)). */
#include "create/host-dropin.h"

#include "container/paths.h"

#define OWN_VIEW "libvirt must see what is mounted for a container, and mount it"
#define ROOT "only root can start a container"
#define RIGHTS "needed to start, enter and clean up a container"

static const struct {
	const char *key, *value, *reason;
} settings[] = {
	{ "MountFlags", "", OWN_VIEW },
	{ "PrivateMounts", "no", OWN_VIEW },
	{ "PrivateTmp", "no", OWN_VIEW },
	{ "PrivateDevices", "no", OWN_VIEW },
	{ "PrivateIPC", "no", OWN_VIEW },
	{ "ProtectSystem", "no", OWN_VIEW },
	{ "ProtectHome", "no", OWN_VIEW },
	{ "ProtectKernelTunables", "no", OWN_VIEW },
	{ "ProtectKernelModules", "no", OWN_VIEW },
	{ "ProtectKernelLogs", "no", OWN_VIEW },
	{ "ProtectControlGroups", "no", OWN_VIEW },
	{ "ProtectClock", "no", OWN_VIEW },
	{ "ProtectHostname", "no", OWN_VIEW },
	{ "ProtectProc", "default", OWN_VIEW },
	{ "ProcSubset", "all", OWN_VIEW },
	{ "RootDirectory", "", OWN_VIEW },
	{ "RootImage", "", OWN_VIEW },
	{ "ReadWritePaths", "", OWN_VIEW },
	{ "ReadOnlyPaths", "", OWN_VIEW },
	{ "InaccessiblePaths", "", OWN_VIEW },
	{ "ExecPaths", "", OWN_VIEW },
	{ "NoExecPaths", "", OWN_VIEW },
	{ "BindPaths", "", OWN_VIEW },
	{ "BindReadOnlyPaths", "", OWN_VIEW },
	{ "TemporaryFileSystem", "", OWN_VIEW },
	{ "MountImages", "", OWN_VIEW },
	{ "ExtensionImages", "", OWN_VIEW },
	{ "LogNamespace", "", OWN_VIEW },

	{ "User", "", ROOT },
	{ "Group", "", ROOT },
	{ "DynamicUser", "no", ROOT },
	{ "PrivateUsers", "no", ROOT },

	{ "PrivateNetwork", "no", RIGHTS },
	{ "NetworkNamespacePath", "", RIGHTS },
	{ "CapabilityBoundingSet", "~", RIGHTS },
	{ "SecureBits", "", RIGHTS },
	{ "NoNewPrivileges", "no", RIGHTS },
	{ "SystemCallFilter", "", RIGHTS },
	{ "SystemCallArchitectures", "", RIGHTS },
	{ "RestrictNamespaces", "no", RIGHTS },
	{ "RestrictAddressFamilies", "", RIGHTS },
	{ "RestrictFileSystems", "", RIGHTS },
	{ "RestrictSUIDSGID", "no", RIGHTS },
	{ "MemoryDenyWriteExecute", "no", RIGHTS },
	{ "DevicePolicy", "auto", RIGHTS },
	{ "DeviceAllow", "", RIGHTS },
};

char *host_dropin_path(const char *unit)
{
	return xasprintf(HOST_UNIT_DIR "/%s.d/" HOST_DROPIN, unit);
}

void host_dropin_add(struct buf *b)
{
	const char *reason = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		if (settings[i].reason != reason)
			buf_addf(b, "# %s\n", settings[i].reason);
		reason = settings[i].reason;
		buf_addf(b, "%s=%s\n", settings[i].key, settings[i].value);
	}
}

char *host_dropin_text(const char *name)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	buf_addf(&b,
		 "# Made by virt-sandbox-service for container '%1$s'; 'virt-sandbox-service delete %1$s' removes it.\n"
		 "[Service]\n",
		 name);
	host_dropin_add(&b);
	return buf_steal(&b);
}
