/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The manifest and the record come first in an archive, so everything is decided before anything is made. Nothing in
 * them is believed: the record is parsed as any other, its path is not used, and rights beyond those of an ordinary
 * container are refused unless the administrator trusts the archive. */
#include "archive/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "archive/export.h"
#include "archive/extract.h"
#include "archive/fit.h"
#include "archive/orphans.h"
#include "archive/packer-run.h"
#include "base/json.h"
#include "base/log.h"
#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "container/disk.h"
#include "container/lock.h"
#include "container/paths.h"
#include "container/places.h"
#include "container/record-file.h"
#include "container/record-text.h"
#include "container/state-dirs.h"
#include "contents/collect.h"
#include "create/allocate.h"
#include "create/change.h"
#include "create/compose.h"
#include "create/copied-tree.h"
#include "create/identity.h"
#include "create/ops.h"
#include "upgrade/given.h"

/* Of what the container was given, from somebody who is not trusted: bytes, and paths of its /etc and /var. All of it
 * is in memory, and every list and status reads it again. */
#define UNTRUSTED_GIVEN_MAX ((size_t)32 * 1024 * 1024)
#define UNTRUSTED_PATHS_MAX 100000

struct import {
	const struct context *context;
	const struct import_options *options;
	struct packer packer;
	struct frame *frame; /* the one that was read last */
	bool has_frame;	     /* it is the first of a member that is not read yet */
	uint64_t members;    /* read so far */
	struct given given;
	bool has_given;
	struct manifest manifest;
	struct record there; /* as in the archive */
	struct fit fit;
	struct record record; /* as it will be */
	struct strv changes;  /* sentences about what could not stay */
	struct strv macs;
	char *machine_id;
	bool image;
};

static void import_done(struct import *i)
{
	packer_done(&i->packer);
	free(i->frame);
	given_done(&i->given);
	manifest_done(&i->manifest);
	record_done(&i->there);
	fit_done(&i->fit);
	record_done(&i->record);
	strv_done(&i->changes);
	strv_done(&i->macs);
	free(i->machine_id);
}

/* --- what the archive says about itself ------------------------------------------------------------------ */

static int read_text(struct import *i, const char *member, size_t max, char **ret, size_t *ret_len)
{
	int r = extract_text(i->packer.frames, i->frame, member, max, ret, ret_len);

	i->members++;
	return r == -ENOENT ? log_error_errno(-EBADMSG,
					      "The archive was not made by export: it has '%.200s' in place of "
					      "'%s'.",
					      i->frame->path, member)
			    : r;
}

/* Counts before anything is parsed: each line takes more memory than it has bytes. */
static bool has_too_many_lines(const char *text, size_t len)
{
	size_t n = 0;

	for (const char *end = text + len;
	     n <= UNTRUSTED_PATHS_MAX && (text = memchr(text, '\n', (size_t)(end - text))); n++) {
		text++;
		if (skip_prefix(text, "content\n"))
			return false;
	}
	return n > UNTRUSTED_PATHS_MAX;
}

/* What the container was given follows, unless it was made by an early version. */
static int read_given(struct import *i)
{
	_cleanup_(freep) char *text = NULL;
	size_t len;
	int r = extract_text(i->packer.frames, i->frame, MEMBER_GIVEN,
			     i->options->trust ? GIVEN_MAX : UNTRUSTED_GIVEN_MAX, &text, &len);

	i->has_frame = r == -ENOENT;
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	i->members++;
	i->has_given = true;
	if (!i->options->trust && has_too_many_lines(text, len))
		return log_error_errno(-E2BIG, "The archive's list of what the container was given is larger than that "
					       "of an archive can be that is not trusted.");
	r = given_parse(text, len, &i->given);
	if (r < 0)
		return log_error_errno(r, "The archive's list of what the container was given is not valid.");
	if (i->options->trust)
		return 0;
	/* What an upgrade asks the host for then follows from the record alone. */
	strv_clear(&i->given.units);
	strv_clear(&i->given.packages);
	i->given.copy = false;
	return 0;
}

