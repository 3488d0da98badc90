#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# virt-sandbox: statuses, streams, terminals, signals and time limits of commands in sandboxes; that these see the host's system but
# nothing that is not for everybody, change nothing, and leave nothing.
. "$(dirname "$0")/lib.sh"

sandbox=$(dirname "$program")/virt-sandbox
mark=sandbox-test-$$
places=(/etc /usr/local /opt /srv /var/lib)
run=/run/virt-sandbox
at_end() { for place in "${places[@]}" /usr/local/etc /root /home; do rm -rf "${place:?}/$mark" "$place/$mark.d"; done; }

need 'setup makes the host ready' "$program" setup
need 'a command runs in a sandbox' "$sandbox" true

# status COMMAND...: prints its exit status.
status() { "$@" >/dev/null 2>&1 </dev/null; echo $?; }
# Its standard output and standard error would be merged in any order.
in_sandbox() { "$sandbox" -- sh -c "exec 2>&1; $1" </dev/null; }

# Statuses.
for n in 0 1 2 77 124 125 126 127 128 255; do
	is "the exit status $n is the command's" "$(status "$sandbox" sh -c "exit $n")" "$n"
done
for signal in 1 2 6 9 11 13 15; do
	is "a command killed by signal $signal has the status $((128 + signal))" "$(status "$sandbox" sh -c "kill -$signal \$\$")" $((128 + signal))
done
is 'a command that does not exist has the status 127' "$(status "$sandbox" nosuch)" 127
is 'a file that cannot be executed has the status 126' "$(status "$sandbox" /etc/passwd)" 126
is 'a directory that does not exist has the status 126' "$(status "$sandbox" --cwd /nosuch true)" 126
is 'an unknown option has the status 125' "$(status "$sandbox" --nosuch true)" 125
is 'a user that does not exist has the status 125' "$(status "$sandbox" -u nosuch true)" 125
is 'no command has the status 125' "$(status "$sandbox")" 125
fails 'a command that does not exist is told' "cannot run 'nosuch': No such file" "$sandbox" nosuch
fails 'what virt-sandbox cannot do is told by its name' '^virt-sandbox: There is no user' "$sandbox" -u nosuch true
is 'the end of the command ends its sandbox' "$(status "$sandbox" sh -c 'sleep 1000 & exit 5')" 5

# Streams.
head -c 20M /dev/urandom >"$work/data"
ok '20 MiB go through a sandbox unchanged' sh -c "'$sandbox' cat <'$work/data' | cmp - '$work/data'"
is 'standard output and standard error are apart' "$("$sandbox" sh -c 'echo out; echo err >&2' 2>"$work/errors"; cat "$work/errors")" $'out\nerr'
ok 'both carry 20 MiB at once' sh -c "'$sandbox' sh -c 'cat | tee /dev/stderr' <'$work/data' 2>'$work/errors' | cmp - '$work/data' && cmp '$work/errors' '$work/data'"
is 'a command whose reader is gone gets SIGPIPE' "$("$sandbox" yes | head -n 1; echo "${PIPESTATUS[0]}")" $'y\n141'
is 'a command may leave its input unread' "$(status sh -c "'$sandbox' true <'$work/data'")" 0
is 'closed streams are no obstacle' "$(status sh -c "'$sandbox' sh -c 'exit 3' <&- >&- 2>&-")" 3
is 'a command has no descriptors but 0, 1 and 2' "$("$sandbox" sh -c 'ls /proc/$$/fd' 5</etc/passwd | tr '\n' ' ')" '0 1 2 '
is 'arguments arrive as they are' "$("$sandbox" printf '<%s>' '' ' a  b' $'c\nd' '*' '--x')" $'<>< a  b><c\nd><*><--x>'
is 'no variable of the caller is passed on' "$(SECRET=x "$sandbox" sh -c 'env | grep -c SECRET')" 0
# shellcheck disable=SC2016 # the sandbox's shell expands it
is '--env sets a variable' "$("$sandbox" -e A='b  c' sh -c 'echo "$A"')" 'b  c'

# Terminals and signals.
shown=$(on_terminal "shows ready; echo typed" "stty rows 33 cols 99; $sandbox sh -c 'tty; stty size; echo ready; read a; echo got \$a; exit 3'; echo status \$?")
like 'a command has a terminal of its own if the caller has one' "$shown" '^/dev/pts/[0-9]+$'
like 'the terminal has the size of the caller'"'"'s' "$shown" '^33 99$'
like 'what is typed arrives' "$shown" '^got typed$'
like 'a command on a terminal has its status' "$shown" '^status 3$'
like 'Ctrl-C on the terminal interrupts the command' "$(on_terminal 'shows ready; printf "\003"' "$sandbox sh -c 'echo ready; sleep 1000'; echo status \$?")" 'status 130$'
shown=$(on_terminal 'prompt; echo "sleep 1000"; sleep 1; printf "\032"; shows Stopped; echo jobs; shows "Stopped.*sleep"; echo "kill %1; exit"; echo exit' "$sandbox bash --norc")
like 'a shell on the terminal has job control' "$shown" 'Stopped'
rm -f "$work/after"
is 'the terminal has its old settings afterwards' \
	"$(on_terminal '' "stty -g >$work/before; $sandbox stty raw -echo; stty -g >$work/after" >/dev/null; cat "$work/after")" "$(cat "$work/before")"

