/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Only units of the container's own packages run inside, even if more packages are installed on the host later:
 * everything that is in the host's '/usr' and not in the list /run/host/allow is masked in '/run', which systemd
 * prefers to '/usr'. */
#include "inside/init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strv.h"
#include "base/util.h"
#include "container/paths.h"

static const struct {
	const char *from, *to;
} pairs[] = {
	{ "/usr/lib/systemd/system", "/run/systemd/system" },
	{ "/usr/local/lib/systemd/system", "/run/systemd/system" },
	{ "/usr/lib/systemd/system-generators", "/run/systemd/system-generators" },
	{ "/usr/local/lib/systemd/system-generators", "/run/systemd/system-generators" },
	{ "/usr/lib/systemd/system-environment-generators", "/run/systemd/system-environment-generators" },
	{ "/usr/local/lib/systemd/system-environment-generators", "/run/systemd/system-environment-generators" },
	{ "/usr/lib/sysusers.d", "/run/sysusers.d" },
	{ "/usr/local/lib/sysusers.d", "/run/sysusers.d" },
	{ "/usr/lib/tmpfiles.d", "/run/tmpfiles.d" },
	{ "/usr/local/lib/tmpfiles.d", "/run/tmpfiles.d" },
};

static bool is_file(int dir, const struct dirent *e)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN)
		return e->d_type == DT_REG || e->d_type == DT_LNK;
	return fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(st.st_mode);
}

static int mask_entries(DIR *from, const char *from_path, int to, const struct strv *allow)
{
	struct dirent *e;

	while (errno = 0, (e = readdir(from))) {
		char path[512];

		snprintf(path, sizeof(path), "%s/%s", from_path, e->d_name);
		if (!is_file(dirfd(from), e) || strv_find(allow, path))
			continue;
		if (symlinkat("/dev/null", to, e->d_name) < 0 && errno != EEXIST)
			return -errno;
	}
	return -errno; /* readdir(3): 0 at the end */
}

static int mask_pair(size_t i, const struct strv *allow)
{
	_cleanup_(closedirp) DIR *from = opendir(pairs[i].from);
	_cleanup_(closep) int to = -1;

	if (!from)
		return errno == ENOENT ? 0 : -errno;
	if (mkdir(pairs[i].to, 0755) < 0 && errno != EEXIST)
		return -errno;
	to = open(pairs[i].to, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return to < 0 ? -errno : mask_entries(from, pairs[i].from, to, allow);
}

int mask_units(void)
{
	_cleanup_(strv_done) struct strv allow = { 0 };
	int r = read_handed(HOST_ALLOW, &allow); /* each line is 'DIRECTORY/NAME' */

	if (r == -ENOENT) {
		fputs(INSIDE_HOST "/" HOST_ALLOW " is missing: units of all the host's packages may run here\n",
		      stderr);
		return 0;
	}
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(pairs); i++)
		r = mask_pair(i, &allow);
	return r;
}
