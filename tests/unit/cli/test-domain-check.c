/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a start of a container depends on, with a systemd in the container that the test plays. */
#include "lib/tap.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "base/syscalls.h"
#include "cli/cmds.h"
#include "container/record-file.h"
#include "lib/mock-manager.h"
#include "running/health.h"
#include "running/leader.h"
#include "running/machine-bus.h"

static struct mock mock;
static const char *state; /* of the container's service */
static bool lists_failed; /* whether systemd can say which units have failed */

/* Instead of those in container/ and running/. */
int record_load(int root_fd, const char *name, struct record *ret)
{
	(void)root_fd;
	ret->name = xstrdup(name);
	strv_add(&ret->units, "web.service");
	return 0;
}

int machine_bus_open(int root_fd, const char *name, struct sd_bus **ret)
{
	(void)root_fd, (void)name;
	*ret = sd_bus_ref(mock.bus);
	return 0;
}

static int answer(sd_bus_message *call, const char *member)
{
	if (strcmp(member, "GetAll") == 0)
		return sd_bus_reply_method_return(call, "a{sv}", 3, "LoadState", "s", "loaded", "ActiveState", "s",
						  state, "Result", "s", "exit-code");
	if (strcmp(member, "Get") == 0)
		return sd_bus_reply_method_return(call, "v", "as", 0);
	if (strcmp(member, "ListUnitsFiltered") == 0 && lists_failed)
		return sd_bus_reply_method_return(call, "a(ssssssouso)", 0);
	return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_FAILED, "no %s here", member);
}

/* Runs the command on a root directory of its own, as the monitor does when the container says that it is up. Returns
 * its exit status. *ret_said is what it prints, which the caller frees; *ret_looked, whether a look was recorded. */
static int check(const char *service, bool lists, char **ret_said, bool *ret_looked)
{
	char root[] = "/tmp/test-domain-check.XXXXXX", pid[16];
	char *argv[] = { (char *)"domain-check", (char *)"web1", pid, NULL };
	struct context context = { .root = root };
	_cleanup_(closep) int self = sys_pidfd_open(getpid());
	_cleanup_(health_done) struct health health = { 0 };
	int in = dup(STDIN_FILENO), out = dup(STDOUT_FILENO), go[2], saved, status;

	CHECK(mkdtemp(root) != NULL);
	context.root_fd = rootfd_open(root);
	CHECK_INT(leader_write(context.root_fd, "web1", getpid(), self), 0);
	snprintf(pid, sizeof(pid), "%d", getpid());
	CHECK(pipe(go) == 0 && write(go[1], "g", 1) == 1);
	dup2(go[0], STDIN_FILENO);
	state = service;
	lists_failed = lists;
	mock = mock_start(answer, NULL);
	saved = capture_begin();
	fflush(stdout);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	status = cmd_domain_check.run(&context, 3, argv);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	*ret_said = capture_end(saved);
	*ret_looked = health_read(context.root_fd, "web1", &health) == 0;
	mock_done(&mock);
	dup2(in, STDIN_FILENO);
	close(in);
	close(out);
	close(go[0]);
	close(go[1]);
	close(context.root_fd);
	CHECK_INT(rm_rf(AT_FDCWD, root), 0);
	return status;
}

TEST(a_start_depends_on_the_units_of_the_record_alone)
{
	static const struct {
		const char *service;
		bool lists;
		int status;
		bool looked;
		const char *says;
	} rows[] = {
		{ "active", true, 0, true, HEALTH_GOOD },
		{ "active", false, 0, false, "no ListUnitsFiltered here" },
		{ "failed", true, 1, false, "Unit 'web.service' in container 'web1' failed" },
		{ "failed", false, 1, false, "Unit 'web.service' in container 'web1' failed" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(freep) char *said = NULL;
		bool looked;

		CHECK_INT(check(rows[i].service, rows[i].lists, &said, &looked), rows[i].status);
		CHECK_INT(looked, rows[i].looked);
		CHECK(strstr(said, rows[i].says));
		CHECK_INT(strstr(said, HEALTH_GOOD) != NULL, rows[i].looked);
	}
}

TEST_MAIN
