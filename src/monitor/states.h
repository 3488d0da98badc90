/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a container as its monitor sees it: one state, and a table that says what each event makes of it. Pure,
 * the C library only. */
#pragma once

enum state {
	STARTING,	  /* domain-start runs */
	STARTING_UP,	  /* domain-start runs, and the container says already that it is up */
	STARTING_STOPPED, /* domain-start, which is not interrupted, runs, and we were asked to stop */
	BOOTING,	  /* the container runs and is not up yet; the checker waits */
	BOOTING_LEAVING,  /* ... and says that it shuts down */
	CHECKING,	  /* it says that it is up; the checker looks at its services */
	CHECKING_LEAVING, /* ... and it says that it shuts down */
	RUNNING,	  /* its services are up */
	LEAVING,	  /* it shuts down of its own accord */
	STOPPING,	  /* we were asked to stop, and ask it to shut down */
	STOPPING_HEARD,	  /* ... which it does */
	FAILING,	  /* its services are not up, and we ask it to shut down */
	FAILING_HEARD,	  /* ... which it does */
	ENDED,		  /* as it should: exit status 0 */
	FAILED,		  /* exit status 1 */
	STATES,
};

enum event {
	DOMAIN_STARTED,	  /* and handed over to us */
	DOMAIN_REFUSED,	  /* domain-start has said why */
	CONTAINER_UP,	  /* the container says so: READY=1 */
	CONTAINER_LEAVES, /* the container says so: STOPPING=1, or what systemd writes to the console */
	CONTAINER_GONE,	  /* its PID 1 has ended */
	CHECK_PASSED,	  /* the services that the container is for are up */
	CHECK_FAILED,	  /* they are not, or nobody could look */
	STOP_ASKED,	  /* by systemd: SIGTERM */
	TIME_TO_REPEAT,	  /* it has not said that it heard us */
	TIME_IS_UP,	  /* for a clean shutdown */
	EVENTS,
};

enum action {
	DO_NOTHING,
	START_CHECKER,	 /* it takes time, so it is there before it is needed */
	START_AND_CHECK, /* the same, and it may look at once */
	LET_CHECK,	 /* the checker may look */
	TELL_READY,	 /* systemd */
	TELL_STOPPING,	 /* systemd */
	SHUT_DOWN,	 /* ask the container to, and begin its time */
	STOP,		 /* TELL_STOPPING and SHUT_DOWN */
	ASK_AGAIN,	 /* the container to shut down: a PID 1 that is not that far yet loses signals */
	KILL,		 /* the container */
	SAY_WHY,	 /* what its init gave as the reason, if it did */
	SAY_EARLY_END,	 /* that, or else that it ended before its services were up */
	SAY_SUDDEN_END,	 /* that it ended unexpectedly */
	ACTIONS,
};

struct transition {
	enum state state;
	enum event event;
	enum state next;
	enum action action; /* done when 'next' is the state already, so that it may cause an event itself */
};

/* Words for messages. */
extern const char *const state_names[STATES], *const event_names[EVENTS];

extern const struct transition transitions[];
extern const unsigned int n_transitions;

/* The row for an event in a state, or NULL: the event changes nothing then. */
const struct transition *transition_find(enum state state, enum event event);
