#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What containers have of the capabilities of the network and of system calls beyond the default: none, what a service needs,
# or what was asked for; the same for commands that enter a container whose systemd does not answer.
. "$(dirname "$0")/lib.sh"

capable=/usr/local/bin/rights-$$ keeper=rights-keeper-$$.service
at_end() {
	[ -z "${pid-}" ] || kill -CONT "$pid"
	systemctl stop "$keeper"
	rm -f "/etc/systemd/system/$web.service.d/rights.conf" "/etc/systemd/system/$keeper" "$capable"
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

# What nothing says but the processes of the service, after it has changed its user.
cat >"/etc/systemd/system/$keeper" <<END
[Service]
ExecStart=setpriv --reuid=nobody --clear-groups --inh-caps=+net_admin --ambient-caps=+net_admin sleep infinity
END
systemctl daemon-reload
unlike 'a service that does not run may need no capability' \
	"$("$program" create --dry-run -P util-linux -u "$keeper" rights-keeper 2>&1)" CAP_NET
ok 'a service that keeps a capability runs on the host' systemctl start "$keeper"
wait_for grep -q '^CapPrm:.*1000$' "/proc/$(systemctl show --value -p MainPID "$keeper")/status"
like 'create tells of a capability that the service keeps on the host' \
	"$("$program" create --dry-run -P util-linux -u "$keeper" rights-keeper 2>&1)" \
	"warning: Unit '$keeper' may not work in a container: its processes on the host keep CAP_NET_ADMIN, which --capability=CAP_NET_ADMIN gives them"
unlike 'it does not if the container gets it' \
	"$("$program" create --dry-run -P util-linux -u "$keeper" --capability=CAP_NET_ADMIN rights-keeper 2>&1)" 'on the host keep'

# Devices. The controls are the same attempts on the host.
user_opens='setpriv --reuid=1000 --regid=1000 --clear-groups sh -c "exec 3<>/dev/fuse"'
if [ -c /dev/net/tun ] && [ -c /dev/fuse ] && sh -c "$user_opens"; then
	modprobe --all --quiet tun fuse 2>/dev/null # SELinux lets no container cause that
	made rights-device --device=/dev/net/tun --device /dev/fuse --capability=CAP_NET_ADMIN
	is 'show has the devices' "$("$program" show -p Device rights-device | tr '\n' ' ')" '/dev/net/tun /dev/fuse '
	fails 'by default, a container has no device for tunnels' 'cannot (open|create)|No such file' inside rights 'exec 3<>/dev/net/tun'
	fails 'by default, root inside cannot make a device' 'not permitted' inside rights 'mknod /dev/tun c 10 200'
	ok 'with --device, a container makes a tunnel' inside rights-device 'ip tuntap add mode tun name tun0 && ip link set tun0 up'
	ok 'a tunnel of a container is not on the host' test ! -e /sys/class/net/tun0
	ok 'with --device, a user inside opens what every user of the host may open' inside rights-device "$user_opens"
	mode=$(stat -c %a /dev/fuse)
	chmod 600 /dev/fuse
	ok 'a container with devices restarts' systemctl restart rights-device_sandbox.service
	fails 'with --device, a user inside does not open what only root of the host may open' 'denied' inside rights-device "$user_opens"
	chmod "$mode" /dev/fuse
	chmod 777 /dev/net
	fails 'a start is refused if users can exchange a device' "users of the host .* '/dev/net/tun'" "$program" restart rights-device
	chmod 755 /dev/net
	mv /dev/net/tun /dev/net/gone
	fails 'a start is refused if a device is gone' "'/dev/net/tun': No such file" "$program" start rights-device
	mv /dev/net/gone /dev/net/tun
	ok 'a container starts once its device is back' start rights-device
else
	skip 'with --device, a container makes a tunnel' 'this host has no /dev/net/tun or /dev/fuse'
fi
made_node() { mknod "$1" "${@:2}" && chmod 666 "$1"; }
while read -r name type major minor pattern; do
	made_node "/dev/test-$name" "$type" "$major" "$minor"
	fails "create refuses $name with --device" "$pattern" create rights-no --device="/dev/test-$name"
	rm -f "/dev/test-$name"
done <<END
memory c 1 1 all of the host's memory
disk b 7 0 block device.*--mount
scsi c 21 0 all of the host's disks
flash c 90 0 all of the host's disks
snapshot c 10 231 all of the host's memory
messages c 1 11 messages are the host's
screen c 7 1 the host's console
console c 4 1 the host's console
zero c 1 5 every container has its own
terminal c 5 0 every container has its own
END

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
