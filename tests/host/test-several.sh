#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Containers side by side, and the ways to have less: no ids of their own, no network.
. "$(dirname "$0")/lib.sh"

need 'setup' "$program" setup
names=(several1 several2 several3)
for name in "${names[@]}"; do
	containers+=("$name") # what a process in the background adds is lost
	create "$name" >"$work/$name" 2>&1 &
done
wait
for name in "${names[@]}"; do
	cp "$work/$name" "$work/output"
	[ -n "$(field "$name" path)" ]
	report $? "create $name, with others at the same time"
	echo "I am $name" >"$filesystems/$name/$docroot/content"
done

for key in uid_base address level; do
	is "each has its own $key" "$(for name in "${names[@]}"; do field "$name" $key; done | sort -u | grep -c .)" 3
done

for name in "${names[@]}"; do systemctl start "${name}_sandbox.service" & done
wait
for name in "${names[@]}"; do
	is "$name serves its own page" "$(page "$name" content)" "I am $name"
done
is 'one does not see the processes of another' \
	"$(inside several1 "cat /proc/[0-9]*/status | grep -c '^Name:.systemd\$'")" 1
mounted=$(inside several1 'cat /proc/1/mountinfo')
like 'one has its own files mounted' "$mounted" '/several1/'
unlike '... and none of another' "$mounted" '/several[23]/'
address2=$(address several2)
for name in several1 several3; do ok "stop $name" "$program" stop $name; done
is 'another container runs on when one stops' "$(page several2 content)" 'I am several2'
ok 'delete one' "$program" delete several1
is '... and another runs on' "$(page several2 content)" 'I am several2'
ok 'a new one' create several4
unlike 'does not get an address in use' "$(address several4)" "^$address2\$"
unlike '... nor ids in use' "$(field several4 uid_base)" "^($(field several2 uid_base)|$(field several3 uid_base))\$"

# Without a user namespace.
ok 'create --private-users=no' create several5 --private-users=no
is '... reserves no ids' "$(field several5 uid_base)" 0
echo 'plain ids' >"$filesystems/several5/$docroot/content"
ok '... starts' start several5
is '... serves' "$(page several5 content)" 'plain ids'
is '... is running, not degraded' "$(inside several5 'systemctl is-system-running')" running
is '... has the host'"'"'s ids' "$(awk '{ print $1, $2 }' "/proc/$(leader several5)/uid_map")" '0 0'
fails '... and /usr is read-only' 'read-only file system' inside several5 'touch /usr/bin/several5'
unlike '... and the host'"'"'s control groups are out of sight' "$(inside several5 'ls /sys/fs/cgroup/system.slice')" libvirtd

# Without a network.
ok 'create -N none' create several6 -N none
is '... reserves no address' "$(address several6)" ''
ok '... starts' start several6
is '... has no interface' "$(inside several6 'ls /sys/class/net')" lo
is '... and serves inside' "$(inside several6 'curl -s -o /dev/null -w "%{http_code}" http://127.0.0.1/')" 200
done_testing
