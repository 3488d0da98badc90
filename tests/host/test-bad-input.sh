#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Bad input: every case of bad-input.cases gives one clear sentence and a status, and leaves everything as it was. A case runs
# in a mount namespace of its own, so that its preparation disappears with it.
. "$(dirname "$0")/lib.sh"

cases=$(dirname "$0")/bad-input.cases
records=/etc/libvirt-sandbox/services
reservations=/var/lib/virt-sandbox-service
locks=/run/virt-sandbox-service/.locks
ground=/srv/ground

# --- preparations -------------------------------------------------------------------------------

# covered DIRECTORY [MOUNT-OPTION]: mounts a small file system over it, with a copy of its content.
covered() {
	local copy
	copy=$(mktemp -d)
	cp -a "$1/." "$copy"
	mount -t tmpfs -o "mode=755,${2:-size=8m}" covered "$1"
	cp -a "$copy/." "$1"
	rm -rf "$copy"
}
full() {
	covered "$1"
	dd if=/dev/zero of="$1/.fill" bs=4k status=none 2>/dev/null
	true
}
# few DIRECTORY N: leaves room for N more files.
few() { covered "$1" "nr_inodes=$(($(find "$1" | wc -l) + $2))"; }
read_only() { covered "$1" && mount -o remount,ro "$1"; }
# locks MODE: an empty directory for locks.
locks() { mkdir -p "$locks" && mount -t tmpfs -o "mode=$1" locks "$locks"; }
# Directories of root's below one that every user can enter.
ground() {
	mount -t tmpfs -o mode=755 ground /srv
	mkdir -m 755 "$ground" "$ground/a"
	mkdir -m 700 "$ground/a/b" "$ground/a/b/c"
}
missing() { mount -t tmpfs none "$(dirname "$1")"; }

# unit NAME [LINE...]: writes a unit of the administrator.
unit() {
	local name=$1
	shift
	covered /etc/systemd/system
	printf '%s\n' "$@" >"/etc/systemd/system/$name"
}
# damaged COMMAND: dpkg's database, with its status file changed by the command.
damaged() {
	local file=$1
	shift
	cp "$file" "$work/damaged"
	"$@" <"$file" >"$work/damaged"
	mount --bind "$work/damaged" "$file"
}
# record WORD...: changes the record of 'good' by sed, or by another filter.
record() {
	covered "$records"
	"$@" <"$records/good.sandbox" >"$work/record"
	cat "$work/record" >"$records/good.sandbox"
}
add() { cat && printf '%s\n' "$@"; }
# rpm_database COMMAND: replaces rpm's database by the output of the command. 'locked' means an empty one that another process
# has locked.
rpm_database() {
	mkdir -p /usr/lib/sysimage /var/lib/rpm
	mount -t tmpfs rpm /var/lib/rpm
	if [ "$1" = locked ]; then
		rpm --dbpath /var/lib/rpm --initdb
		rm -f "$work/locked"
		setsid python3 -c 'import sqlite3, time
c = sqlite3.connect("/var/lib/rpm/rpmdb.sqlite"); c.execute("PRAGMA locking_mode=EXCLUSIVE"); c.execute("BEGIN EXCLUSIVE")
print("locked", flush=True); time.sleep(1000)' >"$work/locked" 2>&1 &
		echo $! >"$work/locker"
		wait_for grep -q locked "$work/locked"
	else
		eval "$1" >/var/lib/rpm/rpmdb.sqlite
	fi
}
# without UNIT...: stops units, which cannot be started until the case has ended.
without() {
	printf '%s\n' "$@" >>"$work/stopped"
	systemctl mask --quiet --runtime --now "$@"
}
restore() {
	systemctl reset-failed
	if [ -e "$work/locker" ]; then
		kill "$(cat "$work/locker")"
		rm "$work/locker"
	fi
	[ -e "$work/stopped" ] || return
	xargs systemctl unmask --quiet --runtime <"$work/stopped"
	xargs systemctl start <"$work/stopped"
	rm "$work/stopped"
}
no_libvirt() { without libvirtd.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket; }
ordinary() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
limit() { if [ "$1" = ordinary ]; then ordinary timeout 600 "${@:2}"; else timeout 600 "$@"; fi; }

# --- one case ----------------------------------------------------------------------------------------------------

