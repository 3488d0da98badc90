#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# virt-sandbox in a table of cases: statuses, signals, time limits, closed and broken streams, programs that cannot be run, full
# disks, wrong usage and killed clients; and many sandboxes at once. tests/host/test-sandbox.sh has all else.
. "$(dirname "$0")/lib.sh"

sandbox=$(dirname "$program")/virt-sandbox
mark=sandbox-cases-$$
run=/run/virt-sandbox
at_once=4 # cases run side by side
at_end() { rm -rf "/srv/${mark:?}"; }

need 'setup makes the host ready' "$program" setup
need 'a command runs in a sandbox' "$sandbox" true
mkdir -p "/srv/$mark"
printf '#!/nosuch/interpreter\n' >"/srv/$mark/interpreter"
printf 'exit 6\n' >"/srv/$mark/plain"
printf '\177ELFnonsense' >"/srv/$mark/broken"
: >"/srv/$mark/empty"
chmod 755 "/srv/$mark/"*
echo text >"/srv/$mark/text"

# The rows of the table: the status, and a command of bash in which S is virt-sandbox.
S() { "$sandbox" "$@"; }
cases() {
	local n
	for n in {0..9} 42 63 64 65 77 99 100 111 {124..131} 137 143 150 170 199 200 254 255; do echo "$n|S sh -c 'exit $n'"; done
	for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 24 25 26 27 29 30 31 34 40 50 63 64; do
		# shellcheck disable=SC2016 # the sandbox's shell expands it
		echo $((128 + n))'|S sh -c "kill -'$n' \$\$"'
	done
	# A process that is not the command does not count.
	for n in 1 9 11 15; do echo "5|S bash -c 'bash -c \"kill -$n \\\$\\\$\"; exit 5'"; done
	for n in '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-' '</dev/null' '>/dev/null' '2>/dev/null' '<&- >/dev/null' '0<>/dev/null'; do
		echo "4|S sh -c 'exit 4' $n"
		echo "0|S sh -c 'read a; echo out; echo err >&2; exit 0' $n"
	done
	for n in 0 1 7 255; do
		echo "$n|S -u daemon sh -c 'exit $n'"
		echo "$n|S --write=throw sh -c 'exit $n'"
		echo "$n|S --timeout 5m sh -c 'exit $n'"
		echo "$n|S --memory 256M --tasks 50 sh -c 'exit $n'"
		echo "$n|S -- sh -c 'sleep 300 & exit $n'"
		echo "$n|S sh -c 'setsid sleep 300 & exit $n'"
		echo "$n|S bash -c 'trap \"\" HUP INT TERM; sleep 300 & exit $n'"
	done
	cat <<-'END'
		124|S --timeout 1 sleep 300
		124|S --timeout 0.5 sleep 300
		124|S --timeout 1s sleep 300
		124|S --timeout 0.01m sleep 300
		124|S --timeout 1 sh -c 'trap "exit 3" TERM; while :; do sleep 0.1; done'
		124|S --timeout 1 sh -c 'trap "" TERM; while :; do sleep 1; done'
		124|S --timeout 1 bash -c 'kill -STOP $$'
		124|S --timeout 1 sh -c 'sleep 300 | sleep 300'
		124|S --timeout 1 sh -c 'sleep 300 & wait'
		124|S --timeout 1 cat < <(sleep 3)
		124|S --timeout 1 -u daemon sleep 300
		124|S --timeout 1 --write=throw sleep 300
		124|S --timeout 0.000001 sleep 300
		8|S --timeout 10m sh -c 'exit 8'
		8|S --timeout 1d sh -c 'exit 8'
		8|S --timeout 2h sh -c 'exit 8'
		127|S nosuch
		127|S ./nosuch
		127|S /nosuch
		127|S /usr/bin/nosuch argument
		127|S ''
		127|S -- nosuch
		127|S -u daemon nosuch
		127|S "/srv/$mark/interpreter"
		126|S "$(printf %04000d 0)"
		126|S /etc
		126|S /usr/bin/
		126|S /etc/passwd
		126|S "/srv/$mark/text"
		126|S /etc/shadow
		126|S "/srv/$mark/text/below"
		126|S "$(printf /%05000d 0)"
		126|S --cwd /nosuch true
		126|S --cwd /etc/passwd true
		126|S -u daemon --cwd /root true
		0|S --cwd / true
		0|S --cwd /tmp true
		0|S "/srv/$mark/empty"
		6|S "/srv/$mark/plain"
		141|S yes | head -n 1 >/dev/null; exit "${PIPESTATUS[0]}"
		141|S sh -c 'exec yes >&2' 2>&1 >/dev/null | head -c 100000 >/dev/null; exit "${PIPESTATUS[0]}"
		141|S cat /dev/zero | head -c 1000000 >/dev/null; exit "${PIPESTATUS[0]}"
		3|S sh -c 'trap "exit 3" PIPE; while echo x; do :; done' | head -n 1 >/dev/null; exit "${PIPESTATUS[0]}"
		0|head -c 5000000 /dev/zero | S true
		0|head -c 5000000 /dev/zero | S head -c 1 >/dev/null
		2|head -c 5000000 /dev/zero | S sh -c 'exec <&-; exit 2'
		0|S sh -c 'exec >&- 2>&-; exit 0'
		0|S sh -c 'cat; cat' </dev/null
		125|S echo text >/dev/full
		125|S sh -c 'echo text >&2' 2>/dev/full
		125|S sh -c 'echo text; exit 7' >/dev/full
		0|S true >/dev/full
		1|S -m ram:/mnt/a=1M dd if=/dev/zero of=/mnt/a/file bs=64K count=100
		1|S -m ram:/mnt/a=1M sh -c 'head -c 2M /dev/zero >/mnt/a/file'
		0|S -m ram:/mnt/a=4M sh -c 'head -c 2M /dev/zero >/mnt/a/file'
		1|S dd if=/dev/zero of=/dev/full bs=1 count=1
		1|S --disk 32M dd if=/dev/zero of=/tmp/file bs=1M count=40
		0|S --disk 32M dd if=/dev/zero of=/tmp/file bs=1M count=20
		1|S --disk 32M --write=throw dd if=/dev/zero of=/usr/local/file bs=1M count=40
		0|S --disk 32M --write=throw dd if=/dev/zero of=/usr/local/file bs=1M count=20
		1|S --disk 32M --write=throw sh -c 'head -c 20M /dev/zero >/usr/local/file; head -c 20M /dev/zero >/var/tmp/file'
		1|S --disk 32M sh -c 'mount -o remount,size=1G /tmp; head -c 40M /dev/zero >/tmp/file'
		125|S --disk 32M --write=keep=/srv/nosuch true
		125|S --disk 1 true
		2|S sh -c 'echo >/etc/file'
		125|S
		125|S --
		125|S --nosuch true
		125|S --timeout 0 true
		125|S --timeout -1 true
		125|S --timeout 1x true
		125|S --timeout '' true
		125|S --memory nonsense true
		125|S --memory 1 true
		125|S --tasks 0 true
		125|S --cpus x true
		125|S --cwd relative true
		125|S --write=nosuch true
		125|S --write=keep= true
		125|S --write=keep=/nosuch/dir true
		125|S --write=keep=/srv true
		125|S --env NAME true
		125|S -e =value true
		125|S -u nosuch true
		125|S -u 4000000000 true
		125|S -m nonsense true
		125|S -m ram:/mnt/a=0 true
		125|S -m host-bind:/mnt/a=/nosuch true
		125|S -m host-bind:/nosuch/a=/srv true
		125|S -i nonsense true
		125|S -i /nosuch=/tmp/a true
		125|S -n UPPER true
		125|S -n ../name true
		125|S -n '' true
		125|S --diff true
		125|S --json true
		125|S -l nosuch true
	END
}


