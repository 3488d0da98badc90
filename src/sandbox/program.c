/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of virt-sandbox, of which each fills a field of the request. */
#include "sandbox/program.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "container/paths.h"
#include "container/record-value.h"
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

static char *take_engine(const struct verb_option *option, const char *value, void *at)
{
	const struct engine **engine = at;

	(void)option;
	*engine = engine_find(value);
	return *engine ? NULL : xasprintf("'%s' or '%s'", engine_lxc.uri, engine_qemu.uri);
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

static char *take_capability(const struct verb_option *option, const char *value, void *at)
{
	(void)option;
	return create_spec_take_rights(RIGHT_CAPABILITY, value, at);
}

static char *take_system_calls(const struct verb_option *option, const char *value, void *at)
{
	(void)option;
	return create_spec_take_rights(RIGHT_CALLS, value, at);
}

/* An address by DHCP takes a program that asks for it, and asks again as long as the sandbox runs. */
static char *take_network(const struct verb_option *option, const char *value, void *at)
{
	struct program *p = at;
	const struct nets *nets = &p->request.spec.nets;
	char *must = create_spec_take_network(&p->request.spec, &p->no_network, value);

	(void)option;
	if (must || p->no_network || !nets->v[nets->n - 1].dhcp)
		return must;
	return xasprintf("--network cannot get an address by DHCP, which a sandbox has no program for; %s",
			 nets->v[nets->n - 1].kind->libvirt
				 ? "without 'dhcp', the sandbox gets a free address of the network"
				 : "add 'address=', with an address that is free there");
}

/* As the libvirt-sandbox of old had it: 'dynamic' chooses the level. */
static char *take_security(const struct verb_option *option, const char *value, void *at)
{
	struct create_spec *spec = at;
	const char *label = skip_prefix(value, "dynamic,label=");

	(void)option;
	if (strcmp(value, "inherit") == 0)
		return xstrdup("--security cannot be 'inherit': a sandbox never has the label of its caller");
	if (!label && strcmp(value, "dynamic") != 0)
		return create_spec_take_context(spec, skip_prefix(value, "static,label="));
	if (label && (!value_is_context(label) || !has_suffix(label, ":s0")))
		return xstrdup("like 'dynamic,label=system_u:system_r:svirt_lxc_net_t:s0'");
	spec->level = NULL;
	free(spec->process);
	spec->process = label ? xstrndup(label, strlen(label) - strlen(":s0")) : NULL;
	return NULL;
}

static char *take_timeout(const struct verb_option *option, const char *value, void *at)
{
	(void)option;
	return timeout_parse(value, at) < 0 ? xstrdup(TIMEOUT_MUST) : NULL;
}

#define INTO(member) offsetof(struct program, member)
static const struct verb_option options[] = {
	{ "capability", 0, "CAPABILITY", "let the command have CAP_NET_ADMIN or CAP_NET_RAW; may be repeated",
	  take_capability, INTO(request.spec.capabilities) },
	{ "connect", 'c', "URI", "run in a container, lxc:/// (default), or in a virtual machine, qemu:///system",
	  take_engine, INTO(engine) },
	{ "cpus", 0, "NUMBER", "limit processor time, for example to 1.5 processors", take_limit,
	  INTO(request.spec.limits) },
	{ "cwd", 0, "DIR", "run in this directory (default: the caller's, if it is seen)", verb_take_directory,
	  INTO(request.cwd) },
	{ "diff", 0, NULL, "with --write: show afterwards what was changed", verb_take_flag, INTO(request.diff) },
	{ "disk", 0, "SIZE", "limit what may be written in memory, for example to 2G", take_limit,
	  INTO(request.spec.limits) },
	{ "dry-run", 0, NULL, "print the XML of the libvirt domain, and run nothing", verb_take_flag,
	  INTO(request.dry_run) },
	{ "env", 'e', "NAME=VALUE", "set an environment variable; may be repeated", verb_take_assignment,
	  INTO(request.env) },
	{ "help", 'h', NULL, "print this help", verb_take_flag, INTO(help) },
	{ "host-access", 0, NULL, "let it reach services of the host over the network", verb_take_flag,
	  INTO(request.spec.host_access) },
	{ "include", 'i', "HOST=GUEST", "copy a file or directory of the host in; may be repeated", take_include,
	  INTO(request.includes) },
	{ "json", 0, NULL, "with --diff: print JSON", verb_take_flag, INTO(request.json) },
	{ "kernel", 0, "RELEASE", "boot this kernel of the host in a virtual machine (default: the one that runs)",
	  verb_take_word, INTO(request.kernel.release) },
	{ "kernel-path", 0, "FILE", "boot this file instead of the image of that kernel", verb_take_word,
	  INTO(request.kernel.image) },
	{ "list", 0, NULL, "list the sandboxes that run, and run nothing", verb_take_flag, INTO(list) },
	{ "memory", 0, "SIZE", "limit memory, for example to 512M or 2G", take_limit, INTO(request.spec.limits) },
	{ "modules", 0, "DIR", "take the kernel's modules from this directory", verb_take_word,
	  INTO(request.kernel.modules) },
	{ "mount", 'm', "MOUNT", "mount host-bind:TARGET=SOURCE[:ro] or ram:TARGET=SIZE; may be repeated", take_mount,
	  INTO(request.mounts) },
	{ "name", 'n', "NAME", "name the sandbox (default: one that is made up)", verb_take_word,
	  INTO(request.spec.name) },
	{ "network", 'N', "NETWORK", "network to join, such as " NETWORK "; may be repeated (default: none)",
	  take_network, 0 },
	{ "privileged", 'p', NULL, "run as root, with all capabilities that a container can be given", verb_take_flag,
	  INTO(privileged) },
	{ "root", 'r', "DIR", "see the system in this directory instead of the host's", verb_take_word,
	  INTO(request.root) },
	{ "security", 's', "SECURITY", "SELinux context: dynamic (default), or static,label=USER:ROLE:TYPE:LEVEL",
	  take_security, INTO(request.spec) },
	{ "share-level", 0, NULL, "allow a level that gives access to a container, or a container access to this one",
	  verb_take_flag, INTO(share_level) },
	{ "shell", 'l', "NAME", "open a shell in sandbox NAME, which runs, or run COMMAND there", verb_take_word,
	  INTO(request.shell) },
	{ "show", 0, "PATH", "show a file or directory that is covered, read-only; may be repeated", take_show,
	  INTO(request.shown) },
	{ "system-calls", 0, "GROUP", "allow another group of system calls, keyring or numa; may be repeated",
	  take_system_calls, INTO(request.spec.system_calls) },
	{ "tasks", 0, "NUMBER", "limit the number of processes and threads", take_limit, INTO(request.spec.limits) },
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
static bool asks_for_sandbox(const struct program *p)
{
	const struct request *request = &p->request;
	const struct create_spec *spec = &request->spec;
	bool limited = false;

	for (size_t i = 0; i < LIMITS; i++)
		limited |= spec->limits[i] != 0;
	return limited || request->root || spec->name || spec->level || spec->process || spec->nets.n ||
	       spec->capabilities.n || spec->system_calls.n || p->privileged || p->no_network || request->mounts.n ||
	       request->includes.n || request->shown.n || request->write || request->dry_run ||
	       request->timeout != UINT64_MAX;
}

static bool is_other_user(const char *user)
{
	return user && strcmp(user, "root") != 0 && strcmp(user, "0") != 0;
}

/* What is wrong with options that do not go together, or NULL. */
static const char *misuse(const struct program *p, char **argv)
{
	const struct request *request = &p->request;
	const struct create_spec *spec = &request->spec;
	const struct {
		bool wrong;
		const char *message;
	} rules[] = {
		{ request->diff && !request->write, "--diff needs --write=throw or --write=keep=DIR" },
		{ spec->limits[LIMIT_DISK] && request->write == TREE_KEEP,
		  "--disk cannot limit what --write=keep= writes to a disk" },
		{ request->root && (request->write == TREE_KEEP || request->diff),
		  "--root takes no --write=keep= and no --diff, which compare with the host" },
		{ request->json && !request->diff, "--json needs --diff" },
		{ (request->kernel.release || request->kernel.image || request->kernel.modules) && !p->engine->machine,
		  "--kernel, --kernel-path and --modules need -c qemu:///system" },
		{ request->shell && p->engine->machine, "--shell takes no virtual machine" },
		{ request->shell && asks_for_sandbox(p), "--shell takes only --cwd, --env and --user" },
		{ spec->nets.n > 0 && !p->engine->networks, "a virtual machine has no --network" },
		{ spec->host_access && !nets_have_ours(&spec->nets),
		  "--host-access works only with --network=" NETWORK
		  "; nothing keeps a sandbox on other networks from the host" },
		{ p->privileged && is_other_user(request->user),
		  "--privileged runs the command as root, not as another user" },
		{ p->share_level && !spec->level, "--share-level needs --security=static,label=USER:ROLE:TYPE:LEVEL" },
		{ !argv[0] && !p->list && !request->shell, "give a command to run" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].wrong)
			return rules[i].message;
	return NULL;
}

static void settle(struct program *p)
{
	struct create_spec *spec = &p->request.spec;
	const char *name;

	spec->level_rule = p->share_level ? LEVEL_SHARED : LEVEL_APART;
	if (!p->privileged)
		return;
	p->request.user = "root";
	for (unsigned int i = 0; (name = right_name(RIGHT_CAPABILITY, i)); i++)
		strv_add_once(&spec->capabilities, name);
}

int program_run(struct program *p, const struct caller *caller, char **argv)
{
	const char *wrong = misuse(p, argv);

	if (wrong) {
		verb_usage(&program_verb, "%s", wrong);
		return STATUS_FAILED;
	}
	umask(022); /* libvirt-lxc and QEMU enter what is made as ordinary users */
	settle(p);
	p->context.root_fd = rootfd_open("/");
	if (p->context.root_fd < 0) {
		log_error_errno(p->context.root_fd, "Cannot open the root directory: %m");
		return STATUS_FAILED;
	}
	if (p->list)
		return identity_list(p->context.root_fd) < 0 ? STATUS_FAILED : 0;
	p->request.caller = caller;
	p->request.argv = argv;
	p->context.connect = p->engine->uri;
	return p->request.shell ? shell_run(&p->context, &p->request) : client_run(&p->context, p->engine, &p->request);
}

void program_done(struct program *p)
{
	closep(&p->context.root_fd);
	mounts_done(&p->request.mounts);
	includes_done(&p->request.includes);
	shown_done(&p->request.shown);
	strv_done(&p->request.env);
	create_spec_done(&p->request.spec);
}
