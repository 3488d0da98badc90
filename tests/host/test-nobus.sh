#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# execute and connect where the container's systemd does not answer: a process is put into the container, which has what a
# process has that systemd started there, and nothing of the caller's.
. "$(dirname "$0")/lib.sh"

need 'setup' "$program" setup
need 'create' create nobus
need 'start' "$program" start nobus
read -r leader _ </run/virt-sandbox-service/nobus/leader
group=$(sed -n 's,^0::,/sys/fs/cgroup,p' "/proc/$leader/cgroup")
group=${group%/init.scope}

at_end() {
	{
		echo 0 >"$group/cgroup.freeze"
		echo 0 >"$group/init.scope/cgroup.freeze"
		kill -CONT "$leader"
	} 2>"$work/output"
	delete_containers
}

# What a process is made of, as it sees itself and as the host sees it.
# shellcheck disable=SC2016 # the container expands it
self='grep -E "^(Umask|Uid|Gid|Cap|NoNewPrivs|Seccomp|Sig[PBIC]|Shd|Cpus_allowed)" /proc/self/status | grep -v SigQ
	cat /proc/self/uid_map /proc/self/gid_map /proc/self/oom_score_adj; ulimit -a
	cut -d " " -f 7,18,19,40,41 /proc/self/stat; readlink /proc/self/ns/*; tr -d "\\0" </proc/self/attr/current 2>/dev/null
	ls /proc/$$/fd; pwd; hostname'
as_seen() {
	"$program" -q execute nobus -- sleep 30 </dev/null &
	local caller=$! pid=''
	for _ in {1..100}; do
		pid=$(pgrep --newest -x sleep) && [ "$(readlink "/proc/$pid/ns/pid")" = "$(readlink "/proc/$leader/ns/pid")" ] && break
		sleep 0.1
	done
	readlink /proc/"$pid"/ns/* "/proc/$pid/root"
	cat "/proc/$pid/uid_map"
	grep -E '^(Uid|Gid|Cap|Seccomp|NoNew)' "/proc/$pid/status"
	sed -n 's,^0::,/sys/fs/cgroup,p' "/proc/$pid/cgroup" >"$work/group"
	tr -d '\0' <"/proc/$pid/attr/current" 2>/dev/null
	ps -o ni=,cls=,tty=,sess= -p "$pid" | awk -v pid="$pid" '{ print $1, $2, $3, $4 == pid ? "own session" : "session " $4 }'
	kill $caller
	wait $caller
}
like 'with a bus nothing is said of it' "$(inside nobus true)" '^$'
by_bus=$(inside nobus "$self")
seen_by_bus=$(as_seen)
user=$(inside nobus 'getent passwd | cut -d : -f 1 | grep -vx root | tail -n 1')
user_by_bus=$("$program" execute --user="$user" nobus -- id </dev/null)
keys_by_bus=$(inside nobus 'env | cut -d = -f 1 | grep -v -e SYSTEMD -e INVOCATION | sort')

# Ways in which a container's systemd does not answer, and back.
while IFS='|' read -r what break mend; do
	eval "$break"
	is "$what: a command runs" "$("$program" execute nobus -- echo here 2>"$work/said" </dev/null)" here
	like '... and it is said how' "$(cat "$work/said")" "warning: systemd in container 'nobus' cannot be reached \(.*\): going in without it"
	eval "$mend"
done <<'END'
stopped|kill -STOP $leader|kill -CONT $leader
frozen|echo 1 >$group/init.scope/cgroup.freeze|echo 0 >$group/init.scope/cgroup.freeze
with a bus that hangs|kill -STOP $(cat $group/system.slice/dbus.service/cgroup.procs)|kill -CONT $(cat $group/system.slice/dbus.service/cgroup.procs)
END
# shellcheck disable=SC2016 # for later
wait_for eval '[ -z "$(inside nobus true)" ]'
is 'when it answers again, it is asked' "$(inside nobus true)" ''
inside nobus 'find /run/dbus /run/systemd/private -type s -delete' >"$work/output"
like 'without a socket of the bus' "$(inside nobus 'echo here')" '^here$'

# --- the same process -----------------------------------------------------------------------------------------------

# in_there COMMAND...: without the warning, and with all that a caller could have that does not belong in there.
in_there() {
	(
		ulimit -S -n 77 -c 1 -t 1000
		umask 077
		trap '' PIPE USR1
		exec 7</etc/passwd 9>>"$work/ours"
		SECRET=x exec nice -n 7 "$program" -q execute "$@"
	)
}
is 'it is as systemd would have made it' "$(in_there nobus -- sh -c "$self" 2>&1 </dev/null)" "$by_bus"
is '... and to the host' "$(as_seen)" "$seen_by_bus"
like '... in a control group of the container'"'"'s own' "$(cat "$work/group")" "^${group//\\/\\\\}/execute-[0-9a-f]+\$"
is '... which is gone' "$(find "$group" -name 'execute-*')" ''
is 'nothing of our environment is there' "$(in_there nobus -- sh -c 'env | cut -d = -f 1 | sort' </dev/null)" "$keys_by_bus"
is 'nothing was written to a descriptor of ours' "$(cat "$work/ours")" ''
is 'execute --user' "$(in_there --user="$user" nobus -- id </dev/null)" "$user_by_bus"
is '... has no capability' "$(in_there --user="$user" nobus -- grep -c 'Cap\(Eff\|Prm\|Inh\|Amb\).*0000000000000000' /proc/self/status </dev/null)" 4
is '... by number' "$(in_there --user=65534 nobus -- id -u </dev/null)" 65534
fails '... that the container does not have' 'no such user' in_there --user=nosuch nobus -- true
fails '... that it cannot have' 'become' in_there --user=70000 nobus -- true
# shellcheck disable=SC2016 # dollars that only the container may expand
is 'execute --env' "$(in_there --env='A=b  c' -e PATH=/bin nobus -- sh -c 'echo "$A-$PATH"' </dev/null)" 'b  c-/bin'
is 'execute --cwd' "$(in_there --cwd=/var/log nobus -- pwd </dev/null)" /var/log
while read -r status command; do
	in_there nobus -- sh -c "$command" >"$work/output" 2>&1 </dev/null
	is "the status of '$command'" $? "$status"
done <<'END'
0 true
3 exit 3
125 exit 125
143 kill -TERM $$
137 kill -KILL $$
127 exec /nosuch
126 exec /etc/passwd
END
head -c 20000000 /dev/urandom >"$work/bytes"
# shellcheck disable=SC2094 # each file is read or written by one of them
timeout 600 "$program" -q execute nobus -- tee /dev/stderr <"$work/bytes" 2>"$work/errors" | cmp - "$work/bytes" >"$work/output" 2>&1
is '20 MB in and out at once' "${PIPESTATUS[*]}" '0 0'
cmp "$work/bytes" "$work/errors" >"$work/output" 2>&1
report $? '... and to the error stream'

# --- terminals ------------------------------------------------------------------------------------------------------

# on_terminal KEYS SCRIPT: see test-connect.sh.
on_terminal() {
	(sleep 0.4 && eval "$1") | timeout 600 script --quiet --return --command "$2" /dev/null |
		sed 's/\r//g; s/\x1b\[[0-9;?]*[A-Za-z]//g'
}
connect="stty rows 33 cols 99; stty -g >$work/before; $program -q connect nobus"
shown=$(on_terminal "echo 'id -u; tty; stty size; pwd; echo \$TERM; echo mine >\$(tty); exit 3'" "export TERM=vt220; $connect; echo status \$?; stty -g >$work/after")
for line in 0 '/dev/pts/[0-9]+' '33 99' /root vt220 mine 'status 3'; do
	like "connect: $line" "$shown" "^$line\$"
done
is '... and the terminal is as before' "$(cat "$work/after")" "$(cat "$work/before")"
like 'Ctrl-C reaches what runs in the foreground' \
	"$(on_terminal 'echo "sleep 20"; sleep 1; printf "\003"; sleep 0.3; echo "exit \$?"' "$connect; echo status \$?")" '^status 130$'
like 'Ctrl-] leaves it' "$(on_terminal 'printf "\035"' "$connect; echo; echo status \$?")" '^status 0$'
is '... and the shell is gone' "$(inside nobus 'pgrep bash' | grep -v warning)" ''
is 'execute -t' "$(echo typed | in_there -t nobus -- sh -c 'read a; tty; exit 4' | tr -d '\r' | grep -o '/dev/pts/'; echo "${PIPESTATUS[1]}")" "$(printf '/dev/pts/\n4')"
# shellcheck disable=SC2016 # the container expands it
is '... as a user, on a terminal that is his' "$(in_there -t --user="$user" nobus -- sh -c 'echo mine >$(tty)' </dev/null | tr -d '\r')" mine

# --- ends -----------------------------------------------------------------------------------------------------------

while read -r status signal command; do
	timeout --foreground --signal "$signal" 1 "$program" -q execute nobus -- sh -c "$command" >"$work/output" 2>&1 </dev/null &
	wait $!
	is "SIG$signal ends '$command'" "$(grep -c alive "$work/output")" "$status"
done <<'END'
0 INT sleep 33
0 TERM sleep 33
0 TERM trap '' TERM; sleep 33; sleep 33
1 INT trap 'echo alive; exit 0' INT; while :; do sleep 0.1; done
END
inside nobus 'sleep 444 & sleep 445 </dev/null >/dev/null 2>&1 & exit' >"$work/output"
"$program" -q execute nobus -- sleep 446 </dev/null &
sleep 0.5
kill -KILL $!
wait $! 2>"$work/output"
pkill -x -f 'sleep 446'
is 'nothing of a command stays behind' "$(pgrep -a sleep | grep -E '33|44')" ''
# shellcheck disable=SC2016 # for later
wait_for eval '[ -z "$(find "$group" -name "execute-*" -exec grep -l . {}/cgroup.procs \;)" ]'
find "$group" -name 'execute-*' -exec rmdir {} + # of the one that was killed

# --- an enemy inside ------------------------------------------------------------------------------------------------

# shellcheck disable=SC2016 # the container expands it
"$program" -q execute nobus -- sh -c 'i=0; while [ $i -lt 400 ]; do i=$((i + 1)); ls -l /proc/[0-9]*/exe /proc/[0-9]*/fd/; done' \
	>"$work/enemy" 2>&1 </dev/null &