static int read_head(struct import *i)
{
	_cleanup_(freep) char *manifest = NULL, *record = NULL, *message = NULL, *problem = NULL;
	size_t manifest_len, record_len;
	int r = read_text(i, MEMBER_MANIFEST, MANIFEST_MAX, &manifest, &manifest_len);

	if (r < 0)
		return r;
	r = manifest_parse(manifest, manifest_len, &i->manifest, &message);
	if (r < 0)
		return log_error_errno(r, "The archive cannot be imported. %s", message);
	r = read_text(i, MEMBER_RECORD, RECORD_TEXT_MAX, &record, &record_len);
	if (r < 0)
		return r;
	r = record_parse(i->manifest.name, record, record_len, &i->there, &problem);
	if (r < 0)
		return log_error_errno(r, "The archive's record is not valid. %s", problem);
	if (i->there.state != RECORD_READY)
		return log_error_errno(-EINVAL, "The archive's record is that of an unfinished container.");
	record_copy(&i->there, &i->record);
	return read_given(i);
}

/* --- decisions ------------------------------------------------------------------------------------------- */

static void set_place(struct import *i)
{
	const char *name = i->options->name ? i->options->name : i->manifest.name;

	free(i->record.name);
	i->record.name = xstrdup(name);
	free(i->record.path);
	i->record.path = xasprintf("%s/%s", i->options->path, name);
}

static int check_name(const struct import *i)
{
	_cleanup_(freep) char *path = record_path(i->record.name);
	struct stat st;

	if (rootfd_lstat(i->context->root_fd, path, WALK_ROOT, &st) < 0)
		return orphans_check_name(i->context, i->record.name, i->record.path);
	return log_error_errno(-EEXIST,
			       "Container '%s' already exists; give another name, or remove it with "
			       "'virt-sandbox-service delete %s'.",
			       i->record.name, i->record.name);
}

static int check_fit(const struct import *i)
{
	const struct strv *problems = &i->fit.problems, *rights = &i->fit.rights;
	int r = 0;

	if (problems->n > 0 && !i->options->force)
		r = log_error_errno(-ENOPKG, "Container '%s' may not work on this host; --force imports it anyway:",
				    i->record.name);
	for (size_t k = 0; k < problems->n; k++)
		log_message(i->options->force ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR, "%s", problems->v[k]);
	if (rights->n > 0 && !i->options->trust)
		r = log_error_errno(-EPERM,
				    "Container '%s' asks for rights that an ordinary container does not have. If you "
				    "trust whoever made the archive, import it with --trust:",
				    i->record.name);
	for (size_t k = 0; k < rights->n && !i->options->trust; k++)
		log_error("%s", rights->v[k]);
	return r;
}

/* Chooses the identity of the record, from what is free now. */
static int settle(struct import *i, unsigned int attempt)
{
	const struct identity_rules rules = {
		.anew = i->options->anew,
		.trusted = i->options->trust,
		.attempt = attempt,
	};

	record_done(&i->record);
	record_copy(&i->there, &i->record);
	i->record.untrusted = !i->options->trust;
	if (i->record.untrusted) /* it reads there what all users of this host can read, and no more */
		strv_clear(&i->record.local);
	set_place(i);
	strv_clear(&i->changes);
	strv_clear(&i->macs);
	freep(&i->machine_id);
	return identity_settle(i->context, &rules, &i->record, &i->changes, &i->macs, &i->machine_id);
}

/* --- the container --------------------------------------------------------------------------------------- */

/* 'fd' is that of a directory. */
static int find_limits(const struct import *i, int fd, struct extract_limits *ret)
{
	struct statvfs fs;

	if (fstatvfs(fd, &fs) < 0)
		return log_error_errno(errno, "Cannot find out how much space is free for '%s': %m", i->record.path);
	*ret = (struct extract_limits){
		.bytes = (uint64_t)fs.f_bavail * fs.f_frsize,
		.files = fs.f_files ? fs.f_favail : UINT64_MAX, /* btrfs has no fixed number */
		.id_max = i->record.uid_base ? RECORD_ID_COUNT - 1 : UINT32_MAX - 1,
	};
	if (i->options->max_size && i->options->max_size < ret->bytes)
		ret->bytes = i->options->max_size;
	return 0;
}

