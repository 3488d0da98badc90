#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# An image of the host in a container, and a container in an image: SELinux lets a start use a loop device only if the
# administrator says so, and what is in the image has the label of the container's files. The image of a container becomes larger.
. "$(dirname "$0")/lib.sh"

place=/srv/images
at_end() {
	delete_containers
	setsebool virt_sandbox_images off
	rm -rf "$place"
}

need 'setup makes the host ready' "$program" setup
mkdir -m 700 "$place"
mkdir "$work/content"
echo page >"$work/content/page"
truncate -s 64M "$place/data.img"
chmod 600 "$place/data.img"
need 'an image is made' mkfs.ext4 -q -F -d "$work/content" "$place/data.img"
need 'create with an image succeeds' create images -m host-image:/srv/data="$place/data.img"
fails 'a start may not use it' 'permission denied' start images
need 'create in an image succeeds' create own --image --disk=64M
fails 'a start may not use that, either' 'virt_sandbox_images' start own
ok 'the administrator can let it' setsebool virt_sandbox_images on
watch_denials
systemctl reset-failed images_sandbox.service own_sandbox.service
need 'it starts now' start images
need 'and so does the other one' start own
is 'its files have its label' "$(inside own 'stat -c %C /etc/hostname' | cut -d : -f 3-)" "$file_type:$(field own level)"
ok 'set makes its image larger while it runs' "$program" set --disk=256M own
ok 'which has an effect at once' inside own 'head -c 100M /dev/zero >/var/tmp/zero && rm /var/tmp/zero'
"$program" stop own
ok 'set makes it larger while it is stopped' "$program" set --disk=320M own
ok 'what was cut short' truncate -s 384M "$filesystems/own"
sed -i 's/^Disk=.*/Disk=384M/' /etc/libvirt-sandbox/services/own.sandbox
ok 'is completed by the next start' start own
ok 'as the container sees' test "$(inside own 'df --output=size -m /var | tail -n 1' | tr -d ' ')" -gt 340
is 'what is in the image has the label of the container' "$(inside images 'stat -c %C /srv/data/page' | cut -d : -f 3-)" \
	"$file_type:$(field images level)"
ok 'the container can write there' inside images 'mkdir /srv/data/new && echo new >/srv/data/new/page && cat /srv/data/page'
"$program" stop images
"$program" stop own
is 'no loop device stays' "$(losetup --noheadings --output NAME --associated "$place/data.img")$(losetup --noheadings --output NAME --associated "$filesystems/own")" ''
is 'nothing was denied' "$(denials)" ''
done_testing
