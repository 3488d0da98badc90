#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Hostile trees: every case of hostile.cases plants something, as root in a container could, and runs a command of ours on it.
# The command ends in time, prints what the table has and no control characters, and leaves the baits alone: files of the host
# to which the planted things lead.
. "$(dirname "$0")/lib.sh"

cases=$(dirname "$0")/hostile.cases
foe=foe tree=$filesystems/foe kept=$filesystems/.kept bait=$filesystems/.bait linked=$filesystems/.linked
dropins=/run/systemd/system/foe_sandbox.service.d
secret=secret-$$-of-the-host

at_end() {
	pkill -KILL -x 'foul|foul-aside'
	delete_containers
	umount "$bait" 2>/dev/null
	[ ! -d "$tree" ] || chattr -R -ia "$tree" 2>/dev/null
	rm -rf "$tree" "$kept" "$bait" "$linked" "$filesystems/new" "$dropins"
	systemctl daemon-reload
}

# --- baits -------------------------------------------------------------------------------------------------------

make_baits() {
	mkdir -p "$bait/folder"
	# With this mount each access is recorded, whatever the options of the file system.
	mount --bind "$bait" "$bait" && mount -o remount,bind,strictatime "$bait"
	echo "$secret" | tee "$bait/secret" "$linked" >"$bait/folder/inner"
	chmod 600 "$bait/secret" "$bait/folder/inner"
	chmod 711 "$bait" "$bait/folder"
	mkfifo -m 640 "$bait/fifo"
	ln -s secret "$bait/link"
}
# Prints everything that shows an access, or a change of the content or of the inode. 'linked' has more names in the tree.
baits() {
	stat -c '%n %F %a %u:%g %s %h %x %y %z' "$bait" "$bait"/{secret,folder,folder/inner,fifo,link} /etc/shadow
	stat -c '%n %F %a %u:%g %s %x %y' "$linked"
}
# bait_tells WHAT COMMAND...: the control.
bait_tells() {
	local before
	before=$(baits)
	"${@:2}" >/dev/null
	[ "$(baits)" != "$before" ]
	report $? "a bait shows that someone $1"
}

# The control for sockets that linger: a client without a courier is kept waiting. The test waits only a moment for it, but
# otherwise it would be done at once.
lingers() {
	local client server status
	foul bus lingering "$work/bus" &
	server=$!
	wait_for test -S "$work/bus"
	foul ask "$work/bus" >"$work/asked" &
	client=$!
	wait_for grep -q asks "$work/asked"
	sleep 1
	[ "$(cat "$work/asked")" = asks ]
	status=$?
	kill -KILL "$client" "$server"
	end_foul
	wait "$client" "$server" 2>/dev/null
	return "$status"
}

# --- preparations -------------------------------------------------------------------------------

# foul NAME ARGUMENT...: see hostile.c. With &, it runs until the case has ended.
foul() { "$work/foul" "$@"; }
end_foul() { pkill -KILL -x foul; }
# in_foe SCRIPT: as root in the running container, without the help of its systemd.
in_foe() { timeout 120 nsenter --target "$(cut -d ' ' -f 1 "/run/virt-sandbox-service/$foe/leader")" --all sh -c "$1" >/dev/null 2>&1 </dev/null; }
# no_bus KIND: puts something else in the place of the container's message bus.
no_bus() {
	in_foe "cd /run/dbus && mv system_bus_socket kept && (setsid /opt/$foul bus $1 /run/dbus/system_bus_socket &)"
	wait_for in_foe '[ -S /run/dbus/system_bus_socket ]'
}
long_name() { many 255 "$1"; }
# unit_inside LINE...: replaces the container's service by another one.
unit_inside() { printf '%s\n' '[Service]' "$@" >"$tree/etc/systemd/system/$web.service"; }
# instead PATH: removes what is there, to make room for something else.
instead() { rm -rf "${tree:?}/$1"; }

# --- commands ----------------------------------------------------------------------------------------------------

