#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installation scripts of packages: without --copy, they make the service's data anew, inside, once, before the service. The
# package exists only in dpkg's database of this host.
. "$(dirname "$0")/lib.sh"

[ -s /var/lib/dpkg/status ] || skip_all 'dpkg does not manage this machine'
need 'setup makes the host ready' "$program" setup

unit=/etc/systemd/system/script-test.service data=/var/lib/script-test info=/var/lib/dpkg/info
answers=/var/cache/debconf/config.dat
cp -a /var/lib/dpkg/status "$work/status"
mkdir -p "${answers%/*}"
[ ! -e "$answers" ] || cp -a "$answers" "$work/answers"
at_end() {
	delete_containers
	cat "$work/status" >/var/lib/dpkg/status
	if [ -e "$work/answers" ]; then cat "$work/answers" >"$answers"; else rm -f "$answers"; fi
	rm -rf "$info"/script-test.* "$unit" "$data" /etc/script-test.conf /etc/script-test
	systemctl daemon-reload
}

cat >>/var/lib/dpkg/status <<'END'
Package: script-test
Status: install ok installed
Maintainer: nobody
Architecture: all
Version: 1
Depends: debconf
Description: test

END
printf '%s\n' /. /etc /etc/systemd "${unit%/*}" "$unit" /etc/script-test /etc/script-test.conf /var /var/lib "$data" >"$info/script-test.list"
cat >"$unit" <<END
[Service]
ExecStartPre=/usr/bin/test -e $data/table
ExecStart=/usr/bin/sleep infinity
[Install]
WantedBy=multi-user.target
END
echo 'configuration' >/etc/script-test.conf
mkdir "$data" /etc/script-test
echo 'of the host' >"$data/table"
printf 'Template: script-test/name\nType: string\nDefault: offered\nDescription: name\n' >"$info/script-test.templates"
printf '#!/bin/sh\n. /usr/share/debconf/confmodule\ndb_input high script-test/name\ndb_go\n' >"$info/script-test.config"
chmod 755 "$info/script-test.config"
printf '\nName: script-test/name\nTemplate: script-test/name\nValue: told\nOwners: script-test\nFlags: seen\n' >>"$answers"
systemctl daemon-reload

# postinst SCRIPT: makes it what dpkg ran last.
postinst() { printf '#!/bin/sh\n%s\n' "$1" >"$info/script-test.postinst" && chmod 755 "$info/script-test.postinst"; }
# make NAME OPTION...: creates a container, which is deleted at the end of the test.
make() {
	containers+=("$1")
	"$program" create -u script-test.service -N none "${@:2}" "$1"
}
script=virt-sandbox-script-script-test.service

postinst "set -e
. /usr/share/debconf/confmodule
db_get script-test/name
echo \"\$1, \$2, \$DPKG_MAINTSCRIPT_NAME of \$DPKG_MAINTSCRIPT_PACKAGE, \$RET\" >$data/said
ls /sys/class/net >$data/interfaces
systemctl start script-test.service
invoke-rc.d script-test start
chmod 700 /etc/script-test.conf /usr/bin/sleep
echo changed >/etc/script-test.conf
echo new >/etc/script-test/new
cat /etc/script-test.conf >$data/configuration
touch /usr/bin/script-test
[ -d /run/systemd/system ] || echo unreachable >$data/systemd
echo run >>$data/table"
ok 'a container without the data is created' make script1
is 'it has the script, and what debconf asks' "$(ls $filesystems/script1/var/lib/virt-sandbox-scripts)" \
	$'script-test.answers\nscript-test.config\nscript-test.postinst\nscript-test.templates'
need 'it starts' start script1
is 'the script has run before the service, with what dpkg gives it, and what debconf was told' "$(inside script1 "cat $data/said")" \
	'configure, , postinst of script-test, told'
is 'it had no interface but its own loopback' "$(inside script1 "cat $data/interfaces")" lo
is 'it could not reach systemd' "$(inside script1 "cat $data/systemd")" unreachable
is 'it found the configuration that it had written' "$(inside script1 "cat $data/configuration")" changed
is 'the container has kept its own' "$(inside script1 'cat /etc/script-test.conf; stat -c %a /etc/script-test.conf; ls -A /etc/script-test')" \
	$'configuration\n644'
