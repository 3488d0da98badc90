#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The addresses of the network that setup makes are changed only when no container has one, and a container with an address
# outside of them does not start.
. "$(dirname "$0")/lib.sh"

need 'setup makes the host ready' "$program" setup
now() { ip -4 -o addr show sandbox0 | awk '{ print $4 }'; }
virsh="virsh --quiet --connect lxc:///"
old=$(now) uuid=$($virsh net-uuid sandbox)
at_end() {
	for name in "${containers[@]}"; do "$program" delete --force "$name"; done
	ip route delete 10.97.0.0/16
	"$program" setup --subnet="$old"
} >/dev/null 2>&1

need 'create succeeds' create subnet1
fails 'setup --subnet is refused while a container has an address, and says which' "Container 'subnet1' has the address" \
	"$program" setup --subnet=10.99.0.0/16
is 'the network is as it was' "$(now)" "$old"
ok 'delete succeeds' "$program" delete subnet1
ip route add 10.97.0.0/16 dev lo
fails 'setup --subnet refuses addresses to which the host has another route' "route to '10.97.0.0/16', which overlaps" \
	"$program" setup --subnet=10.97.4.0/24
fails 'setup --subnet refuses what is not a network' 'a network like' "$program" setup --subnet=10.99.0.0
fails 'setup --subnet refuses loopback addresses' 'hosts can have' "$program" setup --subnet=127.1.0.0/16
like 'setup --subnet changes the network' "$("$program" setup --subnet=10.99.0.0/16)" "^network 'sandbox': made ready"
is 'the host has its first address' "$(now)" 10.99.0.1/16
like 'setup --subnet has nothing to do then' "$("$program" setup --subnet=10.99.0.0/16)" "^network 'sandbox': ready"
like 'setup leaves the network as it is' "$("$program" setup)" "^network 'sandbox': ready"

need 'create succeeds in the new network' create subnet2
like 'the container has one of the new addresses' "$(address subnet2)" '^10\.99\.'
need 'start succeeds' start subnet2
ok 'the container serves' page subnet2 ''
fails 'setup --subnet is refused while a container runs' "Container 'subnet2' runs" "$program" setup --subnet=10.99.0.9/16
ok 'stop succeeds' "$program" stop subnet2
ok 'the host can have another address of the same network' "$program" setup --subnet=10.99.0.9/16
is 'the host has that' "$(now)" 10.99.0.9/16
is 'it has always been the same network' "$($virsh net-uuid sandbox)" "$uuid"
# As if the command had been killed before the network was stopped, and before it was started.
$virsh net-dumpxml --inactive sandbox | sed 's,10\.99\.0\.9,10.99.0.8,' >"$work/next.xml"
ok 'a network is defined anew' sh -c "$virsh net-define '$work/next.xml'"
is 'while it is active, it has its old address' "$(now)" 10.99.0.9/16
like 'setup --subnet completes the change' "$("$program" setup --subnet=10.99.0.8/16)" "^network 'sandbox': made ready"
is 'the host has the new address' "$(now)" 10.99.0.8/16
sed -i 's,10\.99\.0\.8,10.99.0.9,' "$work/next.xml"
ok 'a network is defined anew, and stopped' sh -c "$virsh net-define '$work/next.xml' && $virsh net-destroy sandbox"
ok 'setup --subnet completes that, too' "$program" setup --subnet=10.99.0.9/16
is 'the host has that address again' "$(now)" 10.99.0.9/16
# libvirt's name server does not start where another one has its port.
python3 -c 'import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, 15, 1) # IP_FREEBIND
s.bind(("10.95.0.1", 53))
print("ready", flush=True)
time.sleep(600)' >"$work/server" &
server=$!
ok 'another name server runs' wait_for grep -q ready "$work/server"
"$program" delete --force subnet2 >/dev/null
fails 'setup --subnet says that libvirt cannot start the network' 'cannot start network' "$program" setup --subnet=10.95.0.0/16
kill $server
is 'the network is as it was' "$(now)" 10.99.0.9/16
is 'also at the next start' "$($virsh net-dumpxml --inactive sandbox | grep -o "ip address='[0-9.]*'")" "ip address='10.99.0.9'"
need 'create succeeds' create subnet2

# A network that an earlier version has made, with NAT and without names.
put() { $virsh net-destroy sandbox && $virsh net-undefine sandbox && $virsh net-define "$1" && $virsh net-start sandbox; } >/dev/null
mode() { $virsh net-dumpxml sandbox | grep -o "forward mode='[a-z]*'"; }
cat >"$work/old.xml" <<-'END'
	<network>
	  <name>sandbox</name>
	  <forward mode='nat'/>
	  <bridge name='sandbox0' stp='off' delay='0'/>
	  <ip address='10.99.0.9' prefix='16'/>
	</network>
END
sed 's,<ip ,<domain name="example.org"/><ip ,' "$work/old.xml" >"$work/own.xml"
ok 'an administrator defines the network' put "$work/own.xml"
like 'setup leaves it as it is' "$("$program" setup)" "^network 'sandbox': ready"
is 'it still has NAT' "$(mode)" "forward mode='nat'"
ok 'an earlier version defines the network' put "$work/old.xml"
need 'start succeeds' start subnet2
like 'setup --check says so' "$("$program" setup --check)" '^weak +network +.sandbox. was made by an earlier version'
like 'setup says that it stays while a container runs' "$("$program" setup 2>&1)" "earlier version.*'subnet2' runs; run setup again"
is 'it does' "$(mode)" "forward mode='nat'"
ok 'stop succeeds' "$program" stop subnet2
like 'setup makes it anew when none runs' "$("$program" setup)" "^network 'sandbox': made ready"
is 'it is routed then' "$(mode)" "forward mode='route'"
is 'with the same addresses' "$(now)" 10.99.0.9/16
like 'setup --check says that all is well' "$("$program" setup --check)" '^ok +network +.sandbox. is 10\.99\.0\.9/16'
need 'start succeeds' start subnet2
ok 'the container serves' page subnet2 ''
ok 'stop succeeds' "$program" stop subnet2

$virsh net-dumpxml --inactive sandbox | sed 's,10\.99\.0\.9,10.96.0.1,' >"$work/other.xml"
ok 'somebody else changes the network' sh -c "$virsh net-destroy sandbox && $virsh net-define '$work/other.xml' && $virsh net-start sandbox"
fails 'a container with an address outside of the network does not start, and says why' \
	"has the address '10\.99\..*', which is not in libvirt network 'sandbox', where the host has '10\.96\.0\.1/16'" "$program" start subnet2
ok 'set gives it another address' "$program" set subnet2 --network=sandbox,address=10.96.0.7
ok 'it starts then' "$program" start subnet2
ok 'it serves then' page subnet2 ''
done_testing
