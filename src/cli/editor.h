/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The administrator's editor, for commands that let a text be edited. */
#pragma once

/* Makes a directory for the text that only its owner can enter, because an editor may make other files beside it.
 * 0, with its path (caller frees), or -errno after a message. */
int editor_directory(char **ret);

/* Runs the editor that VISUAL or EDITOR names on the file, and waits. 0, or -errno after a message: -ECANCELED if it
 * failed. */
int editor_run(const char *file);
