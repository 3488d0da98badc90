#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The rules of the source that a compiler does not see: who may know which library, that no service is known by name, and
# which calls there are none of.
: "${top_srcdir:=$(dirname "$0")/..}"
. "$top_srcdir/tests/lib/tap.sh"
cd "$top_srcdir" || exit

# What is not the C library's or the kernel's, as it begins in '#include <...>', and the files that may include it.
foreign='
	json-c/               base/json.c
	libvirt/              virt/libvirt.c
	libxml/               virt/domain-xml.c
	rpm/                  package/rpm.c
	seccomp.h             inside/seccomp.c
	selinux/              selinux/selinux.c
	semanage/             selinux/semanage.c
	systemd/sd-bus.h      running/unit-run.c running/transient-unit.c systemd/bus.c systemd/jobs.c systemd/manager.c
	systemd/sd-daemon.h   systemd/manager.c
	systemd/sd-journal.h  systemd/journal.c'
own='(arpa|asm|linux|net|netinet|sys)/|[a-z0-9_-]+\.h>'

services='apache apache2 httpd nginx lighttpd mariadb mariadbd mysql mysqld postgres postgresql redis memcached mongod
	dovecot postfix exim exim4 sendmail sshd vsftpd proftpd smbd nmbd samba squid haproxy varnish unbound bind9 dnsmasq
	tomcat php-fpm rabbitmq mosquitto slapd cupsd chronyd ntpd'
calls='system popen realpath chdir strcpy strcat sprintf vsprintf gets atoi'

# includes: lines 'FILE <HEADER' and 'FILE "HEADER', of all in src/.
includes() {
	sed -nE 's/^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]*)[>"].*/\1\2/; T; F; p' src/*/*.[ch] | paste -d ' ' - - | sed 's,^src/,,'
}
libraries() { includes | sed -n 's/ </ /p'; } # without our own headers
including() { libraries | awk -v header="$1" 'index($2, header) == 1 { print $1 }' | sort -u; }
# Those of the files in $2 that are not words of $1.
beyond() { comm -13 <(tr ' ' '\n' <<<"$1" | sort -u) <(printf '%s' "${2:+$2$'\n'}" | sort -u); }
# Code without comments: what a word means is another matter there.
code() { awk '{ gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, "") } 1' RS='\001' "$1"; }
# places WORDS FILE...: 'FILE: WORD' for each whole word that the code has, whatever its case.
places() {
	local pattern file
	pattern=$(tr -s ' \t\n' '|' <<<"$1" | sed 's/|*$//')
	shift
	for file; do code "$file" | grep -owiE "$pattern" | sed "s|^|$file: |"; done | sort -u
}

like 'the source has includes' "$(includes)" '^base/util\.h <'
while read -r header files; do
	is "only $files may know <$header>" "$(beyond "$files" "$(including "$header")")" ''
done < <(grep . <<<"$foreign")
is 'no header knows a library' \
	"$(libraries | awk -v known="$(awk '{ print $1 }' <<<"$foreign" | tr '\n' ' ')" '
		BEGIN { n = split(known, list) }
		$1 ~ /\.h$/ { for (i = 1; i <= n; i++) if (index($2, list[i]) == 1) print }')" ''
is 'each library is in the table' \
	"$(libraries | sed 's/$/>/' | grep -vE " ($own)" |
		awk -v known="$(awk '{ print $1 }' <<<"$foreign" | tr '\n' ' ')" '
		BEGIN { n = split(known, list) }
		{ for (i = 1; i <= n; i++) if (index($2, list[i]) == 1) next; print }')" ''

mapfile -t files < <(find src units policy -type f 2>/dev/null | sort)
is 'no service is known by its name' "$(places "$services" "${files[@]}")" ''
is 'nothing calls what the rules forbid' \
	"$(for file in src/*/*.[ch]; do
		code "$file" | grep -oE "\b(${calls// /|})[[:space:]]*\(" | sed "s|^|$file: |"
	done)" ''
done_testing
