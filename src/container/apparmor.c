/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The profiles of containers, by the kernel's files and the program that AppArmor has for profiles. No library is
 * needed: the kernel documents these files in Documentation/admin-guide/LSM/apparmor.rst, and apparmor_parser(8) and
 * aa_change_profile(2) show their use. */
#include "container/apparmor.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "base/subprocess.h"
#include "container/paths.h"

#define KERNEL "/sys/kernel/security/apparmor/"
#define PARSER "/usr/sbin/apparmor_parser"
#define PARSER_MS 60000
#define LABEL_MAX 4096 /* bytes */

bool apparmor_on(void)
{
	return access(KERNEL ".replace", F_OK) == 0;
}

bool apparmor_can_load(void)
{
	return access(PARSER, X_OK) == 0;
}

char *apparmor_profile(const char *name)
{
	return xasprintf("virt-sandbox-%s", name);
}

/* attach_disconnected: systemd hands files to services in mount namespaces in which these files have no path.
 * mediate_deleted: a file that was deleted keeps the rules of its path. */
static char *profile_text(const char *name)
{
	_cleanup_(freep) char *profile = apparmor_profile(name);

	return xasprintf("abi \"" APPARMORDIR "/abi\",\n"
			 "profile \"%s\" flags=(attach_disconnected,mediate_deleted) {\n"
			 "  include \"" APPARMORDIR "/container\"\n"
			 "}\n",
			 profile);
}

int apparmor_load(int root_fd, const char *name)
{
	_cleanup_(freep) char *text = profile_text(name);
	_cleanup_(freep) char *dir = runtime_dir(name);
	_cleanup_(freep) char *path = xasprintf("%s/" RUNTIME_APPARMOR, dir);
	const char *const argv[] = { PARSER, "--replace", "--skip-cache", path, NULL };
	_cleanup_(freep) char *did = NULL;
	int r = atomic_file_write(root_fd, path, 0600, text, true);

	if (r < 0)
		return log_error_errno(r, "Cannot write '%s': %m%s", path, RUNTIME_ADVICE);
	r = subprocess_run(argv, PARSER_MS, &did);
	if (r < 0)
		return log_error_errno(
			r,
			"Cannot load the AppArmor profile of container '%s'; its rules are in '" APPARMORDIR
			"/container' and '/etc/apparmor.d/local/virt-sandbox-service'.",
			name);
	return 0;
}

int apparmor_unload(const char *name)
{
	_cleanup_(freep) char *profile = apparmor_profile(name);
	_cleanup_(closep) int fd = open(KERNEL ".remove", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return write(fd, profile, strlen(profile)) < 0 && errno != ENOENT ? -errno : 0;
}

int apparmor_label_of_process(pid_t pid, char **ret)
{
	_cleanup_(freep) char *path = xasprintf("/proc/%d/attr/apparmor/current", pid);
	_cleanup_(closep) int fd = -1;
	char text[LABEL_MAX];
	ssize_t n;

	if (!apparmor_on())
		return -ENODATA;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (n < 0)
		return -errno;
	if (n > 0 && text[n - 1] == '\n')
		n--;
	*ret = xstrndup(text, (size_t)n);
	return 0;
}
