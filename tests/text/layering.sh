#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Rules for the source that a compiler does not check: which folder may include which, that there are no circular includes,
# which file may use which library, that no service is named, and which functions must not be called.
: "${top_srcdir:=$(dirname "$0")/../..}"
. "$top_srcdir/tests/lib/tap.sh"
cd "$top_srcdir" || exit

# Headers that are neither the C library's nor the kernel's, as they begin in '#include <...>', and the files that may include
# them.
foreign='
	archive               archive/packer.c contents/unpack.c sandbox/decompress.c
	json-c/               base/json.c
	libvirt/              virt/libvirt.c virt/libvirt-domain.c virt/libvirt-network.c
	libxml/               virt/domain-xml.c
	nftables/             virt/network-walls.c
	rpm/                  package/rpm.c
	seccomp.h             archive/packer.c inside/seccomp.c
	selinux/              selinux/selinux.c
	semanage/             selinux/semanage.c
	sepol/                selinux/semanage.c
	systemd/sd-bus.h      running/host-resolver.c running/machine-bus.c running/machine-name.c running/unit-run.c systemd/bus.c systemd/jobs.c systemd/manager.c systemd/unit-failure.c
	systemd/sd-daemon.h   systemd/manager.c
	systemd/sd-id128.h    base/random.c
	systemd/sd-journal.h  systemd/journal.c'

# What the files of a folder may include besides their own folder and the C library: whole folders, or single files without
# their suffix. HACKING.md lists the folders.
folders='
	base
	selinux    base
	systemd    base
	unit       base
	package    base
	container  base selinux/mcs unit/unit-name
	contents   base unit package container
	create     base selinux unit container contents
	upgrade    base selinux systemd unit package container contents create
	archive    base systemd unit package container contents create upgrade copies/snapshots
	copies     base selinux systemd container create upgrade
	running    base selinux systemd container inside/enter
	inside     base/buf base/fdpass base/log base/strv base/syscalls base/util container/paths container/rights container/root-layout
	monitor    base/clock base/fdpass base/log base/strv base/buf base/syscalls base/text base/util container/handover container/paths
	virt       base unit package container running
	cli        base selinux systemd unit package container contents create upgrade archive copies running
	sandbox    base selinux container contents/secret-forms contents/secret-reader create/allocate create/generated inside/guest-init inside/sandbox-init inside/wire running virt'
# FILE HEADER: includes that the table does not allow, or that close a circle, and that have yet to be removed.
exceptions=''
own='(arpa|asm|linux|net|netinet|sys)/|[a-z0-9_-]+\.h>'

services='apache apache2 httpd nginx lighttpd mariadb mariadbd mysql mysqld postgres postgresql redis memcached mongod
	dovecot postfix exim exim4 sendmail sshd vsftpd proftpd smbd nmbd samba squid haproxy varnish unbound bind9 dnsmasq
	tomcat php-fpm rabbitmq mosquitto slapd cupsd chronyd ntpd'
calls='system popen realpath chdir strcpy strcat sprintf vsprintf gets atoi'

