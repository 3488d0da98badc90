#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The names of containers on the network that setup makes: who has them and when, what changes them, and what does not.
. "$(dirname "$0")/lib.sh"

cp /etc/hosts "$work/hosts"
at_end() {
	delete_containers
	cat "$work/hosts" >/etc/hosts
	"$program" setup
} >/dev/null 2>&1
need 'setup makes the host ready' "$program" setup
gateway=$(ip -4 -o addr show sandbox0 | awk '{ sub("/.*", "", $4); print $4 }')

# ask NAME [SERVER]: asks the network's name server, or another, for the addresses of a name; prints them, or the status.
ask() {
	python3 - "$1" "${2:-$gateway}" <<-'END'
		import socket, sys
		question = b''.join(bytes([len(part)]) + part.encode() for part in sys.argv[1].split('.')) + b'\0\0\1\0\1'
		server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		server.settimeout(10)
		server.connect((sys.argv[2], 53))
		server.send(b'vs\1\0\0\1\0\0\0\0\0\0' + question)
		answer = server.recv(4096)
		rest = answer[12 + len(question):]
		found = [socket.inet_ntoa(rest[i + 12:i + 16]) for i in range(0, 16 * int.from_bytes(answer[6:8], 'big'), 16)]
		print(' '.join(sorted(found)) or 'status %d' % (answer[3] & 15))
	END
}
nobody='status 3'
is_answer() { [ "$(ask "$1")" = "$2" ]; }
# named NAME ADDRESS WHEN: libvirt tells its name server by a signal.
named() { ok "$1.sandbox is ${2/$nobody/nobody} $3" wait_for is_answer "$1.sandbox" "$2"; }
entries="virsh --quiet --connect lxc:/// net-update sandbox"
entry() { $entries "$1" dns-host "<host ip='$2'><hostname>$3</hostname></host>" --live >/dev/null; }

need 'create succeeds' create names-1 --network sandbox,neighbours=yes
need 'create succeeds for another' create names_2 --network sandbox,neighbours=yes --hostname names-1
need 'create succeeds for a third' create names3
one=$(address names-1) two=$(address names_2) three=$(address names3)
named names-1 "$nobody" 'before it runs'
for name in names-1 names_2 names3; do need "start succeeds: $name" start $name; done
named names-1 "$one" 'while it runs'
named names_2 "$two" 'whatever its host name is'
named names3 "$three" 'without neighbours=yes, too'
named names4 "$nobody" 'if there is no such container, and no other server is asked'

# From inside.
hosts() { inside "$1" "getent hosts $2" | awk '{ print $1 }'; }
is 'a container resolves another by its full name' "$(hosts names-1 names_2.sandbox)" "$two"
is 'a container resolves another by its name alone' "$(hosts names-1 names_2)" "$two"
is 'a container resolves itself' "$(hosts names-1 names-1)" "$one"
echo "served by two" >"$filesystems/names_2/$docroot/names"
is 'a container with neighbours=yes reaches another by its name' \
	"$(inside names-1 'curl --silent --show-error --max-time 60 http://names_2/names')" 'served by two'
if systemctl --quiet is-active systemd-resolved; then
	is 'the host resolves it by systemd-resolved' "$(ask names3.sandbox 127.0.0.53)" "$three"
else
	skip 'the host resolves it by systemd-resolved' 'the host has none'
fi

