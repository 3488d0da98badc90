#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# How much longer the host's root takes for its work while a hostile container attacks everything at once. Each round does all of
# it twice, without the attack and with it; the medians are compared. Once with the limits of an administrator who shares a host,
# and once without any, as create makes a container. No figure is judged. ROUNDS changes how many rounds there are.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=../host/chores.sh
. "$(dirname "$0")/../host/chores.sh"

rounds=${ROUNDS:-5}
at_end() {
	end_attack
	delete_containers
}

# apart COMMAND...: in a shell of its own, as test-worst.sh does it.
apart() { ("$@"); }
# do_all WHEN: does each, and notes how long it took.
do_all() {
	local chore what
	while IFS='|' read -r chore what <&3; do
		took "$work/$1-$chore" apart "$chore" "$1" </dev/null || report 1 "$1: the host's root $what"
	done 3<<<"$chores"
}

# ready: waits until the attacks have what they can have.
ready() {
	local what
	for what in $(attacks); do wait_for has_tried "$what" 0; done
	for what in signals terminals; do wait_for full "$what"; done
}

# measure TITLE
measure() {
	local round chore what
	rm -f "$work"/{quiet,attacked}-*
	for ((round = 0; round < rounds; round++)); do
		do_all quiet
		begin_attack
		ok "$1: round $round: the attack begins" ready
		do_all attacked
		end_attack
	done
	table "$1, medians of $rounds"
	row '' attacked quiet ratio
	while IFS='|' read -r chore what <&3; do
		compare "$chore" "$work/attacked-$chore" "$work/quiet-$chore"
	done 3<<<"$chores"
}

prepare_worst --memory=512M --cpus=0.5 --tasks=300
measure 'a hostile container with --memory=512M --cpus=0.5 --tasks=300'
must 'set takes the limits away' "$program" set --memory=infinity --cpus=infinity --tasks=infinity worst
measure 'a hostile container without limits'
done_testing
