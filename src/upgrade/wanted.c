/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What create would put into an existing container today: it is asked again for what it was asked for, with what was
 * allocated then. */
#include "upgrade/wanted.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "contents/collect.h"
#include "create/check-missing.h"
#include "create/check-units.h"
#include "create/choice.h"
#include "create/compose.h"
#include "create/ops.h"
#include "create/script-unit.h"
#include "upgrade/merge-accounts.h"

void wanted_cache_done(struct wanted_cache *cache)
{
	if (cache->key)
		gathered_done(&cache->gathered);
	free(cache->key);
	*cache = (struct wanted_cache){ 0 };
}

void wanted_done(struct wanted *wanted)
{
	for (size_t i = 0; i < wanted->n; i++)
		version_done(&wanted->v[i].host);
	free(wanted->v);
	plan_done(&wanted->plan);
	record_done(&wanted->record);
	*wanted = (struct wanted){ 0 };
}

/* Texts of the container's identity, which 'set' makes anew when that changes; and what is for its first start. */
bool wanted_is_own(const char *path)
{
	static const char *const own[] = { "/etc/hostname",
					   "/etc/hosts",
					   "/etc/machine-id",
					   "/etc/resolv.conf",
					   "/etc/systemd/network/50-virt-sandbox-*",
					   "/etc/systemd/system/" SCRIPT_UNIT_PATTERN,
					   "/etc/systemd/system/multi-user.target.wants/" SCRIPT_UNIT_PATTERN,
					   SCRIPTS_DIR,
					   SCRIPTS_DIR "/*" };

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (fnmatch(own[i], path, FNM_PATHNAME) == 0)
			return true;
	return false;
}

void wanted_asked_done(struct wanted_asked *asked)
{
	strv_done(&asked->units);
	strv_done(&asked->packages);
}

static void ask(const struct context *context, const struct record *record, const struct given *given,
		const struct wanted_asked *asked, struct create_spec *ret)
{
	*ret = (struct create_spec){
		.context = context,
		.name = record->name,
		.path = xstrdup(record->path),
		.hostname = *record->hostname ? record->hostname : NULL,
		.description = *record->description ? record->description : NULL,
		.package_manager = record->package_manager,
		.existing = !asked,
		.force = !asked || asked->force,
		.copy_keys = given->copy,
		.no_scripts = true, /* they are for a new container */
		.private_users = record->uid_base != 0,
		.host_access = record->host_access,
		.live = &record->live,
	};
	strv_add_all(&ret->units, asked ? &asked->units : given_units(given, record));
	strv_add_all(&ret->packages, asked ? &asked->packages : &given->packages);
	strv_add_all(&ret->capabilities, &record->capabilities);
	strv_add_all(&ret->system_calls, &record->system_calls);
	strv_add_all(&ret->devices, &record->devices);
	mounts_copy(&record->mounts, &ret->mounts);
	ports_copy(&record->ports, &ret->ports);
	nets_copy(&record->nets, &ret->nets);
	for (size_t i = 0; i < LIMITS; i++)
		ret->limits[i] = record->limits[i];
}

static void choose(const struct record *record, struct choice *ret)
{
	*ret = (struct choice){
		.level = xstrdup(record->level),
		.uid_base = record->uid_base,
		.uuid = xstrdup(record->uuid),
		.machine_id = xstrdup(""),
		.process_context = xstrdup(record->process_context),
		.file_context = xstrdup(record->file_context),
	};
	nets_copy(&record->nets, &ret->nets);
	strv_add_all(&ret->name_servers, &record->name_servers);
}

/* Everything that reading the host depends on. */
static char *key_of(const struct create_spec *spec)
{
	const struct strv *lists[] = { &spec->units, &spec->packages, spec->live };
	_cleanup_(buf_done) struct buf b = { 0 };

	buf_addf(&b, "%s %d %d", spec->package_manager, spec->private_users, spec->copy_keys);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		_cleanup_(freep) char *words = strv_join(lists[i], " ");

		buf_addf(&b, "\n%s", words);
	}
	for (size_t i = 0; i < spec->mounts.n; i++)
		buf_addf(&b, "\n%s", spec->mounts.v[i].target);
	return buf_steal(&b);
}

static int gather(const struct create_spec *spec, struct wanted_cache *cache)
{
	_cleanup_(freep) char *key = key_of(spec);
	int r;

	if (cache->key && strcmp(cache->key, key) == 0)
		return 0;
	wanted_cache_done(cache);
	r = collect(spec, &cache->gathered);
	if (r == 0)
		cache->key = steal_ptr(key);
	return r;
}

static const struct op *find_op(const struct plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->ops[i].kind->in_tree && strcmp(plan->ops[i].path, path) == 0)
			return &plan->ops[i];
	return NULL;
}

