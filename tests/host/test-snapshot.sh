#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Snapshots: what they keep, that a restore brings all of it back and leaves the container its present identity, and that nothing
# is left of them once they or the container are deleted.
. "$(dirname "$0")/lib.sh"

need 'setup makes the host ready' "$program" setup
need 'create succeeds' create web --memory=512M
snapshots=$filesystems/.snapshots/web tree=$filesystems/web record=/etc/libvirt-sandbox/services/web.sandbox
given=/var/lib/virt-sandbox-service/given/web
# Everything in the directory, as it can be compared.
whole() { (cd "${1:-$tree}" && find . -printf '%P %y %m %U:%G %s %n %T@ %l\n' | grep -v '^ ' | sort && find etc var -type f -print0 | sort -z | xargs -0 sha256sum); }
kept() { grep -E '^(UUID|Level|Base|Address|MAC|Path|Name|Publish)=' $record; }

# --- making and listing them --------------------------------------------------------------------------------------

is 'a container has no snapshots at first' "$("$program" snapshots --json web | jq length)" 0
first=$(whole)
ok 'a snapshot is made' "$program" snapshot web first
is 'it has the whole directory' "$(whole "$snapshots/first/tree")" "$first"
is 'and the record' "$(cat "$snapshots/first/record")" "$(cat $record)"
is 'and what the container was given' "$(sha256sum <"$snapshots/first/given")" "$(sha256sum <$given)"
is 'only root can reach it' "$(stat -c '%a %U' "$filesystems/.snapshots" "$snapshots" "$snapshots/first" | sort -u)" '700 root'
is 'it has no file in common with the container' \
	"$(comm -12 <(find $tree -printf '%i\n' | sort) <(find "$snapshots" -printf '%i\n' | sort))" ''
fails 'a second one of that label is refused' 'already' "$program" snapshot web first
fails 'so is a label that is not valid' 'cannot be the label' "$program" snapshot web ../web
fails 'so is the snapshot of nothing' 'no container' "$program" snapshot nothing first
fails 'and of an unfinished container' 'interrupted' bash -c "sed -i 's/State=ready/State=creating/' $record; '$program' snapshot web x; r=\$?; sed -i 's/State=creating/State=ready/' $record; exit \$r"
ok 'a label is not needed' "$program" snapshot web
like 'it is the time then' "$("$program" snapshots web)" '^20[0-9-]+\.[0-9]{6}  20[0-9-]+ [0-9:]+ UTC$'
is 'snapshots are listed in their order' "$("$program" snapshots --json web | jq -r '.[0].label')" first

# --- putting one back ---------------------------------------------------------------------------------------------

need 'the container starts' start web
"$program" execute web -- sh -c 'rm -r /var/www/html && mkdir -p /var/www/html && echo second >/var/www/html/index.html && echo x >/etc/new && chmod 600 /etc/hostname'
fails 'a snapshot of a container that runs is refused' 'is running; stop it first' "$program" snapshot web second
ok 'it is made with --live' "$program" snapshot --live web second
like 'the container goes on' "$("$program" list | grep '^web ')" running
fails 'a restore of a container that runs is refused' 'is running; stop it first' "$program" restore web first
need 'it stops' "$program" stop web
limits=$(cat $record)
fails 'a restore from nothing is refused' "no snapshot 'third'" "$program" restore web third
before=$(files)
like 'a dry run says what would be done' "$("$program" restore --dry-run web first)" '^exchange'
ok 'as JSON, too' jq -e .operations <<<"$("$program" restore --dry-run --json web first)"
is 'and does nothing' "$(files)" "$before"
ok 'the first snapshot is put back' "$program" restore web first
is 'the directory is as it was, but for the random seed' "$(whole | grep -v random-seed)" "$(grep -v random-seed <<<"$first")"
is 'the record is as it was' "$(cat $record)" "$limits"
is 'and what the container was given' "$(sha256sum <$given)" "$(sha256sum <"$snapshots/first/given")"
need 'the container starts again' start web
like 'and serves what it did' "$(page web '')" .
ok 'the snapshot from the running container is put back' bash -c "'$program' stop web && '$program' restore web second"
need 'a container that was copied while it ran starts' start web
is 'and serves what it did then' "$(page web '')" second
ok 'a file that was new then is there' "$program" execute web -- test -e /etc/new
need 'it stops again' "$program" stop web

# --- an identity that has changed since ---------------------------------------------------------------------------

need 'the limit is changed' "$program" set --memory=1G web
sed -i 's/^Level=.*/Level=s0:c7,c9/; s/^\(Address=172\.31\.\)[0-9]*/\1255/; s/^Base=.*/Base=3735552/' $record
now=$(kept)
ok 'an earlier snapshot is put back' "$program" restore web first
is 'the container keeps its present identity' "$(kept)" "$now"
is 'and has its earlier limit' "$(sed -n 's/^Memory=//p' $record)" 512M
like 'its files have the present address' "$(cat $tree/etc/hosts)" "$(sed -n 's,^Address=\([0-9.]*\).*,\1,p' $record) web"
cp "$snapshots/first/record" $record

# --- unfinished ones, and removal ---------------------------------------------------------------------------------

mkdir -p "$snapshots/.new/tree/etc" # as if the program had been killed
is 'what is unfinished is not listed' "$("$program" snapshots --json web | jq length)" 3
fails 'and cannot be put back' 'cannot be the label' "$program" restore web .new
ok 'a snapshot is removed' "$program" snapshot --delete web second
fails 'and is gone' "no snapshot 'second'" "$program" restore web second
is 'so is what was unfinished' "$(find "$snapshots" -mindepth 1 -maxdepth 1 -name '.*')" ''
"$program" snapshots --json web | jq -r '.[].label' | while read -r label; do "$program" snapshot --delete web "$label"; done
is 'not even their directory' "$(ls -d "$filesystems"/.snapshots 2>/dev/null)" ''
ok 'a last snapshot is made' "$program" snapshot web last
"$program" delete web
is 'a deleted container has no snapshots' "$(ls -A "$filesystems")" ''

# --- another file system ------------------------------------------------------------------------------------------

other=/srv/other # not in a directory that users can write to
mkdir "$other"
if truncate -s 600M "$work/disk" && mkfs.btrfs -q "$work/disk" >/dev/null 2>&1 && mount -o loop "$work/disk" "$other" 2>/dev/null; then
	at_end() { delete_containers; umount "$other"; rmdir "$other"; }
	chmod 700 "$other"
	need 'create on another file system succeeds' create far --path="$other"
	dd if=/dev/urandom of="$other/far/var/large" bs=1M count=100 2>/dev/null
	sync -f "$other"
	used() { df --output=used -k "$other" | tail -n 1; }
	before=$(used)
	ok 'its snapshot is made' "$program" snapshot far one
	containers+=(near)
	ok 'and its clone' "$program" clone far near
	is 'both are on the same file system' "$(echo "$other"/*/ "$other"/.snapshots/*/)" "$other/far/ $other/near/ $other/.snapshots/far/"
	sync -f "$other"
	ok 'and share its blocks' test $(($(used) - before)) -lt 51200
	ok 'the snapshot is put back' "$program" restore far one
	is 'the large file is there' "$(stat -c %s "$other/far/var/large")" 104857600
	"$program" delete far
	"$program" delete near
	is 'nothing is left there' "$(ls -A "$other")" ''
else
	skip 'snapshots on a file system that shares blocks' 'no btrfs'
fi
done_testing
