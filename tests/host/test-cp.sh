#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copying files between the host and a container, and editing them there: what arrives, to whom it belongs, and that nothing that
# root in the container has planted is followed.
. "$(dirname "$0")/lib.sh"

bait=$filesystems/.bait
at_end() {
	end_exchange
	umount "$tree/srv/mounted" 2>/dev/null
	delete_containers
	rm -rf "$bait" /srv/shared-cp
}
need 'setup makes the host ready' "$program" setup
mkdir /srv/shared-cp
need 'create succeeds' create cp -m host-bind:/srv/shared=/srv/shared-cp
tree=$filesystems/cp
mkdir -p "$bait/folder"
echo geheim >"$bait/secret"
echo geheim >"$bait/folder/secret"
baits() { find "$bait" -printf '%p %y %m %U:%G %s %T@ %n\n' | sort && cat "$bait"/{,folder/}secret; }
before=$(baits)
owner() { stat -c '%u:%g %a' "$1"; }

# What arrives, in a stopped container and in a running one.
mkdir -p "$work/in/deep/er"
echo one >"$work/in/one"
echo two >"$work/in/deep/er/two"
ln -s /etc/shadow "$work/in/link"
truncate -s 1M "$work/in/sparse"
chown -R 1000:1000 "$work/in"
chmod 4755 "$work/in/one"
chmod 750 "$work/in/deep"
for state in stopped running; do
	[ $state = stopped ] || need 'start succeeds' start cp
	ok "$state: cp of a directory into the container succeeds" "$program" cp "$work/in" "cp:/srv/$state"
	is "$state: its files are root's, and not set-user-ID" "$(owner "$tree/srv/$state/one")" '0:0 755'
	is "$state: its directories are root's and have their modes" "$(owner "$tree/srv/$state/deep")" '0:0 750'
	is "$state: its links are links" "$(readlink "$tree/srv/$state/link")" /etc/shadow
	is "$state: all of it has arrived" "$(cd "$tree/srv/$state" && find . | sort && cat one deep/er/two)" "$(cd "$work/in" && find . | sort && cat one deep/er/two)"
	chown 33:34 "$tree/srv/$state/one"
	chmod 640 "$tree/srv/$state/one"
	echo new >"$work/one"
	ok "$state: cp into a directory that exists succeeds" "$program" cp "$work/one" "cp:/srv/$state"
	is "$state: a file that was replaced keeps owner and mode" "$(owner "$tree/srv/$state/one") $(cat "$tree/srv/$state/one")" '33:34 640 new'
	ok "$state: cp of a directory out of the container succeeds" "$program" cp "cp:/srv/$state" "$work"
	is "$state: what comes out belongs to root" "$(owner "$work/$state/one") $(readlink "$work/$state/link")" '0:0 640 /etc/shadow'
	is "$state: no other names are left" "$(find "$tree/srv/$state" "$work/$state" -name '.cp-*')" ''
	is "$state: a stream comes out" "$("$program" cp "cp:/srv/$state" - | tar -t | sort | head -n 2 | tr '\n' ' ')" "$state/ $state/deep/ "
	tar -C "$work/in" -c . | "$program" cp - "cp:/srv/$state" >"$work/output" 2>&1
	report $? "$state: a stream goes in"
	is "$state: what was in it has arrived" "$(owner "$tree/srv/$state/sparse") $(cat "$tree/srv/$state/one")" '0:0 644 one'
	EDITOR='sed -i s/two/three/' "$program" edit "cp:/srv/$state/deep/er/two" >"$work/output" 2>&1
	report $? "$state: edit of a file succeeds"
	is "$state: the file is edited" "$(cat "$tree/srv/$state/deep/er/two") $(owner "$tree/srv/$state/deep/er/two")" 'three 0:0 644'
	like "$state: edit without a change says so" "$(EDITOR=true "$program" edit "cp:/srv/$state/one" 2>&1)" 'was not changed'
	is "$state: it says nothing with --quiet" "$(EDITOR=true "$program" -q edit "cp:/srv/$state/one" 2>&1)" ''
	EDITOR=false "$program" edit "cp:/srv/$state/one" >"$work/output" 2>&1
	is "$state: edit fails if the editor does" $? 1
done
is 'a running container sees what was copied' "$(inside cp 'cat /srv/running/deep/er/two; stat -c %U /srv/running/deep')" $'three\nroot'

