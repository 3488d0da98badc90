#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The virtual machine is as the other tests here expect it.
. "$(dirname "$0")/../lib/tap.sh"

is 'SELinux of the machine is enforcing' "$(getenforce)" Enforcing
is 'systemd is PID 1' "$(cat /proc/1/comm)" systemd
is 'systemd runs in its own domain' "$(ps -o label= -p 1)" 'system_u:system_r:init_t:s0'
is 'control groups of version 2 are the only ones' "$(findmnt -n -o FSTYPE,TARGET -t cgroup,cgroup2)" 'cgroup2 /sys/fs/cgroup'
like 'the administrator is unconfined' "$(id -Z)" ':unconfined_t:'
like 'libvirt can label containers' "$(virsh --connect lxc:/// capabilities)" '<model>selinux</model>'
is 'no unit of the machine has failed' "$(systemctl list-units --failed --no-legend --plain)" ''
is 'files have the labels of the policy' \
	"$(restorecon -nRv /usr/bin /usr/libexec /etc /var/lib/libvirt 2>&1 | head)" ''

# Both databases describe the same files.
for path in /usr/sbin/apache2 /etc/apache2/apache2.conf /usr/sbin/mariadbd /var/lib/dbus; do
	is "rpm and dpkg agree who owns $path" "$(rpm -q --queryformat '%{NAME}\n' -f "$path" | sort)" \
		"$(dpkg-query --search "$path" | sed 's/: .*//; s/, /\n/g; s/:amd64//g' | sort)"
done
# shellcheck disable=SC2016 # dpkg's words
is 'rpm and dpkg have the same packages' "$(rpm -qa --queryformat '%{NAME}\n' | sort)" \
	"$(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort -u)"
done_testing
