#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# One container at its worst: its root attacks everything at once that the host shares with it ('worst' in hostile.c), within the
# limits that an administrator of a shared host would set. Meanwhile the host's root does what an administrator does. All of it
# has to succeed; how long it takes is only printed, next to what the same took before.
. "$(dirname "$0")/lib.sh"

mark=worst-$$
tree=$filesystems/worst
declare -A usually tried
at_end() {
	[ -z "${attack-}" ] || kill "$attack" 2>/dev/null
	delete_containers
}

command -v cc >/dev/null || skip_all 'a C compiler is missing'
need 'setup makes the host ready' "$program" setup
need 'the program of the enemy compiles' cc -D_GNU_SOURCE -Wall -o "$work/foul" "$(dirname "$0")/hostile.c"
need 'the attempts compile' cc -D_GNU_SOURCE -Wall -o "$work/probe" "$(dirname "$0")/probe.c"
need 'create of the hostile container succeeds' create worst --memory=512M --cpus=0.5 --tasks=300
need 'create of another container succeeds' create worst-other
need 'create of a neighbour succeeds' create worst-neighbour
need 'the hostile container starts' start worst
need 'the neighbour starts' start worst-neighbour

# --- What the host's root does, a function for each ----------------------------------------------------------------------

list_units() { systemctl list-units --no-pager | grep 'worst_sandbox.service .*running'; }
run_other() { start worst-other && page worst-other '' && systemctl stop worst-other_sandbox.service; }
ask_neighbour() { page worst-neighbour ''; }
show_status() { "$program" status worst-neighbour && "$program" list | grep '^worst '; }
enter_neighbour() { inside worst-neighbour 'echo entered' | grep -x entered; }
# shellcheck disable=SC2016 # the shell of the login expands it
log_in() { on_terminal 'prompt && echo '\''echo "logged in as $(id -u)"; exit'\' 'login -f root' | grep '^[^"]*logged in as 0$'; }
logged() { journalctl --no-pager --output cat --identifier "$mark" | grep -x "$1"; }
log() { logger --tag "$mark" "line $BASHPID" && wait_for logged "line $BASHPID"; }
start_programs() { "$work/foul" start-all /usr/bin >"$work/programs-$1"; }
run_programs() { ls -l /usr/bin && find /usr/lib/systemd -name '*.service' -exec grep -c ExecStart {} + && sort /etc/passwd | awk -F: '{ print $1 }'; }
take() { "$work/probe" hoard-signals 1000 && "$work/probe" hoard-queues 1 && "$work/probe" hoard-watchers 100 && "$work/probe" hoard-terminals 100; }
fork_some() { for _ in {1..300}; do sleep infinity & done && jobs -p | xargs kill; }

things='list_units|lists the units
run_other|starts and stops another container
ask_neighbour|gets an answer from the service of another container
show_status|asks for the status of containers
enter_neighbour|executes a command in another container
log_in|logs in
log|writes to the journal and finds it there
start_programs|starts each program of /usr/bin
run_programs|runs programs that read /usr
take|gets signals, message queues, inotify instances and terminals
fork_some|gets processes'

# do_all WHEN: does each three times, and checks that it succeeds. The shortest time depends least on what else the machine does.
do_all() {
	local thing what began took status shortest
	while IFS='|' read -r thing what <&3; do
		status=0 shortest=
		for _ in 1 2 3; do
			began=${EPOCHREALTIME/./}
			("$thing" "$1") >"$work/output" 2>&1 </dev/null || { status=$? && break; }
			took=$(((${EPOCHREALTIME/./} - began) / 1000))
			[ "${shortest:=$took}" -le "$took" ] || shortest=$took
		done
		report $status "$1: the host's root $what"
		if [ "$1" = before ]; then
			usually[$thing]=$shortest
		elif [ "$status" = 0 ] && [ "${usually[$thing]}" ]; then
			echo "# $what: $shortest ms, before ${usually[$thing]} ms"
		fi
	done 3<<<"$things"
}

do_all before
before=$(logged '.*')
like 'before: there are programs to start' "$(tail -n 1 "$work/programs-before")" '^[0-9]{3,}$'

# --- What root inside does ------------------------------------------------------------------------------------------------

tally() { "$work/foul" tally "$tree/var/tally"; }
column() { tally | awk -v attack="$1" -v column="$2" '$1 == attack { print $column }'; }
has_tried() { [ "$(column "$1" 2)" -gt "$2" ]; }

# /tmp is smaller than the limit of memory, because a container that reaches that limit loses processes, and stops attacking.
cp "$work/foul" "$tree/opt/"
# shellcheck disable=SC2016 # the container's shell expands it
"$program" execute worst -- sh -c 'mount -t tmpfs -o size=96M none /tmp; exec /opt/foul worst /var/tally "$1"' sh "$(address worst)" >"$work/attack" 2>&1 </dev/null &
attack=$!
wait_for test -e "$tree/var/tally"
attacks=$(tally | cut -d ' ' -f 1)
for what in $attacks; do
	ok "the attack on $what begins" wait_for has_tried "$what" 0
done
# What a container may have at most, it has now.
full() {
	local attempts got
	attempts=$(column "$1" 2) got=$(column "$1" 3)
	wait_for has_tried "$1" "$attempts" && [ "$(column "$1" 3)" = "$got" ]
}
for what in signals terminals; do ok "the attack on $what has all that it can have" wait_for full "$what"; done
for what in $attacks; do tried[$what]=$(column "$what" 2); done
tally | sed 's/^/# attempts and successes: /'

do_all meanwhile
is 'meanwhile: the same programs start' "$(cat "$work/programs-meanwhile")" "$(cat "$work/programs-before")"
is 'meanwhile: what the host has logged before is still in its journal' "$(logged '.*' | head -n 3)" "$before"
tally | sed 's/^/# attempts and successes: /'
for what in $attacks; do
	ok "the attack on $what went on all the time" has_tried "$what" "${tried[$what]}"
done
is 'the container has got no lease' "$(column leases 3)" 0
for what in $attacks; do
	[ "$what" = leases ] || unlike "the container has got something of $what" "$(column "$what" 3)" '^0?$'
done
ok 'the host can stop the hostile container' systemctl stop worst_sandbox.service
is 'the unit of the hostile container has ended as it should' "$(systemctl show --property Result --value worst_sandbox.service)" success
done_testing