/* Removes what another container must not have: a file, or with a slash at the end, what is in a directory. */
static int remove_left(int tree, const char *path)
{
	size_t len = strlen(path);
	_cleanup_(freep) char *dir_path = xstrndup(path, len > 0 && path[len - 1] == '/' ? len - 1 : 0);
	_cleanup_(strv_done) struct strv names = { 0 };
	_cleanup_(closep) int dir = -1;
	const char *name = NULL;
	int r = 0;

	if (!*dir_path) {
		r = dir = rootfd_parent(tree, path, WALK_TREE, &name);
		if (dir >= 0)
			strv_add(&names, name);
	} else {
		r = dir = rootfd_openat(tree, dir_path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, WALK_TREE);
		if (dir >= 0)
			r = rootfd_list(dir, ".", WALK_TREE, &names);
	}
	for (size_t i = 0; i < names.n && r >= 0; i++)
		r = rm_rf(dir, names.v[i]);
	return r < 0 && r != -ENOENT ? log_error_errno(r, "Cannot remove '%s' from the container: %m", path) : 0;
}

/* Changes what create would write otherwise now: the container's name and addresses; and in a container that is another
 * one, what identifies it. */
static int regenerate(void *data, int tree)
{
	const struct import *i = data;
	_cleanup_(plan_done) struct plan plan = { 0 };
	_cleanup_(host_done) struct host host = HOST_INIT(i->context->root_fd);
	int r = 0;

	if (i->options->anew || strcmp(i->there.name, i->record.name) != 0)
		copied_tree_add(&plan, tree, &i->there, &i->record, i->machine_id);
	else
		change_tree(tree, &i->there, &i->record, &plan);
	plan_warn(&plan);
	for (size_t k = 0; k < plan.n_left && r == 0; k++)
		r = remove_left(tree, plan.left[k].path);
	if (r < 0)
		return r;
	host.tree_fd = fcntl(tree, F_DUPFD_CLOEXEC, 0);
	host.file_context = i->record.file_context;
	if (host.tree_fd < 0)
		return log_error_errno(errno, "Cannot copy a descriptor: %m");
	return plan_apply(&plan, &host);
}

static int apply_unpack(struct host *host, const struct op *op)
{
	struct import *i = host->arg;
	struct extract_limits limits, image;
	int r = find_limits(i, host->place_fd, &limits);

	(void)op;
	if (r == 0)
		r = find_limits(i, host->tree_fd, &image);
	if (r == 0 && i->image) { /* which is sparse */
		limits.bytes = MIN(limits.bytes, image.bytes);
		limits.files = image.files;
	}
	if (r == 0)
		r = extract(i->packer.frames, i->frame, i->has_frame, host->tree_fd, &limits, i->members, regenerate,
			    i);
	if (r == 0 && packer_end(&i->packer) < 0)
		r = log_error_errno(-EBADMSG, "The archive cannot be read to its end.");
	if (r == 0 && i->has_given)
		r = given_save(host->root_fd, i->record.name, &i->given);
	return r < 0 ? r : 1;
}

static int undo_unpack(struct host *host, const struct op *op)
{
	const struct import *i = host->arg;

	(void)op;
	return given_remove(host->root_fd, i->record.name);
}

static const struct op_kind op_unpack = { "unpack", true, apply_unpack, undo_unpack };

static int compose_import(struct import *i, struct plan *plan)
{
	_cleanup_(strv_done) struct strv links = { 0 };
	int r = collect_links(i->context->root_fd, &links);

	if (r < 0)
		return r;
	compose_begin(plan, &i->record, &i->macs, i->image);
	compose_root(plan, &links);
	plan_add_own(plan, &op_unpack, xstrdup("/"), "the files of the archive");
	compose_end(plan, &i->record, "gives directories their times, and writes everything to disk");
	return 0;
}

