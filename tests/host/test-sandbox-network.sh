#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# virt-sandbox on networks and with rights: what a sandbox reaches and sends, that others on the network know of it and it of them,
# what --privileged and --security do not open, and that nothing is left of it. What the walls refuse is tried by root inside, who
# has all capabilities that a sandbox can have, and by a port of the same bridge without walls, from which it arrives.
. "$(dirname "$0")/lib.sh"

here=$(dirname "$0")
sandbox=$(dirname "$program")/virt-sandbox
mark=sbnet-$$
run=/run/virt-sandbox
port=7980
pids=()
at_end() {
	kill "${pids[@]}"
	delete_containers
	ip link delete sbneta
	ip link delete sbneth
	ip netns delete sbnet
	virsh --connect lxc:/// net-destroy sbnet
	if [ -e "$work/resolv.conf" ]; then restore_resolver; fi
	"$program" setup
} >/dev/null 2>&1

command -v cc >/dev/null || skip_all 'a C compiler is missing'
need 'setup makes the host ready' "$program" setup
mkdir "$work/programs" && chmod 755 "$work" "$work/programs"
need 'the program that sends frames compiles' cc -D_GNU_SOURCE -Wall -o "$work/programs/frames" "$here/frames.c"
gateway=$(ip -4 -o addr show sandbox0 | awk '{ sub("/.*", "", $4); print $4 }')
base=${gateway%.*.*}

# with NETWORK SCRIPT [OPTION...]: prints the output, and the errors, of the script in a sandbox on the network.
with() {
	local network=$1 script=$2
	shift 2
	"$sandbox" -N "$network" "$@" -- sh -c "exec 2>&1; $script" </dev/null
}
# hold NAME [OPTION...]: runs a sandbox until 'release PID'. Sets 'client' to its process.
hold() {
	local name=$1
	shift
	: >"$work/$name.said"
	"$sandbox" -n "$name" "$@" -- sh -c 'echo ready; exec sleep 1000' >"$work/$name.said" 2>&1 </dev/null &
	client=$!
	pids+=("$client")
	wait_for grep -q ready "$work/$name.said"
}
release() {
	kill "$1"
	wait "$1"
} 2>/dev/null
own() { grep -lx "$1" "$run/addresses/"* | sed 's,.*/,,'; } # the address of a sandbox
chains() { nft list table bridge virt_sandbox | grep -c 'chain vs'; }
within() {
	local name=$1
	shift
	nsenter --target "$(leader "$name")" --net "$@"
}

# Another member of the network, a service of the host, and another network, on which the host has no address.
need 'create succeeds' create sbnet1
need 'start succeeds' start sbnet1
need 'create with neighbours=yes succeeds' create sbnet2 -N sandbox,neighbours=yes
need 'start with neighbours=yes succeeds' start sbnet2
victim=$(address sbnet1)
ip link add sbneth type bridge && ip addr add 10.79.80.1/24 dev sbneth && ip link set sbneth up
mkdir "$work/served" && echo served >"$work/served/index.html"
(cd "$work/served" && exec python3 -m http.server "$port" >"$work/server" 2>&1) &
pids+=($!)
ok 'a service of the host answers' wait_for curl --silent --output /dev/null "http://$gateway:$port/"
printf "<network><name>sbnet</name><forward mode='bridge'/><bridge name='sbneth'/></network>" >"$work/sbnet.xml"
need 'a network in which libvirt gives the host no address can be made' virsh --connect lxc:/// net-create "$work/sbnet.xml"

