/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of operations: applying it, undoing it in reverse, and printing it as lines of text. */
#include "create/plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/signals.h"
#include "base/text.h"
#include "contents/users.h"

struct op *plan_add(struct plan *plan, const struct op_kind *kind, char *path)
{
	grow(plan->ops, plan->n);
	plan->ops[plan->n] = (struct op){ .kind = kind, .path = path };
	return &plan->ops[plan->n++];
}

struct op *plan_add_own(struct plan *plan, const struct op_kind *kind, char *path, const char *reason)
{
	struct op *op = plan_add(plan, kind, path);

	op->rule = "container";
	op->reason = reason;
	return op;
}

static void left_out_done(struct left_out *left)
{
	free(left->path);
	free(left->package);
}

void plan_leave(struct plan *plan, char *path, const char *rule, const char *reason, const char *package)
{
	grow(plan->left, plan->n_left);
	plan->left[plan->n_left++] = (struct left_out){
		.path = path,
		.package = package ? xstrdup(package) : NULL,
		.rule = rule,
		.reason = reason,
	};
}

static int compare_left(const void *a, const void *b)
{
	return strcmp(((const struct left_out *)a)->path, ((const struct left_out *)b)->path);
}

const struct left_out *plan_find_left_at(const struct plan *plan, const char *path)
{
	const struct left_out key = { .path = (char *)path }; /* it is only compared */

	return plan->n_left ? bsearch(&key, plan->left, plan->n_left, sizeof(key), compare_left) : NULL;
}

static bool is_below_left(const struct plan *plan, const char *path)
{
	_cleanup_(freep) char *above = xstrdup(path);

	for (char *slash; (slash = strrchr(above, '/')) && slash > above;) {
		*slash = '\0';
		if (slash[1] != '\0' && plan_find_left_at(plan, above)) /* '/etc/x/' is not below '/etc/x' */
			return true;
	}
	return false;
}

void plan_sort_left(struct plan *plan)
{
	size_t kept = 0;

	if (plan->n_left > 0)
		qsort(plan->left, plan->n_left, sizeof(*plan->left), compare_left);
	for (size_t i = 0; i < plan->n_left; i++)
		plan->left[i].below = is_below_left(plan, plan->left[i].path);
	for (size_t i = 0; i < plan->n_left; i++) {
		if (plan->left[i].below)
			left_out_done(&plan->left[i]);
		else
			plan->left[kept++] = plan->left[i];
	}
	plan->n_left = kept;
}

const struct left_out *plan_find_left(const struct plan *plan, const char *path)
{
	_cleanup_(freep) char *above = xstrdup(path);
	const struct left_out *found = plan_find_left_at(plan, above);

	for (char *slash; !found && (slash = strrchr(above, '/'));) {
		slash[1] = '\0';
		found = plan_find_left_at(plan, above);
		*slash = '\0';
		if (!found && *above)
			found = plan_find_left_at(plan, above);
	}
	return found;
}

void op_give_root(struct op *op, mode_t mode)
{
	op->has_owner = true;
	op->mode = mode;
	op->user = xstrdup("root");
	op->group = xstrdup("root");
}

void op_give_owner(struct op *op, uid_t uid, gid_t gid, struct users *users)
{
	op->uid = uid;
	op->gid = gid;
	free(op->user);
	free(op->group);
	op->user = users_take_uid(users, uid);
	op->group = users_take_gid(users, gid);
}

void plan_warn(const struct plan *plan)
{
	for (size_t i = 0; i < plan->warnings.n; i++)
		log_warn("%s", plan->warnings.v[i]);
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
		free(op->before);
		free(op->package);
	}
	for (size_t i = 0; i < plan->n_left; i++)
		left_out_done(&plan->left[i]);
	strv_done(&plan->warnings);
	free(plan->ops);
	free(plan->left);
	*plan = (struct plan){ 0 };
}

void host_done(struct host *host)
{
	closep(&host->tree_fd);
	closep(&host->place_fd);
	rootfd_near_done(&host->in_tree);
	rootfd_near_done(&host->on_host);
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
			log_info("Undo %zu operations.", i);
			if (undo(plan, host, i) < 0)
				return -EUCLEAN;
			return r == -EUCLEAN ? -EIO : r; /* of a damaged file system */
		}
		op->changed = r > 0;
		log_message(op->kind->in_tree ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, "%s '%s' (%s).", op->kind->name,
			    op->path, op->reason);
	}
	return 0;
}

static void print_reason(const char *rule, const char *reason, const char *package)
{
	printf("  (%s%s%s: %s)", rule, package ? ", " : "", package ? package : "", reason);
}

void plan_print(const struct plan *plan, bool left)
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
		print_reason(op->rule, op->reason, op->package);
		if (op->secret)
			printf("  [secret: %s]", op->secret);
		putchar('\n');
	}
	for (size_t i = 0; left && i < plan->n_left; i++) {
		_cleanup_(freep) char *path = escape_control(plan->left[i].path);

		printf("%-9s %s", "left-out", path);
		print_reason(plan->left[i].rule, plan->left[i].reason, plan->left[i].package);
		putchar('\n');
	}
}