# Runs every command that only reads, or changes nothing in the container.
looks() {
	local verb status=0
	for verb in 'list foe' 'list --json' 'show foe' 'status foe' 'logs -n 20 foe' 'set --tasks 4000 foe' 'enable foe' 'disable foe'; do
		# shellcheck disable=SC2086 # several words
		$program $verb
		case $verb:$? in *:0 | 'status foe:3') ;; *) status=1 && echo "$verb: failed" ;; esac
	done
	return "$status"
}
# At the same time, because each may wait for its time limit.
asks() {
	local verb status=0 pids=()
	for verb in "status $foe" "reload $foe" "execute $foe -- true" "logs -n 1 $foe"; do
		# shellcheck disable=SC2086
		$program $verb >"ask-${verb%% *}" 2>&1 </dev/null &
		pids+=($!)
	done
	for verb in "${pids[@]}"; do wait "$verb" || status=1; done
	cat ask-*
	return "$status"
}
terminal() {
	timeout 600 script -qec "$program connect foe" /dev/null </dev/null | tr -d '\r'
	return "${PIPESTATUS[0]}"
}
# If a racing process keeps one delete from finishing, the next one finishes.
delete_raced() { { $program delete foe || { end_foul && $program delete foe; }; } && echo gone; }

# --- one case ----------------------------------------------------------------------------------------------------

# attempt PREPARATION COMMAND: runs in a mount namespace of its own. The results are in $work/$foe.
attempt() {
	cd "$work/$foe" || return
	eval "$1" >preparation 2>&1 || { echo 'the preparation failed' && cat preparation; } >>trouble
	baits >before
	cut -d ' ' -f 4- /proc/1/mountinfo >mounts
	timeout 600 bash -c "$2" >said 2>&1 </dev/null
	echo $? >status
	baits >after
}
try_case() { unshare --mount bash -c 'attempt "$@"' attempt "$@" 2>>"$work/$foe/trouble"; }

# Whether there are control characters, including 8-bit ones, or bytes that are not UTF-8.
raw_bytes() { grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$1" || ! iconv -f UTF-8 -t UTF-8 "$1" >/dev/null 2>&1; }
# judge COMMAND STATUS PATTERN: prints what is wrong.
judge() {
	cat trouble
	[ "$(cat status)" = "$2" ] || echo "status $(cat status), expected $2"
	case $3 in
	-) [ ! -s said ] || echo 'something is said' ;;
	*) grep -qE -- "$(eval "echo \"$3\"")" said || echo "not said: $3" ;;
	esac
	! raw_bytes said || echo 'raw bytes'
	! grep -q "$secret" said || echo 'the secret'
	diff -U 0 before after
	case $2:$1 in 0:*delete*)
		[ ! -e "$tree" ] && [ ! -L "$tree" ] || echo 'the tree is there still'
		! grep "$tree" /proc/1/mountinfo || echo 'something is mounted still'
		;;
	*start* | *asks) ;;
	*) diff -U 0 mounts <(cut -d ' ' -f 4- /proc/1/mountinfo) ;;
	esac
}
# tried WHAT COMMAND: describes the command and what it meets, unless WHAT does so already.
tried() {
	case $1:$2 in
	start\ * | create\ *) echo "$1" ;;
	*delete*) echo "delete meets $1" ;;
	*stop*) echo "stop meets $1" ;;
	*status*) echo "status meets $1" ;;
	*:*execute*) echo "execute meets $1" ;;
	*:looks) echo "list, show, status, logs, set and enable meet $1" ;;
	*:asks) echo "status, reload, execute and logs meet $1" ;;
	*:terminal) echo "connect meets $1" ;;
	esac
}
# tell_case WHAT COMMAND STATUS PATTERN
tell_case() {
	cd "$work/$foe" || return
	judge "${@:2}" >wrong 2>&1
	{ cat wrong && echo "said: $(cat -v said)"; } >"$work/output"
	[ ! -s wrong ]
	report $? "$(tried "$1" "$2"): exit status $3, and nothing of the host touched"
	cd - >/dev/null || return
}

# --- states of the container -------------------------------------------------------------------------------------

