/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program that loads libsemanage, for 'setup' and for the scripts of packages: our part of the host's SELinux
 * policy. It prints 'changed', or 'ready' where there was nothing to do, or 'off' on a host that has no policy.
 *   policy-store install   puts the modules that came with this program into the store, and restores our files' labels
 *   policy-store remove    removes them, unless there are containers
 *   policy-store check     prints what 'install' would print, and does nothing
 * A host may have a policy while its kernel does not use SELinux, as an image that is being built: then the store alone
 * is changed, and the modules are loaded with the rest when it boots. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/rootfd.h"
#include "base/stdio.h"
#include "container/paths.h"
#include "container/record-file.h"
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

	return ours < 0								      ? ours
	       : !ours && store_policy_knows("system_u:object_r:container_file_t:s0") ? WITH_TYPES
										      : WITHOUT_TYPES;
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

/* Restores the labels that the policy has for our programs and directories. Containers' trees keep the labels in their
 * records. */
static int restore_labels(void)
{
	static const struct {
		const char *path;
		bool all;
	} labelled[] = {
		/* clang-format off */
		{ PROGRAMPATH, false },
		{ ENTERPATH, false },
		{ INITPATH, false },
		{ PROGRAMSDIR "/sandbox-init", false },
		{ PROGRAMSDIR "/serve", false },
		{ MONITORPATH, false },
		{ VIRTPATH, false },
		{ CONFIG_DIR, true },
		{ STATE_DIR, true },
		{ RUNTIME_DIR, false },
		{ SANDBOX_DIR, true },
		{ CONTAINERS_DIR, false },
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_SIZE(labelled); i++) {
		int r = selinux_restore(labelled[i].path, labelled[i].all);

		if (r < 0)
			return log_error_errno(r, "Cannot give '%s' its SELinux label: %m", labelled[i].path);
	}
	return 0;
}

/* Without our modules, the files and processes of containers would have labels that the policy does not know. 0, or
 * -errno after a message. */
static int check_unused(void)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	_cleanup_(closep) int root = rootfd_open("/");
	int r = root < 0 ? log_error_errno(root, "Cannot open '/': %m") : record_names(root, &names);

	if (r < 0 || names.n == 0)
		return r;
	return log_error_errno(
		-EBUSY,
		"There are still containers, '%s' among them, so the SELinux modules stay; once these are "
		"deleted, 'semodule -r' with all that 'semodule -l' lists as 'virt-sandbox' and "
		"'virt-sandbox-*' removes them.",
		names.v[0]);
}

/* As change(); -ENODATA, without a message, if there is no policy. */
static int work(bool install, bool only_look)
{
	_cleanup_(store_closep) struct semanage_handle *store = NULL;
	struct module_wish wishes[N_MODULES] = { 0 };
	int r = store_open(&store);

	if (r == -ENODATA && selinux_on())
		return log_error_errno(-ENOENT, "The host's SELinux policy is not modular, so no module can be added.");
	if (r == 0 && !install)
		r = check_unused();
	if (r == 0)
		r = read_wishes(store, install, wishes);
	if (r == 0)
		r = change(store, wishes, only_look);
	for (size_t i = 0; i < N_MODULES; i++)
		free(wishes[i].cil);
	if (r >= 0 && !only_look && restore_labels() < 0)
		r = -EIO;
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
	block_signals();
	r = work(strcmp(argv[1], "remove") != 0, strcmp(argv[1], "check") == 0);
	if (r >= 0 || r == -ENODATA)
		puts(r > 0 ? "changed" : r == 0 ? "ready" : "off");
	return (r < 0 && r != -ENODATA) || fflush(stdout) != 0;
}
