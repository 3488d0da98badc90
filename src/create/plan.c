/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See plan.h. */
#include "create/plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/signals.h"
#include "base/text.h"

struct op *plan_add(struct plan *plan, const struct op_kind *kind, char *path)
{
	grow(plan->ops, plan->n);
	plan->ops[plan->n] = (struct op){ .kind = kind, .path = path };
	return &plan->ops[plan->n++];
}

bool plan_has(const struct plan *plan, const char *path)
{
	for (size_t i = plan->n; i-- > 0;)
		if (plan->ops[i].kind->in_tree && strcmp(plan->ops[i].path, path) == 0)
			return true;
	return false;
}

void plan_done(struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		struct op *op = &plan->ops[i];

		free(op->path);
		free(op->user);
		free(op->group);
		free(op->source);
		free(op->text);
		free(op->package);
		free(op->reason);
	}
	free(plan->ops);
	*plan = (struct plan){ 0 };
}

void host_done(struct host *host)
{
	closep(&host->tree_fd);
	closep(&host->parent_fd);
	free(host->parent);
	*host = (struct host)HOST_INIT(host->root_fd);
}

static int undo(struct plan *plan, struct host *host, size_t n)
{
	int first = 0;

	while (n-- > 0) {
		struct op *op = &plan->ops[n];
		int r = 0;

		if (op->changed && op->kind->undo && (n > 0 || first == 0))
			r = op->kind->undo(host, op);
		first = first ? first : r;
		op->changed = false;
	}
	return first;
}

int plan_apply(struct plan *plan, struct host *host)
{
	host->plan = plan;
	for (size_t i = 0; i < plan->n; i++) {
		struct op *op = &plan->ops[i];
		int r = signals_pending() ? -EINTR : op->kind->apply(host, op);

		if (r < 0) {
			return undo(plan, host, i) < 0 ? -EUCLEAN : r;
		}
		op->changed = r > 0;
	}
	return 0;
}

void plan_print(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct op *op = &plan->ops[i];
		_cleanup_(freep) char *path = escape_control(op->path);
		_cleanup_(freep) char *source = op->source ? escape_control(op->source) : NULL;

		printf("%-9s ", op->kind->name);
		if (op->has_owner)
			printf("%04o %s:%s ", op->mode, op->user, op->group);
		printf("%s", path);
		if (source)
			printf(" %s %s", op->text ? "from" : "<-", source);
		printf("  (%s%s%s)\n", op->package ? op->package : "", op->package ? ": " : "", op->reason);
	}
}
