#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The host in namespaces itself: several can run side by side, and nothing of them remains, however they end. Runs on the
# machine.
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

# Prints what a host adds to the machine.
traces() {
	find /sys/fs/cgroup -type d -name "virt-sandbox-host-self-$$-*" 2>/dev/null
	find /var/lib/virt-sandbox-host -maxdepth 1 -name "self-$$-*" 2>/dev/null
	grep -h "virt-sandbox-host/self-$$" /proc/self/mountinfo
	pgrep -a -f "self-$$-" | grep -v -e self-test -e pgrep
}
before=$(traces)
gone() { [ "$(traces)" = "$before" ]; }
limit=$(sysctl -n fs.inotify.max_user_instances)

ok 'up boots a host' on "$one" up
ok 'up succeeds if the host is up' on "$one" up
is 'systemd of the host is running, not degraded' "$(on "$one" run systemctl is-system-running)" running
ok 'libvirt of the host answers' on "$one" run virsh --connect lxc:/// list
ok 'machined of the host answers' on "$one" run machinectl list
is 'run passes standard input and output through' "$(echo word | on "$one" run cat)" word
on "$one" run sh -c 'exit 7'
is 'run passes the exit status through' $? 7
is 'run keeps the working directory' "$(cd "$(dirname "$0")" && on "$one" run pwd)" "$(cd "$(dirname "$0")" && pwd)"
is 'run passes arguments through unchanged' "$(on "$one" run printf '<%s>' 'a  b' '' '*')" '<a  b><><*>'
like 'shell runs on a terminal' "$(on "$one" shell <<<'tty; exit' 2>&1)" '/dev/pts/'
for folder in /usr /var/lib/libvirt/filesystems /var/lib/virt-sandbox-service; do
	unlike "$folder of the host is on a disk" "$(on "$one" run stat --file-system --format %T $folder)" 'overlay|tmpfs'
done

ok 'a second host boots beside the first' on "$two" up
ok 'the second host can start a process' on "$two" run systemd-run --unit own-mark sleep 1000
unlike 'the first host does not see the processes of the second' "$(on "$one" run ps -ef)" 'sleep 1000'
on "$one" run sysctl -q -w fs.inotify.max_user_instances=$((limit + 1))
ok 'down of the first host succeeds' on "$one" down
ok 'the second host stays up when the first goes down' on "$two" run systemctl is-active own-mark
fails 'run fails on a host that is down and says so' 'not up' on "$one" run true
ok 'status of a host that is up succeeds' on "$two" status
fails 'status of a host that is down fails and says so' 'is down' on "$one" status
ok 'down of the second host succeeds' on "$two" down
is 'two hosts leave no trace on the machine' "$(traces)" "$before"
if [ -e /var/lib/virt-sandbox-host ]; then
	skip 'the machine gets its old settings back' 'another host is up'
else
	is 'the machine gets its old settings back' "$(sysctl -n fs.inotify.max_user_instances)" "$limit"
fi
ok 'down succeeds if the host is down' on "$two" down

for seconds in 0.03 0.1 0.2 0.4; do
	timeout --signal KILL $seconds env SANDBOX_HOST=$one "$host" up >/dev/null 2>&1
	ok "up succeeds after another up was killed after $seconds s" on "$one" up
	timeout --signal KILL $seconds env SANDBOX_HOST=$one "$host" down >/dev/null 2>&1
	ok "down succeeds after another down was killed after $seconds s" on "$one" down
	is "down after one that was killed after $seconds s leaves no trace" "$(traces)" "$before"
done

bash -c 'SANDBOX_HOST=$1 "$2" up --until $$ >/dev/null; exec sleep 1000' bash $one "$host" &
wait_for on "$one" status
ok 'up --until keeps a host up while the process runs' on "$one" status
kill -KILL $!
wait_for gone
is 'up --until takes the host down when the process is killed' "$(traces)" "$before"

on "$one" up >/dev/null
read -r supervisor < <(awk '/^PPid:/ { print $2 }' "/proc/$(cat /var/lib/virt-sandbox-host/$one/pid)/status")
kill -KILL "$supervisor"
is_down() { ! on "$one" status; }
wait_for is_down
fails 'a host whose supervisor was killed is down' 'is down' on "$one" status
ok 'down succeeds after the supervisor was killed' on "$one" down
is 'down after the supervisor was killed leaves no trace' "$(traces)" "$before"
done_testing
