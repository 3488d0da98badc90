#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Upgrades of real containers: a running one is restarted, one whose services do not come up gets back what it had, and many are
# upgraded by one command. The decisions about single paths are tests/upgrade's. UPGRADE_COUNT=50 upgrades that many.
. "$(dirname "$0")/lib.sh"

count=${UPGRADE_COUNT:-5}
case $web in
apache2) config=/etc/apache2/ports.conf own=/etc/apache2/conf-enabled/own.conf ;;
*) config=/etc/httpd/conf/httpd.conf own=/etc/httpd/conf.d/own.conf ;;
esac
scratch=${program%/bin/*}/lib/test-upgrade
cp -a "$config" "$work/config"
at_end() {
	cp -a "$work/config" "$config"
	rm -rf "$scratch"
	delete_containers
}

tree=$filesystems/up1
need 'setup makes the host ready' "$program" setup
need 'create makes a container' create up1
echo 'a page' >"$tree/$docroot/page"
state() { "$program" list --json up1 | jq -r '.[0].outdated | join(",")'; }
is 'list says nothing about a new container' "$(state)" ''
is 'upgrade of a new container has nothing to do' "$("$program" upgrade up1; echo "status $?")" 'status 0'
need 'it starts' start up1
is 'diff lists nothing that the first start made' "$("$program" diff up1; echo "status $?")" 'status 0'

# A change that fits.
before=$(cat "$tree$config")
echo '# the host was here' >>"$config"
is 'list says that the container is behind' "$(state)" configuration
like 'status says so, and what to do' "$("$program" status up1)" "Outdated: .*'virt-sandbox-service upgrade up1'"
like 'diff names the file' "$("$program" diff up1)" "^host +changed +$config$"
first=$(leader up1)
is 'upgrade --dry-run says what it would do' "$("$program" upgrade --dry-run up1)" "up1: updated  $config  (changed on the host)"
is 'upgrade --dry-run leaves the container running' "$(leader up1) $(tail -n 1 "$tree$config")" "$first $(tail -n 1 <<<"$before")"
is 'upgrade says what it does' "$("$program" upgrade up1; echo "status $?")" "up1: updated  $config  (changed on the host)
status 0"
is 'the container has what the host has' "$(cat "$tree$config")" "$(cat "$config")"
is 'its service answers again' "$(page up1 page)" 'a page'
unlike 'it was restarted' "$(leader up1)" "^$first$"
is 'list says nothing any more' "$(state)" ''
ok 'upgrade --undo takes it back' "$program" upgrade --undo up1
is 'the container has what it had' "$(cat "$tree$config")" "$before"
is 'its service answers after the undo' "$(page up1 page)" 'a page'
first=$(leader up1)
fails 'there is nothing more to take back' 'no upgrade to take back' "$program" upgrade --undo up1
is 'an undo of nothing restarts nothing' "$(leader up1)" "$first"

# A conflict needs no restart.
first=$(leader up1)
sed -i '1s/^/# the container was here /' "$tree$config"
sed -i '1s/^/# the host was here, too /' "$config"
like 'upgrade says that it is a conflict' "$("$program" upgrade up1; echo "status $?")" "^up1: conflict $config "
is 'the exit status says so, too' "$("$program" -q upgrade up1; echo $?)" 3
is 'the host'\''s lies beside the container'\''s' "$(cat "$tree$config.host-new")" "$(cat "$config")"
is 'a conflict alone restarts nothing' "$(leader up1)" "$first"
rm "$tree$config.host-new"
cp -a "$work/config" "$config"
cp -a "$work/config" "$tree$config"
ok 'what was dealt with is no conflict any more' "$program" upgrade up1

# A change with which the service does not come up.
echo 'NoSuchSetting on' >>"$config"
"$program" upgrade up1 >"$work/said" 2>&1
is 'upgrade fails if the service does not come up' $? 1
like 'it says that the container gets back what it had' "$(cat "$work/said")" "services of container 'up1' did not come up after its upgrade"
is 'the container has what it had before the failure' "$(cat "$tree$config")" "$(cat "$work/config")"
is 'its service answers after the failure' "$(page up1 page)" 'a page'
cp -a "$work/config" "$config"

# An account that is missing.
mkdir -p "$tree/etc/systemd/system/$web.service.d"
printf '[Service]\nUser=missing\n' >"$tree/etc/systemd/system/$web.service.d/user.conf"
"$program" restart up1 >"$work/said" 2>&1
like 'a start that fails because of an account says upgrade' "$(cat "$work/said")" "no user 'missing'.*'virt-sandbox-service upgrade up1'"
since=$(date +%s)
systemctl start up1_sandbox 2>/dev/null
like 'so does the journal after systemctl start' "$(journalctl -o cat --since "@$since" -u up1_sandbox)" \
	"no user 'missing'.*'virt-sandbox-service upgrade up1'"
rm -r "$tree/etc/systemd/system/$web.service.d/user.conf"
need 'it starts without that' start up1

# Code that the host does not have any more.
mkdir -p "$scratch"
cp /usr/bin/sleep "$scratch/longsleep"
inside up1 "systemd-run --quiet '$scratch/longsleep' 1000"
is 'list finds no old code' "$(state)" ''
cp /usr/bin/sleep "$scratch/new" && mv "$scratch/new" "$scratch/longsleep"
is 'list says that the container runs old code' "$(state)" code
like 'status names the program, and what to do' "$("$program" status up1)" "longsleep.*'virt-sandbox-service restart up1'"
is 'status --json says so' "$("$program" status --json up1 | jq -r '.outdated | join(",")')" code
ok 'restart starts it anew' "$program" restart up1
is 'after a restart there is no old code' "$(state)" ''
"$program" delete --force up1

# Many at once. The own configuration of one does not fit the host's new one.
mapfile -t names < <(seq -f 'many%g' "$count")
containers+=("${names[@]}")
need "create makes $count containers" "$program" -q create -u "$web" "${names[@]}"
echo 'Listen 8081' >"$filesystems/many2$own"
need 'they start' "$program" start "${names[@]}"
leaders() { for name in many1 "${names[@]:2}"; do leader "$name"; done | sort; }
before=$(leaders)
is 'each has a systemd' "$(wc -l <<<"$before")" $((count - 1))
echo 'Listen 8081' >>"$config"
"$program" upgrade --all >"$work/said" 2>&1
is 'upgrade --all fails if one fails' $? 1
is 'it upgrades all others' "$(grep -c "^many[0-9]*: updated  $config " "$work/said")" $((count - 1))
is 'and restarts them' "$(comm -12 <(echo "$before") <(leaders))$(leaders | wc -l)" $((count - 1))
is 'list says of the one alone that it is behind' "$("$program" list --json | jq -r '[.[] | select(.outdated != []) | .name] | join(",")')" many2
is 'all run' "$("$program" list --json | jq -r '[.[] | select(.state == "running")] | length')" "$count"
is 'the one has what it had' "$(cat "$filesystems/many2$config")" "$(cat "$work/config")"
is 'the others have what the host has' "$(for name in "${names[@]}"; do cmp "$filesystems/$name$config" "$config" 2>&1; done | wc -l)" 1
cp -a "$work/config" "$config"
rm "$filesystems/many2$own"
ok 'a second upgrade of all succeeds' "$program" -q upgrade --all
is 'all have what the host has' "$(for name in "${names[@]}"; do cmp "$filesystems/$name$config" "$config" 2>&1; done)" ''
mkdir -p /var/lib/virt-sandbox-service/undo/.new-many1 # as a kill leaves it
ok 'delete removes them' "$program" delete --force "${names[@]}"
is 'nothing is left of what they were given' "$(find /var/lib/virt-sandbox-service/given /var/lib/virt-sandbox-service/undo -mindepth 1)" ''
done_testing
