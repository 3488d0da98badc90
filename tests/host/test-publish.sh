#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Ports of the host that lead into a container: open while it runs, reserved as long as it exists, and not available to others.
# The clients are the host itself, another container, and a machine elsewhere, which is a network namespace.
. "$(dirname "$0")/lib.sh"

background=()
at_end() {
	kill "${background[@]}"
	delete_containers
	rm -rf /etc/systemd/system/proxied_sandbox-8085.service.d
	ip address delete 192.0.2.7/32 dev lo
	ip link delete publish0
	ip netns delete publish
} 2>/dev/null
listens() { ss -Hltn "sport = :$1" | awk '{ print $4 }' | tr '\n' ' '; }
# listening PORT, free PORT...: for wait_for.
listening() { [ -n "$(listens "$1")" ]; }
free() { for port; do ! listening "$port" || return; done; }
# elements: prints how many ports lead into containers, by TCP and by UDP.
elements() {
	local kind map
	for kind in tcp udp; do
		for map in published published_at; do nft list map inet virt_sandbox $map; done | grep -oE "$kind \. [0-9]+ : " | wc -l
	done | tr '\n' ' '
}
elsewhere() { ip netns exec publish "$@"; }

# A client and a server. The server answers each line, and each packet, with the address of the client as it sees it.
cat >"$work/peer" <<'END'
import socket, sys
kind, host, port, patience = sys.argv[1:5]
family = socket.AF_INET6 if ":" in host else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
s.settimeout(int(patience))
s.connect((host, int(port)))
for line in sys.stdin:
    s.sendall(line.encode())
    print(s.recv(100).decode().strip(), flush=True)
END
cat >"$work/server" <<'END'
import select, socket
sockets = []
for kind, port in (socket.SOCK_STREAM, 7001), (socket.SOCK_STREAM, 7002), (socket.SOCK_STREAM, 7003), (socket.SOCK_DGRAM, 7001):
    s = socket.socket(socket.AF_INET, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("", port))
    if kind == socket.SOCK_STREAM:
        s.listen()
    sockets.append(s)
listening = sockets[:3]
print("ready", flush=True)
while True:
    for s in select.select(sockets, [], [])[0]:
        if s in listening:
            sockets.append(s.accept()[0])
        elif s.type == socket.SOCK_DGRAM:
            data, peer = s.recvfrom(100)
            s.sendto((peer[0] + " %d\n" % s.getsockname()[1]).encode(), peer)
        elif s.recv(100):
            s.sendall((s.getpeername()[0] + " %d\n" % s.getsockname()[1]).encode())
        else:
            sockets.remove(s)
            s.close()
END
# peer KIND HOST PORT [COMMAND...]: what the server sees, and its port. The command runs the client.
peer() { echo hello | "${@:4}" python3 "$work/peer" "$1" "$2" "$3" "${patience-60}" 2>&1 | tail -n 1; }
# stranger ...: the same, for one who should get no answer.
stranger() { patience=2 peer "$@"; }
# serve NAME: runs the server in the container.
serve() {
	rm -f "$work/served-$1"
	"$program" execute --no-stdin "$1" -- python3 -c "$(cat "$work/server")" >"$work/served-$1" 2>&1 &
	background+=($!)
	wait_for grep -q ready "$work/served-$1"
}

need 'setup makes the host ready' "$program" setup
ip netns add publish
ip link add publish0 type veth peer name eth0 netns publish
ip address add 10.78.78.1/24 dev publish0 && ip link set publish0 up
elsewhere ip address add 10.78.78.2/24 dev eth0
elsewhere ip link set eth0 up
ip address add 192.0.2.7/32 dev lo
gateway=$(ip -4 -o addr show sandbox0 | awk '{ sub("/.*", "", $4); print $4 }')
before=$(files)
mkdir /etc/systemd/system/proxied_sandbox-8085.service.d
printf '[Service]\nTimeoutStartSec=10\n' >/etc/systemd/system/proxied_sandbox-8085.service.d/short.conf

