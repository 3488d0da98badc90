/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clone is made as create makes a container, except that its tree is copied from that of another. */
#include "copies/clone.h"

#include "container/disk.h"
#include "container/paths.h"
#include "container/places.h"
#include "container/record-text.h"
#include "create/compose.h"
#include "create/copied-tree.h"
#include "create/identity.h"
#include "create/ops.h"
#include "upgrade/given.h"

static int give(struct host *host, const struct op *op)
{
	int r = given_copy(host->root_fd, op->source, op->text);

	return r < 0 ? r : 1;
}

static int take_back(struct host *host, const struct op *op)
{
	return given_remove(host->root_fd, op->text);
}

static const struct op_kind op_give = { "given", false, give, take_back };

static void add_given(struct plan *plan, const char *from, const char *to)
{
	struct op *op = plan_add_own(plan, &op_give, given_path(to), "what upgrades compare with");

	op->source = xstrdup(from);
	op->text = xstrdup(to);
}

static void set_word(char **word, const char *value)
{
	free(*word);
	*word = xstrdup(value ? value : "");
}

/* The record of the clone before it has an identity. Whatever is not named here is as in that of the source. */
static void copy_record(const struct clone *clone, struct record *ret)
{
	record_copy(clone->from, ret);
	set_word(&ret->name, clone->asked->name);
	set_word(&ret->path, clone->asked->path);
	set_word(&ret->hostname, clone->asked->hostname);
	mounts_done(&ret->mounts);
	mounts_copy(&clone->asked->mounts, &ret->mounts);
	ports_done(&ret->ports);
	ports_copy(&clone->asked->ports, &ret->ports);
	if (clone->same_nets)
		return;
	nets_done(&ret->nets);
	nets_copy(&clone->asked->nets, &ret->nets);
	ret->host_access = ret->host_access && nets_have_ours(&ret->nets);
}

int clone_compose(const struct clone *clone, unsigned int attempt, struct plan *ret_plan, struct record *ret_record)
{
	const struct identity_rules rules = {
		.anew = true, .trusted = true, .asked_nets = !clone->same_nets, .asked_ports = true, .attempt = attempt
	};
	_cleanup_(strv_done) struct strv changes = { 0 }, macs = { 0 };
	_cleanup_(freep) char *machine_id = NULL;
	int root_fd = clone->asked->context->root_fd, r;
	struct plan plan = { 0 };
	bool image;

	copy_record(clone, ret_record);
	r = identity_settle(clone->asked->context, &rules, ret_record, &changes, &macs, &machine_id);
	if (r == 0)
		r = disk_choose(root_fd, ret_record, place_has_image(root_fd, clone->from->path), &image);
	if (r < 0)
		return r;
	compose_begin(&plan, ret_record, &macs, image);
	plan_add_own(&plan, &op_copy, xstrdup("/"), "all that the other container has")->source =
		xstrdup(clone->from->path);
	copied_tree_add(&plan, clone->tree, clone->from, ret_record, machine_id);
	plan_sort_left(&plan);
	add_given(&plan, clone->from->name, ret_record->name);
	compose_end(&plan, ret_record, "writes everything to disk");
	*ret_plan = plan;
	return 0;
}
