#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is mounted in a container with --mount: directories and images of the host with the container's ids, directories of its
# own, and memory; and that nothing that a container plants in its tree makes a start mount, create or remove anything elsewhere.
. "$(dirname "$0")/lib.sh"

# On the disk that has the containers, whose file system supports id-mapped mounts.
data=/var/lib/libvirt/filesystems/.mounts
at_end() {
	end_exchange
	delete_containers
	umount /srv/shared
	rmdir /srv/shared
	rm -rf "$data"
} 2>/dev/null

need 'setup makes the host ready' "$program" setup
mkdir -p "$data" /srv/shared
mount --bind "$data" /srv/shared
mkdir -m 700 /srv/shared/own /srv/shared/fixed
echo shared >/srv/shared/own/page
echo fixed >/srv/shared/fixed/page
ln -s own /srv/shared/link
before=$(files)

ok 'create with two directories of the host and a RAM disk succeeds' create mounts -m host-bind:/srv/web=/srv/shared/own -m host-bind:/data=/srv/shared/fixed:ro -m ram:/var/cache/fast=4M
need 'a container with mounts starts' start mounts
is 'a mounted directory of the host can be read inside' "$(inside mounts 'cat /srv/web/page')" shared
is 'files of root in a mounted directory belong to root inside' "$(inside mounts 'stat -c %u:%g /srv/web/page')" 0:0
ok 'a mounted directory can be written inside' inside mounts 'echo new >/srv/web/new && chown 33:33 /srv/web/new'
is 'a file given to uid 33 inside belongs to uid 33 in the directory of the host' "$(stat -c %u:%g /srv/shared/own/new)" 33:33
is 'a directory mounted read-only can be read inside' "$(inside mounts 'cat /data/page')" fixed
fails 'a directory mounted read-only cannot be written inside' 'read-only' inside mounts 'echo new >/data/new'
fails 'a directory mounted read-only cannot be remounted writable inside' 'permission denied|not permitted|write-protected' inside mounts 'mount -o remount,bind,rw /data'
is 'a RAM disk has the size that was asked for' "$(inside mounts 'df --output=size -k /var/cache/fast | tail -n 1' | tr -d ' ')" 4096
fails 'a RAM disk takes no more than its size' 'no space' inside mounts 'head -c 5M /dev/zero >/var/cache/fast/big'
is 'the mounts of a container do not show on the host' "$(grep -c '/run/virt-sandbox-service/mounts/bind' /proc/self/mountinfo)" 0
is 'with mounts, systemd inside is running, not degraded' "$(inside mounts 'systemctl is-system-running')" running
ok 'stop of a container with mounts succeeds' "$program" stop mounts
is 'a file written inside stays in the directory of the host' "$(cat /srv/shared/own/new)" new

# Hostile: a mount point, or a directory above it, becomes a link.
tree=$filesystems/mounts
rmdir "$tree/srv/web" && ln -s /etc "$tree/srv/web"
fails 'start refuses a symbolic link in the place of a mount' "srv/web" start mounts
rm "$tree/srv/web" && rmdir "$tree/var/cache/fast" && mv "$tree/var/cache" "$tree/var/cache.old"
mkdir "$work/elsewhere" && ln -s "$work/elsewhere" "$tree/var/cache"
fails 'start refuses a symbolic link on the way to a mount' "var/cache" start mounts
is 'start makes nothing where a symbolic link leads' "$(ls -A "$work/elsewhere")" ''
rm "$tree/var/cache" && touch "$tree/var/cache"
fails 'start refuses a file on the way to a mount' "var/cache" start mounts
rm "$tree/var/cache" && mv "$tree/var/cache.old" "$tree/var/cache"
ok 'start makes missing mount points again' start mounts
is 'a mount point that was made again has its mount' "$(inside mounts 'cat /srv/web/page')" shared
"$program" stop mounts
mv /srv/shared/own /srv/shared/gone
fails 'start fails and names a source that is gone' "'/srv/shared/own'" start mounts
mv /srv/shared/gone /srv/shared/own
ok 'delete of a container with mounts succeeds' "$program" delete mounts
is 'delete keeps the files of a mounted directory' "$(cat /srv/shared/own/new)" new
rm /srv/shared/own/new
is 'delete removes everything but what was mounted' "$(files)" "$before"

