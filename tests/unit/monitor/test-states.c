/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The monitor's table of states, as data: what has to be true of every row, and the ways through it. */
#include "lib/tap.h"

#include "base/util.h"
#include "monitor/states.h"

static bool is_final(enum state state)
{
	return state == ENDED || state == FAILED;
}

/* Whether domain-start still runs, so that there is no container that could be asked or killed. */
static bool is_starting(enum state state)
{
	return state == STARTING || state == STARTING_UP || state == STARTING_STOPPED;
}

/* Whether there is a container, or soon will be. */
static bool is_there(enum state state)
{
	return state != LINED_UP && !is_final(state);
}

static bool is_ending(enum state state)
{
	return state == STOPPING || state == STOPPING_HEARD || state == FAILING || state == FAILING_HEARD;
}

static enum state after(enum state state, const enum event *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct transition *t = transition_find(state, events[i]);

		state = t ? t->next : state;
	}
	return state;
}
#define AFTER(state, ...)                                                                                              \
	after(state, (const enum event[]){ __VA_ARGS__ }, ARRAY_SIZE(((const enum event[]){ __VA_ARGS__ })))

TEST(one_row_for_each_event_of_a_state)
{
	for (unsigned int i = 0; i < n_transitions; i++)
		CHECK(transition_find(transitions[i].state, transitions[i].event) == &transitions[i]);
}

TEST(every_state_is_reached)
{
	bool reached[STATES] = { [LINED_UP] = true };

	for (int round = 0; round < STATES; round++)
		for (unsigned int i = 0; i < n_transitions; i++)
			reached[transitions[i].next] |= reached[transitions[i].state];
	for (int state = 0; state < STATES; state++)
		CHECK(reached[state]);
}

TEST(nothing_follows_the_end)
{
	for (unsigned int i = 0; i < n_transitions; i++)
		CHECK(!is_final(transitions[i].state));
}

TEST(the_end_of_the_container_is_the_end)
{
	for (int state = 0; state < STATES; state++) {
		const struct transition *gone = transition_find(state, CONTAINER_GONE);
		const struct transition *refused = transition_find(state, DOMAIN_REFUSED);

		CHECK_INT(gone != NULL, is_there(state) && !is_starting(state));
		CHECK(!gone || is_final(gone->next));
		CHECK_INT(refused != NULL, is_starting(state));
		CHECK(!refused || is_final(refused->next));
	}
}

TEST(a_stop_is_always_heard)
{
	for (int state = 0; state < STATES; state++)
		if (!is_final(state))
			CHECK(transition_find(state, STOP_ASKED) || state == STARTING_STOPPED || state == WAITING ||
			      state == STOPPING || state == STOPPING_HEARD || state == KILLED);
}

TEST(a_stop_is_no_failure)
{
	for (int state = 0; state < STATES; state++)
		if (is_there(state) && state != FAILING && state != FAILING_HEARD && state != KILLED) {
			CHECK_INT(AFTER(state, STOP_ASKED, DOMAIN_STARTED, CONTAINER_GONE), ENDED);
			CHECK_INT(AFTER(state, STOP_ASKED, DOMAIN_STARTED, CHECK_FAILED, CONTAINER_UP, CONTAINER_GONE),
				  ENDED);
		}
	CHECK_INT(AFTER(STARTING, STOP_ASKED, DOMAIN_REFUSED), ENDED);
	CHECK_INT(AFTER(LINED_UP, STOP_ASKED), ENDED);
}

TEST(time_runs_where_the_container_was_asked_to_go)
{
	for (unsigned int i = 0; i < n_transitions; i++) {
		const struct transition *t = &transitions[i];
		bool asks = t->action == SHUT_DOWN || t->action == STOP;

		CHECK_INT(asks, is_ending(t->next) && !is_ending(t->state));
	}
	for (int state = 0; state < STATES; state++) {
		const struct transition *t = transition_find(state, TIME_IS_UP);

		CHECK_INT(t && t->action == KILL && ((int)t->next == state || t->next == KILLED), is_ending(state));
	}
}

TEST(nothing_is_asked_of_a_container_that_is_not_there)
{
	for (unsigned int i = 0; i < n_transitions; i++)
		if (is_starting(transitions[i].state) && transitions[i].event != DOMAIN_STARTED)
			CHECK(transitions[i].action == DO_NOTHING || transitions[i].action == SAY_WHY ||
			      transitions[i].action == TELL_STOPPING);
}

TEST(systemd_is_told_once_and_after_the_check)
{
	for (unsigned int i = 0; i < n_transitions; i++)
		CHECK_INT(transitions[i].action == TELL_READY, transitions[i].event == CHECK_PASSED);
}

/* What a container says of itself comes over two ways, each with its own delay. */
TEST(the_order_of_what_it_says_does_not_matter)
{
	CHECK_INT(AFTER(STARTING, DOMAIN_STARTED, CONTAINER_UP, CONTAINER_LEAVES, CHECK_PASSED), LEAVING);
	CHECK_INT(AFTER(STARTING, DOMAIN_STARTED, CONTAINER_LEAVES, CONTAINER_UP, CHECK_PASSED), LEAVING);
	CHECK_INT(AFTER(STARTING, DOMAIN_STARTED, CONTAINER_UP, CHECK_PASSED, CONTAINER_LEAVES), LEAVING);
	CHECK_INT(AFTER(STARTING, CONTAINER_UP, DOMAIN_STARTED, CHECK_PASSED, CONTAINER_LEAVES), LEAVING);
	CHECK_INT(AFTER(STARTING, CONTAINER_UP, CONTAINER_UP, DOMAIN_STARTED, CONTAINER_UP, CHECK_PASSED), RUNNING);
}

TEST(ends)
{
	CHECK_INT(AFTER(LINED_UP, TURN_CAME, DOMAIN_REFUSED), FAILED);
	CHECK_INT(AFTER(STARTING, DOMAIN_STARTED, CONTAINER_LEAVES, CONTAINER_GONE), FAILED);
	CHECK_INT(AFTER(STARTING, DOMAIN_STARTED, CONTAINER_UP, CONTAINER_LEAVES, CONTAINER_GONE), FAILED);
	CHECK_INT(AFTER(RUNNING, CONTAINER_GONE), FAILED);
	CHECK_INT(AFTER(RUNNING, CONTAINER_LEAVES, CONTAINER_GONE), ENDED);
	CHECK_INT(AFTER(CHECKING, CHECK_FAILED, STOP_ASKED, CONTAINER_LEAVES, CONTAINER_GONE), FAILED);
	CHECK_INT(AFTER(RUNNING, STOP_ASKED, TURN_CAME, TIME_IS_UP, CONTAINER_GONE), FAILED);
	CHECK_INT(AFTER(RUNNING, STOP_ASKED, CONTAINER_LEAVES, TIME_IS_UP, CONTAINER_GONE), FAILED);
}

TEST_MAIN
