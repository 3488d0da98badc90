#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The life of a container on a host with SELinux enforcing, line by line; once with what dpkg's database says and once with
# rpm's.
. "$(dirname "$0")/lib.sh"

tree=$filesystems/container1
unit=container1_sandbox.service
level=s0:c1,c2

labels() { find "$tree" -printf '%Z\n' | cut -d : -f 2- | sort -u; }
status_of() { curl --silent --output /dev/null --write-out '%{http_code}' --max-time 120 "http://$(address container1)/$1"; }

life() {
	local manager=$1 process connected
	watch_denials
	is "$manager: create says what it made" \
		"$("$program" --package-manager="$manager" create -C -l $level -u "$web.service" container1 2>&1)" \
		"Created sandbox container dir $tree
Created sandbox config /etc/libvirt-sandbox/services/container1.sandbox
Created unit file /etc/systemd/system/$unit"
	is '... it asked that database' "$(field container1 package_manager)" "$manager"
	is '... every file has the label' "$(labels)" "object_r:svirt_lxc_file_t:$level"
	touch "$tree/var/log/content"
	is 'a new file of the administrator has the level of its folder' "$(label "$tree/var/log/content")" \
		"object_r:svirt_lxc_file_t:$level"
	echo Secret >"$tree/$docroot/badcontent"
	chcon -l s0:c3,c4 "$tree/$docroot/badcontent"

	ok 'start' "$program" start container1
	is 'every process in it has the level' "$(processes svirt_lxc_net_t | cut -d ' ' -f 1 | sort -u)" $level
	for process in systemd systemd-journal "$web"; do
		like "... $process too" "$(processes svirt_lxc_net_t)" "^$level $process\$"
	done
	like 'the monitor is confined' "$(processes virt_sandbox_monitor_t)" '^s0 monitor$'

	# shellcheck disable=SC2016 # the shell inside expands it
	connected=$(typed container1 'echo uid $((41 + $(id -u)))\nsetenforce 1\ntouch /file\nexit 7\n')
	like 'connect: a shell as root' "$connected" 'uid 41'
	like '... cannot setenforce' "$connected" 'setenforce.*disabled'
	like '... cannot touch /file' "$connected" "touch.*Read-only"
	like '... ends at exit' "$connected" 'logout'
	is 'getenforce says Disabled' "$(inside container1 getenforce)" Disabled
	fails 'touch /usr/bin/x is refused' 'read-only' inside container1 'touch /usr/bin/x'
	ok "touch /$docroot/content is allowed" inside container1 "touch /$docroot/content"
	is "... and it has the container's label" "$(label "$tree/$docroot/content")" "object_r:svirt_lxc_file_t:$level"
	fails 'cat badcontent is refused' 'permission denied' inside container1 "cat /$docroot/badcontent"
	like 'eth0 has an address' "$(inside container1 'ip addr show eth0')" "inet $(address container1)/"
	is 'the service answers the host' "$(status_of content)" 200
	is '... but not with badcontent' "$(status_of badcontent)" 403
	head -c 300000 /dev/urandom >"$work/bytes"
	"$program" execute container1 -- sh -c 'cat; exit 7' <"$work/bytes" >"$work/copy" 2>"$work/output"
	is 'execute hands on the status' $? 7
	ok '... and the bytes' cmp "$work/bytes" "$work/copy"

	ok 'systemctl reload' systemctl reload $unit
	like "journalctl -u has the container's messages" "$(journalctl --no-pager -o cat -u $unit)" "Started.*$web"
	like 'journalctl -M has them' "$(journalctl --no-pager -o cat -M "$(machinectl list --no-legend |
		awk '/-container1 / { print $1 }')" 2>&1)" "Started.*$web"
	like 'logs has them' "$("$program" logs container1 2>&1)" "Started.*$web"
	ok 'stop' "$program" stop container1
	is '... leaves no process' "$(processes svirt_lxc_net_t && processes virt_sandbox_monitor_t)" ''
	is '... no domain' "$(virsh --connect lxc:/// list --all --name | xargs)" ''
	is '... no mount' "$(grep container1 /proc/1/mountinfo)" ''

	ok 'systemctl start' start container1
	is '... returns when the service answers' "$(status_of content)" 200
	ok 'systemctl stop' systemctl stop $unit
	like 'the audit log has the refusals of badcontent' "$(denials)" 'name=badcontent'
	is '... and no other' "$(denials | grep -v name=badcontent)" ''

	ok 'delete' "$program" delete container1
	is '... the folder, the config and the unit are gone' \
		"$(ls -d "$tree" /etc/libvirt-sandbox/services/container1.sandbox /etc/systemd/system/$unit 2>/dev/null)" ''
	is '... and the level is free' "$(find /var/lib/virt-sandbox-service/levels -type f)" ''
}

containers+=(container1)
need 'setup' "$program" setup
unlike 'a second setup has nothing to do' "$("$program" setup)" 'made ready'
for manager in dpkg rpm; do life $manager; done
done_testing
