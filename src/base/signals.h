/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals that ask us to end (SIGHUP, SIGINT, SIGQUIT, SIGTERM), taken as events while we wait for something. */
#pragma once

#include <signal.h>

struct signals {
	int fd; /* readable when one has come */
	sigset_t before;
};

/* From here to signals_done() they are held back and can be read from 'fd'; a signal that nobody took has its usual
 * effect after that. Signals that were ignored before stay ignored. 0 or -errno. */
int signals_begin(struct signals *ret);
void signals_done(struct signals *signals);

/* Takes the signal that has come, or returns 0. */
int signals_take(struct signals *signals);

/* A signal that has come and that nobody has taken, or 0. It is not taken. Between signals_begin() and
 * signals_done(). */
int signals_pending(void);

/* Ends the program by 'signal', so that a shell that runs it in a loop ends the loop as well. */
void signals_die(int signal);
