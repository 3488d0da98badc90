#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The networks that a container can be in: by libvirt, by a bridge and a macvlan of the host, with addresses that are given,
# found or asked for. The host gets a bridge of its own here, with a server that hands out addresses.
. "$(dirname "$0")/lib.sh"

at_end() {
	delete_containers
	virsh --connect lxc:/// net-destroy lan
	virsh --connect lxc:/// net-undefine lan
	[ -z "${server-}" ] || kill "$server"
	ip link delete nets0
	ip link delete netsa
} >/dev/null 2>&1

addresses() { inside nets 'ip -4 -o addr show scope global' | awk '{ print $2, $4 }'; }
# a container is made, started, looked at, and goes.
try() {
	ok "create $*" create nets "$@"
	ok '... start' start nets
}
gone() { ok '... delete' "$program" delete nets; }
refused() {
	local what=$1 pattern=$2
	shift 2
	fails "$what" "$pattern" create nets "$@"
}

need 'setup' "$program" setup
before=$(files)
base=$(ip -4 -o addr show sandbox0 | awk '{ split($4, a, "."); print a[1] "." a[2] }')
ip link add nets0 type bridge && ip addr add 10.77.0.1/24 dev nets0 && ip link set nets0 up
ip link add netsa type veth peer name netsb && ip link set netsa up && ip link set netsb master nets0 up
dnsmasq --conf-file=/dev/null --keep-in-foreground --port=0 --interface=nets0 --bind-interfaces --leasefile-ro \
	--dhcp-range=10.77.0.100,10.77.0.150 --pid-file= --dhcp-broadcast >"$work/dnsmasq" 2>&1 &
server=$!
virsh --connect lxc:/// net-define /dev/stdin >/dev/null <<'END'
<network><name>lan</name><bridge name='nets1'/><ip address='10.78.0.1' prefix='24'>
<dhcp><range start='10.78.0.100' end='10.78.0.150'/></dhcp></ip></network>
END

try -N "source=sandbox,address=$base.7.7"
is '... has that address' "$(addresses)" "eth0 $base.7.7/16"
is '... which list shows' "$(address nets)" "$base.7.7"
like '... and it answers there' "$(page nets '')" html
fails 'an address in use is refused' "belongs to container 'nets'" "$program" create -u "$web" -N "source=sandbox,address=$base.7.7" nets2
gone

refused 'one outside its network' 'is not one for network' -N source=sandbox,address=10.1.2.3
refused '... or with another prefix' 'is not one for network' -N "source=sandbox,address=$base.7.7/24"
refused '... or of the network itself' 'is not one for network' -N "source=sandbox,address=$base.0.0"
refused '... or its broadcast address' 'is not one for network' -N "source=sandbox,address=$base.255.255"
refused '... or the host'"'"'s' "host's own" -N "source=sandbox,address=$base.0.1"
refused 'an address twice' 'given twice' -N "source=sandbox,address=$base.7.7" -N "source=sandbox,address=$base.7.7"
refused 'a network that is missing' "no libvirt network 'nosuch'" -N nosuch
refused 'a bridge that is missing' "no network interface 'nosuch'" -N bridge=nosuch
refused 'a bridge that is none' 'is no bridge' -N bridge=netsa
refused 'a macvlan on nothing' "no network interface 'nosuch'" -N macvlan=nosuch
refused 'DHCP where nobody answers' 'no addresses by DHCP' -N dhcp,source=sandbox
refused 'a route by a stranger' 'no neighbour' -N bridge=nets0,address=10.77.0.9/24,route=10.1.0.0/16%10.9.9.9
refused 'the host'"'"'s address on a bridge' "host's own" -N bridge=nets0,address=10.77.0.1/24
refused 'none with another' 'once' -N none -N sandbox
is 'nothing is left of them' "$(files)" "$before"

try -N bridge=nets0,address=10.77.0.9/24,route=10.1.0.0/16%10.77.0.1,route=0.0.0.0/0%10.77.0.1,mac=52:54:00:77:00:09
is '... has that address' "$(addresses)" 'eth0 10.77.0.9/24'
is '... and these routes' "$(inside nets 'ip -4 route show via 10.77.0.1' | awk '{ print $1 }' | tr '\n' ' ')" 'default 10.1.0.0/16 '
like '... and this card' "$(inside nets 'ip link show eth0')" 'link/ether 52:54:00:77:00:09'
fails 'a hardware address in use is refused' "belongs to container 'nets'" "$program" create -u "$web" -N bridge=nets0,mac=52:54:00:77:00:09 nets2
gone

try -N bridge=nets0
like '... has an address by DHCP once it is started' "$(addresses)" '^eth0 10\.77\.0\.1[0-5][0-9]/24$'
is '... by a networkd of its own' "$(inside nets 'systemctl is-active systemd-networkd')" active
is '... and the system is running' "$(inside nets 'systemctl is-system-running')" running
like '... which status says' "$("$program" status nets)" "Network: bridge 'nets0', address by DHCP"
gone

try -N dhcp,source=lan
like '... has an address of libvirt'"'"'s' "$(addresses)" '^eth0 10\.78\.0\.1[0-5][0-9]/24$'
is '... and its name server' "$(inside nets 'grep -v "#" /etc/resolv.conf')" 'nameserver 10.78.0.1'
gone

try -N macvlan=netsa
like '... has an address by DHCP' "$(addresses)" '^eth0 10\.77\.0\.1[0-5][0-9]/24$'
gone

try -N sandbox -N lan -N bridge=nets0
like '... has three interfaces' "$(addresses | tr '\n' ' ')" "^eth0 $base\.[0-9.]+/16 eth1 10\.78\.0\.[0-9]+/24 eth2 10\.77\.0\.[0-9]+/24 $"
is '... and one default route that counts' "$(inside nets 'ip -4 route get 192.0.2.1' | awk '/via/ { print $5 }')" eth0
gone

# As it was written once.
try -N source=lan,address=10.78.0.8/24%10.78.0.255,route=10.1.0.0/16%10.78.0.1
is '... has that address' "$(addresses)" 'eth0 10.78.0.8/24'
gone
is 'all is given back' "$(files)" "$before"
done_testing