trouble() { echo "$1" >>"$work/$foe/trouble"; }
# Makes a stopped container, with its tree as create made it, or with one that is made faster.
again() {
	systemctl stop foe_sandbox.service 2>/dev/null
	[ ! -e "$dropins/zhopeless.conf" ] || { rm "$dropins/zhopeless.conf" && systemctl daemon-reload; }
	systemctl reset-failed foe_sandbox.service 2>/dev/null
	chattr -R -ia "$tree" 2>/dev/null
	rm -rf "$tree" "$filesystems/new"
	tar -C / --extract --file "$work/registered"
}
stopped() { again && cp -a "$kept" "$tree"; }
bare() { again && mkdir -p "$tree"/{etc/a,var/b/c,usr,run,tmp,root,home,srv,opt,.oldroot} && touch "$tree"/{etc/x,etc/a/y,var/b/c/z}; }
# Like stopped; and because it will not come up, its time limits are short.
hopeless() {
	stopped
	printf '[Service]\nTimeoutStartSec=6\n' >"$dropins/zhopeless.conf"
	systemctl daemon-reload
}
# Makes a running container that no previous case has damaged.
running() {
	in_foe 'cd /run/dbus && [ ! -e kept ] || mv kept system_bus_socket'
	[ "$last" = running ] && timeout 5 "$program" execute foe -- test ! -e /run/spoilt >/dev/null 2>&1 </dev/null && return
	stopped
	cp "$work/foul" "$tree/opt/"
	"$program" start foe >/dev/null || trouble 'it does not start'
}
# Uses another running container, for cases that take long; the other cases go on meanwhile.
aside=0
aside() {
	foe=aside-$((++aside))
	mkdir "$work/$foe"
	: >"$work/$foe/trouble"
	create "$foe" >/dev/null
	cp "$work/foul" "$filesystems/$foe/opt/foul-aside"
	"$program" start "$foe" >/dev/null || trouble 'it does not start'
}

command -v cc >/dev/null || skip_all 'a C compiler is missing'
need 'setup makes the host ready' "$program" setup
mkdir "$work/foe"
need 'the program of the enemy compiles' cc -D_GNU_SOURCE -Wall -o "$work/foul" "$(dirname "$0")/hostile.c"
need 'create of the container for the cases succeeds' create foe
need 'start of the container for the cases succeeds' start foe
systemctl stop foe_sandbox.service
mkdir -p "$dropins"
printf '[Service]\nExecStart=\n%s 1\n' "$(systemctl cat foe_sandbox.service | sed -n 's/^\(ExecStart=.*\) [0-9]*$/\1/p')" \
	>"$dropins/quick.conf"
systemctl daemon-reload
cp -a "$tree" "$kept"
# What else delete removes.
{
	echo etc/libvirt-sandbox/services/foe.sandbox
	echo etc/systemd/system/foe_sandbox.service
	echo "${dropins#/}/quick.conf"
	(cd / && grep -rlx foe var/lib/virt-sandbox-service)
} | tar -C / --create --files-from - --file "$work/registered"
make_baits
bait_tells 'reads it' cat "$bait/secret"
bait_tells 'reads it through a link' cat "$bait/link"
bait_tells 'lists it' ls "$bait/folder"
bait_tells 'changes its mode' chmod 601 "$bait/secret"
bait_tells 'changes its owner' chown 1 "$bait/folder/inner"
bait_tells 'makes a file in it' touch "$bait/folder/new"
bait_tells 'reads it by another name' cat "$linked"
ok 'a socket that lingers keeps a client waiting' lingers

export -f attempt baits foul end_foul in_foe no_bus many long_name unit_inside instead wait_for looks asks terminal delete_raced
export foe foul=foul work tree kept bait linked secret filesystems program web

# --- the table ---------------------------------------------------------------------------------------------------

# run_case WHAT STATE PREPARATION COMMAND STATUS PATTERN
last=''
run_case() {
	foe=foe
	: >"$work/foe/trouble"
	"$2"
	if [ "$2" = aside ]; then
		foul=foul-aside try_case "$3" "$4" &
		later+=("$foe" "$1" "$4" "$5" "$6")
	else
		SECONDS=0
		try_case "$3" "$4"
		tell_case "$1" "$4" "$5" "$6"
		end_foul
		last=$2
		[ $SECONDS -lt 2 ] || echo "# $SECONDS s"
	fi
}
later=()
while read -r line; do
	case $line in '' | '#'*) continue ;; esac
	IFS=$'\x1f' read -r -a column <<<"${line// | /$'\x1f'}"
	[[ ${column[0]} =~ ${only-} ]] || continue
	run_case "${column[@]}"
done <"$cases"
wait
for ((i = 0; i < ${#later[@]}; i += 5)); do
	foe=${later[i]}
	tell_case "${later[@]:i + 1:4}"
done
is 'the baits have the content that they had' "$(cat "$bait"/{secret,folder/inner,link} "$linked")" "$(printf '%s\n' "$secret"{,,,})"
done_testing
