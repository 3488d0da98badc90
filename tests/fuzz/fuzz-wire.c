/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a virtual machine sends to its host. The command gets one message at most that is not a signal, and there is no
 * more to be written to a stream than its window. */
#include "fuzz.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "inside/sandbox-init.h"
#include "inside/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int channel[2], control[2], streams[WIRE_STREAMS], messages = 0;
	struct pollfd fds[WIRE_FDS];
	char text[SANDBOX_MESSAGE];
	struct wire wire;

	signal(SIGPIPE, SIG_IGN);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, channel) == 0);
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, control) == 0);
	for (int i = 0; i < WIRE_STREAMS; i++)
		streams[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
	wire_init(&wire, false, channel[0], control[0], streams);
	if (write(channel[1], data, size) < 0)
		size = 0;
	for (size_t i = 0; i < size + 8; i++) {
		wire_poll(&wire, fds);
		if (poll(fds, WIRE_FDS, 0) < 0 || wire_step(&wire, fds))
			break;
	}
	while (recv(control[1], text, sizeof(text), MSG_DONTWAIT) > 0)
		messages++;
	CHECK(messages <= 1);
	wire_done(&wire);
	close(channel[0]);
	close(channel[1]);
	close(control[1]);
	return 0;
}
