#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# An image of the host in a container: SELinux lets a start use a loop device only if the administrator says so, and what is in
# the image has the label of the container's files.
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
ok 'the administrator can let it' setsebool virt_sandbox_images on
watch_denials
systemctl reset-failed images_sandbox.service
need 'it starts now' start images
is 'what is in the image has the label of the container' "$(inside images 'stat -c %C /srv/data/page' | cut -d : -f 3-)" \
	"$file_type:$(field images level)"
ok 'the container can write there' inside images 'mkdir /srv/data/new && echo new >/srv/data/new/page && cat /srv/data/page'
"$program" stop images
is 'no loop device stays' "$(losetup --noheadings --output NAME --associated "$place/data.img")" ''
is 'nothing was denied' "$(denials)" ''
done_testing
