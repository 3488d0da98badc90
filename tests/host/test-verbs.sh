#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The commands for existing containers: many at once, their logs, their records, and what happens when two administrators want
# opposite things.
. "$(dirname "$0")/lib.sh"

need 'setup makes the host ready' "$program" setup
others=$("$program" list --no-legend) # --all is not for a host that has containers of its own
containers=(verbs1 verbs2 verbs3 verbs4 verbs5)
need 'create takes several names' "$program" create -C -u "$web" verbs1 verbs2
is 'create of several containers prints three lines for each' "$(grep -c '^Created .*verbs[12]' "$work/output")" 6
printf 'verbs3\nverbs4\n' | "$program" --quiet create -u "$web" - >"$work/output" 2>&1
report $? 'create takes names on standard input'
fails 'create of several containers fails if one name is in use' "'verbs1' already exists" "$program" create -C -u "$web" verbs1 verbs5
is 'create makes the other containers if one name is in use' "$(field verbs5 path)" "$filesystems/verbs5"
for key in uid_base address level; do
	is "five containers have five different values of $key" "$("$program" list --json "${containers[@]}" | jq -r "[.[].$key] | unique | length")" 5
done
is 'two containers made by one create have the same files' "$(cd "$filesystems/verbs2" && find . | sort)" "$(cd "$filesystems/verbs1" && find . | sort)"
ok 'delete takes several names' "$program" delete verbs4 verbs5
fails 'delete of several containers fails if one does not exist' "no container 'verbs5'" "$program" delete verbs5 verbs3
is 'delete deletes the other containers if one does not exist' "$("$program" list --no-legend | awk '/^verbs/ { print $1 }' | tr '\n' ' ')" 'verbs1 verbs2 '
need 'create of a third container succeeds' create verbs3
# all DESCRIPTION COMMAND: like 'ok', with --all, or with the names of this test's containers if there are others.
all() {
	local what=$1 command=("${@:2}")
	if [ -n "$others" ]; then
		ok "$what by names, as this host has other containers" "$program" "${command[@]}" verbs1 verbs2 verbs3
	else
		ok "$what" "$program" "${command[@]}" --all
	fi
}
states() { "$program" list --no-legend verbs1 verbs2 verbs3 | awk '{ print $2 }' | tr '\n' ' '; }

# Several, and all.
ok 'start takes several names' "$program" start verbs1 verbs2
is 'start leaves other containers stopped' "$(states)" 'running running stopped '
fails 'start of several containers fails if one does not exist' "no container 'nosuch'" "$program" start nosuch verbs3
is 'start starts the other containers if one does not exist' "$(states)" 'running running running '
ok 'stop takes several names, and the same one twice' "$program" stop verbs1 verbs2 verbs1
is 'stop stops the named containers and no others' "$(states)" 'stopped stopped running '
ok 'restart takes several names' "$program" restart verbs2 verbs3
is 'restart starts containers that were stopped' "$(states)" 'stopped running running '
all 'start --all succeeds' start
is 'start --all starts all containers' "$(states)" 'running running running '
fails 'stop refuses names together with --all' 'names or --all' "$program" stop --all verbs1

# When the host boots.
ok 'enable takes several names' "$program" enable verbs1 verbs2
is 'systemctl shows the named units as enabled and no others' "$(systemctl is-enabled verbs{1,2,3}_sandbox.service | tr '\n' ' ')" 'enabled enabled disabled '
all 'disable --all succeeds' disable
is 'systemctl shows all units as disabled after disable --all' "$(systemctl is-enabled verbs{1,2,3}_sandbox.service | tr '\n' ' ')" 'disabled disabled disabled '
ok 'disable --now succeeds' "$program" disable --now verbs3
is 'disable --now stops the container' "$(states)" 'running running stopped '
ok 'enable --now succeeds' "$program" enable --now verbs3
is 'enable --now starts the container' "$(states)" 'running running running '
is 'enable --now enables it' "$(systemctl is-enabled verbs3_sandbox.service)" enabled
ok 'create --start succeeds' "$program" create -u "$web" --start verbs4
is 'create --start starts the container' "$("$program" ls --no-legend verbs4 | awk '{ print $2 }')" running
like 'programs inside can ask again how much memory there is' "$("$program" exec -n verbs4 free)" '^Mem: +[1-9]'
is 'execute --no-stdin leaves the input to others' "$(printf '%s\n' one two | { read -r line && "$program" exec -n verbs4 cat && cat; })" two
ok 'rm -f stops and deletes it' "$program" rm -f verbs4