ok 'create with published ports succeeds' create ports --publish 7001:7001 --publish 7001:7001/udp --publish 7102-7103:7002-7003 \
	--publish 192.0.2.7:8081:7001 --publish 127.0.0.1:8082:7001
is 'before the start, the ports are closed' "$(elements)" '0 0 '
ok 'a container with published ports starts' start ports
is 'after the start, they are open' "$(elements)" '5 1 '
ok 'a server runs in it' serve ports

# Who reaches it, and as whom.
is 'a client elsewhere reaches it with its own address' "$(peer tcp 10.78.78.1 7001 elsewhere)" '10.78.78.2 7001'
is 'by UDP, too' "$(peer udp 10.78.78.1 7001 elsewhere)" '10.78.78.2 7001'
is 'the first port of a range leads to the first one' "$(peer tcp 10.78.78.1 7102 elsewhere)" '10.78.78.2 7002'
is 'the last port of a range leads to the last one' "$(peer tcp 10.78.78.1 7103 elsewhere)" '10.78.78.2 7003'
is 'the host reaches it at a loopback address' "$(peer tcp 127.0.0.1 7001)" "$gateway 7001"
is 'by UDP, too: loopback' "$(peer udp 127.0.0.1 7001)" "$gateway 7001"
is 'the host reaches it at another address' "$(peer tcp 10.78.78.1 7001)" '10.78.78.1 7001'
is 'a port published on one address leads into the container' "$(peer tcp 192.0.2.7 8081)" '192.0.2.7 7001'
like 'it is closed at others' "$(peer tcp 10.78.78.1 8081 elsewhere)" refused
is 'a port published on a loopback address is open for the host' "$(peer tcp 127.0.0.1 8082)" "$gateway 7001"
like 'it is closed elsewhere' "$(peer tcp 10.78.78.1 8082 elsewhere)" refused
elsewhere ip route add 127.0.0.1/32 via 10.78.78.1 2>/dev/null
elsewhere sysctl -q net.ipv4.conf.all.route_localnet=1
elsewhere ip rule add pref 1 lookup local && elsewhere ip rule delete pref 0
elsewhere ip rule add pref 0 to 127.0.0.1 lookup 99 && elsewhere ip route add 127.0.0.1/32 via 10.78.78.1 table 99
like 'it is closed even for somebody elsewhere who sends to that address' "$(stranger tcp 127.0.0.1 8082 elsewhere)" 'timed out'
elsewhere ip route add "$(address ports)/32" via 10.78.78.1
like 'nobody elsewhere reaches the container by its own address' "$(stranger tcp "$(address ports)" 7001 elsewhere)" 'timed out'

# Another container. A kernel that gives bridged frames to the firewall of IPv4 would bridge what is forwarded to the same bridge,
# and isolated ports refuse that.
sysctl -q net.bridge.bridge-nf-call-iptables=0 2>/dev/null
need 'create succeeds for another container' create other
need 'start succeeds for another container' start other
from_other() { nsenter --target "$(leader other)" --net "$@"; }
is 'another container reaches a published port' "$(peer tcp "$gateway" 7001 from_other)" "$gateway 7001"
is 'another container reaches it at every address of the host' "$(peer udp 10.78.78.1 7001 from_other)" "$gateway 7001"
like 'another container reaches no port that is not published' "$(stranger tcp "$(address ports)" 7001 from_other)" 'timed out|unreachable|No route'
from_other ip route replace "$(address ports)/32" via "$gateway"
like 'another container does not by way of the host either' "$(stranger tcp "$(address ports)" 7001 from_other)" 'timed out|unreachable|No route'
like 'another container does not reach what is published for the host alone' \
	"$(from_other sysctl -q net.ipv4.conf.all.route_localnet=1
	from_other ip rule add pref 1 lookup local && from_other ip rule delete pref 0
	from_other ip rule add pref 0 to 127.0.0.1 lookup 99 && from_other ip route add 127.0.0.1/32 via "$gateway" table 99
	stranger tcp 127.0.0.1 8082 from_other)" 'timed out'