# What there is inside.
is 'a sandbox has no network by default' "$("$sandbox" ls /sys/class/net)" lo
is '--network=none is the same' "$("$sandbox" -N none ls /sys/class/net)" lo
like '--network=sandbox gives it an address of that network' "$(with sandbox 'ip -4 -o addr show dev eth0')" " $base\.[0-9.]+/16 "
is 'its default route leads to the host' "$(with sandbox 'ip -4 route show default' | awk '{ print $3 }')" "$gateway"
is 'its resolver asks the name server of the network' "$(with sandbox 'grep -v "^#" /etc/resolv.conf')" "nameserver $gateway
search sandbox"
etc='md5sum </etc/passwd; ls -l /etc | grep -v -e ^total -e resolv.conf; stat -c "%a %u" /etc'
is 'the rest of /etc is as without a network' "$(with sandbox "$etc")" "$("$sandbox" sh -c "$etc")"
like 'a secret in /etc stays closed' "$(with sandbox 'cat /etc/shadow')" 'Permission denied'
fails 'the resolver cannot be written to' 'Read-only' with sandbox 'echo >/etc/resolv.conf'
if "$sandbox" --write=throw touch /etc/x 2>/dev/null; then # /etc is on a file system that can show other owners
	is 'with --write, it can' "$(with sandbox 'echo x >/etc/resolv.conf && cat /etc/resolv.conf' --write=throw)" x
fi
is 'its own name is known' "$(with sandbox "getent hosts $mark.sandbox" -n "$mark" | awk '{ print $2 }')" "$mark.sandbox"
is 'two networks give two interfaces' "$(with sandbox 'ls /sys/class/net' -N bridge=sbneth,address=10.79.80.7/24 | tr '\n' ' ')" 'eth0 eth1 lo '

# The host's own file may be a link to where the sandbox has nothing, or missing.
restore_resolver() { rm -f /etc/resolv.conf && cp -a "$work/resolv.conf" /etc/resolv.conf; }
if ! mountpoint -q /etc/resolv.conf; then
	if [ -e /etc/resolv.conf ]; then cp -a /etc/resolv.conf "$work/resolv.conf"; else : >"$work/resolv.conf"; fi
	ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
	like 'a link of the host to systemd-resolved is no obstacle' "$(with sandbox 'cat /etc/resolv.conf')" "^nameserver $gateway"
	rm /etc/resolv.conf
	like 'a host without that file is none' "$(with sandbox 'cat /etc/resolv.conf')" "^nameserver $gateway"
	ok 'the sandbox does not make it' test ! -e /etc/resolv.conf
	restore_resolver
fi

# What cannot be had.
refused() {
	local what=$1 pattern=$2
	shift 2
	fails "$what" "$pattern" "$sandbox" "$@" true
}
refused 'DHCP is refused' 'cannot get an address by DHCP.*a free address' -N sandbox,dhcp
refused 'a bridge without an address is refused' "cannot get an address by DHCP.*add 'address='" -N bridge=sbneth
refused 'so is a network of libvirt without the host, and without an address' 'no IPv4 address in libvirt network' -N sbnet
is 'with an address, the sandbox is on it' "$(with sbnet,address=10.79.80.9/24 'ip -4 -o addr show dev eth0' | awk '{ print $4 }')" 10.79.80.9/24
refused 'a network that does not exist is refused' "no libvirt network 'nosuch'" -N nosuch
refused 'none and another network are refused' 'cannot be combined' -N none -N sandbox
refused '--host-access without that network is refused' 'works only with' --host-access
refused '--privileged as another user is refused' 'as root' -p -u daemon
is 'what is refused has the status 125' "$("$sandbox" -N nosuch true 2>/dev/null; echo $?)" 125

# Who has an address.
refused 'the address of a container is refused' "belongs to container 'sbnet1'" -N "sandbox,address=$victim"
refused 'the hardware address of a container is refused' "belongs to container 'sbnet1'" -N "sandbox,mac=$(within sbnet1 ip -o link show eth0 | sed 's,.*link/ether \([^ ]*\).*,\1,')"
hold "$mark" -N sandbox
first=$client address=$(own "$mark")
like 'the address of a sandbox is reserved' "$address" "^$base\."
fails 'no container can have it' "belongs to sandbox '$mark'" "$program" create -n -u "$web" -N "sandbox,address=$address" sbnet3
refused 'no other sandbox can have it' "belongs to sandbox '$mark'" -N "sandbox,address=$address"
fails 'no container can have its level' "belongs to sandbox '$mark'" "$program" create -n -u "$web" --level "$(ls "$run/levels")" sbnet3
fails 'the network is not made anew while a sandbox is on it' "Sandbox '$mark' is on network" "$program" setup --subnet 10.91.0.0/16
hold "$mark-2" -N sandbox
second=$client
ok 'two sandboxes have two addresses' test "$(own "$mark-2")" != "$address"
is 'a container knows both by name' "$(inside sbnet1 "getent hosts $mark.sandbox $mark-2.sandbox" | awk '{ print $1 }' | tr '\n' ' ')" "$address $(own "$mark-2") "
nobody() { ! inside sbnet1 "getent hosts $mark-2.sandbox"; }

