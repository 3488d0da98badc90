#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A container's label and ids: nothing else has them, they are shown, there is a warning if they are wrong, and they can be
# restored.
. "$(dirname "$0")/lib.sh"

foreign=()
at_end() {
	setenforce 1
	kill "${foreign[@]}" 2>/dev/null
	umount "$tree/opt/mounted" 2>/dev/null
	virsh --quiet --connect lxc:/// undefine foreign 2>/dev/null
	delete_containers
}
tree=$filesystems/labels
record=/etc/libvirt-sandbox/services/labels.sandbox
wrong() { find "$tree" ! -context "*:$file_type:$(field labels level)" -printf '%P\n'; }
need 'setup makes the host ready' "$program" setup
watch_denials

# Levels of other processes and domains.
runcon -l s0:c7,c8 sleep 1000 &
foreign+=($!)
cat >"$work/foreign.xml" <<END
<domain type='lxc'>
  <name>foreign</name>
  <memory>65536</memory>
  <os><type>exe</type><init>/bin/true</init></os>
  <seclabel type='static' model='selinux'><label>system_u:system_r:$process_type:s0:c9,c10</label></seclabel>
</domain>
END
ok "a libvirt domain that is not ours can be defined" virsh --quiet --connect lxc:/// define "$work/foreign.xml"
fails 'create refuses the level of a process' "'s0:c7,c8' is that of process ${foreign[0]}" create refused -l s0:c7,c8
fails 'create refuses the level of a libvirt domain that does not run' "that of domain '/etc/libvirt/lxc/foreign.xml'" create refused -l s0:c10,c9

# What status shows.
need 'create succeeds' create labels
like 'status shows the labels of a container' "$("$program" status labels)" "Label: .*:$process_type:$(field labels level), files .*:$file_type:"
like 'status shows the ids of a container' "$("$program" status labels)" "Ids: $(field labels uid_base) to"
is 'status of a new container warns of nothing' "$("$program" status labels 2>&1 >/dev/null)" ''

# A tree with wrong labels, and with what root in the container may have planted in it.
before=$(stat -c %C /etc/hostname)
mkdir -p "$tree/opt/mounted" "$tree/opt/$(printf 'deep/%.0s' {1..300})"
ln -s /etc/hostname "$tree/opt/link"
ln -s / "$tree/opt/root"
mkfifo "$tree/opt/fifo"
chcon -hR -t tmp_t -l s0 "$tree"
like 'status warns of a tree with a wrong label' "$("$program" status labels 2>&1)" "'$tree' has the label '.*:tmp_t:s0'.*relabel labels"
count=$("$program" relabel --dry-run labels)
like 'a dry run of relabel says how many labels are wrong' "$count" '^labels: [0-9]{3,} labels are wrong$'
is 'relabel corrects as many' "$("$program" relabel labels)" "${count/are wrong/corrected}"
is 'relabel puts all labels of a tree right' "$(wrong)" ''
is 'relabel leaves files of the host alone that links lead to' "$(stat -c %C /etc/hostname /)" "$before"$'\n'"$(matchpathcon -n /)"
is 'a second relabel finds nothing to correct' "$("$program" relabel --all)" 'labels: 0 labels corrected'
is 'status warns of nothing after relabel' "$("$program" status labels 2>&1 >/dev/null)" ''
mount --bind /srv "$tree/opt/mounted"
fails 'relabel fails and names a mount in the tree' 'something is mounted' "$program" relabel labels
is 'relabel leaves a mount in the tree as it is' "$(stat -c %C /srv)" "$(matchpathcon -n /srv)"
umount "$tree/opt/mounted"

need 'start succeeds after relabel' start labels
fails 'relabel refuses a running container' 'is running' "$program" relabel labels
is 'status of a running container warns of nothing' "$("$program" status labels 2>&1 >/dev/null)" ''
cp "$record" "$work/record"
sed -i "s/$process_type/initrc_t/; s/^Base=.*/Base=1310720000/" "$record"
like 'status warns of processes with another label than the record has' "$("$program" status labels 2>&1)" "runs with the label '.*:$process_type:.*' instead of '.*:initrc_t:"
like 'status warns of processes with other ids than the record has' "$("$program" status labels 2>&1)" 'does not run with the ids of its record'
cp "$work/record" "$record"
is 'SELinux denied nothing to the containers and our programs' "$(denials)" ''

# A permissive host.
setenforce 0
ok 'a container starts on a permissive host' systemctl restart labels_sandbox.service
is 'a container serves on a permissive host' "$(page labels '' | grep -c -i '<html')" 1
like 'a container has its label on a permissive host' "$(processes "$process_type")" "^$(field labels level) systemd\$"
done_testing
