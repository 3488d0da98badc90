/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What runs in a container for an administrator's command, whoever starts it there. */
#pragma once

#include "base/strv.h"

struct machine_command;

/* Its words, of which the first is the path of a shell that becomes the command. Appended. */
void command_words(const struct machine_command *command, struct strv *ret);

/* What it gets of us in its environment, beside that of a login. Appended; the later of two counts. */
void command_environment(const struct machine_command *command, struct strv *ret);
