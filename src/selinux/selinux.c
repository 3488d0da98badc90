/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The only file that uses libselinux. Without SELinux in the kernel, its functions do nothing and succeed, or return
 * -ENODATA. */
#include "selinux/selinux.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <selinux/label.h>
#include <selinux/restorecon.h>
#include <selinux/selinux.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/random.h"

/* The domain of containers is always one of our own modules' (policy/README.md says why): svirt_lxc_service_t beside
 * a policy that has container types, and svirt_lxc_net_t elsewhere. */
static const char *const process_types[] = { "svirt_lxc_service_t", "svirt_lxc_net_t" };

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

static void freeconp(char **context)
{
	freecon(*context);
}

/* A context may name its type by an alias. The kernel answers with the type's own name, and so do records. 0, or
 * -EINVAL: the loaded policy does not know the context. */
static int resolve(const char *context, char **ret)
{
	_cleanup_(freeconp) char *own = NULL;

	if (security_canonicalize_context_raw(context, &own) < 0)
		return -EINVAL;
	*ret = xstrdup(own);
	return 0;
}

/* Takes the first of our domains that the loaded policy has as a type of its own: without our modules, a name of theirs
 * may be an alias of the policy's container_t. */
static int pick_process(const char *level, char **ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(process_types); i++) {
		_cleanup_(freep) char *context = xasprintf("system_u:system_r:%s:%s", process_types[i], level);
		_cleanup_(freep) char *part = xasprintf(":%s:", process_types[i]), *own = NULL;

		if (resolve(context, &own) < 0 || !strstr(own, part))
			continue;
		*ret = steal_ptr(own);
		return 0;
	}
	return -ENOENT;
}

static int choose_process(const char *asked, const char *level, char **ret)
{
	_cleanup_(freep) char *context = NULL;

	if (!asked)
		return pick_process(level, ret);
	context = xasprintf("%s:%s", asked, level);
	if (resolve(context, ret) < 0)
		return log_error_errno(-EINVAL, "The host's SELinux policy does not know the context '%s'.", context);
	return 0;
}

static int choose_file(const char *asked, const char *level, char **ret)
{
	const char *type = asked ? asked : "container_file_t"; /* which may be an alias */
	_cleanup_(freep) char *context = xasprintf("system_u:object_r:%s:%s", type, level);
	int r = resolve(context, ret);

	if (r < 0 && asked)
		return log_error_errno(r, "The host's SELinux policy does not know the file type '%s'.", asked);
	return r < 0 ? -ENOENT : 0;
}

int selinux_contexts(const char *level, const struct selinux_asked *asked, char **ret_process, char **ret_file)
{
	_cleanup_(freep) char *process = NULL;
	int r;

	if (!selinux_on())
		return -ENODATA;
	r = choose_process(asked->process, level, &process);
	if (r == 0)
		r = choose_file(asked->file_type, level, ret_file);
	if (r == 0)
		*ret_process = steal_ptr(process);
	return r;
}

/* Line 'line' of the file, or the first one if it has fewer, with this level. 0 or -ENOENT. */
static int context_of_line(const char *path, int line, const char *level, char **ret)
{
	FILE *file = fopen(path, "re");
	char text[512], context[512] = "";
	char *end = context;

	for (int i = 0; file && i <= line && fgets(text, sizeof(text), file); i++)
		if (*text && *text != '\n')
			memcpy(context, text, sizeof(context));
	if (file)
		fclose(file);
	for (int colons = 0; *end && colons < 3; end++)
		colons += *end == ':';
	if (!*end)
		return -ENOENT;
	*end = '\0';
	*ret = xasprintf("%s%s", context, level);
	return 0;
}

int selinux_guest_contexts(const char *level, bool emulated, char **ret_process, char **ret_file)
{
	_cleanup_(freep) char *process = NULL;
	int r = selinux_on() ? context_of_line(selinux_virtual_domain_context_path(), emulated, level, &process)
			     : -ENODATA;

	if (r == 0)
		r = context_of_line(selinux_virtual_image_context_path(), 0, level, ret_file);
	if (r == 0)
		*ret_process = steal_ptr(process);
	return r;
}

int selinux_become(const char *context)
{
	return selinux_on() && *context && setcon_raw(context) < 0 ? -errno : 0;
}

char *selinux_policy_file(void)
{
	_cleanup_(freep) char *pattern = xasprintf("%s.[0-9]*", selinux_binary_policy_path());
	char *newest = NULL;
	glob_t files = { 0 };
	uint64_t best = 0, version;

	if (glob(pattern, 0, NULL, &files) != 0)
		return NULL;
	for (size_t i = 0; i < files.gl_pathc; i++) {
		if (parse_u64(strrchr(files.gl_pathv[i], '.') + 1, UINT32_MAX, &version) < 0 || version < best)
			continue;
		free(newest);
		newest = xstrdup(files.gl_pathv[i]);
		best = version;
	}
	globfree(&files);
	return newest;
}

