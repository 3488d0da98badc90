/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the monitor gives up before it listens to a container that runs. */
#pragma once

/* Gives up, for ever, all capabilities, the SELinux domain in which a start needs more than watching does, new
 * privileges, and all system calls but those in a short list: this process can open, connect and execute nothing any
 * more, and send only on what is connected already. 0 or -errno. */
int confine_self(void);
