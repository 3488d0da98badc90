/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The conversation of sandbox-init.h through one stream of bytes: the channel between a virtual machine and its host.
 * One of these is at each end. On the host it stands for the first program of a container, so that the command does not
 * know the difference; in the machine it stands for the command.
 *
 * The channel has frames: a kind, the number of a stream, and a length, and then so many bytes. Each stream has a
 * window, which its reader opens again as it passes on what has come; so a stream that nobody reads stops its writer,
 * and nothing else. What the machine sends may be forged by root inside; a frame that breaks these rules ends the
 * conversation. */
#pragma once

#include <poll.h>
#include <stdint.h>

#include "base/util.h"

#define WIRE_STREAMS 3			     /* standard input, output and error; a terminal has the first two */
#define WIRE_FDS (WIRE_STREAMS + 2)	     /* descriptors to wait for */
#define WIRE_ORDER_MAX (9 * 1024 * 1024)     /* bytes of the first frame */
#define WIRE_NAME "org.virt-sandbox.channel" /* of the virtio port */

enum wire_kind {
	WIRE_BEGIN,   /* the first frame, for the machine: inside/guest-init.h */
	WIRE_MESSAGE, /* a message of sandbox-init.h, without descriptors */
	WIRE_DATA,    /* of a stream */
	WIRE_END,     /* the stream has ended */
	WIRE_GONE,    /* nobody reads the stream any more */
	WIRE_ROOM,    /* a number: so many bytes more may be sent */
	WIRE_SIZE,    /* rows and columns of the terminal */
	WIRE_KINDS,
};

struct wire_stream {
	int fd;	       /* -1 when it is done */
	bool source;   /* we read it; else we write to it */
	bool ended;    /* of one that we write to: it is closed once all is written */
	bool tell;     /* the other end has to hear that it is done */
	uint32_t room; /* of a source: what the other end takes; of a sink: what the other end has yet to be told */
	char *data;
	size_t at, end;
};

struct wire {
	int channel; /* does not block */
	int control; /* a packet socket: of sandbox-init's conversation */
	bool inside; /* this is the end in the machine, which says a first word as soon as it is there */
	bool heard;  /* the other end has said something */
	struct wire_stream stream[WIRE_STREAMS];
	char *out, *in; /* what waits to be sent, and what has come of a frame */
	size_t out_at, out_end, in_end;
	char *held;	/* the last message, until the streams have passed on what came before it */
	size_t carried; /* bytes that were read while it waits */
	bool told;	/* it was sent */
};

/* 'channel' stays the caller's; 'control' and the streams, of which some may be -1, become the wire's. */
void wire_init(struct wire *wire, bool inside, int channel, int control, const int streams[WIRE_STREAMS]);
void wire_done(struct wire *wire);

/* Fills in what to wait for. */
void wire_poll(const struct wire *wire, struct pollfd fds[WIRE_FDS]);

/* Passes on what it can without blocking. Returns 0 to go on, and 1 if one end is gone, or does not keep to the
 * rules. */
int wire_step(struct wire *wire, const struct pollfd fds[WIRE_FDS]);

/* Tells the machine the size of the terminal. */
void wire_resize(struct wire *wire, uint16_t rows, uint16_t columns);

/* Writes the first frame, or a message, to 'channel', whole. 0 or -errno. */
int wire_send(int channel, enum wire_kind kind, const void *data, size_t length);

/* Waits for the first frame, whose content the caller frees; it is followed by a NUL. 0 or -errno: -EPIPE if the other
 * end is gone, -EBADMSG if it is another frame. */
int wire_receive(int channel, char **ret, size_t *ret_length);