bool selinux_has_own_types(void)
{
	return security_check_context_raw("system_u:system_r:virt_sandbox_monitor_t:s0") == 0;
}

int selinux_create_as(const char *context)
{
	if (!selinux_on())
		return 0;
	return setfscreatecon_raw(context && *context ? context : NULL) < 0 ? -errno : 0;
}

/* The policy's file contexts are read once. */
int selinux_policy_label(const char *path, mode_t mode, char **ret)
{
	static struct selabel_handle *contexts;
	_cleanup_(freeconp) char *context = NULL;

	if (!selinux_on())
		return -ENODATA;
	if (!contexts)
		contexts = selabel_open(SELABEL_CTX_FILE, NULL, 0);
	if (!contexts || selabel_lookup_raw(contexts, &context, path, (int)mode) < 0)
		return -errno;
	*ret = xstrdup(context);
	return 0;
}

int selinux_sockets_as(const char *context)
{
	if (!selinux_on())
		return 0;
	return setsockcreatecon_raw(context && *context ? context : NULL) < 0 ? -errno : 0;
}

int selinux_sockets_like(pid_t pid)
{
	_cleanup_(freeconp) char *context = NULL;

	if (!selinux_on())
		return 0;
	if (pid != 0 && getpidcon_raw(pid, &context) < 0)
		return -errno;
	return selinux_sockets_as(context);
}

/* Opens both ends of fifo 'name' and removes the name. */
static int open_fifo(int dir, const char *name, int ret[2])
{
	_cleanup_(closep) int from = openat(dir, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_(closep) int to = from < 0 ? -1 : openat(dir, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	int r = to < 0 ? -errno : 0;

	unlinkat(dir, name, 0);
	if (r == 0 && fcntl(from, F_SETFL, 0) < 0)
		r = -errno;
	if (r < 0)
		return r;
	ret[0] = steal_fd(&from);
	ret[1] = steal_fd(&to);
	return 0;
}

/* A pipe of pipe(2) has the label of its creator and cannot get another one, so this is a fifo that has a name for a
 * moment. Only root can enter the directory above 'dir'. */
int selinux_pipe(const char *dir, const char *context, int ret[2])
{
	_cleanup_(freeconp) char *own = NULL;
	_cleanup_(closep) int fd = -1;
	char name[32];
	uint64_t any;
	int r;

	if (!selinux_on())
		return pipe2(ret, O_CLOEXEC) < 0 ? -errno : 0;
	if (!context && lgetfilecon_raw(dir, &own) < 0)
		return -errno;
	fd = open(dir, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || random_bytes(&any, sizeof(any)) < 0)
		return -errno;
	snprintf(name, sizeof(name), "../.pipe-%016" PRIx64, any);
	r = selinux_create_as(context ?: own);
	if (r == 0)
		r = mknodat(fd, name, S_IFIFO | 0600, 0) < 0 ? -errno : open_fifo(fd, name, ret);
	selinux_create_as(NULL);
	return r;
}

/* An O_PATH descriptor gives no access to attributes, but its path in /proc does, and refers to the file itself. */
int selinux_label_of(int fd, char **ret)
{
	_cleanup_(freep) char *path = xasprintf("/proc/self/fd/%d", fd);
	_cleanup_(freeconp) char *context = NULL;

	if (!selinux_on())
		return -ENODATA;
	if (getfilecon_raw(path, &context) < 0)
		return -errno;
	*ret = xstrdup(context);
	return 0;
}

int selinux_label_of_process(pid_t pid, char **ret)
{
	_cleanup_(freeconp) char *context = NULL;

	if (!selinux_on())
		return -ENODATA;
	if (getpidcon_raw(pid, &context) < 0)
		return -errno;
	*ret = xstrdup(context);
	return 0;
}

bool selinux_same_label(const char *a, const char *b)
{
	const char *x = strchr(a, ':'), *y = strchr(b, ':');

	return x && y && strcmp(x, y) == 0;
}

int selinux_label(int fd, const char *context)
{
	_cleanup_(freep) char *path = xasprintf("/proc/self/fd/%d", fd);
	_cleanup_(freep) char *now = NULL;

	if (selinux_label_of(fd, &now) == 0 && strcmp(now, context) == 0)
		return 0;
	return setfilecon_raw(path, context) < 0 ? -errno : 1;
}

int selinux_restore(const char *path, bool all)
{
	if (!selinux_on() || access(path, F_OK) < 0)
		return 0;
	/* Digests belong to the administrator's restorecon(8). */
	return selinux_restorecon(path, SELINUX_RESTORECON_SKIP_DIGEST | (all ? SELINUX_RESTORECON_RECURSE : 0)) < 0
		       ? -errno
		       : 0;
}
