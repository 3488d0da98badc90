#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Containers side by side, and containers with less: without ids of their own, without a network.
. "$(dirname "$0")/lib.sh"

need 'setup makes the host ready' "$program" setup
names=(several1 several2 several3)
for name in "${names[@]}"; do
	containers+=("$name") # additions by a background process would be lost
	create "$name" >"$work/$name" 2>&1 &
done
wait
for name in "${names[@]}"; do
	cp "$work/$name" "$work/output"
	[ -n "$(field "$name" path)" ]
	report $? "create of $name succeeds while others are being made"
	echo "I am $name" >"$filesystems/$name/$docroot/content"
done

for key in uid_base address level; do
	is "three containers have three different values of $key" "$(for name in "${names[@]}"; do field "$name" $key; done | sort -u | grep -c .)" 3
done

for name in "${names[@]}"; do systemctl start "${name}_sandbox.service" & done
wait
for name in "${names[@]}"; do
	is "$name serves its own page" "$(page "$name" content)" "I am $name"
done
is 'a container sees only its own systemd, not those of other containers' \
	"$(inside several1 "cat /proc/[0-9]*/status | grep -c '^Name:.systemd\$'")" 1
mounted=$(inside several1 'cat /proc/1/mountinfo')
like 'a container has its own files mounted' "$mounted" '/several1/'
unlike 'a container has no files of another one mounted' "$mounted" '/several[23]/'
address2=$(address several2)
for name in several1 several3; do ok "stop of $name succeeds while several2 runs" "$program" stop $name; done
is 'a container goes on serving when others stop' "$(page several2 content)" 'I am several2'
ok 'delete of several1 succeeds while several2 runs' "$program" delete several1
is 'a container goes on serving when another is deleted' "$(page several2 content)" 'I am several2'
ok 'create of another container succeeds while several2 runs' create several4
unlike 'a new container does not get the address of another' "$(address several4)" "^$address2\$"
unlike 'a new container does not get the ids of another' "$(field several4 uid_base)" "^($(field several2 uid_base)|$(field several3 uid_base))\$"

# Without a user namespace.
ok 'create --private-users=no succeeds' create several5 --private-users=no
is 'with --private-users=no, list shows 0 as the base of its ids' "$(field several5 uid_base)" 0
echo 'plain ids' >"$filesystems/several5/$docroot/content"
ok 'with --private-users=no, the container starts' start several5
is 'with --private-users=no, the container serves its page' "$(page several5 content)" 'plain ids'
is 'with --private-users=no, systemd inside is running, not degraded' "$(inside several5 'systemctl is-system-running')" running
is 'with --private-users=no, root inside is root of the host' "$(awk '{ print $1, $2 }' "/proc/$(leader several5)/uid_map")" '0 0'
fails 'with --private-users=no, /usr is read-only' 'read-only file system' inside several5 'touch /usr/bin/several5'
unlike 'with --private-users=no, control groups of the host are hidden' "$(inside several5 'ls /sys/fs/cgroup/system.slice')" libvirtd

# Without a network.
ok 'create -N none succeeds' create several6 -N none
is 'with -N none, the container has no address' "$(address several6)" ''
ok 'with -N none, the container starts' start several6
is 'with -N none, lo is the only interface' "$(inside several6 'ls /sys/class/net')" lo
is 'with -N none, the service answers on the loopback address inside' "$(inside several6 'curl -s -o /dev/null -w "%{http_code}" http://127.0.0.1/')" 200
done_testing
