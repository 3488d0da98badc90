#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Root in a container against the host: attempts to get out (the table 'escapes'), each also tried on the host, to see that it
# would work there; and what a container can plant for or send to the programs on the host that deal with it. Both with ids of
# its own and without, or as the operands say: 'yes', 'no'.
. "$(dirname "$0")/lib.sh"

here=$(dirname "$0")
mark=escape-$$
group=/sys/fs/cgroup/$mark
local=/usr/local/share/$mark
bridge=escape0 elsewhere=10.79.80.1 port=7980
marks=()
at_end() {
	kill "${marks[@]}" 2>/dev/null
	rmdir "$group" /run/host 2>/dev/null
	[ -z "${memory-}" ] || ipcrm -M "$memory"
	rm -rf "$local"
	ip link delete "$bridge"
	rm -f "/dev/shm/$mark" "/run/systemd/system/$mark.service"
	rm -rf /run/systemd/system/escape-{yes,no}_sandbox.service.d
	delete_containers
	systemctl daemon-reload
}

command -v cc >/dev/null || skip_all 'a C compiler is missing'
need 'setup makes the host ready' "$program" setup
need 'the attempts compile' cc -D_GNU_SOURCE -Wall -o "$work/probe" "$here/probe.c"
need 'the library to preload compiles' cc -D_GNU_SOURCE -Wall -shared -fPIC -o "$work/preload.so" "$here/preload.c"

# Marks on the host.
mkdir "$group"
mkdir -p "$local/closed"
echo secret | tee "$local/secret" >"$local/closed/open"
chmod 600 "$local/secret"
chmod 700 "$local/closed"
touch "/dev/shm/$mark" "/run/systemd/system/$mark.service"
sleep 1000 &
marks+=($!) process=$!
systemd-socket-activate --listen="@$mark" cat 2>/dev/null &
marks+=($!)
id=$(ipcmk -M 4096 | sed 's/.* //')
memory=$(ipcs -m | awk -v id="$id" '$2 == id { print $1 }')

# A service of the host at all its addresses, one of which is that of a cloud; and another container.
ip link add "$bridge" type bridge
for address in "$elsewhere" 169.254.169.254; do ip addr add "$address/32" dev "$bridge"; done
ip link set "$bridge" up
systemd-socket-activate --listen="0.0.0.0:$port" sleep 1000 2>/dev/null &
marks+=($!)
gateway=$(ip -4 -o addr show sandbox0 | awk '{ sub("/.*", "", $4); print $4 }')
need 'create succeeds for a neighbour' create escape-neighbour
need 'the neighbour starts' start escape-neighbour
neighbour=$(address escape-neighbour)
ok 'the neighbour serves its page' page escape-neighbour ''

# rows: the attempts of the table, 'number|what|layer|answer|control|command'.
rows() { grep -n '^[^#]' "$here/escapes" | sed 's/:/|/'; }

users=$(($(prlimit --pid 1 --sigpending --noheadings --output HARD) / 2000 + 1))

# A script for each attempt, so that the host and a container run exactly the same.
mkdir "$work/attempts"
mv "$work/probe" "$work/attempts"
while IFS='|' read -r number _ _ _ _ command; do
	cat >"$work/attempts/$number" <<-END
		PATH=\$(dirname "\$0"):\$PATH mark=$mark memory=$memory process=$process users=$users local=$local \\
			gateway=$gateway elsewhere=$elsewhere port=$port neighbour=$neighbour
		$command
	END
done < <(rows)
cat >"$work/attempts/all" <<'END'
cd "$(dirname "$0")"
for attempt in [0-9]*; do
	timeout 120 unshare --mount sh "./$attempt" >"answer-$attempt" 2>&1 </dev/null
	echo $? >"status-$attempt"
done
END

# judge FOLDER WHAT: checks that each attempt was refused as the table says. What this kernel does not have, as the control has
# shown, it does not have in a container, either. AppArmor is asked first where it is on, and answers as it does.
judge() {
	local number what layer answer control
	while IFS='|' read -r number what layer answer control _; do
		cp "$1/answer-$number" "$work/output"
		[ ! -d /sys/kernel/security/apparmor ] || answer+=',denied,cannot mount'
		case $control in yes,*) [ "$(cat "$work/control/status-$number")" = 0 ] || answer+=,${control#yes,} ;; esac
		[ "$(cat "$1/status-$number")" != 0 ] && grep -qE "${answer//,/|}" "$work/output"
		report $? "$2: refused ($layer): $what"
	done < <(rows)
}

