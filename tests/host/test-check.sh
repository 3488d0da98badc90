#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# setup --check: it tells what is missing, by its exit status too, and changes nothing.
. "$(dirname "$0")/lib.sh"

limit=/proc/sys/fs/inotify/max_user_instances
at_end() {
	umount "$limit" 2>/dev/null
	chmod 700 "$filesystems"
	"$program" setup >/dev/null 2>&1
}
table() { "$program" setup --check; }
state() { "$program" setup --check --json | jq -r --arg name "$1" '.[] | select(.name == $name) | .state'; }
# All that setup could have made.
host() {
	files
	sysctl fs.inotify kernel.keys net.ipv4.neigh.default.gc_thresh3
	virsh --connect lxc:/// net-list --all
	cat /etc/sysctl.d/60-virt-sandbox.conf
} 2>/dev/null

need 'setup' "$program" setup
before=$(host)
ok 'a host after setup has all that is needed' table
unlike '... and says so' "$(table)" '^lacks'
is 'JSON has the same' "$("$program" setup --check --json | jq -r '.[] | .state + " " + .name')" \
	"$(table | grep -E '^(ok|weak|lacks) ' | cut -c 1-24 | sed 's/  */ /g; s/ $//')"
is '... with each key' "$("$program" setup --check --json | jq 'all(has("name", "state", "found", "advice"))')" true
is '... and advice where something is not well' "$("$program" setup --check --json | jq 'all((.state == "ok") == (.advice == ""))')" true
like 'libvirt has a version' "$(table)" '^ok +libvirt +version [0-9]+\.[0-9]+'
is 'id-mapped mounts work' "$(state 'id-mapped mounts')" ok
is 'kernel limits are high enough' "$(state 'kernel limits')" ok
is 'a look changes nothing' "$(host)" "$before"

if [ -e /sys/fs/selinux/enforce ]; then
	skip 'without SELinux' 'this host has it'
else
	is 'SELinux is missed' "$(state SELinux)" weak
	like '... with what is left' "$(table)" '^weak +SELinux +off: user ids, namespaces and filters alone'
	is '... and its modules are not' "$(state 'SELinux policy')" ok
fi

chmod 755 "$filesystems"
is 'a way for users is found' "$(state directory)" weak
is '... and left as it is' "$(stat -c %a "$filesystems")" 755
chmod 700 "$filesystems"
# The real one is the whole machine's, and what else runs on it would suffer.
echo 128 >"$work/limit"
mount --bind "$work/limit" "$limit"
is 'a low limit is found' "$(state 'kernel limits')" weak
like '... with how many containers fit' "$(table)" '^weak +kernel limits +for about 32 containers, by fs.inotify.max_user_instances'
ok '... which setup raises' "$program" setup
is '... so that it is well' "$(state 'kernel limits')" ok
is '... by writing what is needed' "$(cat "$limit")" 65536
umount "$limit"
virsh --connect lxc:/// net-destroy sandbox >/dev/null
fails 'a missing network is found' '^lacks +network' table
is '... and nothing is made' "$(virsh --connect lxc:/// net-list --name | grep -c sandbox)" 0
fails 'without libvirt' '^lacks +libvirt' "$program" --connect nosuch:/// setup --check
fails '--json alone' 'goes with --check' "$program" setup --json
fails 'two at once' 'either' "$program" setup --check --remove
done_testing
