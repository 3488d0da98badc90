#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The policy modules: loaded, current, removed; and what a container may not do to another one and to the host.
. "$(dirname "$0")/lib.sh"

check() { "$program" setup --check | sed -n "s/^\([a-z]*  *SELinux$1\)  */\1: /p" | tr -s ' '; }
modules() { semodule -l | grep -x 'virt-sandbox.*' | xargs; }
# Each query takes seconds.
types() { grep -E "^ *type $1[ ,;]" "$work/types"; }
may() { grep -E "^allow [^ ]+ [^ ]+:($1) .*[ {]($2)[ ;}]" "$work/rules"; }

# A policy that has container types has no use for the aliases.
both='virt-sandbox virt-sandbox-container' aliases='container_t=svirt_lxc_net_t container_file_t=svirt_lxc_file_t container_ro_file_t=svirt_lxc_ro_file_t'
[ "$file_type" = svirt_lxc_file_t ] || both='virt-sandbox virt-sandbox-beside' aliases=''

watch_denials
need 'setup makes the host ready' "$program" setup
is 'setup puts both modules into the policy store' "$(modules)" "$both"
seinfo -t -x >"$work/types"
sesearch -A -s "$process_type" >"$work/rules"
for pair in $aliases; do
	like "${pair%=*} is another name of ${pair#*=}" "$(types "${pair#*=}")" " alias ${pair%=*},"
done
like "the type of containers is constrained by categories" "$(types "$process_type")" mcs_constrained_type
is 'the files of containers have the one type' "$(seinfo -x -a vss_content | sed -n 's/^\t*\([a-z_]*_t\)$/\1/p')" "$file_type"
like 'the policy lets containers write their own files' "$(may file write)" vss_content
is 'the policy lets containers write no files of the host but control groups, settings of their network, and huge pages that they are given' "$(may file 'write|append|create|unlink|setattr|relabelfrom|relabelto' |
	grep -vE " (vss_content|$process_type|cgroup_t|sysctl_net_t):| hugetlbfs_t:file { map read write };")" ''
is 'the policy lets containers load no policy' "$(may security 'load_policy|setenforce|setbool')" ''
is 'the policy lets containers trace no process' "$(may process ptrace)" ''
is 'the policy lets containers change to no other type' "$(may process 'transition|dyntransition')" ''
is 'the policy lets containers use no block device' "$(may blk_file 'read|write|open')" ''
unlike 'the monitor is not an unconfined domain' "$(types virt_sandbox_monitor_t)" unconfined_domain_type
for domain in sandbox_start sandbox_monitor sandbox; do sesearch -A -s virt_${domain}_t >"$work/rules-$domain"; done
# changes DOMAIN: prints the domains that it may change to. reaches DOMAIN: prints the domains of libvirt that it may connect
# to.
changes() { grep -E ':process (.*[ {])?(transition|dyntransition)[ ;}]' "$work/rules-$1"; }
reaches() { grep -E ' (virtd|virtlxcd|vss_libvirtd)[a-z_]*:unix_stream_socket (.*[ {])?connectto[ ;}]' "$work/rules-$1"; }
like 'the policy lets a start run the programs that talk to libvirt' "$(changes sandbox_start)" ' virt_sandbox_t:'
like 'the policy lets a start become the monitor' "$(changes sandbox_start)" ' virt_sandbox_monitor_t:'
is 'the policy lets the monitor change to no other domain' "$(changes sandbox_monitor)" ''
like 'the policy lets the programs that talk to libvirt reach it' "$(reaches sandbox)" connectto
is 'the policy keeps the monitor from libvirt' "$(reaches sandbox_monitor)" ''
for pair in enter=virt_exec_t init=init_exec_t monitor=monitor_exec_t virt=virt_exec_t; do
	is "the program ${pair%=*} has its label" "$(label "/usr/libexec/virt-sandbox-service/${pair%=*}")" \
		"object_r:virt_sandbox_${pair#*=}:s0"
done
is 'the directory of the records has its label' "$(label /etc/libvirt-sandbox)" 'object_r:virt_sandbox_conf_t:s0'

like 'setup --check finds SELinux enforcing' "$(check '')" "^ok SELinux: enforcing, processes are .*:$process_type:"
like 'setup --check finds the policy modules in order' "$(check ' policy')" '^ok '
setenforce 0
like 'setup --check warns of a permissive host' "$(check '')" '^weak SELinux: permissive'
setenforce 1

# Two containers whose root is root of the host: only labels separate them.
for name in one two; do
	need "create $name succeeds" create $name --private-users=no
	need "start $name succeeds" start $name
done
tree=$filesystems/two
echo 'of two' >"$tree/$docroot/secret"
cp -a "$tree/$docroot/secret" "$filesystems/one/$docroot/stolen" && chcon --reference="$tree/$docroot/secret" "$filesystems/one/$docroot/stolen"
chmod 666 "$filesystems/one/$docroot/stolen"
fails "one cannot read a file of two's level" 'permission denied' inside one "cat /$docroot/stolen"
fails "one cannot write a file of two's level" 'permission denied' inside one "echo x >>/$docroot/stolen"
fails "one cannot change the mode of a file of two's level" 'permission denied|not permitted' inside one "chmod 600 /$docroot/stolen"
is 'one can write and read its own files' "$(inside one "echo mine >/$docroot/mine && cat /$docroot/mine")" mine
fails 'no file of the host can be written through a remounted /usr' 'permission denied|read-only|not permitted' \
	inside one 'mount -o remount,bind,rw /usr; touch /usr/bin/one'
is 'no file was made in /usr of the host' "$(ls /usr/bin/one 2>/dev/null)" ''
for fs in debugfs tracefs securityfs devpts; do
	fails "$fs cannot be mounted inside" 'permission denied|not permitted|unknown filesystem|denied|cannot mount' inside one "mount -t $fs $fs /srv"
done
restorecon -R "$tree" 2>/dev/null
is 'restorecon leaves the labels of a tree alone' "$(label "$tree/etc/passwd")" "object_r:$file_type:$(field two level)"
for name in one two; do ok "delete $name succeeds" "$program" delete --force $name; done

is 'SELinux denied only what one tried with the file of two' "$(denials | grep -vE 'name=stolen|dev="devpts"')" ''

ok 'setup --remove succeeds' "$program" setup --remove
is 'setup --remove removes the policy modules' "$(modules)" ''
is "setup --remove removes the drop-ins of libvirt's daemons" "$(ls /etc/systemd/system/*.service.d/~virt-sandbox.conf 2>/dev/null)" ''
unlike 'setup --remove takes the labels off the programs' "$(label /usr/libexec/virt-sandbox-service/monitor)" virt_sandbox
# A policy's own container_t is of no use, though it has the alias svirt_lxc_net_t: its rules are for images.
like 'setup --check finds the types of the policy lacking after setup --remove' "$(check '')" '^lacks SELinux: the policy lacks the types'
echo '; another version' >"$work/virt-sandbox.cil"
semodule -X 400 -i "$work/virt-sandbox.cil" 2>/dev/null
like 'setup --check warns of a module of another version' "$(check ' policy')" '^weak '
ok 'setup succeeds with one module missing and another version of the other' "$program" setup
is 'setup brings both modules back' "$(modules)" "$both"
is 'setup brings the labels of the programs back' "$(label /usr/libexec/virt-sandbox-service/monitor)" 'object_r:virt_sandbox_monitor_exec_t:s0'
like 'setup --check finds the modules in order after setup' "$(check ' policy')" '^ok '
done_testing
