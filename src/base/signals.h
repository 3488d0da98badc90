/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals that ask us to end, taken as events while we wait for something, not as our death. */
#pragma once

#include <signal.h>

struct interrupt {
	int fd; /* readable when one has come */
	sigset_t before;
};

/* From here to interrupt_done() they wait in 'fd'; what nobody took does its work then. 0 or -errno. */
int interrupt_begin(struct interrupt *ret);
void interrupt_done(struct interrupt *i);

/* The signal that has come, or 0. */
int interrupt_take(struct interrupt *i);

/* A signal that has come and waits still, or 0. Between interrupt_begin() and interrupt_done(), takes nothing. */
int interrupt_pending(void);

/* Ends the program by 'signal', so that a shell's loop around it ends as well. */
void interrupt_die(int signal);
