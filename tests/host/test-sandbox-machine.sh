#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# virt-sandbox -c qemu:///system: statuses, streams, signals and limits of commands in virtual machines; that these see what every
# user of the host may read, change nothing, and leave nothing. What needs no machine is tested without a guest kernel, too.
. "$(dirname "$0")/lib.sh"

sandbox=$(dirname "$program")/virt-sandbox
mark=machine-test-$$
at_end() { rm -rf "/root/$mark" "/srv/$mark"; }
uri=qemu:///system

# status COMMAND...: prints its exit status.
status() { "$@" >/dev/null 2>&1 </dev/null; echo $?; }
refuses() { fails "$1" "$2" "$sandbox" -c $uri "${@:3}" true; }

# What is decided before there is a machine.
is 'an engine that does not exist has the status 125' "$(status "$sandbox" -c xen:///system true)" 125
fails 'a kernel that the host does not have is told, and what to do' "no image of kernel 'nosuch'.*--kernel" "$sandbox" -c $uri --kernel nosuch true
is 'it has the status 125' "$(status "$sandbox" -c $uri --kernel nosuch true)" 125
fails 'a kernel that is missing is told' 'Cannot read kernel' "$sandbox" -c $uri --kernel-path /nosuch true
refuses 'a machine keeps nothing' 'cannot be kept' "--write=keep=$work/kept"
refuses 'a machine shows no changes' 'cannot be kept or shown' --write=throw --diff
refuses 'a machine shows nothing that is covered' 'neither --include nor --show' --show=/etc/shadow
refuses 'a machine has no limit of tasks' 'no limit of tasks' --tasks=100
refuses 'a machine has no disk' 'no --disk' --disk=100M
refuses 'a machine has no network' 'no --network' --network=sandbox
refuses 'a machine needs memory' '128M or more' --memory=64M
refuses 'a machine cannot write to the host' ':ro' "--mount=host-bind:/mnt=/srv"
fails 'a kernel is only for a machine' 'need -c qemu:///system' "$sandbox" --kernel nosuch true

# The newest kernel of the host that has an image and modules.
kernel=
for dep in /usr/lib/modules/*/modules.dep; do
	release=${dep%/modules.dep} release=${release##*/}
	if [ -e "/boot/vmlinuz-$release" ] || [ -e "/usr/lib/modules/$release/vmlinuz" ]; then kernel=$release; fi
done
why=
[ -n "$kernel" ] || why='this host has no kernel image with modules, such as that of linux-image-amd64'
virsh --connect $uri version >/dev/null 2>&1 || why='this host has no libvirt with its QEMU driver, or no QEMU'
if [ -n "$why" ]; then
	skip 'commands run in virtual machines' "$why"
	done_testing
fi
machine() { "$sandbox" -c $uri --kernel "$kernel" "$@"; }

# The first use may be under any umask, and the engines enter their directories as ordinary users.
fails 'a file that is no kernel is told, and not copied for everybody' 'is no kernel' machine --kernel-path /etc/shadow true
find /var/cache/virt-sandbox-service/guests -mindepth 1 -delete
rmdir /var/cache/virt-sandbox-service/guests /var/cache/virt-sandbox-service 2>/dev/null

need 'a command runs in a virtual machine, at first under umask 077' sh -c "umask 077; exec '$sandbox' -c $uri --kernel $kernel true"
is 'what was made then can be entered' "$(stat -c %a /var/cache/virt-sandbox-service/guests /run/virt-sandbox/root)" $'755\n755'
is 'its exit status is the command'"'"'s' "$(status machine sh -c 'exit 7')" 7
is 'a command that a signal kills has the status 128 and the signal' "$(status machine sh -c 'kill -9 $$')" 137
is 'a command that does not exist has the status 127' "$(status machine nosuch)" 127
like 'the domain is a virtual machine of a user without rights' "$(machine --dry-run true)" '<label>\+[1-9][0-9]{5,}:\+[1-9]'
cp "/boot/vmlinuz-$kernel" "$work/kernel" 2>/dev/null || cp "/usr/lib/modules/$kernel/vmlinuz" "$work/kernel"
ln -s "/usr/lib/modules/$kernel" "$work/modules"
ok 'a kernel and its modules are found from the caller'"'"'s directory' sh -c "cd '$work' && exec '$sandbox' -c $uri --kernel-path kernel --modules modules --dry-run true"

