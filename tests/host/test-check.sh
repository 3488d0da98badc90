#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# setup --check: it tells what is missing, also by its exit status, and changes nothing.
. "$(dirname "$0")/lib.sh"

limit=/proc/sys/fs/inotify/max_user_instances
at_end() {
	delete_containers
	rm -rf /etc/systemd/system/service.d /etc/init.d/misled
	umount "$limit" 2>/dev/null
	chmod 700 "$filesystems"
	"$program" setup >/dev/null 2>&1
}
program_inside=/usr/sbin/$web # that a container for the web server runs
table() { "$program" setup --check; }
state() { "$program" setup --check --json | jq -r --arg name "$1" '.[] | select(.name == $name) | .state'; }
# Prints everything that setup could have made.
host() {
	files
	sysctl fs.inotify kernel.keys kernel.pty.max net.ipv4.neigh.default.gc_thresh3
	virsh --connect lxc:/// net-list --all
	cat /etc/sysctl.d/60-virt-sandbox.conf /etc/systemd/system/*.service.d/~virt-sandbox.conf
} 2>/dev/null

need 'setup makes the host ready' "$program" setup
before=$(host)
ok 'setup --check succeeds after setup' table
unlike 'setup --check finds nothing lacking after setup' "$(table)" '^lacks'
is 'setup --check --json has the same rows as the table' "$("$program" setup --check --json | jq -r '.[] | .state + " " + .name')" \
	"$(table | grep -E '^(ok|weak|lacks) ' | cut -c 1-24 | sed 's/  */ /g; s/ $//')"
is 'setup --check --json has every key in every row' "$("$program" setup --check --json | jq 'all(has("name", "state", "found", "advice"))')" true
is 'setup --check --json has advice in those rows that are not ok' "$("$program" setup --check --json | jq 'all((.state == "ok") == (.advice == ""))')" true
like 'setup --check shows the version of libvirt' "$(table)" '^ok +libvirt +version [0-9]+\.[0-9]+'
is 'setup --check finds that id-mapped mounts work' "$(state 'id-mapped mounts')" ok
is 'setup --check finds kernel limits high enough after setup' "$(state 'kernel limits')" ok
ok 'setup leaves room for the terminals of many containers' test "$(cat /proc/sys/kernel/pty/max)" -ge 65536
# hard PID OPTION: the hard limit, by prlimit's name for it.
hard() { prlimit --pid "$1" "--$2" --noheadings --output HARD; }
while read -r daemon resource property; do
	pid=$(systemctl show --property MainPID --value "$daemon.service")
	if [ "${pid:-0}" = 0 ]; then
		skip "setup leaves the host's root half of its $resource: $daemon that runs has the other half" "$daemon does not run on this host"
		skip "setup leaves the host's root half of its $resource: so does $daemon that starts later" "$daemon does not run on this host"
		continue
	fi
	ok "setup leaves the host's root half of its $resource: $daemon that runs has the other half" \
		test "$(hard "$pid" "$resource")" -le $(($(hard 1 "$resource") / 2))
	is "setup leaves the host's root half of its $resource: so does $daemon that starts later" \
		"$(systemctl show --property "$property" --value "$daemon.service")" "$(hard "$pid" "$resource")"
done <<-'END'
	libvirtd sigpending LimitSIGPENDING
	libvirtd msgqueue LimitMSGQUEUE
	virtlxcd sigpending LimitSIGPENDING
	virtlxcd msgqueue LimitMSGQUEUE
END
is 'setup --check leaves the host as it was' "$(host)" "$before"

# An init script of the host that names the program that a container runs.
cat >/etc/init.d/misled <<END
#!/bin/sh
### BEGIN INIT INFO
# Provides: misled
# Required-Start:
# Required-Stop:
# Default-Start: 2 3 4 5
# Default-Stop:
# Short-Description: a service with the program of another
### END INIT INFO
exec start-stop-daemon --"\$1" --exec $program_inside
END
chmod 755 /etc/init.d/misled
systemctl daemon-reload
is 'setup --check finds no init script that is misled, without containers' "$(state 'init scripts')" ok
need 'create succeeds' create check
need 'start succeeds' start check
if [ -e /run/systemd/generator.late/misled.service ]; then
	is 'setup --check finds an init script that names a program of a container' "$(state 'init scripts')" weak
	like 'setup --check names the script and the program' "$(table)" "'misled' \($program_inside\)"
else
	skip 'setup --check finds an init script that names a program of a container' "this host's systemd runs no init scripts"
	skip 'setup --check names the script and the program' "this host's systemd runs no init scripts"
fi
if command -v start-stop-daemon >/dev/null; then
	fails 'such a script believes that its service is running' 'already running' start-stop-daemon --start --test --exec "$program_inside"
else
	skip 'such a script believes that its service is running' 'this host has no start-stop-daemon'
fi
"$program" delete --force check
is 'setup --check finds no such script without the container' "$(state 'init scripts')" ok
rm /etc/init.d/misled
systemctl daemon-reload

# A daemon that is older than its drop-in, on a host with a drop-in for all services.
for daemon in libvirtd virtlxcd; do
	if systemctl is-active --quiet "$daemon.service"; then break; fi
done
touch "/etc/systemd/system/$daemon.service.d/~virt-sandbox.conf"
is 'setup --check does not mind a daemon that is older than its drop-in, where that makes no difference' "$(state libvirt)" ok
mkdir -p /etc/systemd/system/service.d
printf '[Service]\nPrivateTmp=yes\n' >/etc/systemd/system/service.d/all.conf
is 'setup --check finds a daemon that is older than its drop-in, where that makes a difference' "$(state libvirt)" weak
pid=$(systemctl show --property MainPID --value "$daemon.service")
like 'setup restarts such a daemon' "$("$program" setup)" '^share of containers: made ready'
unlike 'the daemon is another process then' "$(systemctl show --property MainPID --value "$daemon.service")" "^$pid\$"
is 'setup --check finds libvirt well again' "$(state libvirt)" ok
rm -r /etc/systemd/system/service.d
systemctl daemon-reload

if [ -e /sys/fs/selinux/enforce ] || [ -d /sys/kernel/security/apparmor ]; then
	skip 'setup --check warns of a host without SELinux' 'this host has it, or AppArmor'
else
	is 'setup --check warns of a host without SELinux' "$(state SELinux)" weak
	like 'setup --check says what keeps containers apart without SELinux' "$(table)" '^weak +SELinux +off: user ids, namespaces and filters alone'
	is 'setup --check does not ask for policy modules without SELinux' "$(state 'SELinux policy')" ok
fi

chmod 755 "$filesystems"
is 'setup --check warns of a directory that users can get into' "$(state directory)" weak
is 'setup --check leaves the mode of that directory as it is' "$(stat -c %a "$filesystems")" 755
chmod 700 "$filesystems"
# The real limit is the whole machine's, and changing it would disturb everything else that runs there.
echo 128 >"$work/limit"
mount --bind "$work/limit" "$limit"
is 'setup --check warns of a low kernel limit' "$(state 'kernel limits')" weak
like 'setup --check says how many containers a low limit allows' "$(table)" '^weak +kernel limits +for about 25 containers, by fs.inotify.max_user_instances'
ok 'setup succeeds on a host with a low kernel limit' "$program" setup
is 'setup raises a low kernel limit' "$(state 'kernel limits')" ok
is 'setup writes the kernel limit that is needed' "$(cat "$limit")" 65536
umount "$limit"
# The daemons for single drivers, as far as systemd sees them: installed, and in conflict with libvirtd.
units=/etc/systemd/system
listens() { systemctl is-active --quiet "$1"; }
silent() { ! listens "$1"; }
standins() {
	local name
	for name in virtlxcd virtnetworkd; do
		printf '[Socket]\nListenStream=/run/stand-in-%s\n[Unit]\nConflicts=libvirtd.socket libvirtd.service\n[Install]\nWantedBy=sockets.target\n' $name >$units/$name.socket
		printf '[Unit]\nConflicts=libvirtd.service\n[Service]\nExecStart=/bin/true\n' >$units/$name.service
	done
	systemctl daemon-reload
}
if systemctl cat libvirtd.socket >/dev/null 2>&1 && ! systemctl cat virtlxcd.socket >/dev/null 2>&1; then
	standins
	ok 'setup succeeds on a host that has libvirtd and the daemons for single drivers' "$program" setup
	ok 'libvirtd, which ran, still listens after setup' listens libvirtd.socket
	ok 'the other daemons are not started by setup' silent virtlxcd.socket
	need 'create succeeds with both kinds of daemons installed' create kinds
	ok 'start succeeds with both kinds of daemons installed' "$program" start kinds
	ok 'libvirtd still listens after a start' listens libvirtd.socket
	ok 'the other daemons are not started by a start' silent virtlxcd.socket
	ok 'stop succeeds with both kinds of daemons installed' "$program" stop kinds
	ok 'delete succeeds with both kinds of daemons installed' "$program" delete kinds
	ok 'libvirtd still listens after a delete' listens libvirtd.socket
	systemctl --quiet disable libvirtd.service libvirtd.socket 2>/dev/null
	is 'setup --check warns if libvirt would not be started at boot' "$(state libvirt)" weak
	"$program" setup >/dev/null
	is 'setup enables the socket of libvirtd if libvirtd runs' "$(systemctl is-enabled libvirtd.socket)" enabled

	systemctl --quiet disable libvirtd.service libvirtd.socket 2>/dev/null
	systemctl stop libvirtd.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket
	systemctl --quiet enable virtlxcd.socket
	"$program" setup >/dev/null 2>&1
	ok 'setup starts the daemons for single drivers if they are enabled' listens virtlxcd.socket
	ok 'setup starts the daemon for networks, too' listens virtnetworkd.socket
	is 'setup enables the daemon for networks, too' "$(systemctl is-enabled virtnetworkd.socket)" enabled
	ok 'setup leaves libvirtd as it is if the other daemons are enabled' silent libvirtd.socket
	systemctl --quiet disable --now virtlxcd.socket virtnetworkd.socket
	rm $units/virt{lxc,network}d.{socket,service}
	systemctl daemon-reload
	systemctl --quiet enable libvirtd.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket
	systemctl start libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket
else
	skip 'both kinds of libvirt daemons' 'this host does not have libvirtd alone'
fi

virsh --connect lxc:/// net-destroy sandbox >/dev/null
fails 'setup --check fails if the network is down' '^lacks +network' table
is 'setup --check does not start the network' "$(virsh --connect lxc:/// net-list --name | grep -c sandbox)" 0
fails 'setup --check fails if libvirt cannot be reached' '^lacks +libvirt' "$program" --connect nosuch:/// setup --check
fails 'setup refuses --json without --check' 'only with --check' "$program" setup --json
fails 'setup refuses --check together with --remove' 'either' "$program" setup --check --remove
done_testing
