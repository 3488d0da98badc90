/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages: levels, where they go, and what untrusted text in them becomes. */
#include "lib/tap.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/log.h"

/* What one message of each level leaves on standard error, with VIRT_SANDBOX_LOG as 'variable' says. */
static char *said(const char *variable)
{
	FILE *file = tmpfile();
	int fd = dup(STDERR_FILENO);
	char text[1024];
	size_t n;

	fflush(stderr);
	dup2(fileno(file), STDERR_FILENO);
	if (variable)
		setenv("VIRT_SANDBOX_LOG", variable, true);
	else
		unsetenv("VIRT_SANDBOX_LOG");
	log_begin();
	log_error("e");
	log_warn("w");
	log_info("i\n\033[2J");
	log_debug("d");
	dup2(fd, STDERR_FILENO);
	close(fd);
	rewind(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	log_set_level(LOG_LEVEL_WARN);
	return xstrndup(text, n);
}

TEST(the_environment_sets_the_level)
{
	_cleanup_(freep) char *error = said("error"), *warning = said("warning"), *info = said("info");
	_cleanup_(freep) char *unset = NULL;

	CHECK_STR(error, "virt-sandbox-service: e\n");
	CHECK_STR(warning, "virt-sandbox-service: e\nvirt-sandbox-service: warning: w\n");
	CHECK_STR(info, "virt-sandbox-service: e\nvirt-sandbox-service: warning: w\ntest-log: i\\x0a\\x1b[2J\n");
	unset = said(NULL);
	CHECK_STR(unset, warning);
}

TEST(debugging_has_times)
{
	_cleanup_(freep) char *debug = said("debug");
	unsigned long ms = 12345;
	const char *line = strstr(debug, "test-log: [");

	CHECK(line && sscanf(line, "test-log: [%lu ms]", &ms) == 1);
	CHECK(ms < 5000);
	CHECK(strstr(debug, "] d\n"));
}

TEST(another_word_in_the_environment_is_told_and_ignored)
{
	_cleanup_(freep) char *text = said("loud\n");

	CHECK(strstr(text, "VIRT_SANDBOX_LOG=loud\\x0a"));
	CHECK(!strstr(text, "test-log: i"));
}

TEST(the_level_is_handed_on)
{
	log_set_level(LOG_LEVEL_DEBUG);
	CHECK_STR(getenv("VIRT_SANDBOX_LOG"), "debug");
	log_set_level(LOG_LEVEL_ERROR);
	CHECK_STR(getenv("VIRT_SANDBOX_LOG"), "error");
	CHECK(!log_shows(LOG_LEVEL_WARN));
}

TEST_MAIN
