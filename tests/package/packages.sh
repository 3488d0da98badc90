#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Packages for rpm and for dpkg, from the archive of 'make dist': that they build, what is in them, and that each can be
# installed on a host, runs a container there, can be upgraded under it, and goes again; and that the SELinux modules come, change
# and go with it. Prints TAP; takes some minutes. Without root, or where systemd booted the machine itself, they are built and
# looked at but not installed.
: "${top_srcdir:?}" "${top_builddir:?names a build}"
. "$top_srcdir/tests/lib/tap.sh"

name=virt-sandbox-service
version=$(sed -n 's/^VERSION = //p' "$top_builddir/Makefile")
host=$top_srcdir/tests/host/host
export SANDBOX_HOST=packages-$$
on_host() { "$host" run "$@"; }
at_end() { [ "$(id -u)" != 0 ] || "$host" down; }

# Of each kind there are two versions, in folders 'old' and 'new'. The new one has another text in a module.
mkdir "$work/old" "$work/new"
changed='; of the new version'

# Debian's rpm does not have these macros of systemd's. Ours do the same.
macros=()
if [ -z "$(rpm --eval '%{?systemd_preun:yes}' 2>/dev/null)" ]; then
	# shellcheck disable=SC2016 # for the scripts of the package
	macros=(--define 'systemd_preun() if [ $1 -eq 0 ]; then systemctl --no-reload disable --now %{*} || :; fi')
fi
# rpmbuild cleans up behind it, so what is compiled for the second version comes from ccache, if that is installed.
build_rpm() {
	local rpmbuild=(rpmbuild --nodeps --nocheck --define "_topdir $work/rpmbuild" --define '_smp_mflags -j2' "${macros[@]}")
	if command -v ccache >/dev/null; then local -x CC='ccache gcc'; fi
	"${rpmbuild[@]}" -ta "$archive" && collect_rpm old || return
	rm -r "$work/rpmbuild/RPMS"
	mkdir "$work/source" && tar -C "$work/source" -xf "$archive" &&
		echo "$changed" >>"$work/source/$name-$version/policy/virt-sandbox.cil.in" &&
		tar -C "$work/source" -cJf "$work/source/$(basename "$archive")" "$name-$version" || return
	"${rpmbuild[@]}" --define 'dist .new' -ta "$work/source/$(basename "$archive")" && collect_rpm new
}
collect_rpm() {
	cp "$work"/rpmbuild/RPMS/*/"$name-$version"-*.rpm "$work/$1/package.rpm" &&
		cp "$work"/rpmbuild/RPMS/*/"$name-selinux-$version"-*.rpm "$work/$1/selinux.rpm"
}
build_deb() {
	mkdir "$work/debbuild" && tar -C "$work/debbuild" -xf "$archive" && cd "$work/debbuild/$name-$version" &&
		DEB_BUILD_OPTIONS='nocheck parallel=2' dpkg-buildpackage -b -us -uc -Pnocheck &&
		cp "$work/debbuild/${name}_$version"-*.deb "$work/old/package.deb" || return
	dpkg-deb --raw-extract "$work/old/package.deb" "$work/debbuild/new" &&
		sed -i 's/^Version: .*/&+new/' "$work/debbuild/new/DEBIAN/control" &&
		echo "$changed" >>"$work/debbuild/new/usr/share/$name/policy/virt-sandbox.cil" &&
		dpkg-deb --build "$work/debbuild/new" "$work/new/package.deb"
}

# Prints their content, as lines 'MODE OWNER/GROUP PATH', without directories, and no matter whether pages are compressed.
files_of_rpm() {
	rpm -qp --queryformat '[%{FILEMODES:perms} %{FILEUSERNAME}/%{FILEGROUPNAME} %{FILENAMES}\n]' "$work"/old/*.rpm |
		grep -v -e '^d' -e /usr/lib/.build-id/ -e "/usr/share/licenses/$name.*/COPYING$" | sed 's/\.gz$//' | sort
}
files_of_deb() {
	dpkg-deb --fsys-tarfile "$work/old/package.deb" | tar -tv | sed -E '/^d/d; s/ +[0-9]+ [^ ]+ [^ ]+ \./ /; s/\.gz$//' |
		grep -v -E "/usr/share/doc/$name/(changelog.Debian|copyright)$" | sort
}
files_of_install() {
	make -C "$top_builddir" install DESTDIR="$work/installed" prefix=/usr systemdsystemunitdir=/usr/lib/systemd/system \
		>/dev/null 2>&1 </dev/null
	find "$work/installed" ! -type d -printf '%M root/root /%P\n' | sort
}
version_of_rpm() { rpm -qp --queryformat '%{VERSION}' "$work/old/package.rpm"; }
version_of_deb() { dpkg-deb -f "$work/old/package.deb" Version | sed 's/-[^-]*$//'; }
needs_of_rpm() { rpm -qpR "$work/old/package.rpm"; }
needs_of_deb() { dpkg-deb -f "$work/old/package.deb" Depends; }
needs_of_selinux() { rpm -qp --requires --scripts "$work/old/selinux.rpm"; }
unpack_rpm() { rpm2archive "$work/old/package.rpm" && tar -C "$work/unpacked-rpm" -xzf "$work/old/package.rpm.tgz"; }
unpack_deb() { dpkg-deb -x "$work/old/package.deb" "$work/unpacked-deb"; }

