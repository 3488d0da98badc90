#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The administrator learns what goes wrong inside, and nothing is left of a start or a create that failed.
. "$(dirname "$0")/lib.sh"

unit=failure_sandbox.service
at_end() {
	rm -rf "/run/systemd/system/$unit.d"
	delete_containers
}
need 'setup makes the host ready' "$program" setup
need 'create succeeds' create failure
tree=$filesystems/failure
for configuration in etc/httpd/conf/httpd.conf etc/apache2/apache2.conf; do
	if [ -e "$tree/$configuration" ]; then break; fi
done
idle=$(traces failure)

# A service that fails inside.
cp -a "$tree/$configuration" "$work/configuration"
echo 'NoSuchDirectiveAnywhere' >>"$tree/$configuration"
fails 'systemctl start fails when the service inside fails' "$unit" systemctl start $unit
journal=$(journalctl --no-pager --output cat --unit $unit)
like 'after a failed start, the journal of the unit names the service' "$journal" "$web\.service"
like "after a failed start, the journal of the unit has the service's last message" "$journal" 'NoSuchDirectiveAnywhere'
is 'a failed start leaves nothing running' "$(traces failure)" "$idle"
fails "start fails and shows the service's last message" 'NoSuchDirectiveAnywhere' "$program" start failure
mkdir -p /run/systemd/system/service.d
printf '[Service]\nLockPersonality=yes\n' >/run/systemd/system/service.d/all.conf
systemctl daemon-reload
fails 'start names a drop-in of the host that applies' "Drop-in '/run/systemd/system/service.d/all.conf' applies" "$program" start failure
rm -r /run/systemd/system/service.d
systemctl daemon-reload
like 'list shows a container that did not start as failed' "$("$program" list)" '^failure .*failed'
cp -a "$work/configuration" "$tree/$configuration"
ok 'a container starts once its service is repaired' start failure
ok 'a container serves once its service is repaired' page failure ''
ok 'systemctl stop succeeds after a failed start' systemctl stop $unit
is 'systemctl stop after a failed start leaves no trace on the host' "$(traces failure)" "$idle"

# A start that fails names the reason that systemd has, and the file.
mkdir -p "$tree/etc/systemd/system/$web.service.d"
while IFS='|' read -r what setting pattern; do
	printf '%b\n' "$setting" >"$tree/etc/systemd/system/$web.service.d/reason.conf"
	systemctl reset-failed $unit 2>/dev/null
	fails "a failed start names $what" "$pattern" "$program" start failure
done <<'END'
a condition that does not hold|[Unit]\nConditionPathExists=/etc/no-such|ConditionPathExists=/etc/no-such does not hold
an assertion that does not hold|[Unit]\nAssertPathExists=/etc/no-such|AssertPathExists=/etc/no-such does not hold
a missing environment file|[Service]\nEnvironmentFile=/etc/no-such|EnvironmentFile= '/etc/no-such' does not exist
a missing program|[Service]\nExecStartPre=/opt/no-such --now|'/opt/no-such' is missing or cannot be run \(203/EXEC\)
a missing user|[Service]\nUser=no-such|no user 'no-such' \(217/USER\)
a missing working directory|[Service]\nWorkingDirectory=/opt/no-such|'/opt/no-such' cannot be entered \(200/CHDIR\)
a path that its settings ask for|[Service]\nReadWritePaths=/opt/no-such|\(226/NAMESPACE\)
a socket that it lacks|[Service]\nStandardInput=socket|only if a socket unit starts it
a setting that systemd refuses|[Service]\nType=oneshot\nRestart=always|cannot be loaded
END
rm "$tree/etc/systemd/system/$web.service.d/reason.conf"

# What systemd says about a unit that said nothing itself. Any user can log what looks like it.
mkdir -p "/run/systemd/system/$unit.d"
cat >"/run/systemd/system/$unit.d"/silent.conf <<END
[Service]
Type=oneshot
ExecStart=
ExecStart=/bin/sh -c 'until [ -e $work/go ]; do sleep 0.1; done; exit 1'
END
systemctl daemon-reload
"$program" start failure >"$work/said" 2>&1 &
activating() { [ "$(systemctl show --property ActiveState --value "$unit")" = activating ]; }
wait_for activating
invocation=$(systemctl show --property InvocationID --value $unit)
printf 'MESSAGE=a lie of a user\nINVOCATION_ID=%s\n' "$invocation" | setpriv --reuid=65534 --regid=65534 --clear-groups logger --journald
wait_for journalctl --quiet --grep 'a lie of a user' "INVOCATION_ID=$invocation"
touch "$work/go"
wait $!
like 'start shows what systemd says about a unit that failed' "$(cat "$work/said")" 'status=1/FAILURE'
unlike 'start does not show what a user logged about it' "$(cat "$work/said")" 'a lie'
rm -r "/run/systemd/system/$unit.d"
systemctl daemon-reload
systemctl reset-failed $unit