# Reloads: the service has read its configuration again, and is still the same process.
configuration=$filesystems/verbs1/etc/$web
main_process() { inside verbs1 "systemctl show --property MainPID --value $web"; }
before=$(main_process)
reloads() { inside verbs1 "journalctl --no-pager --output cat --unit $web" | grep -c '^Reloaded '; }
ok 'reload succeeds' "$program" reload verbs1
is 'reload reloads the service inside once' "$(reloads)" 1
ok 'systemctl reload of the unit on the host succeeds' systemctl reload verbs1_sandbox.service
is 'systemctl reload reloads the service inside once' "$(reloads)" 2
ok 'stop of one container succeeds' "$program" stop verbs3
if [ -n "$others" ]; then
	ok 'reload by name succeeds, as this host has other containers' "$program" reload verbs1 verbs2
else
	ok 'reload --all succeeds beside a container that does not run' "$program" reload --all
fi
is 'reload --all reloads the service in a running container once' "$(reloads)" 3
ok 'start of it succeeds' "$program" start verbs3
is 'the service inside has the same process after all reloads' "$(main_process)" "$before"
broken=$(find "$configuration" -maxdepth 2 -name "$web*.conf" | head -n 1)
cp "$broken" "$work/saved"
echo 'NoSuchDirective on' >>"$broken"
fails 'reload fails when the service inside cannot reload' "Reloading '$web.service' failed" "$program" reload verbs1
cat "$work/saved" >"$broken"
ok 'a container runs on after a failed reload' "$program" status verbs1
ok 'reload succeeds once the configuration is repaired' "$program" reload verbs1

# Logs.
# shellcheck disable=SC2016 # the container's shell expands it
inside verbs1 'logger "words of $(printf "\033[31m")inside"' >/dev/null
like 'logs shows messages from inside' "$("$program" logs verbs1 </dev/null)" 'words of .*inside'
unlike 'logs prints no escape character' "$("$program" logs verbs1 </dev/null | tr '\033' '@')" '@'
is 'logs -n 2 prints two lines' "$("$program" logs -n 2 verbs1 </dev/null | wc -l)" 2
like 'logs -u shows the messages of that unit' "$("$program" logs -u "$web" verbs1 </dev/null)" "Started $web"
unlike 'logs -u shows no messages of others' "$("$program" logs -u "$web" verbs1 </dev/null)" 'words of'
is 'logs --since a later time shows no earlier message' "$("$program" logs --since=+1h verbs1 </dev/null | grep -c words)" 0
commands=$("$program" logs verbs1 </dev/null | grep -c 'Started execute-')
is 'logs adds no message of its own to the journal inside' "$("$program" logs verbs1 </dev/null | grep -c 'Started execute-')" "$commands"
timeout 600 "$program" logs -f -n 1 verbs1 </dev/null >"$work/follow" &
follower=$!
wait_for test -s "$work/follow" # it has begun
inside verbs1 'logger "later words"' >/dev/null
wait_for grep -q 'later words' "$work/follow"
like 'logs -f shows messages that are logged later' "$(cat "$work/follow")" 'later words'
kill -INT $follower
wait $follower
fails 'logs -n refuses a word' 'number' "$program" logs -n many verbs1

