#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Many containers on a host with SELinux enforcing: with levels of the administrator's, grouped by the target, on through a
# restart of libvirt.
. "$(dirname "$0")/lib.sh"

count=30
mapfile -t names < <(seq --format 'web%g' $count)
in_state() { systemctl is-active "${names[@]/%/_sandbox.service}" | grep -c "^$1\$"; }
running() { in_state active; }
served() { for name in "${names[@]}"; do page "$name" '' 2>/dev/null | grep -c -i '<html'; done | grep -c 1; }
containers=("${names[@]}")
need 'setup' "$program" setup
watch_denials
traces web | sort >"$work/before"

create_all() { for i in $(seq "$count"); do "$program" create -C -l "s0:c$i" -u "$web" "web$i" || return; done; }
ok "$count are created" create_all
is '... each with its level' "$("$program" list --json | jq -r '.[].level' | sort -V)" "$(seq --format 's0:c%g' $count)"
ok '... enabled' "$program" enable "${names[@]}"
ok 'the target starts all' systemctl start virt-sandbox.target
all_are() { [ "$(in_state "$1")" = "$count" ]; }
wait_for all_are active
is '... that were enabled' "$(running)" $count
is '... and each serves' "$(served)" $count
# shellcheck disable=SC2009 # as an administrator would
is 'each has its own journal, and the host' "$(ps -eZ | grep -c systemd-journal)" $((count + 1))
is '... and its own level' "$(processes svirt_lxc_net_t | cut -d ' ' -f 1 | sort -u | wc -l)" $count
like 'execute in several' "$(for name in web1 web15 web30; do inside $name hostname; done | xargs)" '^web1 web15 web30$'
# shellcheck disable=SC2016 # the shell inside expands it
for name in web2 web29; do
	like "connect to $name" "$(typed $name 'echo this is $(hostname)\nexit\n')" "this is $name"
done
leaders=$(for name in web1 web2 web30; do leader $name; done)
ok 'libvirtd restarts' systemctl restart libvirtd.service
is '... and stops no container' "$(running)" $count
is '... nor starts one anew' "$(for name in web1 web2 web30; do leader $name; done)" "$leaders"
is '... and knows them all' "$(virsh --connect lxc:/// list --name | grep -c .)" $count

stop_some() { for i in $(seq 5); do systemctl stop "web${i}_sandbox.service" || return; done; }
ok 'systemctl stops some' stop_some
is '... and no other' "$(running)" $((count - 5))
ok 'the target stops all' systemctl stop virt-sandbox.target
wait_for all_are inactive
is '... of them' "$(in_state inactive)" $count
is '... and nothing is left' "$(traces web | sort | diff "$work/before" - | grep -v '/var/lib/libvirt/filesystems')" ''
ok 'delete' "$program" delete "${names[@]}"
is '... gives all levels back' "$(find /var/lib/virt-sandbox-service/levels -type f)" ''
is 'SELinux denied nothing' "$(denials)" ''
done_testing
