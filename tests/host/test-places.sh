#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Options of create for names and places: host name, directory, SELinux contexts.
. "$(dirname "$0")/lib.sh"

# On the disk that has the containers, whose file system supports id-mapped mounts.
place=$filesystems/.place
at_end() {
	end_exchange
	chown 0:0 "$ground/user"
	delete_containers
	umount "$ground"
	rmdir "$ground"
	rm -rf "$place" /etc/libvirt/lxc/places-foreign.xml
} 2>/dev/null
# Where users of the host get to.
ground=/srv/ground user=65534
record() { sed -n "s/^$1=//p" /etc/libvirt-sandbox/services/places.sandbox; }

need 'setup makes the host ready' "$program" setup
mkdir -m 700 "$place"
mkdir -m 755 "$place/open"
ln -s . "$place/link"
before=$(files)

ok 'create with a path, a host name and a level succeeds' create places -p "$place" --hostname www.example.org -s static,label=system_u:system_r:svirt_lxc_net_t:s0:c811,c812
is 'the record has the path of the tree' "$(record Path)" "$place/places"
is 'the record has the host name' "$(record Hostname)" www.example.org
is 'the record has the level' "$(record Level)" s0:c811,c812
is 'list shows the path of the tree' "$(field places path)" "$place/places"
ok 'a container with a path and a host name starts' start places
is 'the host name inside is that of --hostname' "$(inside places hostname)" www.example.org
like 'the host name of --hostname resolves to the address inside' "$(inside places 'getent hosts www.example.org')" "^$(address places) "
like 'the first part of the host name resolves to the address inside' "$(inside places 'getent hosts www')" "^$(address places) "
is 'the container runs from the tree in the path of --path' "$(inside places 'cat /etc/hostname')" "$(cat "$place/places/etc/hostname")"
fails 'create refuses the level of another container' "belongs to container 'places'" create places2 -s static,label=a:b:c:s0:c811,c812
foreign=/etc/libvirt/lxc/places-foreign.xml
mkdir -p "${foreign%/*}"
echo '<seclabel type="static"><label>system_u:system_r:svirt_t:s0:c813,c814</label></seclabel>' >"$foreign"
fails 'create refuses the level of a libvirt domain that is not ours' "is that of domain '$foreign'" create places2 -l s0:c814,c813
rm "$foreign"
ok 'stop of a container in a place of its own succeeds' "$program" stop places
chmod 711 "$place"
fails 'start fails once users can get into the directory above the tree' 'Users of the host can enter' start places
chmod 700 "$place"
ok 'delete of a container in a place of its own succeeds' "$program" delete places
is 'delete removes the tree in its own place and leaves the rest' "$(files)" "$before"

fails 'create -p refuses a directory that users can get into' 'Users of the host can enter' create places -p "$place/open"
fails 'create -p refuses a directory that does not exist' "'$place/none'" create places -p "$place/none"
fails 'create -p refuses a directory behind a symbolic link' 'symbolic link' create places -p "$place/link/open"
fails 'create -p refuses a relative path' 'absolute path' create places -p place
fails 'create --hostname refuses a name with a space' 'must be a host name' create places --hostname 'a b'
fails 'create -s refuses "dynamic"' 'must be like' create places -s dynamic
fails 'create -s refuses an incomplete context' 'must be like' create places -s static,label=svirt_lxc_net_t:s0:c1
fails 'create -s refuses a context without categories' 'must be like' create places -s static,label=system_u:system_r:svirt_lxc_net_t:s0
fails 'create refuses -l and -s with different levels' 'level' create places -l s0:c1 -s static,label=system_u:system_r:svirt_lxc_net_t:s0:c2
fails 'create -f refuses a type with a space' 'SELinux type' create places -f 'a b'
if [ -e /sys/fs/selinux/enforce ]; then
	fails 'create -s refuses a context that the policy does not have' 'does not know' create places -s static,label=system_u:system_r:nosuch_t:s0:c1
	fails 'create -f refuses a type that the policy does not have' 'does not know' create places -f nosuch_t
