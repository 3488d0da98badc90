#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Options of create that say what a container is called and where it is: host name, directory, SELinux contexts.
. "$(dirname "$0")/lib.sh"

# On the disk that has the containers: its file system can map ids.
place=$filesystems/.place
at_end() {
	delete_containers
	rm -rf "$place" /etc/libvirt/lxc/places-foreign.xml
}
record() { sed -n "s/^$1=//p" /etc/libvirt-sandbox/services/places.sandbox; }

need 'setup' "$program" setup
mkdir -m 700 "$place"
mkdir -m 755 "$place/open"
ln -s . "$place/link"
before=$(files)

ok 'create' create places -p "$place" --hostname www.example.org -s static,label=system_u:system_r:svirt_lxc_net_t:s0:c811,c812
is 'the record remembers where' "$(record Path)" "$place/places"
is '... and the host name' "$(record Hostname)" www.example.org
is '... and the level' "$(record Level)" s0:c811,c812
is 'list shows where' "$(field places path)" "$place/places"
ok 'start' start places
is 'the host name inside' "$(inside places hostname)" www.example.org
like '... resolves' "$(inside places 'getent hosts www.example.org')" "^$(address places) "
like '... and its first part too' "$(inside places 'getent hosts www')" "^$(address places) "
is 'its files are there' "$(inside places 'cat /etc/hostname')" "$(cat "$place/places/etc/hostname")"
fails 'a level in use is refused' "belongs to container 'places'" create places2 -s static,label=a:b:c:s0:c811,c812
foreign=/etc/libvirt/lxc/places-foreign.xml
mkdir -p "${foreign%/*}"
echo '<seclabel type="static"><label>system_u:system_r:svirt_t:s0:c813,c814</label></seclabel>' >"$foreign"
fails 'a level of another domain is refused' "is that of domain '$foreign'" create places2 -l s0:c814,c813
rm "$foreign"
ok 'stop' "$program" stop places
chmod 711 "$place"
fails 'a directory that was opened to users is refused at the start' 'way into' start places
chmod 700 "$place"
ok 'delete' "$program" delete places
is '... removes it there, and leaves the rest' "$(files)" "$before"

fails 'a directory that users have a way into' 'way into' create places -p "$place/open"
fails 'one that is missing' "'$place/none'" create places -p "$place/none"
fails 'one behind a link' 'symbolic link' create places -p "$place/link/open"
fails 'one that is not absolute' 'absolute path' create places -p place
fails 'no host name' 'must be a host name' create places --hostname 'a b'
fails 'no security' 'must be as' create places -s dynamic
fails 'no context' 'must be as' create places -s static,label=svirt_lxc_net_t:s0:c1
fails 'no level in it' 'must be as' create places -s static,label=system_u:system_r:svirt_lxc_net_t:s0
fails 'another level' 'level' create places -l s0:c1 -s static,label=system_u:system_r:svirt_lxc_net_t:s0:c2
fails 'no type' 'SELinux type' create places -f 'a b'
if [ -e /sys/fs/selinux/enforce ]; then
	fails 'a context that the policy does not know' 'does not know' create places -s static,label=system_u:system_r:nosuch_t:s0:c1
	fails 'a type that the policy does not know' 'does not know' create places -f nosuch_t
else
	skip 'a context that the policy does not know' 'SELinux is not on'
	skip 'a type that the policy does not know' 'SELinux is not on'
fi
is 'nothing is left of them' "$(files)" "$before"
done_testing
