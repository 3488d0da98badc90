/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Level, user ids and names of a new container. Searches start at a place that is derived from the container's name, so
 * that simultaneous creates seldom compete, and a dry run shows what the real run will take. */
#include "create/allocate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/random.h"
#include "base/rootfd.h"
#include "container/reservation.h"
#include "create/allocate-net.h"
#include "create/allocate-port.h"
#include "create/id-range.h"
#include "selinux/mcs-in-use.h"
#include "selinux/selinux.h"

#define SUBID_MAX (1024 * 1024) /* bytes */

/* Adds a sentence about each level of others that gives access to what has 'level', or to which that gives access. */
static void find_dominance(const struct create_spec *spec, const struct mcs_level *level, const char *text,
			   struct strv *ret)
{
	_cleanup_(strv_done) struct strv names = { 0 };

	if (reservation_list(spec->context->root_fd, RESERVE_LEVELS, &names) < 0)
		return;
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(freep) char *message = NULL, *holder = NULL;
		struct mcs_level other;

		if (mcs_parse(names.v[i], &other, &message) < 0 ||
		    reservation_holder(spec->context->root_fd, RESERVE_LEVELS, names.v[i], NULL, &holder) < 0)
			continue;
		if (mcs_dominates(level, &other))
			strv_addf(ret, "Level '%s' gives access to files and processes of level '%s', which %s has.",
				  text, names.v[i], holder);
		else if (mcs_dominates(&other, level))
			strv_addf(ret, "Level '%s', which %s has, gives access to files and processes of level '%s'.",
				  names.v[i], holder, text);
	}
}

/* Whether anything else has this very level. 0, or -errno after a message. */
static int check_level(const struct create_spec *spec, const struct mcs_level *level, const char *text)
{
	_cleanup_(mcs_in_use_done) struct mcs_in_use in_use = { 0 };
	_cleanup_(freep) char *owner = NULL, *holder = NULL;
	bool shared = spec->level_rule == LEVEL_SHARED &&
		      reservation_owner(spec->context->root_fd, RESERVE_LEVELS, text, &owner) == 0;
	const struct mcs_user *other;

	if (reservation_holder(spec->context->root_fd, RESERVE_LEVELS, text, owner, &holder) == 0)
		return log_error_errno(-EEXIST, "Level '%s' belongs to %s; choose another, or let the program choose.",
				       text, holder);
	mcs_in_use_read(spec->context->root_fd, &in_use);
	other = shared ? NULL : mcs_in_use_find(&in_use, level);
	return other ? log_error_errno(-EEXIST, "Level '%s' is that of %s; choose another, or let the program choose.",
				       text, other->user)
		     : 0;
}

/* Sharing categories with a container is allowed, as in SELinux, but it is rarely intended. */
static int allocate_asked_level(const struct create_spec *spec, struct choice *c)
{
	_cleanup_(strv_done) struct strv sentences = { 0 };
	_cleanup_(freep) char *message = NULL;
	struct mcs_level level;
	int r;

	if (mcs_parse(spec->level, &level, &message) < 0)
		return log_error_errno(-EINVAL, "%s", message);
	c->level = mcs_format(&level);
	r = check_level(spec, &level, c->level);
	if (r < 0)
		return r;
	find_dominance(spec, &level, c->level, &sentences);
	if (sentences.n && spec->level_rule == LEVEL_APART)
		return log_error_errno(-EEXIST, "%s Choose another, or give --share-level.", sentences.v[0]);
	for (size_t i = 0; spec->level_rule == LEVEL_WARN && i < sentences.n; i++)
		log_warn("%s", sentences.v[i]);
	return 0;
}

static int allocate_level(const struct create_spec *spec, uint64_t seed, struct choice *c)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	_cleanup_(mcs_in_use_done) struct mcs_in_use in_use = { 0 };
	_cleanup_(freep) struct mcs_level *used = NULL;
	struct mcs_level level;
	size_t n = 0;
	int r;

	if (spec->level)
		return allocate_asked_level(spec, c);
	r = reservation_list(spec->context->root_fd, RESERVE_LEVELS, &names);
	if (r < 0)
		return r;
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(freep) char *message = NULL;

		grow(used, n);
		n += mcs_parse(names.v[i], &used[n], &message) == 0;
	}
	mcs_in_use_read(spec->context->root_fd, &in_use);
	for (size_t i = 0; i < in_use.n; i++) {
		grow(used, n);
		used[n++] = in_use.v[i].level;
	}
	r = mcs_pick(used, n, seed, &level);
	if (r < 0)
		return log_error_errno(r, "All SELinux levels are in use.");
	c->level = mcs_format(&level);
	log_info(
		"Level '%s': the first free one, searching from a place that depends on the name '%s'; %zu are in use.",
		c->level, spec->name, n);
	return 0;
}

int allocate_level_is_free(int root_fd, const char *text)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	_cleanup_(mcs_in_use_done) struct mcs_in_use in_use = { 0 };
	_cleanup_(freep) char *message = NULL;
	struct mcs_level level, other;
	unsigned int categories = 0;
	int r = reservation_list(root_fd, RESERVE_LEVELS, &names);

	if (r < 0 || mcs_parse(text, &level, &message) < 0)
		return r < 0 ? r : 0;
	for (size_t i = 0; i < sizeof(level); i++)
		categories += (unsigned int)__builtin_popcount(((const unsigned char *)&level)[i]);
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(freep) char *ignored = NULL;

		if (mcs_parse(names.v[i], &other, &ignored) == 0 &&
		    (mcs_dominates(&level, &other) || mcs_dominates(&other, &level)))
			return 0;
	}
	mcs_in_use_read(root_fd, &in_use);
	return categories == 2 && !mcs_in_use_find(&in_use, &level);
}

