#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Many containers stop: as many at a time as the host bears, each with its own time from when it is asked; and what had to be
# killed is told.
. "$(dirname "$0")/lib.sh"

at_end() {
	delete_containers
	for name in "${names[@]}"; do rm -rf "/etc/systemd/system/${name}_sandbox.service.d"; done
} 2>/dev/null

# A service that takes its time to stop, and one that never stops.
since=$(date +%s)
processors=$(getconf _NPROCESSORS_ONLN)
turns=$((processors > 1 ? processors * 2 : 2))
count=$((turns + 4))
last=stop$count
mapfile -t names < <(seq -f 'stop%g' "$count")
need 'setup makes the host ready' "$program" setup
slow() {
	mkdir -p "$filesystems/$1/etc/systemd/system/$web.service.d"
	printf '[Service]\nExecStop=\nExecStop=/bin/sh -c "date +%%%%s.%%%%N >/var/began; sleep 2"\n' >"$filesystems/$1/etc/systemd/system/$web.service.d/slow.conf"
}
for name in "${names[@]}"; do
	need "create succeeds: $name" create "$name"
	slow "$name"
done
monitor=$(systemctl show --property ExecStart stop1_sandbox.service | sed 's/.*path=\([^ ;]*\).*/\1/')
short() { # NAME SECONDS: has its monitor give it so long.
	mkdir -p "/etc/systemd/system/$1_sandbox.service.d"
	printf '[Service]\nExecStart=\nExecStart=%s %s %s\n' "$monitor" "$1" "$2" >"/etc/systemd/system/$1_sandbox.service.d/short.conf"
}
ok 'all start' "$program" start "${names[@]}"

# As a host does that shuts down: systemd asks all at once. No more may begin at a time than there are turns.
systemctl stop "${names[@]/%/_sandbox.service}"
is 'all stop when systemd asks all at once' "$("$program" list --json | jq '[.[] | select(.state == "stopped")] | length')" "$count"
began() { for name in "${names[@]}"; do cat "$filesystems/$name/var/began"; done | sort -n; }
# Of those that began, the one after the last turn did not begin in the moment of the first.
apart=$(began | awk -v turns="$turns" 'NR == 1 { first = $1 } NR == turns + 1 { print ($1 - first >= 1) }')
is 'not more began at once than there are turns' "$apart" 1
unlike 'none was killed' "$(journalctl --no-pager --output cat --since "@$since" --unit 'stop*_sandbox.service')" 'killing it'

# One hangs.
short "$last" 3
systemctl daemon-reload
ok 'all start again' "$program" start "${names[@]}"
kill -STOP "$(leader "$last")"
fails 'stop tells that one had to be killed' "$last.*did not shut down|did not shut down.*$last" "$program" stop "${names[@]}"
is 'its unit has failed' "$(systemctl is-failed "${last}_sandbox.service")" failed
is 'the others have not' "$(systemctl is-failed stop1_sandbox.service)" inactive
like 'the journal has it' "$(journalctl --no-pager --output cat --unit "${last}_sandbox.service")" "Container '$last' did not shut down in 3 s"
ok 'stop of one that has failed before succeeds' "$program" stop "$last"
ok 'one that was killed starts again' "$program" start "$last"

# Interrupted.
ok 'all start once more' "$program" start "${names[@]}"
rm -f "$filesystems"/stop*/var/began
"$program" stop "${names[@]}" 2>"$work/said" &
stopper=$!
one_has_begun() { compgen -G "$filesystems/stop*/var/began"; }
wait_for one_has_begun
kill -TERM "$stopper"
wait "$stopper"
like 'an interrupted stop tells how many were not asked' "$(cat "$work/said")" 'Interrupted.*[0-9]+ of '"$count were not asked"
done_testing
