#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the administrator put elsewhere for a service goes into its container: rules of access behind a link or an Include, and data
# that systemd keeps behind a link.
. "$(dirname "$0")/lib.sh"

need 'setup makes the host ready' "$program" setup

for folder in /etc/httpd/conf.d /etc/apache2/conf-enabled; do
	if [ -d $folder ]; then break; fi
done
unit=virt-sandbox-contents-test
at_end() {
	delete_containers
	rm -rf /etc/virt-sandbox-contents.* "$folder"/virt-sandbox-*.conf "/$docroot"/virt-sandbox-* \
		"/etc/systemd/system/$unit.service" "/var/lib/$unit" "/var/lib/private/$unit"
}

mkdir -p /etc/virt-sandbox-contents.d
for place in linked included open; do
	mkdir -p /$docroot/virt-sandbox-$place
	echo "page $place" >/$docroot/virt-sandbox-$place/page
done
printf '<Location /virt-sandbox-linked>\nRequire all denied\n</Location>\n' >/etc/virt-sandbox-contents.linked
printf '<Location /virt-sandbox-included>\nRequire all denied\n</Location>\n' >/etc/virt-sandbox-contents.d/included.conf
ln -s /etc/virt-sandbox-contents.linked "$folder"/virt-sandbox-linked.conf
echo 'IncludeOptional /etc/virt-sandbox-contents.d/*.conf' >"$folder"/virt-sandbox-included.conf

need 'create of a web server with rules of access elsewhere succeeds' create contents
need 'it starts' start contents
is 'a page without a rule is served' "$(page contents virt-sandbox-open/page)" 'page open'
for place in linked included; do
	fails "a page that a rule behind what is $place denies is refused" 403 page contents virt-sandbox-$place/page
done

# As systemd leaves it behind when the service has run.
mkdir -p /var/lib/private/$unit
chmod 700 /var/lib/private
ln -s private/$unit /var/lib/$unit
echo 'kept for long' >/var/lib/private/$unit/data
cat >/etc/systemd/system/$unit.service <<EOF
[Service]
DynamicUser=yes
StateDirectory=$unit
ExecStart=/bin/cat /var/lib/$unit/data
ExecStart=/bin/sh -c 'echo written >/var/lib/$unit/new'
Type=oneshot
RemainAfterExit=yes
[Install]
WantedBy=multi-user.target
EOF
containers+=(dynamic)
package=$(dpkg-query -S /usr/bin/bash 2>/dev/null | sed 's/:.*//' || true)
need 'create of a unit with a dynamic user and its data succeeds' "$program" create -C -u $unit -P "${package:-bash}" dynamic
need 'it starts' start dynamic
like 'the unit inside reads its data' "$(inside dynamic "journalctl --boot --output cat --unit $unit")" 'kept for long'
is 'and writes them' "$(inside dynamic "cat /var/lib/$unit/new")" written
done_testing
