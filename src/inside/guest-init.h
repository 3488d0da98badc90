/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The first program of a virtual machine that is a sandbox, guest-init, and what it finds there. Its initial RAM disk
 * (sandbox/guest-image.c) has it as '/init', sandbox-init, the modules, and their list in the order to load them. The
 * channel's first frame (inside/wire.h) has strings that each end with NUL: places, an empty one, and the order of
 * sandbox-init.h. A place is a word of guest_places[], numbers, and a path that may have spaces. */
#pragma once

#define GUEST_INIT "/init"
#define GUEST_SANDBOX_INIT "/sandbox-init"
#define GUEST_MODULES "/modules" /* a directory */
#define GUEST_LIST "/list"	 /* names in there, one a line */
#define GUEST_TAG "root"	 /* of the host's tree, by 9p */

/* The argument with which it does something else, on the host: it keeps the descriptors that it was given, until its
 * standard input ends. */
#define GUEST_HOLD "hold"

/* What guest-init writes on the console if it cannot tell it by the channel. */
#define GUEST_SAYS "virt-sandbox: "

#define GUEST_TERMINAL "terminal" /* the command has a terminal */
#define GUEST_WRITE "write"	  /* the root can be written to, in memory */
#define GUEST_OWN "own"		  /* MODE PATH: an empty directory, in memory; the mode is octal */
#define GUEST_HOME "home"	  /* UID GID PATH: a directory of that user, in one of these */
#define GUEST_BIND "bind"	  /* PATH: the directory as the host shows it there, read-only */
#define GUEST_COPY "copy"	  /* PATH: the same, but with GUEST_WRITE it can be written to */
#define GUEST_RAM "ram"		  /* BYTES PATH: a directory in memory */
