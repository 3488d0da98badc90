#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A container whose tree is in an image: where its file system cannot limit it otherwise, or where an image was asked for. It is
# used, copied, moved and removed like any other, and neither a mount nor a loop device of it is left on the host.
. "$(dirname "$0")/lib.sh"

image=$filesystems/image
place=/srv/images # on another file system, and closed to users
at_end() {
	delete_containers
	rm -rf "$place"
} 2>/dev/null

loops() { losetup --noheadings --output BACK-FILE | grep -F -e "$filesystems/" -e "$place/"; } # of the images
no_loops() { [ -z "$(loops)" ]; }
status() { "$program" status "$1" | sed -n 's/^ *Disk: //p'; }
fill() { inside "$1" "head -c $2 /dev/zero >/var/tmp/$2"; }
unlimited() { [ "$(stat -c %F "$1")" = directory ]; } # its tree is not in an image
kib() { du -k "$1" | cut -f 1; }

need 'setup makes the host ready' "$program" setup
setsebool virt_sandbox_images on 2>/dev/null # with SELinux
before=$(files)
fails 'an image needs a size' 'give its size with --disk' create image --image
is 'a dry run says that there will be an image' "$("$program" create -u "$web" --disk=64M --dry-run image 2>/dev/null | grep -c ' in an image)')" 1
is 'and makes none' "$(files)" "$before"
need 'create --disk succeeds where the file system has no project quotas' create image --disk=64M
is 'it makes a file of that size' "$(stat -c '%F %s %a %u' "$image")" 'regular file 67108864 600 0'
ok 'which is sparse' test "$(kib "$image")" -lt 32768
ok 'no loop device is left' no_loops
like 'status shows what is used of it' "$(status image)" '^[0-9.]+[KM] used, at most 64M$'
ok 'no loop device is left by that' no_loops
need 'it starts' start image
is 'the mount of the image does not show on the host' "$(grep -c "$(losetup --noheadings --output NAME --associated "$image") " /proc/self/mounts)" 0
is 'root inside finds no device of it' "$(inside image 'ls -d /dev/loop* 2>/dev/null')" ''
like 'the container sees the file system, with its own ids' "$(inside image 'grep " /var " /proc/self/mounts')" ' ext4 rw,(seclabel,)?nodev,.*idmapped.*errors=remount-ro'
is 'what lies beside its tree cannot be reached' "$(inside image 'ls -a /.. | grep -c lost+found')" 0
ok 'a set-user-ID program works as in every container' inside image 'cp /usr/bin/id /var/tmp/ && chmod 4755 /var/tmp/id && setpriv --reuid=33 --clear-groups /var/tmp/id -un | grep -x root'
fails 'root inside cannot write more' 'no space' fill image 100M
fails 'and neither can a user' 'no space' inside image 'setpriv --reuid=33 --clear-groups head -c 100M /dev/zero >/var/tmp/user'
fails 'nor make any number of files' 'no space' inside image 'mkdir /var/tmp/many && cd /var/tmp/many && seq 70000 | xargs touch'
ok 'root inside can remove them' inside image 'rm -r /var/tmp/* && sync'
given_back() { [ "$(kib "$image")" -lt 32768 ]; }
ok 'what is removed no longer takes space on the host' wait_for given_back
echo one >"$work/page"
ok 'a file is copied into the running container' "$program" cp "$work/page" image:/var/tmp/page
is 'which it sees' "$(inside image 'cat /var/tmp/page')" one
is 'the command used the same loop device' "$(loops | wc -l)" 1
ok 'so can a file be copied from it' "$program" cp image:/var/tmp/page "$work/back"
fails 'another container cannot be given it' "no container's files" "$program" create -u "$web" -m host-image:/srv/x="$image" other
if setpriv --dump | grep 'Capability bounding set' | grep -q sys_resource; then
	ok 'set makes the image larger while it runs' "$program" set --disk=256M image
	ok 'which has an effect at once' fill image 100M
	like 'and shows' "$(status image)" ' used, at most 256M$'
	inside image 'rm /var/tmp/100M'
	"$program" stop image
	ok 'set makes it larger while it is stopped' "$program" set --disk=320M image
	is 'which is the size of the file' "$(stat -c %s "$image")" 335544320
	need 'it starts again' start image
