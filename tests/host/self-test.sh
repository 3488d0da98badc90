#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The host in namespaces itself: several side by side, and nothing of them left, however they end. Runs on the machine.
. "$(dirname "$0")/../lib/tap.sh"

one=self-$$-1 two=self-$$-2
host=$(dirname "$0")/host
if [ "$("$host" kind)" = machine ]; then
	echo '1..0 # SKIP systemd is PID 1 here: this machine is the host'
	exit 0
fi
on() { SANDBOX_HOST=$1 "$host" "${@:2}"; }
at_end() {
	on "$one" down
	on "$two" down
}

# What a host adds to the machine.
traces() {
	find /sys/fs/cgroup -type d -name "virt-sandbox-host-self-$$-*" 2>/dev/null
	find /var/lib/virt-sandbox-host -maxdepth 1 -name "self-$$-*" 2>/dev/null
	grep -h "virt-sandbox-host/self-$$" /proc/self/mountinfo
	pgrep -a -f "self-$$-" | grep -v -e self-test -e pgrep
}
before=$(traces)
gone() { [ "$(traces)" = "$before" ]; }
limit=$(sysctl -n fs.inotify.max_user_instances)

ok 'up' on "$one" up
ok 'up again finds it up' on "$one" up
is 'systemd runs in it, and nothing has failed' "$(on "$one" run systemctl is-system-running)" running
ok 'libvirt answers' on "$one" run virsh --connect lxc:/// list
ok 'machined answers' on "$one" run machinectl list
is 'run hands on input and output' "$(echo word | on "$one" run cat)" word
on "$one" run sh -c 'exit 7'
is '... and the status' $? 7
is '... and the folder' "$(cd "$(dirname "$0")" && on "$one" run pwd)" "$(cd "$(dirname "$0")" && pwd)"
is '... and arguments as they are' "$(on "$one" run printf '<%s>' 'a  b' '' '*')" '<a  b><><*>'
like 'shell gives a terminal' "$(on "$one" shell <<<'tty; exit' 2>&1)" '/dev/pts/'
for folder in /usr /var/lib/libvirt/filesystems /var/lib/virt-sandbox-service; do
	unlike "$folder is on a disk" "$(on "$one" run stat --file-system --format %T $folder)" 'overlay|tmpfs'
done

ok 'a second host' on "$two" up
ok 'has processes of its own' on "$two" run systemd-run --unit own-mark sleep 1000
unlike '... that the first does not see' "$(on "$one" run ps -ef)" 'sleep 1000'
on "$one" run sysctl -q -w fs.inotify.max_user_instances=$((limit + 1))
ok 'one goes' on "$one" down
ok '... and the other stays' on "$two" run systemctl is-active own-mark
fails 'run in one that is down says so' 'not up' on "$one" run true
ok 'status of one that is up' on "$two" status
fails 'status of one that is down' 'is down' on "$one" status
ok 'the other goes' on "$two" down
is 'nothing of them is left' "$(traces)" "$before"
if [ -e /var/lib/virt-sandbox-host ]; then
	skip 'the machine has its settings back' 'another host is up'
else
	is 'the machine has its settings back' "$(sysctl -n fs.inotify.max_user_instances)" "$limit"
fi
ok 'down again does nothing' on "$two" down

for seconds in 0.03 0.1 0.2 0.4; do
	timeout --signal KILL $seconds env SANDBOX_HOST=$one "$host" up >/dev/null 2>&1
	ok "up after an up that was killed after $seconds s" on "$one" up
	timeout --signal KILL $seconds env SANDBOX_HOST=$one "$host" down >/dev/null 2>&1
	ok '... down after a down that was' on "$one" down
	is '... leaves nothing' "$(traces)" "$before"
done

bash -c 'SANDBOX_HOST=$1 "$2" up --until $$ >/dev/null; exec sleep 1000' bash $one "$host" &
wait_for on "$one" status
ok 'a host that is up until a process ends' on "$one" status
kill -KILL $!
wait_for gone
is '... goes with it, even when that is killed' "$(traces)" "$before"

on "$one" up >/dev/null
read -r supervisor < <(awk '/^PPid:/ { print $2 }' "/proc/$(cat /var/lib/virt-sandbox-host/$one/pid)/status")
kill -KILL "$supervisor"
sleep 0.2
fails 'a host whose supervisor is killed is down at once' 'is down' on "$one" status
ok '... and down tidies up' on "$one" down
is '... leaving nothing' "$(traces)" "$before"
done_testing
