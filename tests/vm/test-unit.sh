#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The unit on the host: a container that dies, libvirt that restarts, the host that reboots.
. "$(dirname "$0")/lib.sh"

unit=life_sandbox.service
if [ "$rebooted" = no ]; then
	need 'setup' "$program" setup
	watch_denials
	need 'create' create life
	ok 'enable' "$program" enable life
	mkdir -p /etc/systemd/system/$unit.d
	printf '[Service]\nRestart=on-failure\nRestartSec=100ms\n' >/etc/systemd/system/$unit.d/restart.conf
	systemctl daemon-reload
	need 'start' start life
	first=$(leader life)
	killed=$(date +%s%N)
	kill -KILL "$first"
	noticed() { [ "$(systemctl is-active "$unit")" != active ]; }
	wait_for noticed
	ok "a container's end is seen ($((($(date +%s%N) - killed) / 1000000)) ms)" noticed
	again() { [ "$(systemctl is-active "$unit")" = active ]; }
	wait_for again
	ok '... and it is started anew, as the drop-in says' again
	is '... once' "$(systemctl show --property NRestarts --value $unit)" 1
	like '... and serves' "$(page life '')" '<html'
	unlike '... by another process' "$(leader life)" "^$first\$"

	first=$(leader life)
	ok 'libvirtd restarts' systemctl restart libvirtd.service
	is '... and the container goes on' "$(systemctl is-active $unit; leader life)" $'active\n'"$first"
	ok '... stop works after it' "$program" stop life
	is '... and leaves nothing' "$(virsh --connect lxc:/// list --all --name | grep -x life; processes svirt_lxc_net_t | grep "^$(field life level) ")" ''
	ok '... and start' "$program" start life
	is 'SELinux denied nothing' "$(denials)" ''
	date +%s >/root/before-reboot
	reboot_now
fi

containers+=(life)
watched=(boot)
is 'after a reboot SELinux enforces' "$(getenforce)" Enforcing
wait_for systemctl --quiet is-active $unit
is '... an enabled container runs again' "$(systemctl is-active $unit)" active
like '... and serves' "$(page life '')" '<html'
like '... with its label' "$(processes svirt_lxc_net_t)" "^$(field life level) systemd\$"
is '... the shutdown before was clean' "$(journalctl --no-pager -b -1 --since "@$(cat /root/before-reboot)" -u $unit -o cat |
	grep -v '^console:' | grep -iE 'fail|cannot|error|timed out')" ''
like '... and the container shut itself down' "$(journalctl --no-pager -b -1 --since "@$(cat /root/before-reboot)" -u $unit -o cat)" 'console: .*Reached target.*[Pp]ower'
is '... and SELinux denied our part of the boot nothing' "$(denials | grep -E 'sandbox|svirt_lxc|virtd_lxc')" ''
done_testing
