/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program that loads libsemanage, for 'setup': our part of the host's SELinux policy. It prints 'changed', or
 * 'ready' where there was nothing to do, or 'off' on a host without SELinux.
 *   policy-store install   installs and loads the modules that came with this program
 *   policy-store remove    removes them
 *   policy-store check     prints what 'install' would print, and does nothing */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/rootfd.h"
#include "base/stdio.h"
#include "selinux/selinux.h"
#include "selinux/semanage.h"

#define POLICY_MAX (1024 * 1024) /* bytes */

/* On which policies a module is loaded: those without container types, or those that have them from another module. */
enum where { ALWAYS, WITHOUT_TYPES, WITH_TYPES };

static const struct {
	const char *name;
	enum where where;
} modules[] = {
	{ "virt-sandbox", ALWAYS },
	{ "virt-sandbox-container", WITHOUT_TYPES },
	{ "virt-sandbox-beside", WITH_TYPES },
};
#define N_MODULES ARRAY_SIZE(modules)

static int read_module(const char *name, char **ret)
{
	_cleanup_(freep) char *path = xasprintf(POLICYDIR "/%s.cil", name);
	_cleanup_(closep) int root = rootfd_open("/");
	int r = root < 0 ? root : rootfd_read(root, path, WALK_ROOT, POLICY_MAX, ret, NULL);

	return r < 0 ? log_error_errno(r, "Cannot read '%s': %m", path) : 0;
}

/* WITHOUT_TYPES or WITH_TYPES, or -errno after a message. Another module defines the types if they exist, but our
 * module is not loaded. */
static int kind_of_policy(struct semanage_handle *store)
{
	int ours = store_has(store, "virt-sandbox-container");

	return ours < 0 ? ours : !ours && selinux_policy_has_types() ? WITH_TYPES : WITHOUT_TYPES;
}

/* What the store should have: nothing of ours, or the modules for this policy. The caller frees their texts. 0, or
 * -errno after a message. */
static int read_wishes(struct semanage_handle *store, bool install, struct module_wish *wishes)
{
	int kind = install ? kind_of_policy(store) : 0, r = kind < 0 ? kind : 0;

	for (size_t i = 0; i < N_MODULES && r == 0; i++) {
		wishes[i].name = modules[i].name;
		if (install && (modules[i].where == ALWAYS || modules[i].where == (enum where)kind))
			r = read_module(modules[i].name, &wishes[i].cil);
	}
	return r;
}

/* 1 if the store was changed, 0 if there was nothing to do, or -errno after a message. */
static int change(struct semanage_handle *store, const struct module_wish *wishes, bool only_look)
{
	int r = 1;

	for (size_t i = 0; i < N_MODULES && r > 0; i++) {
		r = store_matches(store, &wishes[i]);
		log_info("Module '%s' is %s.", wishes[i].name, r > 0 ? "as it should be" : "to be changed");
	}
	if (r != 0)
		return r < 0 ? r : 0;
	r = only_look ? 0 : store_grant(store, wishes, N_MODULES);
	return r < 0 ? r : 1;
}

static int work(bool install, bool only_look)
{
	_cleanup_(store_closep) struct semanage_handle *store = NULL;
	struct module_wish wishes[N_MODULES] = { 0 };
	int r = store_open(&store);

	if (r == 0)
		r = read_wishes(store, install, wishes);
	if (r == 0)
		r = change(store, wishes, only_look);
	for (size_t i = 0; i < N_MODULES; i++)
		free(wishes[i].cil);
	return r;
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