# Credentials are mounted by systemd inside; that needs more of the container than most services do.
cat >"$tree/etc/systemd/system/$web.service.d/credential.conf" <<END
[Service]
SetCredential=token:sesame
ExecStartPre=/bin/sh -c 'cp "\$CREDENTIALS_DIRECTORY/token" /$docroot/token && chmod 644 /$docroot/token'
END
ok 'a service with a credential starts' start failure
is 'a service with a credential can read it' "$(page failure token)" sesame
ok 'systemctl stop of a service with a credential succeeds' systemctl stop $unit

# Advice is for those who need it.
monitor=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' /etc/systemd/system/$unit)
fails 'the monitor does not run by hand, and advises to use systemctl' 'Cannot prepare.* Start containers with systemctl' \
	env -u INVOCATION_ID "$monitor" nowhere 5
fails 'the monitor fails for systemd in other words' 'Cannot prepare' env INVOCATION_ID=x "$monitor" nowhere 5
unlike 'the monitor does not advise systemd to use systemctl' "$(INVOCATION_ID=x "$monitor" nowhere 5 2>&1)" systemctl

# A container that dies is a unit that failed.
ok 'start before the kill succeeds' start failure
kill -KILL "$(leader failure)"
wait_for systemctl is-failed --quiet $unit
is 'the unit fails when the systemd of the container is killed' "$(systemctl is-active $unit)" failed
is 'a killed container leaves nothing running' "$(traces failure)" "$idle"
told() { "$program" list --json failure | jq -r '.[0] | "\(.state) \(.restarts) \(.result)"'; }
result=$(systemctl show --property Result --value $unit)
is 'list says how it failed' "$(told)" "failed 0 $result"
like 'in its table, too' "$("$program" list failure)" "^NAME .* RESULT"
like 'status says why, and what to do' "$("$program" status failure)" "Result: $result, failed: .*'virt-sandbox-service logs failure' shows more"
ok 'it starts again' start failure
is 'then list says nothing of it' "$(told)" 'running 0 '
unlike 'and has no column for it' "$("$program" list failure)" RESULT

# One that systemd starts again, after the host has killed its monitor and then the container.
mkdir -p /etc/systemd/system/$unit.d
printf '[Service]\nRestart=on-failure\nRestartSec=0\n' >/etc/systemd/system/$unit.d/restart.conf
systemctl daemon-reload
told_is() { [ "$(told)" = "$1" ]; }
kill -KILL "$(systemctl show --property MainPID --value $unit)"
ok 'a killed monitor is told in list, although the container runs again' wait_for told_is 'running 1 signal'
like 'and in its table, by two columns' "$("$program" list failure | tr -s ' ')" ' RESTARTS RESULT$'
like 'which say so' "$("$program" list failure | tr -s ' ')" '^failure running .* 1 signal$'
like 'status says that it was restarted' "$("$program" status failure)" 'Restarts: 1 by systemd'
like 'and how it had failed' "$("$program" status failure)" 'Result: signal; '
is 'in JSON, too' "$("$program" status --json failure | jq -c '[.state, .restarts, .result]')" '["active",1,"signal"]'
kill -KILL "$(leader failure)"
ok 'a killed container is told, too' wait_for told_is "running 2 $result"
ok 'it stops' "$program" stop failure
ok 'it starts once more' start failure
is 'a start begins to count anew' "$(told)" 'running 0 '
rm /etc/systemd/system/$unit.d/restart.conf
systemctl daemon-reload
systemctl stop $unit

# A create that cannot work says why, in one line, and leaves nothing behind.
before=$(files)
while IFS='|' read -r what pattern arguments; do
	read -ra words <<<"$arguments"
	fails "create refuses $what" "$pattern" "$program" create "${words[@]}"
	is "create refuses $what in one sentence" "$(wc -l <"$work/output")" 1
	is "create leaves nothing behind when it refuses $what" "$(files)" "$before"
done <<END
a unit that does not exist|nosuchunit|-C -u nosuchunit refused
a unit of a type that a container cannot have|--mount|-C -u tmp.mount refused
a name with a slash|name|-C -u $web a/b
a name with capitals|name|-C -u $web Refused
a level without categories|level|-C -u $web -l high refused
END
done_testing
