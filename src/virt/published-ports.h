/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The published ports that the kernel forwards, as elements of maps of nftables (network-walls.c has the rules that use
 * them). What a running container has there is in a file of its runtime directory, so that it can be put back and taken
 * away whatever happens to the record. Functions return 0 or -errno after a message. */
#pragma once

#include "base/buf.h"
#include "container/record.h"

/* The maps: from protocol and port, and the same after an address of the host, to address and port of a container. */
#define PUBLISHED_ALL "published"
#define PUBLISHED_ONE "published_at"
#define PUBLISHED_ALL6 "published6"
#define PUBLISHED_ONE6 "published6_at"

/* What the file says. */
struct published {
	char *address, *address6; /* of the container; the second is NULL if it has none */
	struct ports ports;
};
void published_done(struct published *published);

/* Finds out which of the record's ports can be forwarded now, and notes them in the file. Warns about the others, which
 * a program of the host uses. With 'runs', the container runs with the address in the file, and those ports that are
 * there stay its own. */
int published_note(int root_fd, const struct record *record, bool runs);

/* Reads the file. False, and *ret is unchanged, if there is none. */
bool published_read(int root_fd, const char *name, struct published *ret);

/* Appends commands that add the elements of the ports in the file, or delete them, whether they are there or not. The
 * commands fail if another container has one of the ports. Nothing is appended if there is no file. */
void published_add(int root_fd, const char *name, const char *table, bool there, struct buf *text);