head -c 3M /dev/urandom >"$work/data"
ok 'streams go through it unchanged, and apart' sh -c "'$sandbox' -c $uri --kernel $kernel sh -c 'cat | tee /dev/stderr' <'$work/data' 2>'$work/errors' |
	cmp - '$work/data' && cmp '$work/errors' '$work/data'"
is 'a command whose reader is gone gets SIGPIPE' "$(machine yes | head -n 1; echo "${PIPESTATUS[0]}")" $'y\n141'

# What it sees, and what it cannot do, in one machine.
mkdir -p "/root/$mark/project" "/srv/$mark/private"
echo source >"/root/$mark/project/file"
echo "$mark secret" | tee "/root/$mark/secret" "/srv/$mark/secret" "/srv/$mark/private/file" >/dev/null
echo public >"/srv/$mark/public"
chmod 600 "/srv/$mark/secret"
chmod 700 "/srv/$mark/private"
before=$(find /etc /srv /root -xdev -printf '%p %y %m %U:%G %s %T@\n' 2>/dev/null | sort)
# shellcheck disable=SC2016 # the machine's shell expands it
script='pwd; cat file; cat /srv/'$mark'/public; cat /srv/'$mark'/secret /srv/'$mark'/private/file /etc/shadow; id -u; echo "$A"; ls -A /root /tmp /run /home
	for d in / /etc /usr /srv /srv/'$mark' .; do touch $d/new; mkdir $d/new.d; mount -o remount,rw $d; touch $d/new; done
	echo x >>/etc/passwd; ls /sys/class/net; touch /tmp/t && echo wrote; exec 2>&1; touch /usr/bin/new'
seen=$(cd "/root/$mark/project" && machine -e 'A=b  c' sh -c "$script" 2>/dev/null)
is 'it sees the working directory, and what everybody may read, and nothing else' "$seen" "/root/$mark/project
source
public
0
b  c
/home:

/root:
$mark

/run:

/tmp:
lo
wrote
touch: cannot touch '/usr/bin/new': Read-only file system"
is 'a control: the root of the host reads the secrets' "$(grep -rl "$mark secret" "/srv/$mark" "/root/$mark" | wc -l)" 3
is 'it changes nothing of the host' "$(find /etc /srv /root -xdev -printf '%p %y %m %U:%G %s %T@\n' 2>/dev/null | sort | diff - <(echo "$before"))" ''

written=$(cd "/root/$mark/project" && machine --write=throw --memory=256M -u daemon -m ram:/mnt/r=1M -m "host-bind:/mnt/b=/srv/$mark:ro" \
	sh -c 'id -un; cat /mnt/b/public; stat -f -c %T /mnt/r' 2>&1)
is 'it has mounts, a user and memory as asked for' "$written" $'daemon\npublic\ntmpfs'
# shellcheck disable=SC2016
is 'with --write=throw, it writes to what it sees' \
	"$(cd "/root/$mark/project" && machine --write=throw sh -c 'echo new >file; cat file; echo x >/usr/bin/new; rm /usr/bin/env; ls /usr/bin/new /usr/bin/env' 2>/dev/null)" \
	$'new\n/usr/bin/new'
is 'and the host stays the same' "$(cat "/root/$mark/project/file"; ls /usr/bin/new /usr/bin/env 2>/dev/null)" $'source\n/usr/bin/env'

