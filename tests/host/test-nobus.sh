#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# execute and connect when the container's systemd does not answer: a process is put into the container that is confined like
# one that systemd started there, and has nothing of the caller's.
. "$(dirname "$0")/lib.sh"

need 'setup makes the host ready' "$program" setup
need 'create succeeds' create nobus
need 'start succeeds' "$program" start nobus
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

# The attributes of a process, as it sees itself and as the host sees it.
# shellcheck disable=SC2016 # the container expands it
self='grep -E "^(Umask|Uid|Gid|Cap|NoNewPrivs|Seccomp|Sig[PBIC]|Shd|Cpus_allowed)" /proc/self/status | grep -v SigQ
	cat /proc/self/uid_map /proc/self/gid_map /proc/self/oom_score_adj; ulimit -a
	cut -d " " -f 7,18,19,40,41 /proc/self/stat; readlink /proc/self/ns/*; tr -d "\\0" </proc/self/attr/current 2>/dev/null
	ls /proc/$$/fd; pwd; hostname'
find_sleep() { pid=$(pgrep --newest -x -f 'sleep 300') && [ "$(readlink "/proc/$pid/ns/pid")" = "$(readlink "/proc/$leader/ns/pid")" ]; }
as_seen() {
	"$program" -q execute nobus -- sleep 300 </dev/null &
	local caller=$! pid=''
	wait_for find_sleep
	readlink /proc/"$pid"/ns/* "/proc/$pid/root"
	cat "/proc/$pid/uid_map"
	grep -E '^(Uid|Gid|Cap|Seccomp|NoNew)' "/proc/$pid/status"
	sed -n 's,^0::,/sys/fs/cgroup,p' "/proc/$pid/cgroup" >"$work/group"
	tr -d '\0' <"/proc/$pid/attr/current" 2>/dev/null
	ps -o ni=,cls=,tty=,sess= -p "$pid" | awk -v pid="$pid" '{ print $1, $2, $3, $4 == pid ? "own session" : "session " $4 }'
	kill $caller
	wait $caller
}
like 'execute prints no warning while systemd answers' "$(inside nobus true)" '^$'
by_bus=$(inside nobus "$self")
seen_by_bus=$(as_seen)
user=$(inside nobus 'getent passwd | cut -d : -f 1 | grep -vx root | tail -n 1')
user_by_bus=$("$program" execute --user="$user" nobus -- id </dev/null)
keys_by_bus=$(inside nobus 'env | cut -d = -f 1 | grep -v -e SYSTEMD -e INVOCATION | sort')

# Ways in which a container's systemd does not answer, and back.
while IFS='|' read -r what break mend; do
	eval "$break"
	is "systemd $what: execute runs a command" "$(timeout 600 "$program" execute nobus -- echo here 2>"$work/said" </dev/null)" here
	like "systemd $what: execute warns that it goes in without systemd" "$(cat "$work/said")" "warning: systemd in container 'nobus' cannot be reached \(.*\); entering without it"
	eval "$mend"
done <<'END'
stopped|kill -STOP $leader|kill -CONT $leader
frozen|echo 1 >$group/init.scope/cgroup.freeze|echo 0 >$group/init.scope/cgroup.freeze
with a bus that hangs|kill -STOP $(cat $group/system.slice/dbus.service/cgroup.procs)|kill -CONT $(cat $group/system.slice/dbus.service/cgroup.procs)
END
# shellcheck disable=SC2016 # for later
wait_for eval '[ -z "$(inside nobus true)" ]'
is 'execute prints no warning once systemd answers again' "$(inside nobus true)" ''
inside nobus 'find /run/dbus /run/systemd/private -type s -delete' >"$work/output"
like 'execute runs a command if the sockets of systemd and of the bus are gone' "$(inside nobus 'echo here')" '^here$'

# --- the same process -----------------------------------------------------------------------------------------------

# in_there COMMAND...: runs it without the warning, from a caller with everything that must not get into the container.
in_there() {
	(
		ulimit -S -n 77 -c 1 -t 1000
		umask 077
		trap '' PIPE USR1
		exec 7</etc/passwd 9>>"$work/ours"
		SECRET=x exec nice -n 7 "$program" -q execute "$@"
	)
}
is 'without systemd, a command sees itself as one that systemd started' "$(in_there nobus -- sh -c "$self" 2>&1 </dev/null)" "$by_bus"
is 'without systemd, a command looks to the host like one that systemd started' "$(as_seen)" "$seen_by_bus"
like 'without systemd, a command has a control group of its own in the container' "$(cat "$work/group")" "^${group//\\/\\\\}/execute-[0-9a-f]+\$"
is 'without systemd, the control group of a command goes with it' "$(find "$group" -name 'execute-*')" ''
is 'without systemd, execute passes no variable of the caller on' "$(in_there nobus -- sh -c 'env | cut -d = -f 1 | sort' </dev/null)" "$keys_by_bus"
is 'without systemd, nothing is written to another descriptor of the caller' "$(cat "$work/ours")" ''
is 'without systemd, execute --user runs a command as that user' "$(in_there --user="$user" nobus -- id </dev/null)" "$user_by_bus"
is 'without systemd, a command of execute --user has no capabilities' "$(in_there --user="$user" nobus -- grep -c 'Cap\(Eff\|Prm\|Inh\|Amb\).*0000000000000000' /proc/self/status </dev/null)" 4
is 'without systemd, execute --user takes a number' "$(in_there --user=65534 nobus -- id -u </dev/null)" 65534
fails 'without systemd, execute --user refuses a user that the container does not have' 'no such user' in_there --user=nosuch nobus -- true
fails 'without systemd, execute --user refuses a number that the container cannot have' 'become' in_there --user=70000 nobus -- true
# shellcheck disable=SC2016 # dollars that only the container may expand
is 'without systemd, execute --env sets variables, and PATH among them' "$(in_there --env='A=b  c' -e PATH=/bin nobus -- sh -c 'echo "$A-$PATH"' </dev/null)" 'b  c-/bin'
is 'without systemd, execute --cwd runs a command in that directory' "$(in_there --cwd=/var/log nobus -- pwd </dev/null)" /var/log
while read -r status command; do
	in_there nobus -- sh -c "$command" >"$work/output" 2>&1 </dev/null
	is "without systemd, execute of '$command' returns $status" $? "$status"
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
is 'without systemd, execute passes 20 MB in and out at the same time' "${PIPESTATUS[*]}" '0 0'
cmp "$work/bytes" "$work/errors" >"$work/output" 2>&1
report $? 'without systemd, execute passes 20 MB to standard error'

# --- terminals ------------------------------------------------------------------------------------------------------

connect="stty rows 33 cols 99; stty -g >$work/before; $program -q connect nobus"
shown=$(on_terminal "prompt; echo 'id -u; tty; stty size; pwd; echo \$TERM; echo mine >\$(tty); exit 3'" "export TERM=vt220; $connect; echo status \$?; stty -g >$work/after")
for line in 0 '/dev/pts/[0-9]+' '33 99' /root vt220 mine 'status 3'; do
	like "without systemd, connect gives a shell of root whose terminal shows '$line'" "$shown" "^$line\$"
done
is 'without systemd, connect leaves the terminal with its old settings' "$(cat "$work/after")" "$(cat "$work/before")"
like 'without systemd, Ctrl-C in connect ends the command in the foreground' \
	"$(on_terminal "prompt; echo 'sleep 1000'; wait_for pgrep -x -f 'sleep 1000' >&2; printf '\\003'; shows '\\^C'; echo 'exit \$?'" "$connect; echo status \$?")" '^status 130$'
like 'without systemd, Ctrl-] leaves connect with success' "$(on_terminal 'prompt; printf "\035"' "$connect; echo; echo status \$?")" '^status 0$'
is 'without systemd, the shell of connect ends after Ctrl-]' "$(inside nobus 'pgrep bash' | grep -v warning)" ''
is 'without systemd, execute -t gives the command a terminal and returns its status' "$(echo typed | in_there -t nobus -- sh -c 'read a; tty; exit 4' | tr -d '\r' | grep -o '/dev/pts/'; echo "${PIPESTATUS[1]}")" "$(printf '/dev/pts/\n4')"
# shellcheck disable=SC2016 # the container expands it
is 'without systemd, execute -t --user gives the terminal to that user' "$(in_there -t --user="$user" nobus -- sh -c 'echo mine >$(tty)' </dev/null | tr -d '\r')" mine

# --- ends -----------------------------------------------------------------------------------------------------------

# Each command says when it is ready for the signal, and would otherwise run for a very long time.
ended() { ! kill -0 "$caller"; }
while read -r heard signal command; do
	rm -f "$work/said" # the previous one has said that it is ready, too
	# A shell makes its background commands ignore SIGINT.
	env --default-signal=INT "$program" -q execute nobus -- sh -c "$command" >"$work/said" 2>&1 </dev/null &
	caller=$!
	wait_for grep -q ready "$work/said"
	kill -"$signal" $caller
	ok "SIG$signal to execute ends '$command'" wait_for ended
	is "SIG$signal to execute: what '$command' says of it" "$(grep -c heard "$work/said")" "$heard"
done <<'END'
0 INT echo ready; exec sleep 3301
0 TERM echo ready; exec sleep 3302
0 TERM trap '' TERM; echo ready; sleep 3303; sleep 3304
1 INT trap 'echo heard; exit 0' INT; echo ready; while :; do sleep 0.1; done
END
inside nobus 'sleep 444 & sleep 445 </dev/null >/dev/null 2>&1 & exit' >"$work/output"
"$program" -q execute nobus -- sleep 446 </dev/null &
wait_for pgrep -x -f 'sleep 446'
kill -KILL $!
wait $! 2>"$work/output"
pkill -x -f 'sleep 446'
is 'without systemd, execute leaves no process behind' "$(pgrep -a sleep | grep -E '33|44')" ''
# shellcheck disable=SC2016 # for later
wait_for eval '[ -z "$(find "$group" -name "execute-*" -exec grep -l . {}/cgroup.procs \;)" ]'
find "$group" -name 'execute-*' -exec rmdir {} + # left by the one that was killed

# --- an enemy inside ------------------------------------------------------------------------------------------------

# shellcheck disable=SC2016 # the container expands it
"$program" -q execute nobus -- sh -c 'i=0; while [ $i -lt 400 ]; do i=$((i + 1)); ls -l /proc/[0-9]*/exe /proc/[0-9]*/fd/; done' \
	>"$work/enemy" 2>&1 </dev/null &
