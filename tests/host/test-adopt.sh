#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# forget and adopt: a container's directory leaves the host, and comes back, here or elsewhere. And what was copied by hand: a start
# refuses to run a container with what belongs to another one.
. "$(dirname "$0")/lib.sh"

place=/srv/adopt
at_end() {
	delete_containers
	rm -rf "$place" "$place.moved"
}
cli() { "$program" "$@" 2>&1; }
# With another level, the files need other labels, where SELinux is on.
relabel() { [ ! -e /sys/fs/selinux/enforce ] || "$program" relabel "$1"; }
reserved() { grep -rlx "$1" /var/lib/virt-sandbox-service/{levels,ids,addresses,ports} | sort; }

need 'setup makes the host ready' "$program" setup
mkdir -m 700 $place
need 'create succeeds' create adopt1 --path=$place
echo 'what is served' >"$place/adopt1/$docroot/page"
record=$("$program" show adopt1) taken=$(reserved adopt1)
like 'the container has reservations' "$taken" 'levels/s0'
is 'a copy of the record lies beside the directory' "$(cat $place/.adopt1.sandbox)" "$(cat /etc/libvirt-sandbox/services/adopt1.sandbox)"
is 'only root can read it' "$(stat -c '%a %u' $place/.adopt1.sandbox)" '600 0'
ok 'set succeeds' "$program" set --memory=1G adopt1
like 'set changes the copy, too' "$(cat $place/.adopt1.sandbox)" 'Memory=1G'
ok 'and back' "$program" set --memory=infinity adopt1
ok 'rename succeeds' "$program" rename adopt1 adopt1b
is 'the copy is renamed, too' "$(ls -A $place)" $'.adopt1b.sandbox\nadopt1b'
like 'it says the new name' "$(cat $place/.adopt1b.sandbox)" '^Name=adopt1b'
ok 'and back again' "$program" rename adopt1b adopt1
is 'then it is what it was' "$(ls -A $place)" $'.adopt1.sandbox\nadopt1'
ok 'it starts' start adopt1
fails 'forget refuses a running container' "is running" "$program" forget adopt1
fails 'and says how to stop it' 'forget --force adopt1' "$program" forget adopt1
before=$(files)
unlike 'a dry run of forget lists no data' "$("$program" forget --dry-run --force adopt1)" "$place"
is 'and does nothing' "$(files)" "$before"
ok 'forget --force stops it' "$program" forget --force adopt1
fails 'the host has no record of it' "no container 'adopt1'" "$program" show adopt1
is 'it has no reservations' "$(reserved adopt1)" ''
fails 'and no unit' 'No files found' systemctl cat adopt1_sandbox.service
is 'its data is there' "$(cat "$place/adopt1/$docroot/page")" 'what is served'
before=$(files)
ok 'adopt --dry-run succeeds' "$program" adopt --dry-run $place/adopt1
is 'it has done nothing' "$(files)" "$before"
ok 'adopt succeeds' "$program" adopt $place/adopt1
is 'the record is what it was' "$("$program" show adopt1)" "$record"
is 'and so are the reservations' "$(reserved adopt1)" "$taken"
ok 'adopt does nothing for a container that is complete' "$program" adopt $place/adopt1/
is 'the record is still what it was' "$("$program" show adopt1)" "$record"
ok 'it starts again' start adopt1
before=$("$program" show adopt1)$(reserved adopt1)
fails 'adopt refuses a running container' "'systemctl stop adopt1_sandbox.service' stops it" "$program" adopt --new-identity $place/adopt1
is 'it has changed nothing' "$("$program" show adopt1)$(reserved adopt1)" "$before"
is 'it serves what it served' "$(page adopt1 page)" 'what is served'
ok 'it stops' "$program" stop adopt1

