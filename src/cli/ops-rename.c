/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of operation that give what a container has another name. An operation that was done already has nothing to
 * do. */
#include "cli/ops-rename.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/atomic-file.h"
#include "base/log.h"
#include "base/path.h"
#include "container/places.h"
#include "copies/snapshots.h"
#include "systemd/manager.h"
#include "upgrade/given.h"

/* Moves without replacing anything. */
static int move(int root_fd, const char *from, const char *to)
{
	const char *old, *new;
	_cleanup_(closep) int old_dir = place_open_parent(root_fd, from, &old);
	_cleanup_(closep) int new_dir = old_dir < 0 ? -1 : place_open_parent(root_fd, to, &new);

	if (old_dir < 0 || new_dir < 0)
		return old_dir < 0 ? old_dir : new_dir;
	if (renameat2(old_dir, old, new_dir, new, RENAME_NOREPLACE) < 0)
		return log_error_errno(errno, "Cannot rename '%s' to '%s': %m", from, to);
	return 1;
}

static int apply_move(struct host *host, const struct op *op)
{
	return move(host->root_fd, op->source, op->path);
}

static int undo_move(struct host *host, const struct op *op)
{
	int r = move(host->root_fd, op->path, op->source);

	return r < 0 ? r : 0;
}

const struct op_kind op_move = { "move", false, apply_move, undo_move };

static int reown(struct host *host, const struct op *op, const char *name)
{
	int r = atomic_file_write(host->root_fd, op->path, 0600, name, true);

	return r < 0 ? log_error_errno(r, "Cannot write '%s': %m", op->path) : 0;
}

static int apply_reown(struct host *host, const struct op *op)
{
	int r = reown(host, op, op->text);

	return r < 0 ? r : 1;
}

static int undo_reown(struct host *host, const struct op *op)
{
	return reown(host, op, op->before);
}

const struct op_kind op_reown = { "reown", false, apply_reown, undo_reown };

/* Snapshots are found by the directory beside which they are. */
static int carry(struct host *host, const struct op *op, char *from, const char *to)
{
	_cleanup_(freep) char *dir = path_parent(op->path), *path = xasprintf("%s/%s", dir, from);
	const struct record record = { .name = from, .path = path };
	int r = given_rename(host->root_fd, from, to);

	if (r < 0)
		return r;
	r = snapshots_rename(host->root_fd, &record, to);
	if (r < 0)
		given_rename(host->root_fd, to, from);
	return r;
}

static int apply_carry(struct host *host, const struct op *op)
{
	int r = carry(host, op, op->before, op->text);

	return r < 0 ? r : 1;
}

static int undo_carry(struct host *host, const struct op *op)
{
	return carry(host, op, op->text, op->before);
}

const struct op_kind op_carry = { "carry", false, apply_carry, undo_carry };

static int enable(const struct op *op, bool on)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	int r = systemd_connect(&bus);

	return r < 0 ? r : systemd_enable(bus, op->path, on);
}

static int apply_enable(struct host *host, const struct op *op)
{
	int r = enable(op, true);

	(void)host;
	return r < 0 ? r : 1;
}

static int undo_enable(struct host *host, const struct op *op)
{
	(void)host;
	return enable(op, false);
}

static int apply_disable(struct host *host, const struct op *op)
{
	int r = enable(op, false);

	(void)host;
	return r < 0 ? r : 1;
}

static int undo_disable(struct host *host, const struct op *op)
{
	(void)host;
	return enable(op, true);
}

const struct op_kind op_enable = { "enable", false, apply_enable, undo_enable };
const struct op_kind op_disable = { "disable", false, apply_disable, undo_disable };
