#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The life of a container, from create to delete, as an administrator sees it from the host.
. "$(dirname "$0")/lib.sh"

unit=life_sandbox.service
tree=$filesystems/life

# What 'create' is going to do, without doing it.
need 'setup makes the host ready' "$program" setup
ok 'a second setup succeeds too' "$program" setup
before=$(files)
ok 'create --dry-run succeeds' "$program" create -C -n -u "$web" life
plan=$("$program" create -C -n --json -u "$web" life)
is 'create --dry-run --json names the container and its unit' "$(jq -r '[.name, .units[0]] | @tsv' <<<"$plan")" \
	"$(printf 'life\t%s.service' "$web")"
is 'create --dry-run --json lists the packages' "$(jq '.packages | length > 10' <<<"$plan")" true
is 'create --dry-run --json lists the operations, each with a kind and a path' \
	"$(jq '.operations | length > 100 and all(has("kind") and has("path"))' <<<"$plan")" true
is 'create --dry-run leaves the host as it was' "$(files)" "$before"

is 'create prints what it made' "$(create life 2>"$work/stderr")" "Created sandbox container dir $tree
Created sandbox config /etc/libvirt-sandbox/services/life.sandbox
Created unit file /etc/systemd/system/$unit"
is 'create prints nothing to standard error' "$(cat "$work/stderr")" ''
created=$(files)
fails 'create refuses a name in use' "'life'" "$program" create -C -u "$web" life
is 'create with a name in use leaves that container as it was' "$(files)" "$created"

# Lists.
like 'list shows a new container as stopped' "$("$program" list)" '^life .*(stopped|inactive)'
is 'list --json has every key' \
	"$("$program" list --json | jq -c '.[0] | [has("name", "state", "units", "level", "uid_base", "address", "path", "package_manager")] | all')" true
is 'list --json shows the path of the tree' "$(field life path)" "$tree"
is 'list --json shows the unit' "$(field life units | jq -r '.[0]')" "$web.service"
like 'list --json shows the package manager' "$(field life package_manager)" '^(rpm|dpkg)$'
like 'list --json shows the address before the first start' "$(address life)" '^[0-9]+(\.[0-9]+){3}$'

# Run by systemd.
idle=$(traces life)
echo 'a page of life' >"$tree/$docroot/content"
ok 'systemctl start succeeds' start life
is 'systemctl start returns when the service inside answers' "$(page life content)" 'a page of life'
is 'after systemctl start, the unit is active' "$(systemctl is-active $unit)" active
like 'libvirt lists the running container' "$(virsh --connect lxc:/// list --name)" '^life$'
like 'machinectl lists the running container by its name' "$(machinectl list --no-legend)" '^life +container '
like 'list shows the container as running' "$("$program" list)" '^life .*(running|active)'
ok 'status of a running container succeeds' "$program" status life
walls() { "$program" status --json life | jq -r '.walls[] | .stands + " " + .wall' | grep -v -e ' SELinux$' -e ' AppArmor$' | tr '\n' ','; }
is 'status finds every wall of a running container' "$(walls)" 'ok user namespace,ok capabilities,ok system calls,ok mounts,ok network,'
like 'status prints what it finds of a wall' "$("$program" status life)" "ok +user namespace +root inside is user $(field life uid_base) of the host"
is 'setup --check finds the walls of the running containers' "$("$program" setup --check --json | jq -r '.[] | select(.name == "walls") | .found' |
	sed "s/.*: 'life' SELinux$/all stand, in 1 running containers/")" 'all stand, in 1 running containers'
like 'the journal inside says that the service started' "$(inside life 'journalctl --no-pager --output cat --identifier systemd')" "Started $web"
ok 'systemctl restart succeeds' systemctl restart $unit
is 'after systemctl restart, the service answers again' "$(page life content)" 'a page of life'
ok 'systemctl stop succeeds' systemctl stop $unit
is 'status finds no walls of a container that does not run' "$("$program" status --json life | jq -c '[.leader, .walls]')" '[0,[]]'
is 'systemctl stop leaves no trace on the host' "$(traces life)" "$idle"
is 'systemctl stop keeps the files of the container' "$(cat "$tree/$docroot/content")" 'a page of life'

