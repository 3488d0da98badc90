# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Sourced by the container tests: the containers that a test makes, and looks at them from both sides. The tests run as
# root on a host with systemd; 'program' names the program under test.
. "$(dirname "${BASH_SOURCE[0]}")/../lib/tap.sh"
: "${program:?names the program under test}"

containers=()
delete_containers() {
	local name
	for name in "${containers[@]}"; do "$program" delete --force "$name" >/dev/null 2>&1; done
}
at_end() { delete_containers; }

# The distribution's web server, which these tests put into containers.
for web in httpd apache2; do
	if [ -e /usr/lib/systemd/system/$web.service ]; then break; fi
done
export docroot=var/www/html # below the container's tree, and below its root
filesystems=/var/lib/libvirt/filesystems

# create NAME [OPTION...]: creates a container for the web server, which is deleted at the end of the test.
create() {
	local name=$1
	shift
	containers+=("$name")
	"$program" create -C -u "$web" "$@" "$name"
}

# start NAME: starts it by systemd, and prints the reason if that fails.
start() {
	systemctl start "$1_sandbox.service" && return
	journalctl --no-pager --output cat --unit "$1_sandbox.service" --lines 30
	return 1
}

# field NAME KEY: prints a value of 'list --json'. An address may have its prefix length.
field() { "$program" list --json | jq -r --arg name "$1" --arg key "$2" '.[] | select(.name == $name) | .[$key] // empty'; }
address() { field "$1" address | sed 's,/.*,,'; }
page() { curl --silent --show-error --fail --max-time 120 "http://$(address "$1")/$2"; }

# inside NAME SCRIPT: prints the output, and the errors, of the script in the container.
inside() { "$program" execute "$1" -- sh -c "$2" 2>&1 </dev/null; }

# on_terminal KEYS SCRIPT: prints the text that a terminal shows on which SCRIPT runs. KEYS is a script that types; the terminal
# exists until SCRIPT has ended. In KEYS, 'shows' waits until the terminal shows the pattern, and 'prompt' until a shell prompts
# for a command.
on_terminal() {
	rm -f "$work/ended"
	: >"$work/terminal"
	(eval "$1" && wait_for test -e "$work/ended" >&2) |
		timeout 600 script --quiet --return --command "$2; : >'$work/ended'" /dev/null >"$work/terminal"
	sed 's/\r//g; s/\x1b\[[0-9;?]*[A-Za-z]//g' "$work/terminal"
}
shows() { wait_for grep -qE -- "$1" "$work/terminal" >&2; }
prompt() { shows '# $'; }

# leader NAME: prints the pid of the container's systemd on the host.
leader() {
	local machine
	machine=$(machinectl list --no-legend | awk -v name="$1" '
		$2 == "container" && ($1 == name || substr($1, length($1) - length(name)) == "-" name) { print $1 }')
	[ -n "$machine" ] && machinectl show --property Leader --value "$machine"
}

# Prints everything that a running container, with the name $1, adds to the host, one per line. Ignored are lock files, and the
# empty directories that libvirt keeps for each name.
traces() {
	virsh --connect lxc:/// list --all --name | grep -x -- "$1"
	machinectl list --no-legend | grep -E -- "(^|-)$1 "
	sed 's/^[0-9]* [0-9]* [^ ]* //' /proc/1/mountinfo | grep -v ' /proc/.* - binfmt_misc' | sort
	ip -o link | awk '{ print "interface", $2 }'
	find /sys/fs/cgroup /run/cgroup -name "*$1*" 2>/dev/null
	find /run -name "*$1*" ! -path '/run/systemd/*' ! -path '/run/virt-sandbox-service/.locks/*' ! -path '/run/libvirt/lxc/*' 2>/dev/null
	pgrep -a -f -- "$1" | grep -v -e "test-.*\.sh" -e pgrep
	foreign_processes
}

# Processes of other pid namespaces than this one.
foreign_processes() {
	local own process
	own=$(readlink /proc/self/ns/pid)
	for process in /proc/[0-9]*; do
		case $(readlink "$process/ns/pid") in "$own" | '') ;; *) echo "process $process $(tr '\0' ' ' <"$process/cmdline")" ;; esac
	done
}

# files: prints everything on the host that create may make and delete must remove.
files() {
	find /etc/libvirt-sandbox /etc/systemd/system "$filesystems" /var/lib/virt-sandbox-service \
		-printf '%p %y %m %U:%G %s\n' 2>/dev/null | sort
}

# exchange USER A B: as that user, exchanges two directories over and over, as one does who waits for the moment between a look
# at a directory and its use. Goes on in the background until 'end_exchange'.
exchange() {
	local before
	before=$(stat -c %i "$2")
	setpriv --reuid "$1" --regid "$1" --clear-groups python3 -c 'import ctypes, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)
while True:
    if libc.renameat2(-100, os.fsencode(sys.argv[1]), -100, os.fsencode(sys.argv[2]), 2) < 0:
        sys.exit(os.strerror(ctypes.get_errno()))
    time.sleep(0.0005)' "$2" "$3" &
	exchanging=$!
	wait_for is_exchanged "$2" "$before" >/dev/null
}
is_exchanged() { ! kill -0 "$exchanging" || [ "$(stat -c %i "$1")" != "$2" ]; }
end_exchange() {
	[ ! "${exchanging-}" ] || kill "$exchanging" || return
	wait "$exchanging" 2>/dev/null
	exchanging=''
}

# race NAME SAFE PATTERN: starts the container again and again, while directories are exchanged, until one start has succeeded and
# one was refused with a message that matches. In a container that runs, SAFE is a command that succeeds. Sets 'ran' and
# 'refused', and in 'wrong' the number of starts that ended otherwise.
race() {
	local i
	ran=0 refused=0 wrong=0
	for ((i = 0; i < 100 && (i < 10 || ran == 0 || refused == 0); i++)); do
		systemctl reset-failed "$1_sandbox.service" 2>/dev/null
		if start "$1" >"$work/output" 2>&1; then
			ran=$((ran + 1))
			inside "$1" "$2" >/dev/null || wrong=$((wrong + 1))
			"$program" stop "$1"
		elif grep -q "$3" "$work/output"; then
			refused=$((refused + 1))
		else
			wrong=$((wrong + 1))
		fi
	done
}

# many COUNT CHARACTER: prints it so many times.
many() { head -c "$1" /dev/zero | tr '\0' "$2"; }

# grant USER PATH: lets the user write there by an ACL, whose mask is shown as the group's mode (acl(5)).
grant() {
	python3 -c 'import os, struct, sys
entries = (1, 7, -1), (2, 7, int(sys.argv[1])), (4, 5, -1), (16, 7, -1), (32, 5, -1)
acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
os.setxattr(sys.argv[2], "system.posix_acl_access", acl)' "$1" "$2"
}