# with_signal SIGNAL SCRIPT: prints the output and the status of the script, whose sandbox gets the signal once it prints 'ready'.
with_signal() {
	: >"$work/said"
	env --default-signal="$1" "$sandbox" sh -c "$2" >"$work/said" 2>/dev/null </dev/null & # '&' makes a shell ignore some
	wait_for grep -q ready "$work/said"
	kill "-$1" $!
	wait $!
	echo "$? $(tail -n 1 "$work/said")"
}
for signal in HUP INT QUIT TERM; do
	is "SIG$signal is passed on" "$(with_signal $signal "trap 'echo caught; exit 7' $signal; echo ready; while :; do sleep 0.1; done")" '7 caught'
done
is 'a signal that the command does not handle ends it' "$(with_signal TERM 'echo ready; exec sleep 1000')" '143 ready'
is 'a time limit ends a command with the status 124' "$(status "$sandbox" --timeout 1 sleep 1000)" 124
is 'a time limit ends one that ignores SIGTERM' "$(status "$sandbox" --timeout 1 sh -c 'trap "" TERM; while :; do sleep 1; done')" 124
is 'a command that is in time keeps its status' "$(status "$sandbox" --timeout 10m sh -c 'exit 9')" 9

# Users and directories.
# shellcheck disable=SC2016
is 'root is root' "$(in_sandbox 'id -u; id -g; echo $HOME')" $'0\n0\n/root'
is '--user runs the command as that user of the host' "$("$sandbox" -u daemon id -un)" daemon
is '--cwd runs the command in that directory' "$("$sandbox" --cwd /usr/lib pwd)" /usr/lib
is 'a working directory that is shared stays the same' "$(cd /usr/share && "$sandbox" pwd)" /usr/share
mkdir -p "/root/$mark/project" "/home/$mark/project"
echo secret | tee "/root/$mark-key" "/home/$mark/key" "/root/$mark/key" >/dev/null
echo source | tee "/root/$mark/project/file" "/home/$mark/project/file" >/dev/null
chmod 600 "/root/$mark/project/file"
is 'a working directory in the home of root is shown, and nothing else there' \
	"$(cd "/root/$mark/project" && in_sandbox "cat file; ls -A /root /root/$mark")" "source
/root:
$mark

/root/$mark:
project"
rm -f "/root/$mark-key"
is 'a working directory cannot be written to' "$(cd "/home/$mark/project" && in_sandbox 'touch new || cat file')" \
	"touch: cannot touch 'new': Read-only file system
source"
is 'a home is not shown as a working directory' "$(cd "/home/$mark" && in_sandbox "pwd; ls /home")" /
is 'the directories of people and programs are empty' "$(cd / && in_sandbox 'find /home /root /tmp /var/tmp /run -mindepth 1')" ''

# Secrets: what not everybody on the host may read, wherever it lies, and whoever it belongs to.
plant() {
	local place
	for place in "${places[@]}"; do
		mkdir -p "$place/$mark/closed" && chmod 711 "$place/$mark/closed" || return
		echo "$mark secret" | tee "$place/$mark/"{root,group,closed/file} >/dev/null
		mkdir -p "$place/$mark/private" && chmod 700 "$place/$mark/private" && echo "$mark secret" >"$place/$mark/private/file"
		chmod 600 "$place/$mark/root"
		chmod 640 "$place/$mark/group"
		chmod 600 "$place/$mark/closed/file"
		echo public >"$place/$mark/public"
	done
}
ok 'secrets can be planted' plant
for place in "${places[@]}"; do
	is "a control: the host's root reads secrets in '$place'" "$(grep -rl "$mark secret" "$place/$mark" | wc -l)" 4
	is "a sandbox reads no secret in '$place'" "$(in_sandbox "grep -rs '$mark secret' $place/$mark; cat $place/$mark/closed/file 2>&1 | grep -c denied")" 1
	is "a sandbox reads in '$place' what everybody may read" "$(in_sandbox "cat $place/$mark/public")" public
done
for file in /etc/shadow /etc/gshadow; do
	fails "a sandbox does not read '$file'" 'denied' in_sandbox "cat $file"
done
ok 'another user of the sandbox does not read them either' test "$("$sandbox" -u daemon cat /etc/shadow 2>&1 | grep -c denied)" = 1