fails 'create -m refuses a source that does not exist' "'/srv/shared/none'" create mounts -m host-bind:/srv/web=/srv/shared/none
fails 'create -m refuses a source that is a symbolic link' 'symbolic link' create mounts -m host-bind:/srv/web=/srv/shared/link
fails 'create -m refuses a source that is a file' "'/srv/shared/own/page'" create mounts -m host-bind:/srv/web=/srv/shared/own/page
fails 'create -m refuses a target that is a file in the container' "'/etc/hostname'.*not a directory" create mounts -m ram:/etc/hostname=64M
fails 'create -m refuses one mount below another' 'does not overlap' create mounts -m ram:/srv/a=64M -m ram:/srv/a/b=64M

# Directories of the container's own, in another place.
need 'create with directories of the container in other places succeeds' \
	create again -m guest-bind:/srv/web=/var/www/own -m guest-bind:/home/kept=/opt/kept:ro
need 'it starts' start again
ok 'a directory can be written in its other place' inside again 'echo own >/srv/web/page && chown 33:33 /srv/web/page'
is 'and is the same directory' "$(inside again 'cat /var/www/own/page; stat -c %u:%g /var/www/own/page')" "$(printf 'own\n33:33')"
is 'it has the ids of the container on disk' "$(stat -c %u:%g "$filesystems/again/var/www/own/page")" 33:33
fails 'one with :ro cannot be written there' 'read-only' inside again 'touch /home/kept/x'
ok 'but in its own place' inside again 'touch /opt/kept/x'
fails 'cp tells where the files are' "another directory of the container, '/var/www/own'" "$program" cp again:/srv/web/page "$work/page"
"$program" stop again
rm -rf "$filesystems/again/opt/kept" && ln -s /etc "$filesystems/again/opt/kept"
fails 'start refuses a symbolic link in the place of such a directory' 'opt/kept' start again
rm "$filesystems/again/opt/kept"
ok 'start makes a missing one again' start again
ok 'delete of the container with them succeeds' "$program" delete --force again

# File systems in files of the host. One says in itself that the host shall panic at an error in it.
image=/srv/shared/disk.img
setsebool virt_sandbox_images on 2>/dev/null # with SELinux
loops() { losetup --noheadings --output NAME --associated "$image"; }
no_loops() { [ -z "$(loops)" ]; }
make_image() {
	truncate -s 64M "$image" && chmod 600 "$image" && mkfs.ext4 -q -F -e panic -d "$1" "$image"
}
mkdir "$work/content"
cp /usr/bin/id "$work/content/id" && chmod 4755 "$work/content/id"
mknod -m 666 "$work/content/null" c 1 3
echo image >"$work/content/page"
ok 'an image is made' make_image "$work/content"
need 'create with an image succeeds' create image -m host-image:/srv/data="$image"
need 'a container with an image starts' start image
is 'the file system in the image can be read inside' "$(inside image 'cat /srv/data/page; stat -c %u:%g /srv/data/page')" "$(printf 'image\n0:0')"
ok 'and be written' inside image 'echo new >/srv/data/new && chown 33:33 /srv/data/new'
is 'a set-user-ID program in it has no effect' "$(inside image 'setpriv --reuid=33 --clear-groups /srv/data/id -u')" 33
fails 'a device file in it does not work' 'permission denied' inside image 'echo x >/srv/data/null'
like 'an error in it does not make the host panic' "$(inside image 'grep " /srv/data " /proc/self/mounts')" 'nosuid,nodev,.*errors=remount-ro'
is 'root inside finds no device of it' "$(inside image 'ls -d /dev/loop* 2>/dev/null')" ''
is 'the mount of the image does not show on the host' "$(grep -cF "$(loops) " /proc/self/mounts)" 0
need 'another container can have it, too' create image2 -m host-image:/srv/data="$image"
fails 'but does not start meanwhile' 'mounted in another container' start image2
is 'a start that fails leaves no loop device' "$(loops | wc -l)" 1
"$program" stop image
ok 'no loop device stays after a stop' wait_for no_loops
systemctl reset-failed image2_sandbox.service 2>/dev/null
ok 'the other one starts now' start image2
is 'and finds what the first one wrote' "$(inside image2 'cat /srv/data/new; stat -c %u:%g /srv/data/new')" "$(printf 'new\n33:33')"
kill -9 "$(systemctl show -P MainPID image2_sandbox.service)"
ok 'no loop device stays when the monitor is killed' wait_for no_loops
fails 'create refuses to let a container write to the image' 'write to the directory' create mounts -m host-bind:/srv/web=/srv/shared
rm "$image" && truncate -s 64M "$image"
systemctl reset-failed image_sandbox.service image2_sandbox.service 2>/dev/null
fails 'start says when there is no file system in it' 'not the image of a file system' start image
ok 'an image with one that was damaged is made' make_image "$work/content"
dd if=/dev/urandom of="$image" bs=1k seek=2 count=1 conv=notrunc 2>/dev/null
fails 'start says when the file system is damaged' "Cannot mount the ext4 file system in '$image'" start image
ok 'which leaves no loop device, either' wait_for no_loops
ok 'delete of the containers with it succeeds' "$program" delete image image2
is 'delete keeps the image' "$(stat -c %s "$image")" 67108864
rm "$image"
is 'nothing else is left of them' "$(files)" "$before"

