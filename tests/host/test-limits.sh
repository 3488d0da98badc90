#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a container may take of the host: by create, by set while it runs and while it does not, and that it holds.
. "$(dirname "$0")/lib.sh"

record=/etc/libvirt-sandbox/services/limits.sandbox
recorded() { sed -n '/^\[Limits\]/,/^$/s/=/ /p' "$record" | tr '\n' ' '; }
scope() { systemctl list-units --type=scope --no-legend --plain | awk '/limits\.scope/ { print $1 }'; }
held() { for property in TasksMax IOWeight; do systemctl show --property $property --value "$(scope)"; done | tr '\n' ' '; }
memory_limit() { virsh --connect lxc:/// memtune limits | awk '$1 == "hard_limit" { print $3 }'; }
cpu_quota() { virsh --connect lxc:/// schedinfo limits | awk '$1 == "vcpu_quota" { print $3 }'; }
status() { "$program" status limits | sed 's/^ *//'; }

need 'setup' "$program" setup
need 'create with limits' create limits --memory=96M --cpus=0.5 --tasks=200 --io-weight=40
is 'the record has them' "$(recorded)" 'Memory 96M CPUs 0.5 Tasks 200 IOWeight 40 '
like 'status of a stopped container shows them' "$(status)" '^Memory: at most 96M$'
need 'start' start limits
is 'systemd holds it to its tasks and its share of the disks' "$(held)" '200 40 '
is 'libvirt holds it to its memory' "$(memory_limit)" 98304
is '... and to half a processor' "$(cpu_quota)" 50000
is 'it sees that' "$(inside limits "awk '/^MemTotal/ { print \$2 }' /proc/meminfo")" 98304
fails 'a program that takes more is killed' '.' "$program" execute limits -- sh -c 'head -c 200M /dev/zero | tail -c 200M >/dev/null'
like 'status shows what it uses' "$(status)" '^Memory: [0-9.]+[MK] used, at most 96M$'
like '... the processor' "$(status)" '^Processors: [0-9.]+ s used, at most 0\.5$'
like '... and how many processes it has' "$(status)" '^Tasks: ([5-9]|1[0-9]) processes, at most 200 tasks$'

ok 'set changes it while it runs' "$program" set limits --memory 2G --cpus=2 --tasks=300
is '... in the record' "$(recorded)" 'Memory 2G CPUs 2 Tasks 300 IOWeight 40 '
is '... at once' "$(held)$(memory_limit) $(cpu_quota)" '300 40 2097152 200000'
ok '... so that more memory can be used' "$program" execute limits -- sh -c 'head -c 200M /dev/zero | tail -c 200M >/dev/null'
ok 'infinity takes limits away' "$program" set limits --memory=infinity --cpus=infinity --tasks=infinity --io-weight=infinity
is '... from the record' "$(recorded)" ''
is '... and at once' "$(held)$(memory_limit) $(cpu_quota)" '16384 [not set] unlimited -1'
ok 'stop' "$program" stop limits
ok 'set while it is stopped' "$program" set --tasks=400 --memory=128M limits
ok 'start' start limits
is '... holds from the next start on' "$(held)$(memory_limit)" '400 [not set] 131072'

before=$(recorded)
fails 'a limit that cannot be is refused' 'size of at least' "$program" set --memory=4K limits
fails '... and a name that there is not' "no container 'limit'" "$program" set --memory=64M limit
fails '... and nothing to change' 'option' "$program" set limits
fails 'without libvirt too' 'libvirt' "$program" --connect=nosuch:/// set --memory=64M --tasks=50 limits
is '... which leaves all as it was' "$(recorded)$(held)$(memory_limit)" "${before}400 [not set] 131072"
ok 'delete' "$program" delete limits
done_testing