for _ in {1..40}; do "$program" -q execute nobus -- true </dev/null; done
wait $!
is 'a process inside cannot see the program that goes in' "$(grep -E 'exe -> .*(enter|virt-sandbox)|-> .*(cgroup\.procs|pidfd)' "$work/enemy")" ''
if grep -q 'exe.*Permission denied' "$work/enemy"; then
	report 0 'a process inside that looks at the program that goes in is refused'
else
	skip 'a process inside that looks at the program that goes in is refused' 'nobody was there in time'
fi
tree=$filesystems/nobus
cp -p "$tree/etc/passwd" "$work/passwd"
for plant in 'ln -sf /etc/shadow' 'mkfifo' 'mkdir'; do
	rm -rf "$tree/etc/passwd"
	$plant "$tree/etc/passwd"
	fails "without systemd, execute --user fails on $plant in the place of passwd" 'Cannot read the users of container' timeout 600 "$program" -q execute --user=x nobus -- true
done
rm -rf "$tree/etc/passwd"
head -c 5000000 /dev/zero >"$tree/etc/passwd"
fails 'without systemd, execute --user fails on a passwd of 5 MB' 'Cannot read the users of container' timeout 600 "$program" -q execute --user=x nobus -- true
cp -p "$work/passwd" "$tree/etc/passwd"
echo 1 >"$group/cgroup.freeze"
fails 'execute in a frozen container fails and says why' 'is frozen' timeout 600 "$program" -q execute nobus -- true
echo 0 >"$group/cgroup.freeze"
"$program" -q execute nobus -- sleep 447 2>"$work/said" </dev/null &
wait_for pgrep -x -f 'sleep 447'
systemctl kill --signal=KILL --kill-who=main nobus_sandbox.service
kill -KILL "$leader"
wait $!
report $(($? == 0)) 'execute fails if the container ends meanwhile'
like 'execute says that the container stopped' "$(cat "$work/said")" "Container 'nobus' stopped while 'sleep' ran in it"
done_testing
