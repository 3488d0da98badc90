/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kind of operation that fills a container's tree from that of another, except for what the plan leaves out. */
#include "create/ops.h"

#include <errno.h>

#include "base/log.h"
#include "base/tree-copy.h"

static enum tree_choice choose(void *data, const char *path, const struct stat *st)
{
	const struct host *host = data;
	_cleanup_(freep) char *content = S_ISDIR(st->st_mode) ? xasprintf("%s/", path) : NULL;

	if (host->plan->n_left == 0)
		return TREE_WHOLE;
	if (plan_find_left_at(host->plan, path))
		return TREE_NOT;
	return content && plan_find_left_at(host->plan, content) ? TREE_EMPTY : TREE_WHOLE;
}

static int apply_copy(struct host *host, const struct op *op)
{
	struct tree_copy copy = { .choose = choose, .data = host, .no_reflink = host->no_reflink };
	int r = tree_copy(host->source_fd, host->tree_fd, &copy);

	host->no_reflink = copy.no_reflink;
	if (r == -EXDEV)
		return log_error_errno(r, "Something is mounted in '%s'; unmount it first.", op->source);
	if (r == -ESTALE)
		return log_error_errno(r, "'%s' changed while it was copied; try again.", op->source);
	if (r < 0)
		return r == -EINTR ? r : log_error_errno(r, "Cannot copy '%s': %m", op->source);
	if (copy.devices > 0)
		log_warn("%lu device nodes in '%s' were not copied.", copy.devices, op->source);
	r = host->source_check ? host->source_check(host->source_data) : 0;
	return r < 0 ? r : 1;
}

const struct op_kind op_copy = { "copy", true, apply_copy, NULL };
