#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The commands that are about containers that are there: many at once, their logs, their records, and what happens when
# two administrators want opposite things.
. "$(dirname "$0")/lib.sh"

need 'setup' "$program" setup
others=$("$program" list --no-legend) # --all is not for a host that has containers of its own
containers=(verbs1 verbs2 verbs3 verbs4 verbs5)
need 'create takes several names' "$program" create -C -u "$web" verbs1 verbs2
is '... and prints three lines for each' "$(grep -c '^Created .*verbs[12]' "$work/output")" 6
printf 'verbs3\nverbs4\n' | "$program" --quiet create -u "$web" - >"$work/output" 2>&1
report $? 'create takes names on standard input'
fails 'create with a name in use among them says so' "'verbs1' is there already" "$program" create -C -u "$web" verbs1 verbs5
is '... and makes the others' "$(field verbs5 path)" "$filesystems/verbs5"
for key in uid_base address level; do
	is "each has its own $key" "$("$program" list --json "${containers[@]}" | jq -r "[.[].$key] | unique | length")" 5
done
is 'the second has the same files as the first' "$(cd "$filesystems/verbs2" && find . | sort)" "$(cd "$filesystems/verbs1" && find . | sort)"
ok 'delete takes several names' "$program" delete verbs4 verbs5
fails 'delete with a wrong name among them says so' "no container 'verbs5'" "$program" delete verbs5 verbs3
is '... and deletes the others' "$("$program" list --no-legend | awk '/^verbs/ { print $1 }' | tr '\n' ' ')" 'verbs1 verbs2 '
need 'create' create verbs3
# all DESCRIPTION COMMAND: as 'ok', with --all, or with the names of this test's containers where there are others.
all() {
	local what=$1 command=$2
	if [ -n "$others" ]; then
		ok "$what by names, as this host has other containers" "$program" "$command" verbs1 verbs2 verbs3
	else
		ok "$what" "$program" "$command" --all
	fi
}
states() { "$program" list --no-legend verbs1 verbs2 verbs3 | awk '{ print $2 }' | tr '\n' ' '; }

# Several, and all.
ok 'start takes several names' "$program" start verbs1 verbs2
is '... and no others' "$(states)" 'running running stopped '
fails 'start with a wrong name among them says so' "no container 'nosuch'" "$program" start nosuch verbs3
is '... and starts the others' "$(states)" 'running running running '
ok 'stop takes several names, also one twice' "$program" stop verbs1 verbs2 verbs1
is '... and they are stopped' "$(states)" 'stopped stopped running '
ok 'restart takes several names' "$program" restart verbs2 verbs3
is '... starts those that were stopped' "$(states)" 'stopped running running '
all 'start --all' start
is '... starts all' "$(states)" 'running running running '
fails '--all goes without names' 'names or --all' "$program" stop --all verbs1

# At the start of the host.
ok 'enable' "$program" enable verbs1 verbs2
is '... for systemd' "$(systemctl is-enabled verbs{1,2,3}_sandbox.service | tr '\n' ' ')" 'enabled enabled disabled '
all 'disable --all' disable
is '... for systemd' "$(systemctl is-enabled verbs{1,2,3}_sandbox.service | tr '\n' ' ')" 'disabled disabled disabled '

# Reloads: the service has read its configuration anew, and is still the same process.
configuration=$filesystems/verbs1/etc/$web
main_process() { inside verbs1 "systemctl show --property MainPID --value $web"; }
before=$(main_process)
reloads() { inside verbs1 "journalctl --no-pager --output cat --unit $web" | grep -c '^Reloaded '; }
ok 'reload' "$program" reload verbs1
is '... the service inside' "$(reloads)" 1
ok 'systemctl reload of the unit on the host' systemctl reload verbs1_sandbox.service
is '... does the same' "$(reloads)" 2
is '... without a restart' "$(main_process)" "$before"
broken=$(find "$configuration" -maxdepth 2 -name "$web*.conf" | head -n 1)
cp "$broken" "$work/saved"
echo 'NoSuchDirective on' >>"$broken"
fails 'reload fails when the service does' "Reloading '$web.service' failed" "$program" reload verbs1
cat "$work/saved" >"$broken"
ok '... and the container runs on' "$program" status verbs1
ok 'reload once it is repaired' "$program" reload verbs1

# Logs.
# shellcheck disable=SC2016 # the container's shell expands it
inside verbs1 'logger "words of $(printf "\033[31m")inside"' >/dev/null
like 'logs shows what is logged inside, without escapes' "$("$program" logs verbs1 </dev/null)" 'words of .*inside'
unlike '... however it comes' "$("$program" logs verbs1 </dev/null | tr '\033' '@')" '@'
is 'logs -n' "$("$program" logs -n 2 verbs1 </dev/null | wc -l)" 2
like 'logs -u' "$("$program" logs -u "$web" verbs1 </dev/null)" "Started $web"
unlike '... has only that' "$("$program" logs -u "$web" verbs1 </dev/null)" 'words of'
is 'logs --since' "$("$program" logs --since=+1h verbs1 </dev/null | grep -c words)" 0
commands=$("$program" logs verbs1 </dev/null | grep -c 'Started execute-')
is 'reading logs leaves none' "$("$program" logs verbs1 </dev/null | grep -c 'Started execute-')" "$commands"
timeout 600 "$program" logs -f -n 1 verbs1 </dev/null >"$work/follow" &
follower=$!
wait_for test -s "$work/follow" # it has begun
inside verbs1 'logger "later words"' >/dev/null
wait_for grep -q 'later words' "$work/follow"
like 'logs -f goes on' "$(cat "$work/follow")" 'later words'
kill -INT $follower
wait $follower
fails 'logs wants a number' 'number' "$program" logs -n many verbs1

