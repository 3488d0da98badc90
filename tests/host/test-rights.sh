#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What containers have of the capabilities of the network and of system calls beyond the default: none, what a service needs,
# or what was asked for; the same for commands that enter a container whose systemd does not answer.
. "$(dirname "$0")/lib.sh"

capable=/usr/local/bin/rights-$$
at_end() {
	[ -z "${pid-}" ] || kill -CONT "$pid"
	rm -f "/etc/systemd/system/$web.service.d/rights.conf" "$capable"
	rmdir "/etc/systemd/system/$web.service.d"
	systemctl daemon-reload
	delete_containers
} 2>/dev/null

command -v cc >/dev/null || skip_all 'a C compiler is missing'
need 'setup makes the host ready' "$program" setup
need 'the probes compile' cc -D_GNU_SOURCE -Wall -o "$work/probe" "$(dirname "$0")/probe.c"

# made NAME OPTION...: a container that runs, with the probes in it.
made() {
	need "create $* succeeds" create "$@"
	cp "$work/probe" "$filesystems/$1/opt/"
	need "start $1 succeeds" start "$1"
}
# shellcheck disable=SC2016 # the container's shell expands it
bounding() { inside "$1" 'set -- $(grep CapBnd /proc/self/status); echo "$(((0x$2 >> 12) & 1)) $(((0x$2 >> 13) & 1))"'; }

made rights
is 'by default, a container has neither CAP_NET_ADMIN nor CAP_NET_RAW' "$(bounding rights)" '0 0'
unlike 'by default, status tells of no capability and no system calls' "$("$program" status rights)" 'Capabilities|System calls'
is 'by default, status --json has no capability' "$("$program" status --json rights | jq -c '[.capabilities, .system_calls]')" '[[],[]]'
fails 'by default, a container has no packet sockets' 'not supported' inside rights '/opt/probe socket 17 3 0'
fails 'by default, a container has no keys' 'not implemented' inside rights '/opt/probe keyring'
is 'users inside may ping without a capability' "$(inside rights 'tr "\t" " " </proc/sys/net/ipv4/ping_group_range')" '0 65535'
ok 'a socket for ICMP echo requests can be made inside' inside rights '/opt/probe socket 2 2 1'

made rights-asked --capability=CAP_NET_ADMIN,CAP_NET_RAW --system-calls=keyring,numa
is 'with --capability, a container has both' "$(bounding rights-asked)" '1 1'
like 'status shows the capabilities' "$("$program" status rights-asked)" 'Capabilities: CAP_NET_ADMIN, CAP_NET_RAW'
like 'status shows the system calls' "$("$program" status rights-asked)" 'System calls: keyring, numa'
is 'show has the rights' "$("$program" show -p Capabilities -p SystemCalls rights-asked | tr '\n' ';')" 'CAP_NET_ADMIN CAP_NET_RAW;keyring numa;'
ok 'with CAP_NET_RAW, packet sockets can be made' inside rights-asked '/opt/probe socket 17 3 0'
ok 'with CAP_NET_ADMIN, network interfaces can be changed' inside rights-asked 'ip link set lo down && ip link set lo up'
ok 'with --system-calls=keyring, keys can be made' inside rights-asked '/opt/probe keyring'
ok 'with --system-calls=numa, pages can be moved' inside rights-asked '/opt/probe move-pages'
fails 'with --system-calls, what is in no group stays refused' 'not permitted' inside rights-asked '/opt/probe kcmp'
fails 'with CAP_NET_ADMIN, protocols that no service needs stay refused' 'not supported' inside rights-asked '/opt/probe socket 16 3 9'

# Without systemd.
for name in rights rights-asked; do
	by_systemd=$(bounding $name)
	pid=$(leader $name)
	kill -STOP "$pid"
	like "$name: execute works while systemd is stopped" "$(inside $name 'echo entered')" '^entered$'
	is "$name: a command that enters has the same capabilities" "$(bounding $name | tail -n 1)" "$by_systemd"
	if [ $name = rights ]; then
		fails "$name: a command that enters has no packet sockets" 'not supported' inside $name '/opt/probe socket 17 3 0'
		fails "$name: a command that enters has no keys" 'not implemented' inside $name '/opt/probe keyring'
	else
		ok "$name: a command that enters has packet sockets" inside $name '/opt/probe socket 17 3 0'
		ok "$name: a command that enters has keys" inside $name '/opt/probe keyring'
	fi
	kill -CONT "$pid"
done

# A unit that names them.
mkdir -p "/etc/systemd/system/$web.service.d"
printf '[Service]\nAmbientCapabilities=CAP_NET_RAW\n' >"/etc/systemd/system/$web.service.d/rights.conf"
made rights-unit
is 'a container has the capability that its unit names' "$(bounding rights-unit)" '0 1'

# A program that would not run without it. The first bytes of the attribute are its version and a flag, and the next are what is
# permitted: CAP_NET_ADMIN, which has the number 12.
cp /usr/bin/true "$capable"
python3 -c 'import os, struct, sys
os.setxattr(sys.argv[1], "security.capability", struct.pack("<5I", 0x02000001, 1 << 12, 0, 0, 0))' "$capable"
printf '[Service]\nExecStartPre=%s\n' "$capable" >"/etc/systemd/system/$web.service.d/rights.conf"
made rights-file
is 'a container has the capability that the file of a program of its unit has' "$(bounding rights-file)" '1 0'
done_testing
