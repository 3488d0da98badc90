#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Limits of a container: set by create, and by set while it runs and while it does not; and that they hold.
. "$(dirname "$0")/lib.sh"

record=/etc/libvirt-sandbox/services/limits.sandbox
recorded() { sed -n '/^\[Limits\]/,/^$/s/=/ /p' "$record" | tr '\n' ' '; }
scope() { systemctl list-units --type=scope --no-legend --plain | awk '/limits\.scope/ { print $1 }'; }
held() { for property in TasksMax IOWeight; do systemctl show --property $property --value "$(scope)"; done | tr '\n' ' '; }
swap_limit() { systemctl show --property MemorySwapMax --value "$(scope)"; }
memory_limit() { virsh --connect lxc:/// memtune limits | awk '$1 == "hard_limit" { print $3 }'; }
cpu_quota() { virsh --connect lxc:/// schedinfo limits | awk '$1 == "vcpu_quota" { print $3 }'; }
status() { "$program" status limits | sed 's/^ *//'; }

need 'setup makes the host ready' "$program" setup
need 'create with limits succeeds' create limits --memory=96M --cpus=0.5 --tasks=200 --io-weight=40
is 'the record has the limits of create' "$(recorded)" 'Memory 96M CPUs 0.5 Tasks 200 IOWeight 40 '
like 'status of a stopped container shows its limits' "$(status)" '^Memory: at most 96M$'
need 'a container with limits starts' start limits
is 'the scope of the container has the limits of tasks and of disks' "$(held)" '200 40 '
is 'the libvirt domain has the limit of memory' "$(memory_limit)" 98304
is 'a container with a limit of memory has no swap' "$(swap_limit)" 0
is 'the libvirt domain has the limit of processors' "$(cpu_quota)" 50000
is 'meminfo inside shows the limit as all memory' "$(inside limits "awk '/^MemTotal/ { print \$2 }' /proc/meminfo")" 98304
fails 'a program that takes more memory than the limit fails' '.' "$program" execute limits -- sh -c 'head -c 200M /dev/zero | tail -c 200M >/dev/null'
like 'status shows the memory in use and its limit' "$(status)" '^Memory: [0-9.]+[MK] used, at most 96M$'
like 'status shows the processor time used and its limit' "$(status)" '^Processors: [0-9.]+ s used, at most 0\.5$'
like 'status shows the number of processes and the limit of tasks' "$(status)" '^Tasks: ([5-9]|1[0-9]) processes, at most 200 tasks$'

ok 'set changes the limits of a running container' "$program" set limits --memory 2G --cpus=2 --tasks=300
is 'set changes the limits in the record' "$(recorded)" 'Memory 2G CPUs 2 Tasks 300 IOWeight 40 '
is 'set changes the limits of a running container at once' "$(held)$(memory_limit) $(cpu_quota)" '300 40 2097152 200000'
ok 'a larger limit of memory is one for /tmp, too' "$program" execute limits -- sh -c 'head -c 200M /dev/zero >/tmp/large && rm /tmp/large'
# shellcheck disable=SC2016 # the shell that forks expands it
forks='for i in $(seq 400); do sleep 100 & all="$all $!"; done; kill $all'
ok 'the host can have more processes than the limit of tasks' sh -c "$forks"
if grep -qw pids /sys/fs/cgroup/cgroup.controllers; then
	fails 'a container can have no more processes than the limit of tasks' 'fork' "$program" execute limits -- sh -c "$forks"
else
	skip 'a container can have no more processes than the limit of tasks' 'this host cannot limit them: no pids controller in cgroup2'
fi
ok 'a program can take more memory after set has raised the limit' "$program" execute limits -- sh -c 'head -c 200M /dev/zero | tail -c 200M >/dev/null'
ok 'set accepts infinity for every limit' "$program" set limits --memory=infinity --cpus=infinity --tasks=infinity --io-weight=infinity
is 'infinity removes the limits from the record' "$(recorded)" ''
is 'infinity removes the limits of a running container at once' "$(held)$(memory_limit) $(cpu_quota)" '16384 [not set] unlimited -1'
is 'without a limit of memory a container may use swap' "$(swap_limit)" infinity
ok 'stop of a container with limits succeeds' "$program" stop limits
ok 'set changes the limits of a stopped container' "$program" set --tasks=400 --memory=128M limits
ok 'start after set succeeds' start limits
is 'limits set on a stopped container hold from its next start on' "$(held)$(memory_limit)" '400 [not set] 131072'

before=$(recorded)
fails 'set refuses a memory limit that is too small' 'size of at least' "$program" set --memory=4K limits
fails 'set fails and names a container that does not exist' "no container 'limit'" "$program" set --memory=64M limit
fails 'set refuses to run without an option' 'option' "$program" set limits
fails 'set fails if libvirt cannot be reached' 'libvirt' "$program" --connect=nosuch:/// set --memory=64M --tasks=50 limits
is 'a failed set leaves all limits as they were' "$(recorded)$(held)$(memory_limit)" "${before}400 [not set] 131072"
# Killing processes does not free memory in there, so this may end the container.
for directory in /tmp /run /dev/shm; do
	ok "root inside can make $directory larger" "$program" execute limits -- mount --options-mode ignore --options remount,nosuid,nodev,size=2G $directory
	fails "a larger $directory does not hold more than the limit of memory" '.' "$program" execute limits -- sh -c "head -c 200M /dev/zero >$directory/large"
	systemctl restart limits_sandbox.service
done
ok 'delete of a container with limits succeeds' "$program" delete --force limits
done_testing