# Trees elsewhere.
mkdir -m 700 /srv/shared/trees
need 'create in a directory of its own succeeds' create elsewhere -p /srv/shared/trees/
fails 'create -m refuses the directory of another container' "files of container 'elsewhere'" create mounts -m host-bind:/srv/web=/srv/shared/trees
fails 'create -m refuses the directory above that of another container' "files of container 'elsewhere'" create mounts -m host-bind:/srv/web=/srv/shared:ro
fails 'create -m refuses the directory of the container itself' 'own files' \
	create mounts -p /srv/shared/trees -m host-bind:/srv/web=/srv/shared/trees
ok 'delete in a directory of its own succeeds' "$program" delete elsewhere
need 'create -m accepts the directory once no container is in it' create mounts -m host-bind:/srv/web=/srv/shared/trees/
fails 'create -p refuses a directory that another container has mounted' "container 'mounts' has" create elsewhere -p /srv/shared/trees
ok 'delete of the container with that directory succeeds' "$program" delete mounts
rmdir /srv/shared/trees
is 'refused creates leave nothing behind' "$(files)" "$before"
chmod 755 /srv/shared/own
like 'create -m warns of a source that all users can get into' "$("$program" create -n -u "$web" -m host-bind:/srv=/srv/shared/own mounts 2>&1)" 'with which users of the host become root'

# What a user of the host owns, he hands over; but nothing that is not his.
user=65534 secret=secret-$$
mkdir -m 755 /srv/shared/user /srv/shared/user/www
mkdir -m 700 /srv/shared/user/vault
echo page >/srv/shared/user/www/page
echo "$secret" >/srv/shared/user/vault/page
chown $user:$user /srv/shared/user /srv/shared/user/www{,/page}
need 'create -m accepts a directory that a user owns' create handed -m host-bind:/srv/web=/srv/shared/user/www:ro
need 'a container with a directory of a user starts' start handed
is "a user's directory can be read inside" "$(inside handed 'cat /srv/web/page')" page
"$program" stop handed
exchange $user /srv/shared/user/www /srv/shared/user/vault
race handed 'grep -qx page /srv/web/page' "'/srv/shared/user/www' belongs to root"
end_exchange
is "a user who exchanges directories gets none of root's mounted" "$wrong" 0
ok 'of these starts some succeed and some are refused' test "$ran" -gt 0 -a "$refused" -gt 0
[ ! -O /srv/shared/user/www ] || mv -T /srv/shared/user/vault /srv/shared/user/mine
rm -rf /srv/shared/user/www
for target in /etc /root vault; do
	ln -sfn $target /srv/shared/user/www
	chown -h $user:$user /srv/shared/user/www
	systemctl reset-failed handed_sandbox.service 2>/dev/null
	fails "start fails where a user has put a link to $target" 'symbolic link' start handed
done
rm /srv/shared/user/www
mkdir -p /srv/shared/user/else/www
mv /srv/shared/user /srv/shared/user-
ln -s user- /srv/shared/user
systemctl reset-failed handed_sandbox.service 2>/dev/null
fails 'start fails where a link is on the way to a mounted directory' 'symbolic link' start handed
done_testing
