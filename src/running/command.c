/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See command.h. */
#include "running/command.h"

#include <stdlib.h>
#include <string.h>

#include "running/unit-run.h"

/* The shell looks it up and says, by its status and in its words, that a command is not there or not executable: systemd
 * says only 203, which may as well be the command's own status. So for its folder. */
void command_words(const struct machine_command *command, struct strv *ret)
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

/* The kind of our terminal, if its name is one: it comes from our environment. */
static const char *terminal_kind(void)
{
	const char *kind = getenv("TERM");
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-._";

	return kind && *kind && strlen(kind) < 64 && strspn(kind, letters) == strlen(kind) ? kind : "vt100";
}

void command_environment(const struct machine_command *command, struct strv *ret)
{
	if (command->tty)
		strv_addf(ret, "TERM=%s", terminal_kind());
	for (size_t i = 0; command->env && i < command->env->n; i++)
		strv_add(ret, command->env->v[i]);
}