# The control: on the host the attempts work, or end as the table says. What a container has as mounts of its own, so has the
# control; only nothing locks them.
cp -r "$work/attempts" "$work/control"
mkdir -p /run/host
mounts="/usr /etc/alternatives /proc/sys /proc/keys /sys/devices/system/cpu /run/host $local/secret"
# shellcheck disable=SC2016 # the inner shell expands it
unshare --mount sh -c 'for path in $2; do
	mountpoint -q "$path" || mount --bind "$path" "$path"
done; exec sh "$1"' sh "$work/control/all" "$mounts"
while IFS='|' read -r number what _ _ control _; do
	cp "$work/control/answer-$number" "$work/output"
	status=$(cat "$work/control/status-$number")
	if [ "$status" = 0 ]; then
		report 0 "control on the host: $what"
	elif [ "$control" != yes ] && control=${control#yes,} && grep -qE "${control//,/|}" "$work/output"; then
		skip "control on the host: $what" "$(head -n 1 "$work/output")"
	else
		report 1 "control on the host: $what"
	fi
done < <(rows)

# What the dynamic linker would load into the container's first program before that has done anything. Planted from the host, as
# root in the container may have done in its last run.
preload() {
	local name=$1 tree=$filesystems/$1
	cp "$work/preload.so" "$tree/opt/"
	echo /opt/preload.so >"$tree/etc/ld.so.preload"
	ok "$name: start succeeds with a library in ld.so.preload" start "$name"
	like "$name: systemd loads a library in ld.so.preload" "$(cat "$tree/var/preloaded")" '^/.*/systemd 2$'
	unlike "$name: no process loads a library before the system call filter is there" "$(cat "$tree/var/preloaded")" ' 0$'
	rm "$tree/etc/ld.so.preload"
}

# A program of the container's root for a user of the host. (The shell: setpriv itself would run it with its own rights.)
setuid() {
	local name=$1 tree=$filesystems/$1
	inside "$name" 'cp /usr/bin/id /var/setuid && chmod 4755 /var/setuid'
	as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "$tree/var/setuid -un"; }
	chmod 755 "$filesystems"
	is "$name: with an open directory, a set-user-ID program of the container runs as root on the host" "$(as_nobody 2>&1)" root
	ok "$name: restart with an open directory succeeds" systemctl restart "${name}_sandbox.service"
	fails "$name: a start closes the open directory" 'permission denied' as_nobody
}

# Nothing of the caller's gets into the container with a command.
# shellcheck disable=SC2016 # the container's shell expands it
leaks() {
	local name=$1
	is "$name: execute passes three pipes and no other descriptors" \
		"$(SECRET=$mark "$program" execute "$name" -- sh -c 'cd /proc/self/fd && readlink 0 1 2 3 4 5 6 7 8 9' 8</etc/passwd 9</etc/shadow |
			sed 's/:.*//; s,^/run/virt-sandbox-service/.*/\.\(pipe\)-.*(deleted)$,\1,' | grep -v '^/proc' | tr '\n' ' ')" 'pipe pipe pipe '
	unlike "$name: execute passes no variable of the caller on" "$(SECRET=$mark "$program" execute "$name" -- env </dev/null)" "$mark"
	is "$name: systemd inside has only four variables" "$(inside "$name" 'tr "\0" "\n" </proc/1/environ | sed "s/=.*//" | sort | tr "\n" " "')" \
		'NOTIFY_SOCKET TERM container container_uuid '
	is "$name: the container has harmless devices only" \
		"$(inside "$name" 'for f in /dev/* /dev/pts/*; do if [ -c $f ] || [ -b $f ]; then echo $(stat -L -c %t:%T $f) $f; fi; done' |
			grep -v '^1:3 /dev/core$' | cut -d ' ' -f 2 | sort | tr '\n' ' ')" \
		'/dev/console /dev/full /dev/null /dev/ptmx /dev/pts/0 /dev/pts/ptmx /dev/random /dev/tty /dev/tty1 /dev/urandom /dev/zero '
}

# A command of ours has a process in the container for a moment, with our memory and our descriptors.
# visits NAME COUNT PROBE...: whether the probe catches one of so many.
visits() {
	local name=$1 count=$2 catcher status i
	shift 2
	rm -f "$work/caught"
	"$@" catch "VISIT=$mark" >"$work/caught" 2>&1 </dev/null &
	catcher=$!
	wait_for grep -q waits "$work/caught" || return
	for ((i = 0; i < count; i++)); do
		kill -0 "$catcher" 2>/dev/null || break
		VISIT=$mark "$program" execute "$name" -- true </dev/null
	done
	kill "$catcher" 2>/dev/null
	wait "$catcher"
	status=$?
	cat "$work/caught"
	return "$status"
}

