#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a container looks like from inside, and what root in it cannot see or do. Marks are planted on the host first: only
# because they exist does it mean something that none of them is found.
. "$(dirname "$0")/lib.sh"

mark=sandbox-mark-$$
group=/sys/fs/cgroup/$mark
dropin=/etc/systemd/system/$web.service.d/$mark.conf
local=/usr/local/share/inside-$$
later=/usr/lib/systemd/system/later-$$.service
at_end() {
	kill "${marks[@]}" 2>/dev/null
	umount /mnt
	rmdir "$group"
	rm -f "/etc/$mark" "/usr/bin/$mark" "/usr/share/dbus-1/system.d/$mark.conf" "$dropin"
	rmdir "${dropin%/*}" 2>/dev/null
	rm -rf "$local"-{named,other} "$later"
	delete_containers
}

marks=()
mkdir "$group"
mount -t tmpfs "$mark" /mnt
(exec -a "$mark" sleep 1000) &
marks+=($!)
systemd-socket-activate --listen="@$mark" cat 2>/dev/null &
marks+=($!)
echo 'PRIVATE KEY' >"/etc/$mark"
chmod 600 "/etc/$mark"
printf '<busconfig>\n<policy user="%s">\n<allow own="x.y"/>\n</policy>\n</busconfig>\n' "$mark" >"/usr/share/dbus-1/system.d/$mark.conf"

mkdir -p "${dropin%/*}" "$local-named" "$local-other"
printf '[Service]\nEnvironment=KEY=%s\n' "$local-named/key" >"$dropin"
echo key | tee "$local-named/key" "$local-named/open" "$local-other/key" >"$local-other/open"
chmod 600 "$local"-*/key

need 'setup makes the host ready' "$program" setup
need 'create succeeds' create inside
printf '[Service]\nExecStart=/usr/bin/true\n' >"$later"
need 'start succeeds' "$program" start inside
tree=$filesystems/inside
pid=$(leader inside)
base=$(field inside uid_base)

# A system of its own.
is 'PID 1 is systemd' "$(inside inside 'cat /proc/1/comm')" systemd
is 'systemd inside is running, not degraded' "$(inside inside 'systemctl is-system-running')" running
is 'no unit inside has failed' "$(inside inside 'systemctl list-units --failed --no-legend --plain')" ''
is 'the service inside is active' "$(inside inside "systemctl is-active $web")" active
bus=$(inside inside 'journalctl --boot --output cat --unit dbus.service')
like 'the message bus inside logs to the journal' "$bus" 'D-Bus System Message Bus'
unlike 'the message bus inside sees no policy that names a user whom the container lacks' "$bus" '[Uu]nknown user'
like 'root can log in with the modules of PAM' "$(inside inside 'su - root -c "echo in"')" '^in$'
unlike 'and PAM does not ask for logind' "$(inside inside 'journalctl --boot --output cat')" 'login1'
inside inside 'systemd-run --quiet --unit syslog-reader systemd-socket-activate --datagram --listen=/run/systemd/journal/syslog \
	sh -c "cat <&3 >/run/syslog-reader"'
wait_for inside inside 'test -S /run/systemd/journal/syslog'
inside inside "logger $mark"
ok 'the journal inside forwards to a syslog daemon' wait_for inside inside "grep -q $mark /run/syslog-reader"
inside inside 'systemctl stop syslog-reader.service; rm -f /run/systemd/journal/syslog'
is 'the host name inside is the name of the container' "$(inside inside hostname)" inside
unlike 'the machine id inside is not that of the host' "$(inside inside 'cat /etc/machine-id')" "$(cat /etc/machine-id)"
is 'a command inside runs as uid 0' "$(inside inside 'id -u')" 0
like 'eth0 inside has the address that list shows' "$(inside inside 'ip -4 -o addr show eth0')" " $(address inside)/"
like 'the container resolves its own name' "$(inside inside 'getent hosts inside')" "^($(address inside)|127\.)"

# Only units of the closure run. The database is searched for each unit; those that no package owns were made by generators or
# by the container itself.
owner() {
	if [ "$(field inside package_manager)" = rpm ]; then
		rpm -q --qf '%{NAME}\n' -f "/usr/lib/systemd/system/$1" 2>/dev/null
	else
		dpkg-query -S "*/systemd/system/$1" 2>/dev/null | sed -n 's/:.*//p'
	fi
}
packages=$("$program" create -C -n --json -u "$web" other | jq -r '.packages[]' | sed 's/:.*//')
strangers=
for unit in $(inside inside 'systemctl list-units --state=active --no-legend --plain --type=service,socket,timer,path' | awk '{ print $1 }'); do
	package=$(owner "${unit/@*./@.}" | head -n 1)
	if [ -n "$package" ] && ! grep -qx "$package" <<<"$packages"; then strangers+="$unit of $package "; fi