else
	skip 'an image that becomes larger' 'without CAP_SYS_RESOURCE, the kernel makes no file system larger'
fi
fails 'set makes it smaller only while it is stopped' 'is running' "$program" set --disk=48M image

# However it ends.
kill -9 "$(systemctl show -P MainPID image_sandbox.service)"
ok 'no loop device stays when the monitor is killed' wait_for no_loops
systemctl reset-failed image_sandbox.service 2>/dev/null
need 'it starts after that' start image
is 'what was written is there' "$(inside image 'cat /var/tmp/page')" one
"$program" stop image
ok 'no loop device stays after a stop' wait_for no_loops
is 'a file is copied out of the stopped container' "$("$program" cp image:/var/tmp/page - | tar -xO)" one
ok 'no loop device stays after that' wait_for no_loops

# Users of the host.
mkdir "$place"
if mount -o loop,ro "$image" "$place"; then
	ok 'root of the host reaches what is in the image' test -e "$place/tree/etc/hostname"
	fails 'users could not, wherever it were mounted' 'permission denied' setpriv --reuid=65534 --clear-groups ls "$place/tree"
	umount "$place"
fi
rmdir "$place"

# The file system found an error.
tune2fs -E force_fsck "$image" >/dev/null
fails 'start refuses a file system with errors' "'e2fsck -f $image' repairs it" start image
e2fsck -fp "$image" >/dev/null
systemctl reset-failed image_sandbox.service 2>/dev/null
need 'it starts when it is repaired' start image
"$program" stop image
chmod 666 "$image"
fails 'start refuses an image that users can write to' "chmod 600 $image" start image
chmod 600 "$image"
systemctl reset-failed image_sandbox.service 2>/dev/null

# What makes the tree anew, or moves it.
ok 'a snapshot is made' "$program" snapshot image one
ok 'which is not an image' unlimited "$filesystems/.snapshots/image/one/tree"
need 'it starts' start image
inside image 'rm /var/tmp/page'
"$program" stop image
ok 'the snapshot is put back' "$program" restore image one
is 'as an image of the same size' "$(stat -c '%F %s %a %u' "$image")" "regular file $("$program" status --json image | jq .disk_max) 600 0"
need 'it starts with that' start image
is 'with what was there then' "$(inside image 'cat /var/tmp/page')" one
ok 'a clone is made while it runs' "$program" clone --live image image2
containers+=(image2)
is 'in an image of its own' "$(stat -c '%F %s' "$filesystems/image2")" "$(stat -c '%F %s' "$image")"
ok 'the clone starts' start image2
is 'and has what the first one has' "$(inside image2 'cat /var/tmp/page')" one
is 'each has a loop device' "$(loops | sort -u | wc -l)" 2
"$program" stop image image2
ok 'it gets another name' "$program" rename image image3
containers+=(image3)
image=$filesystems/image3
ok 'with which it starts' start image3
"$program" stop image3
ok 'it is exported' "$program" export image3 "$work/archive"
ok 'it is forgotten' "$program" forget image3
like 'its image is listed as left' "$("$program" list --orphans)" "image3 +image +$image"
ok 'it is adopted' "$program" adopt "$image"
ok 'and starts' start image3
is 'as it was' "$(inside image3 'cat /var/tmp/page')" one
"$program" delete --force image3 image2
ok 'delete removes the images' test ! -e "$image" -a ! -e "$filesystems/image2"
ok 'no loop device is left' wait_for no_loops
ok 'it is imported again' "$program" import "$work/archive" image
is 'in an image' "$(stat -c %F "$filesystems/image")" 'regular file'
ok 'and starts' start image
is 'with its data' "$(inside image 'cat /var/tmp/page')" one
"$program" delete --force image
is 'nothing is left of them' "$(files)" "$before"