# The memory that a process has asked for, in KiB.
data_of() { awk '/^VmData:/ { print $2 }' "/proc/$1/status"; }
# Floods: the container goes on, the host's journal is told how much it did not get, the monitor takes no more memory.
# shellcheck disable=SC2016 # the container's shell expands it
floods() {
	local name=$1 unit=$1_sandbox.service monitor journal invocation data
	local flood='/opt/attempts/probe notify 3000 "$(yes X_INIT_FAILED=nonsense | head -n 80)"
		/opt/attempts/probe notify 300 "$(head -c 100000 /dev/zero | tr "\0" x)"
		printf "\033]0;title\007\033[31mred\033[0m <0>urgent\n" >/dev/console
		yes | head -n 20000 >/dev/console; sleep 2; echo after >/dev/console'
	invocation=_SYSTEMD_INVOCATION_ID=$(systemctl show --property InvocationID --value "$unit")
	journal="journalctl --no-pager --output cat --all $invocation"
	monitor=$(systemctl show --property MainPID --value "$unit")
	inside "$name" "$flood"
	is "$name: the unit is active after floods" "$(systemctl is-active "$unit")" active
	ok "$name: the service answers after floods" page "$name" ''
	is "$name: the monitor is the same process after floods" "$(systemctl show --property MainPID --value "$unit")" "$monitor"
	like "$name: a flood of the console is cut in the journal of the host" "$($journal)" 'too much output; lines left out here: [0-9]+'
	data=$(data_of "$monitor")
	inside "$name" "$flood"
	is "$name: the monitor needs no more memory after more floods" "$(data_of "$monitor")" "$data"
	unlike "$name: the journal of the host has no escape sequences from the console" "$($journal)" $'\033'
	like "$name: the journal of the host has the text between escape sequences" "$($journal)" 'red <0>urgent'
	unlike "$name: the console cannot make a message urgent in the journal of the host" "$($journal --priority 0..2)" urgent
}

# What the monitor could do if it had a hole; proc(5).
confined() {
	local name=$1 status
	status=/proc/$(systemctl show --property MainPID --value "$1_sandbox.service")/status
	is "$name: the monitor has no capabilities, no way to get any, and a system call filter" \
		"$(awk '/^(CapPrm|CapEff|NoNewPrivs|Seccomp):/ { print $1, $2 }' "$status" | tr '\n' ' ')" \
		'CapPrm: 0000000000000000 CapEff: 0000000000000000 NoNewPrivs: 1 Seccomp: 2 '
}

# A systemd that hears nothing any more, services that do not care, and sockets that keep whoever receives them waiting.
refusal() {
	local name=$1 unit=$1_sandbox.service idle=$2
	mkdir -p "/run/systemd/system/$unit.d"
	cat >"/run/systemd/system/$unit.d/quick.conf" <<-END
		[Service]
		ExecStart=
		$(systemctl cat "$unit" | sed -n 's/^\(ExecStart=[^ ]* [^ ]*\) [0-9]*/\1 2/p')
	END
	systemctl daemon-reload
	ok "$name: restart with a short time to stop succeeds" systemctl restart "$unit"
	# shellcheck disable=SC2016 # the container's shell expands it
	ok "$name: a service that never ends by itself is running" inside "$name" \
		'systemd-run --quiet --property=TimeoutStopSec=infinity sh -c "trap : TERM; while :; do sleep 1; done"'
	"$program" execute "$name" -- /opt/attempts/probe linger 3 >"$work/lingers" 2>&1 </dev/null &
	marks+=($!)
	ok "$name: sockets that linger can be sent to the monitor, or are refused" wait_for grep -qx lingers "$work/lingers"
	"$program" execute "$name" -- /opt/attempts/probe hold 1 >/dev/null 2>&1 </dev/null &
	marks+=($!)
	if [ "$(getenforce 2>/dev/null)" = Enforcing ]; then
		skip "$name: systemd can be held from inside" 'SELinux lets nobody in there trace'
	else
		wait_for grep -q '^State:.*t' "/proc/$(leader "$name")/status"
		like "$name: systemd can be held from inside" "$(grep '^State' "/proc/$(leader "$name")/status")" 'tracing stop'
	fi
	ok "$name: stop succeeds while systemd is held" timeout 600 systemctl stop "$unit"
	is "$name: the monitor has ended by itself, and says that the container had to be killed" \
		"$(systemctl show --property Result,ExecMainCode --value "$unit" | tr '\n' ' ')" 'exit-code 1 '
	is "$name: stop while systemd is held leaves no trace on the host" "$(traces "$name")" "$idle"
	rm -r "/run/systemd/system/$unit.d"
	systemctl daemon-reload
}

