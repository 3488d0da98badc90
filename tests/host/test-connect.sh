#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Shells and commands in a container: terminals of its own, options of execute, large streams.
. "$(dirname "$0")/lib.sh"

need 'setup makes the host ready' "$program" setup
need 'create succeeds' create connect
need 'start succeeds' "$program" start connect

connect="stty rows 33 cols 99; $program connect connect"

shown=$(on_terminal "prompt; echo 'id -u; tty; stty size; pwd; echo \$TERM; exit 3'" "export TERM=vt220; $connect; echo status \$?")
like 'connect gives a shell of root' "$shown" '^0$'
like 'connect gives the shell a terminal of the container' "$shown" '^/dev/pts/[0-9]+$'
like 'the terminal of connect has the size of the caller'"'"'s' "$shown" '^33 99$'
like 'connect passes TERM on' "$shown" '^vt220$'
like 'the shell of connect starts in the home of root' "$shown" '^/root$'
like 'connect returns the status of the shell' "$shown" '^status 3$'
like 'Ctrl-D ends the shell of connect' "$(on_terminal 'prompt; printf "\004"' "$connect; echo status \$?")" '^status 0$'
shown=$(on_terminal 'prompt; printf "\035"; shows "^status"; printf "still typing\n\004"' "$connect; echo status \$?; cat")
like 'Ctrl-] leaves connect and says that the container runs on' "$shown" "^Left container 'connect', which keeps running"
like 'connect succeeds when it is left by Ctrl-]' "$shown" '^status 0$'
ok 'the container runs on after Ctrl-]' inside connect true
wait_for eval '! inside connect "pgrep bash"'
is 'the shell of connect ends after Ctrl-]' "$(inside connect 'pgrep bash')" ''

# shellcheck disable=SC2016 # for later
shown=$(on_terminal 'prompt; stty rows 44 cols 132 <"$(cat "$work/tty")"; echo "until stty size | grep ^44.132; do sleep 0.1; done; exit"' \
	"tty >$work/tty; $connect")
like 'a new size of the terminal reaches the shell of connect' "$shown" '^44 132$'

# Prints the state of the terminal afterwards, whatever ended the command.
after() {
	local what=$1 keys=$2 command=$3
	rm -f "$work/after"
	is "the terminal has its old settings after $what" \
		"$(on_terminal "$keys" "stty -g >$work/before; $command; stty -g >$work/after" >"$work/shown"; cat "$work/after")" \
		"$(cat "$work/before")"
}
after 'exit in the shell of connect' 'prompt; echo exit' "$program connect connect"
after 'Ctrl-] in connect' 'prompt; printf "\035"' "$program connect connect"
for signal in HUP INT QUIT TERM; do
	after "SIG$signal to connect" "prompt; pkill -$signal -x -f '$program connect connect'" "$program connect connect"
done
after 'connect to a container that does not exist' '' "$program connect nosuch"
after 'execute -t of a command that changes them' 'echo' "$program execute -t connect -- sh -c 'stty raw -echo; exit 1'"

# The container's terminal is not ours.
shown=$(on_terminal '' "$program execute -t connect -- readlink /proc/self/fd/0")
like 'execute -t gives the command a terminal of the container' "$shown" '^/dev/pts/[0-9]+$'
ok 'a command of execute -t has no descriptors but 0, 1 and 2' \
	grep -qx '0 1 2 ' <(on_terminal '' "$program execute -t connect -- sh -c 'cd /proc/self/fd; echo \$(ls | head -n 3) \"\"'")
typing='import fcntl,termios
for c in "echo injected\n": fcntl.ioctl(0, termios.TIOCSTI, c.encode())'
if command -v python3 >/dev/null; then
	shown=$(on_terminal 'prompt; echo exit' "$program execute -t connect -- python3 -c '$typing'; bash --norc")
	unlike 'a command inside cannot type into the terminal of the caller' "$shown" '^injected'
	like 'a command inside that types into its terminal is refused' "$shown" 'PermissionError|Operation not permitted'
else
	skip 'a command inside cannot type into the terminal of the caller' 'python3 is not installed'
fi

fails 'connect without a terminal fails and says what to do' 'not a terminal.*execute connect -- COMMAND' "$program" connect connect
is 'execute -t works without a terminal of the caller' "$(echo 'echo typed' | "$program" execute -t connect -- sh -c 'read a; tty; exit 4' | tr -d '\r' | grep dev; echo "${PIPESTATUS[1]}")" \
	"$(printf '/dev/pts/1\n4')"

# Options of execute.
user=$(inside connect 'getent passwd | cut -d : -f 1 | grep -vx root | tail -n 1')
is 'execute --user runs a command as that user' "$("$program" execute --user="$user" connect -- id -un </dev/null)" "$user"
like 'execute -t --user gives the terminal to that user' "$(on_terminal '' "$program execute -t --user=$user connect -- sh -c 'echo mine > \$(tty)'")" '^mine$'
fails 'execute --user refuses a user that the container does not have' 'no such user' "$program" execute --user=nosuch connect -- true
# shellcheck disable=SC2016 # dollars that only the container may expand
is 'execute --env sets variables to values that nothing expands' "$("$program" execute --env='A=b  c' -e 'B=$A' connect -- sh -c 'echo "$A-$B"' </dev/null)" 'b  c-$A'
fails 'execute --env refuses a name without a value' 'NAME=VALUE' "$program" execute --env=A connect -- true
is 'execute --cwd runs a command in that directory' "$("$program" execute --cwd=/var/log connect -- pwd </dev/null)" /var/log
fails 'execute --cwd refuses a relative path' 'absolute' "$program" execute --cwd=var connect -- pwd
"$program" execute --cwd=/nosuch connect -- true </dev/null 2>"$work/output"
is 'execute --cwd of a missing directory returns 126 and names it' "$? $(grep -c nosuch "$work/output")" '126 1'
is 'execute passes no variable of the caller on' "$(SECRET=x "$program" execute connect -- sh -c 'env | grep -c SECRET' </dev/null)" 0
is 'execute passes no descriptor of the caller on but 0, 1 and 2' "$("$program" execute connect -- sh -c 'ls /proc/$$/fd' 5</etc/passwd </dev/null | tr '\n' ' ')" '0 1 2 '
for signal in TERM KILL SEGV; do
	"$program" execute connect -- sh -c "kill -$signal \$\$" </dev/null
	is "execute returns 128 and the signal's number for a command that SIG$signal ends" $? $((128 + $(kill -l $signal)))
done

head -c 104857600 /dev/urandom >"$work/bytes"
# shellcheck disable=SC2094 # each file is read or written by one of them
timeout 600 "$program" execute connect -- tee /dev/stderr <"$work/bytes" 2>"$work/errors" | cmp - "$work/bytes" >"$work/output" 2>&1
is 'execute passes 100 MiB in and out at the same time' "${PIPESTATUS[*]}" '0 0'
cmp "$work/bytes" "$work/errors" >"$work/output" 2>&1
report $? 'execute passes 100 MiB to standard error'

# What a command leaves in the background.
inside connect 'sleep infinity >/dev/null 2>&1 &'
is 'execute ends what its command has left in the background' "$(inside connect 'pgrep -x -c sleep')" 0
inside connect 'systemd-run --quiet sleep infinity'
ok 'what execute starts with systemd-run stays' wait_for inside connect 'pgrep -x sleep'
done_testing
