/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* logs: prints what a container has logged. The container's own journalctl reads its journal, because we must not parse
 * files that the container can write. For a stopped container, there is what the host's journal has. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/cmds.h"
#include "container/paths.h"
#include "container/record-file.h"
#include "running/command.h"
#include "running/leader.h"
#include "running/machine-bus.h"
#include "running/unit-run.h"

struct logs {
	const char *name;
	const char *unit;
	struct strv words; /* arguments of journalctl */
};

/* Passes an option on to journalctl, which has the same. */
static char *pass_on(const struct verb_option *option, const char *value, void *at)
{
	if (value)
		strv_addf(at, "--%s=%s", option->name, value);
	else
		strv_addf(at, "--%s", option->name);
	return NULL;
}

static char *pass_number(const struct verb_option *option, const char *value, void *at)
{
	uint64_t n;

	return parse_u64(value, INT32_MAX, &n) == 0 ? pass_on(option, value, at)
						    : xasprintf("--%s takes a number, not '%s'", option->name, value);
}

#define INTO(member) offsetof(struct logs, member)
static const struct verb_option options[] = {
	{ "follow", 'f', NULL, "keep printing new messages", pass_on, INTO(words) },
	{ "lines", 'n', "NUMBER", "print only the last NUMBER lines", pass_number, INTO(words) },
	{ "since", 0, "TIME", "print only what is newer, such as yesterday or -1h", pass_on, INTO(words) },
	{ "unit", 'u', "UNIT", "print only messages of this unit of a running container", verb_take_word, INTO(unit) },
	{ 0 },
};
#undef INTO

/* 0, or the exit status of a usage message. */
static int parse(struct logs *l, int argc, char **argv)
{
	int r;

	strv_add(&l->words, "journalctl");
	strv_add(&l->words, "--no-pager");
	r = verb_parse(&cmd_logs, argc, argv, l);
	if (r)
		return r;
	if (argc - optind != 1)
		return verb_usage(&cmd_logs, "give the name of one container");
	l->name = argv[optind];
	return 0;
}

static int inside(const struct context *context, struct logs *l, const struct record *record)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	struct command command = {
		.name = l->name,
		.stdio = { -1, STDOUT_FILENO, STDERR_FILENO },
		.owner = record->uid_base,
		.timeout = UINT64_MAX,
		.filtered = true,
	};
	int r;

	if (l->unit)
		strv_addf(&l->words, "--unit=%s", l->unit);
	command.argv = l->words.v;
	if (machine_bus_open(context->root_fd, l->name, &bus) < 0)
		return 1;
	r = unit_run(bus, &command);
	return r < 0 ? 1 : r;
}

static int on_host(const struct context *context, struct logs *l)
{
	_cleanup_(freep) char *unit = host_unit_name(l->name);

	if (l->unit) {
		log_error("Container '%s' is not running, and the host's journal does not tell its units apart; leave "
			  "out --unit.",
			  l->name);
		return 1;
	}
	if (!context->quiet)
		fprintf(stderr, "Container '%s' is not running; this is what the host's journal has about it.\n",
			l->name);
	strv_addf(&l->words, "--unit=%s", unit);
	signal(SIGPIPE, SIG_DFL);
	execvp(l->words.v[0], l->words.v);
	log_error_errno(errno, "Cannot run 'journalctl': %m");
	return 1;
}

static int run(const struct context *context, int argc, char **argv)
{
	_cleanup_(record_done) struct record record = { 0 };
	struct logs l = { 0 };
	int r = parse(&l, argc, argv);
	pid_t leader;

	if (r == 0 && record_load(context->root_fd, l.name, &record) < 0)
		r = 1;
	if (r == 0 && leader_read(context->root_fd, l.name, &leader) == -ESRCH)
		r = on_host(context, &l);
	else if (r == 0)
		r = inside(context, &l, &record);
	strv_done(&l.words);
	return r;
}

const struct verb cmd_logs = {
	.name = "logs",
	.synopsis = "[OPTION...] NAME",
	.help = "Show what a container has logged",
	.options = options,
	.run = run,
};