# Run by the program.
ok 'start succeeds' "$program" start life
is 'start returns when the service inside answers' "$(page life content)" 'a page of life'
is 'after start, systemd shows the unit as active' "$(systemctl is-active $unit)" active
ok 'start of a running container succeeds' "$program" start life

"$program" execute life -- sh -c 'exit 7' </dev/null
is 'execute passes the exit status through' $? 7
head -c 1048576 /dev/urandom >"$work/bytes"
"$program" execute life -- cat <"$work/bytes" >"$work/copy" 2>"$work/output"
cmp "$work/bytes" "$work/copy" >>"$work/output" 2>&1
report $? 'execute passes standard input and output through, byte for byte'
is 'execute keeps standard error apart from standard output' \
	"$("$program" execute life -- sh -c 'echo out; echo err >&2' 2>"$work/stderr" </dev/null) $(cat "$work/stderr")" 'out err'
# shellcheck disable=SC2016 # a dollar that nothing may expand
is 'execute passes arguments through unchanged' "$("$program" execute life -- printf '<%s>' 'a  b' "c'd" '$HOME' '' </dev/null)" "<a  b><c'd><\$HOME><>"
fails 'execute of a missing program fails and names it' 'nosuchprogram' "$program" execute life -- nosuchprogram

ok 'stop succeeds' "$program" stop life
is 'stop leaves no trace on the host' "$(traces life)" "$idle"
ok 'stop of a stopped container succeeds' "$program" stop life
fails 'execute in a stopped container fails and says why' 'life.*not running|not running.*life' "$program" execute life -- true

# The end.
created=$(files)
mapfile -t dry < <("$program" delete --dry-run life | sed 's/^[a-z]* *//; s/  (.*//')
is 'a dry run of delete does nothing' "$(files)" "$created"
like 'it lists the directory' "$(printf '%s\n' "${dry[@]}")" "^$filesystems/life\$"
is 'as JSON, it lists the same' "$("$program" delete --dry-run --json life | jq -r '.operations[].path')" "$(printf '%s\n' "${dry[@]}")"
ok 'delete of a stopped container succeeds' "$program" delete life
is 'delete removes the files, the record and the unit' "$(files)" "$before"
is 'it removes nothing that its dry run has not listed' "$(comm -23 <(cut -d ' ' -f 1 <<<"$created" | sort) <(cut -d ' ' -f 1 <<<"$before" | sort) |
	grep -vEf <(printf '^%s(/|$)\n' "${dry[@]//./\\.}"))" ''
is 'and all that it has listed' "$(for path in "${dry[@]}"; do compgen -G "$path"; done)" ''
unlike 'after delete, systemd no longer lists the unit' "$(systemctl list-unit-files --no-legend)" '^life_sandbox'
is 'after delete, list no longer shows the container' "$("$program" list --json | jq -c 'map(select(.name == "life"))')" '[]'
fails 'delete of a deleted container fails and names it' "'life'" "$program" delete life

ok 'create accepts the name of a deleted container' create life
ok 'a container with the name of a deleted one starts' start life
fails 'delete of a running container is refused and says what to do' "'life' is running; stop it first.*delete --force life" "$program" delete life
fails 'so is a dry run' "'life' is running; stop it first" "$program" delete --dry-run life
is 'a dry run with --force lists the stop' "$("$program" delete --dry-run --force life | awk '$1 == "stop" { print $2 }')" life_sandbox.service
ok 'a container runs on after a refused delete' "$program" status life
ok 'delete --force of a running container succeeds' "$program" delete --force life
is 'delete --force of a running container leaves no trace on the host' "$(traces life)" "$idle"
is 'delete --force of a running container removes its files' "$(files)" "$before"
done_testing