else
	skip 'create -s refuses a context that the policy does not have' 'SELinux is not on'
	skip 'create -f refuses a type that the policy does not have' 'SELinux is not on'
fi
is 'refused creates leave nothing behind' "$(files)" "$before"

# Users of the host own directories above the one that holds a container.
mkdir -m 755 "$place/ground" "$place/ground/user" "$ground"
mount --bind "$place/ground" "$ground"
mkdir -m 700 "$ground/user/trees"
need 'create below directories of root succeeds' create raced -p "$ground/user/trees"
cp -a "$ground/user/trees" "$ground/user/trap"
echo "the user's own" | tee "$ground/user/trap/raced/etc/whose" >"$ground/user/trap/bait"
chown -R $user:$user "$ground/user/trap"
cp -a "$ground/user" "$ground/unsafe"
rm -r "$ground/unsafe/trees"
mv "$ground/unsafe/trap" "$ground/unsafe/trees"
chown 0:0 "$ground/unsafe/trees"
chown $user:$user "$ground/unsafe" "$ground/user"

traps() { find "$ground/user" \( -name bait -o -name whose -o -name 'raced?' \) -printf '%f %U %s\n'; }
trapped=$(traps)
# refused_always WHAT COMMAND...: whatever lies there at the moment.
refused_always() {
	local i
	for ((i = 0; i < 10; i++)); do
		systemctl reset-failed raced_sandbox.service 2>/dev/null
		if "${@:2}" >"$work/output" 2>&1 || ! grep -q 'not safe' "$work/output"; then break; fi
	done
	[ $i = 10 ]
	report $? "$1 is refused while a user exchanges the directory that holds the container"
}
exchange $user "$ground/user/trees" "$ground/user/trap"
refused_always start start raced
refused_always create "$program" create -u "$web" -p "$ground/user/trees" raced2
refused_always delete "$program" delete raced
ok 'the user exchanges the directories to the end' kill -0 "$exchanging"
end_exchange
is "nothing is removed or made in the user's directory" "$(traps)" "$trapped"
ok 'a refused delete leaves the record' test -e /etc/libvirt-sandbox/services/raced.sandbox
if [ -e "$ground/user/trees/bait" ]; then
	mv "$ground/user/trees" "$ground/user/trees-"
	mv "$ground/user/trap" "$ground/user/trees"
fi
chown 0:0 "$ground/user"
for mode in 1777 775 757; do
	chmod $mode "$ground/user"
	systemctl reset-failed raced_sandbox.service 2>/dev/null
	fails "start fails below a directory of root with mode $mode" 'not safe' start raced
done
chmod 755 "$ground/user"
grant $user "$ground/user"
systemctl reset-failed raced_sandbox.service 2>/dev/null
fails 'start fails below a directory to which an access list gives a user write access' 'not safe' start raced
chmod 755 "$ground/user" # the mask of the list
rm -rf "$ground/user"/tr{ap,ees-}
ok 'start succeeds as soon as all directories are root'\''s again' start raced
ok 'stop of that container succeeds' "$program" stop raced

# What was looked at is what is used, even if the directory becomes another one at that moment.
exchange 0 "$ground/user" "$ground/unsafe"
race raced 'test ! -e /etc/whose' 'not safe'
end_exchange
is 'a start between two directories is refused, or runs the container from the safe one' "$wrong" 0
ok 'of these starts some succeed and some are refused' test "$ran" -gt 0 -a "$refused" -gt 0
[ -e "$ground/user/trees/raced/etc/whose" ] && mv "$ground/user" "$ground/user-" && mv "$ground/unsafe" "$ground/user"
ok 'delete below directories of root succeeds' "$program" delete raced
ok 'delete removes the directory of that container' test ! -e "$ground/user/trees/raced"
done_testing
