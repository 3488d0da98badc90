#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What goes wrong inside reaches the administrator, and nothing is left of a start or a create that failed.
. "$(dirname "$0")/lib.sh"

unit=failure_sandbox.service
need 'setup' "$program" setup
need 'create' create failure
tree=$filesystems/failure
for configuration in etc/httpd/conf/httpd.conf etc/apache2/apache2.conf; do
	if [ -e "$tree/$configuration" ]; then break; fi
done
idle=$(traces failure)

# A service that fails inside.
cp -a "$tree/$configuration" "$work/configuration"
echo 'NoSuchDirectiveAnywhere' >>"$tree/$configuration"
fails 'systemctl start fails when the service inside does' "$unit" systemctl start $unit
journal=$(journalctl --no-pager --output cat --unit $unit)
like '... and the journal names the service' "$journal" "$web\.service"
like '... with its own last words' "$journal" 'NoSuchDirectiveAnywhere'
is '... and nothing is left running' "$(traces failure)" "$idle"
fails 'start fails likewise, and says why' 'NoSuchDirectiveAnywhere' "$program" start failure
like 'list says that it failed' "$("$program" list)" '^failure .*failed'
cp -a "$work/configuration" "$tree/$configuration"
ok 'once repaired it starts' start failure
ok '... and serves' page failure ''
ok 'stop' systemctl stop $unit
is '... leaves nothing' "$(traces failure)" "$idle"

# Credentials are mounted by systemd inside; that needs more of the container than most services do.
mkdir -p "$tree/etc/systemd/system/$web.service.d"
cat >"$tree/etc/systemd/system/$web.service.d/credential.conf" <<END
[Service]
SetCredential=token:sesame
ExecStartPre=/bin/sh -c 'cp "\$CREDENTIALS_DIRECTORY/token" /$docroot/token && chmod 644 /$docroot/token'
END
ok 'a unit with a credential starts' start failure
is '... and has it' "$(page failure token)" sesame
ok 'stop' systemctl stop $unit

# A container that dies is a unit that failed.
ok 'start' start failure
kill -KILL "$(leader failure)"
wait_for systemctl is-failed --quiet $unit
is 'when its systemd is killed the unit fails' "$(systemctl is-active $unit)" failed
is '... and nothing is left running' "$(traces failure)" "$idle"

# Creates that cannot work say why, in one line, and leave nothing.
before=$(files)
while IFS='|' read -r what pattern arguments; do
	read -ra words <<<"$arguments"
	fails "create refuses $what" "$pattern" "$program" create "${words[@]}"
	is '... in one sentence' "$(wc -l <"$work/output")" 1
	is '... and leaves nothing' "$(files)" "$before"
done <<END
a unit that is missing|nosuchunit|-C -u nosuchunit refused
a unit that is no service|socket|-C -u dbus.socket refused
a name with a slash|name|-C -u $web a/b
a name with capitals|name|-C -u $web Refused
a level of no shape|level|-C -u $web -l high refused
END
done_testing
