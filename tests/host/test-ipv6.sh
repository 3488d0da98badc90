#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# IPv6 on the network that setup makes: who has which address and name, who reaches whom, and what an attacker sends who is root
# of the host in a container's network namespace. What must not arrive is looked for at the other end, and arrives there from a
# port of the same bridge that has no walls.
. "$(dirname "$0")/lib.sh"

here=$(dirname "$0")
mark=six-$$-
port=7980
background=() listeners=()
at_end() {
	kill "${background[@]}" "${listeners[@]}"
	delete_containers
	ip netns delete sixc
	ip netns delete sixw
	ip link delete sixa
	ip link delete sixw0
	"$program" setup --subnet6=none
} >/dev/null 2>&1

command -v cc >/dev/null || skip_all 'a C compiler is missing'
[ -e /proc/net/if_inet6 ] || skip_all 'the kernel has no IPv6'
need 'the program that sends frames compiles' cc -D_GNU_SOURCE -Wall -o "$work/frames" "$here/frames.c"
need 'setup without IPv6 makes the host ready' "$program" setup --subnet6=none
host6() { ip -6 -o addr show dev sandbox0 scope global | awk '{ print $4 }'; }
six() { field "$1" address6; }

# Without it.
need 'create succeeds without IPv6' create six0
is 'without --subnet6, the host has no IPv6 there' "$(cat /proc/sys/net/ipv6/conf/sandbox0/disable_ipv6),$(host6)" 1,
is 'without it, a container has no IPv6 address' "$(six six0)" ''
fails 'without it, create refuses one' 'has no IPv6' create six9 --network sandbox,address6=fd77::7
fails 'without it, create refuses to publish a port of an IPv6 address' 'only an IPv4 address' create six9 --publish '[::]:8093:80'
like 'setup --check says so' "$("$program" setup --check)" '^ok +network .*without IPv6'
need 'start succeeds without IPv6' start six0
fails 'setup --subnet6 is refused while a container runs' "Container 'six0' runs" "$program" setup --subnet6=auto
ok 'stop succeeds' "$program" stop six0

# With it.
ip -6 route add fd77:77::/48 dev lo
fails 'setup --subnet6 refuses addresses to which the host has another route' "route to 'fd77:77::/48', which overlaps" \
	"$program" setup --subnet6=fd77:77:0:1::/64
ip -6 route delete fd77:77::/48 dev lo
for wrong in fd77::/48 fe80::/64 ff02::/64 fd77::7/64 10.0.0.0/16; do
	fails "setup --subnet6 refuses $wrong" 'a network' "$program" setup --subnet6=$wrong
done
ok 'setup --subnet6=auto succeeds' "$program" setup --subnet6=auto
like 'the host has the first address of a unique local network' "$(host6)" '^fd[0-9a-f:]+::1/64$'
auto=$(host6)
like 'setup --subnet6=auto has nothing to do then' "$("$program" setup --subnet6=auto)" "^network 'sandbox': ready"
ok 'setup leaves it' "$program" setup
is 'it is the same' "$(host6)" "$auto"
ok 'setup --subnet6 gives it another one' "$program" setup --subnet6=fd77:77:0:6::/64
is 'the host has its first address' "$(host6)" fd77:77:0:6::1/64
gateway=fd77:77:0:6::1
like 'setup --check shows it' "$("$program" setup --check)" "^ok +network .*and $gateway/64"
need 'create succeeds' create six1 --network sandbox,neighbours=yes
need 'create succeeds for the victim' create six2 --network sandbox,neighbours=yes
need 'create succeeds for one without neighbours' create six3 --publish $port:7001 --publish "[$gateway]:7982:7001" --publish 7981:7001/udp
need 'create with an address succeeds' create six4 --network sandbox,address6=fd77:77:0:6::4444,neighbours=yes --host-access
is 'it has that address' "$(six six4)" fd77:77:0:6::4444
is 'the address of the others follows from the IPv4 address' \
	"$(six six1)" "$(python3 -c 'import ipaddress, sys
