#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Whether the services in a container are well: at its start, later, in list and in status, and for systemd on the host.
. "$(dirname "$0")/lib.sh"

unit=health_sandbox.service
need 'setup makes the host ready' "$program" setup
need 'create succeeds' create health
tree=$filesystems/health
units=$tree/etc/systemd/system

state() { "$program" list --no-legend health | awk '{ print $2 }'; }
state_is() { [ "$(state)" = "$1" ]; }
status_text() { systemctl show --property StatusText --value $unit; }
told() { status_text | grep -q -- "$1"; }
status_of() {
	"$program" status "$@" health >"$work/status" 2>&1
	echo $?
}
health_of() { "$program" status --json health | jq -r "$1"; }

# Something beside the service fails while the container starts.
mkdir -p "$units/multi-user.target.wants"
cat >"$units/beside.service" <<'END'
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo What beside says. >&2; exit 7'
END
ln -s ../beside.service "$units/multi-user.target.wants"
"$program" start health >"$work/said" 2>&1
is 'a start succeeds if only another unit fails' $? 0
like 'the start warns, and names the unit and the reason' "$(cat "$work/said")" \
	"degraded: unit 'beside\.service' failed: '/bin/sh' ended with status 7"
like 'the start has the last messages of that unit' "$(cat "$work/said")" 'What beside says\.'
is 'list shows a container in which a unit has failed as degraded' "$(state)" degraded
is "list shows other users the same" "$(setpriv --reuid 65534 --regid 65534 --clear-groups "$program" list --no-legend health | awk '{ print $2 }')" degraded
like "the host's unit has what is wrong as its status" "$(status_text)" '^Degraded: beside\.service failed: .*status 7'
like "the journal of the host's unit has what is wrong" "$(journalctl --no-pager --output cat --unit $unit)" "Unit 'beside\.service' in container 'health' failed"
is 'status returns 1 for a degraded container' "$(status_of)" 1
like 'status shows what is wrong' "$(cat "$work/status")" '^ *Degraded: beside\.service failed'
setpriv --reuid 65534 --regid 65534 --clear-groups "$program" status health >/dev/null
is 'status returns 1 to other users, too' $? 1
is 'status --json returns 1 for a degraded container' "$(status_of --json)" 1
is 'status --json has what is wrong' "$(health_of '.health, .ailing[].unit')" "degraded
beside.service"
inside health 'systemctl reset-failed beside.service'
ok 'list follows once nothing has failed any more' wait_for state_is running
ok "the status of the host's unit follows, too" wait_for told 'services are up'
is 'status returns 0 once nothing has failed any more' "$(status_of)" 0

# The service ends after the start.
inside health "systemctl stop $web.service"
ok 'list shows a container whose service has ended as degraded' wait_for state_is degraded
ok "the host's unit has the end of the service as its status" wait_for told "^Degraded: $web.service has ended"
ok "the host's unit stays active" systemctl is-active --quiet $unit
is 'status returns 1 if the service has ended' "$(status_of)" 1
inside health "systemctl start $web.service"
ok 'list follows when the service is started again' wait_for state_is running
cat >"$units/$web-part.service" <<END
[Unit]
PartOf=$web.service
[Service]
ExecStart=/bin/sleep infinity
END
mkdir "$units/$web.service.wants"
ln -s "../$web-part.service" "$units/$web.service.wants"
inside health "systemctl daemon-reload; systemctl start $web-part.service && systemctl kill --signal=KILL $web-part.service"
ok 'list shows a container of which a part has failed as degraded' wait_for state_is degraded
inside health "systemctl start $web-part.service"
ok 'list follows when the part is started again' wait_for state_is running
inside health "systemctl stop $web-part.service"
ok 'list shows a container of which a part has ended as degraded' wait_for state_is degraded
inside health "systemctl start $web-part.service"
ok 'list follows again' wait_for state_is running

# A file that says more than anybody reads.
file=/run/virt-sandbox-service/health/health
cp -a "$file" "$work/health"
unread() { truncate --size 2M "$file" && state_is degraded; } # the monitor may be about to write the file anew
ok 'list shows a container as degraded if it cannot read what is wrong in it' wait_for unread
cp -a "$work/health" "$file"
is 'list shows it as running once it can' "$(state)" running

# Suspended, by the freezer of version 2 of control groups, and then by whichever libvirt uses.
group=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(health_of .leader)/cgroup")
group=${group%.scope/*}.scope
echo 1 >"$group/cgroup.freeze"
ok 'list shows a container as paused if its control group is frozen' wait_for state_is paused
is 'status --json shows it as paused' "$(health_of .health)" paused
echo 0 >"$group/cgroup.freeze"
ok 'list shows it as running when its control group is thawed' wait_for state_is running
if virsh --quiet --connect lxc:/// suspend health 2>"$work/output"; then
	is 'list shows a suspended container as paused' "$(state)" paused
	is 'status returns 1 for a suspended container' "$(status_of)" 1
	like 'status shows that it is paused' "$(cat "$work/status")" '^ *Health: paused'
	ok 'stop of a suspended container succeeds' "$program" stop health
	like 'stop resumes it' "$(journalctl --no-pager --output cat --unit $unit)" 'is suspended, and is resumed'
else
	for what in 'list shows a suspended container as paused' 'stop resumes it'; do skip "$what" "libvirt cannot suspend here: $(head -n 1 "$work/output")"; done
	ok 'stop of the container succeeds' "$program" stop health
fi
unlike 'stop does not kill it' "$(journalctl --no-pager --output cat --unit $unit)" 'killing it'
is 'status returns 3 for a stopped container' "$(status_of)" 3
is 'status --json has the state of a stopped container' "$(health_of .health)" stopped

# While it starts, nothing in it has to be up.
mkdir "$units/$web.service.d"
printf '[Service]\nExecStartPre=/bin/sleep infinity\nTimeoutStartSec=infinity\n' >"$units/$web.service.d/slow.conf"
systemctl start --no-block $unit
is_starting() { [ "$(state)" = starting ] && [ "$(health_of .leader)" -gt 0 ]; }
ok 'list shows a container whose service is starting as starting' wait_for is_starting
is 'status --json does not call it degraded' "$(health_of .health)" stopped
is 'status returns 3 for it' "$(status_of)" 3
ok 'it can be stopped' "$program" stop health
done_testing
