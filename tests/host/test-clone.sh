#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A clone has everything that its source has, whatever root in the source made there, and shares nothing with it: no identity, no
# key that was made anew, no file.
. "$(dirname "$0")/lib.sh"

command -v openssl >/dev/null || skip_all 'no openssl'
need 'setup makes the host ready' "$program" setup

for folder in /etc/httpd/conf.d /etc/apache2; do
	if [ -d $folder ]; then break; fi
done
key=/etc/ssl/private/virt-sandbox-clone.key certificate=/etc/ssl/certs/virt-sandbox-clone.pem config=$folder/virt-sandbox-clone.test
shared=/srv/virt-sandbox-clone
at_end() {
	delete_containers
	rm -rf "$config" "$key" "$certificate" "$shared"
}
mkdir -p /etc/ssl/private /etc/ssl/certs $shared/ro $shared/rw
need 'a key and its certificate can be made' openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
	-subj /CN=clone.test -keyout $key -out $certificate
printf 'KeyFile "%s"\nCertificateFile %s;\n' $key $certificate >"$config"

need 'create of the source succeeds' create source --memory=512M --mount=host-bind:/srv/ro=$shared/ro:ro --mount=ram:/srv/ram=1M
need 'the source starts' start source
tree() { echo "$filesystems/$1"; }
value() { sed -n "s/^$2=//p" "/etc/libvirt-sandbox/services/$1.sandbox"; }

# --- what root inside can leave in its tree -----------------------------------------------------------------------

odd=$(tree source)/var/lib/odd ssh=''
# shellcheck disable=SC2016 # for the shell inside
inside source 'mkdir -p /var/lib/odd/below && cd /var/lib/odd && echo text >plain && ln plain "hard link" && ln plain below/third &&
	cp /usr/bin/true suid && chmod 6755 suid && truncate -s 3G sparse && echo end >>sparse && mkfifo -m 640 fifo &&
	ln -s / root && ln -s ../../../../../../etc/shadow up && mkdir -m 1777 sticky && touch -d 2001-02-03 old && chown -h 33:34 old root sticky &&
	printf x >"$(printf "new\nline")" && printf x >"$(printf "\377")" && mkdir closed && echo hidden >closed/file && chmod 0 closed &&
	mkdir .links .snapshots && echo ours >>/etc/hosts' >"$work/output"
report $? 'root in the source makes odd files'
if command -v ssh-keygen >/dev/null; then
	ssh=/etc/virt-sandbox.test/ssh_host_ed25519_key
	inside source "mkdir -p ${ssh%/*} && ssh-keygen -q -t ed25519 -N '' -f $ssh" >"$work/output"
	report $? 'the source makes an SSH host key'
fi
cat >"$work/odd.py" <<'END'
import os, socket, struct, sys
os.chdir(sys.argv[1])
socket.socket(socket.AF_UNIX).bind('socket')
acl = struct.pack('<I', 2) + b''.join(struct.pack('<HHI', *entry) for entry in
    [(1, 6, 0xffffffff), (2, 4, 33), (4, 4, 0xffffffff), (16, 6, 0xffffffff), (32, 0, 0xffffffff)])
for name, kind in ('plain', 'access'), ('fifo', 'access'), ('sticky', 'default'):
    os.setxattr(name, 'system.posix_acl_' + kind, acl)
os.setxattr('old', 'security.capability', struct.pack('<6I', 0x03000001, 0x400, 0, 0, 0, 1000))
os.setxattr('plain', 'user.mark', b'x' * 1000)
here = os.open('.', os.O_RDONLY)
for i in range(3000): # longer than a path can be
    os.mkdir('deeper', dir_fd=here)
    below = os.open('deeper', os.O_RDONLY, dir_fd=here)
    os.close(here)
    here = below
os.close(os.open('end', os.O_CREAT | os.O_WRONLY, dir_fd=here))
END
need 'more of them are made, as root inside could with a program' python3 "$work/odd.py" "$odd"
mknod "$odd/disk" b 7 0
mknod "$odd/whiteout" c 0 0
need 'the source stops' "$program" stop source
journal=$(cd "$(tree source)/var/log/journal" && echo *)

# --- the clones ---------------------------------------------------------------------------------------------------

