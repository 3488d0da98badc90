#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# virt-sandbox where SELinux enforces: each sandbox is confined as a container is, with a level of its own, and sees and writes what
# it is meant to. tests/host/test-sandbox.sh has all else.
. "$(dirname "$0")/lib.sh"

sandbox=$(dirname "$program")/virt-sandbox
mark=sandbox-test-$$
kept=$filesystems/.$mark
at_end() { rm -rf "${kept:?}" /{etc,root,srv}/"${mark:?}"; }
of_sandbox=":$process_type:(s0:c[0-9]+,c[0-9]+)"

need 'setup makes the host ready' "$program" setup
for part in '' /root /levels; do
	is "the policy has the label of '/run/virt-sandbox$part'" "$(matchpathcon -n "/run/virt-sandbox$part" | cut -d : -f 3)" \
		"$(case $part in /root) echo virt_sandbox_root_t ;; *) echo virt_sandbox_runtime_t ;; esac)"
done
watch_denials

# The label of what runs, and of what it sees.
# shellcheck disable=SC2016 # the sandbox's shell expands it
"$sandbox" -n "$mark" sh -c 'ps -o label= $$; sleep 1000' >"$work/first" 2>&1 </dev/null &
wait_for grep -q "$process_type" "$work/first"
# shellcheck disable=SC2016
second=$("$sandbox" sh -c 'ps -o label= $$; ls -dZ /etc/passwd')
like 'a command runs in the domain of containers' "$(cat "$work/first")" "$of_sandbox"
like 'so does another one' "$second" "$of_sandbox"
level=$(grep -oE 's0:c[0-9]+,c[0-9]+' "$work/first")
unlike 'two sandboxes have two levels' "$second" "$level(\$|[^0-9])"
# The other one may still be going when its command has ended.
reserved() { [ "$(ls /run/virt-sandbox/levels)" = "$level" ]; }
ok 'that level is reserved, and soon no other one' wait_for reserved
is 'all processes of a sandbox have its level' "$(processes "$process_type" | cut -d ' ' -f 1 | uniq)" "$level"
is 'what it sees of the host has the label of its files, with its level' "$(sed -n 's/^[^:]*:[^:]*:\(.*\) .*/\1/p' <<<"$second")" \
	"$file_type:$(grep -oEm 1 's0:c[0-9]+,c[0-9]+' <<<"$second")"
first=$!
# shellcheck disable=SC2016
like 'what --shell runs has the label of the sandbox' "$("$sandbox" -l "$mark" sh -c 'ps -o label= $$')" ":$process_type:$level\$"
like 'on a terminal, too' "$(on_terminal "shows ready; echo typed" "$sandbox -l $mark sh -c 'echo ready; read a; echo got \$a'")" '^got typed'
kill $first
wait $first
is 'the directories have the labels of the policy' "$(restorecon -nvr /run/virt-sandbox)" ''

# Streams, a terminal, the working directory.
is 'streams can be used, and opened again' "$(echo in | "$sandbox" sh -c 'cat; echo out >/dev/stdout; echo err >/dev/stderr; exit 3' 2>&1; echo $?)" \
	$'in\nout\nerr\n3'
like 'a command has a terminal' "$(on_terminal "shows ready; echo typed" "$sandbox sh -c 'echo ready; read a; echo got \$a'")" '^got typed'
mkdir -p "/root/$mark" "/srv/$mark"
(umask 077 && echo source >"/root/$mark/file")
cd "/root/$mark" || exit
is 'a working directory is shown, whatever its label, and nothing is written' "$("$sandbox" sh -c 'cat file; touch file || id -u; cat /etc/shadow' 2>"$work/errors")" $'source\n0'
like 'a secret of the host stays closed' "$(cat "$work/errors")" "/etc/shadow: Permission denied"

# The end: its keeper has libvirt destroy it.
"$sandbox" -n "$mark" sh -c 'echo ready; sleep 1000' >"$work/said" 2>&1 </dev/null &
wait_for grep -q ready "$work/said"
kill -KILL $!
wait $! 2>/dev/null
no_names() { [ "$(ls /run/virt-sandbox/names)" = '' ]; }
ok 'a sandbox whose virt-sandbox was killed ends' wait_for no_names

# Writing.
changes="echo new >>file; mkdir /etc/$mark; echo new >/etc/$mark/new; mv /etc/$mark/new /etc/$mark/moved; cat file"
is '--write=throw lets a command write' "$("$sandbox" --write=throw sh -c "$changes")" $'source\nnew'
is '--write=keep lets a command write' "$("$sandbox" --write=keep="$kept" sh -c "$changes")" $'source\nnew'
before=$(label file)
ok 'apply succeeds' "$sandbox" apply "$kept"
is 'a file that was changed keeps its label' "$(label file)" "$before"
is 'a file that was added has the label of the policy' "$(label "/etc/$mark/moved")" "$(label /etc)"
cd / || exit

# Networks, rights and levels. The walls are put back by our program in its own domain, which has to see the sandbox there.
"$sandbox" -n "$mark" -N sandbox sh -c 'echo ready; sleep 1000' >"$work/said" 2>&1 </dev/null &
wait_for grep -q ready "$work/said"
is 'a sandbox on a network finds itself by its name, and another one' \
	"$("$sandbox" -N sandbox sh -c "getent hosts $mark.sandbox \$(hostname).sandbox" | grep -c '\.sandbox$')" 2
walls() { nft list table bridge virt_sandbox | grep -oE 'chain vs[^ ]*'; }
one_wall() { [ "$(walls | wc -l)" = 1 ]; } # the other sandbox may still be going
ok 'one sandbox is left on the network' wait_for one_wall
wall=$(walls)
nft delete table bridge virt_sandbox
ok 'setup puts back the walls' "$program" setup
is 'that of the sandbox, too' "$(walls)" "$wall"
kill $!
wait $!
ok 'with --privileged, root looks at packets and changes its network' \
	"$sandbox" -p -N sandbox sh -c 'ip link set eth0 mtu 1400 && python3 -c "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3)"'
# shellcheck disable=SC2016
like '--security gives the level that was asked for' \
	"$("$sandbox" -s "static,label=system_u:system_r:$process_type:s0:c901,c902" sh -c 'ps -o label= $$; ls -Z /etc/passwd' | tr '\n' ' ')" \
	"$process_type:s0:c901,c902 .*$file_type:s0:c901,c902"

# Mounts: the labels of the host count.
echo public >"/srv/$mark/file"
chcon -R -t "$file_type" "/srv/$mark"
is '--mount shows a directory with the label of files of containers' \
	"$("$sandbox" -m "host-bind:/mnt/x=/srv/$mark" sh -c 'cat /mnt/x/file; touch /mnt/x/new'; ls "/srv/$mark")" $'public\nfile\nnew'
is 'SELinux denied nothing' "$(denials)" ''
chcon -R -t default_t "/srv/$mark"
fails '--mount of a directory with another label cannot be read' 'denied' "$sandbox" -m "host-bind:/mnt/x=/srv/$mark" cat /mnt/x/file
like 'a control: denials are seen' "$(denials)" "$process_type"
done_testing
