/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Brings changes to the host. What a command left is hostile: no link is followed, nothing but regular files is opened,
 * and what could give rights to somebody is left out unless the administrator asks for it. Each path has the old state
 * or the new one at any time, except for the mode, owner and attributes of a directory, which are set one after the
 * other. */
#pragma once

#include "sandbox/changes.h"

struct apply_options {
	bool dry_run; /* only say what is refused and what is left out */
	bool force;   /* apply what the host has changed since the command began, too */
	bool set_id;  /* keep set-user-ID and set-group-ID bits, and file capabilities */
	bool label;   /* give new files the labels of the host's SELinux policy: the root is that of this host */
};

/* Applies the chosen changes, and those that add the directories in which they are; 'chosen' has them and lacks what is
 * left out, after that. Devices and sockets are left out, and so are set-user-ID and set-group-ID bits and file
 * capabilities, unless these are asked for or no news; each after a warning. Nothing is applied if any change is
 * refused: one of something that the host has changed since the command began, or in a directory that the command did
 * not see. The umask must be 0.
 *
 * 0; or -errno after messages: -ECANCELED if changes were refused, and otherwise the error of a change, before which
 * others were applied. -EINTR after a signal (base/signals.h), without a message. */
int changes_apply(int root_fd, int dir_fd, const struct changes *changes, bool chosen[],
		  const struct apply_options *options);
