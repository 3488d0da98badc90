/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running the editor that the administrator prefers. */
#include "cli/editor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/temporary.h"
#include "base/util.h"

int editor_directory(char **ret)
{
	int r = temporary_make("/tmp", ret);

	return r < 0 ? log_error_errno(r, "Cannot make a directory for the text: %m") : 0;
}

/* As for system(3): signals from the terminal are the editor's. */
static int wait_for(pid_t pid)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, interrupt, quit;
	int status = 0, r = 0;

	sigaction(SIGINT, &ignore, &interrupt);
	sigaction(SIGQUIT, &ignore, &quit);
	while (waitpid(pid, &status, 0) < 0 && r == 0)
		r = errno == EINTR ? 0 : -errno;
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGQUIT, &quit, NULL);
	return r < 0 ? r : status == 0 ? 0 : -ECANCELED;
}

/* The variable may hold a command with arguments, which the shell splits. */
int editor_run(const char *file)
{
	const char *editor = getenv("VISUAL");
	_cleanup_(freep) char *script = NULL;
	pid_t pid;
	int r;

	if (!editor || !*editor)
		editor = getenv("EDITOR");
	if (!editor || !*editor)
		editor = access("/usr/bin/editor", X_OK) == 0 ? "/usr/bin/editor" : "vi";
	script = xasprintf("%s \"$1\"", editor);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", script, "sh", file, (char *)NULL);
		_exit(127);
	}
	r = pid < 0 ? -errno : wait_for(pid);
	return r < 0 ? log_error_errno(r, "Editor '%s' failed; nothing was changed.", editor) : 0;
}