# Signals, time, the terminal, and the end.
shown=$(on_terminal 'shows ready; echo typed' "stty rows 33 cols 99; $sandbox -c $uri --kernel $kernel sh -c 'tty; stty size; echo ready; read a; echo got \$a; exit 3'; echo status \$?")
like 'a command has a terminal' "$shown" '^/dev/pts/[0-9]+$'
like 'it has the size of the caller'"'"'s' "$shown" '^33 99$'
like 'what is typed arrives' "$shown" '^got typed$'
like 'and so does the status' "$shown" '^status 3$'
: >"$work/said"
"$sandbox" -c $uri --kernel "$kernel" sh -c 'trap "echo caught; exit 7" TERM; echo ready; while :; do sleep 0.1; done' >"$work/said" 2>/dev/null </dev/null &
wait_for grep -q ready "$work/said"
kill $!
wait $!
is 'a signal is passed on' "$? $(tail -n 1 "$work/said")" '7 caught'
is 'a time limit ends a machine with the status 124' "$(status machine --timeout 1 sleep 1000)" 124
fails 'a kernel that panics is told' 'The kernel of the virtual machine has panicked: ' machine sh -c 'echo c >/proc/sysrq-trigger; sleep 1000'
: >"$work/said"
"$sandbox" -c $uri --kernel "$kernel" sh -c 'echo ready; sleep 1000' >"$work/said" 2>/dev/null </dev/null &
command=$!
wait_for grep -q ready "$work/said"
like 'a control: while it runs, there is a domain' "$(virsh --connect $uri list --name)" '^sandbox-'
like 'a control: and an emulator' "$(pgrep -c qemu-system)" '^[1-9]'
is 'which does not run as root' "$(pgrep -U 0 -c qemu-system)" 0
holder=$(pgrep -f 'guest-init hold')
is 'the process that shows it the files has a user without rights, too' "$(awk '/^CapEff/ { print $2 }' "/proc/$holder/status"; stat -c %u "/proc/$holder" | grep -c '^0$')" $'0000000000000000\n0'
is 'it is in no directory but that' "$(readlink "/proc/$holder/cwd")" "$(readlink "/proc/$holder/fd/3")"
is 'and nothing else that could be taken from it' "$(find "/proc/$holder/fd" -type l -printf '%f '; tr '\0' '\n' <"/proc/$holder/environ")" '0 1 2 3 '
left() {
	virsh --connect "$uri" list --all --name | grep '^sandbox-'
	find /run/virt-sandbox/names /run/virt-sandbox/ids /run/virt-sandbox/levels -type f
	pgrep -a qemu-system
	pgrep -af 'guest-init hold'
	grep -h /run/virt-sandbox /proc/1/mountinfo
}
gone() { [ -z "$(left)" ]; }
unlike 'a control: all of it is there' "$(left)" '^$'
kill -9 "$command"
wait "$command" 2>/dev/null
ok 'when the command is killed, nothing is left' wait_for gone

: >"$work/said"
"$sandbox" -c $uri --kernel "$kernel" sh -c 'yes >/dev/ttyS0 & echo ready; sleep 1000' >"$work/said" 2>/dev/null </dev/null &
command=$!
wait_for grep -q ready "$work/said"
kill -9 "$command"
wait "$command" 2>/dev/null
ok 'nor when the machine writes to its serial line all the time' wait_for gone

# A kernel that QEMU enters by PVH, and that does nothing: an ELF header, two program headers, a note, and a jump to itself.
{
	printf '\x7fELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\x3e\0\1\0\0\0\0\1\x10\0\0\0\0\0\x40\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x40\0\x38\0\2\0\0\0\0\0\0\0'
	printf '\1\0\0\0\5\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\2\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\x10\0\0\0\0\0\0'
	printf '\4\0\0\0\4\0\0\0\xc0\0\0\0\0\0\0\0\xc0\0\x10\0\0\0\0\0\xc0\0\x10\0\0\0\0\0\x14\0\0\0\0\0\0\0\x14\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0'
	head -c 16 /dev/zero
	printf '\4\0\0\0\4\0\0\0\x12\0\0\0Xen\0\0\1\x10\0'
	head -c 44 /dev/zero
	printf '\xeb\xfe'
	head -c 254 /dev/zero
} >"$work/hangs"
: >"$work/said"
"$sandbox" -c $uri --kernel "$kernel" --kernel-path "$work/hangs" true >/dev/null 2>"$work/said" </dev/null &
command=$!
wait_for pgrep qemu-system >/dev/null
sleep 1
ok 'a control: a kernel that hangs runs on' kill -0 "$command"
kill "$command"
wait "$command"
is 'a signal ends a machine that hangs as it boots' "$? $(grep -c 'ended by a signal before' "$work/said")" '125 1'
ok 'and nothing of it is left' wait_for gone
done_testing
