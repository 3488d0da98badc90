/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The arguments and the environment for a command in a container. The arguments are those of a shell that becomes the
 * command: it looks the command up and, if it does not exist, says so by its exit status and with its own message. */
#include "running/command.h"

#include <stdlib.h>
#include <string.h>

char *const command_login_shell[] = {
	"sh",
	"-c",
	"cd 2>/dev/null; [ -x \"$SHELL\" ] || SHELL=/bin/sh; exec \"$SHELL\" -l",
	NULL,
};

const char *command_place(const struct command *command)
{
	return command->sandbox ? "Sandbox" : "Container";
}

/* systemd would report a command that cannot be executed as 203, and a missing directory as 200, and both might also be
 * the command's own status. */
void command_words(const struct command *command, struct strv *ret)
{
	static const char *const plain[] = { "/bin/sh", "-c", "exec \"$@\"", "sh", NULL };
	static const char *const with_folder[] = { "/bin/sh", "-c", "cd -- \"$1\" || exit 126; shift; exec \"$@\"",
						   "sh", NULL };

	for (const char *const *word = command->cwd ? with_folder : plain; *word; word++)
		strv_add(ret, *word);
	if (command->cwd)
		strv_add(ret, command->cwd);
	for (size_t i = 0; command->argv[i]; i++)
		strv_add(ret, command->argv[i]);
}

/* The type of our terminal, or a default if TERM cannot be used. */
static const char *terminal_kind(void)
{
	const char *kind = getenv("TERM");
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-._";

	return kind && *kind && strlen(kind) < 64 && strspn(kind, letters) == strlen(kind) ? kind : "vt100";
}

void command_environment(const struct command *command, struct strv *ret)
{
	if (command->pty)
		strv_addf(ret, "TERM=%s", terminal_kind());
	for (size_t i = 0; command->env && i < command->env->n; i++)
		strv_add(ret, command->env->v[i]);
}
