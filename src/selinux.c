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

bool selinux_enforcing(void)
{
	return selinux_on() && security_getenforce() == 1;
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

static int take_process(const char *asked, const char *level, char **ret)
{
	_cleanup_(freep) char *context = xasprintf("%s:%s", asked, level);

	if (security_check_context_raw(context) < 0)
		return log_error_errno(-EINVAL, "The host's SELinux policy does not know the context '%s'.", context);
	*ret = steal_ptr(context);
	return 0;
}

static int take_file(const char *type, const char *level, char **ret)
{
	_cleanup_(freep) char *context = xasprintf("system_u:object_r:%s:%s", type, level);

	if (security_check_context_raw(context) < 0)
		return log_error_errno(-EINVAL, "The host's SELinux policy does not know '%s' as a type of files.", type);
	*ret = steal_ptr(context);
	return 0;
}

int selinux_contexts(const char *level, const struct selinux_asked *asked, char **ret_process, char **ret_file)
{
	_cleanup_(freep) char *process = NULL;
	int r;

	if (!selinux_on())
		return -ENODATA;
	r = asked->process ? take_process(asked->process, level, &process)
			   : pick("system_r", process_types, ARRAY_SIZE(process_types), level, &process);
	if (r == 0)
		r = asked->file_type ? take_file(asked->file_type, level, ret_file)
				     : pick("object_r", file_types, ARRAY_SIZE(file_types), level, ret_file);
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
