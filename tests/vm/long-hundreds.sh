#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Many containers on a host with SELinux enforcing: with levels given by the administrator, grouped by the target, and running
# on while libvirt restarts.
. "$(dirname "$0")/lib.sh"

count=15
export WAIT_SECONDS=1800 # for so many, on an emulated processor
mapfile -t names < <(seq --format 'web%g' $count)
in_state() { systemctl is-active "${names[@]/%/_sandbox.service}" | grep -c "^$1\$"; }
running() { in_state active; }
served() { for name in "${names[@]}"; do page "$name" '' 2>/dev/null | grep -c -i '<html'; done | grep -c 1; }
containers=("${names[@]}")
need 'setup makes the host ready' "$program" setup
watch_denials
traces web | sort >"$work/before"

# On an emulated processor, so many that start at once may need longer than units have, inside and on the host.
create_all() {
	local i
	for i in $(seq "$count"); do
		"$program" create -C -l "s0:c$i" -u "$web" "web$i" || return
		mkdir -p "$filesystems/web$i/etc/systemd/system.conf.d" "/run/systemd/system/web${i}_sandbox.service.d"
		printf '[Manager]\nDefaultTimeoutStartSec=infinity\n' >"$filesystems/web$i/etc/systemd/system.conf.d/slow.conf"
		printf '[Service]\nTimeoutStartSec=infinity\n' >"/run/systemd/system/web${i}_sandbox.service.d/slow.conf"
	done
}
ok "$count creates succeed" create_all
is "$count containers have the levels that create was given" "$("$program" list --json | jq -r '.[].level' | sort -V)" "$(seq --format 's0:c%g' $count)"
ok "enable of $count containers succeeds" "$program" enable "${names[@]}"
ok "systemctl start of the target succeeds" systemctl start virt-sandbox.target
# Those that failed will not get any further, so this waits for the jobs and not for a state.
no_jobs() { ! systemctl list-jobs --no-legend | grep -q _sandbox.service; }
wait_for no_jobs
for name in "${names[@]}"; do
	systemctl is-active --quiet "${name}_sandbox.service" || "$program" logs --boot "$name" 2>&1 | tail -n 30 | sed 's/^/# /'
done
is "the target starts all $count enabled containers" "$(running)" $count
hardware() { for name in "${names[@]}"; do inside "$name" 'cat /sys/class/net/eth0/address'; done; }
is "each of $count containers has the hardware address of its record, whatever udev did" "$(hardware)" \
	"$(for name in "${names[@]}"; do "$program" show "$name" | sed -n 's/^MAC=//p'; done)"
is "each of $count containers serves its page" "$(served)" $count
# shellcheck disable=SC2009 # as an administrator would
is 'each container has a journal daemon of its own, and so has the host' "$(ps -eZ | grep -c systemd-journal)" $((count + 1))
is 'each container runs with a level of its own' "$(processes "$process_type" | cut -d ' ' -f 1 | sort -u | wc -l)" $count
like 'execute runs a command in the named container' "$(for name in web1 web7 web15; do inside $name hostname; done | xargs)" '^web1 web7 web15$'
# shellcheck disable=SC2016 # the shell inside expands it
for name in web2 web14; do
	like "connect gives a shell in $name" "$(typed $name 'echo this is $(hostname)\nexit\n')" "this is $name"
done
leaders=$(for name in web1 web2 web15; do leader $name; done)
ok "libvirtd restarts while $count containers run" systemctl restart libvirtd.service
is 'a restart of libvirtd stops no container' "$(running)" $count
is 'a restart of libvirtd starts no container again' "$(for name in web1 web2 web15; do leader $name; done)" "$leaders"
is 'libvirtd knows all containers after its restart' "$(virsh --connect lxc:/// list --name | grep -c .)" $count

stop_some() { for i in $(seq 5); do systemctl stop "web${i}_sandbox.service" || return; done; }
ok 'systemctl stop of five containers succeeds' stop_some
is 'systemctl stop of five containers leaves the others running' "$(running)" $((count - 5))
ok 'systemctl stop of the target succeeds' systemctl stop virt-sandbox.target
wait_for no_jobs
is 'the target stops all containers' "$(in_state inactive)" $count
is 'the target leaves no trace of the containers on the host' "$(traces web | sort | diff "$work/before" - | grep -v '/var/lib/libvirt/filesystems')" ''
ok "delete of $count containers succeeds" "$program" delete "${names[@]}"
is "delete of $count containers frees all levels" "$(find /var/lib/virt-sandbox-service/levels -type f)" ''
is "SELinux denied nothing to $count containers and our programs" "$(denials)" ''
done_testing
