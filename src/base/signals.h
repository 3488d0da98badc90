/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals that ask us to end, taken as events while we wait for something, not as our death. */
#pragma once

#include <signal.h>

struct signals {
	int fd; /* readable when one has come */
	sigset_t before;
};

/* From here to signals_done() they wait in 'fd'; what nobody took does its work then. 0 or -errno. */
int signals_begin(struct signals *ret);
void signals_done(struct signals *signals);

/* The signal that has come, or 0. */
int signals_take(struct signals *signals);

/* A signal that has come and waits still, or 0. Between signals_begin() and signals_done(), takes nothing. */
int signals_pending(void);

/* Ends the program by 'signal', so that a shell's loop around it ends as well. */
void signals_die(int signal);
