#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# set, except for limits: each thing that create takes is changed, and the container is as if it had been created so. What follows
# from it is changed, too; what root inside has changed is kept.
. "$(dirname "$0")/lib.sh"

record=/etc/libvirt-sandbox/services/set.sandbox
tree=$filesystems/set
reserved=/var/lib/virt-sandbox-service
key() { "$program" show set --property "$1" 2>/dev/null | tr '\n' ' '; }
fetch() { curl --silent --show-error --fail --max-time 120 "http://$1/content"; }
unit() { systemctl cat set_sandbox.service; }
# free ADDRESS: prints another address of its network.
free() { awk -F. '{ print $1 "." $2 "." $3 "." ($4 < 200 ? $4 + 20 : $4 - 20) }' <<<"$1"; }
owner() { cat "$reserved/$1" 2>/dev/null; }
# Everything that set may change.
state() {
	cat "$record"
	systemctl cat 'set_sandbox*'
	find "$tree/etc" -type f -exec cat {} +
	grep -rlx set "$reserved"/{levels,ids,addresses,ports,macs}
} 2>/dev/null

at_end() {
	delete_containers
	ip link delete set0
	rm -f /etc/systemd/system/set-extra.service /etc/set-extra.conf
} 2>/dev/null

need 'setup makes the host ready' "$program" setup
need 'create succeeds' create set --publish 8080:80 --publish 8086:80,proxy
echo content >"$tree/$docroot/content"
mkdir -p "$work/data" "$work/other"
chmod 755 "$work"
echo data >"$work/data/file"
[ ! -e /sys/fs/selinux/enforce ] || chcon -R --reference="$tree" "$work/data" "$work/other"
old=$(address set)
new=$(free "$old")

ok 'set changes many things of a stopped container' "$program" set set --hostname=www.example.org --description='The shop: 100%' \
	--network="sandbox,address=$new" --publish=8081:80 --mount="host-bind:/srv/data=$work/data:ro" --mount=ram:/srv/ram=4M \
	--capability=CAP_NET_RAW --system-calls=keyring --device=/dev/fuse --host-access=yes --autostart=yes
is 'the record has them' "$(key Hostname)$(key Publish)$(key Mount)$(key Capabilities)$(key SystemCalls)$(key Device)$(key HostAccess)" \
	"www.example.org 8080:80 8086:80,proxy 8081:80 host-bind:/srv/data=$work/data:ro ram:/srv/ram=4M CAP_NET_RAW keyring /dev/fuse yes "
is 'list shows the new address' "$(address set)" "$new"
is 'the new address is reserved, and the old one is not' "$(owner "addresses/$new")$(owner "addresses/$old")" set
is 'the new port is reserved' "$(owner ports/8080)$(owner ports/8081)" setset
like 'hosts has the new name and address' "$(cat "$tree/etc/hosts")" "^$new www.example.org www\$"
unlike 'hosts does not have the old ones' "$(cat "$tree/etc/hosts")" "$old| set\$"
is 'diff does not list what set has changed' "$("$program" diff set)" ''
is 'the host name is the new one' "$(cat "$tree/etc/hostname")" www.example.org
like 'systemd mounts the new directory first' "$(unit)" "^RequiresMountsFor=\"$work/data\"\$"
is 'systemd shows the description' "$(systemctl show --property Description --value set_sandbox.service)" 'Secure container set: The shop: 100%'
is 'the container starts at boot' "$(systemctl is-enabled set_sandbox.service)" enabled

need 'the container starts' start set
is 'its address is the new one' "$(inside set 'ip -o -4 address show eth0' | awk '{ print $4 }' | sed 's,/.*,,')" "$new"
is 'its host name is the new one' "$(inside set 'hostname')" www.example.org
is 'it finds its name' "$(inside set 'getent hosts www.example.org' | awk '{ print $1 }')" "$new"
is 'the published ports lead to the new address' "$(fetch 127.0.0.1:8080)$(fetch 127.0.0.1:8081)$(fetch 127.0.0.1:8086)" contentcontentcontent
is 'the directory of the host is mounted' "$(inside set 'cat /srv/data/file')" data
fails 'it is mounted read-only' 'Read-only' inside set 'touch /srv/data/x'
like 'the memory is mounted' "$(inside set 'findmnt -no FSTYPE,SIZE /srv/ram')" 'tmpfs *4M'
like 'it has the device' "$(inside set 'ls -l /dev/fuse')" '^c'