static void read_ranges(int root_fd, const char *path, void (*parse)(const char *, struct id_range **, size_t *),
			struct id_range **used, size_t *n)
{
	_cleanup_(freep) char *text = NULL;

	if (rootfd_read(root_fd, path, WALK_ROOT, SUBID_MAX, &text, NULL) == 0)
		parse(text, used, n);
}

/* The ranges of containers and of other user namespaces. */
static int read_lent_ids(int root_fd, struct id_range **used, size_t *n)
{
	_cleanup_(strv_done) struct strv bases = { 0 };
	int r = reservation_list(root_fd, RESERVE_IDS, &bases);

	if (r < 0)
		return r;
	for (size_t i = 0; i < bases.n; i++) {
		uint64_t base;

		if (parse_u64(bases.v[i], UINT32_MAX, &base) < 0)
			continue;
		grow(*used, *n);
		(*used)[(*n)++] = (struct id_range){ base, ID_RANGE_COUNT };
	}
	read_ranges(root_fd, "/etc/subuid", id_range_parse_subid, used, n);
	return 0;
}

int allocate_is_lent(int root_fd, uint32_t id)
{
	_cleanup_(freep) struct id_range *lent = NULL;
	size_t n = 0;
	int r = read_lent_ids(root_fd, &lent, &n);

	for (size_t i = 0; r == 0 && i < n; i++)
		r = id >= lent[i].start && id - lent[i].start < lent[i].count;
	return r;
}

/* The ranges of other containers and of users of the host. */
static int read_used_ids(int root_fd, struct id_range **used, size_t *n)
{
	int r = read_lent_ids(root_fd, used, n);

	if (r < 0)
		return r;
	read_ranges(root_fd, "/etc/subgid", id_range_parse_subid, used, n);
	read_ranges(root_fd, "/etc/passwd", id_range_parse_accounts, used, n);
	read_ranges(root_fd, "/etc/group", id_range_parse_accounts, used, n);
	return 0;
}

int allocate_base_is_free(int root_fd, uint32_t base)
{
	_cleanup_(freep) struct id_range *used = NULL;
	size_t n = 0;
	int r = read_used_ids(root_fd, &used, &n);

	return r < 0 ? r : base >= ID_RANGE_FIRST && base <= ID_RANGE_LAST && id_range_is_free(base, used, n);
}

static int allocate_ids(const struct create_spec *spec, uint64_t seed, struct choice *c)
{
	_cleanup_(freep) struct id_range *used = NULL;
	size_t n = 0;
	int r;

	if (!spec->private_users)
		return 0;
	r = read_used_ids(spec->context->root_fd, &used, &n);
	if (r < 0)
		return r;
	r = id_range_pick(used, n, seed, &c->uid_base);
	if (r < 0)
		return log_error_errno(r, "All ranges of user ids are in use.");
	log_info("User ids from %u: the first free range, searching from a place that depends on the name '%s'; %zu "
		 "are in use.",
		 c->uid_base, spec->name, n);
	return 0;
}

static int allocate_identity(struct choice *c)
{
	char id[RANDOM_ID_SIZE];
	int r = random_id(id);

	if (r < 0)
		return log_error_errno(r, "Cannot create a random id: %m");
	c->machine_id = xstrdup(id);
	r = random_id(id);
	if (r < 0)
		return log_error_errno(r, "Cannot create a random id: %m");
	c->uuid = xasprintf("%.8s-%.4s-%.4s-%.4s-%.12s", id, id + 8, id + 12, id + 16, id + 20);
	return 0;
}

static int allocate_contexts(const struct create_spec *spec, struct choice *c)
{
	const struct selinux_asked asked = { spec->process, spec->file_type };
	int r = selinux_contexts(c->level, &asked, &c->process_context, &c->file_context);

	if (r == 0)
		log_info("Processes get the SELinux context '%s', files '%s'.", c->process_context, c->file_context);
	if (r == -ENOENT)
		log_error("The host's SELinux policy lacks the types of containers; 'virt-sandbox-service setup' "
			  "installs them.");
	if (r != -ENODATA)
		return r;
	if (spec->process || spec->file_type)
		log_warn("SELinux is off, so --security and --filetype have no effect, except for the level.");
	return 0;
}

int allocate(const struct create_spec *spec, unsigned int attempt, struct choice *ret)
{
	_cleanup_(choice_done) struct choice c = { 0 };
	uint64_t seed = name_seed(spec->name) + attempt * UINT64_C(7919);
	int r = allocate_level(spec, seed, &c);

	if (r == 0)
		r = allocate_ids(spec, seed, &c);
	if (r == 0)
		r = allocate_nets(spec, seed, &c);
	if (r == 0)
		r = allocate_ports(spec, &c);
	if (r == 0)
		r = allocate_identity(&c);
	if (r == 0)
		r = allocate_contexts(spec, &c);
	if (r < 0)
		return r;
	*ret = c;
	c = (struct choice){ 0 };
	return 0;
}
