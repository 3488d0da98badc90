#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Faults in clone, snapshot and restore, at a sample of all places: a clone is there or is not, a snapshot is whole or has no label,
# and a container that is restored has all of one directory or all of the other. What is left goes by the same command or by
# 'delete'.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

owned() {
	files
	find /run/virt-sandbox-service -printf '%p %y %m %U:%G\n' 2>/dev/null | grep -v '/\.locks/' | sort
}
# What a container has, apart from what differs each time.
tree() { (cd "$filesystems/$1" && find . -printf '%P %y %m %U:%G %s %l\n' | grep -v '^etc/\(hosts\|hostname\|machine-id\) ' | sort); }
now() { cat "$filesystems/source/etc/mark"; }

declare -A words=([clone]='clone source faulty' [snapshot]='snapshot source faulty' [restore]='restore source mark')
run_() {
	# shellcheck disable=SC2086 # words
	"${@:2}" "$program" ${words[$1]} >"$work/out" 2>"$work/err" </dev/null
}
says_why() { [ -s "$work/err" ] || echo 'it says nothing'; }

# before_COMMAND: what it needs. after_COMMAND STATUS: prints what is wrong afterwards, and takes all back.
before_clone() { :; }
after_clone() {
	case $1 in
	0) [ "$(tree faulty)" = "$source" ] || echo 'the clone is not whole' ;;
	137) run_ clone || grep -q "delete faulty' removes" "$work/err" || echo "clone does not say what to do: $(cat "$work/err")" ;;
	130 | 143) ;;
	*) says_why ;;
	esac
	"$program" delete faulty >"$work/again" 2>&1 || grep -q 'no container' "$work/again" || cat "$work/again"
	[ "$(owned)" = "$clean" ] || diff -U 0 <(echo "$clean") <(owned)
}
before_snapshot() { :; }
after_snapshot() {
	local labels
	labels=$("$program" snapshots --json source | jq -r '.[].label' | tr '\n' ' ')
	case $labels in
	'mark ') [ "$1" != 0 ] || echo 'the snapshot is missing' ;;
	*faulty*) [ "$(cd "$filesystems/.snapshots/source/faulty/tree" && find . | wc -l)" = "$(cd "$filesystems/source" && find . | wc -l)" ] || echo 'a snapshot with a label is not whole' ;;
	*) echo "there are other labels: $labels" ;;
	esac
	case $1 in 0 | 130 | 137 | 143) ;; *) says_why ;; esac
	run_ snapshot || grep -q already "$work/err" || cat "$work/err"
	"$program" snapshot --delete source faulty 2>&1
	[ "$(owned)" = "$clean" ] || diff -U 0 <(echo "$clean") <(owned)
}
# The directory, the record and what the container was given have all three changed since.
before_restore() {
	echo later >"$filesystems/source/etc/mark"
	"$program" set --description=later source >/dev/null
	rm -f "$given"
}
parts() { echo "$(now) $(sed -n 's/^Description=//p' "$record") $(sha256sum 2>/dev/null <"$given")"; }
after_restore() {
	local found
	found=$(now)
	case $1 in
	0) [ "$found" = early ] || echo "after success, it has what it had $found" ;;
	130 | 137 | 143) ;;
	*) says_why ;;
	esac
	case $found in early | later) ;; *) echo "it has neither of both: $found" ;; esac
	[ "$(tree source | grep -v '^etc/mark ')" = "$(grep -v '^etc/mark ' <<<"$source")" ] || echo 'its directory is not whole'
	if grep -qx State=ready "$record"; then
		[ "$(parts)" = "$early" ] || [ "$(parts)" = 'later later ' ] || echo "it has some of both: $(parts)"
	else
		"$program" start source 2>"$work/err" && echo 'it starts before it is complete'
		grep -q "restore source mark' completes that" "$work/err" || echo "start does not say what to do: $(cat "$work/err")"
	fi
	run_ restore || cat "$work/err"
	[ "$(parts)" = "$early" ] || echo "a second restore does not put all of it back: $(parts)"
	[ "$(owned)" = "$clean" ] || diff -U 0 <(echo "$clean") <(owned)
}

# sweep COMMAND FAULT CLASS FEW
sweep() {
	local command=$1 fault=$2 count n=0 point complaint status
	: >"$work/output"
	"before_$command"
	run_ "$command" "$work/fault" count "$3" 0 3>"$work/count"
	status=$?
	[ $status = 0 ] || echo "without a fault, the status is $status" >>"$work/output"
	"after_$command" $status >>"$work/output"
	count=$(cat "$work/count")
	for point in $(points "$count" "$4"); do
		"before_$command"
		run_ "$command" timeout 600 "$work/fault" "$fault" "$3" "$point"
		complaint=$("after_$command" $?)
		[ -z "$complaint" ] || echo "at call $point: $complaint" >>"$work/output"
		n=$((n + 1))
	done
	[ $n -gt 0 ] && [ ! -s "$work/output" ]
	report $? "$command: $fault at $n of $count calls ($3) leaves one state or the other"
}