# The record.
is 'show -p prints the values of the named keys' "$("$program" show -p Name -p Units verbs1 | tr '\n' ' ')" "verbs1 $web.service "
is 'show --json prints sections and keys' "$("$program" show --json verbs1 | jq -r '.Container.Name, (.Packages.Package | length > 10)' | tr '\n' ' ')" 'verbs1 true '
is 'show prints the record' "$("$program" show verbs1)" "$(sed '/^#/d' /etc/libvirt-sandbox/services/verbs1.sandbox | sed '1{/^$/d}')"
fails 'show -p fails and names a key that does not exist' "no 'Nothing'" "$program" show -p Nothing verbs1

# Lists.
"$program" status verbs1 verbs3 nosuch >"$work/status" 2>"$work/output"
is 'status of several containers returns 4 if one does not exist' $? 4
like 'status shows the others nevertheless' "$(grep -c ' - verbs[13]_sandbox.service$' "$work/status")" 2
is 'status --json of several containers is an array with numbers' \
	"$("$program" status --json verbs1 verbs3 | jq -c '[.[] | .name, (.memory | type), (.cpu_usec | type), (.processes > 3)]')" \
	'["verbs1","number","number",true,"verbs3","number","number",true]'
is 'list takes names and sorts them' "$("$program" list --no-legend verbs2 verbs1 | awk '{ print $1 }' | tr '\n' ' ')" 'verbs1 verbs2 '
is 'list --all prints the same as list' "$("$program" list --all)" "$("$program" list)"
is 'list --format prints the columns' "$("$program" ps --no-legend --format=name,state verbs1)" 'verbs1  running'
is 'list --filter chooses by state' "$("$program" list --filter=state=running --format='{name}' verbs1 verbs2 verbs3 | tr '\n' ' ')" \
	"$("$program" list --json verbs1 verbs2 verbs3 | jq -r '.[] | select(.state == "running").name' | tr '\n' ' ')"
is 'list --sort=-name reverses the order' "$("$program" list --sort=-name --format='{name}' verbs1 verbs2 | tr '\n' ' ')" 'verbs2 verbs1 '
is 'list prints numbers as numbers, and what is unknown as null' \
	"$("$program" list --json verbs1 | jq -c '.[] | [(.uid_base | type), (.memory | type | IN("number", "null")), .memory_max, .ports]')" '["number",true,null,[]]'
like 'list fits a narrow terminal' "$(on_terminal true "stty cols 30 && $program list verbs1")" 'NAME +STATE +UNITS'
fails 'list fails and names a container that does not exist' "no container 'nosuch'" "$program" list nosuch

all 'stop --all succeeds' stop
is 'stop --all stops all containers' "$(states)" 'stopped stopped stopped '
like 'logs of a stopped container says that it shows messages of the host' "$("$program" logs verbs1 2>&1 </dev/null)" 'not running.*host'
like 'logs of a stopped container shows the messages of its console' "$("$program" -q logs verbs1 </dev/null)" "console: .*Started $web"
fails 'logs -u of a stopped container fails' 'leave out --unit' "$program" logs -u "$web" verbs1
if [ ! -e /sys/fs/selinux/enforce ]; then
	fails 'relabel of a container that was made without SELinux fails' 'created without SELinux' "$program" relabel verbs1
fi
fails 'relabel without a name or --all fails' '--all' "$program" relabel
fails 'relabel fails and names a container that does not exist' "no container 'nosuch'" "$program" relabel nosuch
fails 'reload of a stopped container fails and says why' 'not running' "$program" reload verbs1

# A line on the terminal shows the progress of what takes long, and leaves nothing behind.
shown=$(script --quiet --return --command "for verb in start restart stop; do $program \$verb verbs1 verbs2 verbs3; done" /dev/null </dev/null)
if grep -q 'of 3 done' <<<"$shown"; then
	like 'the progress line is erased at the end' "$(tail -c 20 <<<"$shown")" $'\r\033\\[K$'
else
	skip 'the progress line is erased at the end' 'all was done in less than a second'
fi

