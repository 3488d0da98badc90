#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# virt-sandbox for users who are not root: what they can do by its service is what they may do to the host's files anyway and what
# the administrator permits, whatever they send to it. CALLS in the environment: how many calls, one after the other (100).
. "$(dirname "$0")/lib.sh"

sandbox=$(dirname "$program")/virt-sandbox
calls=/usr/local/lib/calls-$$.py # the checkout may be closed to users
user=sandboxed$$ other=sandboxee$$ group=sandboxes$$
policy=/etc/virt-sandbox/users.conf
dropin=/etc/systemd/system/virt-sandbox.socket.d
units=$(dirname "$program")/../lib/systemd/system
closed=/usr/local/$user
saved=''
at_end() {
	systemctl stop virt-sandbox.socket
	rm -rf "${dropin:?}" "${closed:?}" "/home/${user:?}" "/home/${other:?}"
	rm -f "$policy" "$calls"
	[ ! "$saved" ] || mv "$saved" "$policy"
	rmdir --ignore-fail-on-non-empty /etc/virt-sandbox 2>/dev/null
	userdel "$user" # also in /etc/subuid
	userdel "$other"
	groupdel "$group"
	[ ! -e "$units/virt-sandbox.socket" ] || systemctl disable virt-sandbox.socket virt-sandbox@.service 2>/dev/null
	systemctl daemon-reload
}
[ ! -e $policy ] || { saved=$work/users.conf && mv $policy "$saved"; }
mkdir -p /etc/virt-sandbox "$dropin" "$closed"

need 'setup makes the host ready' "$program" setup
need 'the program that calls is where users can read it' install -m 755 "$(dirname "$0")/calls.py" "$calls"
groupadd "$group"
useradd -m -s /bin/bash -G "$group" "$user"
useradd -m -s /bin/bash "$other"
uid=$(id -u "$user") gid=$(id -g "$user")
as() { setpriv --reuid "$1" --regid "$1" --init-groups "${@:2}"; }
mine() { as "$user" "$sandbox" "$@"; }
in_mine() { mine -- sh -c "exec 2>&1; $1" </dev/null; }
status() { "$@" >/dev/null 2>&1 </dev/null; echo $?; }
in_top() { (cd "/home/$user/top" && mine cat covered/file); }
permit() { printf '%s\n' "$@" >$policy; }

# Closed until the administrator opens it, to those that he chooses.
fails 'without the socket, only root makes sandboxes' "Only root can run 'virt-sandbox' on this host" mine true
if ! systemctl cat virt-sandbox.socket >/dev/null 2>&1; then
	systemctl link --quiet "$units/virt-sandbox.socket" "$units/virt-sandbox@.service"
fi
ok 'the socket starts' systemctl start virt-sandbox.socket
fails 'as it is installed, no user reaches it' 'You may not use sandboxes' mine true
printf '[Socket]\nSocketGroup=%s\nSocketMode=0660\n' "$group" >"$dropin/group.conf"
systemctl daemon-reload
systemctl restart virt-sandbox.socket
fails 'who is not in the group does not reach it' 'You may not use sandboxes' as "$other" "$sandbox" true
is 'a member of the group runs a command as himself' "$(mine id -u)" "$uid"
ok 'nothing of it is set-user-ID' test ! -u "$sandbox" -a ! -g "$sandbox"