# What root in a container might try: a dynamic update (RFC 2136), a request for an address under that name, a host name.
cat >"$filesystems/names3/$docroot/claim.py" <<-'END'
	import socket, sys
	gateway, own = sys.argv[1:]
	def name(text):
	    return b''.join(bytes([len(part)]) + part.encode() for part in text.split('.')) + b'\0'
	record = name('names-1.sandbox') + b'\0\1\0\1\0\0\0\x3c\0\4' + socket.inet_aton(own)
	update = b'vs\x28\0\0\1\0\0\0\1\0\0' + name('sandbox') + b'\0\6\0\1' + record
	server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	server.settimeout(10)
	server.connect((gateway, 53))
	server.send(update)
	print('update: status %d' % (server.recv(4096)[3] & 15))
	lease = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	lease.bind(('', 68))
	discover = (b'\1\1\6\0abcd' + bytes(4) + socket.inet_aton(own) + bytes(12) + b'RT\0\1\2\3' + bytes(202) +
	    b'c\x82Sc\x35\1\3\x0c\x07names-1\x32\4' + socket.inet_aton(own) + b'\xff')
	lease.sendto(discover, (gateway, 67))
	print('sent')
END
like 'an update from a container is refused, a request for a lease is sent' \
	"$(inside names3 "python3 /$docroot/claim.py $gateway $three" | tr '\n' ' ')" '^update: status [1-9][0-9]* sent $'
inside names3 'hostname names-1; echo names-1 >/etc/hostname' >/dev/null
ok 'it starts again' systemctl restart names3_sandbox.service
named names-1 "$one" 'whatever another container says of itself'
named names3 "$three" 'after that'
entry delete "$one" names-1.sandbox && entry add 192.0.2.8 names-1.sandbox
named names-1 192.0.2.8 'if the administrator says so (the control)'
ok 'it starts again' systemctl restart names-1_sandbox.service
named names-1 "$one" 'from its next start on'

# What is in the host's own file is not in the domain.
echo "192.0.2.9 names-1" >>/etc/hosts
ok 'another start makes the name server read it' systemctl restart names3_sandbox.service
ok 'the name server has it' wait_for is_answer names-1 192.0.2.9
named names-1 "$one" 'and nothing else'

# What a start finds.
ok 'stop succeeds' "$program" stop names_2
named names_2 "$nobody" 'when it has stopped'
entry add "$two" gone.sandbox && entry add 192.0.2.7 printer.example
named gone "$two" 'because a killed start left it'
need 'start succeeds over it' start names_2
named names_2 "$two" 'again'
named gone "$nobody" 'any more'
is 'the entries of the administrator stay' "$(ask printer.example)" 192.0.2.7

# What happens to libvirt.
systemctl try-restart libvirtd.service virtnetworkd.service 2>/dev/null
ok 'libvirt answers again' wait_for virsh --quiet --connect lxc:/// net-info sandbox
named names-1 "$one" 'when libvirt was restarted'
ip link delete sandbox0
ok 'the start of another container succeeds without the bridge' systemctl restart names3_sandbox.service
for name in names-1 names_2 names3; do named $name "$(address $name)" 'when the bridge was made anew'; done
virsh --quiet --connect lxc:/// net-destroy sandbox && virsh --quiet --connect lxc:/// net-start sandbox
ok 'setup succeeds after the network was restarted' "$program" setup
for name in names-1 names_2 names3; do named $name "$(address $name)" 'after setup'; done

# What happens to the container.
ok 'stop succeeds' "$program" stop names_2
ok 'set gives it another address' "$program" set names_2 --network="sandbox,address=${gateway%.*.*}.250.9"
need 'start succeeds' start names_2
named names_2 "${gateway%.*.*}.250.9" 'after set'
ok 'stop succeeds' "$program" stop names_2
containers+=(names.5)
ok 'rename succeeds' "$program" rename names_2 names.5
need 'start succeeds under its new name' start names.5
named names.5 "${gateway%.*.*}.250.9" 'after rename'
named names_2 "$nobody" 'any more'
is 'another container resolves it by its new name' "$(hosts names-1 names.5)" "${gateway%.*.*}.250.9"
for name in names-1 names.5 names3; do ok "delete succeeds: $name" "$program" delete --force $name; done
for name in names-1 names.5 names3; do named $name "$nobody" 'when it was deleted'; done
unlike 'deleted containers leave no name' "$(virsh --quiet --connect lxc:/// net-dumpxml sandbox)" names
done_testing
