#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Containers on a machine with AppArmor: each has a profile of its own while it runs, and that refuses what SECURITY.md says. The
# attempts are made as root of the host, who has nothing of a container but its profile, so that nothing else can refuse them.
. "$(dirname "$0")/../host/lib.sh"

log=/var/log/audit/audit.log
rules=/etc/apparmor.d/local/virt-sandbox-service parser=/usr/sbin/apparmor_parser
at_end() {
	rm -f "$rules"
	[ ! -e "$parser.aside" ] || mv "$parser.aside" "$parser"
	delete_containers
}

# Denials from here on.
watch_denials() { seen=$(stat -c %s "$log"); }
denials() { tail -c "+$((seen + 1))" "$log" | grep 'apparmor="DENIED"'; }
profiles() { sort /sys/kernel/security/apparmor/profiles; }
wall() { "$program" status --json "$1" | jq -r '.walls[] | select(.wall == "AppArmor") | .stands + " " + .found'; }
check() { "$program" setup --check --json | jq -r --arg what "$1" '.[] | select(.name == $what) | .state + " " + .found'; }

like 'AppArmor is on' "$(cat /sys/kernel/security/lsm)" 'apparmor'
like 'libvirt uses AppArmor' "$(virsh --connect lxc:/// capabilities)" '<model>apparmor</model>'
before=$(profiles)
watch_denials
need 'setup makes the host ready' "$program" setup
is 'setup --check finds AppArmor' "$(check AppArmor)" 'ok on; each start of a container loads a profile virt-sandbox-NAME'
is 'setup --check does not ask for SELinux beside AppArmor' "$(check SELinux)" 'ok not needed: the host has AppArmor'
need 'create one succeeds' create one --private-users=no
need 'create two succeeds' create two
for name in one two; do
	need "start $name succeeds" start "$name"
	is "$name: status finds its profile" "$(wall "$name")" "ok it has profile virt-sandbox-$name (enforce)"
	is "$name: every process has its profile" "$(inside "$name" 'cat /proc/[0-9]*/attr/current | sort -u')" "virt-sandbox-$name (enforce)"
	like "$name: the service inside answers" "$(page "$name" '')" '<html'
done
like 'setup --check finds all walls' "$(check walls)" '^(ok|weak .* user namespace$)'

# Into a container whose systemd does not answer.
kill -STOP "$(leader two)"
is 'a command that enters without systemd has the profile' "$("$program" -q execute two -- cat /proc/self/attr/current </dev/null)" 'virt-sandbox-two (enforce)'
kill -CONT "$(leader two)"
# What systemd mounts, makes and locks for a unit that asks for everything.
strict=()
for setting in DynamicUser=yes StateDirectory=strict ProtectSystem=strict ProtectHome=yes ProtectKernelTunables=yes ProtectKernelLogs=yes \
	ProtectKernelModules=yes ProtectControlGroups=yes ProtectHostname=yes ProtectProc=invisible ProcSubset=pid PrivateTmp=yes \
	PrivateDevices=yes PrivateNetwork=yes PrivateIPC=yes RestrictNamespaces=yes NoNewPrivileges=yes MountAPIVFS=yes \
	InaccessiblePaths=/srv TemporaryFileSystem=/opt BindPaths=/var/tmp:/mnt LoadCredential=name:/etc/hostname; do
	strict+=(-p "$setting")
done
is 'a unit that systemd confines in every way runs' \
	"$("$program" execute one -- systemd-run --quiet --wait --pipe "${strict[@]}" cat /proc/self/attr/current </dev/null)" 'virt-sandbox-one (enforce)'
is 'AppArmor denied nothing' "$(denials)" ''

# as PROFILE SCRIPT: runs it with this profile, or '-' with none, in a copy of the mounts.
as() {
	local confined=()
	[ "$1" = - ] || confined=(aa-exec -p "virt-sandbox-$1" --)
	# shellcheck disable=SC2086
	unshare --mount --propagation private "${confined[@]}" sh -c "mount -t tmpfs none /mnt && cd /mnt && mkdir a b proc && $2"
}
# refused WHAT PROFILE SCRIPT
# What programs say of it differs.
refused() { fails "$1" 'denied|not permitted|insufficient permissions|cannot mount|bind .* failed' as "$2" "$3"; }
# attempt WHAT SCRIPT [PROFILE]: with a profile it is refused, and without or, if one is given, with that it works.
attempt() {
	ok "control: $1" as "${3:--}" "$2"
	refused "refused: $1" one "$2"
}
# shellcheck disable=SC2016 # the shell in there expands it
rewrite='v=$(cat "$f") && printf "%s\n" "$v" >"$f"'
for type in binfmt_misc cgroup2 devpts mqueue proc ramfs sysfs tmpfs; do
	ok "a file system that services mount: $type" as one "mount -t $type none a"
