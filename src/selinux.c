/* See selinux.h. */
#include "selinux.h"

#include <errno.h>
#include <selinux/selinux.h>

#include "log.h"

/* Which domain is right is what the loaded policy defines: container_init_t is meant for containers with systemd,
 * svirt_lxc_net_t is the name that our own policy module gives. */
static const char *const process_types[] = { "container_init_t", "svirt_lxc_net_t", "container_t" };
static const char *const file_types[] = { "svirt_lxc_file_t", "container_file_t" };

bool selinux_on(void)
{
	static int on = -1;

	if (on < 0)
		on = is_selinux_enabled() > 0;
	return on;
}

static int pick(const char *role, const char *const *types, size_t n, const char *level, char **ret)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_(freep) char *context = xasprintf("system_u:%s:%s:%s", role, types[i], level);

		if (security_check_context_raw(context) == 0) {
			*ret = steal_ptr(context);
			return 0;
		}
	}
	return log_error_errno(-ENOENT, "The host's SELinux policy has no types for containers; 'virt-sandbox-service setup' "
					"installs them.");
}

int selinux_contexts(const char *level, char **ret_process, char **ret_file)
{
	_cleanup_(freep) char *process = NULL;
	int r;

	if (!selinux_on())
		return -ENODATA;
	r = pick("system_r", process_types, ARRAY_SIZE(process_types), level, &process);
	if (r == 0)
		r = pick("object_r", file_types, ARRAY_SIZE(file_types), level, ret_file);
	if (r < 0)
		return r;
	*ret_process = steal_ptr(process);
	return 0;
}

int selinux_create_as(const char *context)
{
	if (!selinux_on())
		return 0;
	return setfscreatecon_raw(context) < 0 ? -errno : 0;
}
