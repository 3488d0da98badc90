/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-sandbox as somebody who is not root runs it: it has the service make the sandbox. */
#pragma once

/* Has the service run this command line, and waits for its end. Returns the exit status, or STATUS_FAILED after a
 * message. */
int ask_service(int argc, char **argv);
