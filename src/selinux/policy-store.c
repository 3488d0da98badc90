/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program that loads libsemanage, for 'setup': our part of the host's SELinux policy. It prints 'changed', or
 * 'ready' where there was nothing to do, or 'off' on a host without SELinux.
 *   policy-store install   installs and loads the modules that came with this program
 *   policy-store remove    removes them
 *   policy-store check     prints what 'install' would print, and does nothing */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/rootfd.h"
#include "base/stdio.h"
#include "selinux/selinux.h"
#include "selinux/semanage.h"

#define CONTAINER "virt-sandbox-container" /* the types, unless another module has them */
#define OWN "virt-sandbox"		   /* what needs the types, whichever module has them */
#define POLICY_MAX (1024 * 1024)	   /* bytes */

static int read_module(const char *name, char **ret)
{
	_cleanup_(freep) char *path = xasprintf(POLICYDIR "/%s.cil", name);
	_cleanup_(closep) int root = rootfd_open("/");
	int r = root < 0 ? root : rootfd_read(root, path, WALK_ROOT, POLICY_MAX, ret, NULL);

	return r < 0 ? log_error_errno(r, "Cannot read '%s': %m", path) : 0;
}

/* Another module defines the types if they exist, but our module is not loaded. */
static int types_are_ours(struct semanage_handle *store)
{
	int r = store_has(store, CONTAINER);

	return r != 0 ? r : !selinux_has_types();
}

static int read_wishes(struct semanage_handle *store, char **ret_container, char **ret_own)
{
	int r = read_module(OWN, ret_own);

	if (r == 0)
		r = types_are_ours(store);
	return r > 0 ? read_module(CONTAINER, ret_container) : r;
}

/* Returns 1 if the store was changed, 0 if there was nothing to do, or -errno after a message. */
static int work(bool install, bool only_look)
{
	_cleanup_(store_closep) struct semanage_handle *store = NULL;
	_cleanup_(freep) char *container = NULL;
	_cleanup_(freep) char *own = NULL;
	int r = store_open(&store);

	if (r == 0 && install)
		r = read_wishes(store, &container, &own);
	if (r < 0)
		return r;

	const struct module_wish wishes[] = { { CONTAINER, container }, { OWN, own } };

	r = 1;
	for (size_t i = 0; i < ARRAY_SIZE(wishes) && r > 0; i++) {
		r = store_matches(store, &wishes[i]);
		log_info("Module '%s' is %s.", wishes[i].name, r > 0 ? "as it is to be" : "to be changed");
	}
	if (r != 0)
		return r < 0 ? r : 0;
	r = only_look ? 0 : store_grant(store, wishes, ARRAY_SIZE(wishes));
	return r < 0 ? r : 1;
}

/* A transaction must not be interrupted, or the host's policy would be left incomplete. */
static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int main(int argc, char **argv)
{
	static const char *const verbs[] = { "install", "remove", "check" };
	bool known = false;
	int r;

	if (stdio_fill() < 0)
		return 1; /* there is no way to report it */
	log_begin();
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		known |= argc == 2 && strcmp(argv[1], verbs[i]) == 0;
	if (!known) {
		log_error("This program is run by virt-sandbox-service(8).");
		return 2;
	}
	if (!selinux_on()) {
		puts("off");
		return fflush(stdout) != 0;
	}
	block_signals();
	r = work(strcmp(argv[1], "remove") != 0, strcmp(argv[1], "check") == 0);
	if (r >= 0)
		puts(r ? "changed" : "ready");
	return r < 0 || fflush(stdout) != 0;
}
