/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clone is made as create makes a container, except that its tree is copied from that of another. */
#include "copies/clone.h"

#include "container/paths.h"
#include "container/record-text.h"
#include "create/generated.h"
#include "create/identity.h"
#include "create/ops.h"
#include "upgrade/given.h"

static struct op *add(struct plan *plan, const struct op_kind *kind, char *path, const char *reason)
{
	struct op *op = plan_add(plan, kind, path);

	op->rule = "container";
	op->reason = reason;
	return op;
}

static void add_record(struct plan *plan, struct record *record, enum record_state state, const char *reason)
{
	struct op *op = add(plan, &op_record, record_path(record->name), reason);

	record->state = state;
	op->text = record_format(record);
	op_give_root(op, 0644);
}

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
	struct op *op = add(plan, &op_give, given_path(to), "what upgrades compare with");

	op->source = xstrdup(from);
	op->text = xstrdup(to);
}

int clone_compose(const struct clone *clone, unsigned int attempt, struct plan *ret_plan, struct choice *ret_choice,
		  struct record *ret_record)
{
	struct plan plan = { 0 };
	int r = identity_choose(clone->from, clone->asked, clone->same_nets, attempt, ret_choice, ret_record);

	if (r < 0)
		return r;
	add_record(&plan, ret_record, RECORD_CREATING, "marks the container as unfinished");
	generated_add_reservations(&plan, ret_record, &ret_choice->macs);
	add(&plan, &op_tree, xstrdup(ret_record->path), "the container's directory");
	add(&plan, &op_copy, xstrdup("/"), "all that the other container has")->source = xstrdup(clone->from->path);
	identity_add_tree(&plan, clone->tree, clone->from, ret_record, ret_choice->machine_id);
	plan_sort_left(&plan);
	add_given(&plan, clone->from->name, ret_record->name);
	add(&plan, &op_seal, xstrdup("/"), "writes everything to disk");
	add_record(&plan, ret_record, RECORD_READY, "describes the container");
	generated_add_units(&plan, ret_record);
	*ret_plan = plan;
	return 0;
}
