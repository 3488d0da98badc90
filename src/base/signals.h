/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals that ask us to end (SIGHUP, SIGINT, SIGQUIT, SIGTERM), taken as events while we wait for something. */
#pragma once

#include <signal.h>

struct signals {
	int fd; /* readable when a signal has come */
	sigset_t before;
};

/* Until signals_done(), the signals are blocked and can be read from 'fd'. A signal that was not taken has its usual
 * effect after that. Signals that were ignored before stay ignored. 0 or -errno. */
int signals_begin(struct signals *ret);
void signals_done(struct signals *signals);

/* Takes a signal that has come, and returns it, or 0 if there is none. */
int signals_take(struct signals *signals);

/* A signal that has come but was not taken yet, or 0. Does not take it. To be called between signals_begin() and
 * signals_done(). */
int signals_pending(void);

/* Ends the program by 'signal', so that a shell that runs it in a loop ends the loop, too. */
void signals_die(int signal);