# Elsewhere, where something is taken.
ok 'forget succeeds' "$program" forget adopt1
mv $place $place.moved
level=$(sed -n 's/^Level=//p' <<<"$record")
need 'another container has its level' create adopt2 --level="$level"
before=$(files)
fails 'adopt says what is in the way' "Level '$level' belongs to container 'adopt2'" "$program" adopt $place.moved/adopt1
fails 'and what to do' 'new-identity' "$program" adopt $place.moved/adopt1
is 'it has done nothing, again' "$(files)" "$before"
ok 'adopt --new-identity succeeds' "$program" adopt --new-identity $place.moved/adopt1
relabel adopt1 >"$work/output"
is 'the container is where the directory is' "$(field adopt1 path)" $place.moved/adopt1
unlike 'it has another level' "$(field adopt1 level)" "^$level\$"
like 'it knows its address' "$(cat $place.moved/adopt1/etc/hosts)" "^$(address adopt1) adopt1"
ok 'it starts there' start adopt1
is 'it serves there' "$(page adopt1 page)" 'what is served'
ok 'it is deleted' "$program" delete --force adopt1
is 'nothing of it is left' "$(ls -A $place.moved)" ''

# Copied by hand.
need 'another one is copied' cp -a "$filesystems/adopt2" "$filesystems/adopt3"
containers+=(adopt3)
for file in /etc/libvirt-sandbox/services/adopt2.sandbox /etc/systemd/system/adopt2_sandbox.service; do
	sed 's/adopt2/adopt3/g' "$file" >"${file/adopt2/adopt3}"
done
systemctl daemon-reload
fails 'a start refuses a level of another container' "Level '$level' belongs to container 'adopt2'" start adopt3
fails 'and advises to adopt it' "adopt $filesystems/adopt3" start adopt3
fails 'adopt says what is in the way of a copy' "belongs to container 'adopt2'" "$program" adopt "$filesystems/adopt3"
ok 'with another identity it is adopted' "$program" adopt --new-identity "$filesystems/adopt3"
relabel adopt3 >"$work/output"
ok 'then it starts' start adopt3
ok 'the original starts beside it' start adopt2
"$program" stop adopt2 adopt3 >/dev/null
mac=$("$program" show adopt2 | sed -n 's/^MAC=//p')
fails 'create refuses a hardware address that follows from the address of another' "belongs to container 'adopt2'" \
	"$program" create -C -u "$web" --network="sandbox,mac=$mac" adopt6
sed -i.before "s/^MAC=.*/MAC=$mac/" /etc/libvirt-sandbox/services/adopt3.sandbox
fails 'a start refuses it, too' "Hardware address '$mac' belongs to container 'adopt2'" start adopt3
fails 'and adopt' "Hardware address '$mac' belongs to container 'adopt2'" "$program" adopt "$filesystems/adopt3"
mv /etc/libvirt-sandbox/services/adopt3.sandbox{.before,}
rm "$(reserved adopt2 | grep levels)"
fails 'a start refuses what is not reserved' "Level '$level' is not reserved" start adopt2
ok 'adopt reserves it' "$program" adopt "$filesystems/adopt2"
ok 'the container starts after that' start adopt2

# Ports.
published() { "$program" show "$1" | sed -n 's/^Publish=//p'; }
ok 'adopt2 and adopt3 stop' "$program" stop adopt2 adopt3
ok 'a port is published' "$program" set --publish=18099:80 adopt3
ok 'adopt --new-identity takes a port that is the container'"'"'s own' "$program" adopt --new-identity "$filesystems/adopt3"
is 'it is published still' "$(published adopt3)" 18099:80
ok 'forget gives it up' "$program" forget adopt3
need 'another container publishes it' create adopt5 --publish=18099:80
fails 'adopt says so' "Port '18099' belongs to container 'adopt5'" "$program" adopt "$filesystems/adopt3"
like 'adopt --new-identity warns of it' "$("$program" adopt --dry-run --json --new-identity "$filesystems/adopt3" 2>/dev/null | jq -r '.warnings[]')" \
	"^Port 18099 of the host belongs to container 'adopt5', so container 'adopt3' does not publish port 18099.\$"