ok 'set publishes ports of a running container' "$program" set set --publish=8082:80 --publish=8087:80,proxy
is 'they are open at once' "$(fetch 127.0.0.1:8082)$(fetch 127.0.0.1:8087)" contentcontent
ok 'set closes ports of a running container' "$program" set set --remove-port=8081 --remove-port=8087
fails 'that of a proxy is closed at once' 'refused|connect' fetch 127.0.0.1:8087
fails 'it is closed at once' 'refused|connect' fetch 127.0.0.1:8081
is 'the port is free for others' "$(owner ports/8081)" ''
is 'nothing is left of its units' "$(compgen -G '/etc/systemd/system/set_sandbox-8087*')" ''
is 'the other ports are open' "$(fetch 127.0.0.1:8080)" content
is 'what cannot be changed at once is named' "$("$program" set set --remove-mount=/srv/ram --remove-device=/dev/fuse --memory=512M)" \
	"Changed container 'set': limits
Container 'set' runs, and will have this after a restart: devices and mounts"
before=$(state)
fails 'networks are not changed while the container runs' "'virt-sandbox-service stop set' stops it. Its networks" "$program" set set --network="sandbox,address=$old"
fails 'nor with --restart' 'Its networks can be changed then' "$program" set set --restart --network="sandbox,address=$old"
is 'that changed nothing' "$(state)" "$before"
is 'the container keeps its address' "$(owner "addresses/$new")$(owner "addresses/$old")" set
ok 'until then it is as it was' "$program" execute set -- findmnt /srv/ram
ok 'set restarts the container, so that it has everything' "$program" set set --restart --hostname=
is 'then it is as the record says' "$(inside set 'hostname; findmnt -no FSTYPE /srv/ram')" set
is 'a restart that is not needed is not done' "$(leader set)" "$("$program" set set --restart --description=x >/dev/null && leader set)"
need 'the container stops' "$program" stop set

before=$(state)
fails 'set refuses an address that is not of the network' 'does not fit' "$program" set set --network=sandbox,address=192.0.2.9/24
fails 'set refuses a bridge that is missing' "no network interface 'nosuch0'" "$program" set set --network=bridge=nosuch0,dhcp
fails 'set refuses a directory that is missing' 'Cannot open' "$program" set set --mount="host-bind:/srv/x=$work/nosuch"
fails 'set refuses a device that is missing' "/dev/nosuch" "$program" set set --device=/dev/nosuch
fails 'set refuses to publish ports without an address' 'needs an address' "$program" set set --network=none --host-access=no
fails 'set refuses access to the host on other networks' 'only on the network sandbox' "$program" set set --network=none --remove-port=8080 --remove-port=8082
fails 'set refuses mounts that overlap' 'overlap' "$program" set set --mount=ram:/srv/data/x=4M
need 'another container can be created' create set2 --publish 8090:80
fails "set refuses another container's port" "belongs to container 'set2'" "$program" set set --publish=8090:80
fails "set refuses another container's address" "belongs to container 'set2'" "$program" set set --network="sandbox,address=$(address set2)"
fails 'set refuses the same port for two containers' 'give only one name' "$program" set set set2 --publish=8095:80
ok 'a dry run succeeds' "$program" set set --dry-run --hostname=dry --publish=8099:80
like 'a dry run tells what would be done' "$("$program" set set --dry-run --hostname=dry --publish=8099:80)" '^change    0644 root:root /etc/hosts '
is 'a dry run is JSON on request' "$("$program" set set --dry-run --json --hostname=dry | jq -r '.operations[] | select(.kind == "change") | .path' | tr '\n' ' ')" '/etc/hostname /etc/hosts '
is 'all that changed nothing' "$(state)" "$before"
ok 'several containers are changed with one command' "$program" set set set2 --system-calls=numa
is 'each of them has it' "$(grep -l 'SystemCalls=.*numa' /etc/libvirt-sandbox/services/set*.sandbox | wc -l)" 2

ok 'an interface of the host can be joined' sh -c 'ip link add set0 type bridge && ip link set set0 up'
ok 'set adds a second network' "$program" set set --network=bridge=set0,address=198.51.100.5/24
like 'hosts has both addresses' "$(tr '\n' ' ' <"$tree/etc/hosts")" "$new set 198.51.100.5 set"
ok 'the container starts with both' start set
is 'it has both addresses' "$(inside set 'ip -o -4 address show scope global' | awk '{ sub("/.*", "", $4); print $4 }' | tr '\n' ' ')" "$new 198.51.100.5 "
ok 'the container stops' "$program" stop set
ok 'set removes a network' "$program" set set --remove-network=bridge=set0
is 'its address is free for others' "$(owner addresses/198.51.100.5)" ''