# Modes that root in the container chose: what nobody else may write to in there, and out here.
mkdir -p "$tree/srv/open/below"
echo x | tee "$tree/srv/open/file" >"$tree/srv/open/replaced"
chmod 1777 "$tree/srv/open" "$tree/srv/open/below"
chmod 6777 "$tree/srv/open/file" "$tree/srv/open/replaced"
modes() { (cd "$1" && stat -c '%n %a %U:%G' . below file | tr '\n' ' '); }
ok 'cp of what everybody may write to succeeds' "$program" cp cp:/srv/open "$work"
is 'on the host, only root may write to it' "$(modes "$work/open")" '. 755 root:root below 755 root:root file 755 root:root '
(umask 077 && "$program" cp cp:/srv/open "$work/closed") >"$work/output" 2>&1
is 'the umask counts' "$(modes "$work/closed")" '. 700 root:root below 700 root:root file 700 root:root '
mkdir "$work/unpacked"
"$program" cp cp:/srv/open - | tar -C "$work/unpacked" -xp
is 'the same is true of an archive' "$(modes "$work/unpacked/open")" '. 755 root:root below 755 root:root file 755 root:root '
chmod 4711 "$work/open/replaced"
ok 'a program of the host can be replaced' "$program" cp cp:/srv/open/replaced "$work/open"
is 'it loses its set-user-ID bit' "$(stat -c %a "$work/open/replaced")" 711
umask 027
ok 'cp into the container succeeds under another umask' "$program" cp "$work/in/one" cp:/srv/open/masked
umask 022
is 'modes of the host arrive as they are' "$(owner "$tree/srv/open/masked")" '0:0 755'

# Paths that are not the container's own, one per line: path | pattern.
while IFS='|' read -r path pattern; do
	fails "cp from $path is refused" "$pattern" "$program" cp "cp:$path" "$work/refused"
	fails "cp to $path is refused" "$pattern" "$program" cp "$work/one" "cp:$path"
	ok "nothing came out of $path" test ! -e "$work/refused"
done <<'END'
/usr/bin/id|not among the container's own files
/tmp/x|not among the container's own files; 'virt-sandbox-service execute cp'
/run/x|not among the container's own files
/proc/self/status|not among the container's own files
/x|not among the container's own files
/srv/../../x|contains '\.\.'
/|the whole root; .*export
/srv/shared/x|a directory of the host, '/srv/shared-cp'
/etc/ld.so.cache|the host's own file
/srv/nosuch/x|Cannot open directory
END
fails 'cp of a file that does not exist fails' 'No such file' "$program" cp cp:/srv/nosuch "$work/refused"
fails 'cp from a container that does not exist fails' "no container 'nosuch'" "$program" cp nosuch:/srv/x "$work/refused"
fails 'cp between paths of the host is refused' 'NAME:PATH' "$program" cp "$work/one" "$work/two"

# What root in the container has planted, made by a script in its directory, in /var: what | script | command | status | pattern.
# The command is run there, too.
planted() {
	local what=$1 script=$2 command=$3 status=$4 pattern=$5 said
	rm -rf "$tree/var/p" "$work/out"
	mkdir "$tree/var/p" "$work/out"
	(cd "$tree/var/p" && eval "$script") >"$work/output" 2>&1
	(cd "$work/out" && eval "timeout 600 $command") >>"$work/output" 2>&1
	said=$?
	[ "$said" = "$status" ] || echo "status $said" >>"$work/output"
	[ "$said" = "$status" ] && grep -qE -- "$pattern" "$work/output" && ! grep -rqs geheim "$work/out" && ! grep -q geheim "$work/output" &&
		[ "$(baits)" = "$before" ] && [ -z "$(find "$tree/var/p" "$work/out" -name '.cp-*')" ]
	report $? "$what: nothing is followed"
}
while IFS='|' read -r what script command status pattern; do
	planted "$what" "$script" "$command" "$status" "$pattern"