# As for root: statuses, streams, signals, terminals.
for n in 0 1 77 125 255; do is "the exit status $n is the command's" "$(status mine sh -c "exit $n")" "$n"; done
is 'a command killed by a signal has its status' "$(status mine sh -c 'kill -9 $$')" 137
is 'a command that does not exist has the status 127' "$(status mine nosuch)" 127
is 'an unknown option has the status 125' "$(status mine --nosuch true)" 125
head -c 5M /dev/urandom >"$work/data"
chmod 711 "$work"
chmod 644 "$work/data"
ok '5 MiB go through a sandbox unchanged' cmp "$work/data" <(mine cat <"$work/data")
is 'standard output and standard error are apart' "$(mine sh -c 'echo out; echo err >&2' 2>"$work/errors"; cat "$work/errors")" $'out\nerr'
is 'a command whose reader is gone gets SIGPIPE' "$(mine yes | head -n 1; echo "${PIPESTATUS[0]}")" $'y\n141'
is 'closed streams are no obstacle' "$(status as "$user" sh -c "'$sandbox' sh -c 'exit 3' <&- >&- 2>&-")" 3
is 'arguments arrive as they are' "$(mine printf '<%s>' '' ' a  b' $'c\nd' '--x')" $'<>< a  b><c\nd><--x>'
is 'of the environment, what root passes on is passed on' "$(SECRET=x LANG=xx as "$user" "$sandbox" sh -c 'env | grep -cE "^(SECRET|LANG)="')" 1
with_signal() {
	: >"$work/said"
	env --default-signal="$1" setpriv --reuid "$user" --regid "$user" --init-groups "$sandbox" sh -c "$2" >"$work/said" 2>/dev/null </dev/null &
	wait_for grep -q ready "$work/said"
	kill "-$1" $!
	wait $!
	echo "$? $(tail -n 1 "$work/said")"
}
for signal in HUP INT QUIT TERM; do
	is "SIG$signal is passed on" "$(with_signal $signal "trap 'echo caught; exit 7' $signal; echo ready; while :; do sleep 0.1; done")" '7 caught'
done
as_user="setpriv --reuid $user --regid $user --init-groups"
shown=$(on_terminal "shows ready; echo typed" "stty rows 33 cols 99; $as_user $sandbox sh -c 'tty; stty size; echo ready; read a; echo got \$a; exit 3'; echo status \$?")
like 'a command has a terminal of its own' "$shown" '^/dev/pts/[0-9]+$'
like 'the terminal has the size of the caller'"'"'s' "$shown" '^33 99$'
like 'what is typed arrives' "$shown" '^got typed$'
like 'a command on a terminal has its status' "$shown" '^status 3$'
shown=$(on_terminal "shows ready; stty -F \$(cat $work/tty) rows 44 cols 88; shows '44 88'; echo" \
	"tty >$work/tty; $as_user $sandbox sh -c 'trap \"stty size\" WINCH; echo ready; until read a; do :; done'")
