#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Services other than a package's plain one: the administrator's own, from a template, from a SysV script, two at once, and one
# that must not have the host's SSH keys.
. "$(dirname "$0")/lib.sh"

units=/etc/systemd/system
at_end() {
	delete_containers
	rm -rf "$units"/own-test@.service{,.d} "$units"/own-test-* "$units"/*.wants/own-test-* "$units/service.d/own-test.conf" /etc/init.d/old-test /usr/local/bin/own-test /etc/own-test* \
		/var/lib/own-test /etc/logrotate.d/own-test-*
	case ${rotates-} in
	enabled) systemctl enable --quiet logrotate.timer ;;
	?*) systemctl disable --quiet logrotate.timer ;;
	esac
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
# warnings OPTION...: what create would warn of.
warnings() { "$program" create -n "$@" -u own-test@once -P bash own0 2>&1 >/dev/null | sed 's/.*warning: //'; }
lost="Unit 'own-test@once.service' runs in the container without the restrictions of PrivateUsers=, which have no effect there."
is 'create warns only of a lost restriction if a unit does not run on the host and will miss nothing' "$(warnings -C)" "$lost"
systemctl start own-test@once
like 'create --copy warns of a unit that runs on the host' "$(warnings -C)" "'own-test@once.service' is running"
unlike 'without --copy, it does not' "$(warnings)" 'is running'
like 'it still warns of the lost restriction' "$(warnings)" "$lost"
systemctl stop own-test@once
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

# Units of other kinds, and those that come along. The timer and the path are the administrator's, as is what they start.
cat >/usr/local/bin/own-test <<'END'
#!/bin/bash
echo "$@" >>/var/lib/own-test/ran
[ "$1" != stay ] || exec sleep infinity
END
own_unit() { printf '%s\n' "${@:2}" >"$units/own-test-$1"; }
own_service() { own_unit "$1.service" "${@:3}" '[Service]' StateDirectory=own-test "ExecStart=/usr/local/bin/own-test $2"; }
own_service ticked tick
own_unit ticked.timer '[Timer]' OnActiveSec=0 '[Install]' WantedBy=timers.target
own_service first stay
own_service base 'stay base' '[Unit]' Requires=own-test-first.service After=own-test-first.service
own_unit base.timer '[Timer]' OnActiveSec=1d
own_unit all.target '[Unit]' Wants=own-test-base.service
own_service each@ 'each'
sed -i '/StateDirectory/a StandardInput=socket' "$units/own-test-each@.service"
own_unit each.socket '[Socket]' ListenStream=8099 Accept=yes
own_unit many.service '[Service]' Type=oneshot RemainAfterExit=yes ExecStart=/bin/true '[Install]' WantedBy=multi-user.target
own_service many@ 'stay %i' '[Unit]' PartOf=own-test-many.service
ln -sfn ../own-test-many@.service "$units/multi-user.target.wants/own-test-many@one.service"
systemctl daemon-reload
ran() { cat "$filesystems/$1/var/lib/own-test/ran"; }
has_run() { ran "$1" | grep -q -- "$2"; }

ok 'a container of a timer is made and starts' make timer1 -u own-test-ticked.timer -P bash
wait_for has_run timer1 tick
ok 'the timer of a container starts its service' has_run timer1 tick
ok 'a container of a socket is made and starts' make socket1 -u own-test-each.socket -P bash
ok 'the socket of a container listens' timeout 120 bash -c ": >/dev/tcp/$(address socket1)/8099"
wait_for has_run socket1 each
ok 'the socket of a container starts an instance for a connection' has_run socket1 each
ok 'a container of a target is made and starts' make target1 -u own-test-all.target -P bash
is 'a target of a container starts what it wants, and what that requires' \
	"$(inside target1 'systemctl is-active own-test-all.target own-test-base.service own-test-first.service' | uniq)" active
is 'a timer that is not enabled on the host is inside, and not enabled' "$(inside target1 'systemctl is-enabled own-test-base.timer; systemctl is-active own-test-base.timer')" \
	"$(printf 'static\ninactive')"
ok 'a container of a service with an instance is made and starts' make many1 -u own-test-many -P bash
is 'an enabled instance of a service runs with it' "$(inside many1 'systemctl is-active own-test-many@one.service')" active
like 'the record names the instance' "$("$program" list --json)" own-test-many@one.service
sed -i 's,^ExecStart=.*,ExecStart=/bin/false,' "$filesystems/many1/etc/systemd/system/own-test-many@.service"
printf 'Type=oneshot\n' >>"$filesystems/many1/etc/systemd/system/own-test-many@.service"
fails 'a container does not start if an instance of its service fails' 'own-test-many@one.service' "$program" restart many1
is 'with units of every kind, no unit inside has failed' "$(for name in timer1 socket1 target1; do inside $name 'systemctl is-system-running'; done | uniq)" running

# Logs that the host rotates are rotated inside.
if [ -e /usr/lib/systemd/system/logrotate.timer ] && rotates=$(systemctl is-enabled logrotate.timer || true) && [ "$rotates" != masked ]; then
	own_service logged 'stay logged' '[Service]' LogsDirectory=own-test
	printf '/var/log/own-test/log {\n\tsize 1\n\trotate 1\n}\n' >/etc/logrotate.d/own-test-logged
	systemctl daemon-reload
	systemctl disable --quiet logrotate.timer
	ok 'a container of a service with a log is made and starts while the host rotates none' make unrotated1 -u own-test-logged -P bash
	is 'logs that the host does not rotate are not rotated inside' "$(inside unrotated1 'systemctl is-active logrotate.timer')" inactive
	systemctl enable --quiet logrotate.timer
	ok 'a container of a service whose log the host rotates is made and starts' make rotated1 -u own-test-logged -P bash
	is 'the timer that rotates logs is active inside' "$(inside rotated1 'systemctl is-active logrotate.timer')" active
	ok 'what it starts succeeds inside' inside rotated1 'seq 1000 >/var/log/own-test/log && systemctl start logrotate.service'
	ok 'and has rotated the log of the service' test -s "$filesystems/rotated1/var/log/own-test/log.1"
	is 'with a log that is rotated, no unit inside has failed' "$(inside rotated1 'systemctl is-system-running')" running
else
	skip 'a container of a service whose log the host rotates is made and starts' 'this host has no logrotate.timer'
fi

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