print(ipaddress.ip_address(int(ipaddress.ip_address("fd77:77:0:6::")) + int(ipaddress.ip_address(sys.argv[1]))))' "$(address six1)")"
fails 'create refuses an address that another container has' "belongs to container 'six4'" create six9 --network sandbox,address6=fd77:77:0:6::4444
fails 'create refuses the address of the host' "the host's" create six9 --network sandbox,address6=$gateway
fails 'create refuses one of another network' 'does not fit' create six9 --network sandbox,address6=fd77:78::9
fails 'create refuses one on another network' 'the network sandbox' create six9 --network bridge=sandbox0,address=192.0.2.9/24,address6=fd77::9
fails 'create refuses to publish a port at ::1' "'::1'" create six9 --publish '[::1]:8093:80'
need 'create with address6=none succeeds' create six5 --network sandbox,address6=none
is 'it has none' "$(six six5)" ''
is 'a container from before has none' "$(six six0)" ''
ok 'set gives it one' "$program" set six0 --network=sandbox
like 'it has one then' "$(six six0)" '^fd77:77:0:6::'
containers+=(six6)
ok 'clone succeeds' "$program" clone six4 six6
like 'a clone has another one' "$(six six6)" '^fd77:77:0:6::ac|^fd77:77:0:6::[0-9a-f]+:'
for name in six1 six2 six3 six4 six5; do need "start succeeds: $name" start $name; done
like 'status shows the address' "$("$program" status six4)" 'sandbox, [0-9./]+, fd77:77:0:6::4444/64'
like 'show prints it' "$("$program" show six4)" '^Address6=fd77:77:0:6::4444/64$'
is 'inside, it is the only one, and not looked for' "$(inside six4 'ip -6 -o addr show dev eth0 scope global' | sed 's/.*inet6 //; s/ *\\.*//')" \
	'fd77:77:0:6::4444/64 scope global'
like 'inside, the host is the router' "$(inside six4 'ip -6 route show default')" "^default via $gateway dev eth0"
is 'inside, other routers are ignored' "$(inside six4 'cd /proc/sys/net/ipv6/conf/eth0; cat accept_ra autoconf accept_redirects' | tr -d '\n')" 000
is 'one without an address has none but that of the link' "$(inside six5 'ip -6 -o addr show dev eth0 scope global; ip -6 route show default')" ''

# Names.
hosts() { inside "$1" "getent ahostsv6 $2" | awk 'NR == 1 { print $1 }'; }
resolves() { [ "$(hosts "$1" "$2")" = "$3" ]; }
ok 'a container resolves another' wait_for resolves six1 six4 fd77:77:0:6::4444
is 'by its full name, too' "$(hosts six1 six4.sandbox)" fd77:77:0:6::4444
if systemctl --quiet is-active systemd-resolved; then
	is 'the host resolves it by systemd-resolved' "$(resolvectl query --legend=no -6 six4.sandbox | awk '{ print $2 }')" fd77:77:0:6::4444
else
	skip 'the host resolves it by systemd-resolved' 'the host has none'
fi

# Who reaches whom.
within() {
	local name=$1
	shift
	case $name in
	control) ip netns exec sixc "$@" ;;
	world) ip netns exec sixw "$@" ;;
	*) nsenter --target "$(leader "$name")" --net "$@" ;;
	esac
}
reaches() { within "$1" curl --silent --show-error --output /dev/null --connect-timeout "${3-60}" "http://$2/"; }
refused() { fails "$1" 'timed out|timeout' reaches "$2" "$3" 2; }
mkdir "$work/served" && echo served >"$work/served/index.html"
(cd "$work/served" && exec python3 -m http.server --bind :: 7979 >"$work/server" 2>&1) &
background+=($!)
ok 'a service of the host answers' wait_for curl --silent --output /dev/null "http://[$gateway]:7979/"
ok 'the host reaches a container' curl --silent --output /dev/null "http://[$(six six3)]/"
ok 'two with neighbours=yes reach each other' reaches six1 "[$(six six2)]"
refused 'one with neighbours=yes does not reach one without' six1 "[$(six six3)]"
refused 'one without does not reach one with' six3 "[$(six six2)]"
within six3 ip -6 route add "$(six six2)/128" via $gateway
refused 'it does not by way of the host either' six3 "[$(six six2)]"
refused 'a container does not reach a service of the host' six1 "[$gateway]:7979"
ok 'with --host-access it does' reaches six4 "[$gateway]:7979"
ip -6 addr add fd00:ec2::254/128 dev lo nodad
refused 'even with --host-access it does not reach the address of metadata' six4 '[fd00:ec2::254]:7979'
ok 'control: the host reaches the address of metadata' curl --silent --output /dev/null 'http://[fd00:ec2::254]:7979/'
ip -6 addr delete fd00:ec2::254/128 dev lo