ip netns exec publish python3 -c "$(sed 's/, (socket.SOCK_DGRAM, 7001)//' "$work/server")" >"$work/served" 2>&1 &
background+=($!)
wait_for grep -q ready "$work/served"
is 'a container reaches the world with an address of the host' "$(peer tcp 10.78.78.2 7001 from_other)" '10.78.78.1 7001'

# Rules that somebody has flushed.
nft flush ruleset
like 'without rules, a published port is closed' "$(peer tcp 10.78.78.1 7001 elsewhere)" refused
ok 'the start of another container succeeds' systemctl restart other_sandbox.service
is 'it restores the published ports of all' "$(peer tcp 10.78.78.1 7001 elsewhere)" '10.78.78.2 7001'
nft flush map inet virt_sandbox published
"$program" setup >/dev/null
is 'setup restores published ports' "$(peer udp 10.78.78.1 7001 elsewhere)" '10.78.78.2 7001'
like 'inside, root cannot publish a port' "$("$program" execute ports -- nft add rule inet virt_sandbox ports tcp dport 9 accept 2>&1)" \
	'not permitted|denied|No such file|not found|not supported'

# Taken ports.
like 'status shows the published ports' "$("$program" status ports | tr '\n' ' ')" \
	'Ports: 7001 to 7001, forwarded +7001/udp to 7001, forwarded +7102-7103 to 7002-7003, forwarded +192\.0\.2\.7:8081 to 7001, forwarded'
like 'show prints the published ports' "$("$program" show ports)" '^Publish=7102-7103:7002-7003$'
fails 'create refuses a port that another container publishes' "belongs to container 'ports'" create ports2 --publish 7001:80
fails 'create refuses one of a range' "belongs to container 'ports'" create ports2 --publish 7103:80
fails 'create refuses a range with one of them' "belongs to container 'ports'" create ports2 --publish 7000-7001:80-81
fails 'create refuses one address of a port that another container publishes on all' "belongs to container 'ports'" create ports2 --publish 192.0.2.7:7001:80
# Connections that last: what the server says to each line that the client sends.
hold() {
	mkfifo "$work/to-$1"
	elsewhere python3 "$work/peer" "$2" 10.78.78.1 "$3" 60 <"$work/to-$1" >"$work/from-$1" 2>&1 &
	background+=($!)
}
said() { [ "$(grep -c '^10.78.78.2 ' "$work/from-$1")" = "$2" ]; }
ended() { grep -qE 'timed out|refused|reset|Broken pipe' "$work/from-$1"; }
hold tcp tcp 7001 && exec 7>"$work/to-tcp"
hold udp udp 7001 && exec 8>"$work/to-udp"
hold kept tcp 7103 && exec 9>"$work/to-kept"
for fd in 7 8 9; do echo first >&$fd; done
for kind in tcp udp kept; do ok "a connection is held: $kind" wait_for said $kind 1; done
nft delete element inet virt_sandbox published '{ tcp . 7001, udp . 7001 }'
for fd in 7 8; do echo second >&$fd; done
for kind in tcp udp; do ok "control: it goes on when only the rule is gone: $kind" wait_for said $kind 2; done
"$program" setup >/dev/null
ok 'set closes ports' "$program" set ports --remove-port=7001 --remove-port=7001/udp
for fd in 7 8; do { echo third >&$fd; } 2>/dev/null; done
for kind in tcp udp; do ok "a connection by a port that set closes ends: $kind" wait_for ended $kind; done
echo second >&9
ok 'one by another port goes on' wait_for said kept 2
exec 7>&- 8>&- 9>&-
ok 'set opens them again' "$program" set ports --publish 7001:7001 --publish 7001:7001/udp

