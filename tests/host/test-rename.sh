#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# rename: everything that belongs to a container follows its name, nothing is lost, and nothing has the old name.
. "$(dirname "$0")/lib.sh"

# owned NAME: prints what bears the name on the host.
owned() {
	{
		find /etc/libvirt-sandbox /etc/systemd/system{,.control} /run/systemd/system "$filesystems" /var/lib/virt-sandbox-service -maxdepth 3 \
			\( -name "$1" -o -name "$1[._]*" -o -name ".$1[._]*" \) -print
		grep -rlx "$1" /var/lib/virt-sandbox-service/{levels,ids,addresses,ports,macs}
	} 2>/dev/null | sort
}
fetch() { curl --silent --show-error --fail --max-time 120 "http://$1/content"; }
key() { "$program" show "$1" --property "$2" | tr '\n' ' '; }

need 'setup makes the host ready' "$program" setup
need 'create succeeds' create old-name --publish 8080:80 --publish 127.0.0.1:8081:80,proxy --description=shop
containers+=(new_name)
echo content >"$filesystems/old-name/$docroot/content"
mkdir -p /etc/systemd/system/old-name_sandbox.service.d
printf '[Service]\nEnvironment=OWN=1\n' >/etc/systemd/system/old-name_sandbox.service.d/own.conf
mkdir -p /etc/systemd/system/old-name_sandbox-{127.0.0.1-8081,99}.socket.d /run/systemd/system/old-name_sandbox.service.wants
printf '[Socket]\nBacklog=7\n' | tee /etc/systemd/system/old-name_sandbox-{127.0.0.1-8081,99}.socket.d/own.conf >/dev/null
ln -s /dev/null /run/systemd/system/old-name_sandbox.service.wants/wanted.service
need 'set-property succeeds' systemctl set-property old-name_sandbox.service TasksMax=777
ok 'enable succeeds' "$program" enable old-name
ok 'snapshot succeeds' "$program" snapshot old-name label
# An upgrade that changes the record.
record=/etc/libvirt-sandbox/services/old-name.sandbox
sed -i '0,/^Package=/{/^Package=/d}' $record
packages=$(grep ^Package= $record)
ok 'upgrade succeeds' "$program" upgrade old-name
[ "$(grep ^Package= $record)" != "$packages" ]
report $? 'and changes the record'
level=$(field old-name level) address=$(address old-name) uuid=$(key old-name UUID)
before=$(owned old-name | wc -l)
for suffix in .sandbox _sandbox.service _sandbox.service.d; do
	like "the old name is found: $suffix" "$(owned old-name)" "/old-name$suffix\$"
done

ok 'a dry run succeeds' "$program" rename --dry-run old-name new_name
is 'a dry run changes nothing' "$(owned old-name | wc -l)$(owned new_name)" "$before"
need 'it starts' start old-name
fails 'a running container is not renamed' "'virt-sandbox-service stop old-name' stops it" "$program" rename old-name new_name
need 'it stops' "$program" stop old-name
is 'rename says what it did' "$("$program" rename old-name new_name)" "Renamed container 'old-name' to 'new_name'"
is 'diff does not list it' "$("$program" diff new_name | grep -E '/etc/host(name|s)')" ''
is 'nothing has the old name' "$(owned old-name)" ''
is 'and nothing is without a record' "$("$program" list --orphans | awk '$1 == "old-name"')" ''
is 'as much has the new one' "$(owned new_name | wc -l)" "$before"
is 'it keeps its level, address and UUID' "$(field new_name level) $(address new_name) $(key new_name UUID)" "$level $address $uuid"
is 'its directory has the new name' "$(key new_name Path)$(cat "$filesystems/new_name/$docroot/content")" "$filesystems/new_name content"
like 'it knows itself by it' "$(cat "$filesystems/new_name/etc/hosts")" "^$address new-name new_name\$"
is 'it starts at boot, as before' "$(systemctl is-enabled new_name_sandbox.service)" enabled
is "the administrator's drop-in applies to it" "$(systemctl show --property Environment --value new_name_sandbox.service)" OWN=1
is 'so does what set-property set' "$(systemctl show --property TasksMax --value new_name_sandbox.service)" 777
is 'and the drop-in of a port' "$(systemctl show --property Backlog --value new_name_sandbox-127.0.0.1-8081.socket)" 7
like 'it has its snapshots' "$("$program" snapshots new_name)" '^label '
record=/etc/libvirt-sandbox/services/new_name.sandbox
ok 'the upgrade can be taken back' "$program" upgrade --undo new_name
is 'with the record' "$(grep ^Package= $record)" "$packages"
is 'which keeps the new name' "$(grep -E '^(Name|Path)=' $record)" "Name=new_name
Path=$filesystems/new_name"
need 'it starts under its new name' start new_name
is 'the published port leads into it' "$(fetch 127.0.0.1:8080)" content
is 'its host name is the new one' "$(inside new_name hostname)" new-name
fails 'there is no container of the old name' "no container 'old-name'" "$program" start old-name
ok 'another container can have the old name' create old-name
before=$(owned old-name)
fails 'a name that is taken is refused' 'already exists' "$program" rename old-name new_name
fails 'a name that cannot be one is refused' 'cannot be the name' "$program" rename old-name New
fails 'a name that is no host name is refused' 'not a valid host name' "$program" rename old-name web-
mkdir "$filesystems/third"
fails 'a directory in the way is refused' "third' already exists" "$program" rename old-name third
rmdir "$filesystems/third"
is 'those leave the container as it was' "$(owned old-name; owned third)" "$before"
ok 'delete succeeds' "$program" delete --force new_name old-name
is 'nothing is left' "$(owned old-name)$(owned new_name)" ''
done_testing