# A kernel that gives bridged frames to the firewall of IPv6 would bridge what is forwarded to the same bridge, and isolated ports
# refuse that.
sysctl -q net.bridge.bridge-nf-call-ip6tables=0 2>/dev/null
# The world, which sees the host's address, and clients there, whose addresses a container sees.
ip netns add sixw
ip link add sixw0 type veth peer name eth0 netns sixw
ip -6 addr add fd88::1/64 dev sixw0 nodad && ip link set sixw0 up
within world ip -6 addr add fd88::2/64 dev eth0 nodad
within world ip link set eth0 up
cat >"$work/service" <<'END'
import socket, sys, threading
def stream():
    s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("::", 7001))
    s.listen()
    while True:
        threading.Thread(target=talk, args=(s.accept()[0],), daemon=True).start()
def talk(c):
    while c.recv(100):
        c.sendall((c.getpeername()[0] + "\n").encode())
threading.Thread(target=stream, daemon=True).start()
u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
u.bind(("::", 7001))
print("ready", flush=True)
while True:
    data, peer = u.recvfrom(100)
    u.sendto((peer[0] + "\n").encode(), peer)
END
cat >"$work/client" <<'END'
import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM if sys.argv[1] == "udp" else socket.SOCK_STREAM)
s.settimeout(int(sys.argv[4]))
s.connect((sys.argv[2], int(sys.argv[3])))
for line in sys.stdin:
    s.sendall(line.encode())
    print(s.recv(100).decode().strip(), flush=True)
END
"$program" execute --no-stdin six3 -- python3 -c "$(cat "$work/service")" >"$work/in-six3" 2>&1 &
background+=($!)
within world python3 -c "$(cat "$work/service")" >"$work/in-world" 2>&1 &
background+=($!)
for where in six3 world; do ok "a service runs: $where" wait_for grep -q ready "$work/in-$where"; done
# peer WHERE KIND ADDRESS PORT: what the service sees.
peer() { echo hello | within "$1" python3 "$work/client" "$2" "$3" "$4" "${patience-60}" 2>&1 | tail -n 1; }
is 'a client elsewhere reaches a published port with its own address' "$(peer world tcp fd88::1 $port)" fd88::2
is 'by UDP, too' "$(peer world udp fd88::1 7981)" fd88::2
within world ip -6 route add fd77:77:0:6::/64 via fd88::1
is 'a client elsewhere reaches a port that was published at one address' "$(peer world tcp $gateway 7982)" fd88::2
like 'it is closed at others' "$(peer world tcp fd88::1 7982)" refused
like 'nobody elsewhere reaches a container by its own address' "$(patience=2 peer world tcp "$(six six3)" 7001)" 'timed out'
is 'the host reaches a published port' "$(echo hello | python3 "$work/client" tcp fd88::1 $port 60)" fd88::1
is 'another container does, with the address of the host' "$(peer six1 tcp fd88::1 $port)" "$gateway"
is 'a container reaches the world with the address of the host' "$(peer six1 tcp fd88::2 7001)" fd88::1
mkfifo "$work/to"
within world python3 "$work/client" tcp fd88::1 $port 60 <"$work/to" >"$work/from" 2>&1 &
background+=($!)
exec 7>"$work/to"
echo first >&7
ok 'a connection is held' wait_for grep -q fd88::2 "$work/from"
ok 'set closes the port' "$program" set six3 --remove-port=$port
echo second >&7
ok 'the connection ends' wait_for grep -qE 'reset|refused|timed out' "$work/from"
exec 7>&-

