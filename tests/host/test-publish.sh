#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Ports of the host that lead into a container: while it runs, for as long as it is there, and for nobody else.
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

need 'setup' "$program" setup
ip address add 192.0.2.7/32 dev lo
before=$(files)
ok 'create' create ports --publish 8080:80 --publish 192.0.2.7:8081:80
is 'nothing listens before the start' "$(listens 8080)$(listens 8081)" ''
echo published >"$filesystems/ports/$docroot/content"
ok 'start' start ports
is 'a port of the host leads into it' "$(fetch 127.0.0.1:8080)" published
is '... on all addresses' "$(fetch 192.0.2.7:8080)" published
is 'one of a single address does too' "$(fetch 192.0.2.7:8081)" published
fails '... only there' 'refused|connect' fetch 127.0.0.1:8081
like 'status shows them' "$("$program" status ports | tr '\n' ' ')" 'Ports: 8080 to 80, (running|listening) +192\.0\.2\.7:8081 to 80, (running|listening)'
like 'show has them' "$("$program" show ports)" '^Publish=192\.0\.2\.7:8081:80$'
is 'the proxy is nobody' "$(stat -c %U "/proc/$(systemctl show --property MainPID --value ports_sandbox-8080.service)" | grep -c root)" 0

fails 'a port of another container is refused' "belongs to container 'ports'" create ports2 --publish 8080:80
fails '... on one address too' "belongs to container 'ports'" create ports2 --publish 192.0.2.7:8080:80
ok 'restart' "$program" restart ports
is '... and it is published again' "$(fetch 127.0.0.1:8080)" published
ok 'stop' "$program" stop ports
wait_for free 8080 8081
is '... and nothing listens' "$(listens 8080)$(listens 8081)" ''
unlike '... and no unit of it is up' "$(units)" ' active'
fails 'a port of a stopped container stays its own' "belongs to container 'ports'" create ports2 --publish 8081:80

systemd-socket-activate --listen=8080 cat >/dev/null 2>&1 &
listener=$!
wait_for listening 8080
ok 'a port that is taken meanwhile does not keep it from starting' start ports
like '... and status says so' "$("$program" status ports)" '8080 to 80, failed'
is '... and the others work' "$(fetch 192.0.2.7:8081)" published
kill "$listener" && wait "$listener"
listener=
systemctl kill --signal KILL --kill-whom main ports_sandbox.service
wait_for free 8081
is 'a container that breaks down is not published' "$(listens 8081)" ''
ok 'delete' "$program" delete ports
is '... takes all its files' "$(files)" "$before"
is '... and its units' "$(units)" ''

systemd-socket-activate --listen=8090 cat >/dev/null 2>&1 &
listener=$!
wait_for listening 8090
fails 'a port in use is refused' 'Port 8090 of the host is in use' create ports --publish 8090:80
fails 'one of a foreign address' 'no address of this host' create ports --publish 198.51.100.1:8091:80
fails 'one twice' 'given twice' create ports --publish 8092:80 --publish 192.0.2.7:8092:81
fails 'without a network' 'needs an address' create ports -N none --publish 8092:80
fails 'no port' "8080:80" create ports --publish 80
is 'nothing is left of them' "$(files)" "$before"
done_testing