static bool is_machine_id(const char *text)
{
	return strspn(text, "0123456789abcdef") == 32 && strcmp(text + 32, "\n") == 0;
}

bool wanted_makes_own(const struct wanted *wanted, const char *path, const struct version *now)
{
	const struct op *op = find_op(&wanted->plan, path);
	struct version made = { 0 };

	if (op && op->kind == &op_write) /* not a file of the host that only has such a name */
		made = (struct version){ VERSION_FILE, op->mode, op->uid, op->gid, NULL, op->text, strlen(op->text) };
	if (strcmp(path, "/etc/machine-id") == 0 && now->data && is_machine_id(now->data)) {
		made.data = now->data;
		made.size = now->size;
	}
	return version_same(now, &made) && version_same_mode(now, &made) && version_same_owner(now, &made);
}

/* What the operation would make. 1; 0 if it would make nothing; or -errno after a message. */
static int version_of(int root_fd, const struct plan *plan, const struct op *op, struct wanted_path *ret)
{
	const struct op *first = op->kind == &op_hardlink ? find_op(plan, op->source) : op;
	struct version v = { .mode = op->mode, .uid = op->uid, .gid = op->gid };
	struct stat st;

	if (!first)
		return 0;
	if (first->kind == &op_file) {
		_cleanup_(version_done) struct version file = { 0 };
		int r = version_read(root_fd, first->source, WALK_TREE,
				     skip_prefix(op->path, "/var/") ? 0 : VERSION_CONTENT_MAX, &file, NULL);

		if (r < 0)
			return log_error_errno(r, "Cannot read '%s': %m", first->source);
		if (file.type != VERSION_FILE)
			return 0;
		v.type = VERSION_FILE;
		v.size = file.size;
		v.data = steal_ptr(file.data);
		ret->source = first->source;
		ret->stamped = op->kind == &op_file;
	} else if (!given_version_of(first, &v)) {
		return 0;
	} else if (first->kind == &op_directory) {
		ret->stamped = op->source;
	}
	ret->host = v;
	if (ret->stamped && given_is_stamped(op) && skip_prefix(op->path, "/etc/") &&
	    rootfd_lstat(root_fd, op->source, WALK_TREE, &st) == 0)
		ret->stamp = given_stamp(&st);
	return 1;
}

static enum upgrade_kind kind_of(const struct op *op)
{
	if (skip_prefix(op->path, "/var/"))
		return UPGRADE_DATA;
	if (accounts_file(op->path))
		return UPGRADE_ACCOUNTS;
	return strcmp(op->rule, "written-anew") == 0 && op->kind != &op_file ? UPGRADE_GENERATED : UPGRADE_COPY;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct wanted_path *)a)->path, ((const struct wanted_path *)b)->path);
}

/* A container with a copy of the service's data got what the host's links in /var lead to, and not all of the links. */
static int list_paths(int root_fd, bool copied, struct wanted *w)
{
	for (size_t i = 0; i < w->plan.n; i++) {
		const struct op *op = &w->plan.ops[i];
		struct wanted_path p = { .path = op->path, .op = op };
		int r;

		if (!op->kind->in_tree || !given_is_kept(op->path) || wanted_is_own(op->path))
			continue;
		p.kind = kind_of(op);
		if (copied && p.kind == UPGRADE_DATA && op->kind == &op_link)
			continue;
		r = version_of(root_fd, &w->plan, op, &p);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		grow(w->v, w->n);
		w->v[w->n++] = p;
	}
	if (w->n > 0)
		qsort(w->v, w->n, sizeof(*w->v), compare);
	return 0;
}

int wanted_find(const struct context *context, const struct record *record, const struct given *given,
		const struct wanted_asked *asked, struct wanted_cache *cache, struct wanted *ret)
{
	_cleanup_(create_spec_done) struct create_spec spec = { 0 };
	_cleanup_(choice_done) struct choice choice = { 0 };
	_cleanup_(wanted_done) struct wanted w = { 0 };
	int r;

	ask(context, record, given, asked, &spec);
	r = gather(&spec, cache);
	if (r == 0 && asked && asked->check)
		r = check_units(&spec, &cache->gathered);
	if (r < 0)
		return r;
	choose(record, &choice);
	compose(&spec, &cache->gathered, &choice, &w.plan, &w.record);
	strv_add_all(&w.record.keep, &record->keep);
	w.record.untrusted = record->untrusted;
	w.record.state = RECORD_READY;
	r = asked && asked->check ? check_missing(&spec, &cache->gathered, &w.plan) : 0;
	if (r == 0)
		r = list_paths(context->root_fd, given->copy, &w);
	if (r < 0)
		return r;
	*ret = w;
	w = (struct wanted){ 0 };
	return 0;
}
