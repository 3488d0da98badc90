#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What goes into a container, tried on a made-up host below a folder: packages by dpkg's own files, users, units, and all
# that may lie about in /etc and /var. Containers are really created there. Who is not root is, in a user namespace.
: "${top_srcdir:?}" "${program:?}"
. "$top_srcdir/tests/lib/tap.sh"
if [ "$(id -u)" != 0 ]; then
	unshare --user --map-root-user true 2>/dev/null || skip_all 'needs root, or user namespaces'
	exec unshare --user --map-root-user "$0"
fi
umask 022
powers=$(awk '$3 == 4294967295 { print "all" }' /proc/self/uid_map) # for devices and the files of others

root=$work/root
at_end() { chmod -R u+rwX "$work" 2>/dev/null; }

# put FILE [LINE...]: below the root.
put() {
	local file=$root$1
	shift
	mkdir -p "${file%/*}"
	if [ $# = 0 ]; then : >"$file"; else printf '%s\n' "$@" >"$file"; fi
}

# package NAME RELATION PATH...: installed, with the folders above recorded too, as dpkg does. 'RELATION' may be empty; a
# path that ends in '=' is a configuration file. What is not there yet is made: a folder where the path ends in '/'.
package() {
	local name=$1 relation=$2 path config=''
	shift 2
	for path; do
		case $path in *=) config+="\n ${path%=} 0123456789abcdef0123456789abcdef" ;; esac
	done
	for path; do
		path=${path%=}
		if [ "${path%/}" != "$path" ]; then path=${path%/} && mkdir -p "$root$path"; fi
		if [ ! -e "$root$path" ] && [ ! -L "$root$path" ]; then put "$path" "$name"; fi
		while [ -n "$path" ]; do
			echo "$path"
			path=${path%/*}
		done
	done | sort -u >"$root/var/lib/dpkg/info/$name.list"
	{
		printf 'Package: %s\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n' "$name"
		printf '%b' "${relation:+$relation\n}${config:+Conffiles:$config\n}\n"
	} >>"$root/var/lib/dpkg/status"
}

make_host() {
	mkdir -p "$root"/{etc,usr/{bin,sbin,lib/systemd/system},run,tmp,var/lib/{dpkg/info,libvirt/filesystems},var/log}
	mkdir -p "$root"/etc/{systemd/system,libvirt-sandbox/services}
	for link in bin sbin lib; do ln -s usr/$link "$root/$link"; done
	put /etc/passwd root:x:0:0::/root:/bin/sh daemon:x:1:1::/:/bin/false app:x:50:50::/var/lib/app:/bin/false \
		person:x:1000:1000::/home/person:/bin/sh
	put /etc/group root:x:0: daemon:x:1: app:x:50:person person:x:1000:
	put /etc/shadow 'root:SECRET:1::::::'
	cp /bin/true "$root/usr/bin/sh"
	cp /bin/true "$root/usr/sbin/appd"
	put /usr/lib/systemd/system/app.service '[Service]' 'ExecStart=/usr/sbin/appd' '[Install]' 'Also=app.socket other.socket' \
		'WantedBy=multi-user.target' 'Alias=alias.service'
	put /usr/lib/systemd/system/app.socket '[Socket]' 'ListenStream=1' '[Install]' 'WantedBy=sockets.target'
	put /usr/lib/systemd/system/other.socket '[Socket]' 'ListenStream=2' '[Install]' 'WantedBy=sockets.target'
	package base '' /usr/bin/sh /usr/lib/systemd/systemd /etc/base/base.conf= /var/lib/base/
	package lib 'Depends: base' /etc/lib/lib.conf= /var/lib/lib/
	package app 'Depends: lib' /usr/sbin/appd /usr/lib/systemd/system/app.service /usr/lib/systemd/system/app.socket \
		/etc/app/app.conf= /etc/app/conf.d/ /var/lib/app/ /var/log/app/
	package other '' /etc/other/other.conf= /etc/app/conf.d/other.conf= /usr/lib/systemd/system/other.socket /var/lib/other/
}

# create NAME OPTION...: of 'app'. The tree is below $root$trees.
trees=/var/lib/libvirt/filesystems
create() {
	local name=$1
	shift
	timeout 60 "$program" --root "$root" create -N none "$@" "$name"
}

# paths NAME [FOLDER...]: what the container has below these folders, or below /etc and /var without what the tool writes.
paths() {
	local name=$1
	shift
	(cd "$root$trees/$name" && find "${@:-.}" -printf '%P %y %l\n' | sed 's/ $//' |
		grep -vE '^ |^(bin|boot|dev|home|lib|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr)( |$)' |
		grep -vE '^(etc/(\.updated|fstab|group|gshadow|host.*|machine-id|passwd|resolv.conf|shadow|systemd.*)|var/(\.updated|log/journal)) ' | sort)
}

# described DIRECTORY: all that a copy has to keep. Not the sizes of directories, nor who owns what for others than root.
described() { (cd "$1" && find . ! -type s ! -type b ! -type c -printf '%P %y %m %T@ %l ' \( -type f -printf '%s %n' -o -true \) -printf '\n' | sort); }

a=$root/etc/app v=$root/var/lib/app
make_host

# What packages bring.
need 'create' create plain -C -u app
is 'the packages'"'"' files, and no others' "$(paths plain)" "$(printf '%s\n' 'etc d' 'etc/app d' 'etc/app/app.conf f' \
	'etc/app/conf.d d' 'etc/base d' 'etc/base/base.conf f' 'etc/lib d' 'etc/lib/lib.conf f' 'var d' 'var/lib d' \
	'var/lib/app d' 'var/lib/base d' 'var/lib/lib d' 'var/log d' 'var/log/app d')"
is 'its units are enabled as systemctl would do it' "$(cd "$root$trees/plain/etc/systemd/system" && find . -type l -printf '%P %l\n' | sort)" \
	"$(printf '%s\n' 'alias.service /usr/lib/systemd/system/app.service' \
		'default.target /usr/lib/systemd/system/multi-user.target' \
		'multi-user.target.wants/app.service /usr/lib/systemd/system/app.service' \
		'sockets.target.wants/app.socket /usr/lib/systemd/system/app.socket')"
is 'the users that it needs' "$(cut -d : -f 1 "$root$trees/plain/etc/passwd" | tr '\n' ' ')" 'root '
is 'no password' "$(cut -d : -f 2 "$root$trees/plain/etc/shadow")" '*'

# What scripts of the service's packages make is in no record.
# shellcheck disable=SC2016 # a script expands it
put /var/lib/dpkg/info/app.postinst '#!/bin/sh' 'mkdir -p /var/lib/app-made/$(uname -n) && touch "/etc/default/app-made"' \
	'# /etc/default/app-comment' 'rm -rf /var/lib/lib/cache /var/lib/other-made/x /etc/other/made'
put /var/lib/dpkg/info/lib.postinst '#!/bin/sh' 'touch /etc/default/lib-made'
put /var/lib/app-made/data data
for file in default/app-made default/app-comment default/lib-made other/made; do put /etc/$file made; done
need 'create with what scripts made' create scripted -C -u app
is '... takes it, and nothing that is in the folder of another package' \
	"$(comm -13 <(paths plain) <(paths scripted))" \
	"$(printf '%s\n' 'etc/default d' 'etc/default/app-made f' 'var/lib/app-made d' 'var/lib/app-made/data f')"
need 'create without --copy' create scripted2 -u app
is '... takes folders alone from /var' "$(comm -13 <(paths plain) <(paths scripted2) | grep var/)" 'var/lib/app-made d'
rm -r "$root"/var/lib/dpkg/info/{app,lib}.postinst "$root"/etc/default "$root"/etc/other/made "$root/var/lib/app-made"

# What lies about where the service's packages are at home.
perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1) or die' "$v/socket" 2>"$work/output"
mkfifo -m 600 "$a/fifo"
ln -s /dev/zero "$a/zero"
ln -s loop2 "$a/loop1"
ln -s loop1 "$a/loop2"
ln -s nowhere "$a/dangling"
ln -s conf.d/other.conf "$a/to-other"
ln -s to-other "$a/to-other-too"
ln -s app.conf "$a/to-own"
ln -s to-own "$a/to-own-too"
ln -s ../shadow "$a/to-shadow"
touch "$a/new
line" "$a/"$'escape\e[31m' "$a/"$'\xff\xfe' "$a/ blank" "$a/-dash"
truncate -s 1G "$a/sparse"
printf x | dd of="$a/sparse" bs=1 seek=500M conv=notrunc status=none
printf 'end' | dd of="$v/ends-in-data" bs=1 seek=3M conv=notrunc status=none
touch -d '2001-02-03 04:05:06.123456789' "$v/old" "$a/conf.d"
touch -h -d '2002-02-03 04:05:06.987654321' "$a/to-own"
mkdir -m 1777 "$v/sticky"
install -m 4751 /dev/null "$v/setuid"
echo data >"$v/first"
ln "$v/first" "$v/second"
ln "$root/etc/other/other.conf" "$a/also-other"
ln "$root/etc/shadow" "$a/innocent"
put /etc/app/key '-----BEGIN PRIVATE KEY-----'
put /etc/base/key '-----BEGIN PRIVATE KEY-----'
put /etc/app/ssh_host_rsa_key '-----BEGIN OPENSSH PRIVATE KEY-----'
put /etc/app/ssh_host_rsa_key.pub 'ssh-rsa AAAA root@host'
deep=$v
for _ in {1..100}; do deep+=/d; done
mkdir -p "$deep"
echo deep >"$deep/file"
(cd "$v" && mkdir many && cd many && seq 1000 | xargs touch && for i in {1..1000}; do ln -s "l$((i + 1))" "l$i"; done)
if [ -n "$powers" ]; then
	mknod "$a/device" c 1 5
	mknod "$v/device" b 7 0
	chown 50:50 "$v/old" "$v/second"
	chown -h 50:50 "$a/to-own"
	setcap cap_net_bind_service=ep "$v/setuid" 2>/dev/null
	setfacl -m u:50:r "$v/old" 2>/dev/null
	chattr +i "$v/old" 2>/dev/null
fi
if setfattr -n user.note -v kept "$v/first" 2>/dev/null; then noted=kept; else noted=; fi

ok 'create with all that lies about' create odd -C -u app
copy=$root$trees/odd
[ -n "$powers" ] && chattr -i "$v/old" 2>/dev/null
for absent in etc/app/device var/lib/app/device var/lib/app/socket etc/app/loop1 etc/app/loop2 etc/app/dangling etc/app/to-other \
	etc/app/to-other-too etc/app/conf.d/other.conf etc/app/innocent etc/base/key etc/app/ssh_host_rsa_key \
	etc/app/ssh_host_rsa_key.pub; do
	is "left out: $absent" "$(find "$copy" -path "$copy/$absent")" ''
done
rm -f "$a"/{loop1,loop2,dangling,to-other,to-other-too,conf.d/other.conf,innocent,ssh_host_rsa_key,ssh_host_rsa_key.pub} "$v/socket"
touch -d '2001-02-03 04:05:06.123456789' "$a/conf.d"
find "$v/many" -type l -name 'l*' -delete # they lead nowhere, so they are not inside
described "$a" | sed '/^also-other /s/[0-9]$/1/; s/^ d .*/ d/' >"$work/a"
described "$v" | sed 's/^many d .*/many d/; s/^ d .*/ d/' >"$work/v"
is 'a right copy of /etc' "$(described "$copy/etc/app" | sed 's/^ d .*/ d/')" "$(cat "$work/a")"
is 'a right copy of /var' "$(described "$copy/var/lib/app" | sed 's/^many d .*/many d/; s/^ d .*/ d/')" "$(cat "$work/v")"
is '... owners too' "$(find "$copy/var/lib/app" "$copy/etc/app/to-own" -printf '%f %U %G\n' | sort)" \
	"$(find "$v" "$a/to-own" ! -name device -printf '%f %U %G\n' | sort)"
is '... and what is in them' "$(cat "$deep/file" "$copy/${deep#"$root/"}/file" | uniq)" deep
ok '... and in sparse files' cmp "$v/ends-in-data" "$copy/var/lib/app/ends-in-data"
is '... which stay sparse' "$(($(stat -c %b "$copy/etc/app/sparse") < 100))" 1
is '... and attributes' "$(getfattr --only-values -n user.note "$copy/var/lib/app/first" 2>/dev/null)" "$noted"
is '... and capabilities' "$(getcap "$copy/var/lib/app/setuid" 2>/dev/null | sed 's/.* //')" \
	"$(getcap "$v/setuid" 2>/dev/null | sed 's/.* //')"
is '... and access lists' "$(getfacl -cn "$copy/var/lib/app/old" 2>/dev/null)" "$(getfacl -cn "$v/old" 2>/dev/null)"
is 'hard links stay within the container' "$(stat -c %h "$copy/etc/app/also-other")" 1
is 'the service'"'"'s own key comes with --copy' "$(cat "$copy/etc/app/key")" '-----BEGIN PRIVATE KEY-----'
like '... and for the host'"'"'s own the container makes another' "$(cat "$copy/etc/systemd/system/virt-sandbox-key-1.service")" \
	'ssh-keygen -q -t rsa -N "" -f /etc/app/ssh_host_rsa_key$'
is 'no secret is anywhere' "$(grep -rlFs SECRET "$copy/etc" "$copy/var")" ''
ok 'create without --copy' create small -u app
is '... has no content of /var' "$(cd "$root$trees/small/var" && find lib log ! -path log/journal -type f)" ''
is '... and no private key' "$(grep -rls 'PRIVATE KEY' "$root$trees/small/etc")" ''
is 'JSON of such names can be read' "$(create other -n --json -C -u app | jq -r '.operations[] | select(.path | endswith("line")) | .path')" '/etc/app/new
line'
unlike 'a dry run plays no tricks on a terminal' "$(create other -n -C -u app)" $'\e'
rm -rf "$a/sparse" "$v/many" "$v/d"

# Files that come, go and grow while they are copied.
(while [ -d "$v" ]; do mkdir -p "$v/t/u" && for i in {1..20}; do echo "$i" >"$v/t/u/$i"; done && rm -rf "$v/t"; done) 2>/dev/null &
busy=$!
(while sleep 0.01 && [ -d "$v" ]; do head -c 10000 /dev/zero >>"$v/grows"; [ "$(stat -c %s "$v/grows")" -lt 3000000 ] || : >"$v/grows"; done) 2>/dev/null &
growing=$!
for i in {1..5}; do create "busy$i" -C -u app; done >"$work/output" 2>&1
is 'create while files come, go and grow' "$(find "$root$trees" -maxdepth 1 -name 'busy*' | grep -c .)" 5
kill $busy $growing
wait $busy $growing 2>/dev/null

# Units that the administrator wrote.
package python '' /usr/bin/python9 /etc/python/python.conf=
chmod 755 "$root/usr/bin/python9"
put /usr/local/bin/script '#!/usr/bin/env python9'
chmod 755 "$root/usr/local/bin/script"
put /etc/systemd/system/own.service '[Service]' 'EnvironmentFile=-/etc/own.env' 'LoadCredential=key:/etc/own.key' \
	'ExecStart=/usr/local/bin/script --config=/etc/own.conf -d/var/lib/own /var/lib /etc/other/other.conf'
put /etc/systemd/system/own.service.d/override.conf '[Service]' Nice=-1
put /etc/systemd/system/service.d/all.conf '[Service]' 'Environment=ALL=yes'
put /etc/own.env KEY=value
put /etc/own.conf x
put /etc/own.key '-----BEGIN PRIVATE KEY-----'
put /var/lib/own/data x
fails 'a unit of which no package knows anything' 'no package owns .* --package' create own -C -u own
ok '... unless a package is named' create own -C -u own -P lib
is '... comes with its files, and what runs its script' "$(paths own | grep -E ' f|own')" "$(printf '%s\n' \
	'etc/base/base.conf f' 'etc/lib/lib.conf f' 'etc/own.conf f' 'etc/own.env f' 'etc/python/python.conf f' 'var/lib/own d' 'var/lib/own/data f')"
is '... and its drop-ins' "$(cd "$root$trees/own/etc/systemd/system" && find . -type f | sort | tr '\n' ' ')" \
	'./own.service ./own.service.d/override.conf ./own.service.d/zzz-virt-sandbox.conf ./service.d/all.conf '
put /etc/systemd/system/many@.service '[Service]' 'ExecStart=/usr/sbin/appd %i' '[Install]' 'Alias=more@%i.service'
ok 'a template' create one -u many@
is '... is there, and an instance enabled' "$(cd "$root$trees/one/etc/systemd/system" && find . -name '*@*' -printf '%p %l\n' | sort)" \
	"$(printf '%s\n' './many@.service ' './more@one.service /etc/systemd/system/many@.service' \
		'./multi-user.target.wants/many@one.service /etc/systemd/system/many@.service')"
put /opt/elsewhere.service '[Service]' 'ExecStart=/usr/sbin/appd'
ln -s /opt/elsewhere.service "$root/etc/systemd/system/elsewhere.service"
put /run/systemd/generator.late/late.service '[Unit]' 'SourcePath=/etc/app/app.conf' '[Service]' 'ExecStart=/usr/sbin/appd'
for unit in elsewhere late; do
	ok "a unit that is not where a container sees it: $unit" create $unit -u $unit
	is '... is put there' "$(tail -n 1 "$root$trees/$unit/etc/systemd/system/$unit.service")" 'ExecStart=/usr/sbin/appd'
	is '... and enabled there' "$(readlink "$root$trees/$unit/etc/systemd/system/multi-user.target.wants/$unit.service")" \
		"/etc/systemd/system/$unit.service"
done

# Packages that own what is common to all.
package greedy '' /usr/sbin/greedy /usr/lib/systemd/system/greedy.service /etc/ /var/ /var/lib/ /var/lib/libvirt/filesystems/ \
	/etc/libvirt-sandbox/ /etc/systemd/system/
cp /bin/true "$root/usr/sbin/greedy"
put /usr/lib/systemd/system/greedy.service '[Service]' ExecStart=/usr/sbin/greedy
ok 'create for a package that owns /etc, /var and our own folders' create greedy -C -u greedy
is '... takes nothing of others' "$(paths greedy)" "$(printf '%s\n' 'etc d' 'etc/base d' 'etc/base/base.conf f' 'var d' 'var/lib d' \
	'var/lib/base d' 'var/lib/libvirt d' 'var/log d')"
done_testing
