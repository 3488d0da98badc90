/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each part of a record that differs is checked by the function that create uses for it. What a record says of the
 * container's identity, and of what was made only once, cannot be changed. */
#include "create/settle.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/random.h"
#include "base/rootfd.h"
#include "container/device.h"
#include "container/paths.h"
#include "container/record-value.h"
#include "create/allocate-net.h"
#include "create/allocate-port.h"
#include "create/check-mounts.h"
#include "create/choice.h"

/* With the reasons. */
static int check_fixed(const struct record *now, const struct record *record)
{
	const struct {
		const char *key, *now, *asked, *reason;
	} texts[] = {
		{ "UUID", now->uuid, record->uuid, "libvirt knows the container by it" },
		{ "Path", now->path, record->path, "its files are there; 'set --path' moves them" },
		{ "PackageManager", now->package_manager, record->package_manager,
		  "its packages are named in its way" },
		{ "Level", now->level, record->level, "all of its files have it" },
		{ "ProcessContext", now->process_context, record->process_context, "the label of its files fits it" },
		{ "FileContext", now->file_context, record->file_context, "all of its files have it" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (strcmp(texts[i].now, texts[i].asked) != 0)
			return log_error_errno(-EPERM, "%s= of container '%s' cannot be changed: %s.", texts[i].key,
					       now->name, texts[i].reason);
	if (now->uid_base != record->uid_base || now->uid_count != record->uid_count)
		return log_error_errno(-EPERM, "The ids of container '%s' cannot be changed: they are reserved for it.",
				       now->name);
	if (now->state != record->state)
		return log_error_errno(-EPERM, "State= of container '%s' cannot be changed.", now->name);
	return 0;
}

static bool same_nets(const struct nets *a, const struct nets *b)
{
	_cleanup_(buf_done) struct buf x = { 0 }, y = { 0 };

	for (size_t i = 0; i < a->n; i++)
		net_print(&a->v[i], &x);
	for (size_t i = 0; i < b->n; i++)
		net_print(&b->v[i], &y);
	return a->n == b->n && x.len == y.len && (x.len == 0 || memcmp(x.text, y.text, x.len) == 0);
}

static bool same_ports(const struct ports *a, const struct ports *b)
{
	bool same = a->n == b->n;

	for (size_t i = 0; same && i < a->n; i++) {
		_cleanup_(freep) char *x = port_format(&a->v[i]);
		_cleanup_(freep) char *y = port_format(&b->v[i]);

		same = strcmp(x, y) == 0;
	}
	return same;
}

static bool has_mount(const struct mounts *mounts, const struct mount *mount)
{
	_cleanup_(freep) char *text = mount_format(mount);

	for (size_t i = 0; i < mounts->n; i++) {
		_cleanup_(freep) char *other = mount_format(&mounts->v[i]);

		if (strcmp(text, other) == 0)
			return true;
	}
	return false;
}

/* A hardware address that follows from the address is not one that the administrator chose. */
static void forget_derived(struct nets *nets)
{
	for (size_t i = 0; i < nets->n; i++)
		if (nets->v[i].address.address && net_mac_is_derived(&nets->v[i]))
			*nets->v[i].mac = '\0';
}

/* Replaces the networks of the record by what was allocated. */
static int settle_nets(const struct create_spec *spec, unsigned int attempt, bool fresh, struct choice *choice,
		       struct record *record)
{
	int r;

	if (!fresh) {
		nets_copy(&record->nets, &choice->nets);
		return 0;
	}
	forget_derived(&record->nets);
	r = allocate_nets(spec, name_seed(spec->name) + attempt * UINT64_C(7919), choice);
	if (r == 0)
		choice_put_nets(choice, record);
	return r;
}

/* Root inside may have put anything there since create. */
static int check_directory(int tree_fd, const char *path, bool is_target)
{
	struct stat st;
	int r = rootfd_lstat(tree_fd, path, WALK_TREE, &st);

	if (r == -ENOENT || (r == 0 && S_ISDIR(st.st_mode)))
		return 0;
	return log_error_errno(-ENOTDIR,
			       is_target
				       ? "Nothing can be mounted on '%s': that is not a directory in the container, or "
					 "a link leads to it."
				       : "'%s' cannot be mounted: that is not a directory in the container, or a link "
					 "leads to it.",
			       path);
}

static int settle_mounts(const struct context *context, int tree_fd, const struct record *now,
			 const struct record *record)
{
	struct create_spec spec = { .context = context, .name = record->name, .path = record->path };
	const struct plan nothing = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < record->mounts.n; i++) {
		if (has_mount(&now->mounts, &record->mounts.v[i]))
			continue;
		grow(spec.mounts.v, spec.mounts.n);
		spec.mounts.v[spec.mounts.n++] = record->mounts.v[i]; /* borrowed */
		r = check_directory(tree_fd, record->mounts.v[i].target, true);
		if (r == 0 && record->mounts.v[i].kind == MOUNT_GUEST)
			r = check_directory(tree_fd, record->mounts.v[i].source, false);
	}
	if (r == 0 && spec.mounts.n > 0)
		r = check_mounts(&spec, &nothing);
	free(spec.mounts.v);
	return r;
}

/* Below --root there are no devices; each start looks at them anyway. */
static int settle_devices(const struct context *context, const struct record *now, const struct record *record)
{
	for (size_t i = 0; context->on_host && i < record->devices.n; i++) {
		_cleanup_(freep) char *message = NULL;
		bool open;
		int r = strv_has(&now->devices, record->devices.v[i])
				? 0
				: device_check(context->root_fd, record->devices.v[i], &open, &message);

		if (r < 0)
			return log_error_errno(r, "%s", message);
	}
	return 0;
}

static int check_counts(const struct record *record)
{
	if (record->nets.n > NETS_MAX || record->mounts.n > MOUNTS_MAX || record->ports.n > PORTS_MAX ||
	    record->devices.n > DEVICES_MAX)
		return log_error_errno(-E2BIG,
				       "A container can have at most %d networks, %d mounts, %d published ports and %d "
				       "devices.",
				       NETS_MAX, MOUNTS_MAX, PORTS_MAX, DEVICES_MAX);
	for (size_t i = 1; i < record->mounts.n; i++)
		if (mount_overlaps(&record->mounts.v[i], &record->mounts, i))
			return log_error_errno(-EINVAL, "The mount on '%s' overlaps with another mount.",
					       record->mounts.v[i].target);
	return 0;
}

int settle(const struct context *context, int tree_fd, const struct record *now, unsigned int attempt,
	   struct record *record, struct strv *ret_macs)
{
	_cleanup_(choice_done) struct choice choice = { 0 };
	const struct create_spec spec = { .context = context,
					  .name = record->name,
					  .path = record->path,
					  .nets = record->nets,
					  .ports = record->ports,
					  .now = now,
					  .own = true };
	bool fresh = !same_nets(&now->nets, &record->nets);
	int r = check_fixed(now, record);

	if (r == 0)
		r = check_counts(record);
	if (r == 0 && !*record->hostname && !value_is_hostname(record->name))
		r = log_error_errno(-EINVAL, "'%s' is not a valid host name; give the container another one.",
				    record->name);
	if (r == 0)
		r = settle_nets(&spec, attempt, fresh, &choice, record);
	if (r == 0 && record->host_access && !nets_have_ours(&record->nets))
		r = log_error_errno(-EINVAL, "Access to the host works only on the network " NETWORK
					     "; nothing keeps containers on other networks from the host.");
	if (r == 0 && (fresh || !same_ports(&now->ports, &record->ports)))
		r = allocate_ports(&spec, &choice);
	if (r == 0)
		r = settle_mounts(context, tree_fd, now, record);
	if (r == 0)
		r = settle_devices(context, now, record);
	if (r == 0)
		strv_add_all(ret_macs, &choice.macs);
	return r;
}
