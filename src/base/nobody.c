/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The id is made of the process's own, far above those that people, services and containers have. systemd's list of
 * ids (uids-gids.md) warns against everything from 2^31 on, so nobody else has it. */
#include "base/nobody.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/util.h"

#define FIRST 0xff000000u /* pids have 22 bits: proc(5), pid_max */
#define NOBODY 65534u

static int become(uid_t id, const int files[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fchown(files[i], id, id) < 0)
			return -errno;
	return setgroups(0, NULL) < 0 || setresgid(id, id, id) < 0 || setresuid(id, id, id) < 0 ? -errno : 0;
}

int nobody_become(const int files[], size_t n)
{
	int r = 0;

	if (geteuid() == 0)
		r = become(FIRST + (uid_t)getpid(), files, n);
	if (r == -EINVAL) /* no such id in this namespace */
		r = become(NOBODY, files, n);
	/* A change of the user has cleared the first of these. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return r;
}
