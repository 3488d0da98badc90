#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Services of other kinds with SELinux enforcing, all at the same time: a login server, databases, mail, and two in one.
. "$(dirname "$0")/lib.sh"

# made NAME UNIT...: creates a container for these units.
made() {
	local name=$1 unit options=()
	shift
	for unit; do options+=(-u "$unit"); done
	containers+=("$name")
	need "create $name succeeds" "$program" create -C "${options[@]}" "$name"
}
# says NAME PORT TEXT: prints what a server answers to the text.
says() { printf '%b' "$3" | timeout 600 socat -t 600 - "TCP:$(address "$1"):$2"; }
sql='create database test; create table test.t (n int); insert into test.t values (42); select n from test.t'

need 'setup makes the host ready' "$program" setup
watch_denials
made db mariadb.service
made pg postgresql@15-main.service
made mail dovecot.service
made login ssh.service
made both "$web.service" mariadb.service
ssh-keygen -q -t ed25519 -N '' -f "$work/key"
install -d -m 700 "$filesystems/login/root/.ssh"
install -m 600 "$work/key.pub" "$filesystems/login/root/.ssh/authorized_keys"
ok 'five containers of different services start at the same time' systemctl start {db,pg,mail,login,both}_sandbox.service
for name in db pg mail login both; do is "$name: systemd inside is running, not degraded" "$(inside $name 'systemctl is-system-running --wait')" running; done

for name in db both; do
	is "$name: MariaDB answers a query" "$(inside $name "mariadb -N -e '$sql'")" 42
	is "$name: a table of MariaDB has the container's label" "$(stat -c %C "$filesystems/$name/var/lib/mysql/test/t.frm")" \
		"system_u:object_r:$file_type:$(field $name level)"
done
like 'both: the web server beside MariaDB serves a page' "$(page both '')" '<html'
is 'pg: PostgreSQL answers a query' "$(inside pg "runuser -u postgres -- psql -Atqc 'create table t (n int); insert into t values (42); select n from t'")" 42
like 'mail: Dovecot answers a session of IMAP' "$(says mail 143 'a capability\r\nb logout\r\n')" 'OK .*(IMAP4rev1|authentication process)'
like "login: a session of SSH runs as root with the container's label" "$(ssh -q -F none -i "$work/key" -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
	"root@$(address login)" 'id -un; cat /proc/self/attr/current' </dev/null | tr '\n\0' '  ')" \
	"^root [^ ]*:$process_type:$(field login level) "
is 'login: the host keys are not those of the host' "$(cat /etc/ssh/*.pub "$filesystems/login"/etc/ssh/*.pub | sort | uniq -d)" ''
is 'SELinux denied nothing to the services' "$(denials)" ''

# One container against another: they have ids of their own, and labels.
"$program" execute db -- sh -c 'echo secret >/var/lib/mysql/secret; chmod 666 /var/lib/mysql/secret; sleep 1000 & echo $! >/var/lib/mysql/pid' \
	</dev/null >/dev/null 2>&1
cp -a "$filesystems/db/var/lib/mysql/secret" "$filesystems/both/var/stolen"
chcon -l "$(field db level)" "$filesystems/both/var/stolen"
ln "$filesystems/db/var/lib/mysql/secret" "$filesystems/both/var/linked"
for file in stolen linked; do fails "both cannot read a file of db ($file)" 'permission denied' inside both "cat /var/$file"; done
fails 'both cannot write a file of db' 'permission denied' inside both 'echo x >>/var/stolen'
is 'both cannot see the processes of db' "$(inside both "grep -l sleep /proc/[0-9]*/comm")" ''
is 'both cannot see the sockets of db' "$(inside both 'grep -c mysqld.sock /proc/net/unix')" "$(inside db 'grep -c mysqld.sock /proc/net/unix')"
fails 'both cannot signal the processes of db' 'no such process' inside both "kill -0 $(leader db)"
ok 'delete of all five containers succeeds' "$program" delete --force db pg mail login both
done_testing