# What -v prints.
is '-v leaves standard output as it is' "$("$program" -vv show verbs1 2>/dev/null)" "$("$program" show verbs1)"
told=$("$program" -v create --dry-run -C -u "$web" verbs9 2>&1 >/dev/null)
for line in "Unit '$web.service' is in '/.*/$web.service'" 'Packages in the database of (rpm|dpkg): [0-9]+ of the service itself, [0-9]+ with' \
	"Level 's0:c[0-9]+,c[0-9]+': the first free" 'User ids from [0-9]+: the first free'; do
	like "create -v tells: $line" "$told" "$line"
done
unlike 'create -v tells no times' "$told" ' ms]'
like 'create -vv tells times' "$("$program" -vv create --dry-run -C -u "$web" verbs9 2>&1 >/dev/null)" "\[ *[0-9]+ ms\] Unit '$web.service'"
is 'VIRT_SANDBOX_LOG=info is -v' "$(VIRT_SANDBOX_LOG=info "$program" create --dry-run -C -u "$web" verbs9 2>&1 >/dev/null | grep -c "Unit '$web.service' is")" 1
is '-q wins over VIRT_SANDBOX_LOG' "$(VIRT_SANDBOX_LOG=debug "$program" -q create --dry-run -C -u "$web" verbs9 2>&1 >/dev/null)" ''
mkdir -p /etc/systemd/system/verbs1_sandbox.service.d
printf '[Service]\nEnvironment=VIRT_SANDBOX_LOG=info\n' >/etc/systemd/system/verbs1_sandbox.service.d/log.conf
systemctl daemon-reload
like 'start -v tells of the job' "$("$program" -v start verbs1 2>&1)" "Job for 'verbs1_sandbox.service' has ended: done"
told=$(journalctl --unit=verbs1_sandbox.service --output=cat)
like 'in the unit, VIRT_SANDBOX_LOG has domain-start tell its steps' "$told" "virt: Container 'verbs1': start the domain"
like 'in the unit, VIRT_SANDBOX_LOG has the monitor tell its states' "$told" "monitor: Container 'verbs1': its services are up: it is running"
like 'in the unit, VIRT_SANDBOX_LOG has the init of the container tell its steps' "$told" 'console: init: become systemd'
unlike 'init does not hand VIRT_SANDBOX_LOG to the container' "$("$program" execute verbs1 -- cat /proc/1/environ </dev/null | tr '\0' ' ')" 'VIRT_SANDBOX_LOG'
told=$("$program" -v execute -e SECRET=geheim verbs1 -- true geheim 2>&1 </dev/null)
like 'execute -v tells the command' "$told" "runs 'true' as 'execute-.*.service'"
unlike 'execute -v shows neither arguments nor environment of the command' "$told" geheim
like 'status -v tells the program that it runs' "$("$program" -v status verbs1 2>&1)" "Run '.*/virt .*domain-usage verbs1'"
need 'create' create verbs6
like 'delete -v tells its steps' "$("$program" -v delete verbs6 2>&1)" "Container 'verbs6': remove the directory"
if [ -n "$others" ]; then
	skip 'delete --all asks on a terminal' 'this host has other containers'
else
	listed=$("$program" list --no-legend)
	like 'delete --all asks on a terminal' "$(on_terminal "shows 'y/N' && echo no" "$program delete --all --force || echo 'status 1'" 2>&1 | tr '\n' ' ')" \
		"Delete all [0-9]+ containers .* Nothing was deleted. .*status 1"
	is 'delete --all deletes nothing unless the answer is yes' "$("$program" list --no-legend)" "$listed"
fi
all 'delete --all --force asks nothing without a terminal, and succeeds' delete --force
is 'delete --all deletes all containers' "$("$program" list --no-legend)" "$others"
if [ -z "$others" ]; then
	need 'create' create verbs6
	on_terminal "shows 'y/N' && echo y" "$program delete --all" >"$work/output" 2>&1
	is 'delete --all deletes them if the answer is yes' "$("$program" list --no-legend)" ''
	need 'create' create verbs6
	on_terminal true "$program delete --all --yes" >"$work/output" 2>&1
	is 'delete --all --yes does not ask' "$("$program" list --no-legend)" ''
fi
done_testing
