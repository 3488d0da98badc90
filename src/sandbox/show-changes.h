/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints changes, as text or as JSON. Names and texts that the command made are printed so that no terminal acts on
 * them, and so that no text can be taken for the name of a change. */
#pragma once

#include "sandbox/changes.h"

enum show_form {
	SHOW_TEXT,  /* lines for people, and unified diffs of texts */
	SHOW_BRIEF, /* without the diffs */
	SHOW_JSON,
};

/* Prints those of the changes that 'chosen' has (changes_choose()). 0; or -EINTR after a signal (base/signals.h). */
int changes_show(int root_fd, int dir_fd, const struct changes *changes, const bool chosen[], enum show_form form);
