#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Services of other kinds with SELinux enforcing, all at the same time: a login server, databases, mail, and two in one.
. "$(dirname "$0")/lib.sh"

# made NAME UNIT...: creates a container of these units.
made() {
	local name=$1 unit options=()
	shift
	for unit; do options+=(-u "$unit"); done
	containers+=("$name")
	need "create $name" "$program" create -C "${options[@]}" "$name"
}
# says NAME PORT TEXT: what a server answers to the text.
says() { printf '%b' "$3" | timeout 600 socat -t 20 - "TCP:$(address "$1"):$2"; }
sql='create database test; create table test.t (n int); insert into test.t values (42); select n from test.t'

need 'setup' "$program" setup
watch_denials
made db mariadb.service
made pg postgresql@15-main.service
made mail dovecot.service
made login ssh.service
made both "$web.service" mariadb.service
ssh-keygen -q -t ed25519 -N '' -f "$work/key"
install -d -m 700 "$filesystems/login/root/.ssh"
install -m 600 "$work/key.pub" "$filesystems/login/root/.ssh/authorized_keys"
ok 'all start' systemctl start {db,pg,mail,login,both}_sandbox.service
for name in db pg mail login both; do is "$name is running, not degraded" "$(inside $name 'systemctl is-system-running --wait')" running; done

for name in db both; do
	is "$name: SQL" "$(inside $name "mariadb -N -e '$sql'")" 42
	is '... whose data has the label' "$(stat -c %C "$filesystems/$name/var/lib/mysql/test/t.frm")" \
		"system_u:object_r:svirt_lxc_file_t:$(field $name level)"
done
like 'both: and the pages beside it' "$(page both '')" '<html'
is 'pg: SQL' "$(inside pg "runuser -u postgres -- psql -Atqc 'create table t (n int); insert into t values (42); select n from t'")" 42
like 'mail: a session' "$(says mail 143 'a capability\r\nb logout\r\n')" 'OK .*(IMAP4rev1|authentication process)'
like 'login: a session' "$(ssh -q -F none -i "$work/key" -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
	"root@$(address login)" 'id -un; cat /proc/self/attr/current' </dev/null | tr '\n\0' '  ')" \
	"^root [^ ]*:svirt_lxc_net_t:$(field login level) "
is '... by keys that are not the host'"'"'s' "$(cat /etc/ssh/*.pub "$filesystems/login"/etc/ssh/*.pub | sort | uniq -d)" ''
is 'SELinux denied nothing' "$(denials)" ''

# One and the other: with ids of their own, and labels.
"$program" execute db -- sh -c 'echo secret >/var/lib/mysql/secret; chmod 666 /var/lib/mysql/secret; sleep 1000 & echo $! >/var/lib/mysql/pid' \
	</dev/null >/dev/null 2>&1
cp -a "$filesystems/db/var/lib/mysql/secret" "$filesystems/both/var/stolen"
chcon -l "$(field db level)" "$filesystems/both/var/stolen"
ln "$filesystems/db/var/lib/mysql/secret" "$filesystems/both/var/linked"
for file in stolen linked; do fails "both cannot read a file of db ($file)" 'permission denied' inside both "cat /var/$file"; done
fails '... nor write it' 'permission denied' inside both 'echo x >>/var/stolen'
is '... nor see its processes' "$(inside both "grep -l sleep /proc/[0-9]*/comm")" ''
is '... nor its sockets' "$(inside both 'grep -c mysqld.sock /proc/net/unix')" "$(inside db 'grep -c mysqld.sock /proc/net/unix')"
fails '... nor signal them' 'no such process' inside both "kill -0 $(leader db)"
ok 'delete' "$program" delete db pg mail login both
done_testing