echo '127.0.0.1 mine' >"$tree/etc/hosts"
mkdir "$work/outside"
echo host >"$work/outside/hostname"
ln -sf "$work/outside/hostname" "$tree/etc/hostname"
output=$("$program" set set --hostname=planted.example.org 2>&1)
is 'what root inside has changed is kept' "$(cat "$tree/etc/hosts")" '127.0.0.1 mine'
is 'a link that root inside planted is not followed' "$(cat "$work/outside/hostname")" host
is 'set names what it keeps' "$(grep -o "'/etc/[a-z]*' was changed in the container" <<<"$output" | tr '\n' ' ')" \
	"'/etc/hostname' was changed in the container '/etc/hosts' was changed in the container "
is 'the record is changed all the same' "$(key Hostname)" 'planted.example.org '

# A hand-edited record: the old tool's way.
sed -i "s/^Address=$new/Address=$old/" "$record"
ok 'set follows a record that was edited by hand' "$program" set set --description=y
like 'the proxy leads to the address in the record' "$(cat /etc/systemd/system/set_sandbox-8086.service)" " $old:80\$"
is 'the address is reserved' "$(owner "addresses/$old")$(owner "addresses/$new")" set
start set
is 'the published port leads into the container again' "$(fetch 127.0.0.1:8080)" content

# Units bring files of the host, and take them along when they go.
printf '[Unit]\nDescription=x\n[Service]\nExecStart=/usr/bin/sleep infinity\nEnvironmentFile=/etc/set-extra.conf\n' >/etc/systemd/system/set-extra.service
echo 'X=1' >/etc/set-extra.conf
fails 'units are not changed while the container runs' "'virt-sandbox-service stop set' stops it" "$program" set set --add-unit=set-extra
need 'the container stops' "$program" stop set
fails 'a unit that does not exist is refused' 'does not exist on this host' "$program" set set --add-unit=set-nosuch
like 'a dry run shows what a unit brings' "$("$program" set set --dry-run --add-unit=set-extra 2>&1)" '^added +/etc/set-extra\.conf '
is 'so does its JSON, which has the units that the container would have' \
	"$("$program" set set --dry-run --json --add-unit=set-extra 2>/dev/null | jq -r '.units[], (.paths[] | select(.path == "/etc/set-extra.conf") | .action)' | tr '\n' ' ')" \
	"$web.service set-extra.service added "
is 'without that, it has no paths' "$("$program" set set --dry-run --json --memory=800M | jq -c .paths)" '[]'
user=$(cut -d : -f 1 /etc/passwd | grep -vxFf <(cut -d : -f 1 "$tree/etc/passwd") | head -n 1)
sed "/^\[Service\]/aUser=$user" /etc/systemd/system/set-extra.service >/etc/systemd/system/set-user.service
cp "$tree/etc/passwd" "$work/passwd"
printf '\033[2J\302\2332J:x:%s:1::/:/bin/false\n' "$(id -u "$user")" >>"$tree/etc/passwd"
like 'what root inside wrote cannot control the terminal' "$("$program" set set --dry-run --add-unit=set-user 2>&1 | LC_ALL=C cat -v)" \
	"user '$user' has number [0-9]+, which '.x1b\[2J.xc2.x9b2J' has in the container"
