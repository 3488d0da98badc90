# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Sourced by the tests on the virtual machine: what the other container tests have, and labels and denials.
. "$(dirname "${BASH_SOURCE[0]}")/../host/lib.sh"

# label FILE: without the user, which is that of who made it.
label() { stat -c %C "$1" | cut -d : -f 2-; }

# processes TYPE: 'LEVEL COMMAND' of each process of that type.
processes() { ps -e -o label=,comm= | sed -n "s/^[^:]*:[^:]*:$1:\([^ ]*\) */\1 /p" | sort -u; }

# typed NAME TEXT: what a person at a terminal sees who connects to the container and types it, once there is a prompt; the
# text ends the shell.
typed() {
	: >"$work/typed"
	rm -f "$work/typed-end"
	{ wait_for grep -q '[#$] *$' "$work/typed" && printf '%b' "$2" && wait_for test -e "$work/typed-end"; } |
		{
			timeout 600 socat -t 5 - EXEC:"$program connect $1",pty,setsid,ctty >"$work/typed" 2>&1
			touch "$work/typed-end"
		}
	tr -d '\r' <"$work/typed"
}

# What SELinux has denied from now on. Not what it denied virsh, the client of the distribution, which tests use and
# containers do not.
watch_denials() { read -ra watched < <(date '+%x %T'); }
denials() { ausearch --input-logs -m avc,user_avc -ts "${watched[@]}" -i 2>/dev/null | grep 'avc: *denied' | grep -v comm=virsh; }

# reboot_now: the machine reboots, and the script is run once more, where 'rebooted' is yes. What it had made has to be left.
export rebooted=no
if [ -e /root/reboot ]; then
	read -r tests failures </root/reboot
	rm /root/reboot
	rebooted=yes
fi
reboot_now() {
	echo "$tests $failures" >/root/reboot
	containers=()
	exit 0
}