before=$(files)
ok 'a dry run of a clone succeeds' "$program" clone --dry-run source one
ok 'its JSON is valid' jq -e '.operations | map(.kind) | index("copy")' <<<"$("$program" clone --dry-run --json source one)"
is 'and changes nothing' "$(files)" "$before"
containers+=(one two)
"$program" clone source one two >"$work/out" 2>"$work/err"
report $? 'two clones are made'
like 'clone says so' "$(cat "$work/out")" "Cloned container 'source' as 'two'"
like 'it warns of a device node' "$(cat "$work/err")" '1 device node'

# Self-signed keys of the host are emptied in a clone, to be made at its first start.
sed -n 's,^ConditionFileNotEmpty=!/,,p' "$(tree one)"/etc/systemd/system/virt-sandbox-key-*.service >"$work/anew"
ok 'the key is to be made anew' grep -qx "${key#/}" "$work/anew"
# What a tree has, apart from what a clone has for itself.
has() {
	(cd "$(tree "$1")" && find . -printf '%P %y %m %U:%G %s %n %T@ %l %b\n' | sort |
		grep -avE '^(|etc|etc/ssl/private|var/log/journal(/.*)?|var/lib/odd/(socket|disk)|var/lib/systemd/random-seed|etc/(machine-id|hostname|hosts)|etc/virt-sandbox.test.*|etc/systemd/system/(virt-sandbox-key-.*|sysinit.target.wants.*)|etc/systemd/system) ' | grep -avFf "$work/anew")
}
contents() { (cd "$(tree "$1")" && find etc var -name deeper -prune -o -type f -size -2G -print0 | sort -z | xargs -0 sha256sum | grep -avE '(etc/(machine-id|hostname|hosts)|etc/virt-sandbox.test/.*|virt-sandbox-key-.*|var/log/journal/.*|random-seed)$' | grep -avFf "$work/anew"); }
attributes() { python3 -c 'import os, sys
os.chdir(sys.argv[1])
for name in "plain", "fifo", "sticky", "old":
    for kind in sorted(os.listxattr(name)):
        if kind != "security.selinux": print(name, kind, os.getxattr(name, kind))' "$(tree "$1")/var/lib/odd"; }
like 'files are compared' "$(contents source)" ' var/lib/odd/plain$'
for clone in one two; do
	is "$clone has the same files, with their modes, owners, times, sizes, names and holes" "$(has $clone)" "$(has source)"
	is "$clone has the same contents" "$(contents $clone)" "$(contents source)"
	is "$clone has the same attributes" "$(attributes $clone)" "$(attributes source)"
	is "$clone has no file in common with the source" \
		"$(comm -12 <(find "$(tree source)" -printf '%D:%i\n' | sort -u) <(find "$(tree $clone)" -printf '%D:%i\n' | sort -u))" ''
	is "$clone has no socket, no device and no name that was needed for the copy" \
		"$(cd "$(tree $clone)" && find . \( -type s -o -type b -o -name '.links-*' \) -print)" ''
	is "$clone has nothing of the journal" "$(ls "$(tree $clone)/var/log/journal")" ''
	for which in Memory Units Package Mount Capabilities Live; do
		is "$clone has the same ${which}=" "$(value $clone $which)" "$(value source $which)"
	done
	like "the hosts file of $clone has its own name, and a line that was added" "$(tr '\n' ' ' <"$(tree $clone)/etc/hosts")" " $clone ours "
	is "and no name or address of the source" "$(grep -e source -e "$(value source Address | sed 's,/.*,,')" "$(tree $clone)/etc/hosts")" ''
	is "$clone has its name as its host name" "$(cat "$(tree $clone)/etc/hostname")" $clone
	unlike "the address of $clone is not the source's" "$(value $clone Address)" "$(value source Address)"
done
is 'the source has its own name' "$(cat "$(tree source)/etc/hostname")" source

need 'the source and the clones start together' "$program" start source one two
wait_for test -s "$(tree one)$key" >/dev/null
like 'diff lists what the source has changed' "$("$program" diff source)" '^container +changed +/etc/hosts$'
is 'diff lists nothing more of a clone' "$("$program" diff one)" "$("$program" diff source)"
unlike 'diff does not list a key that was made anew, nor its certificate' "$("$program" diff one)" '\.(key|pem)$'
of() {
	case $2 in
	machine-id) cat "$(tree "$1")/etc/machine-id" ;;
	inside) inside "$1" 'cat /etc/machine-id' ;;
	key) openssl pkey -pubout -in "$(tree "$1")$key" ;;
	certificate) inside "$1" "openssl x509 -noout -pubkey -in $certificate" ;;
	ssh) cut -d ' ' -f 1-2 "$(tree "$1")$ssh.pub" ;;
	journal) ls "$(tree "$1")/var/log/journal" ;;
	*) value "$1" "$2" ;;
	esac
}
for what in UUID Level Base Address MAC machine-id inside key certificate journal ${ssh:+ssh}; do
	all=$(for name in source one two; do of $name "$what" | tr '\n' ' ' && echo; done | grep . | sort -u)
	is "the three have different values: $what" "$(wc -l <<<"$all")" 3
