#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a container shares with the host in /etc: it sees the host's changes, writes nothing there, and reads only what all users
# of the host may read. It finds certificates of its own beside the host's. What is written to on the host is tidied up.
. "$(dirname "$0")/lib.sh"

mark=virt-sandbox-live-$$
for certs in /etc/pki/tls/certs /etc/ssl/certs; do
	if [ -d $certs ] && [ ! -L $certs ]; then break; fi
done
at_end() {
	delete_containers
	umount "$certs" 2>/dev/null
	rm -rf /etc/{alternatives,ld.so.conf.d,systemd/system}/"$mark"* "${certs:?}/$mark"*
	if [ -d "$work/conf" ]; then mv "$work/conf" /etc/ld.so.conf.d; fi
	ldconfig
}

# put PATH TEXT: replaces a file of the host by rename, as programs do that update one.
put() { echo "$2" >"$1.new" && mv "$1.new" "$1"; }
# choose PROGRAM: makes the alternative lead to it, as update-alternatives does.
choose() { ln -s "$1" "/etc/alternatives/$mark.new" && mv -T "/etc/alternatives/$mark.new" "/etc/alternatives/$mark"; }
again() { systemctl stop live_sandbox.service && start live; }
tree=$filesystems/live

need 'setup makes the host ready' "$program" setup
need 'an alternative can be made' choose /usr/bin/sleep
put "$certs/$mark-old.pem" 'the old one'
put "$certs/$mark-named.pem" 'for one group'
chmod 640 "$certs/$mark-named.pem"
cat >"/etc/systemd/system/$mark.service" <<-END
	[Service]
	ExecStart=/etc/alternatives/$mark infinity
	EnvironmentFile=-$certs/$mark-named.pem
END
containers+=(live)
need 'create succeeds' "$program" create -u "$web" -u "$mark" live
need 'start succeeds' start live
shared=$("$program" show live | sed -n 's/^Live=//p')
like 'the record names what is shared' "$shared" "/etc/alternatives.* $certs"
is 'systemd inside is running, not degraded' "$(inside live 'systemctl is-system-running')" running
is 'the tree has nothing of what is shared' "$(cd "$tree" && for place in $shared; do find ".$place" ! -path ".$place" -o -size +0 -type f; done)" ''

for place in $shared; do
	like "$place is a read-only mount without set-user-ID programs and devices" "$(inside live "findmnt -n -o OPTIONS $place")" '^ro,nosuid,nodev,'
done
fails 'root inside can make no file among the alternatives' 'read-only file system' inside live "touch /etc/alternatives/$mark.new"
fails 'root inside cannot write to the cache of libraries' 'read-only file system' inside live 'echo >/etc/ld.so.cache'
fails 'a certificate cannot be removed inside' 'read-only file system' inside live "rm $certs/$mark-old.pem"
is 'it is still there on the host' "$(cat "$certs/$mark-old.pem")" 'the old one'

# Changes on the host, while the container runs.
choose /usr/bin/tail
is 'a running container sees an alternative that the host has switched' "$(inside live "readlink /etc/alternatives/$mark")" /usr/bin/tail
choose /usr/bin/sleep
put "$certs/$mark-new.pem" 'a new one'
put "$certs/$mark-other.pem" 'the host has this, too'
ok 'a container can have certificates of its own' inside live "cat $certs/$mark-named.pem"
is 'it finds that which its unit names, with the rights it had' "$(inside live "cat $certs/$mark-named.pem; stat -c '%a %u' $certs/$mark-named.pem")" $'for one group\n640 0'

# Without certificates of its own, a container sees the host's directory itself.
need 'the container stops' systemctl stop live_sandbox.service
rm "$tree$certs.own/$mark-named.pem"
need 'it starts without certificates of its own' start live
put "$certs/$mark-old.pem" 'the renewed one'
put "$certs/$mark-newer.pem" 'a newer one'
is 'a running container sees a certificate that the host has replaced' "$(inside live "cat $certs/$mark-old.pem")" 'the renewed one'
is 'and one that it has added' "$(inside live "cat $certs/$mark-newer.pem")" 'a newer one'

# What only some users of the host can read.
put "$certs/$mark-secret.pem" 'PRIVATE KEY'
chmod 600 "$certs/$mark-secret.pem"
is 'root on the host reads a file that only root may read' "$(cat "$certs/$mark-secret.pem")" 'PRIVATE KEY'
fails 'root inside does not' 'permission denied' inside live "cat $certs/$mark-secret.pem"
is 'for root inside, it belongs to nobody' "$(inside live "stat -c %U $certs/$mark-secret.pem")" nobody

