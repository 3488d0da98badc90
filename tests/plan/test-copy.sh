#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# create copies files faithfully: content, times, owners, attributes, holes and hard links, even while they change. What it
# copies and what it leaves out is tested by tests/plan/run. Needs root or a user namespace.
: "${top_srcdir:?}" "${program:?}"
. "$top_srcdir/tests/lib/tap.sh"
if [ "$(id -u)" != 0 ]; then
	unshare --user --map-root-user true 2>/dev/null || skip_all 'needs root, or user namespaces'
	exec unshare --user --map-root-user "$0"
fi
umask 022
powers=$(awk '$3 == 4294967295 { print "all" }' /proc/self/uid_map) # for devices and the files of others

root=$work/root
trees=$root/var/lib/libvirt/filesystems
a=$root/etc/app v=$root/var/lib/app
at_end() { chmod -R u+rwX "$work" 2>/dev/null; }

# put FILE [LINE...]: writes a file below the root.
put() {
	local file=$root$1
	shift
	mkdir -p "${file%/*}"
	if [ $# = 0 ]; then : >"$file"; else printf '%s\n' "$@" >"$file"; fi
}

# Makes a service with a directory in /etc and one in /var.
make_host() {
	mkdir -p "$a" "$v" "$root"/usr/{bin,sbin,lib/systemd/system} "$root/var/lib/dpkg/info" "$trees"
	for link in bin sbin lib; do ln -s usr/$link "$root/$link"; done
	put /etc/passwd root:x:0:0::/root:/bin/sh app:x:50:50::/var/lib/app:/bin/false
	put /etc/group root:x:0: app:x:50:
	put /etc/shadow 'root:SECRET:1::::::'
	cp /bin/true "$root/usr/sbin/appd"
	put /usr/lib/systemd/system/app.service '[Service]' ExecStart=/usr/sbin/appd
	put /var/lib/dpkg/status 'Package: app' 'Status: install ok installed' 'Architecture: all' 'Version: 1' ''
	put /var/lib/dpkg/info/app.list /usr/sbin/appd /usr/lib/systemd/system/app.service /etc/app /var/lib/app
}

create() {
	local name=$1
	shift
	timeout 60 "$program" --root "$root" create -N none -u app -C "$@" "$name"
}

make_files() {
	mkfifo -m 600 "$a/fifo"
	ln -s fifo "$a/to-own"
	touch "$a/new
line" "$a/"$'escape\e[31m' "$a/"$'\xff\xfe' "$a/ blank" "$a/-dash"
	truncate -s 1G "$a/sparse"
	printf x | dd of="$a/sparse" bs=1 seek=500M conv=notrunc status=none
	printf end | dd of="$v/ends-in-data" bs=1 seek=3M conv=notrunc status=none
	touch -d '2001-02-03 04:05:06.123456789' "$v/old"
	touch -h -d '2002-02-03 04:05:06.987654321' "$a/to-own"
	mkdir -m 1777 "$v/sticky"
	install -m 4751 /dev/null "$v/setuid"
	install -m 000 /dev/null "$v/unreadable"
	echo data >"$v/first"
	ln "$v/first" "$v/second"
	ln "$root/etc/shadow" "$a/innocent"
	mkdir -p "$deep" "$v/many"
	echo deep >"$deep/file"
	(cd "$v/many" && seq 1000 | xargs touch && for i in {1..1000}; do ln -s "l$((i + 1))" "l$i"; done)
	if setfattr -n user.note -v kept "$v/first" 2>/dev/null; then noted=kept; fi
	[ -n "$powers" ] || return
	chown 50:50 "$v/old" "$v/second"
	chown -h 50:50 "$a/to-own"
	setcap cap_net_bind_service=ep "$v/setuid" 2>/dev/null
	setfacl -m u:50:r "$v/old" 2>/dev/null
	chattr +i "$v/old" 2>/dev/null
}

# described DIRECTORY: prints everything that a copy must keep, except the times of directories, which change when files are
# created in them.
described() {
	(cd "$1" && find . -mindepth 1 -printf '%P %y %m %U:%G %l ' \( ! -type d -printf '%T@ %n ' -o -true \) \
		\( -type f -printf '%s' -o -true \) -printf '\n' | sort)
}

deep=$v
for _ in {1..100}; do deep+=/d; done
noted=
make_host
make_files
ok 'create copies odd files' create copy
copy=$trees/copy
[ -n "$powers" ] && chattr -i "$v/old" 2>/dev/null
rm "$a/innocent" # left out, like /etc/shadow itself
find "$v/many" -type l -name 'l*' -delete # dangling links are left out, too
is 'a directory in /etc is copied with names, modes, owners and times' "$(described "$copy/etc/app")" "$(described "$a")"
is 'a directory in /var is copied with names, modes, owners and times' "$(described "$copy/var/lib/app")" "$(described "$v")"
is 'the content of a file 100 directories deep is copied' "$(cat "$deep/file" "$copy/${deep#"$root/"}/file" | uniq)" deep
ok 'content behind a hole is copied' cmp "$v/ends-in-data" "$copy/var/lib/app/ends-in-data"
is 'a sparse file stays sparse' "$(($(stat -c %b "$copy/etc/app/sparse") < 100))" 1
is 'hard links to one file stay hard links to one file' "$(stat -c %i "$copy/var/lib/app/"{first,second} | uniq | wc -l)" 1
is 'extended attributes are copied' "$(getfattr --only-values -n user.note "$copy/var/lib/app/first" 2>/dev/null)" "$noted"
is 'capabilities are copied' "$(getcap "$copy/var/lib/app/setuid" 2>/dev/null | sed 's/.* //')" \
	"$(getcap "$v/setuid" 2>/dev/null | sed 's/.* //')"
is 'access lists are copied' "$(getfacl -cn "$copy/var/lib/app/old" 2>/dev/null)" "$(getfacl -cn "$v/old" 2>/dev/null)"
is 'no copied file has the secret of /etc/shadow' "$(grep -rlFs SECRET "$copy/etc" "$copy/var")" ''
is 'create --dry-run --json can be read with odd file names' \
	"$(create other -n --json | jq -r '.operations[] | select(.path | endswith("line")) | .path')" '/etc/app/new
line'
rm -rf "$a/sparse" "$v/many" "$v/d"

# Files that come, go and grow while they are copied.
(while [ -d "$v" ]; do mkdir -p "$v/t/u" && for i in {1..20}; do echo "$i" >"$v/t/u/$i"; done && rm -rf "$v/t"; done) 2>/dev/null &
busy=$!
(while sleep 0.01 && [ -d "$v" ]; do head -c 10000 /dev/zero >>"$v/grows"; [ "$(stat -c %s "$v/grows")" -lt 3000000 ] || : >"$v/grows"; done) 2>/dev/null &
growing=$!
for i in {1..5}; do create "busy$i"; done >"$work/output" 2>&1
is 'create succeeds while files come, go and grow' "$(find "$trees" -maxdepth 1 -name 'busy*' | grep -c .)" 5
kill $busy $growing
wait $busy $growing 2>/dev/null

# libvirt makes the devices that a container may have.
if [ -n "$powers" ] && mknod "$a/device" c 1 5 2>/dev/null; then
	ok 'create succeeds with a device among the files' create device
	is 'create makes no device' "$(find "$trees/device" -type c -o -type b)" ''
else
	skip 'create makes no device' 'only root can make devices'
fi
done_testing