done
ok 'a layer over /etc' as one 'mount -t overlay -o lowerdir=/etc:/usr none a'
ok 'a bind, made read-only, moved' as one 'mount --bind /etc a && mount -o remount,bind,ro,nosuid a && mount --move a b && test -e b/passwd'
for type in debugfs tracefs securityfs bpf devtmpfs pstore configfs; do attempt "mounting $type" "mount -t $type none a"; done
attempt 'mounting a disk' 'mount /dev/vda a'
attempt 'changing core_pattern' "f=/proc/sys/kernel/core_pattern; $rewrite"
attempt 'changing a setting of memory' "f=/proc/sys/vm/swappiness; $rewrite"
attempt 'changing a setting in a copy of the mounts' "mount --rbind / a && f=a/proc/sys/kernel/core_pattern; $rewrite"
attempt 'changing a setting in another /proc' "mount -t proc none proc && f=proc/sys/kernel/core_pattern; $rewrite"
attempt 'binding /proc under another name' 'mount --rbind /proc a'
ok 'binding /proc under its own name' as one 'mount --rbind /proc proc'
attempt 'binding /proc/sys under another name' 'mount --rbind /proc/sys a'
attempt 'binding a directory of settings' 'mount --bind /proc/sys/kernel a'
attempt 'binding a setting' 'touch f && mount --bind /proc/sys/kernel/core_pattern f'
ok 'binding the host name, as systemd does' as one 'touch f && mount --bind /proc/sys/kernel/hostname f'
attempt 'sysrq' 'echo h >/proc/sysrq-trigger'
attempt 'memory of the kernel' 'head -c 1 /proc/kcore'
attempt 'device nodes' 'mknod node c 1 3'
attempt 'the clock' 'date --set=now'
attempt 'a kernel module' 'modprobe xfs && modprobe -r xfs'
attempt 'running without a profile' 'aa-exec -p unconfined -- true' -
attempt 'running with the profile of another container' 'aa-exec -p virt-sandbox-two -- true' -

# Another container, and the host.
host=$$ theirs=$(leader two)
attempt 'a signal to another container' "kill -URG $theirs" two
attempt 'a signal to the host' "kill -URG $host"
attempt 'the environment of a process of another container' "cat /proc/$theirs/environ" two
attempt 'the memory of a process of another container' "exec 3</proc/$theirs/mem" two
attempt 'the memory of a process of the host' "exec 3</proc/$host/mem"
attempt 'the descriptors of a process of the host' "readlink --verbose /proc/$host/fd/0"

# What becomes of the profiles.
ok 'stop succeeds' "$program" stop one
is 'a profile goes with its container' "$(profiles | grep virt-sandbox)" 'virt-sandbox-two (enforce)'
kill -KILL "$(leader two)"
gone() { ! profiles | grep -q virt-sandbox; }
wait_for gone
ok 'a profile goes with a container that is killed' gone
echo 'nonsense' >"$rules"
fails 'a start fails if the profile cannot be loaded' "Cannot load the AppArmor profile of container 'one'" start one
printf 'deny /etc/hostname r,\n' >"$rules"
ok 'start succeeds with a rule of the administrator' start one
fails 'the rule of the administrator is part of the profile' 'denied' inside one 'cat /etc/hostname'
rm "$rules"
"$program" stop one

mv "$parser" "$parser.aside"
like 'setup --check says that profiles cannot be loaded' "$(check AppArmor)" '^weak containers run unconfined, because apparmor_parser is missing'
ok 'start succeeds on a host that cannot load profiles' start one
like 'a start says that the profile is missing' "$(journalctl --no-pager -o cat -u one_sandbox.service)" "Container 'one' is not confined by AppArmor"
like 'status says that the profile is missing' "$(wall one)" '^none its profile is unconfined'
is 'a container without a profile runs a command that enters without systemd' \
	"$(kill -STOP "$(leader one)" && "$program" -q execute one -- cat /proc/self/attr/current </dev/null && kill -CONT "$(leader one)")" unconfined
mv "$parser.aside" "$parser"
"$program" stop one

# The profile does not depend on libvirt.
echo 'security_driver = "none"' >>/etc/libvirt/lxc.conf
systemctl restart libvirtd.service
ok 'start succeeds where libvirt does not use AppArmor' start one
is 'a container has its profile where libvirt does not use AppArmor' "$(wall one)" 'ok it has profile virt-sandbox-one (enforce)'
sed -i '$d' /etc/libvirt/lxc.conf
systemctl restart libvirtd.service

for name in one two; do ok "delete $name succeeds" "$program" delete --force "$name"; done
ok 'setup --remove succeeds' "$program" setup --remove
is 'nothing is left of the profiles' "$(profiles)" "$before"
done_testing