ok 'and goes on' "$program" adopt --new-identity "$filesystems/adopt3"
is 'the port is no longer published' "$(published adopt3)" ''
ok 'the other container is deleted' "$program" delete adopt5
start adopt2

# A forget that was cut short has removed the units.
"$program" stop adopt2 >/dev/null
unit=$(cat /etc/systemd/system/adopt2_sandbox.service)
rm -r /etc/systemd/system/adopt2_sandbox.service{,.d}
systemctl daemon-reload
fails 'start says which command makes it complete' "'virt-sandbox-service adopt $filesystems/adopt2' makes it complete again" "$program" start adopt2
ok 'adopt does so' "$program" adopt "$filesystems/adopt2"
is 'it has its unit again' "$(cat /etc/systemd/system/adopt2_sandbox.service)" "$unit"
ok 'the container starts with it' start adopt2

# What is not to be adopted.
fails 'adopt takes absolute paths only' 'must be an absolute path' "$program" adopt adopt2
fails 'adopt needs a directory' 'Cannot open directory' "$program" adopt $place.moved/none
mkdir $place.moved/adopt4
fails 'adopt needs a record' 'There is no record of' "$program" adopt $place.moved/adopt4
ln -s /etc/shadow $place.moved/.adopt4.sandbox
fails 'a record that is a link is refused' 'only root can write' "$program" adopt $place.moved/adopt4
rm $place.moved/.adopt4.sandbox
sed "s,^Name=.*,Name=adopt4,; s,^Path=.*,Path=/srv/adopt4," /etc/libvirt-sandbox/services/adopt2.sandbox >$place.moved/.adopt4.sandbox
chown nobody $place.moved/.adopt4.sandbox
fails 'a record of a user is refused' 'only root can write' "$program" adopt $place.moved/adopt4
chown root $place.moved/.adopt4.sandbox
chmod 666 $place.moved/.adopt4.sandbox
fails 'and one that users can write to' 'only root can write' "$program" adopt $place.moved/adopt4
chmod 600 $place.moved/.adopt4.sandbox
chmod 755 $place.moved
fails 'a place that users can enter is refused' 'Users of the host can enter' "$program" adopt $place.moved/adopt4
chmod 700 $place.moved
echo garbage >$place.moved/.adopt4.sandbox
fails 'a record that is garbage is refused' 'not valid' "$program" adopt $place.moved/adopt4
rm $place.moved/.adopt4.sandbox
mkdir $place.moved/adopt2
fails 'a name that is in use is refused' "'adopt2' already exists" "$program" adopt $place.moved/adopt2