static int attempt(struct import *i, unsigned int n)
{
	_cleanup_(plan_done) struct plan plan = { 0 };
	_cleanup_(host_done) struct host host = HOST_INIT(i->context->root_fd);
	int r = settle(i, n);

	if (r == 0)
		r = disk_choose(i->context->root_fd, &i->record, false, &i->image);
	if (r == 0)
		r = compose_import(i, &plan);
	if (r < 0)
		return r;
	host.arg = i;
	host.file_context = i->record.file_context;
	host.record = &i->record;
	r = state_dirs_make(i->context->root_fd);
	return r < 0 ? r : plan_apply(&plan, &host);
}

/* --- what is said ---------------------------------------------------------------------------------------- */

static char *address_of(const struct record *record)
{
	uint32_t address = nets_address(&record->nets);

	return address ? ipv4_format(address) : xstrdup("");
}

static void print_json(const struct import *i)
{
	_cleanup_(json_freep) struct json_object *o = json_object_make();
	_cleanup_(freep) char *address = address_of(&i->record);

	json_set_string(o, "name", i->record.name);
	json_set_string(o, "path", i->record.path);
	json_set_string(o, "level", i->record.level);
	json_set_int(o, "uid_base", i->record.uid_base);
	json_set_string(o, "address", address);
	json_set_strings(o, "changes", &i->changes);
	fit_json(&i->fit, o);
	json_print(o);
}

static void print_identity(const struct import *i)
{
	_cleanup_(freep) char *address = address_of(&i->record);

	for (size_t k = 0; k < i->changes.n; k++)
		printf("%s\n", i->changes.v[k]);
	printf("Container '%s': directory %s, level %s, ids from %u, address %s\n", i->record.name, i->record.path,
	       i->record.level, i->record.uid_base, *address ? address : "-");
}

static int show(struct import *i)
{
	int r = settle(i, 0);

	if (r < 0)
		return r;
	if (i->options->json) {
		print_json(i);
	} else {
		fit_print(&i->fit);
		print_identity(i);
	}
	return (i->fit.problems.n > 0 && !i->options->force) || (i->fit.rights.n > 0 && !i->options->trust) ? -ENOPKG
													    : 0;
}

static int make(struct import *i)
{
	_cleanup_(lock_done) struct lock lock = LOCK_INIT;
	int r = lock_container(i->context->root_fd, i->record.name, &lock);

	if (r == 0)
		r = check_name(i);
	if (r < 0)
		return r;
	r = -EAGAIN;
	for (unsigned int n = 0; n < ALLOCATE_ATTEMPTS && r == -EAGAIN; n++)
		r = attempt(i, n);
	if (r == -EAGAIN)
		log_error("Other commands kept taking the level, the ids or the addresses; try again.");
	if (r == -EUCLEAN)
		log_error("Container '%s' is unfinished; 'virt-sandbox-service delete %s' removes what is left.",
			  i->record.name, i->record.name);
	if (r == 0 && !i->context->quiet)
		print_identity(i);
	return r;
}

int import_read(const struct context *context, const struct import_options *options, int fd)
{
	_cleanup_(import_done) struct import i = { .context = context, .options = options, .packer = PACKER_INIT };
	int r = packer_unpack(fd, &i.packer);

	i.frame = xcalloc(1, sizeof(*i.frame));
	if (r == 0)
		r = read_head(&i);
	if (r < 0)
		return r;
	set_place(&i);
	r = record_check_name(i.record.name);
	if (r == 0)
		r = check_name(&i);
	if (r == 0)
		r = fit_check(context, &i.record, &i.manifest, &i.fit);
	if (r == 0 && options->dry_run)
		return show(&i);
	if (r == 0)
		r = check_fit(&i);
	return r < 0 ? r : make(&i);
}