# Who reaches whom. A connection that the walls drop takes until its time is over.
reaches() {
	local from=$1 url=$2
	shift 2
	"$sandbox" -N "$from" "$@" -- curl --silent --show-error --output /dev/null --connect-timeout 3 "http://$url/"
}
unreached() {
	local what=$1
	shift
	fails "$what" 'timed out|timeout' reaches "$@"
}
ok 'control: the host reaches the container' curl --silent --output /dev/null "http://$victim/"
unreached 'a sandbox does not reach a container' sandbox "$victim" -p
unreached 'a sandbox does not reach one with neighbours=yes' sandbox "$(address sbnet2)"
unreached 'one with neighbours=yes does not reach a container without' sandbox,neighbours=yes "$victim"
ok 'control: both with neighbours=yes reach each other' reaches sandbox,neighbours=yes "$(address sbnet2)"
unreached 'a sandbox does not reach a service of the host' sandbox "$gateway:$port" -p
unreached 'nor at another address of the host' sandbox "10.79.80.1:$port" -p
ok 'control: with --host-access it does' reaches sandbox "$gateway:$port" --host-access
within "$mark-2" python3 -m http.server "$port" >"$work/inside" 2>&1 &
pids+=($!)
ok 'control: the host reaches a sandbox' wait_for curl --silent --output /dev/null "http://$(own "$mark-2"):$port/"
unreached 'a sandbox does not reach another one' sandbox "$(own "$mark-2"):$port"
fails 'a container does not either' 'timed out|timeout' within sbnet1 curl --silent --show-error --connect-timeout 3 "http://$(own "$mark-2"):$port/"
ip addr add 169.254.169.254/32 dev sbneth
ok 'control: the host reaches the address of metadata' curl --silent --output /dev/null "http://169.254.169.254:$port/"
unreached 'even with --host-access a sandbox does not' sandbox "169.254.169.254:$port" --host-access

# What root inside sends with the addresses of others.
# frame WORD MAC ADDRESS: a frame to all from that hardware address; an answer of ARP that says it has that address.
# shellcheck disable=SC2086 # four numbers
frame() { printf 'ffffffffffff%s08060001080006040002%s%sffffffffffff%s%s' "$2" "$2" "$(printf '%02x' ${3//./ })" "$(printf '%02x' ${3//./ })" "$(printf '%s %50s' "$mark$1" '' | od -An -v -tx1 | tr -d ' \n')"; }
: >"$work/heard"
"$work/programs/frames" sandbox0 listen "$mark" >"$work/heard" 2>/dev/null &
pids+=($!)
wait_for grep -q ready "$work/heard"
ip netns add sbnet
ip link add sbneta type veth peer name eth0 netns sbnet address 52:54:00:aa:aa:ab
ip link set sbneta master sandbox0 up
ip netns exec sbnet ip link set eth0 up
# attack WORD: lines with the words of frames, and the frames, for a sender with this hardware address and address.
attack() {
	echo "$1-as-the-gateway $(frame "$1-as-the-gateway" "$2" "$gateway")"
	echo "$1-as-a-neighbour $(frame "$1-as-a-neighbour" "$2" "$victim")"
	echo "$1-from-another-card $(frame "$1-from-another-card" 525400abcdee "$3")"
	echo "$1-own $(frame "$1-own" "$2" "$3")"
}
while read -r word frame; do
	ip netns exec sbnet "$work/programs/frames" eth0 send "$frame"
	ok "control: without walls it arrives: $word" wait_for grep -qx -- "$word" "$work/heard"
