#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Ports of the host that are forwarded to a container: open while it runs, reserved as long as it exists, and not available to
# others.
. "$(dirname "$0")/lib.sh"

at_end() {
	delete_containers
	[ -z "${listener-}" ] || kill "$listener"
	ip address delete 192.0.2.7/32 dev lo
} 2>/dev/null
fetch() { curl --silent --show-error --fail --max-time 120 "http://$1/content"; }
listens() { ss -Hltn "sport = :$1" | awk '{ print $4 }' | tr '\n' ' '; }
# listening PORT, free PORT...: for wait_for.
listening() { [ -n "$(listens "$1")" ]; }
free() { for port; do ! listening "$port" || return; done; }
units() { systemctl list-units --all --no-legend --plain 'ports_sandbox*' | awk '{ print $1, $3 }' | tr '\n' ' '; }

need 'setup makes the host ready' "$program" setup
ip address add 192.0.2.7/32 dev lo
before=$(files)
ok 'create with two published ports succeeds' create ports --publish 8080:80 --publish 192.0.2.7:8081:80
is 'before the start, nothing listens on the published ports' "$(listens 8080)$(listens 8081)" ''
echo published >"$filesystems/ports/$docroot/content"
ok 'a container with published ports starts' start ports
is 'a published port leads into the container' "$(fetch 127.0.0.1:8080)" published
is 'a port published without an address is open on all addresses' "$(fetch 192.0.2.7:8080)" published
is 'a port published on one address leads into the container' "$(fetch 192.0.2.7:8081)" published
fails 'a port published on one address is closed on others' 'refused|connect' fetch 127.0.0.1:8081
like 'status shows the published ports' "$("$program" status ports | tr '\n' ' ')" 'Ports: 8080 to 80, (running|listening) +192\.0\.2\.7:8081 to 80, (running|listening)'
like 'show prints the published ports' "$("$program" show ports)" '^Publish=192\.0\.2\.7:8081:80$'
is 'the proxy of a published port does not run as root' "$(stat -c %U "/proc/$(systemctl show --property MainPID --value ports_sandbox-8080.service)" | grep -c root)" 0

fails 'create refuses a port that another container publishes' "belongs to container 'ports'" create ports2 --publish 8080:80
fails 'create refuses one address of a port that another container publishes on all' "belongs to container 'ports'" create ports2 --publish 192.0.2.7:8080:80
ok 'restart of a container with published ports succeeds' "$program" restart ports
is 'after a restart, the published port leads into the container' "$(fetch 127.0.0.1:8080)" published
ok 'stop of a container with published ports succeeds' "$program" stop ports
wait_for free 8080 8081
is 'after stop, nothing listens on the published ports' "$(listens 8080)$(listens 8081)" ''
unlike 'after stop, no unit of the published ports is active' "$(units)" ' active'
fails 'create refuses a port that a stopped container publishes' "belongs to container 'ports'" create ports2 --publish 8081:80

systemd-socket-activate --listen=8080 cat >/dev/null 2>&1 &
listener=$!
wait_for listening 8080
ok 'a container starts even if one of its ports was taken meanwhile' start ports
like 'status shows the port that was taken meanwhile as failed' "$("$program" status ports)" '8080 to 80, failed'
is 'the other published ports work when one was taken' "$(fetch 192.0.2.7:8081)" published
kill "$listener" && wait "$listener"
listener=
systemctl kill --signal KILL --kill-whom main ports_sandbox.service
wait_for free 8081
is 'the ports of a container that was killed are closed' "$(listens 8081)" ''
ok 'delete of a container with published ports succeeds' "$program" delete --force ports
is 'delete removes all files of the published ports' "$(files)" "$before"
is 'delete removes all units of the published ports' "$(units)" ''

systemd-socket-activate --listen=8090 cat >/dev/null 2>&1 &
listener=$!
wait_for listening 8090
fails 'create --publish refuses a port that is in use' 'Port 8090 of the host is in use' create ports --publish 8090:80
fails 'create --publish refuses an address that the host does not have' 'not an address of this host' create ports --publish 198.51.100.1:8091:80
fails 'create --publish refuses the same port twice' 'given twice' create ports --publish 8092:80 --publish 192.0.2.7:8092:81
fails 'create --publish refuses a container without a network' 'needs a fixed address' create ports -N none --publish 8092:80
fails 'create --publish refuses a single number' "8080:80" create ports --publish 80
is 'refused creates leave nothing behind' "$(files)" "$before"
done_testing
