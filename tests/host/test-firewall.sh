#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What somebody else takes away from the containers' network is told, and put back: rules in the host's firewall, and the bridge.
. "$(dirname "$0")/lib.sh"

need 'setup makes the host ready' "$program" setup
# libvirt adds its rules a second time if it was killed while it added them, so begin without what others have left.
need 'the network starts afresh' sh -c '
	virsh --quiet --connect lxc:/// net-destroy sandbox
	iptables-save | grep -v sandbox0 | iptables-restore
	virsh --quiet --connect lxc:/// net-start sandbox'
need 'create succeeds' create wall
need 'start succeeds' start wall

rules() { iptables-save 2>/dev/null | grep 'sandbox0\|LIBVIRT_PRT.*MASQUERADE' | sort; }
flush() { for table in filter nat mangle; do iptables -w -t "$table" -F && iptables -w -t "$table" -X; done; }
check() { "$program" setup --check --json | jq -r '.[] | select(.name == "network") | .state + " " + .found'; }

before=$(rules)
like 'the network has rules in the firewall' "$before" 'sandbox0'
like 'setup --check finds nothing wrong with the network' "$(check)" '^ok '

# All tables, as a firewall's restart does it.
ok 'the rules can be flushed' flush
is 'no rules are left' "$(rules)" ''
like 'setup --check says that the rules are gone' "$(check)" '^weak the rules .* are gone'
ok 'a start without rules succeeds' "$program" restart wall
like 'the journal of such a start says that the rules are gone, and what to do' \
	"$(journalctl --no-pager --output cat --unit wall_sandbox.service)" "rules of network 'sandbox'.* are gone.*setup"
leader=$(leader wall)
like 'setup puts the rules back' "$("$program" setup)" "^network 'sandbox': made ready"
is 'all rules are back' "$(rules)" "$before"
is 'the container has gone on' "$(leader wall)" "$leader"
ok 'the container serves' page wall ''
like 'setup --check finds nothing wrong with the network again' "$(check)" '^ok '
like 'setup has nothing to do then' "$("$program" setup)" "^network 'sandbox': ready"

# Only the rules of one table.
ok 'the rules of the filter can be flushed' iptables -w -F
like 'setup --check says that some rules are gone' "$(check)" '^weak the rules .* are gone'
like 'setup puts them back' "$("$program" setup)" "^network 'sandbox': made ready"
is 'all rules are back again' "$(rules)" "$before"

# The network is not up, and cannot be started without libvirt's chains.
ok 'stop succeeds' "$program" stop wall
ok 'the rules can be flushed again' flush
ok 'the network can be stopped' virsh --quiet --connect lxc:/// net-destroy sandbox
fails 'a start that cannot start its network says why, and what to do' "cannot start network 'sandbox', because .* firewall are gone; 'virt-sandbox-service setup'" \
	"$program" start wall
like 'setup starts the network' "$("$program" setup)" "^network 'sandbox': made ready"
is 'all rules are back once more' "$(rules)" "$before"

# The bridge.
ok 'the bridge can be removed' ip link delete sandbox0
like 'setup --check says that the network is not up' "$(check)" '^lacks '
ok 'a start makes the bridge anew' "$program" start wall
ok 'the container serves over the new bridge' page wall ''
like 'the journal says so' "$(journalctl --no-pager --output cat --unit wall_sandbox.service)" "bridge of network 'sandbox' was gone"
leader=$(leader wall)
ok 'the bridge can be removed while a container runs' ip link delete sandbox0
fails 'the container does not serve then' 'timed out|Could.?n.t connect|No route' page wall '' --connect-timeout 2
like 'setup makes the bridge anew' "$("$program" setup)" "^network 'sandbox': made ready"
ok 'the container serves again' page wall ''
ok 'the network can be stopped and started' sh -c 'virsh --quiet --connect lxc:/// net-destroy sandbox && virsh --quiet --connect lxc:/// net-start sandbox'
like 'setup puts the container back into the bridge' "$("$program" setup)" "^network 'sandbox': made ready"
ok 'the container serves after that, too' page wall ''
is 'the container has gone on all the time' "$(leader wall)" "$leader"
like 'its port is walled' "$("$program" status wall)" 'ok +network '
like 'setup --check finds nothing wrong with the network in the end' "$(check)" '^ok '
done_testing