# What an attacker sends. The control is a port of the same bridge, made by hand.
ip netns add sixc
ip link add sixa type veth peer name eth0 netns sixc address 52:54:00:aa:aa:aa
ip link set sixa master sandbox0 up
within control ip link set eth0 up
cat >"$work/attacks" <<'END'
import ipaddress, struct, sys
mark, own_mac, own, mac, ip, gateway, host_mac = sys.argv[1:]
own_mac, mac, host_mac = (bytes.fromhex(m.replace(":", "")) for m in (own_mac, mac, host_mac))
def link(m): return str(ipaddress.ip_address(b"\xfe\x80" + bytes(6) + bytes([m[0] ^ 2]) + m[1:3] + b"\xff\xfe" + m[3:]))
def packed(a): return ipaddress.ip_address(a).packed
def icmp(source, to, kind, body):
    text = struct.pack("!BBH", kind, 0, 0) + body
    pseudo = packed(source) + packed(to) + struct.pack("!II", len(text), 58) + text
    pseudo += b"\0" * (len(pseudo) % 2)
    total = sum(struct.unpack("!%dH" % (len(pseudo) // 2), pseudo))
    while total >> 16: total = (total & 0xffff) + (total >> 16)
    return text[:2] + struct.pack("!H", ~total & 0xffff) + text[4:]
# A packet, and after its end the mark.
def frame(word, source, to, header, text, hops=255):
    text = (b"\x33\x33" + packed(to)[12:] if to.startswith("ff") else host_mac) + own_mac + b"\x86\xdd" + struct.pack("!IHBB", 6 << 28, len(text), header, hops) + packed(source) + packed(to) + text
    print(word, (text + (mark + word + " ").encode()).hex())
def udp(text=b"hello"): return struct.pack("!HHHH", 9, 9, 8 + len(text), 1) + text
def option(kind, m): return bytes([kind, 1]) + m
def neighbour(target): return struct.pack("!I", 0x20000000) + packed(target)
def advertisement(): return struct.pack("!BBHII", 64, 0, 1800, 0, 0) + bytes([3, 4, 64, 0xc0]) + struct.pack("!III", 3600, 3600, 0) + packed("fd99::")
def ask(target): return bytes(4) + (target if isinstance(target, bytes) else packed(target))
self = link(own_mac)
frame("own", own, gateway, 17, udp())
frame("own-advertisement", own, gateway, 58, icmp(own, gateway, 136, neighbour(own) + option(2, own_mac)))
frame("own-question", own, gateway, 58, icmp(own, gateway, 135, ask(gateway) + option(1, own_mac)))
frame("own-question-from-the-link", self, gateway, 58, icmp(self, gateway, 135, ask(gateway) + option(1, own_mac)))
# To a neighbour, but given to the host, which would cut off what is after the packet's end: the mark is in the target.
frame("ns", own, ip, 58, icmp(own, ip, 135, ask((mark + "ns ").encode().ljust(16, b" ")) + option(1, own_mac)))
frame("the-address-of-a-neighbour", ip, gateway, 17, udp())
frame("the-address-of-the-host", gateway, ip, 17, udp())
frame("an-address-elsewhere", "2001:db8::7", gateway, 17, udp())
frame("no-address", "::", "ff02::1", 17, udp())
frame("the-link-of-a-neighbour", link(mac), gateway, 17, udp())
frame("its-own-link", self, gateway, 17, udp())
frame("a-router", self, "ff02::1", 58, icmp(self, "ff02::1", 134, advertisement()))
frame("a-router-with-its-address", own, "ff02::1", 58, icmp(own, "ff02::1", 134, advertisement()))
frame("a-router-behind-a-header", self, "ff02::1", 60, bytes([58, 0, 1, 4, 0, 0, 0, 0]) + icmp(self, "ff02::1", 134, advertisement()))
frame("a-router-in-a-fragment", own, "ff02::1", 44, bytes([58, 0, 0, 1, 0, 0, 0, 1]) + icmp(own, "ff02::1", 134, advertisement()))
frame("a-redirect", own, ip, 58, icmp(own, ip, 137, bytes(4) + packed(own) + packed(gateway)))
frame("a-group", self, "ff02::16", 0, bytes([58, 0, 5, 2, 0, 0, 1, 0]) + icmp(self, "ff02::16", 143, bytes(4)))
for source in own, self, gateway, ip:
    for name, target in ("host", gateway), ("neighbour", ip):
        words = {own: "itself", self: "its-link", gateway: "the-host", ip: "a-neighbour"}
        frame("says-from-%s-that-it-is-the-%s" % (words[source], name), source, "ff02::1", 58, icmp(source, "ff02::1", 136, neighbour(target) + option(2, own_mac)))
frame("says-that-another-card-has-its-address", own, gateway, 58, icmp(own, gateway, 136, neighbour(own) + option(2, mac)))
frame("asks-with-another-card", own, gateway, 58, icmp(own, gateway, 135, ask(gateway) + option(1, mac)))
frame("asks-with-two-options", own, gateway, 58, icmp(own, gateway, 135, ask(gateway) + option(1, own_mac) + option(1, mac)))
frame("asks-as-a-neighbour", ip, gateway, 58, icmp(ip, gateway, 135, ask(gateway) + option(1, own_mac)))
frame("asks-whether-somebody-has-the-address-of-a-neighbour", "::", "ff02::1", 58, icmp("::", "ff02::1", 135, ask(ip)))
frame("metadata", own, "fd00:ec2::254", 17, udp())
frame("a-loopback-address", own, "::1", 17, udp())
frame("a-mapped-address", own, "::ffff:127.0.0.1", 17, udp())
frame("an-advertisement-of-services", own, "ff02::1", 58, icmp(own, "ff02::1", 151, bytes(4)))
END
mac() { within "$1" ip -o link show eth0 | sed 's,.*link/ether \([^ ]*\).*,\1,'; }
attacks() { python3 "$work/attacks" "$mark" "$(mac "$1")" "$2" "$(mac six2)" "$(six six2)" "$gateway" "$(cat /sys/class/net/sandbox0/address)"; }
make_frames() { attacks "$1" "$2" >"$work/frames-of-$1"; }
listen() {
	case $1 in
	host) "$work/frames" sandbox0 listen "$mark" >"$2" 2>/dev/null & ;;
	*) nsenter --target "$(leader "$1")" --net "$work/frames" eth0 listen "$mark" >"$2" 2>/dev/null & ;;
	esac
	listeners+=($!)
	wait_for grep -q ready "$2"
}
# try NAME ADDRESS: sends all, and then, from the host, a frame that ends them: what arrives before it has arrived.
try() {
	local name=$1 frame
	[ ${#listeners[@]} = 0 ] || { kill "${listeners[@]}" && wait "${listeners[@]}"; } 2>/dev/null
	listeners=()
	listen host "$work/at-host"
	listen six2 "$work/at-neighbour"
	need "$name: attacks are made" make_frames "$name" "$2"
	# shellcheck disable=SC2046 # words
	within "$name" "$work/frames" eth0 send $(cut -d ' ' -f 2 "$work/frames-of-$name")
	frame=ffffffffffff$(tr -d : </sys/class/net/sandbox0/address)88b5$(printf '%send %50s' "$mark" '' | od -An -v -tx1 | tr -d ' \n')
	"$work/frames" sandbox0 send "$frame"
	ok "$name: frames from the host arrive at the neighbour" wait_for grep -qx end "$work/at-neighbour"
}
neighbour_at_host() { ip -6 neigh show "$(six six2)" dev sandbox0 | awk '{ for (i = 1; i < NF; i++) if ($i == "lladdr") print $(i + 1) }'; }
host_at_neighbour() { within six2 ip -6 neigh show "$gateway" dev eth0 | awk '{ for (i = 1; i < NF; i++) if ($i == "lladdr") print $(i + 1) }'; }
good='ready|own|own-advertisement|own-question|own-question-from-the-link|ns|end'
try control fd77:77:0:6::cccc
while read -r what _; do
	ok "control: without walls it arrives at the host: $what" wait_for grep -qx -- "$what" "$work/at-host"
done <"$work/frames-of-control"
ok 'control: without walls a claim arrives at a neighbour' grep -qx says-from-itself-that-it-is-the-host "$work/at-neighbour"
like 'control: without walls a claim moves the address of the neighbour at the host' "$(neighbour_at_host)" 52:54:00:aa:aa:aa
is 'not even from there does an advertisement of a router arrive at a container' \
	"$(grep -acxE 'a-router|a-router-with-its-address' "$work/at-neighbour")" 0
ip link delete sixa
ip -6 neigh flush dev sandbox0
within six2 ip -6 neigh flush dev eth0
reaches six2 "[$gateway]:7979" 1 2>/dev/null
curl --silent --output /dev/null "http://[$(six six2)]/"
before=$(neighbour_at_host),$(host_at_neighbour)
like 'the host and the neighbour know each other' "$before" '^52:54:00:.*,52:54:00:'
for name in six1 six3; do
	nothing='ready|end'
	try $name "$(six $name)"
	is "$name: the host gets nothing but what is its own" "$(grep -avxE "$good" "$work/at-host" | sort -u)" ''
	for what in own own-advertisement own-question own-question-from-the-link ns; do
		ok "$name: the host gets what is its own: $what" grep -qx $what "$work/at-host"
	done
	[ $name = six3 ] || nothing+='|ns' # with neighbours=yes, by way of the host, too
	is "$name: a neighbour gets nothing" "$(grep -avxE "$nothing" "$work/at-neighbour" | sort -u)" ''
done
# Questions for 20 addresses that nobody has, given to the host.
own_mac=$(mac six3) own_six=$(six six3)
ask_for_nobody() {
	local n
	for n in $(seq 20); do
		python3 "$work/attacks" "$mark" "$own_mac" "$own_six" "$(mac six2)" "fd77:77:0:6:dead::$n" "$gateway" \
			"$(cat /sys/class/net/sandbox0/address)"
	done | sed -n 's/^ns //p' >"$work/questions"
	# shellcheck disable=SC2046 # words
	within six3 "$work/frames" eth0 send $(cat "$work/questions")
}
ask_neighbour() {
	# shellcheck disable=SC2046 # words
	within six3 "$work/frames" eth0 send $(sed -n 's/^ns //p' "$work/frames-of-six3") && grep -qx ns "$work/at-neighbour"
}
nobodies() { ip -6 neigh show dev sandbox0 | grep -c '^fd77:77:0:6:dead:'; }
ask_for_nobody
is 'a container enters no addresses in the table of neighbours of the host' "$(nobodies)" 0
nft insert rule inet virt_sandbox forward icmpv6 type 135 accept
ask_for_nobody
is 'control: it would, without the wall' "$(nobodies)" 20
ok 'control: a question for a neighbour would arrive there' wait_for ask_neighbour
nft delete rule inet virt_sandbox forward handle "$(nft -a list chain inet virt_sandbox forward | sed -n 's/.*icmpv6 type nd-neighbor-solicit accept.* handle //p' | head -n 1)"
ip -6 neigh flush to fd77:77:0:6:dead::/80 dev sandbox0
is 'what a container claims changes nothing at the host and at a neighbour' "$(neighbour_at_host),$(host_at_neighbour)" "$before"
is 'a neighbour has no other address and router than before' \
	"$(within six2 ip -6 -o addr show dev eth0 scope global | wc -l),$(within six2 ip -6 route show default | wc -l)" 1,1
listeners_of_six5=$(six six5)
within six5 ip -6 addr add fd77:77:0:6::5555/64 dev eth0 nodad
refused 'one without an address does not reach the host even if it takes one' six5 "[$gateway]:7979"
is 'it has none on record' "$listeners_of_six5" ''

# Taking it back.
fails 'setup --subnet6=none is refused while containers have addresses' "'virt-sandbox-service set six[0-9] --network=sandbox,address6=none'" \
	"$program" setup --subnet6=none
for name in six0 six1 six2 six3 six4 six5 six6; do "$program" stop $name; done >/dev/null 2>&1
virsh="virsh --quiet --connect lxc:///"
for name in six0 six3 six4 six6; do "$program" delete --force $name >/dev/null 2>&1; done
for name in six1 six2; do ok "set takes the address away: $name" "$program" set $name --network=sandbox,neighbours=yes,address6=none; done
ok 'setup --subnet6=none takes it back' "$program" setup --subnet6=none
is 'the host has no IPv6 there' "$(cat /proc/sys/net/ipv6/conf/sandbox0/disable_ipv6),$(host6)" 1,
unlike 'the network has none' "$($virsh net-dumpxml sandbox)" ipv6
need 'a container starts without it' start six1
is 'it has no IPv6 address then' "$(inside six1 'ip -6 -o addr show dev eth0 scope global')" ''
ok 'it serves' page six1 ''
done_testing
