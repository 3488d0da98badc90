#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The walls of the network that setup makes. The attacker is stronger than root in a container: root of the host in the
# container's network namespace, who can send any frame. What must not arrive is looked for at the other end, and arrives
# there from a port of the same bridge that has no walls.
. "$(dirname "$0")/lib.sh"

here=$(dirname "$0")
mark=walls-$$-
port=7979
marks=() listeners=()
at_end() {
	kill "${marks[@]}" "${listeners[@]}"
	delete_containers
	ip link delete walls0
	ip link delete wallsa
	ip link delete wallsh
	ip netns delete walls
	ip -6 addr flush dev sandbox0
	echo 1 >/proc/sys/net/ipv6/conf/sandbox0/disable_ipv6
	"$program" setup
} >/dev/null 2>&1

command -v cc >/dev/null || skip_all 'a C compiler is missing'
need 'setup makes the host ready' "$program" setup
need 'the program that sends frames compiles' cc -D_GNU_SOURCE -Wall -o "$work/frames" "$here/frames.c"

# within NAME COMMAND...: by root of the host in the network of the container, or of the control.
within() {
	local name=$1
	shift
	if [ "$name" = control ]; then ip netns exec walls "$@"; else nsenter --target "$(leader "$name")" --net "$@"; fi
}
frames() {
	local name=$1
	shift
	within "$name" "$work/frames" eth0 "$@"
}
# listen NAME FILE: writes the words after the mark in the frames that arrive at the container's card, or at the host's
# bridge, to FILE.
listen() {
	case $1 in
	host) "$work/frames" sandbox0 listen "$mark" >"$2" 2>/dev/null & ;;
	*) nsenter --target "$(leader "$1")" --net "$work/frames" eth0 listen "$mark" >"$2" 2>/dev/null & ;;
	esac
	listeners+=($!)
	wait_for grep -q ready "$2"
}
mac() { within "$1" ip -o link show eth0 | sed 's,.*link/ether \([^ ]*\).*,\1,; s/://g'; }
# In hexadecimal digits: an address; a header of IP before so many bytes, with the checksum that the bridge looks at; an
# answer of ARP; the mark and a word.
# shellcheck disable=SC2086 # four numbers
hex() { printf '%02x' ${1//./ }; }
ip_header() {
	local header sum=0 i
	header=$(printf '4500%04x000000004011' $((20 + $3)))
	for ((i = 0; i < 20; i += 4)); do sum=$((sum + 0x${header:i:4})); done
	for i in "$(hex "$1")" "$(hex "$2")"; do sum=$((sum + 0x${i:0:4} + 0x${i:4:4})); done
	while [ $sum -gt 65535 ]; do sum=$(((sum & 65535) + (sum >> 16))); done
	printf '%s%04x%s%s' "$header" $((65535 - sum)) "$(hex "$1")" "$(hex "$2")"
}
arp() { printf '0001080006040002%s%s%s%s' "$1" "$(hex "$2")" ffffffffffff "$(hex "$2")"; }
text() { printf '%s%s %50s' "$mark" "$1" '' | od -An -v -tx1 | tr -d ' \n'; }
# frame WORD ADDRESSES KIND...: a frame with the mark and the word in it.
frame() {
	local text
	text=$(text "$1")
	case $3 in
	ip) printf %s "${2}0800$(ip_header "$4" "$5" $((${#text} / 2)))$text" ;;
	ip6) printf '%s86dd60000000%04x3aff%s%s%s' "$2" $((${#text} / 2)) "fe80000000000000000000000000$4" "ff02000000000000000000000000$5" "$text" ;;
	*) printf %s "$2$3$text" ;;
	esac
}

# attacks MAC ADDRESS NEIGHBOUR-MAC NEIGHBOUR-ADDRESS: lines 'what frame', with the mark in each.
attacks() {
	local all=ffffffffffff own=$1 own_ip=$2 mac=$3 ip=$4 what rest
	while read -r what rest; do
		# shellcheck disable=SC2086 # words
		echo "$what $(frame "$what" $rest)"
	done <<-END
		a-random-hardware-address ${all}525400abcdef ip $own_ip $gateway
		the-hardware-address-of-a-neighbour $all$mac ip $own_ip $gateway
		the-address-of-a-neighbour $all$own ip $ip $gateway
		the-address-of-the-gateway $all$own ip $gateway $ip
		an-address-elsewhere $all$own ip 192.0.2.7 $gateway
		no-address $all$own ip 0.0.0.0 255.255.255.255
		metadata $all$own ip $own_ip 169.254.169.254
		a-loopback-address $all$own ip $own_ip 127.0.0.1
		arp-as-the-gateway $all$own 0806$(arp "$own" "$gateway")
		arp-as-a-neighbour $all$own 0806$(arp "$own" "$ip")
		arp-for-another-card $all$own 0806$(arp 525400abcdef "$own_ip")
		arp-as-nobody $all$own 0806$(arp "$own" 0.0.0.0)
		arp-of-another-layout $all$own 08060001080006100002$own$(hex "$ip")$(hex "$ip")
		reverse-arp $all$own 80350001080006040004$own$(hex "$own_ip")
		a-router 333300000001$own ip6 0001 0001
		a-neighbour-of-ipv6 $all$own ip6 0002 0001
		a-vlan $all$own 810000010800$(ip_header "$own_ip" "$gateway" 20)
		vlan-0 $all$own 810000000800$(ip_header "$own_ip" "$gateway" 20)
		a-vlan-in-a-vlan $all$own 88a80001810000010800$(ip_header "$own_ip" "$gateway" 20)
		a-protocol-of-its-own $all$own 88b5
	END
}
# try NAME: sends all of them from there, and then, from the host, a frame that ends them: what arrives before it has
# arrived. 'at-host' and 'at-neighbour' have what did.
try() {
	local name=$1 frame
	[ ${#listeners[@]} = 0 ] || { kill "${listeners[@]}" && wait "${listeners[@]}"; } 2>/dev/null
	listeners=()
	listen host "$work/at-host"
	listen walls1 "$work/at-neighbour"
	while read -r _ frame; do frames "$name" send "$frame"; done \
		< <(attacks "$(mac "$name")" "$2" "$(mac walls1)" "$victim")
	frames "$name" send "$(frame own "ffffffffffff$(mac "$name")" ip "$2" "$gateway")"
	"$work/frames" sandbox0 send "$(frame end "ffffffffffff$(tr -d : </sys/class/net/sandbox0/address)" 88b5)"
	ok "$name: frames from the host arrive at the neighbour" wait_for grep -qx end "$work/at-neighbour"
	ok "$name: its own frames arrive at the host" wait_for grep -qx own "$work/at-host"
}
# reaches NAME URL [OPTION...]
reaches() {
	local name=$1 url=$2
	shift 2
	within "$name" curl --silent --show-error --output /dev/null "$@" "http://$url/"
}
refused() { fails "$1" 'timed out|timeout' reaches "$2" "$3" --connect-timeout 3; }

need 'create succeeds' create walls1
need 'create succeeds for the attacker' create walls2
need 'create with neighbours=yes succeeds' create walls3 --network sandbox,neighbours=yes
need 'create with neighbours=yes and --host-access succeeds' create walls4 --network sandbox,neighbours=yes --host-access
for name in walls1 walls2 walls3 walls4; do need "start succeeds: $name" start "$name"; done
victim=$(address walls1) attacker=$(address walls2)
gateway=$(ip -4 -o addr show sandbox0 | awk '{ sub("/.*", "", $4); print $4 }')
# The control: a port of the same bridge, made by hand; and another bridge, on which it can do harm.
ip netns add walls
ip link add wallsa type veth peer name eth0 netns walls address 52:54:00:aa:aa:aa
ip link set wallsa master sandbox0 up
ip netns exec walls ip link set eth0 up
control=${gateway%.*.*}.255.250
ip netns exec walls ip addr add "$control/16" dev eth0
# A service of the host at all its addresses, one of which is not the bridge's.
ip link add wallsh type bridge && ip addr add 10.79.79.1/32 dev wallsh && ip link set wallsh up
mkdir "$work/served" && echo served >"$work/served/index.html"
(cd "$work/served" && exec python3 -m http.server --bind :: "$port" >"$work/server" 2>&1) &
marks+=($!)
ok 'a service of the host answers' wait_for curl --silent --output /dev/null "http://$gateway:$port/"

# What comes from a container.
try control "$control"
while read -r what _; do
	ok "control: without walls it arrives at the host: $what" wait_for grep -qx -- "$what" "$work/at-host"
done < <(attacks 0 "$attacker" 0 "$victim")
# What is not IP; the rest is what the walls of the neighbour refuse.
for what in arp-as-the-gateway arp-as-a-neighbour reverse-arp a-vlan a-protocol-of-its-own; do
	ok "control: without walls it arrives at a neighbour: $what" grep -qx -- "$what" "$work/at-neighbour"
done
try walls2 "$attacker"
is 'the host gets no frame with forged addresses, or of another protocol' "$(grep -avxE 'ready|own|end' "$work/at-host")" ''
is 'a neighbour gets no frame at all' "$(grep -avxE 'ready|end' "$work/at-neighbour")" ''
try walls3 "$(address walls3)"
is 'the host gets none with neighbours=yes either' "$(grep -avxE 'ready|own|end' "$work/at-host")" ''

# Tables of the host that a container could fill or change.
entries() { bridge fdb show br "$1" | wc -l; }
ip link add walls0 type bridge && ip link set walls0 up
before=$(entries sandbox0)
ok 'attacker: 20,000 hardware addresses are sent' frames walls2 flood 20000
is 'the table of the bridge is what it was' "$(entries sandbox0)" "$before"
ip link set wallsa master walls0
ok 'control: 20,000 hardware addresses are sent' frames control flood 20000
ok 'control: without walls the bridge has them in its table' test "$(entries walls0)" -gt 10000
ip link set wallsa master sandbox0
ip link delete walls0

# claims NAME ADDRESS: says thrice that the address is its own. A claim is heard a second after the last (arp(7), locktime).
claims() {
	for _ in 1 2 3; do
		frames "$1" send "ffffffffffff$(mac "$1")0806$(arp "$(mac "$1")" "$2")"
		sleep 1.1
	done
}
at_host() { ip neigh show "$victim" dev sandbox0 | awk '{ print $3 }' | tr -d :; }
at_neighbour() { within walls1 ip neigh show "$gateway" dev eth0 | awk '{ print $3 }' | tr -d :; }
# The host knows it, and it knows the host.
ok 'the service answers' page walls1 ''
before=$(at_host),$(at_neighbour)
claims walls2 "$victim"
claims walls2 "$gateway"
claims walls3 "$gateway"
is 'what a container claims by ARP changes nothing at the host and at a neighbour' "$(at_host),$(at_neighbour)" "$before"
claims control "$victim"
is 'control: without walls a claim by ARP moves the address of the neighbour at the host' "$(at_host)" 525400aaaaaa
ip neigh flush dev sandbox0
ip link delete wallsa

# Who reaches whom.
ok 'the host reaches a container' page walls1 ''
refused 'a container does not reach its neighbour' walls2 "$victim"
refused 'a container does not reach one with neighbours=yes' walls2 "$(address walls3)"
refused 'one with neighbours=yes does not reach one without' walls3 "$victim"
ok 'control: two with neighbours=yes reach each other' reaches walls3 "$(address walls4)"
for name in walls2 walls3; do within "$name" ip route add "${victim%.*}.0/24" via "$gateway"; done
refused 'a container does not reach its neighbour by way of the host' walls2 "$victim"
refused 'one with neighbours=yes does not either' walls3 "$victim"
refused 'a container does not reach a service of the host' walls2 "$gateway:$port"
refused 'one with neighbours=yes does not either' walls3 "$gateway:$port"
refused 'a container does not reach a service at another address of the host' walls2 "10.79.79.1:$port"
ok 'control: with --host-access a container reaches a service of the host' reaches walls4 "$gateway:$port"
ok 'control: with --host-access at another address, too' reaches walls4 "10.79.79.1:$port"
ip addr add 169.254.169.254/32 dev wallsh
refused 'even with --host-access a container does not reach the address of metadata' walls4 "169.254.169.254:$port"
ok 'control: the host reaches the address of metadata' curl --silent --output /dev/null "http://169.254.169.254:$port/"
# IPv6, which the network does not have: even if somebody enables it on the bridge, and all have addresses and know where the
# others are.
is 'the host has no IPv6 on the bridge' "$(cat /proc/sys/net/ipv6/conf/sandbox0/disable_ipv6)" 1
is 'a container has no address or route of IPv6 but its own of the link' \
	"$(within walls2 ip -6 -o addr show dev eth0 scope global; within walls2 ip -6 route show default)" ''
echo 0 >/proc/sys/net/ipv6/conf/sandbox0/disable_ipv6
six() { echo "fd77:77::$1"; }
knows() { within "$1" ip -6 neigh replace "$(six "$2")" lladdr "$3" dev eth0; }
ip -6 addr add "$(six 1)/64" dev sandbox0 nodad
for i in 2 3 4; do
	within walls$i ip -6 addr add "$(six $i)/64" dev eth0 nodad
	ip -6 neigh replace "$(six $i)" lladdr "$(within walls$i cat /sys/class/net/eth0/address)" dev sandbox0
	knows walls$i 1 "$(cat /sys/class/net/sandbox0/address)"
done
knows walls3 4 "$(within walls4 cat /sys/class/net/eth0/address)"
knows walls4 3 "$(within walls3 cat /sys/class/net/eth0/address)"
within walls4 python3 -m http.server --bind :: "$port" >"$work/server-inside" 2>&1 &
marks+=($!)
ok 'a service in a container answers' wait_for within walls4 curl --silent --output /dev/null "http://[::1]:$port/"
refused 'a container does not reach a service of the host by IPv6' walls2 "[$(six 1)]:$port"
refused 'one with --host-access does not either' walls4 "[$(six 1)]:$port"
refused 'two with neighbours=yes do not reach each other by IPv6' walls3 "[$(six 4)]:$port"
fails 'the host does not reach a container by IPv6' 'timed out|timeout' \
	curl --silent --show-error --output /dev/null --connect-timeout 3 "http://[$(six 4)]:$port/"
ok 'a container reaches its name server' within walls2 bash -c "exec 3<>/dev/tcp/$gateway/53"

# What status says, of the bridge's port too.
interface=$(ip -o link show master sandbox0 | sed -n 's/^[0-9]*: \(vs[^@:]*\).*/\1/p' | head -n 1)
network() { for name in walls1 walls2 walls3 walls4; do "$program" status "$name" | grep -E ' (ok|weak|none) +network '; done; }
is 'status says that the walls of all stand' "$(network | grep -c ok)" 4
for setting in isolated locked; do
	bridge link set dev "$interface" $setting off
	is "status says of one that its port is not $setting" "$(network | grep -c weak)" 1
	bridge link set dev "$interface" $setting on
done
is 'status says that the walls of all stand again' "$(network | grep -c ok)" 4

# Rules that somebody has flushed.
like 'setup --check says that the walls stand' "$("$program" setup --check)" '^ok +network walls'
nft flush ruleset
like 'setup --check says that the walls are gone' "$("$program" setup --check)" '^weak +network walls +gone'
is 'status says that the walls of all are weak' "$(network | grep -c weak)" 4
try walls2 "$attacker"
is 'without rules the host gets no frame with a forged hardware address' \
	"$(grep -ac 'hardware-address' "$work/at-host")" 0
is 'without rules the host gets no frame for its loopback addresses' "$(grep -ac a-loopback-address "$work/at-host")" 0
is 'without rules a neighbour gets no frame' "$(grep -avxE 'ready|end' "$work/at-neighbour")" ''
ok 'control: without rules a container with IPv6 reaches a service of the host' reaches walls2 "[$(six 1)]:$port"
ok 'control: without rules two with neighbours=yes reach each other by IPv6' reaches walls3 "[$(six 4)]:$port"
ok 'control: without rules the host reaches a container by IPv6' curl --silent --output /dev/null "http://[$(six 4)]:$port/"
ok 'control: without rules the host gets one with a forged address' grep -qx the-address-of-a-neighbour "$work/at-host"
ok 'the start of another container succeeds' systemctl restart walls4_sandbox.service
like 'it restores the walls of all' "$("$program" setup --check)" '^ok +network walls'
refused 'a container does not reach a service of the host again' walls2 "$gateway:$port"
nft flush table bridge virt_sandbox
like 'setup --check says that the rules of a table are gone' "$("$program" setup --check)" '^weak +network walls +gone'
ok 'the start of another container succeeds after that, too' systemctl restart walls4_sandbox.service
like 'it restores the rules of all' "$("$program" setup --check)" '^ok +network walls'
try walls2 "$attacker"
is 'the host gets no frame with forged addresses again' "$(grep -avxE 'ready|own|end' "$work/at-host")" ''
nft flush chain inet virt_sandbox input
like 'setup --check says that some rules are gone' "$("$program" setup --check)" '^weak +network walls +gone'
like 'setup restores them' "$("$program" setup)" '^network walls: made ready'
refused 'a container does not reach a service of the host after setup' walls2 "$gateway:$port"
need 'create succeeds for one that never runs' create walls5
"$program" setup >/dev/null
chains() { nft list table bridge virt_sandbox | grep -c 'chain vs'; }
is 'one that never ran has rules after setup' "$(chains)" 5
"$program" delete walls5 >/dev/null
is 'it has none after delete' "$(chains)" 4
like 'a running container has rules' "$(nft list table bridge virt_sandbox)" "$interface"
delete_containers
unlike 'deleted containers leave no rule' "$(nft list table bridge virt_sandbox; nft list table inet virt_sandbox)" 'vs[0-9a-f]{10}-|52:54:00'
nft delete table bridge virt_sandbox
ok 'setup --remove succeeds where one table of the walls is gone' "$program" setup --remove
unlike 'it leaves none' "$(nft list tables)" virt_sandbox
ok 'setup --remove succeeds where there is none' "$program" setup --remove
done_testing