done <<'END'
a link on the way out|ln -s $bait/folder l|$program cp cp:/var/p/l/secret x|1|symbolic link, which is not followed
a link on the way in|ln -s $bait/folder l|$program cp $work/one cp:/var/p/l/secret|1|symbolic link, which is not followed
a link as the destination directory|ln -s $bait/folder l|$program cp $work/in cp:/var/p/l && test ! -L $tree/var/p/l|1|symbolic link, which is not followed
a link as the source|ln -s $bait/secret l|$program cp cp:/var/p/l x|1|symbolic link, which is not followed
a link to a directory as the source|ln -s $bait l|$program cp cp:/var/p/l x|1|symbolic link, which is not followed
a link as the destination|ln -s $bait/secret l|$program cp $work/one cp:/var/p/l|1|symbolic link, which is not followed
links in a directory|mkdir d; ln -s $bait d/a; ln -s $bait/secret d/b|$program cp cp:/var/p/d x && readlink x/a|0|bait$
a link where a directory is merged|mkdir d; ln -s $bait/folder d/deep|$program cp $work/in/. cp:/var/p/d|1|Cannot copy 'deep'
links in a circle|ln -s b a; ln -s a b|$program cp cp:/var/p x && readlink x/a|0|^b$
links through this process|ln -s /proc/self/root$bait l|$program cp cp:/var/p/l/secret x|1|symbolic link, which is not followed
a fifo|mkfifo f; echo x >o|$program cp cp:/var/p x; test $? = 1 -a -e x/o -a ! -e x/f|0|device, fifo or socket
a fifo as the source|mkfifo f|$program cp cp:/var/p/f x|1|device, fifo or socket
a fifo as the destination|mkfifo f|$program cp $work/one cp:/var/p/f && test -f $tree/var/p/f && echo good|0|good
a socket|python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("s")'|$program cp cp:/var/p x|1|device, fifo or socket
a device|mknod d c 1 5|$program cp cp:/var/p/d x|1|device, fifo or socket
a fifo in a stream|mkfifo f; echo x >o|$program cp cp:/var/p - >x; test $? = 1 && tar -tf x p/o && ! tar -tf x p/f|0|device, fifo or socket
deep directories|mkdir -p $(printf 'd/%.0s' {1..400})|$program cp cp:/var/p x|1|File name too long
names of escapes|touch $'\e[2J' ; mkfifo $'\e[3J'|$program cp cp:/var/p x|1|x1b\[3J
a link in a stream that goes in|mkdir d t; ln -s $bait/folder t/l; tar -C t -cf 1 l; rm t/l; mkdir t/l; echo x >t/l/secret; tar -C t -cf 2 l/secret; tar -A -f 1 2|$program cp - cp:/var/p/d <$tree/var/p/1|1|'tar' failed
END

# Names for the same file: the one in the container gets a new file.
ln "$bait/secret" "$tree/var/p/n"
"$program" cp "$work/one" cp:/var/p/n >"$work/output" 2>&1
is 'another name for a file of the host: only the name is replaced' "$(cat "$bait/secret") $(cat "$tree/var/p/n")" 'geheim new'
rm "$tree/var/p/n"

mkdir -p "$tree/srv/mounted"
mount --bind "$bait/folder" "$tree/srv/mounted"
fails 'what is mounted in the tree is not entered' 'through a mount' "$program" cp cp:/srv/mounted/secret "$work/refused"
fails 'what is mounted in the tree is not written to' 'through a mount' "$program" cp "$work/one" cp:/srv/mounted/new
umount "$tree/srv/mounted"

# A directory and a link that are exchanged all the time.
rm -rf "$tree/var/p"
mkdir -p "$tree/var/p/a/folder" "$tree/var/p/b"
echo harmless >"$tree/var/p/a/folder/secret"
rmdir "$tree/var/p/b"
ln -s "$bait" "$tree/var/p/b"
exchange 0 "$tree/var/p/a" "$tree/var/p/b"
came=0 refused=0
for i in {1..60}; do
	if "$program" cp cp:/var/p/a/folder/secret "$work/raced-$i" >"$work/output" 2>&1; then
		came=$((came + 1))
	elif grep -q 'symbolic link, which is not followed' "$work/output"; then
		refused=$((refused + 1))
	fi
	"$program" cp cp:/var/p/a "$work/raced-tree-$i" >/dev/null 2>&1
	"$program" cp "$work/one" cp:/var/p/a/folder/new >/dev/null 2>&1
done
end_exchange
ok 'of these copies some succeed' test $came -gt 0
ok 'and some meet the link' test $refused -gt 0
is 'none of them followed the link' "$(find "$work"/raced-* -type f -exec grep -l geheim {} +; baits)" "$before"

done_testing
