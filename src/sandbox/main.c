/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-sandbox: runs one command in a sandbox of its own, over the host's system, and returns its status. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "base/stdio.h"
#include "base/verb.h"
#include "inside/sandbox-init.h"
#include "sandbox/client.h"
#include "sandbox/identity.h"
#include "sandbox/kept-verbs.h"
#include "sandbox/shell.h"

struct program {
	struct context context;
	struct request request;
	int verbose;
	bool help, list, version;
};

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

/* As timeout(1) has it: a number, and 's', 'm', 'h' or 'd'. */
static char *take_timeout(const struct verb_option *option, const char *value, void *at)
{
	static const struct {
		const char *suffix;
		double seconds;
	} units[] = { { "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 } };
	size_t digits = strspn(value, "0123456789.");
	_cleanup_(freep) char *number = xstrndup(value, digits);
	char *end = NULL;
	double seconds = strtod(number, &end);

	(void)option;
	for (size_t i = 0; digits && !*end && i < ARRAY_SIZE(units); i++) {
		if (strcmp(units[i].suffix, value + digits) != 0)
			continue;
		seconds *= units[i].seconds;
		if (!(seconds > 0 && seconds < 1e12))
			break;
		*(uint64_t *)at = (uint64_t)(seconds * 1e6);
		return NULL;
	}
	return xstrdup("a time such as 90, 1.5m or 2h");
}

#define INTO(member) offsetof(struct program, member)
static const struct verb_option options[] = {
	{ "cpus", 0, "NUMBER", "limit processor time, for example to 1.5 processors", take_limit,
	  INTO(request.limits) },
	{ "cwd", 0, "DIR", "run in this directory (default: the caller's, if it is seen)", verb_take_directory,
	  INTO(request.cwd) },
	{ "diff", 0, NULL, "with --write=keep=DIR: show afterwards what was changed", verb_take_flag,
	  INTO(request.diff) },
	{ "dry-run", 0, NULL, "print the XML of the libvirt domain, and run nothing", verb_take_flag,
	  INTO(request.dry_run) },
	{ "env", 'e', "NAME=VALUE", "set an environment variable; may be repeated", verb_take_assignment,
	  INTO(request.env) },
	{ "help", 'h', NULL, "print this help", verb_take_flag, INTO(help) },
	{ "list", 0, NULL, "list the sandboxes that run, and run nothing", verb_take_flag, INTO(list) },
	{ "memory", 0, "SIZE", "limit memory, for example to 512M or 2G", take_limit, INTO(request.limits) },
	{ "mount", 'm', "MOUNT", "mount host-bind:TARGET=SOURCE[:ro] or ram:TARGET=SIZE; may be repeated", take_mount,
	  INTO(request.mounts) },
	{ "name", 'n', "NAME", "name the sandbox (default: one that is made up)", verb_take_word, INTO(request.name) },
	{ "shell", 'l', "NAME", "open a shell in sandbox NAME, which runs, or run COMMAND there", verb_take_word,
	  INTO(request.shell) },
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

static const struct verb *const verbs[] = { &verb_diff, &verb_apply, NULL };

static void print_verbs(void)
{
	printf("\nCommands about such a directory DIR, which '--' before them hides:\n");
	for (size_t i = 0; verbs[i]; i++)
		printf("  %-6s %-28s %s\n", verbs[i]->name, verbs[i]->synopsis, verbs[i]->help);
}

static const struct verb program = {
	.name = "",
	.synopsis = "[OPTION...] [--] COMMAND [ARGUMENT...]",
	.help = "Run a command in a sandbox, over the system of this host, which it sees but cannot change",
	.options = options,
	.more_help = print_verbs,
	.in_order = true,
};

static bool is_verb(const char *word)
{
	for (size_t i = 0; verbs[i]; i++)
		if (word && strcmp(verbs[i]->name, word) == 0)
			return true;
	return false;
}

/* If output was lost, because of a full disk for instance, a command about a directory must not succeed. */
static int finish_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	log_error("Cannot write the output: %m");
	return status ? status : 1;
}

/* Whether anything says what a new sandbox has. */
static bool asks_for_sandbox(const struct request *request)
{
	bool limited = false;

	for (size_t i = 0; i < LIMITS; i++)
		limited |= request->limits[i] != 0;
	return limited || request->name || request->mounts.n || request->write || request->dry_run ||
	       request->timeout != UINT64_MAX;
}

static int run(struct program *p, char **argv)
{
	_cleanup_(closep) int root = -1;

	if (p->request.diff && p->request.write != TREE_KEEP) {
		verb_usage(&program, "--diff needs --write=keep=DIR");
		return STATUS_FAILED;
	}
	if (p->request.shell && asks_for_sandbox(&p->request)) {
		verb_usage(&program, "--shell takes only --cwd, --env and --user");
		return STATUS_FAILED;
	}
	if (!argv[0] && !p->list && !p->request.shell) {
		verb_usage(&program, "give a command to run");
		return STATUS_FAILED;
	}
	if (verb_need_root(&program) < 0)
		return STATUS_FAILED;
	root = rootfd_open("/");
	if (root < 0) {
		log_error_errno(root, "Cannot open the root directory: %m");
		return STATUS_FAILED;
	}
	p->context.root_fd = root;
	if (p->list)
		return identity_list(root) < 0 ? STATUS_FAILED : 0;
	p->request.argv = argv;
	return p->request.shell ? shell_run(&p->context, &p->request) : client_run(&p->context, &p->request);
}

int main(int argc, char **argv)
{
	struct program p = {
		.context = { .connect = "lxc:///", .root = "/", .root_fd = -1, .on_host = true },
		.request = { .timeout = UINT64_MAX },
	};
	int status = STATUS_FAILED;

	log_program = "virt-sandbox";
	if (stdio_fill() < 0)
		return STATUS_FAILED; /* there is no way to report it */
	log_begin();
	signal(SIGPIPE, SIG_IGN);
	if (verb_parse(&program, argc, argv, &p) == 0) {
		if (p.verbose)
			log_set_level(p.verbose > 1 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
		if (p.help)
			verb_help(&program);
		else if (p.version)
			printf("virt-sandbox %s\n", PACKAGE_VERSION);
		else if (is_verb(argv[optind]) && strcmp(argv[optind - 1], "--") != 0)
			return finish_output(verb_run(verbs, &p.context, argc - optind, argv + optind));
		status = p.help || p.version ? fflush(stdout) ? STATUS_FAILED : 0 : run(&p, argv + optind);
	}
	mounts_done(&p.request.mounts);
	strv_done(&p.request.env);
	return status;
}
