#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Packages for rpm and for dpkg, from the archive of 'make dist': that they build, what is in them, and that each can be
# installed on a host, runs a container there, and goes again. Prints TAP; takes a minute or two. Without root, or where
# systemd booted the machine itself, they are built and looked at but not installed.
: "${top_srcdir:?}" "${top_builddir:?names a build}"
. "$top_srcdir/tests/lib/tap.sh"

name=virt-sandbox-service
version=$(sed -n 's/^VERSION = //p' "$top_builddir/Makefile")
host=$top_srcdir/tests/host/host
export SANDBOX_HOST=packages-$$
on_host() { "$host" run "$@"; }
at_end() { [ "$(id -u)" != 0 ] || "$host" down; }

build_rpm() {
	rpmbuild -ta --nodeps --nocheck --define "_topdir $work/rpmbuild" --define '_smp_mflags -j2' "$archive" || return
	cp "$work"/rpmbuild/RPMS/*/"$name-$version"-*.rpm "$work/package.rpm"
}
build_deb() {
	mkdir "$work/debbuild" && tar -C "$work/debbuild" -xf "$archive" && cd "$work/debbuild/$name-$version" &&
		DEB_BUILD_OPTIONS='nocheck parallel=2' dpkg-buildpackage -b -us -uc -Pnocheck || return
	cp "$work/debbuild/${name}_$version"-*.deb "$work/package.deb"
}

# Prints their content, as lines 'MODE OWNER/GROUP PATH', without directories, and no matter whether pages are compressed.
files_of_rpm() {
	rpm -qp --queryformat '[%{FILEMODES:perms} %{FILEUSERNAME}/%{FILEGROUPNAME} %{FILENAMES}\n]' "$work/package.rpm" |
		grep -v -e '^d' -e /usr/lib/.build-id/ -e "/usr/share/licenses/$name.*/COPYING$" | sed 's/\.gz$//' | sort
}
files_of_deb() {
	dpkg-deb --fsys-tarfile "$work/package.deb" | tar -tv | sed -E '/^d/d; s/ +[0-9]+ [^ ]+ [^ ]+ \./ /; s/\.gz$//' |
		grep -v -E "/usr/share/doc/$name/(changelog.Debian|copyright)$" | sort
}
files_of_install() {
	make -C "$top_builddir" install DESTDIR="$work/installed" prefix=/usr systemdsystemunitdir=/usr/lib/systemd/system \
		>/dev/null 2>&1 </dev/null
	find "$work/installed" ! -type d -printf '%M root/root /%P\n' | sort
}
version_of_rpm() { rpm -qp --queryformat '%{VERSION}' "$work/package.rpm"; }
version_of_deb() { dpkg-deb -f "$work/package.deb" Version | sed 's/-[^-]*$//'; }
needs_of_rpm() { rpm -qpR "$work/package.rpm"; }
needs_of_deb() { dpkg-deb -f "$work/package.deb" Depends; }
unpack_rpm() { rpm2archive "$work/package.rpm" && tar -C "$work/unpacked-rpm" -xzf "$work/package.rpm.tgz"; }
unpack_deb() { dpkg-deb -x "$work/package.deb" "$work/unpacked-deb"; }

# On the host. Debian's rpm must be forced, and knows none of the packages that ours needs.
force=()
if [ -s /var/lib/dpkg/status ]; then force=(--force-debian --nodeps); fi
install_rpm() { on_host rpm "${force[@]}" -i /root/package.rpm; }
install_deb() { on_host dpkg --install /root/package.deb; }
remove_rpm() { on_host rpm "${force[@]}" -e "$name"; }
remove_deb() { on_host dpkg --purge "$name"; }

# look_at KIND: checks what can be checked without installing a package.
look_at() {
	is "the $1 has the version of the program" "$("version_of_$1")" "$version"
	is "the $1 has the files and modes of make install" "$("files_of_$1")" "$files"
	like "the $1 requires the LXC driver of libvirt" "$("needs_of_$1")" 'libvirt-daemon-driver-lxc'
	like "the $1 requires the libraries that its programs are linked with" "$("needs_of_$1")" 'libvirt(\.so\.)?0'
	mkdir "$work/unpacked-$1"
	ok "the $1 can be unpacked" "unpack_$1"
	is "the program in the $1 prints its version" "$("$work/unpacked-$1/usr/bin/$name" --version)" "$name $version"
}

