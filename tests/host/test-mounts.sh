#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is mounted in a container beside its own: directories of the host with the container's ids, and memory; and that
# nothing a container plants in its tree makes a start mount, make or remove anything elsewhere.
. "$(dirname "$0")/lib.sh"

# On the disk that has the containers: its file system can map ids.
data=/var/lib/libvirt/filesystems/.mounts
at_end() {
	delete_containers
	umount /srv/shared
	rmdir /srv/shared
	rm -rf "$data"
} 2>/dev/null

need 'setup' "$program" setup
mkdir -p "$data" /srv/shared
mount --bind "$data" /srv/shared
mkdir -m 700 /srv/shared/own /srv/shared/fixed
echo shared >/srv/shared/own/page
echo fixed >/srv/shared/fixed/page
ln -s own /srv/shared/link
before=$(files)

ok 'create' create mounts -m host-bind:/srv/web=/srv/shared/own -m host-bind:/data=/srv/shared/fixed:ro -m ram:/var/cache/fast=4M
need 'start' start mounts
is 'a directory of the host is there' "$(inside mounts 'cat /srv/web/page')" shared
is '... with its owner' "$(inside mounts 'stat -c %u:%g /srv/web/page')" 0:0
ok '... and can be written' inside mounts 'echo new >/srv/web/new && chown 33:33 /srv/web/new'
is '... by ids that are the container'"'"'s' "$(stat -c %u:%g /srv/shared/own/new)" 33:33
is 'one that is read-only is there too' "$(inside mounts 'cat /data/page')" fixed
fails '... and cannot be written' 'read-only' inside mounts 'echo new >/data/new'
fails '... nor made writable' 'permission denied|not permitted|write-protected' inside mounts 'mount -o remount,bind,rw /data'
is 'memory has its size' "$(inside mounts 'df --output=size -k /var/cache/fast | tail -n 1' | tr -d ' ')" 4096
fails '... and no more' 'no space' inside mounts 'head -c 5M /dev/zero >/var/cache/fast/big'
is 'nothing of it is seen on the host' "$(grep -c '/run/virt-sandbox-service/mounts/bind' /proc/self/mountinfo)" 0
is 'the system is running' "$(inside mounts 'systemctl is-system-running')" running
ok 'stop' "$program" stop mounts
is 'what was written stays' "$(cat /srv/shared/own/new)" new

# Hostile: the place of a mount, or a folder on the way, becomes a link.
tree=$filesystems/mounts
rmdir "$tree/srv/web" && ln -s /etc "$tree/srv/web"
fails 'a link in the place of a mount is refused' "srv/web" start mounts
rm "$tree/srv/web" && rmdir "$tree/var/cache/fast" && mv "$tree/var/cache" "$tree/var/cache.old"
mkdir "$work/elsewhere" && ln -s "$work/elsewhere" "$tree/var/cache"
fails '... and one on the way to it' "var/cache" start mounts
is '... and nothing is made where it leads' "$(ls -A "$work/elsewhere")" ''
rm "$tree/var/cache" && touch "$tree/var/cache"
fails '... and a file' "var/cache" start mounts
rm "$tree/var/cache" && mv "$tree/var/cache.old" "$tree/var/cache"
ok 'what is missing is made again' start mounts
is '... and mounted' "$(inside mounts 'cat /srv/web/page')" shared
"$program" stop mounts
mv /srv/shared/own /srv/shared/gone
fails 'a source that is gone is told' "'/srv/shared/own'" start mounts
mv /srv/shared/gone /srv/shared/own
ok 'delete' "$program" delete mounts
is '... leaves what was mounted' "$(cat /srv/shared/own/new)" new
rm /srv/shared/own/new
is '... and nothing else' "$(files)" "$before"

fails 'a source that is missing' "'/srv/shared/none'" create mounts -m host-bind:/srv/web=/srv/shared/none
fails 'a source with a link' 'symbolic link' create mounts -m host-bind:/srv/web=/srv/shared/link
fails 'a source that is a file' "'/srv/shared/own/page'" create mounts -m host-bind:/srv/web=/srv/shared/own/page
fails 'a target that is a file in the container' "'/etc/hostname'.*no directory" create mounts -m ram:/etc/hostname=64M
fails 'two at one place' 'neither on nor below' create mounts -m ram:/srv/a=64M -m ram:/srv/a/b=64M

# Trees elsewhere.
mkdir -m 700 /srv/shared/trees
need 'a container elsewhere' create elsewhere -p /srv/shared/trees/
fails '... has its files to itself' "files of container 'elsewhere'" create mounts -m host-bind:/srv/web=/srv/shared/trees
fails '... from the folder above too' "files of container 'elsewhere'" create mounts -m host-bind:/srv/web=/srv/shared:ro
fails 'a container has no other way to its own' 'own files' \
	create mounts -p /srv/shared/trees -m host-bind:/srv/web=/srv/shared/trees
ok 'delete elsewhere' "$program" delete elsewhere
need 'create with the folder mounted' create mounts -m host-bind:/srv/web=/srv/shared/trees/
fails 'no container is made in what another has mounted' "container 'mounts' has" create elsewhere -p /srv/shared/trees
ok 'delete' "$program" delete mounts
rmdir /srv/shared/trees
is 'nothing is left of them' "$(files)" "$before"
chmod 755 /srv/shared/own
like 'a way to set-user-ID programs is told' "$("$program" create -n -u "$web" -m host-bind:/srv=/srv/shared/own mounts 2>&1)" 'run as root for all users'
done_testing
