#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The networks that a container can join: those of libvirt, a bridge, and a macvlan, with addresses that are given, chosen, or
# from DHCP. The host gets a bridge of its own here, with a DHCP server.
. "$(dirname "$0")/lib.sh"

at_end() {
	delete_containers
	virsh --connect lxc:/// net-destroy lan
	virsh --connect lxc:/// net-undefine lan
	virsh --connect lxc:/// net-destroy later
	[ -z "${server-}" ] || kill "$server"
	[ -z "${links-}" ] || kill "$links"
	ip link delete nets0
	ip link delete netsa
	ip link delete nets2
} >/dev/null 2>&1

addresses() { inside nets 'ip -4 -o addr show scope global' | awk '{ print $2, $4 }'; }
# An address by DHCP may come after the service is up.
has_address() { addresses | grep -qE "$1"; }
gets_address() { wait_for has_address "$2"; like "$1" "$(addresses)" "$2"; }
# try OPTION...: creates a container with these options and starts it. gone: deletes it.
try() {
	network=$*
	ok "create $* succeeds" create nets "$@"
	ok "start succeeds after create $*" start nets
}
gone() { ok "delete succeeds after create $network" "$program" delete --force nets; }
refused() {
	local what=$1 pattern=$2
	shift 2
	fails "$what" "$pattern" create nets "$@"
}

need 'setup makes the host ready' "$program" setup
before=$(files)
base=$(ip -4 -o addr show sandbox0 | awk '{ split($4, a, "."); print a[1] "." a[2] }')
ip link add nets0 type bridge && ip addr add 10.77.0.1/24 dev nets0 && ip addr add fd78::1/64 dev nets0 nodad && ip link set nets0 up
ip link add netsa type veth peer name netsb && ip link set netsa up && ip link set netsb master nets0 up
dnsmasq --conf-file=/dev/null --keep-in-foreground --port=0 --interface=nets0 --bind-interfaces --leasefile-ro \
	--dhcp-range=10.77.0.100,10.77.0.150 --dhcp-range=fd78::,ra-only,64 --enable-ra --pid-file= --dhcp-broadcast >"$work/dnsmasq" 2>&1 &
server=$!
virsh --connect lxc:/// net-define /dev/stdin >/dev/null <<'END'
<network><name>lan</name><bridge name='nets1'/><ip address='10.78.0.1' prefix='24'>
<dhcp><range start='10.78.0.100' end='10.78.0.150'/></dhcp></ip></network>
END

try -N "source=sandbox,address=$base.7.7"
is 'an address of option address= is that of eth0' "$(addresses)" "eth0 $base.7.7/16"
is 'list shows the address of option address=' "$(address nets)" "$base.7.7"
like 'the service answers at the address of option address=' "$(page nets '')" html
fails 'create -N refuses the address of another container' "belongs to container 'nets'" "$program" create -u "$web" -N "source=sandbox,address=$base.7.7" nets2
gone

refused 'create -N refuses an address outside its network' 'does not fit network' -N source=sandbox,address=10.1.2.3
refused 'create -N refuses an address with a prefix that is not its network'"'"'s' 'does not fit network' -N "source=sandbox,address=$base.7.7/24"
refused 'create -N refuses the address of the network itself' 'does not fit network' -N "source=sandbox,address=$base.0.0"
refused 'create -N refuses the broadcast address of the network' 'does not fit network' -N "source=sandbox,address=$base.255.255"
refused 'create -N refuses the address of the host in the network' "host's own" -N "source=sandbox,address=$base.0.1"
refused 'create -N refuses the same address twice' 'given twice' -N "source=sandbox,address=$base.7.7" -N "source=sandbox,address=$base.7.7"
refused 'create -N refuses a network that does not exist' "no libvirt network 'nosuch'" -N nosuch
refused 'create -N refuses a bridge that does not exist' "no network interface 'nosuch'" -N bridge=nosuch
refused 'create -N refuses an interface that is not a bridge' 'is not a bridge' -N bridge=netsa
refused 'create -N refuses a macvlan on an interface that does not exist' "no network interface 'nosuch'" -N macvlan=nosuch
refused 'create -N refuses DHCP in a network without a DHCP server' 'no addresses by DHCP' -N dhcp,source=sandbox
refused 'create -N refuses a route by an address that is not a neighbour' 'not in the same network' -N bridge=nets0,address=10.77.0.9/24,route=10.1.0.0/16%10.9.9.9
refused 'create -N refuses the address of the host on a bridge' "host's own" -N bridge=nets0,address=10.77.0.1/24
refused 'create -N refuses none together with a network' 'cannot be combined' -N none -N sandbox
is 'refused creates leave nothing behind' "$(files)" "$before"