# Secrets by content, which everybody on the host may read: only in the places of configuration.
keys=(/etc /usr/local/etc)
for place in "${keys[@]}"; do
	mkdir -p "$place/$mark/keys/closed"
	chmod 750 "$place/$mark/keys/closed"
	ssh-keygen -q -t ed25519 -N '' -C "$mark" -f "$place/$mark/keys/ssh"
	openssl genpkey -algorithm ed25519 -out "$place/$mark/keys/tls" 2>/dev/null
	printf '\5\2\0\0\0\x2f\0\1\0\4HOME\0\4host\0\0\0\1\0\0\0\0\2\0\x12\0\x10aaaabbbbccccdddd' >"$place/$mark/keys/tab"
	echo public >"$place/$mark/keys/later"
	chmod 644 "$place/$mark/keys/"{ssh,tls,tab}
	is "a sandbox does not read keys in '$place' that everybody can read" \
		"$(in_sandbox "cd $place/$mark/keys && cat ssh tls tab 2>&1 | grep -c denied; setpriv --reuid 1 cat ssh tls tab 2>&1 | grep -c denied")" $'3\n3'
	is "a control: users of the host do in '$place'" "$(setpriv --reuid 1 --clear-groups cat "$place/$mark/keys/"{ssh,tls,tab} | wc -c)" \
		"$(cat "$place/$mark/keys/"{ssh,tls,tab} | wc -c)"
	is "what lies beside keys in '$place' is as it is" "$(in_sandbox "cd $place/$mark/keys && cat ssh.pub later | wc -l; stat -c '%n %a %F' . closed later; ls")" \
		"2