# Programs inside that renew what is shared fail, and say so. The number of certificates stays.
number=$(inside live "ls $certs | wc -l")
for command in update-ca-certificates update-ca-trust; do
	if command -v $command >/dev/null; then
		fails "$command inside fails" 'read-only file system' inside live $command
	else
		skip "$command inside fails" "this host has no $command"
	fi
done
is 'all certificates are still there' "$(inside live "ls $certs | wc -l")" "$number"
fails 'ldconfig inside fails' 'read-only file system|resource busy' inside live ldconfig

# From the next start on.
echo /usr/lib >"/etc/ld.so.conf.d/$mark.conf"
ok 'ldconfig on the host succeeds' ldconfig
ok 'programs inside still run' inside live 'ls /'
choose /usr/bin/tail
choose /usr/bin/sleep
mkdir -p "$tree$certs.own"
echo 'only here' >"$tree$certs.own/$mark-own.pem"
echo 'the own one' >"$tree$certs.own/$mark-other.pem"
need 'the container starts again' again
is 'after a start, the container has the cache that ldconfig made' "$(inside live 'cksum </etc/ld.so.cache')" "$(cksum </etc/ld.so.cache)"
is 'the service whose program is an alternative runs' "$(inside live "systemctl is-active $mark")" active
is 'a certificate of its own is found among the others' "$(inside live "cat $certs/$mark-own.pem")" 'only here'
is 'it comes before one of the host with the same name' "$(inside live "cat $certs/$mark-other.pem")" 'the own one'
is 'those of the host are there, too' "$(inside live "cat $certs/$mark-newer.pem")" 'a newer one'
fails 'what only root may read is still closed' 'permission denied' inside live "cat $certs/$mark-secret.pem"
fails 'the merged directory is read-only, too' 'read-only file system' inside live "touch $certs/$mark-x"
like 'and without set-user-ID programs and devices' "$(inside live "findmnt -n -o OPTIONS $certs")" '^ro,nosuid,nodev,'
ok 'the directory with its own certificates can be written inside' inside live "echo x >$certs.own/$mark-x"
is 'the host has neither' "$(ls "$certs/$mark-own.pem" "$certs/$mark-x" 2>/dev/null)" ''

# The host no longer has a place.
systemctl stop live_sandbox.service
mv /etc/ld.so.conf.d "$work/conf"
ok 'a container starts without a place that the host no longer has' start live
is 'and finds nothing there' "$(inside live 'ls /etc/ld.so.conf.d')" ''
systemctl stop live_sandbox.service
mv "$work/conf" /etc/ld.so.conf.d

# Root inside can change the directories above; no link is followed.
dir=$(dirname "$certs")
mv "$tree$dir" "$tree$dir.aside"
ln -s /usr "$tree$dir"
fails 'a start follows no link on the way to a place' 'must be a directory|Cannot create the mount point' start live
rm "$tree$dir"
mv "$tree$dir.aside" "$tree$dir"

# A container that was created with copies keeps them.
record=/etc/libvirt-sandbox/services/live.sandbox
sed -i '/^\[Shared\]/d; /^Live=/d' $record
rm -rf "$tree/etc/alternatives" "$tree/etc/ld.so.cache"
cp -a /etc/alternatives /etc/ld.so.cache "$tree/etc/"
choose /usr/bin/tail
ok 'a container with copies starts' start live
is 'and keeps its copies' "$(inside live "readlink /etc/alternatives/$mark; findmnt -n /etc/alternatives")" /usr/bin/sleep
choose /usr/bin/sleep

# Without ids of its own, root inside is the owner of the host's files, but these belong to nobody all the same.
mkdir "$work/certs"
cp -a "$certs/." "$work/certs"
mount -t tmpfs "$mark" "$certs" # the file system of the host's /etc may have no id-mapped mounts
cp -a "$work/certs/." "$certs"
containers+=(plain)
need 'create without ids of its own succeeds' "$program" create --private-users=no -u "$web" plain
if [ "$(stat -f -c %T "$certs")" = tmpfs ] && start plain; then
	is 'without ids of its own, root inside reads what all may read' "$(inside plain "cat $certs/$mark-newer.pem")" 'a newer one'
	if [ "$(inside plain "stat -c %U $certs/$mark-newer.pem")" = nobody ]; then
		fails 'and not what only root may read' 'permission denied' inside plain "cat $certs/$mark-secret.pem"
	else
		skip 'and not what only root may read' 'the kernel has no id-mapped mounts of a tmpfs'
	fi
	fails 'it writes nothing there' 'read-only file system' inside plain "touch $certs/$mark-x"
else
	report 1 'a container without ids of its own starts'
fi
done_testing
