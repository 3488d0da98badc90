#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Faults while a container starts, runs and stops: our processes, libvirt's and the container's are killed, interrupted or asked
# to end, at many moments. In each case, the caller of the start is told, and stopping the container, starting it again or
# deleting it ends in a clean state.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

unit=struck_sandbox.service
need 'setup makes the host ready' "$program" setup
before=$(files)
need 'create succeeds' create struck
need 'start succeeds' start struck
need 'systemctl stop succeeds' systemctl stop $unit
idle=$(traces struck)

at_end() {
	if mountpoint -q "$virt"; then umount "$virt"; fi
	systemctl unmask --quiet --runtime systemd-machined.service
	systemctl reset-failed libvirtd.service
	systemctl start libvirtd.service
	delete_containers
}

start_now() {
	"$program" start struck >"$work/said" 2>&1 </dev/null
	echo $? >"$work/status"
}
stop_now() {
	"$program" stop struck >"$work/said" 2>&1 </dev/null
	echo $? >"$work/status"
}

# --- what is expected afterwards ------------------------------------------------------------------------------------

is_idle() { [ "$(traces struck)" = "$idle" ]; }
# On a busy machine, libvirt may take a while to clean up.
left() { wait_for is_idle || diff -U 0 <(echo "$idle") <(traces struck); }
# The command succeeded, was struck itself, or has said what is wrong.
said() {
	case $(cat "$work/status") in
	1) [ -s "$work/said" ] || echo 'the failure is without a word' ;;
	0 | 130 | 137 | 143) ;;
	*) echo "status $(cat "$work/status")" ;;
	esac
}
try() { "$@" >"$work/try" 2>&1 </dev/null || { echo "$*:" && cat "$work/try"; }; }
works() { try page struck ''; }

# Ways to recover, each of which must work.
way_stop() { try "$program" stop struck && left && try start struck && works; }
way_restart() { try systemctl restart "$unit" && works; }
way_delete() {
	try "$program" delete --force struck
	left
	[ "$(files)" = "$before" ] || diff -U 0 <(echo "$before") <(files)
	try create struck
	try start struck
	works
}
ways=(way_stop way_restart way_delete)

# recovered WHAT: and the next case finds it stopped.
n=0
recovered() {
	local way=${ways[n % 3]}
	n=$((n + 1))
	# systemd refuses a unit that is started as often as this.
	systemctl reset-failed $unit libvirtd.service 2>"$work/output"
	systemctl start libvirtd.service
	{
		said
		$way
		try systemctl stop $unit
		left
	} >"$work/complaint" 2>&1
	{
		cat "$work/complaint"
		sed 's/^/said: /' "$work/said"
		journalctl --no-pager --output cat --unit $unit --lines 20
	} >"$work/output"
	[ ! -s "$work/complaint" ]
	report $? "$1: ${way#way_} then ends in a clean state"
	systemctl reset-failed $unit 2>"$work/output"
}

# --- at system calls of the program that loads libvirt --------------------------------------------------------------

# The program is replaced: it runs what $1 asks for under the injector.
virt=$(sed -n 's/^ExecStopPost=\([^ ]*\) .*/\1/p' /etc/systemd/system/$unit)
cp "$virt" "$work/virt"
injected() {
	# shellcheck disable=SC2016 # the shell of the test host expands it
	printf '#!/bin/sh\nif [ "$1" = %s ]; then exec %s %s %s %s %s "$@" 3>%s; fi\nexec %s "$@"\n' \
		"$1" "$work/fault" "$2" change "$3" "$work/virt" "$work/count" "$work/virt" >"$work/wrapper"
	chmod 755 "$work/wrapper" "$work"
	mountpoint -q "$virt" || mount --bind "$work/wrapper" "$virt"
}

# sweep VERB FAULT FEW
sweep() {
	local count point
	injected "$1" count 0
	start_now
	systemctl stop $unit
	count=$(tail -n 1 "$work/count")
	for point in $(points "$count" "$3"); do
		injected "$1" "$2" "$point"
		start_now
		[ "$1" = domain-start ] || stop_now
		umount "$virt"
		recovered "$1: $2 at call $point of $count"
	done
	if mountpoint -q "$virt"; then umount "$virt"; fi
}
sweep domain-start KILL 1
sweep domain-start EIO 1
sweep domain-stop KILL 1

# --- at moments -----------------------------------------------------------------------------------------------------

# Processes to strike, by signal $1. PID 1 has no name of its own: it is the controller's only child.
strike_monitor() { systemctl kill --kill-who=main --signal="$1" "$unit"; }
strike_unit() { systemctl kill --signal="$1" "$unit"; }
strike_virt() { pkill -"$1" -f "/virt domain-[a-z]* struck"; }
strike_controller() { pkill -"$1" -f 'libvirt_lxc --name struck'; }
strike_init() { pkill -"$1" -P "$(pgrep -d , -f 'libvirt_lxc --name struck')"; }
strike_asker() { pkill -"$1" -f "^$program (start|stop) struck"; }
strike_libvirtd() { systemctl kill --signal="$1" libvirtd.service; }
strike_machined() { systemctl kill --signal="$1" systemd-machined.service; }