ok 'stop of a container with published ports succeeds' "$program" stop ports
is 'after stop, the ports are closed' "$(elements)" '0 0 '
fails 'create refuses a port that a stopped container publishes' "belongs to container 'ports'" create ports2 --publish 8081:80
systemd-socket-activate --listen=7001 cat >/dev/null 2>&1 &
listener=$!
background+=("$listener")
wait_for listening 7001
ok 'a container starts even if one of its ports was taken meanwhile' start ports
# Where SELinux confines a start, it may not look into the processes of the host.
user="program 'systemd-socket-?[a-z]*' \(process $listener\)"
[ "$(getenforce 2>/dev/null)" != Enforcing ] || user='another program'
like 'the start says so, with the program if it may know' "$(journalctl --no-pager --output cat --unit ports_sandbox.service)" \
	"Port 7001 of the host does not lead to container 'ports', because $user uses"
like 'status says so, too' "$("$program" status ports)" '7001 to 7001, in use by another program'
ok 'the other published ports work when one was taken' serve ports
is 'the other published ports lead into the container' "$(peer udp 10.78.78.1 7001 elsewhere)" '10.78.78.2 7001'
kill "$listener" && wait "$listener"
systemctl kill --signal KILL --kill-whom main ports_sandbox.service
wait_for free 7001
closed() { [ "$(elements)" = '0 0 ' ]; }
ok 'the ports of a container that was killed are closed' wait_for closed
ok 'delete of a container with published ports succeeds' "$program" delete --force ports

# By a proxy.
ok 'create with a proxy succeeds' create proxied --publish 8085:7001,proxy
ok 'a container with a proxy starts' start proxied
ok 'a server runs in that one, too' serve proxied
mkfifo "$work/held"
ip netns exec publish python3 "$work/peer" tcp 10.78.78.1 8085 60 <"$work/held" >"$work/holds" 2>&1 &
background+=($!)
exec 9>"$work/held"
echo first >&9
ok 'a proxy leads into the container' wait_for grep -qx "$gateway 7001" "$work/holds"
like 'status shows the proxy' "$("$program" status proxied)" '8085 to 7001, running'
unlike 'the proxy does not run as root' "$(stat -c %U "/proc/$(systemctl show --property MainPID --value proxied_sandbox-8085.service)")" '^(root)?$'
sleep 12 # longer than the proxy may take to start
echo second >&9
twice() { [ "$(grep -c "$gateway 7001" "$work/holds")" = 2 ]; }
ok 'a connection by a proxy lasts longer than its start may take' wait_for twice
unlike 'no unit of the host has failed' "$(systemctl list-units --all --no-legend --plain 'proxied_sandbox*')" failed
exec 9>&-
ok 'stop of a container with a proxy succeeds' "$program" stop proxied
wait_for free 8085
is 'after stop, nothing listens on the port of the proxy' "$(listens 8085)" ''
ok 'delete of a container with a proxy succeeds' "$program" delete --force proxied
ok 'delete of the other container succeeds' "$program" delete --force other
is 'delete removes all files of the published ports' "$(files)" "$before"

systemd-socket-activate --listen=8090 cat >/dev/null 2>&1 &
background+=($!)
wait_for listening 8090
fails 'create --publish refuses a port that is in use' 'Port 8090 of the host is in use' create ports --publish 8090:80
fails 'create --publish refuses a range with one that is in use' 'Port 8090 of the host is in use' create ports --publish 8089-8091:80-82
fails 'create --publish refuses an address that the host does not have' 'not an address of this host' create ports --publish 198.51.100.1:8091:80
fails 'create --publish refuses the same port twice' 'given twice' create ports --publish 8092:80 --publish 192.0.2.7:8092:81
fails 'create --publish refuses a container without a network' 'needs an address' create ports -N none --publish 8092:80
fails 'create --publish refuses a proxy without a network' 'needs a fixed address' create ports -N none --publish 8092:80,proxy
fails 'create --publish refuses an address by DHCP' 'needs an address' create ports -N dhcp,bridge=sandbox0 --publish 8092:80
fails 'create --publish refuses a single number' "8080:80" create ports --publish 80
is 'refused creates leave nothing behind' "$(files)" "$before"
done_testing
