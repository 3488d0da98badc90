/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The walls around processes that have few or none: this one, and a child in namespaces of its own. */
#include "lib/tap.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/util.h"
#include "container/paths.h"
#include "lib/userns.h"
#include "running/walls.h"

static enum wall_state state_of(const struct walls *walls, const char *name)
{
	for (size_t i = 0; i < walls->n; i++)
		if (strcmp(walls->v[i].name, name) == 0)
			return walls->v[i].state;
	return (enum wall_state) - 1;
}

static struct record record_of_none(void)
{
	return (struct record){ .process_context = xstrdup("") };
}

TEST(process_without_walls)
{
	_cleanup_(record_done) struct record record = record_of_none();
	_cleanup_(walls_done) struct walls walls = { 0 };

	walls_look(&record, getpid(), true, &walls);
	CHECK_INT(state_of(&walls, "user namespace"), WALL_NONE);
	CHECK_INT(state_of(&walls, "network"), WALL_NONE);
	for (size_t i = 0; i < walls.n; i++)
		CHECK(walls.v[i].found && *walls.v[i].found);
}

TEST(process_that_is_gone)
{
	_cleanup_(record_done) struct record record = record_of_none();
	_cleanup_(walls_done) struct walls walls = { 0 };

	walls_look(&record, INT32_MAX, true, &walls);
	CHECK(walls.n > 0);
	for (size_t i = 0; i < walls.n; i++)
		CHECK_INT(walls.v[i].state, WALL_NONE);
}

TEST(process_in_namespaces)
{
	_cleanup_(record_done) struct record record = record_of_none();
	struct net net = { .kind = &net_kinds[0], .source = xstrdup(NETWORK), .mac = xstrdup("") };
	_cleanup_(walls_done) struct walls walls = { 0 };
	int ready[2];
	pid_t pid;
	char c;

	CHECK(net_is_ours(&net));
	record.name = xstrdup("none");
	nets_take(&record.nets, &net);
	CHECK_INT(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		close(ready[0]);
		if (!become_root() || unshare(CLONE_NEWNET) < 0)
			_exit(NO_USERNS);
		if (write(ready[1], "r", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) == 1) {
		_cleanup_(walls_done) struct walls without = { 0 };

		walls_look(&record, pid, true, &walls);
		CHECK_INT(state_of(&walls, "user namespace"), getuid() ? WALL_STANDS : WALL_WEAK);
		CHECK_INT(state_of(&walls, "network"), WALL_STANDS);
		walls_look(&record, pid, false, &without);
		CHECK_INT(state_of(&without, "network"), WALL_WEAK);
	}
	close(ready[0]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (walls.n == 0)
		SKIP("no user namespaces");
}

TEST_MAIN
