/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs the packer (packer.c), and exchanges frames with it. */
#pragma once

#include <stdio.h>
#include <sys/types.h>

#include "base/signals.h"
#include "base/util.h"

struct packer {
	FILE *frames; /* fails with EINTR once a signal has come that asks us to end */
	int fd;	      /* of our end of the pipe */
	struct signals signals;
	pid_t pid;
};
#define PACKER_INIT                                                                                                    \
	{                                                                                                              \
		.fd = -1, .signals = { .fd = -1 }, .pid = -1                                                           \
	}

/* 'ret' must be PACKER_INIT, and stay where it is. */

/* Starts one that writes to 'fd' an archive of the members that it is sent. 0, or -errno after a message. */
int packer_pack(int fd, struct packer *ret);

/* Starts one that reads an archive from 'fd', and sends its members. 0, or -errno after a message. */
int packer_unpack(int fd, struct packer *ret);

/* Waits for it. 0 if it did its work; else -errno. */
int packer_end(struct packer *packer);

/* For _cleanup_: ends it, whatever it is doing. */
void packer_done(struct packer *packer);
