#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Twenty administrators at once: each creates a container, starts it, and deletes it.
. "$(dirname "$0")/lib.sh"

count=20
mapfile -t names < <(seq --format 'many%g' $count)

# at_once COMMAND: runs it for each name in a process of its own. Succeeds if all do; prints their output.
at_once() {
	local jobs=() name job status=0
	for name in "${names[@]}"; do
		$1 "$name" >"$work/$name" 2>&1 &
		jobs+=($!)
	done
	for job in "${jobs[@]}"; do wait "$job" || status=1; done
	for name in "${names[@]}"; do sed "s/^/$name: /" "$work/$name"; done
	return "$status"
}
create_one() {
	"$program" --quiet create -C -u "$web" "$1" && echo "I am $1" >"$filesystems/$1/$docroot/content"
}
delete_one() { "$program" delete --force "$1"; }
different() { "$program" list --json | jq -r --arg key "$1" '.[][$key]' | sort -u | grep -c .; }
pages() { for name in "${names[@]}"; do page "$name" content; done; }
host() {
	files
	traces many
}

need 'setup makes the host ready' "$program" setup
need 'systemd-machined starts' systemctl start systemd-machined.service
host >"$work/before"
containers=("${names[@]}")

ok "$count creates at the same time succeed" at_once create_one
is "$count creates at the same time make $count containers" "$("$program" list --no-legend | wc -l)" $count
for key in level uid_base address; do is "$count containers made at the same time have $count different values of $key" "$(different $key)" $count; done
is 'the id ranges of containers made at the same time do not overlap' "$("$program" list --json | jq '[.[].uid_base] | sort | [.[1:], .[:-1]] | transpose |
	map(.[0] - .[1] >= 65536) | all')" true
ok "$count starts at the same time succeed" at_once start
is 'each of the containers started at the same time serves its own page' "$(pages 2>&1)" "$(printf 'I am %s\n' "${names[@]}")"
is "the web servers of $count containers run in $count different id ranges" "$(ps -C "$web" -o uid= | awk '{ print int($1 / 65536) }' | sort -u | wc -l)" $count
ok "$count deletes of running containers at the same time succeed" at_once delete_one
is "$count deletes at the same time leave the host as it was" "$(host)" "$(cat "$work/before")"

# As when a host with hundreds of containers boots.
turns=/run/virt-sandbox-service/.turns unit=many1_sandbox.service holder='' dropin=/run/systemd/system/many1_sandbox.service.d
hold_turns() {
	python3 -c 'import fcntl, sys, time
with open(sys.argv[1], "r+b") as file:
	fcntl.lockf(file, fcntl.LOCK_EX, 65536, 0)
	print("held", flush=True)
	time.sleep(3600)' "$turns" >"$work/held" 2>&1 &
	holder=$!
	wait_for grep -q held "$work/held"
}
state() { for what in ActiveState Result; do systemctl show --property $what --value "$unit"; done | xargs; }
at_end() {
	kill "$holder" 2>/dev/null
	rm -rf "$dropin"
	systemctl daemon-reload
	delete_containers
}
waits() { systemctl show --property StatusText --value "$unit" | grep -q 'waiting for its turn to start'; }
containers=(many1)
need 'create succeeds once more' create_one many1
mkdir -p "$dropin"
printf '[Service]\nTimeoutStartSec=3\n' >"$dropin/short.conf"
systemctl daemon-reload
ok 'others can have all turns to start' hold_turns
systemctl start --no-block "$unit"
ok 'a container waits for its turn to start' wait_for waits
sleep 4
is 'a container that waits for its turn does not use up its time to start' "$(state)" 'activating success'
is 'libvirt has no domain of a container that waits' "$(virsh --connect lxc:/// list --all --name | grep many1)" ''
ok 'a container that waits for its turn can be stopped' systemctl stop "$unit"
is 'a stop before its turn is no failure' "$(state)" 'inactive success'
systemctl start --no-block "$unit"
ok 'a container waits for its turn again' wait_for waits
kill "$holder"
ok 'it starts when its turn comes' wait_for systemctl --quiet is-active "$unit"
done_testing
