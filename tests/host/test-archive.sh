#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# export and import on one host: what comes back is what was there, a container that exists keeps what it has, and an archive that
# somebody made to do harm is refused and leaves nothing.
. "$(dirname "$0")/lib.sh"

here=$(cd "$(dirname "$0")" && pwd)
good=$work/good.tar.zst
if [ "$web" = httpd ]; then more=httpd/conf/httpd.conf; else more=apache2/apache2.conf; fi # that the container has of the host
import() { "$program" import "$@" 2>&1; }
mac_of() { "$program" show "$1" | sed -n 's/^MAC=//p'; }

# listing NAME: prints everything that the file system keeps of what is in a container's tree.
listing() {
	python3 - "$filesystems/$1" <<-'END'
		import hashlib, os, stat, sys
		os.chdir(sys.argv[1])
		for top in 'etc', 'home', 'opt', 'root', 'srv', 'var':
		    for directory, below, files in os.walk(top):
		        for path in [directory] + [os.path.join(directory, name) for name in files + below]:
		            st = os.lstat(path)
		            attributes = '' if stat.S_ISLNK(st.st_mode) else [(name, os.getxattr(path, name)) for name in sorted(os.listxattr(path)) if name != 'security.selinux']
		            content = os.readlink(path) if stat.S_ISLNK(st.st_mode) else hashlib.sha256(open(path, 'rb').read()).hexdigest() if stat.S_ISREG(st.st_mode) else ''
		            size = (st.st_size, st.st_blocks < st.st_size // 1024, st.st_nlink) if stat.S_ISREG(st.st_mode) else ''
		            print(ascii((path, oct(st.st_mode), st.st_uid, st.st_gid, size, st.st_mtime_ns, attributes, content)))
	END
}

need 'setup makes the host ready' "$program" setup
need 'create succeeds' create move1
tree=$filesystems/move1
echo 'what was served' >"$tree/$docroot/page"
truncate -s 64M "$tree/var/holes"
printf x | dd of="$tree/var/holes" bs=1 seek=50000000 conv=notrunc status=none
truncate -s 1M "$tree/var/hole"
ln "$tree/$docroot/page" "$tree/var/other-name"
ln -s /etc/shadow "$tree/var/link"
mkfifo "$tree/var/fifo"
chown 33:33 "$tree/var/fifo"
: >"$tree/var/"$'name\n\xff\xe4'
python3 - "$tree" <<'END'
import os, socket, struct, sys
os.chdir(sys.argv[1])
os.setxattr('var/other-name', 'user.attribute', b'a\n\0b')
entries = (1, 7, -1), (2, 7, 33), (4, 5, -1), (16, 7, -1), (32, 5, -1)
os.setxattr('srv', 'system.posix_acl_access', struct.pack('<I', 2) + b''.join(struct.pack('<HHi', *e) for e in entries))
os.setxattr('srv', 'system.posix_acl_default', struct.pack('<I', 2) + b''.join(struct.pack('<HHi', *e) for e in entries))
os.setxattr('var/holes', 'security.capability', bytes.fromhex('0100000200200000000000000000000000000000'))
os.mkdir('var/set-id')
os.chmod('var/set-id', 0o6711)
os.utime('var/set-id', ns=(1, 1234567890123456789))
socket.socket(socket.AF_UNIX).bind('var/socket')
END
chmod 4755 "$tree/var/hole"

# The same container again.
ok 'export writes a file' "$program" export move1 "$good"
is 'only root can read it' "$(stat -c '%a %u' "$good")" '600 0'
is 'nothing else is beside it' "$(find "$work" -name "*good*" | wc -l)" 1
ok 'export writes to standard output' bash -c "'$program' export move1 - | cmp - '$good'"
ok 'export writes there without a name of a file, too' bash -c "'$program' export move1 | cmp - '$good'"
fails 'export does not write to a terminal' 'not written to a terminal' script -qec "$program export move1" /dev/null
fails 'import does not read from a terminal' 'not read from a terminal' script -qec "$program import" /dev/null
fails 'export does not replace a directory' 'not a regular file' "$program" export move1 "$work"
fails 'export needs a directory' 'No such file' "$program" export move1 "$work/none/x"
fails 'import refuses a name that is in use' "Container 'move1' already exists" import "$good"
is 'the container has its files' "$(cat "$tree/$docroot/page")" 'what was served'
touch -r "$tree/var" "$work/times"
rm "$tree/var/socket"
touch -r "$work/times" "$tree/var"
before=$(listing move1) record=$(grep -v ^UUID= "/etc/libvirt-sandbox/services/move1.sandbox")
like 'the listing has the files' "$before" 'var/other-name.*user.attribute'
ok 'delete succeeds' "$program" delete move1
ok 'import succeeds' import --trust "$good"
is 'all files are the same' "$(listing move1)" "$before"
is 'the record is the same, but for the UUID' "$(grep -v ^UUID= /etc/libvirt-sandbox/services/move1.sandbox)" "$record"
ok 'the container starts' start move1
is 'it serves what it served' "$(page move1 page)" 'what was served'

# While it runs.
fails 'export refuses a running container' "'move1' is running" "$program" export move1 "$work/live.tar.zst"
is 'nothing is left of the file' "$(find "$work" -name '*live*')" ''
ok 'export --live succeeds' "$program" export --live move1 "$work/live.tar.zst"
is 'the container serves on' "$(page move1 page)" 'what was served'
is 'it is not frozen' "$(field move1 state)" running
mkfifo "$work/unread"
head -c 4M /dev/urandom >"$tree/var/random"
exec 9<>"$work/unread"
"$program" export --live move1 >"$work/unread" 9>&- &
exporter=$!
state_is() { [ "$(field move1 state)" = "$1" ]; }
ok 'it is frozen while nobody reads the archive' wait_for state_is paused
kill -KILL $exporter
ok 'it goes on when export is killed' wait_for state_is running
wait $exporter 2>/dev/null
exec 9>&-
rm "$tree/var/random" "$work/unread"

# Another one beside it.
containers+=(move2)
like 'import under another name says what cannot stay' "$(import "$work/live.tar.zst" move2)" "Level '.*' belongs to container 'move1'"
for key in uid_base address level; do
	unlike "the new one has another $key" "$(field move2 $key)" "^$(field move1 $key)\$"
done
is 'it has its own host name' "$(cat "$filesystems/move2/etc/hostname")" move2
like 'it knows its own address' "$(cat "$filesystems/move2/etc/hosts")" "^$(address move2) move2"
unlike 'it has its own machine id' "$(cat "$filesystems/move2/etc/machine-id")" "^$(cat "$tree/etc/machine-id")\$"
like 'the first one has a journal' "$(ls "$tree/var/log/journal")" "$(cat "$tree/etc/machine-id")"
is 'that did not come along' "$(ls "$filesystems/move2/var/log/journal")" ''
ok 'it starts beside the first' start move2
is 'it serves the same' "$(page move2 page)" 'what was served'
ok 'it can be deleted' "$program" delete --force move2
is 'the first one serves on' "$(page move1 page)" 'what was served'
ok 'the first one stops' "$program" stop move1

# A port that is taken.
ok 'the first one publishes a port' "$program" set --publish=18098:80 move1
ok 'export writes that' "$program" export move1 "$work/port.tar.zst"
like 'import under another name says that it does not publish the port' "$(import --trust "$work/port.tar.zst" move2)" \
	"^Port 18098 of the host belongs to container 'move1', so container 'move2' does not publish port 18098.\$"
unlike 'it does not' "$("$program" show move2)" Publish=
ok 'it is deleted' "$program" delete move2
ok 'the first one publishes nothing' "$program" set --remove-port=18098 move1

# What was not asked for is said, and what was asked for is kept.
ok 'a dry run says that all fits' import --dry-run "$good" move2
like 'in JSON, too' "$(import --dry-run --json "$good" move2 | jq -c '[.name, .problems, .rights, (.changes | length > 0)]')" '\["move2",\[\],\[\],true\]'
fails 'a dry run makes nothing' "no container 'move2'" "$program" show move2
containers+=(move3)
mkdir -m 700 /srv/move
ok 'import --path puts it elsewhere' import --path=/srv/move --new-identity "$good" move3
is 'its directory is there' "$(field move3 path)" /srv/move/move3
ok 'it is deleted from there' "$program" delete move3
rmdir /srv/move
fails 'import checks the name' 'cannot be the name' import "$good" ../x

# Hostile archives.
zstd -q -d "$good" -o "$work/good.tar"
ok 'import reads an archive that is not compressed' import "$work/good.tar" move2
"$program" delete move2
(cat "$good"; many 100000 x) >"$work/bad"
fails 'an archive with something after its end is refused' 'cannot be read' import "$work/bad" move4
before=$(files)
mapfile -t cases < <(python3 "$here/archives.py" cases)
need 'there are hostile archives' test ${#cases[@]} -gt 80
for case in "${cases[@]}"; do
	IFS='|' read -r name pattern <<<"$case"
	ok "a hostile archive is made: $name" python3 "$here/archives.py" make "$work/good.tar" "$name" "$work/bad"
	fails "it is refused: $name" "$pattern" import --max-size=32M "$work/bad" move4
	rm -f "$work/bad"
done
for size in 0 1 100 5000 100000; do
	head -c "$size" "$good" >"$work/bad"
	fails "an archive of $size bytes is refused" 'damaged|cannot be read|cut off' import "$work/bad" move4
done
head -c "$(($(stat -c %s "$good") - 20))" "$good" >"$work/bad"
fails 'an archive without its last bytes is refused' 'damaged|cannot be read|cut off' import "$work/bad" move4
head -c 100000 /dev/urandom >"$work/bad"
fails 'noise is refused' 'damaged|cannot be read|cut off' import "$work/bad" move4
gzip -c "$work/good.tar" >"$work/bad"
fails 'an archive of gzip is refused' 'damaged|cannot be read|cut off' import "$work/bad" move4
cp "$good" "$work/bad"
for at in 10 100 1000 10000 50000; do printf '\xff\x00\xff' | dd of="$work/bad" bs=1 seek=$at conv=notrunc status=none; done
fails 'an archive with other bytes in it is refused' 'damaged|cannot be read|cut off|not valid|in place' import "$work/bad" move4
is 'no refused archive leaves anything' "$(files)" "$before"

# An archive that is taken, but not with everything that it says.
containers+=(move5)
free=$(address move1 | sed 's/[0-9]*$/77/') mac=$(mac_of move1)
[ "$free" != "$(address move1)" ] || free=${free%77}78
python3 "$here/archives.py" edit "$work/good.tar" "$work/other" record '^Address=[0-9.]*' "Address=$free"
python3 "$here/archives.py" edit "$work/other" "$work/bad" record '^MAC=.*$' "MAC=$mac"
like "another container's hardware address is not taken" "$(import "$work/bad" move5)" "Hardware address '$mac' cannot be used"
is 'a free address is' "$(address move5)" "$free"
unlike 'its hardware address is another one' "$(mac_of move5)" "^$mac\$"
"$program" delete move5
like 'nor is it with --trust' "$(import --trust "$work/bad" move5)" "Hardware address '$mac' belongs to container 'move1'"
unlike 'its hardware address is another one, too' "$(mac_of move5)" "^$mac\$"
"$program" delete move5
python3 "$here/archives.py" edit "$work/other" "$work/bad" record '^MAC=.*$' 'MAC=52:54:00:aa:bb:cc'
like 'one of nobody is not taken either' "$(import "$work/bad" move5)" "Hardware address '52:54:00:aa:bb:cc' cannot be used"
"$program" delete move5
import --trust "$work/bad" move5 >/dev/null
is 'it is with --trust' "$(mac_of move5)" 52:54:00:aa:bb:cc
"$program" delete move5

# What the host would bring to it waits until somebody vouches for it.
python3 "$here/archives.py" edit "$work/good.tar" "$work/bad" given '\npath' '\nunit nobodys.service\npackage nobodys\ncopy\npath'
ok 'an archive that asks for more in what it was given is taken' import "$work/bad" move5
unlike 'but not with that' "$(sed '/^content/q' /var/lib/virt-sandbox-service/given/move5 | tr -d '\0')" '^(unit|package|copy)'
like 'its record says that nobody vouches for it' "$("$program" show move5)" '^Untrusted=yes'
echo '# changed' >>"/etc/$more"
like 'a dry run of upgrade says what the host has' "$("$program" upgrade --dry-run move5)" "/etc/$more"
fails 'upgrade refuses it' 'set --trust move5' "$program" upgrade move5
printf '[Service]\nExecStart=/usr/bin/sleep infinity\nEnvironmentFile=/etc/move-extra.conf\n' >/etc/systemd/system/move-extra.service
install -m 600 /dev/null /etc/move-extra.conf
fails 'set brings it no unit' 'set --trust move5' "$program" set --add-unit=move-extra move5
fails 'nor a package' 'set --trust move5' "$program" set --package=bash move5
unlike 'it has nothing of that' "$(cat "$filesystems/move5/etc/$more")$(ls "$filesystems/move5/etc")" '# changed|move-extra'
containers+=(move6)
ok 'a clone of it can be made' "$program" clone move5 move6
fails 'upgrade refuses that, too' 'set --trust move6' "$program" upgrade move6
"$program" export move6 "$work/again" && "$program" delete move6
ok 'import with --trust vouches for it' import --trust "$work/again" move6
unlike 'then its record does not say so' "$("$program" show move6)" Untrusted
"$program" delete move6
ok 'set --trust succeeds' "$program" set --trust move5
unlike 'its record does not say so any more' "$("$program" show move5)" Untrusted
ok 'upgrade succeeds' "$program" upgrade move5
like 'it has what the host has' "$(cat "$filesystems/move5/etc/$more")" '# changed'
ok 'set brings it a unit' "$program" set --add-unit=move-extra move5
ok 'with its private file' test -e "$filesystems/move5/etc/move-extra.conf"
sed -i '$d' "/etc/$more"
rm /etc/move-extra.conf /etc/systemd/system/move-extra.service
"$program" delete move5

# An import that is cut short.
slowly() { head -c "$(($(stat -c %s "$work/good.tar") / 2))" "$work/good.tar" && exec sleep 600; }
importing() {
	mkfifo "$work/pipe"
	slowly >"$work/pipe" 2>/dev/null &
	feeder=$!
	"$program" import - move4 <"$work/pipe" >"$work/output" 2>&1 &
	importer=$!
	wait_for test -e "$filesystems/move4/var" >/dev/null
}
cut_short() {
	kill "$1" $importer
	wait $importer
	status=$?
	kill $feeder
	wait $feeder 2>/dev/null
	rm "$work/pipe"
}
before=$(files)
importing
cut_short -TERM
unlike 'an import that is interrupted fails' "$status" '^0$'
is 'it leaves nothing' "$(files)" "$before"
importing
cut_short -KILL
is 'an import that is killed leaves an unfinished container' "$(field move4 state)" creating
fails 'it does not start' 'interrupted|unfinished|not found' start move4
ok 'delete removes it' "$program" delete move4
is 'nothing is left of it' "$(files)" "$before"
fails 'an export to a full disk says so' 'No space left' sh -c "$program export move1 - >/dev/full"

done_testing