# On the host. Debian's rpm must be forced, and knows none of the packages that ours needs.
force=()
if [ -s /var/lib/dpkg/status ]; then force=(--force-debian --nodeps); fi
install_rpm() { on_host rpm "${force[@]}" -U "/root/$1/package.rpm" "/root/$1/selinux.rpm"; }
install_deb() { on_host dpkg --install "/root/$1/package.deb"; }
remove_rpm() { on_host rpm "${force[@]}" -e "$name" "$name-selinux"; }
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

# Prints what a package and a container may have left on the host. The policy is made again from its modules, with another size.
left() {
	on_host find /usr /etc -xdev -path '/etc/selinux/*/*' -prune -o ! -type d -printf '%p %y %m %s\n' | sort
	on_host find / -xdev -type d -name '*virt-sandbox*' | sort
	modules
}

# The modules in the policy store of the host, and whether they are those of the new version; the host need not use SELinux.
modules() { on_host semodule --list-modules=full 2>/dev/null | awk '$2 ~ /^virt-sandbox/ { print $2 }' | sort | xargs; }
has_new_module() {
	on_host sh -c "cd /root && rm -f virt-sandbox.cil && semodule --cil --extract virt-sandbox >/dev/null 2>&1 && grep -qxF '$changed' virt-sandbox.cil"
}
ours='virt-sandbox virt-sandbox-container'

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

state() { on_host systemctl show --property=ActiveState,ExecMainPID packaged_sandbox.service | xargs; }

# install KIND: installs a package on the host, runs a container that serves a page, upgrades the package meanwhile, and removes
# everything, the first time with the container still there.
install() {
	local before state
	before=$(left)
	tar -C "$work" -c old new | on_host tar -C /root -x
	ok "the $1 can be installed on a host" "install_$1" old
	is "the program of the installed $1 is on the path" "$(on_host $name --version)" "$name $version"
	ok "systemd knows the target of the installed $1" on_host systemctl cat virt-sandbox.target
	is "the socket for users of the installed $1 is left to the administrator" \
		"$(on_host systemctl is-enabled virt-sandbox.socket; on_host systemctl is-active virt-sandbox.socket)" $'disabled\ninactive'
	if [ "$policy" = yes ]; then is "installing the $1 puts the modules into the policy store" "$(modules)" "$ours"; fi
	ok "setup of the installed $1 succeeds" on_host $name setup
	ok "create --dry-run of the installed $1 succeeds" on_host $name create --dry-run -C -u "$web" packaged
	ok "create of the installed $1 succeeds" on_host $name create -C -u "$web" packaged
	on_host dd status=none of=/var/lib/libvirt/filesystems/packaged/var/www/html/packaged.html <<<'from a package'
	ok "systemctl enable --now starts a container of the installed $1" on_host systemctl enable --now packaged_sandbox.service
	is "a container of the installed $1 serves its page" "$(page)" 'from a package'

	state=$(state)
	ok "the $1 can be upgraded while a container runs" "install_$1" new
	is "the upgrade of the $1 does not restart the container" "$(state)" "$state"
	is "the container serves its page after the upgrade of the $1" "$(page)" 'from a package'
	if [ "$policy" = yes ]; then
		ok "the upgrade of the $1 brings its version of a module" has_new_module
		is "the upgrade of the $1 keeps the modules" "$(modules)" "$ours"
	fi
	ok "the $1 can be removed while a container runs" "remove_$1"
	like "the container is stopped when the $1 is removed" "$(state)" 'ActiveState=inactive'
	if [ "$policy" = yes ]; then is "the modules stay with the container when the $1 is removed" "$(modules)" "$ours"; fi
	ok "the $1 can be installed again" "install_$1" new
	ok "the container starts with the $1 that was installed again" on_host systemctl start packaged_sandbox.service
	is "the container serves its page with the $1 that was installed again" "$(page)" 'from a package'

	ok "delete of the installed $1 succeeds" on_host $name delete --force packaged
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
	for need in container-selinux selinux-policy-targeted; do
		like "the rpm with the SELinux modules requires $need" "$(needs_of_selinux)" "^$need\$"
	done
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
policy=no
if on_host sh -c 'command -v semodule && semodule -l' >/dev/null 2>&1; then policy=yes; fi
[ $policy = yes ] || skip 'the modules come, change and go with the packages' 'this machine has no SELinux policy, or no semodule'
for kind in "${kinds[@]}"; do install "$kind"; done
is 'no file of the machine was written' "$(on_host find /usr -xdev -type f -links +1 -newer /root/started)" ''
done_testing
