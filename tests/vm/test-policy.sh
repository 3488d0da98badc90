#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The policy modules: loaded, current, taken away; and what a container may not do with another one, nor with the host.
. "$(dirname "$0")/lib.sh"

check() { "$program" setup --check | sed -n "s/^\([a-z]*  *SELinux$1\)  */\1: /p" | tr -s ' '; }
modules() { semodule -l | grep -x 'virt-sandbox.*' | xargs; }
# Asking takes seconds each time.
types() { grep -E "^ *type $1[ ,;]" "$work/types"; }
may() { grep -E "^allow [^ ]+ [^ ]+:($1) .*[ {]($2)[ ;}]" "$work/rules"; }

watch_denials
need 'setup' "$program" setup
is 'both modules are in the store' "$(modules)" 'virt-sandbox virt-sandbox-container'
seinfo -t -x >"$work/types"
sesearch -A -s svirt_lxc_net_t >"$work/rules"
for pair in container_t=svirt_lxc_net_t container_file_t=svirt_lxc_file_t container_ro_file_t=svirt_lxc_ro_file_t; do
	like "${pair%=*} is another name of ${pair#*=}" "$(types "${pair#*=}")" " alias ${pair%=*},"
done
like "a container's domain is constrained by categories" "$(types svirt_lxc_net_t)" mcs_constrained_type
like 'it may write its own files' "$(may file write)" svirt_lxc_file_t
is '... and none of the host but its own control groups, and huge pages that are handed to it' "$(may file 'write|append|create|unlink|setattr|relabelfrom|relabelto' |
	grep -vE ' (svirt_lxc_file_t|svirt_lxc_net_t|cgroup_t):| hugetlbfs_t:file { map read write };')" ''
is '... load no policy' "$(may security 'load_policy|setenforce|setbool')" ''
is '... trace nothing' "$(may process ptrace)" ''
is '... change to no other domain' "$(may process 'transition|dyntransition')" ''
is '... use no disk' "$(may blk_file 'read|write|open')" ''
unlike 'the monitor is no unconfined domain' "$(types virt_sandbox_monitor_t)" unconfined_domain_type
for pair in enter=virt_exec_t init=init_exec_t monitor=monitor_exec_t virt=virt_exec_t; do
	is "the label of ${pair%=*}" "$(label "/usr/libexec/virt-sandbox-service/${pair%=*}")" \
		"object_r:virt_sandbox_${pair#*=}:s0"
done
is 'the label of the records' "$(label /etc/libvirt-sandbox)" 'object_r:virt_sandbox_conf_t:s0'

like 'check: SELinux is well' "$(check '')" '^ok SELinux: enforcing, processes are .*:svirt_lxc_net_t:'
like '... and the modules' "$(check ' policy')" '^ok '
setenforce 0
like '... permissive is weak' "$(check '')" '^weak SELinux: permissive'
setenforce 1

# Two containers whose root is root of the host: only the labels are between them.
for name in one two; do
	need "create $name" create $name --private-users=no
	need "start $name" start $name
done
tree=$filesystems/two
echo 'of two' >"$tree/$docroot/secret"
cp -a "$tree/$docroot/secret" "$filesystems/one/$docroot/stolen" && chcon --reference="$tree/$docroot/secret" "$filesystems/one/$docroot/stolen"
chmod 666 "$filesystems/one/$docroot/stolen"
fails "one cannot read a file of two's level" 'permission denied' inside one "cat /$docroot/stolen"
fails '... nor write it' 'permission denied' inside one "echo x >>/$docroot/stolen"
fails '... nor change its mode' 'permission denied|not permitted' inside one "chmod 600 /$docroot/stolen"
is '... its own it can' "$(inside one "echo mine >/$docroot/mine && cat /$docroot/mine")" mine
fails 'no file of the host can be written through a remounted /usr' 'permission denied|read-only|not permitted' \
	inside one 'mount -o remount,bind,rw /usr; touch /usr/bin/one'
is '... and none was' "$(ls /usr/bin/one 2>/dev/null)" ''
for fs in debugfs tracefs securityfs; do
	fails "$fs cannot be mounted" 'permission denied|not permitted|unknown filesystem|denied' inside one "mount -t $fs $fs /srv"
done
restorecon -R "$tree" 2>/dev/null
is 'restorecon leaves the trees alone' "$(label "$tree/etc/passwd")" "object_r:svirt_lxc_file_t:$(field two level)"
for name in one two; do ok "delete $name" "$program" delete $name; done

is 'SELinux denied nothing but what one tried with the files of two' "$(denials | grep -v name=stolen)" ''

ok 'setup --remove' "$program" setup --remove
is '... takes the modules away' "$(modules)" ''
unlike '... and their labels' "$(label /usr/libexec/virt-sandbox-service/monitor)" virt_sandbox
like '... which check tells of' "$(check '')" '^lacks SELinux: the policy has no types'
echo '; another version' >"$work/virt-sandbox.cil"
semodule -X 400 -i "$work/virt-sandbox.cil" 2>/dev/null
like 'check tells of modules of another version' "$(check ' policy')" '^weak '
ok 'setup brings back what is missing, and replaces the other' "$program" setup
is '... both' "$(modules)" 'virt-sandbox virt-sandbox-container'
is '... and the labels' "$(label /usr/libexec/virt-sandbox-service/monitor)" 'object_r:virt_sandbox_monitor_exec_t:s0'
like '... so that all is well' "$(check ' policy')" '^ok '
done_testing