cat "$work/passwd" >"$tree/etc/passwd"
rm /etc/systemd/system/set-user.service
before=$("$program" diff set)
is 'set adds a unit' "$("$program" set set --add-unit=set-extra 2>/dev/null)" "Container 'set' has units $web.service, set-extra.service"
is 'diff does not list what the unit brought' "$("$program" diff set)" "$before"
is 'the record has it' "$(key Units)" "$web.service set-extra.service "
is 'its file is there' "$(cat "$tree/etc/set-extra.conf")" X=1
is 'the copy of the record beside the directory has it' "$(cat "${tree%/*}/.set.sandbox")" "$(cat "$record")"
start set
is 'it runs' "$(inside set 'systemctl is-active set-extra.service')" active
is 'the container kept its description' "$(key Description)" 'y '
need 'the container stops again' "$program" stop set
ok 'set removes a unit' "$program" set set --remove-unit=set-extra.service
is 'it and its file are gone' "$(key Units)$(compgen -G "$tree/etc/set-extra.conf"; compgen -G "$tree/etc/systemd/system/set-extra.service")" "$web.service "
ok 'set adds the unit again' "$program" -q set set --add-unit=set-extra
ok 'and then changes something else' "$program" -q set set --memory=700M
undo=/var/lib/virt-sandbox-service/undo/set
touch "$undo/unfinished" # as a kill before the last step leaves it
for verb in 'start set' 'clone set set3' 'snapshot set half' 'rename set set3' "export set $work/half"; do
	# shellcheck disable=SC2086 # words
	fails "'$verb' refuses a container with half of its files" "'virt-sandbox-service upgrade --undo set' takes it back" "$program" $verb
done
ok 'the unit alone is taken back' "$program" upgrade --undo set
is 'neither it nor its file is left' "$(key Units)$(compgen -G "$tree/etc/set-extra.conf")" "$web.service "
is 'systemd has read the unit of the host again' "$(systemctl show --property NeedDaemonReload --value set_sandbox.service)" no
like 'what was changed later is kept' "$(cat "$record")" '^Memory=700M$'
is 'the copy of the record follows an undo' "$(cat "${tree%/*}/.set.sandbox")" "$(cat "$record")"
fails 'a container needs a unit' 'needs at least one unit' "$program" set set --remove-unit="$web"
rm -f /etc/systemd/system/set-extra.service /etc/set-extra.conf
start set

# edit SCRIPT [COMMAND]: the editor is sed(1), after COMMAND.
edit() {
	echo "$1" >"$work/sed"
	EDITOR="${2-}sed -i -f $work/sed" "$program" edit set
}
# refuses WHAT PATTERN COMMAND...: edit fails, and the text that it keeps is removed.
refuses() {
	local kept
	fails "$@"
	kept=$(kept <"$work/output")
	[ -z "$kept" ] || rm -r "${kept%/*}"
}
kept() { sed -n "s/.*the text is in '\([^']*\)'.*/\1/p"; }
texts() { compgen -G '/tmp/virt-sandbox-service.*'; }
others=$(texts)
before=$(cat "$record")
is 'a text that was not changed changes nothing' "$(edit '' 2>&1)" "Container 'set' was not changed"
is 'edit changes a running container, and says what waits' "$(edit 's/^Description=.*/Description=z/;s/8082:80/8083:80/;s/^\[Mounts\]/&\nMount=ram:\/srv\/edit=4M/' 2>&1)" \
	"Changed container 'set': description and ports
Container 'set' runs, and will have this after a restart: mounts"
is 'the new port is open' "$(fetch 127.0.0.1:8083)" content
is 'VISUAL is preferred' "$(VISUAL=true edit 's/8083:80/8084:80/' 2>&1)" "Container 'set' was not changed"
is 'edit says that it pins a path' "$(edit 's/^\[IDs\]/[Files]\nKeep=\/etc\/pinned\n\n&/' 2>&1)" "Changed container 'set': pinned paths"
before=$(cat "$record")
output=$(edit 's/^Memory=.*/Memory=much/' 2>&1)
like 'edit refuses a text that is no record' "$output" 'Memory= must be'
kept=$(kept <<<"$output")
like 'and keeps the text' "$(cat "$kept")" '^Memory=much$'
is 'only root can read it' "$(stat -c '%a %U' "$kept" "${kept%/*}" | tr '\n' ' ')" '600 root 700 root '
rm -r "${kept%/*}"
refuses 'edit refuses another path' 'Path= of container .* cannot be changed' edit 's|^Path=.*|Path=/srv/set|'
refuses 'edit refuses another level' 'Level= of container .* cannot be changed' edit 's/^Level=.*/Level=s0:c1,c2/'
refuses 'edit refuses other units' 'Units= of container .* cannot be edited' edit 's/^Units=.*/Units=x.service/'
refuses "edit refuses another container's port" "belongs to container 'set2'" edit 's/8083:80/8090:80/'
refuses 'edit fails with its editor' "Editor 'false' failed" env EDITOR=false "$program" edit set
refuses 'edit refuses a record that was changed meanwhile' 'changed meanwhile' edit 's/8083:80/8085:80/' "$program set set --description=meanwhile; "
is 'what the other command changed is kept' "$(key Description)" 'meanwhile '
is 'all that changed nothing else' "$(grep -v ^Description= "$record")" "$(grep -v ^Description= <<<"$before")"
# shellcheck disable=SC2016 # the shell on the terminal expands it
like 'on a terminal, edit asks whether to edit again' "$(on_terminal 'shows "again"; printf "n\n"' "EDITOR='sed -i s/^Memory=.*/Memory=much/' $program edit set")" 'Edit the text again'
kept=$(kept <"$work/terminal")
ok 'the text is kept then, too' rm -r "${kept%/*}"
is 'edit leaves no other files' "$(texts)" "$others"
ok 'delete succeeds' "$program" delete --force set
is 'nothing is left of it' "$(grep -rlx set "$reserved"; compgen -G '/etc/systemd/system/set_sandbox*')" ''
done_testing
