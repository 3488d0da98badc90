#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The life of a container on a host with SELinux enforcing, step by step; once with dpkg's database and once with rpm's.
. "$(dirname "$0")/lib.sh"

tree=$filesystems/container1
unit=container1_sandbox.service
level=s0:c1,c2

labels() { find "$tree" -printf '%Z\n' | cut -d : -f 2- | sort -u; }
status_of() { curl --silent --output /dev/null --write-out '%{http_code}' --max-time 120 "http://$(address container1)/$1"; }

life() {
	local manager=$1 process connected
	watch_denials
	is "$manager: create prints what it made, and that the host's own server is running" \
		"$("$program" --package-manager="$manager" create -C -l $level -u "$web.service" container1 2>&1)" \
		"virt-sandbox-service: warning: Unit '$web.service' is running on the host, so the copy of its data may be inconsistent; stop the unit first.
Created sandbox container dir $tree
Created sandbox config /etc/libvirt-sandbox/services/container1.sandbox
Created unit file /etc/systemd/system/$unit"
	is "$manager: list shows the package manager that create used" "$(field container1 package_manager)" "$manager"
	is "$manager: every file of the tree has the container's label" "$(labels)" "object_r:$file_type:$level"
	touch "$tree/var/log/content"
	is "$manager: a new file of the administrator has the level of its directory" "$(label "$tree/var/log/content")" \
		"object_r:$file_type:$level"
	echo Secret >"$tree/$docroot/badcontent"
	chcon -l s0:c3,c4 "$tree/$docroot/badcontent"

	ok "$manager: start succeeds" "$program" start container1
	is "$manager: every process inside has the container's level" "$(processes "$process_type" | cut -d ' ' -f 1 | sort -u)" $level
	for process in systemd systemd-journal "$web"; do
		like "$manager: $process inside has the container's level" "$(processes "$process_type")" "^$level $process\$"
	done
	like "$manager: the monitor runs in its own domain" "$(processes virt_sandbox_monitor_t)" '^s0 monitor$'

	# shellcheck disable=SC2016 # the shell inside expands it
	connected=$(typed container1 'echo uid $((41 + $(id -u)))\nsetenforce 1\ntouch /file\nexit 7\n')
	like "$manager: connect gives a shell of root" "$connected" 'uid 41'
	like "$manager: the shell of connect cannot setenforce" "$connected" 'setenforce.*disabled'
	like "$manager: the shell of connect cannot touch /file" "$connected" "touch.*Read-only"
	like "$manager: exit ends the shell of connect" "$connected" 'logout'
	is "$manager: getenforce inside says Disabled" "$(inside container1 getenforce)" Disabled
	fails "$manager: touch /usr/bin/x is refused inside" 'read-only' inside container1 'touch /usr/bin/x'
	ok "$manager: touch /$docroot/content is allowed inside" inside container1 "touch /$docroot/content"
	is "$manager: a file that was made inside has the container's label" "$(label "$tree/$docroot/content")" "object_r:$file_type:$level"
	fails "$manager: reading a file of another level is refused inside" 'permission denied' inside container1 "cat /$docroot/badcontent"
	like "$manager: eth0 has the address that list shows" "$(inside container1 'ip addr show eth0')" "inet $(address container1)/"
	is "$manager: the service serves a page to the host" "$(status_of content)" 200
	is "$manager: the service cannot serve a file of another level" "$(status_of badcontent)" 403
	head -c 300000 /dev/urandom >"$work/bytes"
	"$program" execute container1 -- sh -c 'cat; exit 7' <"$work/bytes" >"$work/copy" 2>"$work/output"
	is "$manager: execute passes the exit status through" $? 7
	ok "$manager: execute passes standard input and output through, byte for byte" cmp "$work/bytes" "$work/copy"

	ok "$manager: systemctl reload succeeds" systemctl reload $unit
	like "$manager: journalctl -u shows the messages of the container" "$(journalctl --no-pager -o cat -u $unit)" "Started.*$web"
	like "$manager: journalctl -M shows the messages of the container" "$(journalctl --no-pager -o cat -M container1 2>&1)" "Started.*$web"
	like "$manager: logs shows the messages of the container" "$("$program" logs container1 2>&1)" "Started.*$web"
	ok "$manager: stop succeeds" "$program" stop container1
	is "$manager: stop leaves no process" "$(processes "$process_type" && processes virt_sandbox_monitor_t)" ''
	is "$manager: stop leaves no libvirt domain" "$(virsh --connect lxc:/// list --all --name | xargs)" ''
	is "$manager: stop leaves no mount" "$(grep container1 /proc/1/mountinfo)" ''

	ok "$manager: systemctl start succeeds" start container1
	is "$manager: systemctl start returns when the service answers" "$(status_of content)" 200
	ok "$manager: systemctl stop succeeds" systemctl stop $unit
	like "$manager: the audit log shows that badcontent was refused" "$(denials)" 'name=badcontent'
	is "$manager: SELinux denied nothing but badcontent" "$(denials | grep -v name=badcontent)" ''

	ok "$manager: delete succeeds" "$program" delete container1
	is "$manager: delete removes the tree, the record and the unit" \
		"$(ls -d "$tree" /etc/libvirt-sandbox/services/container1.sandbox /etc/systemd/system/$unit 2>/dev/null)" ''
	is "$manager: delete frees the level" "$(find /var/lib/virt-sandbox-service/levels -type f)" ''
}

containers+=(container1)
need 'setup makes the host ready' "$program" setup
unlike 'a second setup has nothing to do' "$("$program" setup)" 'made ready'
for manager in dpkg rpm; do life $manager; done
done_testing
