#!/bin/bash
# Faults while a container starts, runs and stops: of our own processes, of libvirt's, of systemd's helpers. Whatever is
# killed, the unit ends as 'failed' or goes on, nothing is left on the host, and the next start works.
. "$(dirname "$0")/lib.sh"

unit=struck_sandbox.service
[ "$(uname -m)" = x86_64 ] || skip_all 'the injector knows x86-64 only'
cc -O1 -o "$work/fault" "$(dirname "$0")/../fault.c" 2>"$work/output" || skip_all "no compiler: $(head -n 1 "$work/output")"

need 'setup' "$program" setup
need 'create' create struck
need 'start' start struck
need 'stop' systemctl stop $unit
idle=$(traces struck)

# The program that loads libvirt, replaced: what it is asked for by $verb it does under the injector.
virt=$(sed -n 's/^ExecStopPost=\([^ ]*\) .*/\1/p' /etc/systemd/system/$unit)
cp "$virt" "$work/virt"
at_end() {
	if mountpoint -q "$virt"; then umount "$virt"; fi
	systemctl unmask --quiet --runtime systemd-machined.service
	systemctl start libvirtd.service 2>/dev/null
	delete_containers
}
injected() {
# shellcheck disable=SC2016 # the shell of the test host expands it
	printf '#!/bin/sh\nif [ "$1" = %s ]; then exec %s %s %s %s %s "$@" 3>%s; fi\nexec %s "$@"\n' \
		"$1" "$work/fault" "$2" change "$3" "$work/virt" "$work/count" "$work/virt" >"$work/wrapper"
	chmod 755 "$work/wrapper" "$work"
	mountpoint -q "$virt" || mount --bind "$work/wrapper" "$virt"
}

# recovered WHAT: nothing is left once it is stopped, and it can be started.
recovered() {
	local left
	"$program" stop struck >"$work/stop" 2>&1 </dev/null
	for _ in {1..20}; do
		left=$(traces struck)
		[ "$left" = "$idle" ] && break
		sleep 0.1
	done
	{
		diff -U 0 <(echo "$idle") <(echo "$left")
		cat "$work/said"
	} >"$work/output" 2>&1
	[ "$left" = "$idle" ] && start struck >>"$work/output" 2>&1 && page struck '' >>"$work/output" 2>&1
	report $? "$1"
	systemctl stop $unit
}
start_now() { "$program" start struck >"$work/said" 2>&1 </dev/null; }

# strike VERB FAULT EVERY
strike() {
	local count point
	injected "$1" count 0
	start_now
	systemctl stop $unit
	count=$(tail -n 1 "$work/count")
	for point in $(seq "$3" "$3" "$count"); do
		injected "$1" "$2" "$point"
		start_now
		[ "$1" = domain-start ] || "$program" stop struck >>"$work/said" 2>&1
		umount "$virt"
		recovered "$1: $2 at call $point of $count"
	done
	if mountpoint -q "$virt"; then umount "$virt"; fi
}
strike domain-start KILL 20
strike domain-start EIO 30
strike domain-stop KILL 15

# What systemd and libvirt may do to us, so many seconds after a start was asked for.
while read -r what command; do
	for delay in 0.05 0.15 0.35; do
		start_now &
		sleep $delay
		eval "$command" >/dev/null 2>&1
		wait $!
		case $what in libvirtd) systemctl restart libvirtd ;; esac
		recovered "$what is struck after $delay s"
	done
done <<'END'
monitor systemctl kill --kill-who=main --signal=KILL $unit
unit systemctl kill --signal=KILL $unit
libvirtd systemctl kill --signal=KILL libvirtd.service
controller pkill -KILL -f "libvirt_lxc --name struck"
starter pkill -KILL -f "$program start struck"
starter-interrupted pkill -INT -f "$program start struck"
stopped "$program" stop struck
END

# While it runs.
while read -r what command; do
	start_now
	eval "$command" >/dev/null 2>&1
	case $what in libvirtd) systemctl restart libvirtd ;; esac
	recovered "$what is struck while it runs"
done <<'END'
monitor systemctl kill --kill-who=main --signal=KILL $unit
libvirtd systemctl kill --signal=KILL libvirtd.service
controller pkill -KILL -f "libvirt_lxc --name struck"
leader kill -KILL "$(leader struck)"
stopper timeout --signal=KILL 0.05 "$program" stop struck
deleter timeout --signal=INT 0.05 "$program" stop struck
machined systemctl kill --signal=KILL systemd-machined.service
END

# libvirt registers its containers with machined, where there is one.
systemctl mask --quiet --runtime --now systemd-machined.service
fails 'a start with machined masked says so' 'machine1' "$program" start struck
systemctl unmask --quiet --runtime systemd-machined.service
recovered 'and with it again it starts'

# A clock set back: files of the future, and a start before the last one.
find "$filesystems/struck" /etc/libvirt-sandbox/services /etc/systemd/system/$unit -exec touch --no-dereference --date 2099-01-01 {} +
recovered 'it starts although its files are of the future'
like '... and is shown' "$("$program" list)" '^struck .*stopped'
done_testing
