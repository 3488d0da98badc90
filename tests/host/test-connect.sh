#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Shells and commands in a container: terminals of its own, options of execute, large streams.
. "$(dirname "$0")/lib.sh"

need 'setup' "$program" setup
need 'create' create connect
need 'start' "$program" start connect

# on_terminal KEYS SCRIPT: what a terminal shows that runs SCRIPT, its text alone. KEYS is a script that types.
on_terminal() {
	(sleep 0.4 && eval "$1") | timeout 600 script --quiet --return --command "$2" /dev/null |
		sed 's/\r//g; s/\x1b\[[0-9;?]*[A-Za-z]//g'
}
connect="stty rows 33 cols 99; $program connect connect"

shown=$(on_terminal "echo 'id -u; tty; stty size; pwd; echo \$TERM; exit 3'" "export TERM=vt220; $connect; echo status \$?")
like 'connect gives a shell of root' "$shown" '^0$'
like '... on a terminal' "$shown" '^/dev/pts/[0-9]+$'
like '... of the size of ours' "$shown" '^33 99$'
like '... and of its kind' "$shown" '^vt220$'
like '... in the home of root' "$shown" '^/root$'
like '... and returns its status' "$shown" '^status 3$'
like 'Ctrl-D ends it' "$(on_terminal 'printf "\004"; sleep 1' "$connect; echo status \$?")" '^status 0$'
shown=$(on_terminal 'sleep 0.5; printf "\035"; sleep 1; echo "echo still typing"' "$connect; echo status \$?; cat")
like 'Ctrl-] leaves it' "$shown" "^Left container 'connect', which runs on"
like '... with success' "$shown" '^status 0$'
ok '... and the container runs on' inside connect true
wait_for eval '! inside connect "pgrep bash"'
is '... but not the shell' "$(inside connect 'pgrep bash')" ''

shown=$(on_terminal 'sleep 1; echo "stty size; exit"' "(sleep 0.7; stty rows 44 cols 132 </dev/tty) & $connect")
like 'a new size of the terminal gets there' "$shown" '^44 132$'

# How the terminal is afterwards, whatever ended it.
after() {
	local what=$1 keys=$2 command=$3
	is "the terminal is as before $what" \
		"$(on_terminal "$keys" "stty -g >$work/before; $command; stty -g >$work/after" >"$work/shown"; cat "$work/after")" \
		"$(cat "$work/before")"
}
after 'an exit' 'echo exit' "$program connect connect"
after 'leaving' 'printf "\035"' "$program connect connect"
for signal in HUP INT QUIT TERM; do
	after "SIG$signal" 'sleep 2' "timeout --foreground --signal $signal 1 $program connect connect"
done
after 'a refusal' 'sleep 1' "$program connect nosuch"
after 'execute -t' 'echo' "$program execute -t connect -- sh -c 'stty raw -echo; exit 1'"

# The container's terminal is not ours.
shown=$(on_terminal 'echo "sleep 0.5; exit"; sleep 1' "$program execute -t connect -- sh -c 'readlink /proc/self/fd/0; cat /proc/\$\$/stat | cut -d \" \" -f 7'; ls -l /dev/pts | wc -l")
like 'the device is of the container'"'"'s devpts' "$shown" '^/dev/pts/[0-9]+$'
ok 'no descriptor of the host is in the shell' \
	grep -qx '0 1 2 ' <(on_terminal 'sleep 1' "$program execute -t connect -- sh -c 'cd /proc/self/fd; echo \$(ls | head -n 3) \"\"'")
typing='import fcntl,termios
for c in "echo injected\n": fcntl.ioctl(0, termios.TIOCSTI, c.encode())'
if command -v python3 >/dev/null; then
	shown=$(on_terminal 'sleep 1.5; echo echo end' "$program execute -t connect -- python3 -c '$typing'; bash --norc")
	unlike 'nothing can be typed from inside' "$shown" '^injected'
	like '... though someone tries' "$shown" 'PermissionError|Operation not permitted'
else
	skip 'nothing can be typed from inside' 'python3 is not installed'
fi

fails 'connect without a terminal says what to do' 'not a terminal.*execute connect -- COMMAND' "$program" connect connect
is 'execute -t needs none' "$(echo 'echo typed' | "$program" execute -t connect -- sh -c 'read a; tty; exit 4' | tr -d '\r' | grep dev; echo "${PIPESTATUS[1]}")" \
	"$(printf '/dev/pts/1\n4')"

# Options of execute.
user=$(inside connect 'getent passwd | cut -d : -f 1 | grep -vx root | tail -n 1')
is 'execute --user' "$("$program" execute --user="$user" connect -- id -un </dev/null)" "$user"
like '... has a terminal that is its own' "$(on_terminal '' "$program execute -t --user=$user connect -- sh -c 'echo mine > \$(tty)'")" '^mine$'
fails '... that the container does not have' 'no such user' "$program" execute --user=nosuch connect -- true
# shellcheck disable=SC2016 # dollars that only the container may expand
is 'execute --env' "$("$program" execute --env='A=b  c' -e 'B=$A' connect -- sh -c 'echo "$A-$B"' </dev/null)" 'b  c-$A'
fails '... wants an assignment' 'NAME=VALUE' "$program" execute --env=A connect -- true
is 'execute --cwd' "$("$program" execute --cwd=/var/log connect -- pwd </dev/null)" /var/log
fails '... wants an absolute path' 'absolute' "$program" execute --cwd=var connect -- pwd
"$program" execute --cwd=/nosuch connect -- true </dev/null 2>"$work/output"
is '... one that is there' "$? $(grep -c nosuch "$work/output")" '126 1'
is 'nothing of our environment gets there' "$(SECRET=x "$program" execute connect -- sh -c 'env | grep -c SECRET' </dev/null)" 0
is 'no descriptor but 0 to 2 is inside' "$("$program" execute connect -- sh -c 'ls /proc/$$/fd' 5</etc/passwd </dev/null | tr '\n' ' ')" '0 1 2 '
for signal in TERM KILL SEGV; do
	"$program" execute connect -- sh -c "kill -$signal \$\$" </dev/null
	is "a command that SIG$signal ends" $? $((128 + $(kill -l $signal)))
done

head -c 104857600 /dev/urandom >"$work/bytes"
# shellcheck disable=SC2094 # each file is read or written by one of them
timeout 600 "$program" execute connect -- tee /dev/stderr <"$work/bytes" 2>"$work/errors" | cmp - "$work/bytes" >"$work/output" 2>&1
is '100 MiB in and out at once' "${PIPESTATUS[*]}" '0 0'
cmp "$work/bytes" "$work/errors" >"$work/output" 2>&1
report $? '... and to the error stream'
done_testing
