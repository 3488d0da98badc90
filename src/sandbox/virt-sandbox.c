/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-sandbox: runs one command in a sandbox of its own, over the host's system, and returns its status. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/stdio.h"
#include "inside/sandbox-init.h"
#include "sandbox/ask.h"
#include "sandbox/caller.h"
#include "sandbox/kept-verbs.h"
#include "sandbox/program.h"

static bool is_verb(const char *word)
{
	for (size_t i = 0; kept_verbs[i]; i++)
		if (word && strcmp(kept_verbs[i]->name, word) == 0)
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

static int run(struct program *p, int argc, char **argv)
{
	_cleanup_(caller_done) struct caller caller = CALLER_INIT;

	if (geteuid() != 0)
		return ask_service(argc, argv);
	caller_self(&caller);
	return program_run(p, &caller, argv + optind);
}

int main(int argc, char **argv)
{
	_cleanup_(program_done) struct program p = PROGRAM_INIT;

	log_program = "virt-sandbox";
	if (stdio_fill() < 0)
		return STATUS_FAILED; /* there is no way to report it */
	log_begin();
	signal(SIGPIPE, SIG_IGN);
	if (verb_parse(&program_verb, argc, argv, &p))
		return STATUS_FAILED;
	if (p.verbose)
		log_set_level(p.verbose > 1 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	if (p.help)
		verb_help(&program_verb);
	else if (p.version)
		printf("virt-sandbox %s\n", PACKAGE_VERSION);
	if (p.help || p.version)
		return fflush(stdout) ? STATUS_FAILED : 0;
	if (is_verb(argv[optind]) && strcmp(argv[optind - 1], "--") != 0)
		return finish_output(verb_run(kept_verbs, &p.context, argc - optind, argv + optind));
	return run(&p, argc, argv);
}