for _ in {1..40}; do "$program" -q execute nobus -- true </dev/null; done
wait $!
is 'nobody in there sees the program of ours that goes in' "$(grep -E 'exe -> .*(enter|virt-sandbox)|-> .*(cgroup\.procs|pidfd)' "$work/enemy")" ''
if grep -q 'exe.*Permission denied' "$work/enemy"; then
	report 0 '... though someone looks at it'
else
	skip '... though someone looks at it' 'nobody was there in time'
fi
tree=$filesystems/nobus
cp -p "$tree/etc/passwd" "$work/passwd"
for plant in 'ln -sf /etc/shadow' 'mkfifo' 'mkdir'; do
	rm -rf "$tree/etc/passwd"
	$plant "$tree/etc/passwd"
	fails "$plant in the place of passwd" 'Cannot read the users of container' timeout 600 "$program" -q execute --user=x nobus -- true
done
rm -rf "$tree/etc/passwd"
head -c 5000000 /dev/zero >"$tree/etc/passwd"
fails 'a passwd without an end' 'Cannot read the users of container' timeout 600 "$program" -q execute --user=x nobus -- true
cp -p "$work/passwd" "$tree/etc/passwd"
echo 1 >"$group/cgroup.freeze"
fails 'a container that is frozen' 'is frozen' timeout 600 "$program" -q execute nobus -- true
echo 0 >"$group/cgroup.freeze"
"$program" -q execute nobus -- sleep 60 2>"$work/said" </dev/null &
sleep 0.7
systemctl kill --signal=KILL --kill-who=main nobus_sandbox.service
kill -KILL "$leader"
wait $!
report $(($? == 0)) 'a command whose container ends has not succeeded'
like '... which is said' "$(cat "$work/said")" "Container 'nobus' stopped while 'sleep' ran in it"
done_testing