# The record.
is 'show -p' "$("$program" show -p Name -p Units verbs1 | tr '\n' ' ')" "verbs1 $web.service "
is 'show --json' "$("$program" show --json verbs1 | jq -r '.Container.Name, (.Packages.Package | length > 10)' | tr '\n' ' ')" 'verbs1 true '
is 'show is the record' "$("$program" show verbs1)" "$(sed '/^#/d' /etc/libvirt-sandbox/services/verbs1.sandbox | sed '1{/^$/d}')"
fails 'show of an unknown key says so' "no 'Nothing'" "$program" show -p Nothing verbs1

# Lists.
is 'list takes names, and sorts them' "$("$program" list --no-legend verbs2 verbs1 | awk '{ print $1 }' | tr '\n' ' ')" 'verbs1 verbs2 '
is 'list --all is list' "$("$program" list --all)" "$("$program" list)"
fails 'list of a name that is not there says so' "no container 'nosuch'" "$program" list nosuch

all 'stop --all' stop
is '... stops all' "$(states)" 'stopped stopped stopped '
like 'logs of a stopped container are those of the host' "$("$program" logs verbs1 2>&1 </dev/null)" 'not running.*host'
like '... and have what its console said' "$("$program" -q logs verbs1 </dev/null)" "console: .*Started $web"
fails '... but of no unit in it' 'leave out --unit' "$program" logs -u "$web" verbs1
if [ ! -e /sys/fs/selinux/enforce ]; then
	fails 'relabel of a container without a label says so' 'made without SELinux' "$program" relabel verbs1
fi
fails 'relabel of nothing' '--all' "$program" relabel
fails 'relabel of what is not there' "no container 'nosuch'" "$program" relabel nosuch
fails 'reload of a stopped container says so' 'not running' "$program" reload verbs1

# A line on the terminal for what takes longer, which leaves nothing behind.
shown=$(script --quiet --return --command "for verb in start restart stop; do $program \$verb verbs1 verbs2 verbs3; done" /dev/null </dev/null)
if grep -q 'of 3 done' <<<"$shown"; then
	like 'the progress line is taken away again' "$(tail -c 20 <<<"$shown")" $'\r\033\\[K$'
else
	skip 'the progress line is taken away again' 'all was done in less than a second'
fi

# What -v tells.
is '-v leaves standard output as it is' "$("$program" -vv status verbs1 2>/dev/null)" "$("$program" status verbs1)"
told=$("$program" -v create --dry-run -C -u "$web" verbs9 2>&1 >/dev/null)
for line in "Unit '$web.service' is '/.*/$web.service'" 'The database of (rpm|dpkg) .* [0-9]+ with all that they need' \
	"Level 's0:c[0-9]+,c[0-9]+': the first free" 'User ids from [0-9]+: the first free'; do
	like "create -v tells: $line" "$told" "$line"
done
unlike 'create -v tells no times' "$told" ' ms]'
like 'create -vv tells times' "$("$program" -vv create --dry-run -C -u "$web" verbs9 2>&1 >/dev/null)" "\[ *[0-9]+ ms\] Unit '$web.service'"
is 'VIRT_SANDBOX_LOG=info is -v' "$(VIRT_SANDBOX_LOG=info "$program" create --dry-run -C -u "$web" verbs9 2>&1 >/dev/null | grep -c "Unit '$web.service' is")" 1
is '... and -q goes before it' "$(VIRT_SANDBOX_LOG=debug "$program" -q create --dry-run -C -u "$web" verbs9 2>&1 >/dev/null)" ''
mkdir -p /etc/systemd/system/verbs1_sandbox.service.d
printf '[Service]\nEnvironment=VIRT_SANDBOX_LOG=info\n' >/etc/systemd/system/verbs1_sandbox.service.d/log.conf
systemctl daemon-reload
like 'start -v tells of the job' "$("$program" -v start verbs1 2>&1)" "Job for 'verbs1_sandbox.service' has ended: done"
told=$(journalctl --unit=verbs1_sandbox.service --output=cat)
like 'in the unit, VIRT_SANDBOX_LOG has domain-start tell its steps' "$told" "virt: Container 'verbs1': start the domain"
like '... and the container'"'"'s init' "$told" 'console: init: become systemd'
unlike '... which keeps it from the container' "$("$program" execute verbs1 -- cat /proc/1/environ </dev/null | tr '\0' ' ')" 'VIRT_SANDBOX_LOG'
told=$("$program" -v execute -e SECRET=geheim verbs1 -- true geheim 2>&1 </dev/null)
like 'execute -v tells the command' "$told" "runs 'true' as 'execute-.*.service'"
unlike '... without its arguments and its environment' "$told" geheim
like 'status -v tells the program that it runs' "$("$program" -v status verbs1 2>&1)" "Run '.*/virt .*domain-usage verbs1'"
need 'create' create verbs6
like 'delete -v tells its steps' "$("$program" -v delete verbs6 2>&1)" "Container 'verbs6': remove the directory"
all 'delete --all' delete
is '... deletes all' "$("$program" list --no-legend)" "$others"
done_testing
