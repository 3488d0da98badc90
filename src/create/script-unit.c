/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The units inside that run installation scripts of packages. A script has no network and no systemd to ask, and may
 * change only data in /var: the container's configuration is the administrator's, of which it gets a copy in place of
 * /etc, and /usr is the host's. */
#include "create/script-unit.h"

#include "base/buf.h"
#include "contents/gathered.h"

/* Some characters of packages' names are not allowed in a unit's. */
char *script_unit_name(const char *package)
{
	char *name = xasprintf("virt-sandbox-script-%s.service", package);

	for (char *p = name; *p; p++)
		if (*p == '+' || *p == '~' || *p == '^')
			*p = '_';
	return name;
}

char *script_path(const char *package, const char *suffix)
{
	return xasprintf(SCRIPTS_DIR "/%s.%s", package, suffix);
}

char *script_unit_text(const char *package, const struct pkg_script *script, const char *before)
{
	_cleanup_(freep) char *path = script_path(package, "postinst");
	_cleanup_(freep) char *after = before ? script_unit_name(before) : xstrdup("");
	_cleanup_(buf_done) struct buf b = { 0 };

	buf_addf(&b,
		 "# Made by virt-sandbox-service: what this script made on the host is not copied.\n"
		 "[Unit]\n"
		 "Description=Installation script of package %s\n"
		 "DefaultDependencies=no\n"
		 "ConditionPathExists=%s\n"
		 "Conflicts=shutdown.target\n"
		 "After=local-fs.target systemd-sysusers.service systemd-tmpfiles-setup.service%s%s\n"
		 "Before=sysinit.target shutdown.target\n"
		 "\n"
		 "[Service]\n"
		 "Type=oneshot\n"
		 "TimeoutStartSec=infinity\n"
		 "RuntimeDirectory=%%N\n"
		 "PrivateNetwork=yes\n"
		 "PrivateTmp=yes\n"
		 "ReadOnlyPaths=/etc\n"
		 "TemporaryFileSystem=/run/systemd /run/dbus\n"
		 "BindReadOnlyPaths=-/run/systemd/journal\n",
		 package, path, *after ? " " : "", after);
	for (size_t i = 0; i < script->environment.n; i++)
		buf_addf(&b, "Environment=%s\n", script->environment.v[i]);
	buf_addf(&b, "ExecStart=" SCRIPTPATH " %s %s %s\n", package, path, script->arguments);
	return buf_steal(&b);
}
