#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What an administrator sees of running containers: what they use, and their names for the host's own tools.
. "$(dirname "$0")/lib.sh"

need 'setup makes the host ready' "$program" setup
need 'create of two containers succeeds' create see1
need 'create of the second one succeeds' create see-2
new=new$RANDOM # the host's journal has not heard of it
need 'create of a third one succeeds' create $new
fails 'logs -b needs a start' 'no start of container' "$program" logs -b $new
need 'the containers start' "$program" start see1 see-2

# What they use.
like 'top prints a table once' "$("$program" top)" '^see1 +[0-9.]+% '
is 'top -n prints so many tables' "$("$program" top -n 2 -d 0.1 | grep -c '^NAME')" 2
inside see-2 'systemd-run --unit=busy sh -c "while :; do :; done"' >/dev/null
is 'top sorts by processor time' "$("$program" top --no-legend --format=name see1 see-2 | head -n 1)" see-2
is 'top --json has numbers' "$("$program" top --json see-2 | jq -c '.[] | [.name, .cpu > 0, .tasks > 3, .cpu_usec > 0]')" '["see-2",true,true,true]'
is 'top --filter chooses' "$("$program" top --no-legend --filter='tasks>0' --filter=name='see-*' --format='{name}')" see-2
inside see-2 'systemctl stop busy' >/dev/null
# By processor time, the busy one is first; by name, it is last.
inside see1 'systemd-run --unit=busy sh -c "while :; do :; done"' >/dev/null
order() { wait_for grep -qzP "$1 [^\n]*%[^\n]*\n[^\n]*$2 " "$work/terminal" >&2; }
is 'top on a terminal sorts as its keys say, and goes on until q' \
	"$(on_terminal 'order see1 see-2 && echo -n n && order see-2 see1 && echo -n q' "$program top -d 0.2; stty -a" |
		grep -oE '^see(1|-2) ' | tail -n 2 | tr -d '\n')" 'see-2 see1 '
inside see1 'systemctl stop busy' >/dev/null
like 'stty prints how top leaves the terminal' "$(cat "$work/terminal")" '(^| )icanon '
unlike 'top leaves the terminal as it was' "$(cat "$work/terminal")" '-icanon|-echo '
fails 'top of a stopped container fails' "'nosuch' is not running" "$program" top nosuch

# Their logs.
inside see1 'logger -p user.err "grave words"; logger "light words"' >/dev/null
inside see-2 'logger "other words"' >/dev/null
wait_for sh -c "'$program' logs see-2 | grep 'other words'" >/dev/null
log() { "$program" logs "$@" </dev/null 2>&1; }
like 'logs -p leaves out lesser messages' "$(log -p err see1 | grep -o '[a-z]* words' | tr '\n' ' ')" '^grave words $'
is 'logs --grep prints what matches' "$(log --grep='(light|other) words' -o cat see1)" 'light words'
is 'logs -o cat -r prints the newest first' "$(log -r -o cat --grep=words see1 | tr '\n' ' ')" 'light words grave words '
is 'logs --until an earlier time prints nothing of now' "$(log --until=-1h see1 | grep -c words)" 0
is 'logs -o json prints objects' "$(log -o json --grep='light words' see1 | jq -r .MESSAGE)" 'light words'
is 'logs of several containers puts their names before' "$(log -o cat --grep=words see1 see-2 | tr '\n' ' ')" \
	'see1: grave words see1: light words see-2: other words '
is 'logs of several containers in JSON is JSON' "$(log -o json --grep='light|other' see1 see-2 | jq -r .MESSAGE | tr '\n' ' ')" 'light words other words '
timeout 600 "$program" logs -f -n 1 -o cat see1 see-2 </dev/null >"$work/follow" 2>&1 &
follower=$!
ok 'logs -f of several containers begins' wait_for sh -c "grep '^see1: ' '$work/follow' && grep '^see-2: ' '$work/follow'"
inside see1 'logger "late words"' >/dev/null
inside see-2 'logger "last words"' >/dev/null
ok 'logs -f prints what each logs later' wait_for sh -c "grep 'see1: late words' '$work/follow' && grep 'see-2: last words' '$work/follow'"
kill $follower
wait $follower 2>/dev/null
fails 'logs of several containers fails if one does not exist' "no container 'nosuch'" "$program" logs nosuch see1
like 'logs shows the others nevertheless' "$(cat "$work/output")" 'see1: .*light words'

