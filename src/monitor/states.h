/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a container as its monitor sees it: a state, and a table that says how each event changes it. Pure; uses
 * only the C library. */
#pragma once

enum state {
	LINED_UP,	  /* others have their turn to start */
	STARTING,	  /* domain-start runs */
	STARTING_UP,	  /* domain-start runs, but the container says already that it is up */
	STARTING_STOPPED, /* we were asked to stop, but domain-start runs and is not interrupted */
	BOOTING,	  /* the container runs, but is not up yet; the checker waits */
	BOOTING_LEAVING,  /* ... and says that it shuts down */
	CHECKING,	  /* the container says that it is up; the checker checks its services */
	CHECKING_LEAVING, /* ... and it says that it shuts down */
	RUNNING,	  /* its services are up */
	LEAVING,	  /* it shuts down by itself */
	WAITING,	  /* we were asked to stop, and others have their turn; it does not know yet */
	STOPPING,	  /* we were asked to stop, and have asked it to shut down */
	STOPPING_HEARD,	  /* ... and it says that it does */
	FAILING,	  /* its services are not up, and we have asked it to shut down */
	FAILING_HEARD,	  /* ... and it says that it does */
	KILLED,		  /* its time was up */
	ENDED,		  /* as it should: exit status 0 */
	FAILED,		  /* exit status 1 */
	STATES,
};

enum event {
	DOMAIN_STARTED,	  /* and handed over to us */
	DOMAIN_REFUSED,	  /* domain-start has said why */
	CONTAINER_UP,	  /* the container sent READY=1 */
	CONTAINER_LEAVES, /* the container sent STOPPING=1, or systemd wrote its last line to the console */
	CONTAINER_GONE,	  /* its PID 1 has ended */
	CHECK_PASSED,	  /* the services that the container is for are up */
	CHECK_FAILED,	  /* they are not, or could not be checked */
	STOP_ASKED,	  /* by systemd: SIGTERM */
	TURN_CAME,	  /* it may start now, or be asked to shut down */
	TIME_TO_REPEAT,	  /* it has not reacted yet */
	TIME_IS_UP,	  /* the time for a clean shutdown is over */
	EVENTS,
};

enum action {
	DO_NOTHING,
	START_DOMAIN,	 /* run domain-start */
	START_CHECKER,	 /* early, because starting it takes time */
	START_AND_CHECK, /* the same, and it may check at once */
	LET_CHECK,	 /* the checker may check now */
	TELL_READY,	 /* systemd */
	TELL_STOPPING,	 /* systemd */
	AWAIT_TURN,	 /* TELL_STOPPING, and ask for a turn, which may come at once */
	SHUT_DOWN,	 /* ask the container to, and start the clock */
	STOP,		 /* TELL_STOPPING and SHUT_DOWN */
	ASK_AGAIN,	 /* to shut down: a PID 1 that is not ready yet loses signals */
	KILL,		 /* the container */
	SAY_WHY,	 /* the reason that its init gave, if any */
	SAY_EARLY_END,	 /* the same or, without a reason, that it ended before its services were up */
	SAY_SUDDEN_END,	 /* that it ended unexpectedly */
	ACTIONS,
};

struct transition {
	enum state state;
	enum event event;
	enum state next;
	enum action action; /* done after the state is 'next', so that it may cause another event */
};

/* Words for messages. */
extern const char *const state_names[STATES], *const event_names[EVENTS];

extern const struct transition transitions[];
extern const unsigned int n_transitions;

/* The row for an event in a state, or NULL if the event changes nothing. */
const struct transition *transition_find(enum state state, enum event event);