# includes [DIR]: prints a line 'FILE <HEADER' or 'FILE "HEADER' for each include in the source, below DIR.
includes() {
	(cd "${1:-.}/src" && grep -E '^[[:space:]]*#[[:space:]]*include' ./*/*.[ch]) |
		sed -nE 's,^\./([^:]*):[^<"]*([<"][^>"]*)[>"].*,\1 \2,p'
}
libraries() { includes | sed -n 's/ </ /p'; } # 'FILE HEADER' of what is not ours
ours() { includes "${1:-.}" | sed -n 's/ "/ /p' | grep -vxF -f <(tr -d '\t' <<<"$exceptions" | grep .); }
including() { libraries | awk -v header="$1" 'index($2, header) == 1 { print $1 }' | sort -u; }
# not_allowed [DIR]: prints the includes, as 'FILE HEADER', that the table of folders does not allow.
not_allowed() {
	ours "${1:-.}" | awk -v table="$folders" '
		BEGIN {
			n = split(table, lines, "\n")
			for (i = 1; i <= n; i++) {
				m = split(lines[i], words, " ")
				for (k = 1; k <= m; k++) allowed[words[1], words[k]]
			}
		}
		{
			split($1, from, "/"); split($2, to, "/"); stem = $2; sub(/\.h$/, "", stem)
			if (!((from[1], to[1]) in allowed || (from[1], stem) in allowed)) print
		}'
}
# circles [DIR]: prints the stems, which stand for a .c and its .h, that include each other in a circle.
circles() {
	ours "${1:-.}" | sed 's/\.[ch]//g' | awk '$1 != $2' | tsort 2>&1 >"$work/sorted" | sed 's/^tsort: //; /^-:/d'
}
# Prints the files in $2 that are not words of $1.
beyond() { comm -13 <(tr ' ' '\n' <<<"$1" | sort -u) <(printf '%s' "${2:+$2$'\n'}" | sort -u); }
# Code without comments, in which words may have other meanings.
code() { awk '{ gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, "") } 1' RS='\001' "$1"; }
# places WORDS FILE...: prints 'FILE: WORD' for each whole word in the code, in any case. Names of XML, which are URLs, are not
# words.
places() {
	local pattern file
	pattern=$(tr -s ' \t\n' '|' <<<"$1" | sed 's/|*$//')
	shift
	for file; do code "$file" | sed 's,http://[^ ]*,,g' | grep -owiE "$pattern" | sed "s|^|$file: |"; done | sort -u
}

like 'the source has includes' "$(includes)" '^base/util\.h <'
while read -r header files; do
	is "only $files may know <$header>" "$(beyond "$files" "$(including "$header")")" ''
done < <(grep . <<<"$foreign")
is 'no header includes the header of a library' \
	"$(libraries | awk -v known="$(awk '{ print $1 }' <<<"$foreign" | tr '\n' ' ')" '
		BEGIN { n = split(known, list) }
		$1 ~ /\.h$/ { for (i = 1; i <= n; i++) if (index($2, list[i]) == 1) print }')" ''
is 'each library is in the table' \
	"$(libraries | sed 's/$/>/' | grep -vE " ($own)" |
		awk -v known="$(awk '{ print $1 }' <<<"$foreign" | tr '\n' ' ')" '
		BEGIN { n = split(known, list) }
		{ for (i = 1; i <= n; i++) if (index($2, list[i]) == 1) next; print }')" ''

is 'no folder includes what the table does not allow' "$(not_allowed)" ''
is 'no includes go in a circle' "$(circles)" ''
# shellcheck disable=SC2016 # backticks of Markdown
is 'HACKING.md has the table of folders' \
	"$(sed -n '/^| `/s/^| `\([^`]*\)` |.*| \([^|]*\) |$/\1 \2/p' HACKING.md | sed 's/ -$//')" \
	"$(awk 'NF { line = $1; last = ""
		for (i = 2; i <= NF; i++) { split($i, part, "/"); if (part[1] != last) line = line " " part[1]; last = part[1] }
		print line }' <<<"$folders")"

is 'each fuzz target has the name of the file it tests, and a corpus' \
	"$(for file in tests/fuzz/fuzz-*.c; do
		name=${file#*/fuzz-}
		name=${name%.c}
		compgen -G "src/*/$name.c" >/dev/null && [ -d "tests/fuzz/corpus/$name" ] || echo "$file"
	done)" ''

# Both rules on a tree that breaks them.
mkdir -p "$work"/tree/src/{base,unit,cli}
printf '#include "base/one.h"\n#include "unit/unit-name.h"\n' >"$work/tree/src/base/one.c"
printf '#include "base/two.h"\n' >"$work/tree/src/base/one.h"
printf '# include "base/one.h" /* closes it */\n' >"$work/tree/src/base/two.c"
printf '#include "base/one.h"\n#include <stdio.h>\n' >"$work/tree/src/unit/unit-name.h"
printf '#include "unit/unit-name.h"\n#include "base/two.h"\n' >"$work/tree/src/cli/main.c"
is 'this test finds an include that the table does not allow' "$(not_allowed "$work/tree")" 'base/one.c unit/unit-name.h'
is 'this test finds a circle of includes' "$(circles "$work/tree" | sort -u | tr '\n' ' ')" 'base/one base/two unit/unit-name '

mapfile -t files < <(find src units policy -type f 2>/dev/null | sort)
is 'no service is known by its name' "$(places "$services" "${files[@]}")" ''
is 'nothing calls what the rules forbid' \
	"$(for file in src/*/*.[ch]; do
		code "$file" | grep -oE "\b(${calls// /|})[[:space:]]*\(" | sed "s|^|$file: |"
	done)" ''
is 'create knows the capabilities that no container has' \
	"$(grep -oE '^	\{ "CAP_[A-Z_]+"' src/create/check-units.c | grep -oE 'CAP_[A-Z_]+' | sort)" \
	"$(grep -oE '^	CAP_[A-Z_]+,' src/inside/capabilities.c | tr -d '\t,' | sort)"
done_testing