like 'the journal says what it wanted to change' "$(inside script1 "journalctl -o cat -u $script")" \
	'keeps what it has there: /etc/script-test/new /etc/script-test.conf$'
is 'nothing of it is left to run' "$(inside script1 'ls -A /var/lib/virt-sandbox-scripts')" ''
unlike 'the container is not degraded' "$("$program" status script1)" Degraded
ok 'it stops' "$program" stop script1
need 'it starts again' start script1
is 'the script has not run again' "$(inside script1 "cat $data/table")" run
echo 'more' >>/etc/script-test.conf
"$program" upgrade --dry-run script1 >"$work/upgrade" 2>&1
like 'upgrade brings what changes on the host' "$(cat "$work/upgrade")" script-test.conf
unlike 'upgrade leaves the unit of the script alone' "$(cat "$work/upgrade")" virt-sandbox-script

postinst "echo table >$data/table; echo 'no way' >&2; exit 7"
ok 'a container with a script that fails is created' make script2
ok 'the service starts nevertheless' start script2
like 'status says that the script failed' "$("$program" status script2)" "Degraded: .*$script failed"
like "the journal names the package" "$(inside script2 "journalctl -o cat -u $script")" "script of package 'script-test' failed with status 7"
ok 'it stops' "$program" stop script2
ok 'it starts again' start script2
unlike 'the script that failed does not run again' "$("$program" status script2)" Degraded

postinst "echo begun >>$data/begun; [ -e $data/table ] || { touch $data/table; sleep 600; }"
ok 'a container with a script that hangs is created' make script3
systemctl start --no-block script3_sandbox.service
wait_for test -e $filesystems/script3$data/begun
systemctl kill --signal KILL script3_sandbox.service
"$program" stop script3 >/dev/null 2>&1
systemctl reset-failed script3_sandbox.service 2>/dev/null
need 'after its first start was interrupted, it starts' start script3
is 'the script that was interrupted runs again' "$(inside script3 "cat $data/begun")" $'begun\nbegun'

echo made >/etc/script-test/made
postinst "echo run >>$data/runs; [ ! -e /etc/script-test/made ] || exit 0; mkdir -p /etc/script-test; echo anew >/etc/script-test/made
echo table >$data/table"
ok 'a container is created whose script makes data only if it has made no configuration' make script6
need 'it starts' start script6
is 'the script has run twice' "$(inside script6 "cat $data/runs")" $'run\nrun'
is 'the container has the configuration of the host' "$(inside script6 'cat /etc/script-test/made')" made
is 'nothing of the script is left to run' "$(inside script6 'ls -A /var/lib/virt-sandbox-scripts')" ''
unlike 'the container is not degraded' "$("$program" status script6)" Degraded

postinst "[ ! -e /etc/script-test/made ] || exit 3; echo table >$data/table; echo relative >relative"
ok 'a container is created whose script fails where it has run before' make script7
need 'it starts' start script7
unlike 'the container is not degraded' "$("$program" status script7)" Degraded

postinst "[ ! -e /etc/script-test/made ] || exit 0; mkdir -p /etc/script-test; echo anew >/etc/script-test/made
echo table >$data/table; exit 5"
ok 'a container is created whose script fails only when it runs again' make script8
need 'it starts' start script8
like 'status says that the script failed' "$("$program" status script8)" "Degraded: .*$script failed"
like 'the journal has the status of the second run' "$(inside script8 "journalctl -o cat -u $script")" 'failed with status 5'

ok 'a container with --no-scripts is created' make script4 --no-scripts
is 'it has no script' "$(find $filesystems/script4 -name '*virt-sandbox-script*')" ''
fails 'the service does not start without data' failed systemctl start script4_sandbox.service
ok 'a container with --copy is created' make script5 -C
is 'it has no script either' "$(find $filesystems/script5 -name '*virt-sandbox-script*')" ''
ok 'the service starts with the data of the host' start script5
done_testing