# What is left without a record.
orphans() { "$program" list --orphans --no-legend --format='{name} {kind} {path}' | sort; }
is 'there are no orphans' "$(orphans)" ''
containers+=(adopt5)
need 'another container is created' create adopt5 --publish=127.0.0.1:8123:80,proxy
rm /etc/libvirt-sandbox/services/adopt5.sandbox
"$program" stop adopt2 >/dev/null
found=$(orphans)
like 'its directory is an orphan' "$found" "adopt5 directory $filesystems/adopt5"
like 'so is its unit' "$found" 'adopt5 unit /etc/systemd/system/adopt5_sandbox.service'
like 'and those of its port' "$found" 'adopt5 unit /etc/systemd/system/adopt5_sandbox-.*8123.socket'
like 'its level' "$found" 'adopt5 reservation /var/lib/virt-sandbox-service/levels/s0:c'
like 'its ids' "$found" 'adopt5 reservation /var/lib/virt-sandbox-service/ids/[0-9]'
like 'what it was given' "$found" 'adopt5 state /var/lib/virt-sandbox-service/given/adopt5'
unlike 'nothing of a container with a record is' "$found" adopt2
is 'in JSON, they are the same' "$("$program" list --orphans --json | jq -r '.[] | "\(.name) \(.kind) \(.path)"' | sort)" "$found"
fails 'names and --orphans do not go together' 'either names or --orphans' "$program" list --orphans adopt2
fails 'delete says that the data is there' 'delete --force' "$program" delete adopt5
is 'it has removed nothing' "$(orphans)" "$found"
ok 'delete --force removes it' "$program" delete --force adopt5
is 'there are no orphans any more' "$(orphans)" ''
fails 'a unit of the same name that is somebody else'"'"'s is no orphan' "no container 'other'" sh -c "echo '[Service]' >/etc/systemd/system/other_sandbox.service; $program delete other"
is 'it is still there' "$(cat /etc/systemd/system/other_sandbox.service)" '[Service]'
rm /etc/systemd/system/other_sandbox.service
need 'another one is created' create adopt5
ok 'it starts at boot' "$program" enable adopt5
dropins=/etc/systemd/system/adopt5_sandbox.service.d
printf '[Service]\nEnvironment=OWN=1\n' >$dropins/own.conf
like 'forget says that it no longer starts at boot' "$(cli forget adopt5)" "'virt-sandbox-service enable adopt5' makes it do so again"
is "the administrator's drop-in stays, and ours does not" "$(ls $dropins)" own.conf
like 'it is listed' "$(orphans)" "adopt5 drop-ins $dropins"
like 'what was forgotten is listed' "$(orphans)" "adopt5 directory $filesystems/adopt5"
ok 'adopt takes it back' "$program" adopt "$filesystems/adopt5"
is 'then it is no orphan' "$(orphans)" ''
is 'its drop-in applies again' "$(systemctl show --property Environment --value adopt5_sandbox.service)" OWN=1
fails 'it does not start at boot' disabled systemctl is-enabled adopt5_sandbox.service
unlike 'forget says nothing of that now' "$(cli forget adopt5)" 'boot'
ok 'adopt takes it back once more' "$program" adopt "$filesystems/adopt5"
ok 'it has a snapshot' "$program" snapshot adopt5 one
ok 'it is forgotten again' "$program" forget adopt5
like 'the snapshot is listed' "$(orphans)" "adopt5 snapshots $filesystems/.snapshots/adopt5"
for command in "create adopt5 --path=$place.moved" "$program clone adopt2 adopt5" "$program rename adopt2 adopt5"; do
	# shellcheck disable=SC2086 # several words
	fails "its name is not another's: ${command#"$program "}" "is left of another container 'adopt5'" $command
done
ok 'adopt takes it back again' "$program" adopt "$filesystems/adopt5"
like 'with its snapshot' "$("$program" snapshots adopt5)" one
rm -rf "${filesystems:?}/adopt5" "$filesystems/.adopt5.sandbox" /etc/libvirt-sandbox/services/adopt5.sandbox
fails 'delete says that there are snapshots' 'delete --force' "$program" delete adopt5
ok 'without its directory, the rest is deleted' "$program" delete --force adopt5
is 'all of it' "$(orphans)" ''
fails 'with the drop-ins' 'No such file' ls $dropins

# Moved on this host.
mkdir -m 700 $place
echo 'what is served' >"$filesystems/adopt2/$docroot/page"
mv "$filesystems/adopt2" $place
sed 's/^UUID=.*/UUID=00000000-0000-4000-8000-000000000001/' "$filesystems/.adopt2.sandbox" >$place/.adopt2.sandbox
chmod 600 $place/.adopt2.sandbox
fails 'adopt refuses a directory beside which the record is that of another container' "'adopt2' already exists" "$program" adopt $place/adopt2
rm $place/.adopt2.sandbox
record=$("$program" show adopt2)
ok 'adopt takes a directory that was moved' "$program" adopt $place/adopt2
is 'the record says the new place, and nothing else is new' "$("$program" show adopt2)" "${record//"$filesystems/adopt2"/"$place/adopt2"}"
is 'the copy of the record is in the new place only' "$(compgen -G "$filesystems/.adopt2.sandbox"; compgen -G "$place/.adopt2.sandbox")" $place/.adopt2.sandbox
ok 'it starts from there' start adopt2
is 'it serves what it served' "$(page adopt2 page)" 'what is served'
done_testing
