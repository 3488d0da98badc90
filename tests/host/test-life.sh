#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The life of a container, from create to delete, as an administrator sees it from the host.
. "$(dirname "$0")/lib.sh"

unit=life_sandbox.service
tree=$filesystems/life

# What 'create' is going to do, without doing it.
need 'setup makes the host ready' "$program" setup
ok 'setup again finds it ready' "$program" setup
before=$(files)
ok 'create --dry-run succeeds' "$program" create -C -n -u "$web" life
plan=$("$program" create -C -n --json -u "$web" life)
is 'create --dry-run --json describes the container' "$(jq -r '[.name, .units[0]] | @tsv' <<<"$plan")" \
	"$(printf 'life\t%s.service' "$web")"
is '... names packages' "$(jq '.packages | length > 10' <<<"$plan")" true
is '... and operations, each with a kind and a path' \
	"$(jq '.operations | length > 100 and all(has("kind") and has("path"))' <<<"$plan")" true
is 'a dry run leaves the host as it was' "$(files)" "$before"

is 'create says what it made' "$(create life 2>"$work/stderr")" "Created sandbox container dir $tree
Created sandbox config /etc/libvirt-sandbox/services/life.sandbox
Created unit file /etc/systemd/system/$unit"
is '... and nothing else' "$(cat "$work/stderr")" ''
created=$(files)
fails 'a name in use is refused' "'life'" "$program" create -C -u "$web" life
is '... and the container stays as it was' "$(files)" "$created"

# Lists.
like 'list shows it' "$("$program" list)" '^life .*(stopped|inactive)'
is 'list --json has every key' \
	"$("$program" list --json | jq -c '.[0] | [has("name", "state", "units", "level", "uid_base", "address", "path", "package_manager")] | all')" true
is '... the path' "$(field life path)" "$tree"
is '... the unit' "$(field life units | jq -r '.[0]')" "$web.service"
like '... the package manager' "$(field life package_manager)" '^(rpm|dpkg)$'
like '... the address, before the first start' "$(address life)" '^[0-9]+(\.[0-9]+){3}$'

# Run by systemd.
idle=$(traces life)
echo 'a page of life' >"$tree/$docroot/content"
ok 'systemctl start' start life
is '... returns when the service inside answers' "$(page life content)" 'a page of life'
is '... and the unit is active' "$(systemctl is-active $unit)" active
like 'libvirt knows it' "$(virsh --connect lxc:/// list --name)" '^life$'
like 'machined knows it' "$(machinectl list --no-legend)" '^lxc-[0-9]+-life '
like 'list says that it runs' "$("$program" list)" '^life .*(running|active)'
ok 'status' "$program" status life
like 'the inner journal has messages' "$(inside life 'journalctl --no-pager --output cat --identifier systemd')" "Started $web"
ok 'systemctl restart' systemctl restart $unit
is '... and it serves again' "$(page life content)" 'a page of life'
ok 'systemctl stop' systemctl stop $unit
is '... leaves nothing of it on the host' "$(traces life)" "$idle"
is '... but its files' "$(cat "$tree/$docroot/content")" 'a page of life'

# Run by the program.
ok 'start' "$program" start life
is '... returns when the service inside answers' "$(page life content)" 'a page of life'
is '... and systemd has the unit active' "$(systemctl is-active $unit)" active
ok 'a second start finds it running' "$program" start life

"$program" execute life -- sh -c 'exit 7' </dev/null
is 'execute returns the status' $? 7
head -c 1048576 /dev/urandom >"$work/bytes"
"$program" execute life -- cat <"$work/bytes" >"$work/copy" 2>"$work/output"
cmp "$work/bytes" "$work/copy" >>"$work/output" 2>&1
report $? 'execute hands on standard input and output, byte for byte'
is '... and keeps the error stream apart' \
	"$("$program" execute life -- sh -c 'echo out; echo err >&2' 2>"$work/stderr" </dev/null) $(cat "$work/stderr")" 'out err'
# shellcheck disable=SC2016 # a dollar that nothing may expand
is 'execute passes arguments untouched' "$("$program" execute life -- printf '<%s>' 'a  b' "c'd" '$HOME' '' </dev/null)" "<a  b><c'd><\$HOME><>"
fails 'execute of a missing program says so' 'nosuchprogram' "$program" execute life -- nosuchprogram

ok 'stop' "$program" stop life
is '... leaves nothing of it on the host' "$(traces life)" "$idle"
ok 'a second stop finds it stopped' "$program" stop life
fails 'execute in a stopped container says so' 'life.*not running|not running.*life' "$program" execute life -- true

# The end.
ok 'delete' "$program" delete life
is '... takes its files, its record and its unit' "$(files)" "$before"
unlike '... and systemd has forgotten the unit' "$(systemctl list-unit-files --no-legend)" '^life_sandbox'
is '... and list too' "$("$program" list --json | jq -c 'map(select(.name == "life"))')" '[]'
fails 'a second delete says that there is none' "'life'" "$program" delete life

ok 'the name can be used again' create life
ok '... and it starts' start life
ok 'delete of a running container' "$program" delete life
is '... leaves nothing running' "$(traces life)" "$idle"
is '... and no files' "$(files)" "$before"
done_testing
