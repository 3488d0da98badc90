#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Faults of set and rename: the command is killed or interrupted, or one of its system calls fails, at many places. The container
# is then as it was or as it was to be, or the same command completes it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

reserved=/var/lib/virt-sandbox-service
# Prints everything that the two commands change, for either name of the container.
state() {
	local file
	for file in /etc/libvirt-sandbox/services/faulty{,2}.sandbox /etc/systemd/system/faulty{,2}_sandbox* \
		/etc/systemd/system/*.wants/faulty{,2}_sandbox* "$filesystems"/faulty{,2}/etc/{hosts,hostname,systemd/network/*}; do
		if [ -f "$file" ]; then echo "$file" && cat "$file"; fi
	done
	find /etc/systemd/system/faulty{,2}_sandbox.service.d "$reserved"/given -name '[f~o]*' 2>/dev/null | sort
	find "$filesystems"/.snapshots/faulty{,2} -maxdepth 2 2>/dev/null | sort
	grep -rlE '^faulty2?$' "$reserved"/{levels,ids,addresses,ports,macs} | sort | xargs grep -H .
}
declare -A there back
set_there() { "$@" "$program" set faulty --hostname=there.example.org --network="sandbox,address=$new" --publish=8081:80 --remove-port=8080 --description=there; }
set_back() { "$@" "$program" set faulty --hostname= --network="sandbox,address=$old" --publish=8080:80 --remove-port=8081 --description=; }
rename_there() { "$@" "$program" rename faulty faulty2; }
rename_back() { [ ! -e /etc/libvirt-sandbox/services/faulty2.sandbox ] || "$@" "$program" rename faulty2 faulty; }
run_() { "$@" >"$work/out" 2>"$work/err" </dev/null; }

# Whether everything is as before, or as the command $1 was to make it.
is_old() { [ "$now" = "${back[$1]}" ]; }
is_new() { [ "$now" = "${there[$1]}" ]; }
# A container that is renamed in part is neither started nor deleted, not even by force, and either says what completes it.
refuse() {
	local name verb
	for name in faulty faulty2; do
		grep -qxE 'State=(leaving|arriving)' "/etc/libvirt-sandbox/services/$name.sandbox" 2>/dev/null || continue
		for verb in start 'delete --force'; do
			# shellcheck disable=SC2086 # words
			run_ "$program" $verb $name && echo "$verb $name succeeds"
			grep -q "rename faulty faulty2' completes that" "$work/err" || echo "$verb $name does not say what to do: $(cat "$work/err")"
		done
	done
}
# Completes what a command that was killed, or that says so, has left.
complete() {
	refuse
	run_ "$1_there" || is_new "$1" || echo "the same command fails: $(cat "$work/err")"
	now=$(state)
	is_new "$1" || echo "the same command does not complete it: $(diff -U 0 <(echo "${there[$1]}") <(echo "$now"))"
}

# after COMMAND FAULT STATUS: prints what is wrong.
after() {
	local now
	now=$(state)
	case $2=$3 in
	*=0) is_new "$1" || echo "it succeeds, but: $(diff -U 0 <(echo "${there[$1]}") <(echo "$now"))" ;;
	KILL=*) complete "$1" ;;
	INT=130) is_old "$1" || is_new "$1" || echo "interrupted: $(cat "$work/err"; diff -U 0 <(echo "${back[$1]}") <(echo "$now"))" ;;
	*=1 | *=127)
		grep -q . "$work/err" || echo 'it says nothing'
		if grep -q 'same command again' "$work/err"; then
			complete "$1"
		elif ! is_old "$1" && ! is_new "$1"; then
			echo "it fails, but: $(cat "$work/err"; diff -U 0 <(echo "${back[$1]}") <(echo "$now"))"
		fi
		;;
	*) echo "status $3: $(cat "$work/err")" ;;
	esac
}

# sweep COMMAND FAULT CLASS FEW
sweep() {
	local command=$1 fault=$2 count n=0 point complaint
	: >"$work/output"
	run_ "${command}_there" "$work/fault" count "$3" 0 3>"$work/count" || cat "$work/err" >>"$work/output"
	count=$(cat "$work/count")
	run_ "${command}_back" || cat "$work/err" >>"$work/output"
	for point in $(points "$count" "$4"); do
		run_ "${command}_there" timeout 600 "$work/fault" "$fault" "$3" "$point"
		complaint=$(after "$command" "$fault" $?)
		[ -z "$complaint" ] || echo "at call $point: $complaint" >>"$work/output"
		run_ "${command}_back" || echo "at call $point: it cannot be taken back: $(cat "$work/err")" >>"$work/output"
		n=$((n + 1))
	done
	[ $n -gt 0 ] && [ ! -s "$work/output" ]
	report $? "$command: $fault at $n of $count calls ($3): it ends as it says"
}

need 'setup makes the host ready' "$program" setup
containers+=(faulty2)
need 'create succeeds' create faulty --publish 8080:80
need 'enable succeeds' "$program" enable faulty
echo '# own' >/etc/systemd/system/faulty_sandbox.service.d/own.conf
need 'a snapshot is made' "$program" snapshot faulty label
old=$(address faulty)
new=$(awk -F. '{ print $1 "." $2 "." $3 "." ($4 < 200 ? $4 + 20 : $4 - 20) }' <<<"$old")
for command in set rename; do
	need "$command succeeds" run_ "${command}_there"
	there[$command]=$(state)
	need "$command can be taken back" "${command}_back"
	back[$command]=$(state)
	need "$command makes a difference" test "${there[$command]}" != "${back[$command]}"
done

while read -r row; do
	# shellcheck disable=SC2086 # words
	sweep $row
done <<'END'
set KILL change 8
set INT change 2
set EIO all 5
set ENOSPC change 2
rename KILL change 8
rename INT change 2
rename EIO all 5
rename ENOSPC change 2
END
ok 'delete succeeds' "$program" delete faulty
is 'nothing is left' "$(state)" ''
done_testing
