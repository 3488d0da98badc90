#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every command that changes, copies or moves containers, with SELinux enforcing or with AppArmor: none is denied anything, and each
# container runs with its own level or profile alone. With SELinux, all files that the commands make have the labels that relabel and
# restorecon would give them.
. "$(dirname "$0")/lib.sh"

config=/etc/apache2/ports.conf place=/srv/virt-sandbox-life
cp -a $config "$work/config"
at_end() {
	cp -a "$work/config" "$config"
	delete_containers
	rm -rf "$place" /etc/systemd/system/life-extra.service
}
verb() { ok "$1 succeeds: $*" "$program" "$@"; }
fetch() { curl --silent --show-error --fail --max-time 120 "http://127.0.0.1:$1/page"; }

# wrong: prints each file of this program with another label than it should have. Those of a container have the label in its record,
# and those of its snapshots, too.
# expected NAME...: prints the label that the processes of each should have.
# with_level NAME COMMAND...: runs the command with the level of the container.
if [ -e /sys/fs/selinux/enforce ]; then
	wall=SELinux
	wrong() {
		local name path
		restorecon -nRv /etc/libvirt-sandbox /etc/systemd/system /var/lib/virt-sandbox-service /run/virt-sandbox-service 2>&1
		"$program" list --no-legend --format='{name} {path}' | while read -r name path; do
			find "$path" "${path%/*}/.snapshots/$name/"*/tree ! -context "*:$file_type:$(field "$name" level)" -printf '%p %Z\n' 2>/dev/null
		done
	}
	expected() { for name; do echo "$name $process_type:$(field "$name" level)"; done; }
	with_level() { runcon -l "$(field "$1" level)" "${@:2}"; }
else
	wall=AppArmor
	wrong() { :; }
	expected() { for name; do echo "$name virt-sandbox-$name (enforce)"; done; }
	with_level() { "${@:2}"; }
fi
# labels NAME...: prints the labels of each container's processes, which have its pid namespace; of SELinux's, type and level.
labels() {
	local name
	for name; do
		ps -e -o pidns=,label= | sed -n "s/^ *$(readlink "/proc/$(leader "$name")/ns/pid" | tr -dc 0-9) \([^:]*:[^:]*:\)\?/$name /p" | sort -u
	done
}

need 'setup makes the host ready' "$program" setup
watch_denials
need 'create succeeds' create life --publish 8080:80
tree=$filesystems/life
echo content >"$tree/$docroot/page"
if [ $wall = SELinux ]; then
	chcon -t tmp_t "$tree/$docroot/page"
	like 'control: a file with another label is found' "$(wrong)" "^$tree/$docroot/page .*:tmp_t:"
	chcon --reference="$tree" "$tree/$docroot/page"
fi

# While it runs.
need 'start succeeds' "$program" start life
is 'the published port leads into it' "$(fetch 8080)" content
like 'list shows it' "$("$program" list)" '^life .*running'
like "status finds $wall" "$("$program" status life)" "ok +$wall"
like 'logs shows its messages' "$("$program" logs -n 100 life 2>&1)" "Started.*$web"
like 'top shows what it uses' "$("$program" top --batch -d 0.1)" '^life +[0-9]'
is 'machined knows it by its name' "$(machinectl show --property Leader --value life)" "$(leader life)"
is 'systemctl -M reaches it, with its level' "$(with_level life systemctl -M life is-active "$web")" active
verb set life --memory=1G --publish=8081:80 --description=x
is 'the port is open at once' "$(fetch 8081)" content
verb set life --remove-port=8081
mkdir -p "$work/in/deep"
echo one >"$work/in/deep/file"
verb cp "$work/in" life:/srv
is 'it can read what was copied' "$(inside life 'cat /srv/in/deep/file')" one
verb cp life:/srv/in "$work/out"
[ $wall = AppArmor ] || unlike 'what comes out has no label of a container' "$(stat -c %C "$work/out" "$work/out/deep/file")" "$file_type"
tar -C "$work/in" -c . | "$program" cp - life:/var >"$work/output" 2>&1
report $? 'cp succeeds: a stream goes in'
EDITOR='sed -i s/one/two/' verb edit life:/srv/in/deep/file
EDITOR='sed -i s/^Description=x/Description=y/' verb edit life
verb snapshot --live life first
verb clone --live life twin
verb export --live life "$work/archive"
is 'all files have their labels while it runs' "$(wrong)" ''
verb stop --all

# While it does not.
printf '[Service]\nExecStart=/usr/bin/sleep infinity\n' >/etc/systemd/system/life-extra.service
verb set life --hostname=www.example.org --add-unit=life-extra --remove-port=8080 --publish=8082:80,proxy --mount=ram:/srv/ram=4M --autostart=yes
EDITOR='sed -i s/=www.example.org/=web.example.org/' verb edit life
verb cp "$work/in" life:/opt
echo '# new' >>$config
verb diff life
verb upgrade life
like 'it has what the host has' "$(tail -n 1 "$tree$config")" '# new'
verb upgrade --undo life
unlike 'it has what it had' "$(tail -n 1 "$tree$config")" '# new'
verb upgrade life twin
ok 'a unit of the administrator can make a snapshot' systemd-run --quiet --wait "$program" snapshot life second
verb restore life first
verb snapshots life
containers+=(twin renamed brought moved)
verb rename life renamed
verb import --trust "$work/archive" brought
mkdir -m 700 $place
verb clone --path=$place twin moved
verb forget moved
verb adopt $place/moved
verb forget twin
verb adopt --new-identity "$filesystems/twin"
is 'all files have their labels while none runs' "$(wrong)" ''
[ $wall = AppArmor ] || is 'relabel has nothing to correct' "$("$program" relabel --all | grep -v ': 0 labels corrected')" ''

# Each by itself.
names=(brought moved renamed twin)
verb start "${names[@]}"
is 'each has another level' "$(for name in "${names[@]}"; do field "$name" level; done | sort -u | wc -l)" 4
is 'each runs with its own label alone' "$(labels "${names[@]}")" "$(expected "${names[@]}")"
for name in "${names[@]}"; do is "$name serves" "$(curl --silent --fail --max-time 120 "http://$(address "$name")/page")" content; done
is 'published ports lead into them, with a proxy, too' "$(fetch 8080)$(fetch 8082)" contentcontent
is 'all files have their labels in the end' "$(wrong)" ''
if [ $wall = SELinux ]; then
	cp "$filesystems/renamed/$docroot/page" "$filesystems/twin/var/stolen"
	chmod 666 "$filesystems/twin/var/stolen"
	ok 'control: a clone can read a file' inside twin 'cat /var/stolen'
	chcon -l "$(field renamed level)" "$filesystems/twin/var/stolen"
	fails 'it cannot read it with the level of its source' 'permission denied' inside twin 'cat /var/stolen'
fi
verb delete --force "${names[@]}"
is "$wall denied nothing else" "$(denials | grep -v name=stolen)" ''
is 'nothing is left' "$(find "$filesystems" $place /var/lib/virt-sandbox-service/{given,ids,levels} -mindepth 1)" ''
done_testing
