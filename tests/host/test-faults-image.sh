#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Faults at a sample of all places where an image is made: by create, and by set, which makes the tree anew for another limit on the
# disk. No loop device is left; 'delete' removes what is left of a new container; and one that exists works with the tree that it
# had or with the new one, and the same command gives it that.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

record=/etc/libvirt-sandbox/services/faulty.sandbox
tree=$filesystems/faulty
no_loops() { ! losetup --noheadings --output BACK-FILE | grep -qF "$filesystems/"; }
# What the container adds to the host, without what differs as it runs.
owned() { files | grep -v -e " f 600 0:0 [0-9]*$" -e "^$tree/var/log/" -e "^$record"; }
says_why() { case $1 in 0 | 130 | 137) ;; *) [ -s "$work/err" ] || echo 'it says nothing' ;; esac; }
limit() { sed -n 's/^Disk=//p' "$record"; }
shape() { stat -c '%F %s' "$tree" | sed 's/^directory .*/directory/'; }
set_disk() { "$program" set --disk="$1" faulty; }

need 'setup makes the host ready' "$program" setup
setsebool virt_sandbox_images on 2>/dev/null # with SELinux
none=$(files)
need 'a first create succeeds' create faulty --disk=64M
need 'a first delete succeeds' "$program" delete faulty
is 'which leave nothing' "$(files)" "$none"

# make FAULT CLASS FEW
make() {
	local count n=0 point status
	: >"$work/output"
	"$work/fault" count "$2" 0 "$program" create -u "$web" --disk=64M faulty 3>"$work/count" >/dev/null 2>&1
	"$program" delete faulty
	count=$(cat "$work/count")
	for point in $(points "$count" "$3"); do
		"$work/fault" "$1" "$2" "$point" "$program" create -u "$web" --disk=64M faulty >/dev/null 2>"$work/err"
		status=$?
		{
			says_why $status
			"$program" delete faulty >"$work/again" 2>&1 || grep -q 'no container' "$work/again" || cat "$work/again"
			[ "$(files)" = "$none" ] || diff -U 0 <(echo "$none") <(files)
			wait_for no_loops >/dev/null || losetup
		} >"$work/complaint"
		[ ! -s "$work/complaint" ] || { echo "at call $point:" && cat "$work/complaint"; } >>"$work/output"
		n=$((n + 1))
	done
	[ $n -gt 0 ] && [ ! -s "$work/output" ]
	report $? "create: $1 at $n of $count calls ($2) leaves nothing that delete does not remove"
}
make KILL change 4
make EIO all 3
make ENOSPC change 2

# renew FROM TO SHAPE FAULT CLASS FEW: from one limit to another, with which the tree has that shape.
renew() {
	local count n=0 point status before
	: >"$work/output"
	set_disk infinity >/dev/null && set_disk "$1" >/dev/null
	before="$(shape) $(limit)"
	"$work/fault" count "$5" 0 "$program" set --disk="$2" faulty 3>"$work/count" >/dev/null 2>&1
	count=$(cat "$work/count")
	for point in $(points "$count" "$6"); do
		set_disk infinity >/dev/null && set_disk "$1" >/dev/null
		"$work/fault" "$4" "$5" "$point" "$program" set --disk="$2" faulty >/dev/null 2>"$work/err"
		status=$?
		{
			says_why $status
			grep -qx State=ready "$record" || echo 'it is not ready'
			case "$(shape) $(limit)" in
			"$before" | "$3 ${2#infinity}") ;;
			"$before"* | "$3 "* | *" ${2#infinity}") "$program" start faulty && "$program" stop faulty ;; # between the two
			*) echo "it is $(shape) $(limit)" ;;
			esac
			set_disk "$2" >/dev/null
			[ "$(shape)" = "$3" ] || echo "the same command does not complete it: $(shape)"
			wait_for no_loops >/dev/null || losetup
		} >"$work/complaint" 2>&1
		[ ! -s "$work/complaint" ] || { echo "at call $point:" && cat "$work/complaint"; } >>"$work/output"
		n=$((n + 1))
	done
	set_disk infinity >/dev/null
	[ "$(owned)" = "$clean" ] || diff -U 0 <(echo "$clean") <(owned) >>"$work/output"
	[ $n -gt 0 ] && [ ! -s "$work/output" ]
	report $? "set: from $1 to $2, $4 at $n of $count calls ($5) leaves one tree or the other"
}
need 'a container without a limit is made' create faulty
need 'it starts' start faulty # which makes files that differ from what create made
"$program" stop faulty
clean=$(owned)
renew infinity 96M 'regular file 100663296' KILL change 2
renew infinity 96M 'regular file 100663296' EIO all 1
renew 96M 64M 'regular file 67108864' KILL change 2
renew 96M infinity directory KILL change 2
"$program" delete faulty
is 'nothing is left' "$(files)" "$none"
done_testing
