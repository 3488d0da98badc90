#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What commands have changed over real overlays is found exactly, and comes to the host; and what a hostile one has planted there
# does no harm. Any command may be tried, because the places that it writes to are directories of the test; needs root.
. "$(dirname "$0")/../lib/tap.sh"
: "${program:?names the program under test}"
sandbox=${program%/*}/virt-sandbox
[ "$(id -u)" = 0 ] || skip_all 'needs root'

places=(usr etc var)
at_end() {
	for place in "${places[@]}"; do umount "$merged/$place" 2>/dev/null; done
	[ -z "${disk-}" ] || rm -rf "$disk"
}

# Not on the overlay that the test's own host may have for its root.
disk=$(mktemp -d /var/tmp/test-changes.XXXXXX)
host=$disk/host keep=$disk/keep merged=$disk/merged
if stat -f -c %T "$disk" | grep -q overlay; then
	skip_all 'an overlay cannot be on an overlay'
fi

# begin: makes the host and mounts the overlays, as for a command.   ran COMMAND...: runs it with the places as working directories.
begin() {
	local place list=''
	rm -rf "$host" "$keep"
	mkdir -p "$host"/{usr/bin,usr/share/doc/old,etc/app.d,var/lib/app} "$merged" "$keep"/{upper,work}
	chmod 700 "$keep"
	printf '%s\n' one two three four five >"$host/etc/app.conf"
	printf 'a\n' >"$host/etc/app.d/a"
	printf 'b\n' >"$host/etc/app.d/b"
	printf '\0\1\2' >"$host/usr/bin/tool"
	chmod 755 "$host/usr/bin/tool"
	echo as it was >"$host/usr/bin/touched"
	ln -s app.conf "$host/etc/link"
	echo doc >"$host/usr/share/doc/old/one"
	echo doc >"$host/usr/share/doc/old/two"
	echo state >"$host/var/lib/app/state"
	chown 7:7 "$host/var/lib/app" "$host/var/lib/app/state"
	chmod 700 "$host/var/lib/app"
	sleep 0.02 # a tick of the clock of file systems
	for place in "${places[@]}"; do list+="${list:+,}\"$host/$place\""; done
	printf '{"format":1,"places":[%s],"command":["test"],"time":%s,"caller":0}' "$list" "$(date +%s%6N)" >"$keep/sandbox.json"
	sleep 0.02
	for place in "${places[@]}"; do
		mkdir -p "$merged/$place" "$keep/upper$host/$place" "$keep/work/$place"
		mount -t overlay -o "lowerdir=$host/$place,upperdir=$keep/upper$host/$place,workdir=$keep/work/$place,redirect_dir=off,metacopy=off,index=off,volatile" \
			overlay "$merged/$place" || skip_all 'overlays cannot be mounted here'
	done
}
ran() {
	(cd "$merged" && "$@") >"$work/output" 2>&1
	report $? "the command runs: $*"
	for place in "${places[@]}"; do umount "$merged/$place"; done
}
# The paths are printed as if the test's host were the host.
diff_of() {
	local form=$1 path paths=()
	shift
	for path; do paths+=("$host$path"); done
	"$sandbox" diff ${form:+"$form"} "$keep" "${paths[@]}" | sed "s|$host/|/|g"
}
changes() { diff_of --brief "$@" | sed -E 's/ {2,}/  /g'; }
# apply [OPTION...] [PATH...]
apply() {
	local word words=()
	for word; do words+=("${word/#\//$host/}"); done
	"$sandbox" apply "$keep" "${words[@]}"
}
# Everything about a tree but the times of directories.
tree() { (cd "$1" && find "$2" ! -type d -printf '%p %y %m %U:%G %s %l %T@\n' -o -printf '%p %y %m %U:%G\n' | sort && find "$2" -type f | sort | xargs -d '\n' md5sum); }
host_tree() { for place in "${places[@]}"; do tree "$host" "$place"; done; }

# An ordinary command: each change once, and nothing else.
begin
before=$(host_tree)
ran sh -c 'sed -i s/three/THREE/ etc/app.conf && rm etc/app.d/a && echo new >etc/new && chmod 600 etc/app.d/b &&
	ln -sfn new etc/link && rm -r usr/share/doc/old && mkdir -p usr/lib/x/y && echo deep >usr/lib/x/y/z &&
	rm -r var/lib/app && mkdir var/lib/app && echo fresh >var/lib/app/state && touch usr/bin/touched && chown 0 usr/bin/tool'
is 'diff lists exactly what was changed' "$(changes)" 'changed  content  /etc/app.conf
removed  file  /etc/app.d/a
changed  mode 0644 to 0600  /etc/app.d/b
changed  target  /etc/link -> new
added  file, mode 0644  /etc/new
added  directory, mode 0755  /usr/lib
added  directory, mode 0755  /usr/lib/x
added  directory, mode 0755  /usr/lib/x/y
added  file, mode 0644  /usr/lib/x/y/z
removed  directory with 2 paths  /usr/share/doc/old
changed  mode 0700 to 0755, owner 7:7 to 0:0  /var/lib/app
changed  content, owner 7:7 to 0:0  /var/lib/app/state'
like 'diff shows how a text has changed' "$(diff_of '' /etc/app.conf | tr '\n' ' ')" \
	'--- /etc/app.conf \+\+\+ /etc/app.conf @@ -1,5 \+1,5 @@  one  two -three \+THREE  four  five $'
is 'JSON lists all of it, and what was removed with a directory' "$(diff_of --json |
	jq -r '[.[].change] | group_by(.) | map("\(length) \(.[0])") | join(", ")')" '5 added, 5 changed, 4 removed'
is 'JSON has modes and differences' "$(diff_of --json /etc/app.d/b /etc/app.conf |
	jq -r '.[] | "\(.path) \(.what | join(",")) \(.before.mode) \(.after.mode) \(.diff // "" | contains("+THREE"))"')" \
	'/etc/app.conf content 0644 0644 true
/etc/app.d/b mode 0644 0600 false'
is 'diff of some paths lists only these' "$(changes /etc/app.d /usr/lib/x/y/z)" \
	'removed  file  /etc/app.d/a
changed  mode 0644 to 0600  /etc/app.d/b
added  file, mode 0644  /usr/lib/x/y/z'
fails 'diff of a path without changes fails' "changed nothing at '$host/etc/passwd'" diff_of '' /etc/app.conf /etc/passwd
ok 'diff does not change the host' test "$(host_tree)" = "$before"
ok 'apply --dry-run succeeds' apply --dry-run
ok 'apply --dry-run does not change the host' test "$(host_tree)" = "$before"

ok 'apply of one file succeeds' apply /etc/new
is 'apply of one file has changed just that' "$(comm -13 <(sort <<<"$before") <(host_tree | sort) | sed 's/ .*//' | sort -u)" \
	"$(printf '%s\n' "$(md5sum <"$host/etc/new" | sed 's/ .*//')" etc/new | sort)"
ok 'apply of a file in new directories succeeds' apply /usr/lib/x/y/z
is 'apply has made the directories' "$(cat "$host/usr/lib/x/y/z")" deep
ok 'apply of the rest succeeds' apply
is 'diff finds no further change' "$(changes)" ''
for place in "${places[@]}"; do
	mount -t overlay -o "ro,lowerdir=$keep/upper$host/$place:$host/$place" overlay "$merged/$place"
	is "/$place of the host is what the command left" "$(tree "$host" "$place" | grep -v touched)" "$(tree "$merged" "$place" | grep -v touched)"
	umount "$merged/$place"
done
is 'no names of the program are left on the host' "$(find "$host" -name '.virt-sandbox*' -o -name '.new-*')" ''
ok 'apply of nothing succeeds' apply

# What the host has changed meanwhile.
begin
ran sh -c 'echo mine >>etc/app.conf; echo mine >etc/app.d/b'
echo host >>"$host/etc/app.conf"
before=$(host_tree)
fails 'apply over what the host has changed fails' "/etc/app.conf' cannot be applied: the host has changed it" apply
is 'apply that is refused changes nothing' "$(host_tree)" "$before"
ok 'apply of another path succeeds' apply /etc/app.d
ok 'apply --force succeeds' apply --force
is 'apply --force has brought the command'\''s version' "$(tail -n 1 "$host/etc/app.conf")" mine

# A hostile command: what is outside, and whoever looks, stays unharmed.
begin
echo secret >"$disk/outside"
chmod 600 "$disk/outside"
# shellcheck disable=SC2016 # for that shell
ran bash -c 'ln -sfn ../../outside etc/app.conf; rm -r etc/app.d; ln -s / etc/app.d; ln -s "$PWD/../outside" etc/out
	mknod etc/disk b 8 0; mknod etc/null c 1 3; mkfifo etc/fifo; cp /bin/true usr/bin/root; chmod 6755 usr/bin/root
	truncate -s 7E etc/huge || truncate -s 15T etc/huge; printf "\033]0;x\007\n" >etc/escape; touch "etc/$(printf "a\nremoved  file  /etc/b")"
	mkdir etc/.virt-sandbox-apply; echo x >etc/.virt-sandbox-apply/new
	python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\"etc/socket\")"
	d=usr; for i in $(seq 30); do mkdir "$d/$(printf "%0200d" "$i")" 2>/dev/null && cd "$d/$(printf "%0200d" "$i")" || break; d=.; done; :'
unlike 'diff prints nothing that a terminal acts on' "$(diff_of '' 2>&1 | tr -d '\n\t' | tr -c '[:print:]' '?')" '\?'
unlike 'diff has no line that a name made up' "$(changes)" '^removed +file +/etc/b$'
ok 'apply leaves out what is no file, and succeeds' apply
is 'apply has warned of what was left out' "$(apply --dry-run 2>&1 | grep -cE 'left out: it is a (device|socket)|left out: the name')" 5
is 'no device and no socket is on the host' "$(find "$host" -type b -o -type c -o -type s)" ''
is 'no file is set-user-ID' "$(find "$host" -perm /6000)" ''
is 'links are links' "$(readlink "$host/etc/app.conf" "$host/etc/app.d" | tr '\n' ' ')" '../../outside / '
is 'what is outside is as it was' "$(stat -c '%a %U %h' "$disk/outside") $(cat "$disk/outside")" '600 root 1 secret'
is 'a file of any size has come without taking space' "$(stat -c %b "$host/etc/huge")" 0

# A command whose changes are below a link that the host has by now.
begin
ran sh -c 'echo mine >etc/app.d/c'
mv "$host/etc/app.d" "$host/elsewhere" && ln -s ../elsewhere "$host/etc/app.d"
fails 'apply below a link of the host fails' "cannot be applied" apply --force /etc/app.d/c
is 'nothing was written through it' "$(cd "$host/elsewhere" && echo *)" 'a b'

# Killed again and again, it ends all the same.
begin
# shellcheck disable=SC2016 # for that shell
ran bash -c 'for i in $(seq 200); do echo "$i" >"etc/new$i"; done; rm -r usr/share/doc; echo x >usr/share/doc'
for ((i = 0; i < 20; i++)); do
	timeout --signal KILL "0.0$((i % 9 + 1))" "$sandbox" apply --force "$keep" >/dev/null 2>&1
	# shellcheck disable=SC2046 # numbers
	set -- $(find "$host/etc" -maxdepth 1 -name 'new*' -empty | wc -l)
	[ "$1" = 0 ] || break
done 2>/dev/null
is 'no file was ever incomplete' "$1" 0
ok 'apply after that succeeds' apply --force
is 'all of it is there' "$(cat "$host"/etc/new* | sort -n | md5sum) $(cat "$host/usr/share/doc")" "$(seq 200 | md5sum) x"
is 'nothing is left of the interrupted ones' "$(find "$host" -name '.virt-sandbox*')" ''

# Directories that are no kept changes, or that others could have filled.
chmod 755 "$keep"
fails 'a directory that others can enter is refused' 'mode 0700' changes
chmod 700 "$keep"
rm "$keep/sandbox.json"
fails 'a directory without sandbox.json is refused' "no file 'sandbox.json'" "$sandbox" diff "$keep"
fails 'a directory that does not exist is refused' "Cannot open directory '$disk/none'" "$sandbox" apply "$disk/none"
done_testing
