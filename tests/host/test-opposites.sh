#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Two administrators want opposite things of a container at the same moment: it ends in the state that one of them wants,
# complete, and neither waits for ever.
. "$(dirname "$0")/lib.sh"

need 'setup makes the host ready' "$program" setup
before=$(files)
containers=(opposites)
fresh() { "$program" create -u "$web" opposites >/dev/null; }

# at_once DELAY COMMAND COMMAND: runs both, the second one DELAY seconds after the first. Their output is in $work.
at_once() {
	(eval "timeout 600 $2" >"$work/first" 2>&1 </dev/null && echo good || echo "status $?") >"$work/first.status" &
	(sleep "$1" && eval "timeout 600 $3" >"$work/second" 2>&1 </dev/null && echo good || echo "status $?") >"$work/second.status" &
	wait
	cat "$work"/{first,second}{,.status} >"$work/output"
}
# Neither was ended by a time limit or by a signal.
ended() { ! grep -qE 'status (124|1[3-9][0-9])' "$work"/{first,second}.status; }
gone() { [ "$(files)" = "$before" ] && ! virsh --connect lxc:/// list --all --name | grep -q opposites; }

for delay in 0 0.2; do
	need "create succeeds, for delays of $delay s" fresh
	idle=$(traces opposites)
	at_once $delay "$program start opposites" "$program delete --force opposites"
	ended && gone && [ "$(traces opposites)" = "$idle" ]
	report $? "start, and delete $delay s later: the container is gone"

	fresh && "$program" start opposites
	at_once $delay "$program delete --force opposites" "$program start opposites"
	ended && gone && [ "$(traces opposites)" = "$idle" ]
	report $? "delete, and start $delay s later: the container is gone"

	fresh
	at_once $delay "$program delete --force opposites" 'systemctl start opposites_sandbox.service'
	if [ -n "$(field opposites path)" ]; then
		ended && wait_for inside opposites "systemctl is-active $web" && "$program" delete --force opposites
	else
		ended && gone && [ "$(traces opposites)" = "$idle" ]
	fi
	report $? "delete, and systemctl start, which takes no lock, $delay s later: the container is gone or runs"

	fresh
	at_once $delay "$program enable opposites" "$program delete --force opposites"
	ended && gone
	report $? "enable, and delete $delay s later: the container and its links are gone"

	fresh
	at_once $delay "$program delete --force opposites" "$program delete --force opposites"
	ended && gone
	report $? "delete, and another delete $delay s later: the container is gone"

	at_once $delay "$program create -u $web opposites" "$program delete --force opposites"
	if [ -n "$(field opposites path)" ]; then
		ended && "$program" start opposites >>"$work/output" 2>&1
	else
		ended && gone
	fi
	report $? "create, and delete $delay s later: the container is whole or gone"
	"$program" delete --force opposites >/dev/null 2>&1
done

fresh
idle=$(traces opposites)
for delay in 0 0.2; do
	for verbs in 'start stop' 'stop start' 'restart stop'; do
		read -r first second <<<"$verbs"
		at_once $delay "$program $first opposites" "$program $second opposites"
		case $(field opposites state) in
		running) ended && "$program" execute opposites -- systemctl is-active "$web" >>"$work/output" 2>&1 ;;
		stopped) ended && [ "$(traces opposites)" = "$idle" ] ;;
		*) "$program" status opposites >>"$work/output" && false ;;
		esac
		report $? "$first, and $second $delay s later: the container runs or is stopped, nothing between"
	done
done
done_testing