need 'setup makes the host ready' "$program" setup
containers+=(faulty)
need 'the source is made' create source
echo early >"$filesystems/source/etc/mark"
source=$(tree source)
record=/etc/libvirt-sandbox/services/source.sandbox given=/var/lib/virt-sandbox-service/given/source
early=$(parts)
need 'a snapshot is made' "$program" snapshot source mark
clean=$(owned)
while read -r row; do
	# shellcheck disable=SC2086 # words
	sweep $row
done <<'END'
clone KILL change 3
clone INT change 1
clone EIO all 2
clone ENOSPC change 1
snapshot KILL change 2
snapshot TERM all 1
snapshot EIO all 2
restore KILL change 3
restore INT change 1
restore EIO all 2
END

# The directory of a container that this host does not know, as on a disk that came from another host.
place=/srv/faults
at_end() {
	delete_containers
	rm -rf "$place"
}
mkdir -m 700 "$place"
need 'a container is made elsewhere' create stranger --path="$place"
echo precious >"$place/stranger/var/data"
need 'the host forgets it' "$program" forget stranger
rm -f /var/lib/virt-sandbox-service/given/stranger
need 'the source is exported' "$program" export source "$work/archive"
elsewhere() { find "$place" -printf '%P %y %m %U:%G %s\n' | sort; }
stranger=$(elsewhere) clean=$(owned)
for command in "create -u $web --path=$place stranger" "clone --path=$place source stranger" "import --path=$place $work/archive stranger"; do
	: >"$work/output"
	# shellcheck disable=SC2086 # words
	"$work/fault" count change 0 "$program" $command 3>"$work/count" >/dev/null 2>"$work/err"
	grep -q "left of another container 'stranger'" "$work/err" || cat "$work/err" >>"$work/output"
	for point in $(points "$(cat "$work/count")" 20); do
		# shellcheck disable=SC2086 # words
		"$work/fault" KILL change "$point" "$program" $command >/dev/null 2>&1
		"$program" delete stranger >/dev/null 2>&1
		[ "$(elsewhere)" = "$stranger" ] || { echo "at call $point:" && diff -U 0 <(echo "$stranger") <(elsewhere); } >>"$work/output"
		[ "$(owned)" = "$clean" ] || { echo "at call $point:" && diff -U 0 <(echo "$clean") <(owned); } >>"$work/output"
	done
	[ ! -s "$work/output" ]
	report $? "${command%% *} refuses the directory of another container, and 'delete' of what a kill leaves does not touch it"
done
mv "$place/.stranger.sandbox" "$place/record"
fails 'without the record beside it, the directory is refused all the same' "Directory '$place/stranger' already exists" create stranger --path="$place"

# What a restore does between the exchange of the directories and the end is little among all the files that it copies before and
# removes afterwards, so it is looked for: it begins with the first call at which a kill leaves the restored directory.
before_restore
run_ restore "$work/fault" count change 0 3>"$work/count"
low=1 high=$(cat "$work/count") unfinished=0
while [ "$low" -lt "$high" ]; do
	middle=$(((low + high) / 2))
	before_restore
	run_ restore "$work/fault" KILL change $middle
	if [ "$(now)" = early ]; then high=$middle; else low=$((middle + 1)); fi
	run_ restore || cat "$work/err"
done
: >"$work/output"
for point in $(seq $((low - 3)) $((low + 12))); do
	before_restore
	run_ restore "$work/fault" KILL change "$point"
	status=$?
	if ! grep -qx State=ready "$record"; then unfinished=$((unfinished + 1)); fi
	after_restore $status >>"$work/output"
done
[ ! -s "$work/output" ]
report $? "restore: KILL at each call around the exchange, which is call $low, leaves one state or the other"
ok 'the container is marked as unfinished meanwhile' [ $unfinished -gt 2 ]

# The injector's filter would keep the child from thawing the container, so this kill comes from outside.
need 'the source starts' start source
dd if=/dev/zero of="$filesystems/source/var/large" bs=1M count=400 2>/dev/null
is_now() { "$program" list | grep -q "^source *$1"; }
caught=no
for _ in {1..20}; do
	"$program" clone --live source faulty >/dev/null 2>&1 &
	cloning=$!
	until is_now paused; do kill -0 $cloning 2>/dev/null || break; done
	if kill -0 $cloning 2>/dev/null && is_now paused; then caught=yes; fi
	kill -KILL $cloning 2>/dev/null
	wait $cloning 2>/dev/null
	"$program" delete faulty >/dev/null 2>&1
	if [ $caught = yes ]; then break; fi
done
is 'clone is killed while the container is frozen' $caught yes
ok 'the container goes on' wait_for is_now running
done_testing