# Prints everything that the program owns or could leave behind, one per line.
owned() {
	find /etc/libvirt-sandbox /etc/systemd/system "$filesystems" "$reservations" /run/virt-sandbox-service \
		/etc/sysctl.d -printf '%p %y %m %U:%G %s %l\n' 2>/dev/null | sort
	cut -d ' ' -f 4- /proc/self/mountinfo
	systemctl list-units --state=active,activating --plain --no-legend '*_sandbox.service' 2>/dev/null
}

# attempt PREPARATION COMMAND: runs in the namespace. Writes 'status', 'out', 'err', 'before' and 'after' in $work.
attempt() {
	eval "$1" >"$work/preparation" 2>&1 || { echo 'the preparation failed' && cat "$work/preparation"; } >&2
	owned >"$work/before"
	eval "limit $2" >"$work/out" 2>"$work/err" </dev/null
	echo $? >"$work/status"
	owned >"$work/after"
}

# judge STATUS PATTERN: prints what is wrong. A usage message may say how to get help, and a warning of what the service will
# miss may go before; with a '+' before the pattern, the unit's log may follow.
judge() {
	local lines pattern=$2 more=''
	sed -i '/^virt-sandbox-service: warning: The service starts without the data /d' "$work/err"
	if [ "${pattern:0:1}" = + ]; then more=yes pattern=${pattern:1}; fi
	lines=$(grep -cv "^Try 'virt-sandbox-service " "$work/err")
	[ "$(cat "$work/status")" = "$1" ] || echo "status $(cat "$work/status"), expected $1"
	[ "$lines" = 1 ] || [ "$more" ] || echo "$lines sentences"
	pattern=$(eval "cat <<END
$pattern
END")
	if [ $more ]; then cat "$work/err"; else head -n 1 "$work/err"; fi | grep -qE -- "^(virt-sandbox-service|   ) *:?.*($pattern)" || echo "not in the sentence: $pattern"
	grep -qP '[^\x20-\x7e\n]' "$work/err" && echo 'raw bytes in the sentence'
	grep -q 'Success' "$work/err" && echo "'Success' is no reason"
	diff -U 0 "$work/before" "$work/after"
}

# run_case WHAT PREPARATION COMMAND STATUS PATTERN
run_case() {
	export -f covered full few read_only locks ground missing unit damaged record add many rpm_database without no_libvirt ordinary limit owned attempt wait_for grant
	export work records reservations locks ground filesystems program web other
	rm -f "$work"/{status,out,err,before,after}
	unshare --mount bash -c 'attempt "$@"' attempt "$2" "$3" 2>"$work/trouble"
	judge "$4" "$5" >"$work/judgement" 2>&1
	{ cat "$work/trouble" "$work/judgement" && echo "said: $(cat "$work/err")"; } >"$work/output"
	[ ! -s "$work/trouble" ] && [ ! -s "$work/judgement" ]
	report $? "$1: one clear sentence, exit status $4, and nothing changed"
	restore
	if [ -e "$records"/new.sandbox ]; then "$program" delete new; fi # otherwise every later case fails, too
	rm -rf "${filesystems:?}/new"
}

# --- the table ---------------------------------------------------------------------------------------------------

need 'setup makes the host ready' "$program" setup
need 'create of the container for the cases succeeds' create good -l s0:c700,c701
need 'start of the container for the cases succeeds' start good
need 'stop of the container for the cases succeeds' systemctl stop good_sandbox.service
at_end() {
	restore
	delete_containers
}

# Columns are separated by ' | '. Rows that begin with '@' are run for each command that reads a record.
verbs=('start good' 'stop good' 'status good' 'execute good true' 'delete good' list)
split() { IFS=$'\x1f' read -r -a column <<<"${1// | /$'\x1f'}"; }

while read -r line; do
	case $line in '' | '#'*) continue ;; esac
	split "$line"
	if [ "${column[0]:0:1}" = @ ]; then
		for verb in "${verbs[@]}"; do
			status=1
			[ "${verb%% *}" != execute ] || status=125
			run_case "$verb: ${column[0]:1}" "${column[1]}" "\$program $verb" $status "${column[2]}"
		done
	else
		run_case "${column[@]}"
	fi
done <"$cases"

done_testing