. 755 directory
closed 750 directory
later 644 regular file
$(printf '%s\n' closed later ssh ssh.pub tab tls)"
	cat "$place/$mark/keys/tls" >"$place/$mark/keys/later"
	is "a file in '$place' that has become a key is not read any more" "$(in_sandbox "cat $place/$mark/keys/later 2>&1 | grep -c denied")" 1
	# shellcheck disable=SC2016 # the sandbox's shell expands it
	unlike "root in a sandbox that may write does not read it either" "$("$sandbox" --write=throw -e at="$place/$mark/keys" sh -c '
		chmod 666 $at/*; cp -r $at /tmp; mount --bind $at /mnt; cat /mnt/*; mkdir /tmp/u /tmp/w
		mount -t overlay -o lowerdir=$at:/mnt none /media; cat /media/*; mv $at $at.2; cat $at.2/* /tmp/*/*; mount -o remount,rw $at.2; cat $at.2/*' 2>/dev/null)" 'PRIVATE|aaaabbbb'
done
# What is shown on purpose. Files in /etc can be read only if its file system can be mapped.
shown_key=/usr/local/etc/$mark/keys/tls
chmod 600 "$shown_key"
mkdir -p "/home/$mark/.ssh" "/srv/$mark/private/deep"
install -m 600 "$shown_key" "/home/$mark/.ssh/id"
install -m 600 "$shown_key" "/srv/$mark/private/deep/key"
is '--show shows a key, and nothing beside it that is closed' \
	"$("$sandbox" --show "$shown_key" sh -c "cat $shown_key; cat ${shown_key%tls}ssh 2>&1 | grep -c denied" 2>"$work/errors")" "$(cat "$shown_key"; echo 1)"
like '--show says what it exposes' "$(cat "$work/errors")" "^virt-sandbox: warning: '$shown_key' is shown, and holds a secret \(pem\)"
is '--show of a file shows nothing else of a home' "$("$sandbox" --show "/home/$mark/.ssh/id" sh -c "find /home -type f; cat /home/$mark/.ssh/id" 2>/dev/null)" \
	"/home/$mark/.ssh/id
$(cat "$shown_key")"
is '--show shows a home, and says that there is a key in it' "$("$sandbox" --show "/home/$mark" sh -c "cat /home/$mark/.ssh/id" 2>&1 | tr '\n' ' ')" \
	"virt-sandbox: warning: '/home/$mark' is shown, and has a file with a secret, 'id' (pem), which the sandbox can read. $(tr '\n' ' ' <"$shown_key")"
is '--show shows a closed directory' "$("$sandbox" --show "/srv/$mark/private" sh -c "cat /srv/$mark/private/deep/key" 2>/dev/null)" "$(cat "$shown_key")"
is 'users of the sandbox read what modes allow' "$("$sandbox" -u daemon --show "/srv/$mark/private" sh -c "cat /srv/$mark/private/deep/key 2>&1 | grep -c denied" 2>/dev/null)" 1
# shellcheck disable=SC2016 # the sandbox's shell expands it
unlike 'what is shown cannot be written to, also with --write' "$(for write in no throw; do "$sandbox" --write=$write --show "$shown_key" --show "/srv/$mark/private" -e key="$shown_key" -e dir="/srv/$mark/private" sh -c '
	echo x >>$key && echo written; echo x >$dir/x && echo written; mount -o remount,bind,rw $dir && echo written; umount $dir && echo gone; umount $key && echo gone' 2>/dev/null; done)" 'written|gone'
like '--show of a file of passwords says so' "$("$sandbox" --show /etc/shadow true 2>&1; grep -c '[$]' /etc/shadow)" "is shown, and holds a secret|^0$"
while IFS='|' read -r what path pattern; do
	fails "--show refuses $what" "$pattern" "$sandbox" --show "$path" true
done <<-END
	a file in a closed directory|/srv/$mark/private/deep/key|show that one
	a link|/proc/self/root|symbolic link
	what the kernel shows|/proc/sys/kernel|nothing of the host there
	a device|/dev/null|it is a device
	what does not exist|/srv/$mark/nosuch|No such file
	the root|/|below the root
END
rm -r "/home/$mark/.ssh" "/srv/$mark/private"
rm -r /{etc,usr/local/etc}/"$mark/keys"
is 'when they are gone, nothing is covered' "$("$sandbox" -v true 2>&1 | grep -c 'is covered')" 0

# Changes. What root inside tries fails, or does nothing.
# shellcheck disable=SC2016 # the sandbox's shell expands it
attempts='for d in / /etc /usr /usr/local /opt /srv /var /var/lib /usr/bin; do
	touch $d/'$mark'; echo x >$d/'$mark'; mkdir $d/'$mark'.d; mount -o remount,rw $d; mount -o remount,bind,rw $d; umount $d; umount -l $d
	touch $d/'$mark'; chmod 777 $d; chown 1 $d; setfattr -n user.x -v y $d; touch -d 1970-01-01 $d
done
echo x >>/etc/passwd; rm -f /etc/hosts /usr/bin/true; mount -t tmpfs none /etc; echo x >/proc/sys/kernel/hostname; echo x >/proc/sysrq-trigger
cp /bin/sh /tmp/sh; chmod 4755 /tmp/sh; mknod /tmp/disk b 8 0'
# Without what services of the host write meanwhile, and tests on other hosts, which share /usr.
files_now() {
	local format='%p %y %m %U:%G %s %T@ %C@\n'
	find /etc "/usr/local/$mark" /usr/bin /opt /srv /home /root /var/lib/dpkg "/var/lib/$mark" -xdev -printf "$format" 2>/dev/null | sort
	find / /usr /var -maxdepth 1 ! -path /tmp ! -path /run -printf '%p %y %m %U:%G\n' | sort
	find /usr/local -maxdepth 1 '(' -path /usr/local -o -name "$mark*" ')' -printf '%p %y %m %U:%G\n' | sort
}
files_now >"$work/before"
in_sandbox "$attempts" >/dev/null
is 'root in a sandbox changes nothing of the host' "$(files_now | diff "$work/before" -)" ''
"$sandbox" -u daemon sh -c "$attempts" >/dev/null 2>&1
is 'another user of a sandbox does not either' "$(files_now | diff "$work/before" -)" ''
touch "/srv/$mark/public"
like 'a control: the comparison sees a change' "$(files_now | diff "$work/before" -)" "^> /srv/$mark/public f"

# Writing, which the host does not notice. Overlays and their layers must be on file systems that can be mapped.
rm -rf "/srv/$mark"
mkdir -p "/srv/$mark/old" "$filesystems"
echo one >"/srv/$mark/file"
echo secret >"/srv/$mark/closed"
chmod 600 "/srv/$mark/closed"
echo one >"/root/$mark/project/file"
kept=$filesystems/.$mark
rm -rf "$kept"
changes="cd /srv/$mark && echo two >>file && echo new >new && rmdir old && chown 1:1 new && chmod 4755 new && ln -s /etc/shadow link
	echo two >>/root/$mark/project/file; cat /srv/$mark/closed; echo x >>/srv/$mark/closed; cat file new"
files_now >"$work/before"
is '--write=throw lets a command write' "$(cd "/root/$mark/project" && "$sandbox" --write=throw sh -c "$changes" 2>/dev/null)" $'one\ntwo\nnew'
is '--write=throw changes nothing of the host' "$(files_now | diff "$work/before" -)" ''
cd "/root/$mark/project" || exit
is '--write=keep lets a command write' "$("$sandbox" --write=keep="$kept" sh -c "$changes" 2>/dev/null)" $'one\ntwo\nnew'
is '--write=keep changes nothing of the host' "$(files_now | diff "$work/before" -)" ''
is 'what is kept is only for root' "$(stat -c '%a %U' "$kept")" '700 root'
is 'diff shows what was changed, and nothing else' "$("$sandbox" diff --brief "$kept" | tr -s ' ')" \
	"changed content /root/$mark/project/file
changed content /srv/$mark/file
added link /srv/$mark/link -> /etc/shadow
added file, mode 4755, owner 1:1 /srv/$mark/new
removed directory /srv/$mark/old"
fails 'what is kept is not mixed with what another command writes' 'File exists' "$sandbox" --write=keep="$kept" true
ok 'apply brings one change to the host' "$sandbox" apply "$kept" "/srv/$mark/file"
is 'apply brings that change' "$(cat "/srv/$mark/file")" $'one\ntwo'
is 'apply brings no other change' "$(ls "/srv/$mark"; cat file)" $'closed\nfile\nold\none'
ok 'apply brings all other changes' "$sandbox" apply "$kept"
is 'apply brings files, without set-user-ID bits and with owners, and removals' "$(cd "/srv/$mark" && stat -c '%n %a %u' -- * | tr '\n' ' ')" \
	'closed 600 0 file 644 0 link 777 0 new 755 1 '
rm -rf "$kept"
is '--diff shows the changes after the command, and keeps its status' "$("$sandbox" --write=keep="$kept" --diff sh -c "echo three >>file; exit 7"; echo $?)" \
	"changed  content                      /root/$mark/project/file
--- /root/$mark/project/file
+++ /root/$mark/project/file
@@ -1,2 +1,3 @@
 one
 two
+three
7"
fails '--diff needs --write' 'needs --write' "$sandbox" --diff true
fails '--json needs --diff' 'needs --diff' "$sandbox" --json true
# The same changes, by root and by other users, with an ACL, and kept or not.
rm -rf "$kept"
mkdir -p "/srv/$mark/tree/old"
echo one | tee "/srv/$mark/tree/"{a,b,same,listed} "/srv/$mark/tree/old/file" >/dev/null
chmod 666 "/srv/$mark/tree/b"
grant 1 "/srv/$mark/tree/listed"
grant 1 "/srv/$mark/tree/same"
files_now >"$work/before"
# shellcheck disable=SC2016 # the sandbox's shell expands it
changes='cd /srv/'$mark'/tree && echo two >>a && touch same && setpriv --reuid 1 --clear-groups sh -c "echo two >>b" && echo new >new && chown 1:2 new &&
	chmod 4755 new && rm -r old && mkdir old && echo x >old/other && ln -s a link && mkfifo fifo && rm listed && echo text >listed && mkdir -p deep/er'
is '--diff shows what would have been changed, with --write=throw as with keep' "$("$sandbox" --write=throw --diff sh -c "$changes")" \
	"$("$sandbox" --write=keep="$kept" --diff sh -c "$changes")"
is '--diff lists all changes and nothing else' "$("$sandbox" diff --brief "$kept" | tr -s ' ' | sed "s|/srv/$mark/tree/||")" \
	'changed content a
changed content b
added directory, mode 0755 deep
added directory, mode 0755 deep/er
added fifo, mode 0644 fifo
added link link -> a
changed content, mode 0775 to 0644, attributes listed
added file, mode 4755, owner 1:2 new
removed file old/file
added file, mode 0644 old/other'
rm -rf "$kept"
# The command prints nothing here.
is '--json prints the same as JSON' "$("$sandbox" --write=throw --diff --json sh -c "$changes" | jq -r '.[] | [.change, .path, .after.uid // "-"] | @tsv' | tr '\t' ' ' |
	sed "s|/srv/$mark/tree/||" | tr '\n' ',')" \
	'changed a 0,changed b 0,added deep 0,added deep/er 0,added fifo 0,added link 0,changed listed 0,added new 1,removed old/file -,added old/other 0,'
is 'what was only shown has changed nothing of the host' "$(files_now | diff "$work/before" -)" ''
is '--diff shows what a command has done that was killed' "$("$sandbox" --write=throw --diff sh -c "echo two >>/srv/$mark/tree/a; kill -9 \$\$" | head -n 1 | tr -s ' ')" \
	"changed content /srv/$mark/tree/a"
rm -r "/srv/$mark/tree"
is 'after --, diff is a program' "$("$sandbox" -- diff /etc/passwd /etc/passwd; echo $?)" 0
rm -rf "$kept"
is 'a sandbox that cannot be made has the status 125' "$(status "$sandbox" --write=keep="$kept" -m "host-bind:/opt/nosuch=/srv/$mark" true)" 125
ok 'it leaves no directory of changes' test ! -e "$kept"
cd / || exit

# Mounts, whose files keep their labels.
if [ -d /sys/fs/selinux/booleans ]; then chcon -R -t container_file_t "/srv/$mark"; fi
is '--mount shows a directory of the host, and its root owns it' \
	"$("$sandbox" -m "host-bind:/mnt/there=/srv/$mark" sh -c "cat /mnt/there/closed; touch /mnt/there/made; stat -c %u /mnt/there/made")" $'secret\n0'
is 'a mount that can be written to is the host'"'"'s' "$(stat -c %u "/srv/$mark/made")" 0
fails 'a mount with :ro cannot be written to' 'Read-only' "$sandbox" -m "host-bind:/mnt/there=/srv/$mark:ro" touch /mnt/there/x
fails 'a mount with :ro cannot be made writable' 'denied|not permitted' "$sandbox" -m "host-bind:/mnt/there=/srv/$mark:ro" mount -o remount,bind,rw /mnt/there
is '--mount=ram: gives memory of a size' "$("$sandbox" -m ram:/mnt/ram=8M df --output=size /mnt/ram | tail -n 1 | tr -d ' ')" 8192
fails 'a target that does not exist is named' "'/opt/nosuch'" "$sandbox" -m "host-bind:/opt/nosuch=/srv/$mark" true

# Copies. What users of the host have planted is not followed.
mkdir -p "/srv/$mark/tree/sub"
echo one >"/srv/$mark/tree/one"
ln "/srv/$mark/tree/one" "/srv/$mark/tree/two"
ln -s /etc/shadow "/srv/$mark/tree/link"
chown -h 5:6 "/srv/$mark/tree/"*
chmod 4750 "/srv/$mark/tree/one"
grant 7 "/srv/$mark/tree/sub"
cd "/srv/$mark" || exit
is '--include copies a directory, for the user inside' \
	"$("$sandbox" -u daemon -i tree=/home/a/b sh -c 'cd /home/a/b && stat -c "%n %a %U:%G %h" . * && cat one && echo x >one && readlink link && cat link 2>&1 | grep -c denied')" \
	$'. 755 daemon:daemon 3\nlink 777 daemon:daemon 1\none 750 daemon:daemon 2\nsub 775 daemon:daemon 2\ntwo 750 daemon:daemon 2\none\n/etc/shadow\n1'
is '--include copies files, also those that only root can read' "$("$sandbox" -i "/srv/$mark/closed=/tmp/x/y" -i closed=/root/z cat /tmp/x/y /root/z)" $'secret\nsecret'
is '--include leaves the host'"'"'s files as they are' "$(cat tree/one; stat -c '%a %u' tree/one)" $'one\n4750 5'
mkdir -p users/closed
chown 5 users
while IFS='|' read -r what words pattern; do
	read -ra words <<<"$words"
	fails "--include refuses $what" "$pattern" "$sandbox" "${words[@]}" true
done <<-END
	a link|-i tree/link=/tmp/x|'tree/link' is a symbolic link, which is not followed
	a link on the way|-i tree/link/x=/tmp/x|symbolic link, which is not followed
	what does not exist|-i nosuch=/tmp/x|'nosuch' cannot be included: No such file
	a device|-i /dev/null=/tmp/x|it is a device
	what a user can put in the place of root's|-i users/closed=/tmp/x|'/srv/$mark/users/closed' belongs to root, but users
	a directory with a mount in it|-i /dev=/tmp/x|mounted in it|device
	a path of the host|-i tree=/etc/x|no directory of its own
	a directory of the sandbox itself|-i tree=/tmp|no directory of its own
	two copies at one path|-i tree/one=/tmp/x -i tree/two=/tmp/x|something there already
	a path through a link of another copy|-i tree=/tmp/x -i tree/one=/tmp/x/link/y|in the way there
	a copy that a mount hides|-m ram:/mnt/x=1M -i tree/one=/mnt/x/y|'/mnt/x' hides it
	a relative path in the sandbox|-i tree=x|must be HOST=GUEST
END
mkfifo tree/sub/fifo
fails '--include names a fifo' "'sub/fifo' in it is a fifo" "$sandbox" -i tree=/tmp/x true
cd / || exit
rm -r "/srv/$mark/tree"

# Another root, which somebody else has made: some programs with their libraries.
other=/srv/$mark/other
mkdir -p "$other"/{etc,srv,data} "/srv/$mark/out"
for name in sh cat id touch head; do
	# shellcheck disable=SC2046 # paths of libraries
	cp -L --parents "$(command -v $name)" $(ldd "$(command -v $name)" | grep -oE '/[^ ]+') "$other"
done
printf 'root:x:0:0::/root:/bin/sh\nguest:x:77:77::/home/guest:/bin/sh\n' >"$other/etc/passwd"
echo other | tee "$other/data/"{file,closed} >/dev/null
chmod 600 "$other/data/closed"
mknod "$other/data/disk" b 8 0
chmod 666 "$other/data/disk"
ln -s "/srv/$mark/out" "$other/srv/link"
ln -s ../../../../../etc/shadow "$other/data/up"
chown 77:77 "$other" "$other/data"
in_other() { "$sandbox" -r "$other" "$@" </dev/null 2>&1; }
is '--root shows another root, and nothing of the host' "$(in_other sh -c 'exec 2>&1; cat /data/file; cd /opt || id -u')" "other
sh: 1: cd: can't cd to /opt
0"
# shellcheck disable=SC2016 # the sandbox's shell expands it
is '--root has its own users' "$(in_other -u guest sh -c 'id -u; echo $HOME')" $'77\n/home/guest'
is 'what is closed in it stays closed' "$(in_other cat /data/closed | grep -c denied)" 1
is 'it is read-only' "$(in_other touch /data/new | grep -c 'Read-only')" 1
is 'with --write=throw it is not' "$(in_other --write=throw sh -c 'echo x >>/data/file; cat /data/file'; cat "$other/data/file")" \
	$'other\nx\nother'
is 'devices in it do not work' "$(in_other head -c 1 /data/disk | grep -c denied)" 1
is 'links in it do not lead out' "$(in_other cat /data/up | grep -c 'No such')" 1
fails 'a mount through a link in it does not lead out' "Cannot show '/srv/link'" "$sandbox" -r "$other" -m "host-bind:/srv/link=/srv/$mark/out" true
ln -s / "$other/var"
ln -s /proc/self "$other/run"
ln -s /etc "$other/mnt"
is 'a root whose directories are links stops no sandbox' "$(in_other cat /data/file)" other
is 'nothing of it was mounted on the host' "$(grep -c "$mark" /proc/1/mountinfo)" 0
fails '--root and --diff exclude each other' 'takes no' "$sandbox" -r "$other" --write=throw --diff true
fails '--root needs a directory' 'it is no directory' "$sandbox" -r /etc/passwd true
fails '--root follows no link' 'symbolic link' "$sandbox" -r /proc/self/root true
rm -rf "$other" "/srv/$mark/out"

# Confinement: as a container's.
is 'root in a sandbox has no capability that a container lacks' "$(in_sandbox 'grep CapBnd /proc/self/status' | tr '\t' ' ')" 'CapBnd: 00000000a5accdff'
is 'a command runs under the system call filter' "$(in_sandbox 'grep Seccomp: /proc/self/status' | tr '\t' ' ')" 'Seccomp: 2'
fails 'a sandbox has no user namespaces to make' 'not permitted|Operation' in_sandbox 'unshare -U true'
is 'a sandbox has no network but its own loopback' "$(in_sandbox 'ls /sys/class/net')" lo
like 'a sandbox sees only its own processes' "$(in_sandbox 'ls -d /proc/[0-9]* | wc -l')" '^[1-5]$'
like 'its users are users that the host does not have' "$(in_sandbox 'cat /proc/self/uid_map')" '^ +0 +[0-9]{6,} +65536$'
: >"$work/said"
"$sandbox" --tasks 40 -n "$mark" sh -c 'echo ready; sleep 1000' >"$work/said" 2>&1 </dev/null &
client=$!
wait_for grep -q ready "$work/said"
scope_limit() { systemctl show -p TasksMax --value "$(machinectl show --property Unit --value "$(machinectl list --no-legend | awk -v name="-$mark" 'index($1, name) { print $1 }')")"; }
limited() { [ "$(scope_limit)" = 40 ]; }
ok '--tasks limits processes' wait_for limited
one_listed() { [ "$("$sandbox" --list | wc -l)" = 1 ]; } # those before may still be going
wait_for one_listed
is '--list shows the sandboxes that run, and their commands' "$("$sandbox" --list | tr -s ' ')" "$mark sh -c echo ready; sleep 1000"

# A shell in that sandbox. Its processes say of themselves what the first one of the sandbox says.
# shellcheck disable=SC2016 # the sandbox's shell expands it
confinement='grep -E "^(CapBnd|CapEff|Seccomp|NoNewPrivs):" /proc/$p/status; cat /proc/$p/uid_map /proc/$p/gid_map
	for n in cgroup ipc mnt net pid user uts; do readlink /proc/$p/ns/$n; done'
is '--shell runs a command that is confined like all in the sandbox' "$("$sandbox" -l "$mark" -- sh -c "p=\$\$; $confinement")" \
	"$("$sandbox" -l "$mark" -- sh -c "p=\$(pgrep -o sleep); $confinement")"
is 'nor does it make set-user-ID files, whatever root inside makes of it' "$("$sandbox" -l "$mark" -u root -- sh -c 'touch /tmp/set && { chmod 4755 /tmp/set; stat -c %a /tmp/set; rm /tmp/set; }' 2>/dev/null)" 644
like 'a control: the confinement can be read' "$("$sandbox" -l "$mark" -- sh -c "p=\$\$; $confinement")" '^Seccomp:.2$'
is 'it has the arguments and the streams that it is given' "$(echo in | "$sandbox" -l "$mark" -- sh -c 'cat; printf "<%s>" "$@" >&2; exit 7' x 'a  b' '' 2>&1; echo $?)" \
	$'in\n<a  b><>7'
# shellcheck disable=SC2016
is '--shell takes a user, a directory and variables' "$("$sandbox" -l "$mark" -u daemon --cwd /usr -e A='b  c' sh -c 'id -un; pwd; echo "$A"')" \
	$'daemon\n/usr\nb  c'
is 'a command that --shell runs has no descriptor but 0, 1 and 2' "$("$sandbox" -l "$mark" sh -c 'ls /proc/$$/fd' 5</etc/passwd | tr '\n' ' ')" '0 1 2 '
is 'a command of --shell that a signal kills has that status' "$(status "$sandbox" -l "$mark" sh -c 'kill -9 $$')" 137
is 'a command of --shell that does not exist has the status 127' "$(status "$sandbox" -l "$mark" nosuch)" 127
shown=$(on_terminal 'prompt; echo "tty; hostname; exit 3"' "$sandbox -l $mark; echo status \$?")
like 'a shell has a terminal of the sandbox' "$shown" '^/dev/pts/[0-9]+$'
like 'a shell is in that sandbox' "$shown" "^$mark$"
like 'a shell has its status' "$shown" 'status 3$'
fails 'a sandbox that does not run is named' "There is no sandbox '$mark-2'" "$sandbox" -l "$mark-2" true
fails '--shell does not take what a new sandbox has' 'takes only' "$sandbox" -l "$mark" --memory 1G true
"$sandbox" -l "$mark" sh -c 'echo ready; sleep 1000' >"$work/shell" 2>&1 </dev/null &
shell=$!
wait_for grep -q ready "$work/shell"
kill $client
wait $client
wait $shell
is 'the end of the sandbox ends what --shell runs, which is told' "$? $(tail -n 1 "$work/shell")" "125 virt-sandbox: Sandbox '$mark' stopped while 'sh' ran in it."
is '--memory limits memory' "$("$sandbox" --memory 100M sh -c 'grep MemTotal /proc/meminfo' | awk '{ print $2 }')" 102400

# What is left: nothing, whatever ended the command. The directories for all sandboxes stay.
left() {
	traces sandbox | grep -vE "(file|directory)? ?$run|interface"
	find "$run"/{names,ids,levels} -type f
	find /run/libvirt/lxc /var/log/libvirt/lxc -name "*sandbox-*"
}
is_left() { [ "$(left)" != "$(cat "$work/left")" ]; }
none_left() { ! is_left; }
no_names() { [ "$(find "$run/names" -type f)" = '' ]; }
wait_for no_names
left >"$work/left"
: >"$work/said"
"$sandbox" -n "$mark" sh -c 'echo ready; sleep 1000' >"$work/said" 2>&1 </dev/null &
client=$!
wait_for grep -q ready "$work/said"
ok 'a control: a sandbox that runs is seen' is_left
like 'a sandbox is a domain of libvirt' "$(virsh --connect lxc:/// list --name)" "^$mark$"
is 'a sandbox adds no mount to the host' "$(grep -c "$run" /proc/1/mountinfo)" 0
fails 'a name is given once' "There is a sandbox '$mark' already" "$sandbox" -n "$mark" true
kill $client
wait $client
ok 'nothing is left of a sandbox that ended' wait_for none_left
for victim in client both; do
	: >"$work/said"
	"$sandbox" -n "$mark" sh -c 'echo ready; sleep 1000' >"$work/said" 2>&1 </dev/null &
	client=$!
	wait_for grep -q ready "$work/said"
	mapfile -t processes < <(pgrep -x virt-sandbox)
	case $victim in
	client) kill -KILL $client ;;
	both) kill -KILL "${processes[@]}" ;;
	esac
	wait $client 2>/dev/null
	if [ $victim = both ]; then "$sandbox" true; fi # it removes what is left
	ok "nothing is left after SIGKILL to $victim" wait_for none_left
done

# Several at once.
for i in {1..10}; do
	"$sandbox" sh -c "echo $i; grep ' /etc\| /usr' /proc/self/mountinfo >/dev/null; cat /proc/self/uid_map; read a" >"$work/many.$i" 2>&1 < <(wait_for test -e "$work/go") &
done
for i in {1..10}; do wait_for grep -q 65536 "$work/many.$i"; done
is '10 sandboxes run at once' "$(virsh --connect lxc:/// list --name | grep -c '^sandbox-')" 10
is '10 sandboxes have 10 ranges of ids' "$(awk '/65536/ { print $2 }' "$work"/many.* | sort -u | wc -l)" 10
is '10 sandboxes have 10 levels' "$(find "$run/levels" -type f | wc -l)" 10
: >"$work/go"
wait
ok 'nothing is left of 10 sandboxes' wait_for none_left
like '--dry-run prints the XML of the domain' "$("$sandbox" --dry-run -n "$mark" true)" "<name>$mark</name>"
done_testing