# Another limit, for which the tree is made anew.
need 'create without a limit succeeds' create image
need 'it starts' start image
fails 'set makes an image of its directory only while it is stopped' 'is running' "$program" set --disk=128M image
inside image 'echo kept >/var/tmp/kept && head -c 20M /dev/urandom >/var/tmp/random && chown 33:33 /var/tmp/kept'
"$program" stop image
here=$(files | grep -v -e ' f 600 0:0 [0-9]*$' -e image.sandbox -e /var/log/)
ok 'set makes an image of its directory' "$program" set --disk=128M image
is 'of that size' "$(stat -c '%F %s' "$filesystems/image")" 'regular file 134217728'
like 'and the limit shows' "$(status image)" 'used, at most 128M$'
need 'it starts' start image
is 'with all that it had' "$(inside image 'cat /var/tmp/kept; stat -c %u:%g /var/tmp/kept')" "$(printf 'kept\n33:33')"
"$program" stop image
ok 'set makes the image smaller' "$program" set --disk=64M image
is 'so that it has the new size' "$(stat -c '%F %s' "$filesystems/image")" 'regular file 67108864'
fails 'set refuses a limit into which its files do not fit' 'do not fit' "$program" set --disk=32M image
head -c 16M /dev/urandom >"$work/more"
ok 'it gets more' "$program" cp "$work/more" image:/var/tmp/more
fails 'set says so at once when they take more' 'more than 32M' "$program" set --disk=32M image
is 'and changes nothing' "$(stat -c '%F %s' "$filesystems/image") $(status image | sed 's/.*, //')" 'regular file 67108864 at most 64M'
need 'it starts with that' start image
is 'and has all that it had' "$(inside image 'cat /var/tmp/kept')" kept
"$program" stop image
# What a command leaves that was killed while it made the image larger, or before it exchanged the image for a directory.
record=/etc/libvirt-sandbox/services/image.sandbox
truncate -s 96M "$filesystems/image"
ok 'another option leaves an image alone that is larger than the record says' "$program" set --memory=infinity image
is 'so that it has the size that it had' "$(stat -c '%F %s' "$filesystems/image")" 'regular file 100663296'
ok 'set makes it as small as the record says' "$program" set --disk=64M image
is 'so that both are the same' "$(stat -c '%F %s' "$filesystems/image")" 'regular file 67108864'
mkdir -p "$filesystems/.snapshots/image/.new/tree"
ok 'the same again has nothing to do' "$program" set --disk=64M image
ok 'but removes what one that was killed has left' test ! -e "$filesystems/.snapshots"
sed -i '/^Disk=/d' "$record"
ok 'set lifts the limit, which the record no longer has' "$program" set --disk=infinity image
is 'and makes a directory of the image' "$(stat -c '%F %a' "$filesystems/image")" 'directory 755'
rm "$filesystems/image/var/tmp/more"
is 'with what was in it' "$(files | grep -v -e ' f 600 0:0 [0-9]*$' -e image.sandbox -e /var/log/)" "$here"
need 'it starts there' start image
is 'and has all that it had' "$(inside image 'cat /var/tmp/kept')" kept
ok 'no loop device is left' wait_for no_loops
"$program" delete --force image
is 'nothing is left of it' "$(files)" "$before"

# Elsewhere, and without ids of its own.
mkdir -m 700 "$place"
need 'create --image succeeds on another file system' create image4 --path="$place" -i --disk=1G
ok 'it starts' start image4
need 'create --disk succeeds without ids of its own' create image5 --disk=64M --private-users=no
ok 'it starts, too' start image5
fails 'and cannot write more' 'no space' fill image5 100M
"$program" delete --force image4 image5
ok 'no loop device is left' wait_for no_loops
is 'nothing is left of them' "$(files)" "$before"
done_testing