# run_case NUMBER SCRIPT: leaves the status in a file.
run_case() {
	(set +o pipefail && eval "$2") >/dev/null 2>"$work/errors.$1" </dev/null
	echo $? >"$work/status.$1"
}
mapfile -t rows < <(cases)
for i in "${!rows[@]}"; do
	run_case "$i" "${rows[i]#*|}" &
	if [ $((i % at_once)) = $((at_once - 1)) ]; then wait; fi
done
wait
for i in "${!rows[@]}"; do
	is "status ${rows[i]%%|*}: ${rows[i]#*|}" "$(cat "$work/status.$i")" "${rows[i]%%|*}"
done
is 'the table has as many cases as it should' "$((${#rows[@]} >= 200))" 1

# What is left of sandboxes: names, ids, levels, domains, mounts, processes and files of libvirt. The directories stay.
left() {
	find "$run"/{names,ids,levels} -type f
	virsh --connect lxc:/// list --all --name | grep -E '^(sandbox-|many-)'
	find /run/libvirt/lxc /var/log/libvirt/lxc -name 'sandbox-*' -o -name 'many-*'
	grep "$run" /proc/1/mountinfo
	pgrep -x virt-sandbox
	pgrep -x sandbox-init
}
none_left() { [ "$(left)" = '' ]; }
ok 'nothing is left of any of them' wait_for none_left || left

# Clients that are killed, at any moment of their lives.
killed=0
for delay in 0.01 0.03 0.05 0.08 0.12 0.2 0.3 0.5; do
	for signal in KILL TERM; do
		"$sandbox" sh -c 'echo ready; sleep 1000' >/dev/null 2>&1 </dev/null &
		sleep $delay
		kill -$signal $!
		wait $! 2>/dev/null
		[ $? -ge 125 ] && killed=$((killed + 1))
	done
done
is 'clients that are killed do not succeed' $killed 16
ok 'nothing is left of clients that were killed' wait_for none_left || left

# Many at once.
many=50
mkfifo "$work/go"
exec {hold}<>"$work/go" # as long as it is open, nobody reads its end
for ((i = 0; i < many; i++)); do
	"$sandbox" sh -c 'hostname; cat /proc/self/uid_map; read a' <"$work/go" >"$work/many.$i" 2>&1 {hold}>&- &
done
all_run() { [ "$(cat "$work"/many.* | grep -c 65536)" = "$many" ]; }
ok "$many sandboxes run at once" wait_for all_run
is 'libvirt has a domain for each' "$(virsh --connect lxc:/// list --name | grep -c '^sandbox-')" $many
is 'each has a name of its own' "$(cat "$work"/many.* | grep '^sandbox-' | sort -u | wc -l)" $many
is 'each has a range of ids of its own' "$(awk '/65536/ { print $2 }' "$work"/many.* | sort -u | wc -l)" $many
is 'no range has ids of another one' "$(awk '/65536/ { print $2 }' "$work"/many.* | sort -n | awk 'NR > 1 && $1 < last + 65536 { print } { last = $1 }')" ''
is 'each has a level of its own' "$(find "$run/levels" -type f | wc -l)" $many
is '--list shows all of them' "$("$sandbox" --list | wc -l)" $many
exec {hold}>&-
wait
ok "nothing is left of $many sandboxes" wait_for none_left || left
done_testing
