#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Services other than a package's plain one: the administrator's own, from a template, from a SysV script, two at once, and one
# that must not have the host's SSH keys.
. "$(dirname "$0")/lib.sh"

units=/etc/systemd/system
at_end() {
	delete_containers
	rm -rf "$units"/own-test@.service{,.d} "$units"/own-test-{slow,hasty}.service "$units/service.d/own-test.conf" /etc/init.d/old-test /usr/local/bin/own-test /etc/own-test* \
		/var/lib/own-test
	rmdir "$units/service.d"
	systemctl daemon-reload
}

# make NAME OPTION...: creates and starts a container, which is deleted at the end of the test.
make() {
	containers+=("$1")
	"$program" create -C "${@:2}" "$1" && start "$1"
}

need 'setup makes the host ready' "$program" setup

# A script that no package owns, run by a template with settings from files of its own and a drop-in.
mkdir -p $units/own-test@.service.d /var/lib/own-test
cat >/usr/local/bin/own-test <<'END'
#!/bin/bash
echo $1 $KEY $DROPPED $(cat /etc/own-test.conf "$CREDENTIALS_DIRECTORY/credential" /var/lib/own-test/data)
exec sleep infinity
END
chmod 755 /usr/local/bin/own-test
echo KEY=environment >/etc/own-test.env
echo configuration >/etc/own-test.conf
echo credential >/etc/own-test.credential
echo data >/var/lib/own-test/data
printf '[Service]\n%s\n' 'EnvironmentFile=/etc/own-test.env' 'LoadCredential=credential:/etc/own-test.credential' \
	'ExecStart=/usr/local/bin/own-test %i --configuration=/etc/own-test.conf /var/lib/own-test' >$units/own-test@.service
printf '[Service]\nEnvironment=DROPPED=in\nNice=-5\nOOMScoreAdjust=-500\nPrivateUsers=yes\n' >$units/own-test@.service.d/override.conf
printf '[Service]\nPrivateUsers=yes\nNice=-5\n' >$units/own-test@.service.d/zzz.conf
systemctl daemon-reload
fails 'create refuses a script that no package owns and points to --package' 'no package owns .* --package' \
	"$program" create -C -u own-test@ own1
ok 'with --package, a script that no package owns is made and starts' make own1 -u own-test@ -P bash
says() { inside own1 'journalctl --output cat --unit own-test@own1'; }
told() { says | grep -q ^own1; }
wait_for told
like 'a script that no package owns finds every file that its unit names' "$(says)" \
	'^own1 environment in configuration credential data'
is 'Nice= and OOMScoreAdjust= of a drop-in have no effect inside' "$(inside own1 'systemctl show --property Nice,OOMScoreAdjust own-test@own1')" \
	"$(printf 'OOMScoreAdjust=0\nNice=0')"

is 'PrivateUsers= of a drop-in has no effect inside' "$(inside own1 'systemctl show --property PrivateUsers own-test@own1')" PrivateUsers=no

# What an administrator sets for all services, in the container and for its unit on the host.
mkdir -p "$units/service.d"
everybody() {
	printf '[Service]\n%s\n' "$@" >"$units/service.d/own-test.conf"
	systemctl daemon-reload
	systemctl try-restart libvirtd.service virtlxcd.service 2>/dev/null
}
everybody ProtectSystem=full PrivateTmp=yes ProtectHome=yes
ok 'a container is made and starts with settings for all services of the host' make own_2 -u own-test@ -P bash
is 'a setting for all services of the host applies to those inside' "$(inside own_2 'systemctl show --property ProtectHome own-test@own_2')" ProtectHome=yes
ok 'systemctl stop succeeds with settings for all services of the host' systemctl stop own_2_sandbox.service
everybody ProtectSystem=strict PrivateTmp=yes PrivateDevices=yes ProtectProc=invisible User=nobody NoNewPrivileges=yes \
	CapabilityBoundingSet= RestrictNamespaces=yes RestrictAddressFamilies=AF_INET PrivateNetwork=yes 'SystemCallFilter=~setns unshare'
ok 'a container starts even if no service of the host may do what its unit does' start own_2
is 'the host name of a container has a dash for an underscore' "$(inside own_2 'uname --nodename')" own-2
for name in own-2 own_2; do
	like "a container with an underscore in its name knows $name" "$(inside own_2 "getent hosts $name")" 'own-2 own_2'
done
ok 'systemctl stop succeeds even if no service of the host may do what its unit does' systemctl stop own_2_sandbox.service
rm "$units/service.d/own-test.conf"
systemctl daemon-reload

