#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# set --path: a container's directory, or the image in its place, moves to another one, on another file system or not, with all that
# is in it. Killed, interrupted or after an error at a sample of all places, the container is in one of the two, or the same command,
# or 'delete', says how to go on.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

place=/srv/move # on another file system, and closed to users
record=/etc/libvirt-sandbox/services/moved.sandbox
at_end() {
	delete_containers
	rm -rf "$place" "$place.open"
} 2>/dev/null

owned() { { files && find "$place" -printf '%p %y %m %U:%G\n'; } | sort; }
# What a container has, of a tree that is not in an image.
tree() { (cd "$1" && find . -type d -printf '%P %m %U:%G %T@\n' -o ! -type s -printf '%P %y %m %U:%G %s %T@ %l\n' | sort); }
path() { sed -n 's/^Path=//p' "$record"; }
no_loops() { ! losetup --noheadings --output BACK-FILE | grep -qF -e "$filesystems/" -e "$place/"; }

need 'setup makes the host ready' "$program" setup
setsebool virt_sandbox_images on 2>/dev/null # with SELinux
mkdir -m 700 "$place"
mkdir -m 755 "$place.open"
before=$(owned)
need 'create succeeds' create moved
need 'it starts' start moved
inside moved 'echo kept >/var/tmp/kept'
fails 'set --path refuses a container that runs' 'is running' "$program" set --path="$place" moved
"$program" stop moved
clean=$(owned) tree=$(tree "$filesystems/moved")
fails 'and a directory that users can enter' 'chmod 700' "$program" set --path="$place.open" moved
fails 'and one that is not there' 'No such file' "$program" set --path="$place/none" moved
fails 'and other changes together with it' 'change nothing else' "$program" set --path="$place" --memory=1G moved
mkdir "$place/moved"
fails 'and the place of something else' "'$place/moved' already exists" "$program" set --path="$place" moved
rmdir "$place/moved"
need 'a snapshot is made' "$program" snapshot moved one
fails 'and a container with snapshots' 'would not come along' "$program" set --path="$place" moved
"$program" snapshot --delete moved one
like 'a dry run says what it would do' "$("$program" set --path="$place" --dry-run moved)" "tree +$place/moved"
is 'all of this changes nothing' "$(owned)" "$clean"
is 'the directory that it has is no change' "$("$program" set --path="$filesystems" moved; echo $?)" "Container 'moved' is in '$filesystems/moved'
0"
mkdir -p "$filesystems/.snapshots/moved/.new/tree" # as after a snapshot that was killed
is 'set --path moves it' "$("$program" set --path="$place" moved)" "Moved container 'moved' to '$place/moved'"
is 'all that it had is there' "$(tree "$place/moved")" "$tree"
is 'and no longer where it was' "$(find "$filesystems" -name '*moved*')" ''
is 'the record beside it has come along' "$(grep -c "^Path=$place/moved$" "$place/.moved.sandbox")" 1
is 'the unit waits for the new place' "$(systemctl show -P RequiresMountsFor moved_sandbox.service | grep -owc "$place/moved")" 1
need 'it starts there' start moved
is 'with its data' "$(inside moved 'cat /var/tmp/kept')" kept
"$program" stop moved
tree=$(tree "$place/moved")
ok 'set --path moves it back' "$program" set --path="$filesystems" moved
is 'where it is as before' "$(tree "$filesystems/moved")" "$tree"
is 'and nothing is left elsewhere' "$(ls -A "$place")" ''
clean=$(owned)

# after STATUS: prints what is wrong, and takes all back.
after() {
	local at
	at=$(path)
	case $1 in 0 | 130 | 137 | 143) ;; *) [ -s "$work/err" ] || echo 'it says nothing' ;; esac
	[ "$1" != 0 ] || [ "$at" = "$place/moved" ] || echo 'after success, it is where it was'
	if ! grep -qx State=ready "$record"; then
		"$program" start moved 2>"$work/err" && echo 'it starts before it is complete'
		grep -q "set --path=DIRECTORY moved' completes that" "$work/err" || echo "start does not say what to do: $(cat "$work/err")"
	elif [ "$1" = 137 ] && [ "$at" = "$filesystems/moved" ]; then
		[ "$(owned)" = "$clean" ] || diff -U 0 <(echo "$clean") <(owned)
	fi
	{ "$program" set --path="$filesystems" moved >/dev/null; } 2>&1
	[ "$(owned)" = "$clean" ] || diff -U 0 <(echo "$clean") <(owned)
	if [ -d "$filesystems/moved" ]; then [ "$(tree "$filesystems/moved")" = "$tree" ] || echo 'its directory is not whole'; fi
}
# sweep WHAT FAULT CLASS FEW
sweep() {
	local count n=0 point complaint
	: >"$work/output"
	"$work/fault" count "$3" 0 "$program" set --path="$place" moved 3>"$work/count" >/dev/null 2>"$work/err"
	after $? >>"$work/output"
	count=$(cat "$work/count")
	for point in $(points "$count" "$4"); do
		timeout 600 "$work/fault" "$2" "$3" "$point" "$program" set --path="$place" moved >/dev/null 2>"$work/err"
		complaint=$(after $?)
		[ -z "$complaint" ] || echo "at call $point: $complaint" >>"$work/output"
		n=$((n + 1))
	done
	[ $n -gt 0 ] && [ ! -s "$work/output" ]
	report $? "$1: $2 at $n of $count calls ($3) of a move: it is in one place or the other"
}
sweep 'a directory' KILL change 3
sweep 'a directory' INT change 1
sweep 'a directory' EIO all 2

# What a kill leaves goes with the container.
count=$("$work/fault" count change 0 "$program" set --path="$place" moved 3>&1 >/dev/null 2>&1)
"$program" set --path="$filesystems" moved >/dev/null
for point in $((count / 2)) $((count - 8)); do
	"$work/fault" KILL change "$point" "$program" set --path="$place" moved >/dev/null 2>&1
	ok "delete of a container whose move was killed at call $point succeeds" "$program" delete moved
	is 'and leaves nothing' "$(owned)" "$before"
	need 'it is made again' create moved
done
"$program" delete moved

need 'create with an image succeeds' create moved --disk=64M
clean=$(owned)
ok 'set --path moves the image' "$program" set --path="$place" moved
is 'which is the only thing there' "$(stat -c '%F %s %a' "$place/moved")" 'regular file 67108864 600'
need 'it starts' start moved
"$program" stop moved
ok 'and back' "$program" set --path="$filesystems" moved
clean=$(owned)
sweep 'an image' KILL change 2
sweep 'an image' EIO all 1
ok 'no loop device is left' wait_for no_loops
"$program" delete moved
is 'nothing is left of it' "$(owned)" "$before"
done_testing