done
is 'only units of the packages in the plan run inside' "$strangers" ''
load_state() { echo "systemctl show --property LoadState --value ${later##*/}"; }
is 'a unit that the host gets after create is one that the host can run' "$(eval "$(load_state)")" loaded
is 'a unit that the host gets after create is masked inside' "$(inside inside "$(load_state)")" masked
unlike 'no unit of libvirt runs inside' "$(inside inside 'systemctl list-units --no-legend --plain')" libvirt

# What is shared is read-only.
fails 'the root directory inside is read-only' 'read-only file system' inside inside 'touch /file'
fails '/usr inside is read-only' 'read-only file system' inside inside "touch /usr/bin/$mark"
# shellcheck disable=SC2016 # the container's shell expands it
fails '/proc/sys inside cannot be written' 'read-only file system|permission denied' inside inside 'value=$(cat /proc/sys/kernel/pid_max) && echo $value >/proc/sys/kernel/pid_max'
like '/proc/sys inside is a read-only mount' "$(inside inside 'findmnt -n -o OPTIONS /proc/sys')" '^ro,|,ro,|,ro$'
for options in remount,rw remount,bind,rw; do
	fails "mount -o $options /usr is refused inside" 'permission denied|not permitted|read-only|write-protected' \
		inside inside "mount -o $options /usr"
	fails "/usr stays read-only after mount -o $options" 'read-only file system' inside inside "touch /usr/bin/$mark"
done
is '/usr of the host has no file that was tried inside' "$(ls "/usr/bin/$mark" 2>/dev/null)" ''
ok 'the document root can be written inside' inside inside "echo written > /$docroot/written"
is 'a page written inside is served at once' "$(page inside written)" written
for directory in etc var root home srv opt run tmp dev/shm; do
	ok "/$directory can be written inside" inside inside "touch /$directory/.x && rm /$directory/.x"
done

# Secrets.
is 'the shadow file of the tree has no password' "$(awk -F: '$2 !~ /^[!*]+$/' "$tree/etc/shadow")" ''
is 'the gshadow file of the tree has no password' "$(awk -F: '$2 !~ /^[!*]*$/' "$tree/etc/gshadow")" ''
is 'the tree has no private key' "$(grep -rl 'PRIVATE KEY' "$tree/etc" "$tree/var" 2>/dev/null)" ''
is 'the tree has no file of the host that no package owns' "$(find "$tree" -name "$mark")" ''

# /usr/local, of which each directory of a program is either the service's or not.
is 'what the unit names in /usr/local can be read inside' "$(inside inside "cat $local-named/key")" key
is 'what the unit does not name in /usr/local is empty inside if it is closed to users' "$(inside inside "cat $local-other/key")" ''
is 'what the unit does not name in /usr/local can be read inside if all users can read it' "$(inside inside "cat $local-other/open")" key

# Users and groups.
like 'the container has a range of ids of its own' "$base" '^[1-9][0-9]+$'
is 'uid 0 inside is the base of its ids on the host' "$(awk '{ print $1, $2, $3 }' "/proc/$pid/uid_map")" "0 $base 65536"
is 'gid 0 inside is the base of its ids on the host' "$(awk '{ print $1, $2, $3 }' "/proc/$pid/gid_map")" "0 $base 65536"
is 'the systemd of the container is not root on the host' "$(stat -c %u "/proc/$pid")" "$base"
is 'files of root inside belong to root on disk' "$(stat -c %u:%g "$tree/etc/passwd")" 0:0
is 'files of root belong to root inside' "$(inside inside 'stat -c %u:%g /etc/passwd /usr/bin/env' | sort -u)" 0:0
is 'a file that root inside writes belongs to root on disk' "$(stat -c %u:%g "$tree/$docroot/written")" 0:0
for namespace in mnt pid ipc uts net cgroup user; do
	unlike "the $namespace namespace of the container is not the host's" "$(readlink "/proc/$pid/ns/$namespace")" "$(readlink /proc/1/ns/$namespace | tr '[]' '..')"
done

# The host is not visible. The same commands find each mark on the host.
sees() {
	local what=$1 script=$2
	like "the host sees its own mark among $what" "$(sh -c "$script" 2>&1)" "$mark"
	unlike "the container does not see the host's mark among $what" "$(inside inside "$script")" "$mark"
}
sees 'control groups' 'find /sys/fs/cgroup -maxdepth 3'
sees 'processes' 'cat /proc/[0-9]*/cmdline | tr "\0" "\n" | grep sandbox-mark'
sees 'mounts' 'cat /proc/self/mountinfo'
sees 'abstract sockets' 'cat /proc/net/unix'
sees 'files' 'ls /etc'
unlike 'no socket of libvirt can be seen inside' "$(inside inside 'ls /run /run/libvirt; cat /proc/net/unix')" '/?libvirt/|^libvirt'
fails 'debugfs cannot be mounted inside' 'permission denied|not permitted|denied' inside inside 'mount -t debugfs debugfs /srv'
fails 'a block device cannot be made inside' 'not permitted|permission denied' inside inside 'mknod /tmp/sda b 8 0'
is 'the seccomp filter is on inside' "$(inside inside "awk '/^Seccomp:/ { print \$2 }' /proc/1/status")" 2
done_testing
