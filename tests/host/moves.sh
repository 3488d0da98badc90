#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A container moves to another host and back: two hosts in namespaces, which share only /usr. Runs on the machine.
. "$(dirname "$0")/../lib/tap.sh"
: "${program:?names the program under test}"

here=$(cd "$(dirname "$0")" && pwd)
if [ "$("$here/host" kind)" = machine ]; then
	echo '1..0 # SKIP systemd is PID 1 here: this machine is the host'
	exit 0
fi
one=moves-$$-1 two=moves-$$-2
on() { SANDBOX_HOST=$1 "$here/host" run env "${@:2}" </dev/null; }
into() { SANDBOX_HOST=$1 "$here/host" run env "${@:2}"; } # with standard input
at_end() { for host in "$one" "$two"; do SANDBOX_HOST=$host "$here/host" down; done; }
filesystems=/var/lib/libvirt/filesystems
for web in httpd apache2; do
	if [ -e /usr/lib/systemd/system/$web.service ]; then break; fi
done

# listing HOST NAME: prints everything that the file system keeps of /etc and /var of the container.
listing() {
	on "$1" bash -c "cd '$filesystems/$2' && find etc var -printf '%p %y %m %U:%G %l %T@ ' \\( -type d -printf '\\n' -o -printf '%n %s\\n' \\) | sort &&
		find etc var -type f -exec sha256sum {} + | sort -k 2"
}
# field HOST NAME KEY
field() { on "$1" "$program" list --json | jq -r --arg name "$2" --arg key "$3" '.[] | select(.name == $name) | .[$key]'; }
page() { on "$1" curl --silent --show-error --fail --max-time 120 "http://$(field "$1" "$2" address)/page"; }
record() { on "$1" "$program" show "$2" | grep -v -e ^UUID= -e ^Local= -e '^\[Files\]' -e '^$'; }

for host in "$one" "$two"; do
	need "host $host boots" env SANDBOX_HOST="$host" "$here/host" up --until $$
	need "setup makes $host ready" on "$host" "$program" setup
done
need 'create succeeds on the first host' on "$one" "$program" create -C -u "$web" mover
on "$one" sh -c "echo 'it moves' >$filesystems/mover/var/www/html/page"
need 'it starts there' on "$one" "$program" start mover
is 'it serves' "$(page "$one" mover)" 'it moves'
need 'it stops there' on "$one" "$program" stop mover
before=$(listing "$one" mover) identity=$(record "$one" mover)
like 'the listing has its files' "$before" 'var/www/html/page'

# Where everything is free, it stays what it is.
on "$one" "$program" export mover - >"$work/mover"
report $? 'export succeeds on the first host'
into "$two" "$program" import --trust - <"$work/mover" >"$work/output" 2>&1
report $? 'import succeeds on the second host'
is 'its /etc and /var are the same' "$(listing "$two" mover)" "$before"
is 'its record is the same' "$(record "$two" mover)" "$identity"
ok 'the first host forgets it' on "$one" "$program" delete mover
ok 'it starts on the second host' on "$two" "$program" start mover
is 'it serves there' "$(page "$two" mover)" 'it moves'

# And back: the first host has given away its level, ids and address.
ok 'it stops there' on "$two" "$program" stop mover
before=$(listing "$two" mover | grep -v ' etc/hosts\| etc/hosts$\|^etc/hosts')
level=$(sed -n 's/^Level=//p' <<<"$identity")
need 'the first host has another one with its level' on "$one" "$program" create -u "$web" -l "$level" taker
address=$(field "$two" mover address)
need 'and one with its address' on "$one" "$program" create -u "$web" -N "sandbox,address=$address" taker2
on "$two" "$program" export mover | into "$one" "$program" import --trust >"$work/output" 2>&1
report $? 'it goes back through a pipe'
like 'import says that the level is taken' "$(cat "$work/output")" "Level '$level' belongs to container 'taker'"
like 'and that the address is' "$(cat "$work/output")" "Address '$address' belongs to container 'taker2'"
unlike 'it has another level' "$(field "$one" mover level)" "^$level\$"
unlike 'it has another address' "$(field "$one" mover address)" "^$address\$"
is 'only the file with its address has changed' "$(listing "$one" mover | grep -v ' etc/hosts\| etc/hosts$\|^etc/hosts')" "$before"
like 'that has the new one' "$(on "$one" cat $filesystems/mover/etc/hosts)" "$(field "$one" mover address) mover"
ok 'it starts' on "$one" "$program" start mover
is 'it serves' "$(page "$one" mover)" 'it moves'
done_testing
