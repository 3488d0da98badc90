#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Faults: a process that is killed or interrupted, or one of whose system calls fails, at every place of create, delete and the
# start of a container. Whatever it leaves, it or 'delete' says how to go on, and that ends in a clean state.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

owned() {
	files
	find /run/virt-sandbox-service -printf '%p %y %m %U:%G\n' 2>/dev/null | sort
}
# Prints what a tree contains, except for what differs each time.
tree() { find "$filesystems/faulty" -printf '%P %y %m %U:%G %s %l\n' | sort; }

declare -A words=([create]="create -C -u $web" [plan]="create -C -u $web --dry-run --json" [delete]=delete)
# run_ COMMAND [INJECTOR...]
run_() {
	# shellcheck disable=SC2086 # words
	"${@:2}" "$program" ${words[$1]} faulty >"$work/out" 2>"$work/err" </dev/null
}

# Prints the operations of the plan in $work/out. What stays on the host may be listed less precisely.
operations() { sed '/^  "left_out"/,$d' "$work/out"; }

# --- what is expected of a fault ---------------------------------------------------------------------------------

# The same command works, or says that 'delete' removes what is there, which it does.
is_clean() {
	[ "$(owned)" = "$clean" ] && return
	run_ create || grep -q "delete faulty' removes" "$work/err" || echo "create does not say what to do: $(cat "$work/err")"
	"$program" delete faulty >"$work/again" 2>&1 || echo "delete fails: $(cat "$work/again")"
	[ "$(owned)" = "$clean" ] || diff -U 0 <(echo "$clean") <(owned)
}
# delete runs again, and there may be nothing left to delete.
is_deleted() {
	"$program" delete faulty >"$work/again" 2>&1 || grep -q 'no container' "$work/again" || cat "$work/again"
	[ "$(owned)" = "$clean" ] || diff -U 0 <(echo "$clean") <(owned)
}
is_whole() {
	[ "$(tree)" = "$whole" ] || diff -U 0 <(echo "$whole") <(tree)
	is_deleted
}
has_said() { grep -q . "$work/err" || echo 'it says nothing'; }
says() { grep -q "$1" "$work/err" || echo "it does not say '$1': $(cat "$work/err")"; }
# Except for an empty lock file, if removing that failed.
is_undone() {
	local now
	now=$(owned | grep -v '^/run/virt-sandbox-service/.locks/faulty ')
	[ "$now" = "$clean" ] || diff -U 0 <(echo "$clean") <(echo "$now")
}

# after_COMMAND_KIND STATUS: prints what is wrong afterwards.
after_create_KILL() { is_clean; }
after_create_signal() {
	case $1 in
	130 | 143)
		if grep -q Created "$work/out"; then
			is_whole
		else
			if [ -s "$work/err" ]; then says Interrupted; fi && is_undone
		fi
		;;
	0) is_whole ;;
	*) echo "status $1: $(cat "$work/err")" ;;
	esac
}
after_create_error() {
	case $1 in
	0) is_whole ;;
	1 | 127) has_said && is_clean ;;
	*) echo "status $1: $(cat "$work/err")" ;;
	esac
}
# What cannot be read is not silently left out.
after_plan_error() {
	case $1 in
	0) operations | diff -U 0 "$work/plan" - ;;
	1 | 127) has_said ;;
	*) echo "status $1: $(cat "$work/err")" ;;
	esac
}
after_delete_KILL() { is_deleted; }
after_delete_signal() { is_deleted; }
after_delete_error() {
	case $1 in
	0) is_undone ;;
	1 | 127) has_said && is_deleted ;;
	*) echo "status $1: $(cat "$work/err")" ;;
	esac
}

# sweep COMMAND FAULT CLASS FEW
sweep() {
	local command=$1 fault=$2 kind count n=0 point complaint
	case $fault in KILL) kind=KILL ;; INT | TERM) kind=signal ;; *) kind=error ;; esac
	: >"$work/output"
	[ "$command" != delete ] || run_ create || cat "$work/err" >>"$work/output"
	run_ "$command" "$work/fault" count "$3" 0 3>"$work/count" || cat "$work/err" >>"$work/output"
	count=$(cat "$work/count")
	for point in $(points "$count" "$4"); do
		if [ "$command" = create ]; then
			[ ! -e "$filesystems/faulty" ] || "$program" delete faulty
		elif [ "$command" = delete ] && [ ! -e "$filesystems/faulty" ]; then
			run_ create
		fi
		run_ "$command" timeout 600 "$work/fault" "$fault" "$3" "$point"
		complaint=$("after_${command}_$kind" $?)
		[ -z "$complaint" ] || echo "at call $point: $complaint" >>"$work/output"
		n=$((n + 1))
	done
	"$program" delete faulty >/dev/null 2>&1
	[ $n -gt 0 ] && [ ! -s "$work/output" ]
	report $? "$command: $fault at $n of $count calls ($3): it ends as it says"
}

need 'setup makes the host ready' "$program" setup
containers+=(faulty)
need 'a first create succeeds' run_ create
need 'a first delete succeeds' run_ delete # the directory of locks remains
clean=$(owned)
need 'a dry run without a fault succeeds' run_ plan
operations >"$work/plan"
need 'create without a fault succeeds' run_ create
whole=$(tree)
need 'delete without a fault succeeds' run_ delete
is 'create and delete without a fault leave nothing behind' "$(owned)" "$clean"

while read -r row; do
	# shellcheck disable=SC2086 # words
	sweep $row
done <<'END'
create KILL change 6
create INT change 2
create TERM all 2
create EIO all 5
create ENOSPC change 3
create EMFILE all 3
create EACCES all 3
create EROFS change 2
plan EIO all 30
plan EMFILE all 10
delete KILL change 6
delete INT change 2
delete TERM all 2
delete EIO all 4
delete EMFILE all 2
delete EACCES all 2
END
done_testing
