#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The unit on the host: when a container dies, when libvirt restarts, and when the host reboots.
. "$(dirname "$0")/lib.sh"

unit=life_sandbox.service
if [ "$rebooted" = no ]; then
	need 'setup makes the host ready' "$program" setup
	watch_denials
	need 'create succeeds' create life
	ok 'enable succeeds' "$program" enable life
	mkdir -p /etc/systemd/system/$unit.d
	printf '[Service]\nRestart=on-failure\nRestartSec=100ms\n' >/etc/systemd/system/$unit.d/restart.conf
	systemctl daemon-reload
	need 'start succeeds' start life
	first=$(leader life)
	killed=$(date +%s%N)
	kill -KILL "$first"
	noticed() { [ "$(systemctl is-active "$unit")" != active ]; }
	wait_for noticed
	ok "the unit notices that its container was killed ($((($(date +%s%N) - killed) / 1000000)) ms)" noticed
	again() { [ "$(systemctl is-active "$unit")" = active ]; }
	wait_for again
	ok 'a container that was killed is started again, as the drop-in says' again
	is 'a container that was killed is started again once' "$(systemctl show --property NRestarts --value $unit)" 1
	like 'a container that was started again serves its page' "$(page life '')" '<html'
	unlike 'a container that was started again has another first process' "$(leader life)" "^$first\$"

	first=$(leader life)
	ok 'libvirtd restarts while a container runs' systemctl restart libvirtd.service
	is 'a container runs on when libvirtd restarts' "$(systemctl is-active $unit; leader life)" $'active\n'"$first"
	ok 'stop succeeds after libvirtd has restarted' "$program" stop life
	is 'stop after a restart of libvirtd leaves nothing' "$(virsh --connect lxc:/// list --all --name | grep -x life; processes "$process_type" | grep "^$(field life level) ")" ''
	ok 'start succeeds after libvirtd has restarted' "$program" start life
	is 'SELinux denied nothing before the reboot' "$(denials)" ''
	date +%s >/root/before-reboot
	reboot_now
fi

containers+=(life)
watched=(boot)
is 'SELinux is enforcing after a reboot' "$(getenforce)" Enforcing
wait_for systemctl --quiet is-active $unit
is 'an enabled container runs after a reboot' "$(systemctl is-active $unit)" active
like 'an enabled container serves after a reboot' "$(page life '')" '<html'
like 'an enabled container has its label after a reboot' "$(processes "$process_type")" "^$(field life level) systemd\$"
is 'the shutdown of the host stopped the container without an error' "$(journalctl --no-pager -b -1 --since "@$(cat /root/before-reboot)" -u $unit -o cat |
	grep -v '^console:' | grep -iE 'fail|cannot|error|timed out')" ''
like 'the shutdown of the host let the container shut itself down' "$(journalctl --no-pager -b -1 --since "@$(cat /root/before-reboot)" -u $unit -o cat)" 'console: .*Reached target.*[Pp]ower'
is 'SELinux denied nothing to our part of the boot' "$(denials | grep -E 'sandbox|svirt_lxc|container_|virtd_lxc')" ''
done_testing
