/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of virt-sandbox, of which each fills a field of the request. */
#include "sandbox/program.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "inside/sandbox-init.h"
#include "sandbox/identity.h"
#include "sandbox/kept-verbs.h"
#include "sandbox/shell.h"
#include "sandbox/timeout.h"

static char *take_limit(const struct verb_option *option, const char *value, void *at)
{
	enum limit limit = limit_of_option(option->name);

	return limit_parse(limit, value, (uint64_t *)at + limit) < 0 ? xstrdup(limit_must(limit)) : NULL;
}

static char *take_mount(const struct verb_option *option, const char *value, void *at)
{
	_cleanup_(mount_done) struct mount m = { 0 };
	struct mounts *mounts = at;
	char *must = mount_parse(value, &m);

	(void)option;
	if (must)
		return must;
	if (mounts->n == MOUNTS_MAX)
		return xasprintf("--mount can be given %d times", MOUNTS_MAX);
	if (mount_overlaps(&m, mounts, mounts->n))
		return xasprintf("--mount: '%s' overlaps with the target of another mount", m.target);
	mounts_take(mounts, &m);
	return NULL;
}

static char *take_include(const struct verb_option *option, const char *value, void *at)
{
	(void)option;
	return includes_parse(value, at);
}

static char *take_show(const struct verb_option *option, const char *value, void *at)
{
	(void)option;
	return shown_parse(value, at);
}

static char *take_write(const struct verb_option *option, const char *value, void *at)
{
	struct request *request = at;
	const char *dir = skip_prefix(value, "keep=");

	(void)option;
	if (strcmp(value, "no") != 0 && strcmp(value, "throw") != 0 && (!dir || !*dir))
		return xstrdup("no, throw or keep=DIR");
	request->write = dir ? TREE_KEEP : *value == 't' ? TREE_THROW : TREE_READ_ONLY;
	request->keep = dir;
	return NULL;
}

static char *take_timeout(const struct verb_option *option, const char *value, void *at)
{
	(void)option;
	return timeout_parse(value, at) < 0 ? xstrdup(TIMEOUT_MUST) : NULL;
}

#define INTO(member) offsetof(struct program, member)
static const struct verb_option options[] = {
	{ "cpus", 0, "NUMBER", "limit processor time, for example to 1.5 processors", take_limit,
	  INTO(request.limits) },
	{ "cwd", 0, "DIR", "run in this directory (default: the caller's, if it is seen)", verb_take_directory,
	  INTO(request.cwd) },
	{ "diff", 0, NULL, "with --write: show afterwards what was changed", verb_take_flag, INTO(request.diff) },
	{ "disk", 0, "SIZE", "limit what may be written in memory, for example to 2G", take_limit,
	  INTO(request.limits) },
	{ "dry-run", 0, NULL, "print the XML of the libvirt domain, and run nothing", verb_take_flag,
	  INTO(request.dry_run) },
	{ "env", 'e', "NAME=VALUE", "set an environment variable; may be repeated", verb_take_assignment,
	  INTO(request.env) },
	{ "help", 'h', NULL, "print this help", verb_take_flag, INTO(help) },
	{ "include", 'i', "HOST=GUEST", "copy a file or directory of the host in; may be repeated", take_include,
	  INTO(request.includes) },
	{ "json", 0, NULL, "with --diff: print JSON", verb_take_flag, INTO(request.json) },
	{ "list", 0, NULL, "list the sandboxes that run, and run nothing", verb_take_flag, INTO(list) },
	{ "memory", 0, "SIZE", "limit memory, for example to 512M or 2G", take_limit, INTO(request.limits) },
	{ "mount", 'm', "MOUNT", "mount host-bind:TARGET=SOURCE[:ro] or ram:TARGET=SIZE; may be repeated", take_mount,
	  INTO(request.mounts) },
	{ "name", 'n', "NAME", "name the sandbox (default: one that is made up)", verb_take_word, INTO(request.name) },
	{ "shell", 'l', "NAME", "open a shell in sandbox NAME, which runs, or run COMMAND there", verb_take_word,
	  INTO(request.shell) },
	{ "show", 0, "PATH", "show a file or directory that is covered, read-only; may be repeated", take_show,
	  INTO(request.shown) },
	{ "tasks", 0, "NUMBER", "limit the number of processes and threads", take_limit, INTO(request.limits) },
	{ "timeout", 0, "TIME", "end the command after so many seconds, or 5m, 2h, 1d", take_timeout,
	  INTO(request.timeout) },
	{ "user", 'u', "NAME", "run as this user of the host (default: the caller)", verb_take_word,
	  INTO(request.user) },
	{ "verbose", 'v', NULL, "print what is done; twice: with details and times", verb_take_count, INTO(verbose) },
	{ "version", 0, NULL, "print the version", verb_take_flag, INTO(version) },
	{ "write", 0, "HOW", "what may be written: no (default), throw, or keep=DIR", take_write, INTO(request) },
	{ 0 },
};
#undef INTO

static void print_verbs(void)
{
	printf("\nCommands about such a directory DIR, which '--' before them hides:\n");
	for (size_t i = 0; kept_verbs[i]; i++)
		printf("  %-6s %-28s %s\n", kept_verbs[i]->name, kept_verbs[i]->synopsis, kept_verbs[i]->help);
}

const struct verb program_verb = {
	.name = "",
	.synopsis = "[OPTION...] [--] COMMAND [ARGUMENT...]",
	.help = "Run a command in a sandbox, over the system of this host, which it sees but cannot change",
	.options = options,
	.more_help = print_verbs,
	.in_order = true,
};

/* Whether anything says what a new sandbox has. */
static bool asks_for_sandbox(const struct request *request)
{
	bool limited = false;

	for (size_t i = 0; i < LIMITS; i++)
		limited |= request->limits[i] != 0;
	return limited || request->name || request->mounts.n || request->includes.n || request->shown.n ||
	       request->write || request->dry_run || request->timeout != UINT64_MAX;
}

int program_run(struct program *p, const struct caller *caller, char **argv)
{
	if (p->request.diff && !p->request.write) {
		verb_usage(&program_verb, "--diff needs --write=throw or --write=keep=DIR");
		return STATUS_FAILED;
	}
	if (p->request.limits[LIMIT_DISK] && p->request.write == TREE_KEEP) {
		verb_usage(&program_verb, "--disk cannot limit what --write=keep= writes to a disk");
		return STATUS_FAILED;
	}
	if (p->request.json && !p->request.diff) {
		verb_usage(&program_verb, "--json needs --diff");
		return STATUS_FAILED;
	}
	if (p->request.shell && asks_for_sandbox(&p->request)) {
		verb_usage(&program_verb, "--shell takes only --cwd, --env and --user");
		return STATUS_FAILED;
	}
	if (!argv[0] && !p->list && !p->request.shell) {
		verb_usage(&program_verb, "give a command to run");
		return STATUS_FAILED;
	}
	p->context.root_fd = rootfd_open("/");
	if (p->context.root_fd < 0) {
		log_error_errno(p->context.root_fd, "Cannot open the root directory: %m");
		return STATUS_FAILED;
	}
	if (p->list)
		return identity_list(p->context.root_fd) < 0 ? STATUS_FAILED : 0;
	p->request.caller = caller;
	p->request.argv = argv;
	return p->request.shell ? shell_run(&p->context, &p->request) : client_run(&p->context, p->engine, &p->request);
}

void program_done(struct program *p)
{
	closep(&p->context.root_fd);
	mounts_done(&p->request.mounts);
	includes_done(&p->request.includes);
	shown_done(&p->request.shown);
	strv_done(&p->request.env);
}
