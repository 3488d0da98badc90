#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Space on the disk: a directory has a limit only where the file system has project quotas, through everything that makes it
# anew. What the container takes is counted, whatever root in it does. test-image.sh is about images.
. "$(dirname "$0")/lib.sh"

place=/srv/quota # not in a directory that users can write to
at_end() {
	delete_containers
	umount "$place"
	rmdir "$place"
} 2>/dev/null

# project FILE: the project that it belongs to, by the host.
project() { lsattr -pd "$1" | awk '{ print $1 }'; }
status() { "$program" status "$1" | sed -n 's/^ *Disk: //p'; }
fill() { inside "$1" "head -c $2 /dev/zero >/var/tmp/$2"; }

# write_as PROJECT: has a user of the host write to a file of this project.
write_as() {
	rm -f "$place/file" && touch "$place/file" && chattr -p "$1" "$place/file" &&
		setpriv --reuid=65534 --clear-groups head -c 100M /dev/zero >"$place/file"
}

need 'setup makes the host ready' "$program" setup
record=/etc/libvirt-sandbox/services/none.sandbox
need 'create without a limit succeeds' create none
sed -i '$a[Limits]\nDisk=1G' "$record"
fails 'start refuses a limit where the file system has no project quotas' "'$filesystems/none' has no project quotas" start none
sed -i '/^\[Limits\]$/,$d' "$record"
need 'create without ids of its own succeeds' create none2 --private-users=no
is 'status tells nothing of the disk' "$(status none)$("$program" status --json none | jq -c '[.disk, .disk_max]')" '[null,null]'
ok 'delete of the containers succeeds' "$program" delete none none2

mkdir -m 700 "$place"
truncate -s 1G "$work/disk"
need 'a file system with project quotas is made' mkfs.ext4 -q -F -O project,quota "$work/disk"
if mount -o loop,prjquota "$work/disk" "$place" 2>/dev/null; then
	chmod 700 "$place"
	chcon --reference=/srv "$place" 2>/dev/null # with SELinux
	need 'create --disk succeeds where the file system has project quotas' create disk --path="$place" --disk=64M
	base=$(field disk uid_base)
	is 'the directory belongs to a project of its own' "$(project "$place/disk")" "$base"
	is 'and so does what lies in it' "$(project "$place/disk/etc/$web") $(project "$place/disk/etc/hostname")" "$base $base"
	need 'it starts' start disk
	like 'status shows what it takes, and its limit' "$(status disk)" '^[0-9.]+[KM] used, at most 64M$'
	is 'and so does its JSON' "$("$program" status --json disk | jq -c '[(.disk > 1000000), .disk_max]')" '[true,67108864]'
	is 'the container sees a file system of that size' "$(inside disk 'df --output=size -m /var/tmp | tail -n 1' | tr -d ' ')" 64
	fails 'root inside cannot write more' 'quota|no space' fill disk 100M
	fails 'and neither can a user' 'quota|no space' inside disk 'setpriv --reuid=33 --clear-groups head -c 100M /dev/zero >/var/tmp/user'
	fails 'nor make any number of files' 'quota|no space' inside disk 'mkdir /var/tmp/many && cd /var/tmp/many && seq 70000 | xargs touch'
	ok 'root inside can remove them' inside disk 'rm -r /var/tmp/*'
	fails 'root inside cannot give a file another project' 'invalid argument' inside disk 'touch /var/tmp/x && chattr -p 0 /var/tmp/x'
	ok 'but the host can' chattr -p 0 "$place/disk/var/tmp/x"
	fails 'root inside cannot end what makes new files belong to the project' 'invalid argument' inside disk 'chattr -P /var/tmp'
	ok 'but the host can, also' chattr -P "$place/disk/var/tmp"
	chattr +P -p "$base" "$place/disk/var/tmp"
	ok 'set gives a running container more' "$program" set --disk=256M disk
	ok 'which has an effect at once' fill disk 100M
	ok 'set gives it less than it takes' "$program" set --disk=80M disk
	fails 'after which it cannot write' 'quota|no space' fill disk 1M
	ok 'set lifts the limit' "$program" set --disk=infinity disk
	ok 'and it can write' fill disk 300M
	like 'status still shows what it takes' "$(status disk)" '^40[0-9.]+M used$'
	"$program" stop disk
	rm "$place/disk/var/tmp/"*
	ok 'set limits a stopped container' "$program" set --disk=64M disk

	# The directory is made anew.
	ok 'a snapshot is made' "$program" snapshot disk one
	ok 'a snapshot does not count' test "$(project "$place/.snapshots/disk/one/tree")" = 0
	ok 'and put back' "$program" restore disk one
	is 'what was put back belongs to the project' "$(project "$place/disk/etc/hostname")" "$base"
	ok 'a clone is made' "$program" clone disk disk2
	containers+=(disk2)
	is 'the clone has a project of its own' "$(project "$place/disk2/etc/hostname")" "$(field disk2 uid_base)"
	ok 'both start' "$program" start disk disk2
	fails 'the first one is limited' 'quota|no space' fill disk 100M
	fails 'and so is its clone' 'quota|no space' fill disk2 100M
	"$program" stop disk disk2
	ok 'it gets another name' "$program" rename disk disk3
	containers+=(disk3)
	ok 'and starts' start disk3
	fails 'the limit comes along' 'quota|no space' fill disk3 100M
	"$program" stop disk3
	rm "$place/disk3/var/tmp/"* # an image of the same size has room for less
	ok 'it is exported' "$program" export disk3 "$work/archive"
	"$program" delete disk3
	containers+=(disk4)
	ok 'and imported elsewhere' "$program" import "$work/archive" disk4
	is 'where it is in an image' "$(stat -c '%F %s' "$filesystems/disk4")" 'regular file 67108864'
	"$program" delete disk4
	ok 'imported again on such a file system' "$program" import --path="$place" "$work/archive" disk4
	ok 'it starts' start disk4
	fails 'and is limited' 'quota|no space' fill disk4 100M
	base=$(field disk4 uid_base)
	"$program" stop disk4
	rm "$place/disk4/var/tmp/100M"
	fails 'the file system holds the limit' 'quota|no space' write_as "$base"
	"$program" delete disk2 disk4
	ok 'and no longer when the container is gone' write_as "$base"

	# A directory that came to the file system in another way has no project.
	need 'create without a limit succeeds' create disk5 --path="$place"
	cp -a "$place/disk5" "$place/copy" && rm -r "$place/disk5" && mv "$place/copy" "$place/disk5"
	ok 'set makes it anew for a limit' "$program" set --disk=64M disk5
	is 'so that it has a project' "$(project "$place/disk5/etc/hostname")" "$(field disk5 uid_base)"
	need 'it starts' start disk5
	fails 'and is limited' 'quota|no space' fill disk5 100M
	"$program" stop disk5
	"$program" delete disk5
else
	skip 'limits where the file system has project quotas' 'this kernel has no quotas'
fi
done_testing
