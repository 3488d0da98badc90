/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names of these directories are taken apart from their end, because a container's name may contain nearly
 * anything, and what follows it may not. */
#include "container/unit-dirs.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/rootfd.h"
#include "container/paths.h"

#define HOST_UNIT "_sandbox" /* what every unit of a container has behind the container's name */

const char *const unit_dirs[] = {
	HOST_UNIT_DIR,
	"/etc/systemd/system.control", /* set-property */
	"/run/systemd/system",	       /* edit --runtime */
	"/run/systemd/system.control", /* set-property --runtime */
	NULL,
};

static const char *const unit_suffixes[] = { ".service", ".socket" };
static const char *const dir_suffixes[] = { ".d", ".wants", ".requires", ".upholds" };

static bool cut_suffix(char *name, const char *const *suffixes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (has_suffix(name, suffixes[i])) {
			name[strlen(name) - strlen(suffixes[i])] = '\0';
			return true;
		}
	return false;
}

char *unit_dir_owner(const char *file)
{
	_cleanup_(freep) char *name = xstrdup(file);
	char *end = NULL;

	if (!cut_suffix(name, dir_suffixes, ARRAY_SIZE(dir_suffixes)) ||
	    !cut_suffix(name, unit_suffixes, ARRAY_SIZE(unit_suffixes)))
		return NULL;
	for (char *p = name; (p = strstr(p, HOST_UNIT)); p++)
		end = p;
	if (!end || end == name)
		return NULL;
	*end = '\0';
	end += strlen(HOST_UNIT);
	/* Nothing, or the port, before which there may be an address: port_unit_name() */
	if (*end && (*end != '-' || end[1 + strspn(end + 1, "0123456789abcdef.:-")]))
		return NULL;
	return steal_ptr(name);
}

int unit_dirs_find(int root_fd, const char *name, struct strv *ret)
{
	for (size_t i = 0; unit_dirs[i]; i++) {
		_cleanup_(strv_done) struct strv files = { 0 };
		int r = rootfd_list(root_fd, unit_dirs[i], WALK_ROOT, &files);

		if (r < 0 && r != -ENOENT)
			return log_error_errno(r, "Cannot read directory '%s': %m", unit_dirs[i]);
		for (size_t k = 0; k < files.n; k++) {
			_cleanup_(freep) char *owner = unit_dir_owner(files.v[k]);

			if (owner && strcmp(owner, name) == 0)
				strv_addf(ret, "%s/%s", unit_dirs[i], files.v[k]);
		}
	}
	return 0;
}