try -N bridge=nets0,address=10.77.0.9/24,route=10.1.0.0/16%10.77.0.1,route=0.0.0.0/0%10.77.0.1,mac=52:54:00:77:00:09
is 'on a bridge, eth0 has the address of option address=' "$(addresses)" 'eth0 10.77.0.9/24'
is 'on a bridge, the container has the routes of option route=' "$(inside nets 'ip -4 route show via 10.77.0.1' | awk '{ print $1 }' | tr '\n' ' ')" 'default 10.1.0.0/16 '
like 'on a bridge, eth0 has the hardware address of option mac=' "$(inside nets 'ip link show eth0')" 'link/ether 52:54:00:77:00:09'
fails 'create -N refuses the hardware address of another container' "belongs to container 'nets'" "$program" create -u "$web" -N bridge=nets0,mac=52:54:00:77:00:09 nets2
gone

try -N bridge=nets0
gets_address 'on a bridge without an address, eth0 gets one by DHCP' '^eth0 10\.77\.0\.1[0-5][0-9]/24$'
ok 'on a bridge, eth0 also takes an IPv6 address that a router announces' wait_for inside nets 'ip -6 -o addr show dev eth0 | grep fd78:'
is 'on a bridge without an address, networkd runs inside' "$(inside nets 'systemctl is-active systemd-networkd')" active
is 'on a bridge without an address, systemd inside is running, not degraded' "$(inside nets 'systemctl is-system-running')" running
like 'status shows the capabilities that DHCP takes' "$("$program" status nets)" 'Capabilities: CAP_NET_ADMIN, CAP_NET_RAW'
like 'status shows the bridge and DHCP' "$("$program" status nets)" "Network: bridge 'nets0', address by DHCP"
gone

try -N dhcp,source=lan
gets_address 'with dhcp, eth0 gets an address from libvirt' '^eth0 10\.78\.0\.1[0-5][0-9]/24$'
is 'with dhcp, the container has the name server of the network' "$(inside nets 'grep -v "#" /etc/resolv.conf')" 'nameserver 10.78.0.1'
gone

try -N macvlan=netsa
gets_address 'on a macvlan, eth0 gets an address by DHCP' '^eth0 10\.77\.0\.1[0-5][0-9]/24$'
gone

try -N sandbox -N lan -N bridge=nets0
wait_for has_address '^eth2'
like 'with three networks, the container has three interfaces' "$(addresses | tr '\n' ' ')" "^eth0 $base\.[0-9.]+/16 eth1 10\.78\.0\.[0-9]+/24 eth2 10\.77\.0\.[0-9]+/24 $"
is 'with three networks, the default route is that of the first' "$(inside nets 'ip -4 route get 192.0.2.1' | awk '/via/ { print $5 }')" eth0
gone

# As udev does (systemd.link(5), MACAddressPolicy=), which may come after libvirt has set the address: each interface of
# libvirt's gets another one while it is on the host.
replace() {
	local line name
	while read -r line; do
		case $line in
		Deleted* | *"$false"*) ;;
		*': vnet'*) name=${line#*: } && ip link set "${name%%[@:]*}" address "$false" ;;
		esac
	done
}
false=02:00:00:77:00:01
ip -o monitor link >"$work/links" &
links=$!
tail -f --pid=$links -n +1 "$work/links" 2>/dev/null | replace >/dev/null 2>&1 &
try -N sandbox
kill "$links"
like 'control: on the host, the interface had another hardware address at last' "$(grep 'Deleted.*vnet' "$work/links" | tail -n 1)" "$false"
is 'inside, eth0 has the hardware address of the record' "$(inside nets 'cat /sys/class/net/eth0/address')" \
	"$("$program" show nets | sed -n 's/^MAC=//p')"
ok 'the container is reached' page nets ''
gone

# A bridge of the administrator's that is not up yet, and a network that libvirt does not keep.
virsh --connect lxc:/// net-create /dev/stdin >/dev/null <<'END'
<network><name>later</name><forward mode='bridge'/><bridge name='nets2'/></network>
END
ok 'create on a network whose bridge is not up succeeds' create nets -N source=later,address=10.79.0.9/24
fails 'start does not succeed before the bridge is up' '' start nets
like 'the network is still there' "$(virsh --connect lxc:/// net-info later)" 'Active: +yes'
ip link add nets2 type bridge && ip link set nets2 up
ok 'start succeeds once the bridge is up' start nets
is 'the container has its address' "$(addresses)" 'eth0 10.79.0.9/24'
ok 'delete succeeds on such a network' "$program" delete --force nets

# The old syntax.
try -N source=lan,address=10.78.0.8/24%10.78.0.255,route=10.1.0.0/16%10.78.0.1
is 'an address with a broadcast address is that of eth0' "$(addresses)" 'eth0 10.78.0.8/24'
gone
is 'delete removes everything of all networks' "$(files)" "$before"
done_testing