done
unlike "a clone's journal is not the source's" "$(of one journal)" "^$journal\$"
for name in source one two; do
	like "$name serves" "$(page $name '')" .
	is "$name has its key's certificate" "$(of $name certificate)" "$(of $name key)"
done

# --- running, live, refused ---------------------------------------------------------------------------------------

fails 'the clone of a container that runs is refused' 'is running; stop it first' "$program" clone source three
fails 'so is a name that is taken' 'already exists' "$program" clone source one
fails 'so is the same name' 'needs another name' "$program" clone source source
fails 'so is a name that is not valid' 'cannot be the name' "$program" clone source ../three
fails 'so is a clone of nothing' "no container 'nothing'" "$program" clone nothing three
fails 'so is a number of clones for two names' 'only one name' "$program" clone --count=2 source three four
fails 'so is one port for two clones' 'make only one clone' "$program" clone --publish=8099:80 source three four
fails 'so is an address for two clones' 'make only one clone' "$program" clone --network=sandbox,address=172.31.255.1 source three four
# shellcheck disable=SC2016 # for the shell inside
inside source 'cd /var/www && i=0; while :; do i=$((i + 1)); echo $i >a.new && mv a.new a && echo $i >b.new && mv b.new b; done' &
writing=$!
wait_for test -e "$(tree source)/var/www/b"
containers+=(live1 live2)
ok 'a container that runs is cloned with --live, by a number' "$program" clone --live --count=2 source live
for name in live1 live2; do
	a=$(cat "$(tree $name)/var/www/a") b=$(cat "$(tree $name)/var/www/b")
	is "$name was taken at one moment" "$((a - b == 0 || a - b == 1))" 1
done
like 'the source goes on' "$("$program" list | grep '^source ')" running
was=$(cat "$(tree source)/var/www/a")
goes_on() { [ "$(cat "$(tree source)/var/www/a")" != "$was" ]; }
ok 'and writes again' wait_for goes_on
kill $writing
wait $writing 2>/dev/null
containers+=(three)
ok 'names are read from standard input' bash -c "echo three | '$program' clone --live --start source -"
like '--start starts it' "$(page three '')" .

# --- what cannot be shared ----------------------------------------------------------------------------------------

containers+=(writer)
need 'create with a directory of the host succeeds' create writer --mount=host-bind:/srv/rw=$shared/rw --publish=18099:80
fails 'a clone that would write to the same directory of the host is refused' 'mounts=yes' "$program" clone writer five
containers+=(five six)
"$program" clone --mounts=yes --publish=18098:80 writer five >"$work/output" 2>&1
report $? 'it is made with --mounts=yes'
like 'and told which ports stay with the source' "$(cat "$work/output")" 'What comes to 18099 of the host still goes to'
is 'it has the directory' "$(value five Mount)" "host-bind:/srv/rw=$shared/rw"
is 'it has its own port' "$(value five Publish)" 18098:80
"$program" clone --mounts=no writer six >"$work/output" 2>&1
report $? 'it is made with --mounts=no'
like 'and told what it lacks' "$(cat "$work/output")" "nothing mounted at '/srv/rw'"
is 'it does not have the directory' "$(value six Mount)" ''
is 'and no port' "$(value six Publish)" ''
need 'it starts' "$program" start five
like 'the port of a clone leads to it' "$(curl --silent --fail --max-time 120 http://127.0.0.1:18098/)" .
delete_containers
is 'after the containers are deleted, nothing is left of them' "$(ls -A "$filesystems"; ls /var/lib/virt-sandbox-service/*/)" \
	"$(ls /var/lib/virt-sandbox-service/*/)"
done_testing
