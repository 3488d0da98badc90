/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of the monitor's states. CONTAINER_UP and CONTAINER_LEAVES may come in any order and more than once: they
 * reach us in two ways, and the container may be hostile. They never keep us from stopping it. */
#include "monitor/states.h"

#include <stddef.h>

const char *const state_names[STATES] = {
	[LINED_UP] = "waiting for its turn to start",
	[STARTING] = "starting",
	[STARTING_UP] = "starting, and up already",
	[STARTING_STOPPED] = "starting, and to be stopped",
	[BOOTING] = "booting",
	[BOOTING_LEAVING] = "booting, and shutting down already",
	[CHECKING] = "being checked",
	[CHECKING_LEAVING] = "being checked, and shutting down already",
	[RUNNING] = "running",
	[LEAVING] = "shutting down of its own accord",
	[WAITING] = "waiting for its turn to shut down",
	[STOPPING] = "asked to shut down",
	[STOPPING_HEARD] = "shutting down",
	[FAILING] = "asked to shut down, because it has failed",
	[FAILING_HEARD] = "shutting down, because it has failed",
	[KILLED] = "killed",
	[ENDED] = "stopped",
	[FAILED] = "failed",
};

const char *const event_names[EVENTS] = {
	[DOMAIN_STARTED] = "libvirt has started it",
	[DOMAIN_REFUSED] = "it could not be started",
	[CONTAINER_UP] = "it says that it is up",
	[CONTAINER_LEAVES] = "it says that it shuts down",
	[CONTAINER_GONE] = "its PID 1 has ended",
	[CHECK_PASSED] = "its services are up",
	[CHECK_FAILED] = "its services are not up",
	[STOP_ASKED] = "systemd stops the unit",
	[TURN_CAME] = "its turn has come",
	[TIME_TO_REPEAT] = "it has not answered yet",
	[TIME_IS_UP] = "its time is up",
};

const struct transition transitions[] = {
	{ LINED_UP, TURN_CAME, STARTING, START_DOMAIN },
	{ LINED_UP, STOP_ASKED, ENDED, TELL_STOPPING },

	{ STARTING, DOMAIN_STARTED, BOOTING, START_CHECKER },
	{ STARTING, DOMAIN_REFUSED, FAILED, SAY_WHY },
	{ STARTING, CONTAINER_UP, STARTING_UP, DO_NOTHING },
	{ STARTING, STOP_ASKED, STARTING_STOPPED, TELL_STOPPING },

	{ STARTING_UP, DOMAIN_STARTED, CHECKING, START_AND_CHECK },
	{ STARTING_UP, DOMAIN_REFUSED, FAILED, SAY_WHY },
	{ STARTING_UP, STOP_ASKED, STARTING_STOPPED, TELL_STOPPING },

	{ STARTING_STOPPED, DOMAIN_STARTED, STOPPING, SHUT_DOWN },
	{ STARTING_STOPPED, DOMAIN_REFUSED, ENDED, SAY_WHY },

	{ BOOTING, CONTAINER_UP, CHECKING, LET_CHECK },
	{ BOOTING, CONTAINER_LEAVES, BOOTING_LEAVING, DO_NOTHING },
	{ BOOTING, CONTAINER_GONE, FAILED, SAY_EARLY_END },
	{ BOOTING, CHECK_FAILED, FAILING, SHUT_DOWN },
	{ BOOTING, STOP_ASKED, STOPPING, STOP },

	{ BOOTING_LEAVING, CONTAINER_UP, CHECKING_LEAVING, LET_CHECK },
	{ BOOTING_LEAVING, CONTAINER_GONE, FAILED, SAY_EARLY_END },
	{ BOOTING_LEAVING, CHECK_FAILED, FAILING_HEARD, SHUT_DOWN },
	{ BOOTING_LEAVING, STOP_ASKED, STOPPING_HEARD, STOP },

	{ CHECKING, CHECK_PASSED, RUNNING, TELL_READY },
	{ CHECKING, CHECK_FAILED, FAILING, SHUT_DOWN },
	{ CHECKING, CONTAINER_LEAVES, CHECKING_LEAVING, DO_NOTHING },
	{ CHECKING, CONTAINER_GONE, FAILED, SAY_EARLY_END },
	{ CHECKING, STOP_ASKED, STOPPING, STOP },

	{ CHECKING_LEAVING, CHECK_PASSED, LEAVING, TELL_READY },
	{ CHECKING_LEAVING, CHECK_FAILED, FAILING_HEARD, SHUT_DOWN },
	{ CHECKING_LEAVING, CONTAINER_GONE, FAILED, SAY_EARLY_END },
	{ CHECKING_LEAVING, STOP_ASKED, STOPPING_HEARD, STOP },

	{ RUNNING, CONTAINER_LEAVES, LEAVING, DO_NOTHING },
	{ RUNNING, CONTAINER_GONE, FAILED, SAY_SUDDEN_END },
	{ RUNNING, STOP_ASKED, WAITING, AWAIT_TURN },

	{ LEAVING, CONTAINER_GONE, ENDED, DO_NOTHING },
	{ LEAVING, STOP_ASKED, STOPPING_HEARD, STOP },

	{ WAITING, TURN_CAME, STOPPING, SHUT_DOWN },
	{ WAITING, CONTAINER_LEAVES, STOPPING_HEARD, SHUT_DOWN },
	{ WAITING, CONTAINER_GONE, ENDED, DO_NOTHING },

	{ STOPPING, CONTAINER_LEAVES, STOPPING_HEARD, DO_NOTHING },
	{ STOPPING, CONTAINER_GONE, ENDED, DO_NOTHING },
	{ STOPPING, TIME_TO_REPEAT, STOPPING, ASK_AGAIN },
	{ STOPPING, TIME_IS_UP, KILLED, KILL },

	{ STOPPING_HEARD, CONTAINER_GONE, ENDED, DO_NOTHING },
	{ STOPPING_HEARD, TIME_IS_UP, KILLED, KILL },

	{ KILLED, CONTAINER_GONE, FAILED, DO_NOTHING },

	{ FAILING, CONTAINER_LEAVES, FAILING_HEARD, DO_NOTHING },
	{ FAILING, CONTAINER_GONE, FAILED, SAY_WHY },
	{ FAILING, STOP_ASKED, FAILING, TELL_STOPPING },
	{ FAILING, TIME_TO_REPEAT, FAILING, ASK_AGAIN },
	{ FAILING, TIME_IS_UP, FAILING, KILL },

	{ FAILING_HEARD, CONTAINER_GONE, FAILED, SAY_WHY },
	{ FAILING_HEARD, STOP_ASKED, FAILING_HEARD, TELL_STOPPING },
	{ FAILING_HEARD, TIME_IS_UP, FAILING_HEARD, KILL },
};

const unsigned int n_transitions = sizeof(transitions) / sizeof(transitions[0]);

const struct transition *transition_find(enum state state, enum event event)
{
	for (unsigned int i = 0; i < n_transitions; i++)
		if (transitions[i].state == state && transitions[i].event == event)
			return &transitions[i];
	return NULL;
}