# Directories of the tree that became something else.
planted() {
	local name=$1 tree=$filesystems/$1 folder
	for folder in etc var usr proc; do
		mv "$tree/$folder" "$tree/kept"
		ln -s /.oldroot/etc "$tree/$folder"
		fails "$name: start refuses a link in the place of /$folder" "must be a directory|'$folder'" start "$name"
		rm "$tree/$folder"
		mkfifo "$tree/$folder"
		fails "$name: start refuses a fifo in the place of /$folder" "must be a directory|'$folder'" start "$name"
		rm "$tree/$folder"
		mv "$tree/kept" "$tree/$folder"
	done
	systemctl reset-failed "${name}_sandbox.service"
	ok "$name: start succeeds once the tree is repaired" start "$name"
}

[ $# -gt 0 ] || set -- yes no
for ids; do
	name=escape-$ids
	tree=$filesystems/$name
	need "$name: create succeeds" create "$name" --private-users="$ids"
	idle=$(traces "$name")
	cp -r "$work/attempts" "$tree/opt/"
	preload "$name"
	map=$(cat "/proc/$(leader "$name")/uid_map")
	if [ "$ids" = yes ]; then
		unlike "$name: root inside is another user on the host" "$map" ' 0 +0 '
	else
		like "$name: ids inside are the host's" "$map" ' 0 +0 +4294967295'
	fi
	unlike "$name: the container has a user namespace of its own" "$(readlink "/proc/$(leader "$name")/ns/user")" "$(readlink /proc/1/ns/user | tr '[]' '..')"
	is "$name: status says whether root inside is root of the host" \
		"$("$program" status --json "$name" | jq -r '.walls[] | select(.wall == "user namespace") | .stands')" "$([ "$ids" = yes ] && echo ok || echo weak)"
	inside "$name" 'sh /opt/attempts/all' >/dev/null
	judge "$tree/opt/attempts" "$name"
	inside "$name" 'mount -t tmpfs none /usr'
	ok "$name: a mount over /usr inside does not cover /usr of the host" test -x /usr/bin/env
	kill -KILL "$(leader "$name")" # nothing that it runs for a clean end is there any more
	wait_for systemctl is-failed --quiet "${name}_sandbox.service"
	ok "$name: start succeeds after systemd was killed" start "$name"
	setuid "$name"
	leaks "$name"
	fails "$name: a process inside cannot catch the program that goes in" 'waits' visits "$name" 30 "$program" execute "$name" -- /opt/attempts/probe
	ok "$name: root of the host can catch the program that goes in" visits "$name" 1000 "$work/control/probe"
	confined "$name"
	floods "$name"
	refusal "$name" "$idle"
	planted "$name"
done

# One container against another.
[ $# = 2 ] || done_testing
secret=$(inside escape-no 'touch /dev/shm/secret; ipcmk -M 4096 >/dev/null; ipcs -m | grep -c 0x')
like 'a container can make shared memory' "$secret" '^1$'
is 'a container does not see the shared memory of another' "$(inside escape-yes 'ipcs -m | grep -c 0x; ls /dev/shm')" 0
"$program" execute escape-no -- systemd-socket-activate --listen=@secret cat >/dev/null 2>&1 </dev/null &
marks+=($!)
ok 'a container can have an abstract socket' wait_for "$program" execute escape-no -- /opt/attempts/probe abstract secret
fails 'a container does not reach the abstract socket of another' refused "$program" execute escape-yes -- /opt/attempts/probe abstract secret
ok 'the host sees the processes of a container' test -d "/proc/$(leader escape-no)"
is 'a container does not see the processes of another' "$(inside escape-yes "ls -d /proc/$(leader escape-no) 2>/dev/null")" ''
like 'the host sees the control group of a container' "$(find /sys/fs/cgroup -name '*escape*no*')" escape
is 'a container does not see the control group of another' "$(inside escape-yes "find /sys/fs/cgroup -name '*escape*no*'")" ''
done_testing
