/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs of the host that listen on ports. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct port;

struct listener {
	unsigned int port; /* the first one that is in use */
	pid_t pid;	   /* 0 if it cannot be found */
	char *program;	   /* its name as ps(1) shows it, or NULL */
};
void listener_done(struct listener *listener);

/* Finds a program of the host that listens where a port of 'port' would be published. False if there is none. */
bool listener_find(int root_fd, const struct port *port, struct listener *ret);
