#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# One container at its worst: its root attacks everything at once that the host shares with it, within the limits that an
# administrator of a shared host would set. Meanwhile the host's root does what an administrator does, and all of it has to
# succeed. How long it takes is not tested; bench/worst.sh measures it.
# shellcheck source=chores.sh
. "$(dirname "$0")/chores.sh"

declare -A tried
at_end() {
	end_attack
	delete_containers
}

# do_all WHEN: does each, and checks that it succeeds.
do_all() {
	local chore what
	while IFS='|' read -r chore what <&3; do
		("$chore" "$1") >"$work/output" 2>&1 </dev/null
		report $? "$1: the host's root $what"
	done 3<<<"$chores"
}

prepare_worst --memory=512M --cpus=0.5 --tasks=300
do_all before
before=$(logged '.*')
like 'before: there are programs to start' "$(tail -n 1 "$work/programs-before")" '^[0-9]{3,}$'

begin_attack
for what in $(attacks); do
	ok "the attack on $what begins" wait_for has_tried "$what" 0
done
for what in signals terminals; do ok "the attack on $what has all that it can have" wait_for full "$what"; done
for what in $(attacks); do tried[$what]=$(column "$what" 2); done
tally | sed 's/^/# attempts and successes: /'

do_all meanwhile
is 'meanwhile: the same programs start' "$(cat "$work/programs-meanwhile")" "$(cat "$work/programs-before")"
is 'meanwhile: what the host has logged before is still in its journal' "$(logged '.*' | head -n 1)" "$before"
tally | sed 's/^/# attempts and successes: /'
for what in $(attacks); do
	ok "the attack on $what went on all the time" has_tried "$what" "${tried[$what]}"
done
is 'the container has got no lease' "$(column leases 3)" 0
for what in $(attacks); do
	[ "$what" = leases ] || unlike "the container has got something of $what" "$(column "$what" 3)" '^0?$'
done
ok 'the host can stop the hostile container' systemctl stop worst_sandbox.service
is 'the unit of the hostile container has ended as it should' "$(systemctl show --property Result --value worst_sandbox.service)" success
done_testing