# moment WHO SIGNAL PHASE SECONDS
moment() {
	start_now &
	if [ "$3" != start ]; then wait $!; fi
	if [ "$3" = stop ]; then stop_now & fi
	sleep "$4" # the case is about this moment
	"strike_$1" "$2" >"$work/output" 2>&1
	wait
	recovered "$1 gets SIG$2 $4 s into the $3"
}
case_number=0
while read -r who phase seconds; do
	for signal in KILL TERM INT; do
		for second in $seconds; do
			case_number=$((case_number + 1))
			if chosen $case_number 16; then moment "$who" $signal "$phase" "$second"; fi
		done
	done
done <<'END'
monitor start 0.02 0.1 0.2 0.4
unit start 0.02 0.1 0.2 0.4
virt start 0.02 0.05 0.1
controller start 0.1 0.15 0.2 0.4
init start 0.1 0.15 0.2 0.4
asker start 0.02 0.1 0.2 0.4
libvirtd start 0.02 0.05 0.1 0.2 0.4
machined start 0.05 0.1
monitor run 0
unit run 0
controller run 0
init run 0
libvirtd run 0
machined run 0
monitor stop 0.02 0.1 0.2
unit stop 0.02 0.1 0.2
virt stop 0.1 0.2 0.3
controller stop 0.02 0.1 0.2
init stop 0.02 0.1 0.2
asker stop 0.02 0.1 0.2
libvirtd stop 0.02 0.1 0.2
END

# --- the rest -------------------------------------------------------------------------------------------------------

# libvirtd exits when it is idle, and is started by its socket.
start_now
systemctl stop libvirtd.service >"$work/output" 2>&1
ok 'stop succeeds while libvirtd rests' "$program" stop struck
is 'stop while libvirtd rests leaves no trace on the host' "$(left)" ''
libvirt='libvirtd.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket'
start_now
# shellcheck disable=SC2086 # words
systemctl stop $libvirt
ok 'stop succeeds without libvirtd' "$program" stop struck
# shellcheck disable=SC2086 # words
systemctl start $libvirt
like 'libvirtd still lists a domain that was stopped without it' "$(virsh --connect lxc:/// list --all --name)" '^struck$'
start_now
recovered 'start over a domain that libvirtd still lists'

# libvirt dies in the middle of a create, which asks it about networks.
for seconds in 0.03 0.2; do
	"$program" delete --force struck >"$work/output" 2>&1
	create struck --network sandbox >"$work/said" 2>&1 </dev/null &
	sleep $seconds # as above
	systemctl kill --signal=KILL libvirtd.service
	wait $!
	status=$?
	systemctl reset-failed libvirtd.service 2>"$work/output"
	systemctl start libvirtd.service
	cp "$work/said" "$work/output"
	case $status in
	0) ok "create succeeds when libvirtd is killed $seconds s into it" start struck ;;
	*)
		like "create says that libvirt failed when it is killed $seconds s into it" "$(cat "$work/said")" 'libvirt'
		is "a create that failed when libvirtd was killed after $seconds s leaves nothing behind" "$(files)" "$before"
		need "create succeeds again after libvirtd was killed $seconds s into another" create struck
		;;
	esac
done
systemctl stop $unit

# libvirt registers its containers with machined, if there is one.
systemctl mask --quiet --runtime --now systemd-machined.service
fails 'start fails with machined masked and says so' 'machine1' "$program" start struck
for verb in list 'status struck' 'show struck' 'stop struck'; do
	# shellcheck disable=SC2086 # words
	timeout 600 "$program" $verb >"$work/output" 2>&1 </dev/null
	unlike "$verb with machined masked neither crashes nor hangs" "$? $(cat "$work/output")" '^(12[4-9]|1[3-9].|2..) '
done
systemctl unmask --quiet --runtime systemd-machined.service
start_now
recovered 'start once machined is back'

# machined knows the container by its own name, and nobody hears of it in time. The files that it renames before that are about
# the name that libvirt gave. What the program asked for after it had waited in vain is done, too.
named=$(systemctl show --property MainPID --value systemd-machined.service)
trace_machined() {
	strace -f -qq -o "$work/slow" -e trace=rename -e "inject=rename:delay_enter=$1" -p "$named" &
	tracer=$!
	wait_for grep -q '^TracerPid:.*[1-9]' "/proc/$named/status"
	try start struck
	wait_for grep -q '/struck".* = 0' "$work/slow"
	kill $tracer
	wait $tracer
}
trace_machined 0
systemctl stop $unit
trace_machined "30s:when=$(grep -n -m 1 '/struck"' "$work/slow" | cut -d : -f 1)"
like 'machined answers too late' "$(cat "$work/slow")" '/struck".*DELAYED'
machinectl list >"$work/output" # answered after all that it was asked before
is 'nothing ends its scope' "$(systemctl list-jobs --no-legend | grep 'machine-.*stop')" ''
ok 'the container serves when machined has answered too late' page struck ''
ok 'its unit is active then' systemctl is-active $unit
start_now
recovered 'start with machined that answered too late'

# A clock set back: files of the future, and a start before the last one.
find "$filesystems/struck" /etc/libvirt-sandbox/services /etc/systemd/system/$unit -exec touch --no-dereference --date 2099-01-01 {} +
ok 'start succeeds with files from the future' start struck
ok 'a container with files from the future serves' page struck ''
ok 'systemctl stop succeeds with files from the future' systemctl stop $unit
like 'list shows a container with files from the future' "$("$program" list)" '^struck .*stopped'
ok 'delete succeeds with files from the future' "$program" delete struck
is 'delete removes files from the future' "$(files)" "$before"
done_testing
