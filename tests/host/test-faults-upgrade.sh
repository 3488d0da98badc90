#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Faults of upgrade, and of taking one back: it is killed or interrupted, or one of its system calls fails, at many places. The
# container then has all of what it had or all of what the host has, or it does not start, whoever starts it; the next upgrade
# completes it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

case $web in
apache2) config=/etc/apache2/ports.conf second=/etc/apache2/magic ;;
*) config=/etc/httpd/conf/httpd.conf second=/etc/httpd/conf/magic ;;
esac
cp -a "$config" "$work/config"
cp -a "$second" "$work/second"
at_end() {
	cp -a "$work/config" "$config"
	cp -a "$work/second" "$second"
	delete_containers
}
tree=$filesystems/faulty
run_() { "$@" "$program" -q upgrade faulty >"$work/out" 2>"$work/err" </dev/null; }
unfinished() { find /var/lib/virt-sandbox-service/undo -name unfinished; }
half() {
	unfinished
	find "$tree/etc" -name '.virt-sandbox-new*'
}

# refuses COMMAND...: prints what is wrong unless the command, which starts the container, fails and says what to do.
refuses() {
	"$@" >"$work/said" 2>&1 && echo "$* starts it before it is complete"
	grep -q "'virt-sandbox-service upgrade --undo faulty' takes it back" "$work/said" || echo "$* does not say what to do: $(cat "$work/said")"
}
check_whole() {
	if [ "$(unfinished)" ]; then
		refuses "$program" start faulty
		refuses start faulty
		systemctl reset-failed faulty_sandbox.service
	else
		cmp -s "$tree$config" "$work/old" || cmp -s "$tree$config" "$config" || echo 'it has neither what it had nor what the host has'
	fi
}

# after STATUS: prints what is wrong.
after() {
	check_whole
	case $1 in
	0) cmp "$tree$config" "$config" && half ;;
	130 | 137) ;;
	1 | 127) [ -s "$work/err" ] || echo 'it says nothing' ;;
	*) echo "status $1: $(cat "$work/err")" ;;
	esac
	run_ || echo "the next one fails: $(cat "$work/err")"
	cmp "$tree$config" "$config"
	half
}

# sweep FAULT CLASS FEW: sets 'hit', how often an upgrade was left half done.
sweep() {
	local fault=$1 count n=0 point status complaint
	hit=0
	: >"$work/output"
	echo "# before $fault" >>"$config"
	run_ "$work/fault" count "$2" 0 3>"$work/count" || cat "$work/err" >>"$work/output"
	count=$(cat "$work/count")
	for point in $(points "$count" "$3"); do
		cp "$tree$config" "$work/old"
		echo "# $fault at $point" >>"$config"
		run_ timeout 600 "$work/fault" "$fault" "$2" "$point"
		status=$?
		[ -z "$(unfinished)" ] || hit=$((hit + 1))
		complaint=$(after $status 2>&1)
		[ -z "$complaint" ] || echo "at call $point: $complaint" >>"$work/output"
		n=$((n + 1))
	done
	[ $n -gt 0 ] && [ ! -s "$work/output" ]
	report $? "upgrade: $fault at $n of $count calls ($2): the next one completes it"
}

need 'setup makes the host ready' "$program" setup
need 'create succeeds' create faulty
sweep KILL change 12
ok 'some of those are half done' test $hit -gt 0
sweep INT change 3
sweep EIO all 8
sweep ENOSPC change 4

# An upgrade of two files is taken back.
undo() { "$@" "$program" -q upgrade --undo faulty >"$work/out" 2>"$work/err" </dev/null; }
# upgrade_both WORD: changes both on the host, and upgrades.
upgrade_both() {
	cp "$tree$config" "$work/old"
	echo "# $1" | tee -a "$config" >>"$second"
	run_ || cat "$work/err"
}
after_undo() {
	check_whole
	[ ! -e /var/lib/virt-sandbox-service/undo/faulty ] || undo || echo "the second one fails: $(cat "$work/err")"
	cmp "$tree$config" "$work/old"
	half
}
# sweep_undo FAULT CLASS FEW
sweep_undo() {
	local fault=$1 count n=0 point complaint
	hit=0
	upgrade_both "before $fault" >"$work/output"
	undo "$work/fault" count "$2" 0 3>"$work/count" || cat "$work/err" >>"$work/output"
	count=$(cat "$work/count")
	for point in $(points "$count" "$3"); do
		upgrade_both "$fault at $point" >>"$work/output"
		undo timeout 600 "$work/fault" "$fault" "$2" "$point"
		[ -z "$(unfinished)" ] || hit=$((hit + 1))
		complaint=$(after_undo 2>&1)
		[ -z "$complaint" ] || echo "at call $point: $complaint" >>"$work/output"
		n=$((n + 1))
	done
	[ $n -gt 0 ] && [ ! -s "$work/output" ]
	report $? "upgrade --undo: $fault at $n of $count calls ($2): a second one completes it"
}
sweep_undo KILL change 10
ok 'some of those are half done, too' test $hit -gt 0
sweep_undo EIO all 4
done_testing