done < <(attack control 525400aaaaab "$base.255.251")
mac=52:54:00:79:80:01
attack sandbox "${mac//:/}" "$base.255.252" >"$work/programs/attack"
# shellcheck disable=SC2016 # the sandbox's shell expands it
with "sandbox,address=$base.255.252,mac=$mac" 'while read -r _ frame; do /mnt/programs/frames eth0 send "$frame"; done </mnt/programs/attack' \
	-p -m "host-bind:/mnt/programs=$work/programs:ro" >"$work/sent"
is 'root in a sandbox can send frames' "$(cat "$work/sent")" ''
ok 'its own arrive' wait_for grep -qx sandbox-own "$work/heard"
is 'none with the address of somebody else arrives' "$(grep -a sandbox- "$work/heard")" sandbox-own
ip link delete sbneta

# Those who keep up the network know of sandboxes. Without libvirt's own rules, setup would restart its daemon, which ends them.
two_left() { [ "$(find "$run/records" -type f | wc -l)" = 2 ] && [ "$(chains)" = 4 ]; }
ok 'two sandboxes and two containers are there' wait_for two_left
before=$(chains)
nft delete table bridge virt_sandbox
nft delete table inet virt_sandbox
ok 'setup puts back the walls' "$program" setup
is 'those of sandboxes, too' "$(chains)" "$before"
"$program" delete --force sbnet2 >/dev/null
is 'the end of a container leaves them' "$(chains)" $((before - 1))
unreached 'a sandbox that starts then does not reach a container either' sandbox "$victim"
ip link delete sandbox0
ok 'setup puts back the bridge' "$program" setup
ok 'a sandbox that runs is in it' wait_for within "$mark" timeout 3 bash -c "exec 3<>/dev/tcp/$gateway/53"
is 'all ports are locked' "$(bridge -d link show | grep -A 1 ' vs.*master sandbox0' | grep -c 'locked on')" "$(ip -o link show master sandbox0 | grep -c ' vs')"
like 'its name is back' "$(inside sbnet1 "getent hosts $mark.sandbox")" "^$address "

