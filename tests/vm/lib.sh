# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Sourced by the tests on the virtual machine: what the other container tests have, and labels and denials.
. "$(dirname "${BASH_SOURCE[0]}")/../host/lib.sh"

# The types of containers, which depend on the names that the policy of this machine has: see fedora-names.
export process_type file_type
if [ -e /etc/vm-policy ]; then
	process_type=svirt_lxc_service_t file_type=container_file_t
else
	process_type=svirt_lxc_net_t file_type=svirt_lxc_file_t
fi

# label FILE: prints its label without the user, which is that of the creator.
label() { stat -c %C "$1" | cut -d : -f 2-; }

# processes TYPE: prints 'LEVEL COMMAND' for each process of that type.
processes() { ps -e -o label=,comm= | sed -n "s/^[^:]*:[^:]*:$1:\([^ ]*\) */\1 /p" | sort -u; }

# typed NAME TEXT: prints what a user at a terminal sees who connects to the container and types the text at the prompt; the
# text must end the shell. Its input stays open until all is over, so that is as long as socat waits for more of it (-t).
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

# Watches for denials from now on, except those of virsh, the distribution's client, which tests use and containers do not. Like it,
# virt-sandbox is the administrator's process, and GLib in libvirt's library tries to compile regular expressions to machine code.
# ausearch(8) knows only whole seconds, so what was denied just before would count, too, without the wait for the next one.
watch_denials() {
	sleep 1
	read -ra watched < <(date '+%x %T')
}
denials() { ausearch --input-logs -m avc,user_avc -ts "${watched[@]}" -i 2>/dev/null | grep -E 'avc: *denied|apparmor="?DENIED' | grep -v -e comm=virsh -e '{ execmem } .*comm=virt-sandbox '; }

# reboot_now: reboots the machine and runs the script again, with 'rebooted' set to yes. What it has made must remain.
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
