/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs the packer (packer.c), and exchanges frames with it. */
#pragma once

#include <stdio.h>
#include <sys/types.h>

#include "base/util.h"

struct packer {
	FILE *frames;
	pid_t pid;
};
#define PACKER_INIT                                                                                                    \
	{                                                                                                              \
		.pid = -1                                                                                              \
	}

/* Starts one that writes to 'fd' an archive of the members that it is sent. 0, or -errno after a message. */
int packer_pack(int fd, struct packer *ret);

/* Starts one that reads an archive from 'fd', and sends its members. 0, or -errno after a message. */
int packer_unpack(int fd, struct packer *ret);

/* Waits for it. 0 if it did its work; -EIO if not. */
int packer_end(struct packer *packer);

/* For _cleanup_: ends it, whatever it is doing. */
void packer_done(struct packer *packer);