# A SysV script, for which systemd generates a unit.
if [ -x /usr/lib/systemd/system-generators/systemd-sysv-generator ]; then
	cat >/etc/init.d/old-test <<'END'
#!/bin/sh
### BEGIN INIT INFO
# Provides: old-test
# Required-Start:
# Required-Stop:
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
### END INIT INFO
[ "$1" != start ] || sleep 86399 &
END
	chmod 755 /etc/init.d/old-test
	systemctl daemon-reload
	ok 'a service from a script in /etc/init.d is made and starts' make old1 -u old-test -P bash
	is 'a service from a script in /etc/init.d runs' "$(inside old1 'pgrep -cx sleep')" 1
	is 'with a service from /etc/init.d, no unit inside has failed' "$(inside old1 'systemctl is-system-running')" running
else
	skip 'a service from a script in /etc/init.d is made and starts' 'this systemd has no use for such'
fi

ok 'a container of two services is made and starts' make two1 -u own-test@ -u "$web" -P bash
is 'both services of a container are active' "$(inside two1 "systemctl is-active own-test@two1 $web" | uniq)" active
is 'with two services, no unit inside has failed' "$(inside two1 'systemctl is-system-running')" running

# Services that take 18 seconds to write their data when they are stopped. A container made for one that has a second ends after
# 16, which is the control; a container made for one that has a minute lets it finish.
cat >/usr/local/bin/own-test <<'END'
#!/bin/bash
trap 'sleep 18; echo flushed >/var/lib/own-test/flushed; exit' TERM
systemd-notify --ready
while :; do sleep 1 & wait $!; done
END
for service in slow:60 hasty:1; do
	printf '[Service]\n%s\n' Type=notify NotifyAccess=all KillMode=mixed ExecStart=/usr/local/bin/own-test StateDirectory=own-test \
		"TimeoutStopSec=${service#*:}" >"$units/own-test-${service%:*}.service"
done
systemctl daemon-reload
for name in slow hasty; do
	ok "a container of a $name service is made" "$program" create -u own-test-$name -P bash $name
	containers+=("$name")
	mkdir "$filesystems/$name/etc/systemd/system/own-test-$name.service.d"
	printf '[Service]\nTimeoutStopSec=60\n' >"$filesystems/$name/etc/systemd/system/own-test-$name.service.d/time.conf"
	ok "a container of a $name service starts" start $name
done
systemctl stop hasty_sandbox.service &
ok 'a container of a service that needs longer to stop than others is stopped' systemctl stop slow_sandbox.service
wait $!
ok 'a service that may take a minute to stop has written its data' test -e "$filesystems/slow/var/lib/own-test/flushed"
ok 'a container does not wait longer than the unit for which it was made may take' \
	test ! -e "$filesystems/hasty/var/lib/own-test/flushed"

for ssh in sshd ssh; do
	if [ -e /usr/lib/systemd/system/$ssh.service ]; then break; fi
done
if [ -e /usr/lib/systemd/system/"$ssh.service" ] && [ -e /etc/ssh/ssh_host_rsa_key ]; then
	ok 'a container of an SSH server is made and starts' make ssh1 -u "$ssh"
	keys() { (cd "$1/etc/ssh" && for key in ssh_host_*_key; do ssh-keygen -y -f "$key"; done | cut -d ' ' -f 2 | sort); }
	is 'the SSH server inside has host keys of the same kinds as the host' "$(cd "$filesystems/ssh1/etc/ssh" && echo ssh_host_*_key)" \
		"$(cd /etc/ssh && echo ssh_host_*_key)"
	is 'none of the host keys of the SSH server inside is the host'"'"'s' "$(comm -12 <(keys /) <(keys "$filesystems/ssh1"))" ''
	like 'the SSH server inside answers' "$(address=$(address ssh1) && timeout 120 bash -c "head -n 1 </dev/tcp/$address/22")" '^SSH-2'
	before=$(keys "$filesystems/ssh1")
	ok 'restart of a container with an SSH server succeeds' systemctl restart ssh1_sandbox.service
	is 'a restart keeps the host keys of the SSH server inside' "$(keys "$filesystems/ssh1")" "$before"
	is 'with an SSH server, no unit inside has failed' "$(inside ssh1 'systemctl is-system-running')" running
else
	skip 'a container of an SSH server is made and starts' 'there is none on this host, or it has no keys yet'
fi
done_testing