mkdir "$filesystems/see1/etc/systemd/system/service.d"
printf '[Service]\nExecStartPre=-/bin/sh -c "echo see-2: a lie >&2"\n' >"$filesystems/see1/etc/systemd/system/service.d/lie.conf"
inside see1 'systemctl daemon-reload' 2>/dev/null
"$program" logs -n 1 -o cat see1 see-2 </dev/null 2>"$work/errors" >/dev/null
is 'of several containers, errors have their names before them, too' "$(cat "$work/errors")" 'see1: see-2: a lie'
"$program" logs -n 1 -o json see1 see-2 </dev/null 2>"$work/errors" >"$work/output"
is 'so they do in JSON' "$(cat "$work/errors"; jq -s length "$work/output")" $'see1: see-2: a lie\n2'
rm -r "$filesystems/see1/etc/systemd/system/service.d"
inside see1 'systemctl daemon-reload' 2>/dev/null

# Their names for the host's own tools.
machines() { machinectl list --no-legend | awk '{ print $1, $2 }' | sort; }
known() { machines | grep -c "see"; }
libvirt_knows() { virsh --connect lxc:/// list --name | grep -x see1 >/dev/null; }
is 'machinectl knows a container by its own name' "$(machines | grep '^see')" $'see-2 container\nsee1 container'
read -r pid _ </run/virt-sandbox-service/see1/leader
is "its leader is the container's systemd" "$(machinectl show --property Leader --value see1)" "$pid"
# With SELinux, the message bus inside answers only clients with the level of the container.
level=()
[ "$(getenforce 2>/dev/null)" != Enforcing ] || level=(runcon -l "$(field see1 level)")
is 'systemctl -M reaches it' "$("${level[@]}" systemctl -M see1 is-active "$web")" active
like 'journalctl -M shows its journal' "$(journalctl --no-pager --output cat -M see1 --unit "$web" 2>&1)" "Started.*$web"
other=$(machines | sed -n 's/ vm$//p' | grep -- '-see1$')
like 'the name that libvirt gave it is that of another kind of machine' "$other" '^lxc-[0-9]+-see1$'
fails 'nobody is let into that one' 'connect to .*bus' systemctl -M "$other" show --property Version
for daemon in libvirtd virtlxcd; do
	systemctl --quiet is-active $daemon || continue
	ok "$daemon can be started again" systemctl restart $daemon
	ok "$daemon knows the container again" wait_for libvirt_knows
done
ok 'systemd-machined can be started again' systemctl restart systemd-machined
is 'systemd-machined knows both names again' "$(known)" 4
is "the container's systemd is the same as before" "$(cut -d ' ' -f 1 /run/virt-sandbox-service/see1/leader) $("${level[@]}" systemctl -M see1 is-active "$web")" "$pid active"
ok 'a restart succeeds' "$program" restart see1
unlike 'logs -b shows nothing from before the start' "$(log -b see1)" 'words'
like 'logs -b shows what is new' "$(log -b -u "$web" see1)" "Started.*$web"
ok 'stop succeeds' "$program" stop see1
"$program" logs -b -o cat see1 </dev/null >"$work/last" 2>/dev/null
like 'logs -b of a stopped container shows what the host has about its last run' "$(cat "$work/last")" '^Stopped .*see1'
is 'and nothing about the one before' "$(grep -c '^Starting .*see1' "$work/last")" 1
is 'stop leaves no machine' "$(machines | grep see1)" ''
is 'stop leaves no scope' "$(systemctl list-units --all --no-legend 'machine-*see1*')" ''

# Somebody else's machine has this name.
systemd-run --quiet --unit=see-other sleep 1000
pid=$(systemctl show --property MainPID --value see-other)
busctl --quiet call org.freedesktop.machine1 /org/freedesktop/machine1 org.freedesktop.machine1.Manager \
	RegisterMachine sayssus see1 0 '' container "$pid" ''
ok 'a container starts if another machine has its name' "$program" start see1
is "the other machine keeps it" "$(machinectl show --property Leader --value see1)" "$pid"
ok 'libvirt knows the container' libvirt_knows
ok 'it stops' "$program" stop see1
is "the other machine keeps the name after the stop" "$(machinectl show --property Leader --value see1)" "$pid"
systemctl stop see-other
ok 'the name is free again' wait_for eval '! machinectl show see1'

done_testing