# Prints what a package and a container may have left on the host.
left() {
	on_host find /usr /etc -xdev ! -type d -printf '%p %y %m %s\n' | sort
	on_host find / -xdev -type d -name '*virt-sandbox*' | sort
}

web_unit() {
	local service
	for service in httpd apache2; do
		if [ -e /usr/lib/systemd/system/$service.service ]; then echo $service.service; fi
	done
}
page() {
	local address
	address=$(on_host $name list --json | jq -r '.[] | select(.name == "packaged") | .address')
	on_host curl --silent --show-error --fail --max-time 120 "http://${address%/*}/packaged.html" 2>&1
}

# install KIND: installs a package on the host, runs a container that serves a page, and removes everything.
install() {
	local before
	before=$(left)
	on_host sh -c "cat >/root/package.$1" <"$work/package.$1"
	ok "the $1 can be installed on a host" "install_$1"
	is "the program of the installed $1 is on the path" "$(on_host $name --version)" "$name $version"
	ok "systemd knows the target of the installed $1" on_host systemctl cat virt-sandbox.target
	ok "setup of the installed $1 succeeds" on_host $name setup
	ok "create --dry-run of the installed $1 succeeds" on_host $name create --dry-run -C -u "$web" packaged
	ok "create of the installed $1 succeeds" on_host $name create -C -u "$web" packaged
	on_host dd status=none of=/var/lib/libvirt/filesystems/packaged/var/www/html/packaged.html <<<'from a package'
	ok "systemctl enable --now starts a container of the installed $1" on_host systemctl enable --now packaged_sandbox.service
	is "a container of the installed $1 serves its page" "$(page)" 'from a package'
	ok "delete of the installed $1 succeeds" on_host $name delete packaged
	ok "setup --remove of the installed $1 succeeds" on_host $name setup --remove
	ok "the installed $1 can be removed" "remove_$1"
	on_host rmdir -p --ignore-fail-on-non-empty /etc/libvirt-sandbox/services
	is "the removed $1 leaves nothing behind" "$(left)" "$before"
}

kinds=()
need 'make dist succeeds' make -C "$top_builddir" dist
archive=$top_builddir/$name-$version.tar.xz
files=$(files_of_install)
like 'make install installs the program' "$files" "^-rwxr-xr-x root/root /usr/bin/$name$"

if command -v rpmbuild >/dev/null && command -v rpm2archive >/dev/null; then
	ok 'rpmbuild -ta makes an rpm of the archive' build_rpm
	look_at rpm
	kinds+=(rpm)
else
	skip 'rpmbuild -ta makes an rpm of the archive' 'rpmbuild or rpm2archive is missing'
fi
if command -v dpkg-buildpackage >/dev/null && command -v dh >/dev/null; then
	ok 'dpkg-buildpackage makes a deb of the archive' build_deb
	look_at deb
	kinds+=(deb)
else
	skip 'dpkg-buildpackage makes a deb of the archive' 'dpkg-dev or debhelper is missing'
fi

web=$(web_unit)
if [ "$(id -u)" != 0 ] || [ "$("$host" kind)" = machine ] || [ -z "$web" ]; then
	skip 'the packages can be installed on a host' 'this needs root, a web server, and a machine that is not a host of its own'
	done_testing
fi
need 'a host with a /usr of its own boots' "$host" up --own-usr --until $$
on_host touch /root/started
awk '{ print $3 }' <<<"$files" | on_host xargs rm -f # what the machine has installed of the program is not the host's
for kind in "${kinds[@]}"; do install "$kind"; done
is 'no file of the machine was written' "$(on_host find /usr -xdev -type f -links +1 -newer /root/started)" ''
done_testing