like 'a new size of the terminal reaches the command' "$shown" '^44 88$'
like 'Ctrl-C on the terminal interrupts the command' "$(on_terminal 'shows ready; printf "\003"' "$as_user $sandbox sh -c 'echo ready; sleep 1000'; echo status \$?")" 'status 130$'
shown=$(on_terminal 'prompt; echo "sleep 1000"; sleep 1; printf "\032"; shows Stopped; echo "kill %1; exit"; echo exit' "$as_user $sandbox -u root bash --norc")
like 'a shell on the terminal has job control' "$shown" 'Stopped'
# raw_terminal COMMAND: prints how the settings of a terminal differ from those before, at last, if COMMAND ends a command on it.
of_service() { pgrep -f "^$(dirname "$program")/../libexec/virt-sandbox-service/serve|/virt-sandbox-service/serve"; }
raw_terminal() {
	rm -f "$work/after"
	on_terminal "shows ready; $1" "stty -g >$work/before; $as_user $sandbox sh -c 'echo ready; exec sleep 1000'; n=0
		until stty -g >$work/after; cmp -s $work/before $work/after || [ \$n = 300 ]; do n=\$((n + 1)); sleep 0.1; done" >/dev/null
	diff "$work/before" "$work/after"
}
# shellcheck disable=SC2016 # on_terminal expands it
is 'the terminal is restored after SIGKILL to the program' "$(raw_terminal 'pkill -KILL -u $user -x virt-sandbox')" ''
is 'the terminal is restored after SIGKILL to the service' "$(raw_terminal 'of_service | xargs kill -KILL')" ''
# shellcheck disable=SC2016 # on_terminal expands it
shown=$(on_terminal 'prompt; echo "$as_user $sandbox cat >$work/log &"
	for i in {1..300}; do ! grep -q Stopped "$work/terminal" || break; echo jobs; sleep 0.2; done
	echo "echo who\le"; echo "kill -KILL %1; exit"; echo exit' 'bash --norc -i')
like 'in the background, it is stopped, as any program is that reads the terminal' "$shown" 'Stopped'
is 'and gets nothing of what is typed for others' "$(cat "$work/log"; grep -c '^whole$' <<<"$shown")" 1

# What is left: nothing.
names() { find /run/virt-sandbox/names -type f | wc -l; }
no_names() { [ "$(names)" = 0 ] && [ -z "$(of_service)" ]; }
mine true # it removes what is left of a sandbox whose processes were all killed
ok 'nothing is left of these' wait_for no_names
: >"$work/said"
$as_user "$sandbox" sh -c 'echo ready; sleep 1000' >"$work/said" 2>&1 </dev/null &
wait_for grep -q ready "$work/said"
is 'a control: a sandbox that runs is counted' "$(names)" 1
kill -KILL $!
wait $! 2>/dev/null
ok 'SIGKILL to the program ends the sandbox' wait_for no_names

# Files: what the caller may do, and nothing else.
mkdir -p "/home/$user/project" "/home/$other/project" "$closed/deep"
echo mine >"/home/$user/project/file"
echo "of root" | tee "/home/$user/project/roots" "$closed/deep/file" >/dev/null
echo "of another" >"/home/$other/project/file"
chown -R "$user:" "/home/$user"
chown -R "$other:" "/home/$other"
chown root: "/home/$user/project/roots"
chmod 600 "/home/$user/project/file" "/home/$user/project/roots" "/home/$other/project/file"
chmod 700 "$closed" "/home/$other"
cd "/home/$user/project" || exit
is 'the working directory is shown, and in it only what the caller can read' "$(in_mine 'cat file roots')" $'mine\ncat: roots: Permission denied'
is 'root inside can read no more' "$(mine -u root sh -c 'cat file roots 2>&1')" $'mine\ncat: roots: Permission denied'
bind="host-bind:/mnt/here=/home/$user/project"
is 'a mount is opened as the caller, for the caller to write to' \
	"$(mine -m "$bind" sh -c 'echo made >/mnt/here/made; cat /mnt/here/roots' 2>&1; stat -c '%u:%g' made)" \
	$'cat: /mnt/here/roots: Permission denied\n'"$uid:$gid"
mine -m "$bind" -u root sh -c 'cd /mnt/here; echo by root >by-root; chmod 666 roots; chown 0:0 made; echo x >>roots; mknod null c 1 3' >/dev/null 2>&1
# Each way to make a set-user-ID file, as $user and as root inside; the mode of the file that is left is printed.
# shellcheck disable=SC2016 # python's
set_ids='import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
at = lambda name: os.path.join(sys.argv[1], name).encode()
touch = lambda name: os.close(os.open(at(name), os.O_CREAT | os.O_RDWR, 0o755)) or at(name)
class How(ctypes.Structure):
    _fields_ = [("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64)]
def number(*arguments):
    if libc.syscall(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")
ways = {
    "chmod": lambda: os.chmod(touch("chmod"), 0o4755),
    "chmod-group": lambda: os.chmod(touch("chmod-group"), 0o2755),
    "fchmod": lambda: os.fchmod(os.open(touch("fchmod"), os.O_RDWR), 0o6755),
    "fchmodat2": lambda: number(452, -100, touch("fchmodat2"), 0o4755, 0),
    "open": lambda: os.open(at("open"), os.O_CREAT | os.O_RDWR, 0o4755),
    "openat2": lambda: number(437, -100, at("openat2"), ctypes.byref(How(os.O_CREAT | os.O_RDWR, 0o4755, 0)), 24),
    "creat": lambda: libc.creat(at("creat"), 0o4755),
    "mknod": lambda: os.mknod(at("mknod"), 0o104755),
    "tmpfile": lambda: os.link("/proc/self/fd/%d" % os.open(sys.argv[1], os.O_TMPFILE | os.O_RDWR, 0o4755), at("tmpfile"), follow_symlinks=True),
}
for way in ways.values():
    try:
        way()
    except OSError:
        pass
print(sum(os.stat(os.path.join(sys.argv[1], name)).st_mode & 0o6000 != 0 for name in os.listdir(sys.argv[1])))'
# shellcheck disable=SC2016 # the sandbox's shell expands it
for who in "$user" root; do
	is "$who inside cannot make a set-user-ID file in what is mounted" "$(mine -m "$bind" -u "$who" sh -c 'mkdir -p /mnt/here/ids && python3 -c "$1" /mnt/here/ids' sh "$set_ids")" 0
	rm -rf ids
done
# shellcheck disable=SC2016
like 'a control: on the host, most of these ways work' "$(as "$user" sh -c 'mkdir ids && python3 -c "$1" ids' sh "$set_ids")" '^[89]$'
rm -rf ids
is 'in a sandbox that can write to nothing of the host, too' "$(mine -u root python3 -c "$set_ids" /tmp | grep -cE '^[89]$')" 1
# An overlay over /usr/bin, in a mount of which su is copied up, with its bits: how many set-user-ID files that makes.
copied_up='import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
made = 0
for flags in 0, 0xc0ed0000:
    at = "/mnt/here/%x" % flags
    for name in "", "/u", "/w", "/m":
        os.mkdir(at + name)
    if libc.mount(b"none", (at + "/m").encode(), b"overlay", ctypes.c_ulong(flags), ("lowerdir=/usr/bin,upperdir=%s/u,workdir=%s/w,userxattr" % (at, at)).encode()) == 0:
        os.close(os.open(at + "/m/su", os.O_RDWR))
        made += os.stat(at + "/u/su").st_mode & 0o4000 != 0
print(made)'
is 'nor can root inside copy one there by an overlay' "$(mine -m "$bind" -u root python3 -c "$copied_up")" 0
ok 'the attempt got as far as that' test -d "/home/$user/project/c0ed0000/u"
is 'a control: in memory, where this lends no rights, it works' "$(mine -m ram:/mnt/here=64M -u root python3 -c "$copied_up")" 2
rm -rf 0 c0ed0000
is 'root inside has no more power over what is mounted' "$(stat -c '%n %a %u:%g' by-root roots made; cat roots)" \
	"by-root 644 $uid:$gid
roots 600 0:0
made 644 $uid:$gid
of root"
is 'nothing there belongs to root, or has its rights' "$(find . -user 0 ! -name roots -o -perm /6000)" ''
fails 'a directory that the caller cannot reach is not mounted' "Cannot open directory '$closed/deep': Permission denied" mine -m "host-bind:/mnt/here=$closed/deep" true
ok 'a control: root can mount it' "$sandbox" -m "host-bind:/mnt/here=$closed/deep" cat /mnt/here/file
fails 'one that the caller can only name shows nothing' 'denied' mine -m "host-bind:/mnt/here=$closed" ls /mnt/here
fails 'not even to root inside' 'denied' mine -u root -m "host-bind:/mnt/here=$closed" ls /mnt/here
fails 'nor does the home of another user' 'denied' mine -u "$other" -m "host-bind:/mnt/here=/home/$other" ls /mnt/here
is 'whoever the caller is inside, the files of that user of the host stay closed' "$(mine -u "$other" sh -c "cat /etc/shadow /home/$other/project/file 2>&1" | grep -c -e denied -e 'No such')" 2
like 'a working directory that the caller cannot search shows nothing' "$(as "$user" "$calls" cwd "/home/$other" 2>&1)" '^ended 0'
is 'one in it that somebody passed on shows nothing either' \
	"$("$calls" passed "$user" "/home/$other/project" cat file 2>&1)" $'cat: file: Permission denied\nended 1'
is 'a control: it shows what everybody may read' "$(chmod 644 "/home/$other/project/file"; "$calls" passed "$user" "/home/$other/project" cat file 2>&1)" \
	$'of another\nended 0'
mkdir "/home/$user/top" "/home/$user/top/covered"
echo under >"/home/$user/top/covered/file"
is 'a control: before something is mounted there, a directory is seen' "$(mine -m "host-bind:/mnt/here=/home/$user/top:ro" cat /mnt/here/covered/file)" under
mount -t tmpfs none "/home/$user/top/covered"
fails 'what a mount of the host covers is not seen' "'/home/$user/top/covered' is mounted in '/home/$user/top'" mine -m "host-bind:/mnt/here=/home/$user/top:ro" true
fails 'it is not seen in the working directory either' "is not shown, because '/home/$user/top/covered' is mounted" in_top
ok 'what is mounted can be seen by itself' mine -m "host-bind:/mnt/here=/home/$user/top/covered:ro" true
umount "/home/$user/top/covered"
rm -r "/home/$user/top"
ln -s /proc "/home/$user/link"
fails 'no link leads a mount to what may not be mounted' 'symbolic links' mine -m "host-bind:/mnt/here=/home/$user/link:ro" true
fails 'nor does one on the way' 'symbolic links' mine -m "host-bind:/mnt/here=/home/$user/link/sys:ro" true
rm "/home/$user/link"
mkdir -p "/home/$user/a" "/home/$user/b"
ln -s "$closed" "/home/$user/b/deep"
mkdir -p "/home/$user/a/deep"
chown -hR "$user:" "/home/$user/a" "/home/$user/b"
exchange "$uid" "/home/$user/a" "/home/$user/b"
for i in {1..8}; do mine -m "host-bind:/mnt/here=/home/$user/a/deep" sh -c 'cat /mnt/here/file /mnt/here/deep/file' 2>/dev/null; done >"$work/raced"
end_exchange
is 'a caller who exchanges directories meanwhile gets at nothing' "$(cat "$work/raced")" ''
is '--write=throw lets a command write to the project' "$(mine --write=throw sh -c 'echo more >>file; cat file')" $'mine\nmore'
is 'nor does it let root inside get at what the caller cannot' "$(mine --write=throw -u root sh -c 'cat roots 2>&1; echo x >>roots; mv roots other' 2>/dev/null)" \
	'cat: roots: Permission denied'
is 'it lets a command of another user inside write there, too' "$(for who in root "$other"; do mine --write=throw -u "$who" sh -c 'echo x >new && cat new && stat -c %U . new'; done)" \
	$'x\nroot\nroot\nx\n'"$other"$'\n'"$other"
is '--write=throw changes nothing of the host' "$(cat file roots)" $'mine\nof root'
cd / || exit

# What the administrator permits.
fails '--network needs a permission' "'$policy' does not permit it" mine --network sandbox true
fails '--name needs a permission' "'$policy' does not permit it" mine --name web1 true
fails '--list needs a permission' "'$policy' does not permit it" mine --list
fails '--shell is for root' 'Only root can use --shell' mine --shell x true
fails '--include is for root' 'Only root can use --include' mine --include /etc/passwd=/root/x true
fails '--write=keep is for root' 'Only root' mine --write="keep=/home/$user/kept" true
ok 'and nothing is made' test ! -e "/home/$user/kept"
is 'a limit counts without being asked for' "$(mine grep MemTotal /proc/meminfo | awk '{ print $2 }')" 2097152
fails 'more than a limit is refused' "limit Memory=2G, which '$policy'" mine --memory 3G true
permit '[Everybody]' Memory=200M Timeout=1 'Options=' "[Group $group]" Options=list Timeout=1m
is 'the file sets limits' "$(mine grep MemTotal /proc/meminfo | awk '{ print $2 }')" 204800
fails 'the file takes options away' "You may not use --mount: '$policy' does not permit it" mine -m ram:/mnt/x=1M true
ok 'the file permits options to a group' mine --list
fails 'more time than permitted is refused' "Timeout= of '$policy'" mine --timeout 2m true
permit "[User $user]" Options=network
is 'the file permits a network to a user' "$(mine --network sandbox sh -c 'cd /sys/class/net && echo *')" 'eth0 lo'
permit "[User $other]" Options=list '[Everybody]' 'Timeout=1'
fails 'a section for another user does not count' 'does not permit' mine --list
is 'a time limit counts without being asked for' "$(status mine sleep 1000)" 124
for wrong in 'Memory=' 'nonsense' '[Nobody]' 'Memoryy=1G' 'Options=shell' 'Options=mount,user' 'Sandboxes=many' '[User nosuchuser]'; do
	permit '[Everybody]' "$wrong" 'Tasks=100'
	fails "a line that cannot be understood closes the door: $wrong" "cannot use '$policy'" mine true
done
like 'the journal names the line' "$(journalctl --sync; journalctl -o cat -n 40)" "Line 2 of '$policy'"
permit '[Everybody]'
chown "$user" $policy
fails 'a file that a user can write to closes the door' "cannot use '$policy'" mine true
chown root $policy
wait_for no_names # those that had no more time count until nothing is left of them
permit '[Everybody]' Sandboxes=2
for i in 1 2; do $as_user "$sandbox" sh -c "echo ready; sleep 1000" >"$work/said.$i" 2>&1 </dev/null & done
for i in 1 2; do wait_for grep -q ready "$work/said.$i"; done
fails 'one more sandbox than permitted is refused' "as many sandboxes as '$policy' permits" mine true
# shellcheck disable=SC2046 # words
kill $(jobs -p)
wait
ok 'nothing is left of these either' wait_for no_names
ok 'then there is room again' mine true
rm $policy

# A caller cannot make others wait, nor have more by waiting.
permit '[Everybody]' 'Options=list name'
$as_user "$sandbox" --name web1 sh -c 'echo ready; sleep 1000' "$(printf '\001%.0s' {1..20000})" >"$work/said.web1" 2>&1 </dev/null &
wait_for grep -q ready "$work/said.web1"
like 'a long command is listed, but not as a whole' "$(mine --list)" '^web1 +sh -c echo ready; sleep 1000 .*\.\.\.$'
$as_user "$calls" unread --name web1 true >/dev/null </dev/null &
sleep 1 # until it has got that far
ok 'messages that nobody reads make nobody else wait' timeout 120 "$sandbox" true
# shellcheck disable=SC2046 # words
kill $(jobs -p)
wait
permit '[Everybody]' Timeout=1
stopped() { ps -eo stat=,uid=,args= | awk '/^T.*virt-sandbox-service\/serve$/ { print $2 }'; }
is_stopped() { [ "$(stopped)" ]; }
$as_user "$calls" stopped >"$work/said.stopped" </dev/null &
wait_for is_stopped
is 'whoever is stopped for a caller has no more rights than the caller' "$(stopped)" "$uid"
wait
is 'the time limit holds for it all the same' "$(cat "$work/said.stopped")" 'ended 124'
rm $policy
grep -q "^$user:" /etc/subuid || echo "$user:$((uid + 1000000)):65536" >>/etc/subuid
lent=$(awk -F: -v "name=$user" '$1 == name { print $2 + 7 }' /etc/subuid)
fails 'an id that is lent to a user for user namespaces is no other user' 'Only a user of the host' \
	setpriv --reuid "$lent" --regid "$lent" --groups "$(getent group "$group" | cut -d: -f 3)" "$sandbox" -u root true
ok 'nothing is left of these waits' wait_for no_names

# Forged calls.
is 'each malformed call is refused with a sentence' "$(as "$user" "$calls" malformed 2>&1 | grep -v ': failed The service does not understand this call')" ''
is 'a message that is no signal is refused' "$(for m in 'signal 9' 'signal 19' 'signal -1' 'signal 65' 'signal' 'ended 0' ''; do as "$user" "$calls" signal "$m"; done | sort -u)" \
	'failed The service does not understand a message.'
is 'whatever the environment says, the caller is who the kernel says' "$(as "$user" "$calls" root id -u)" "$uid
ended 0"
is 'a caller cannot reach a command about kept changes' "$(as "$user" "$calls" root -- apply /etc 2>&1 | tail -n 1)" 'ended 127'
is 'streams may be sockets' "$(as "$user" "$calls" sockets)" 'through ended 0'
is 'a flood of messages delays nothing but its own end' "$(as "$user" "$calls" flood)" 'ended 143'
is 'each of many calls gets an answer' "$(as "$user" "$calls" many "${CALLS:-100}" 2>/dev/null)" 'ended 125'
ok 'the socket is open after that' mine true
like 'more calls at a time than the user may have are refused' "$(as "$user" "$calls" calls)" '^2[0-9][0-9] refused$'
ok 'the socket is open after that, too' wait_for mine true
ok 'nothing is left of all this' wait_for no_names
is 'no unit has failed' "$(systemctl list-units --failed --plain --no-legend 'virt-sandbox*')" ''
done_testing