# The end.
release "$second"
gone() { [ "$(own "$1")" = '' ] && [ ! -e "$run/records/$1" ] && [ ! -e "$run/names/$1" ] && [ "$(chains)" = "$2" ]; }
ok 'the address, the name and the walls of a sandbox end with it' wait_for gone "$mark-2" 2
ok 'its name is unknown then' nobody
kill -KILL "$first"
wait "$first" 2>/dev/null
ok 'they end if virt-sandbox is killed' wait_for gone "$mark" 1
ok 'a control: one is left, of the container' test "$(chains)" = 1
hold "$mark" -N sandbox
address=$(own "$mark")
kill -KILL "$(pgrep -o -P "$client")"
wait "$client" 2>/dev/null
unlike 'if its keeper is killed, the command fails' $? '^0$'
ok 'they end then, too' wait_for gone "$mark" 1
hold "$mark" -N sandbox
is 'the same name gets the same address again' "$(own "$mark")" "$address"
kill -KILL "$client" "$(pgrep -o -P "$client")"
wait "$client" 2>/dev/null
"$sandbox" true
ok 'if both are killed, the next sandbox ends them' wait_for gone "$mark" 1
ended() { ! virsh --connect lxc:/// list --name | grep -qx "$mark"; }
ok 'the domain has ended by then' ended
is 'no interface is left' "$(ip -o link show master sandbox0 | grep -c ' vs')" 1
ok 'nor a name' test "$(virsh --connect lxc:/// net-dumpxml sandbox | grep -c "$mark")" = 0

# Rights.
bounding() { "$sandbox" "$@" -- sh -c 'grep CapBnd /proc/self/status' | awk '{ print $2 }'; }
is '--privileged gives the capabilities that a container can be given, and no other' "$(bounding -p)" 00000000a5acfdff
is '--capability gives one' "$(bounding --capability=CAP_NET_RAW)" 00000000a5acedff
refused 'no other can be had' 'CAP_NET_ADMIN or CAP_NET_RAW' --capability=CAP_SYS_MODULE
refused 'no group of system calls that is a way out can be had' "cannot add 'bpf'" --system-calls=bpf
key='import ctypes; print(ctypes.CDLL(None).syscall(248, b"user", b"x", b"y", 1, -2) > 0)' # add_key(2)
if [ "$(uname -m)" = x86_64 ]; then
	is '--system-calls=keyring allows calls' "$("$sandbox" --system-calls=keyring python3 -c "$key")" True
	is 'without it they are refused' "$("$sandbox" -p python3 -c "$key")" False
fi
ok 'with --privileged, root changes its network' "$sandbox" -p ip link set lo mtu 1400
fails 'a control: without, it does not' 'not permitted' "$sandbox" ip link set lo mtu 1400
# What stays shut with all rights.
for attempt in 'touch /usr/bin/x' 'mount -o remount,bind,rw /usr' 'mount -o remount,rw /etc' 'cat /etc/shadow' 'umount -l /etc' \
	'mknod /tmp/disk b 8 0 && cat /tmp/disk' 'unshare -U true' 'echo x >/proc/sys/kernel/core_pattern' 'echo b >/proc/sysrq-trigger' \
	'dmesg' 'date -s 2001-01-01' 'modprobe nosuch && false || insmod /etc/passwd' 'ls /proc/1/root/run/virt-sandbox/names' 'chroot / kill -0 100000'; do
	ok "with all rights root does not succeed: $attempt" sh -c "! '$sandbox' -p --system-calls=keyring,numa sh -c \"$attempt\" >/dev/null 2>&1"
done
ok 'a control: another command succeeds there' "$sandbox" -p --system-calls=keyring,numa sh -c 'touch /tmp/x'

# What the kernel counts against the host's root, too, for all users inside: as in a container.
need 'the attempts compile' cc -D_GNU_SOURCE -Wall -o "$work/programs/probe" "$here/probe.c"
users=$(($(prlimit --pid 1 --sigpending --noheadings --output HARD) / 2000 + 1))
while IFS='|' read -r what layer answer _ command; do
	[ "$layer" = limits ] || continue
	fails "a sandbox is refused: $what" "${answer//,/|}" "$sandbox" -p -N sandbox -m "host-bind:/mnt/programs=$work/programs:ro" \
		sh -c "users=$users; /mnt/programs/$command" </dev/null
done <"$here/escapes"

# Levels.
level=$(field sbnet1 level)
label=system_u:system_r:svirt_lxc_net_t
ok '--security=dynamic is the default' "$sandbox" -s dynamic true
for bad in inherit nosuch static,label=x static,label=$label:s0 dynamic,label=$label:s0:c1,c2; do
	refused "--security=$bad is refused" 'must be like|cannot be' -s "$bad"
done
hold "$mark" -s "static,label=$label:s0:c801,c802"
is 'a level that is given is reserved' "$(ls "$run/levels")" s0:c801,c802
refused 'the level of another sandbox is refused' "belongs to sandbox '$mark'" -s "static,label=$label:s0:c802,c801"
refused 'also with --share-level' "belongs to sandbox '$mark'" --share-level -s "static,label=$label:s0:c801,c802"
refused 'a level above that of another sandbox is refused' "which sandbox '$mark' has" -s "static,label=$label:s0:c801,c802,c803"
release "$client"
refused 'the level of a container is refused' "belongs to container 'sbnet1'" -s "static,label=$label:$level"
refused 'a level above that of a container is refused' "which container 'sbnet1' has. Choose another, or give --share-level" -s "static,label=$label:$level,c1023"
ok 'with --share-level, the level of a container can be had' "$sandbox" --share-level -s "static,label=$label:$level" true
ok 'with --share-level, one above it can be had' "$sandbox" --share-level -s "static,label=$label:$level,c1023" true
refused '--share-level without a level is refused' 'needs --security' --share-level
done_testing
