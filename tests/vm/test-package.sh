#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the scripts of the deb do on a host with SELinux enforcing, where dpkg runs them in its own domain. The package is made
# here, of the files that are installed and of debian/; tests/package/packages.sh tries the real one, but without SELinux.
. "$(dirname "$0")/lib.sh"

name=virt-sandbox-service
scripts=$(dirname "$0")/../../debian
text='; of the new version'
modules() { semodule -l | grep -x 'virt-sandbox.*' | xargs; }
checksum() { semodule --list-modules=full --checksum | grep ' virt-sandbox ' | xargs; }
monitor_label() { label /usr/libexec/$name/monitor; }

# make_package VERSION [TEXT]: makes $work/VERSION.deb; TEXT is added to a module.
files=("/usr/bin/$name" "/usr/libexec/$name" "/usr/share/$name" /usr/lib/systemd/system/virt-sandbox.target)
make_package() {
	local tree=$work/$1
	mkdir -p "$tree/DEBIAN"
	tar -C / -c "${files[@]#/}" | tar -C "$tree" -x
	if [ -n "${2-}" ]; then echo "$2" >>"$tree/usr/share/$name/policy/virt-sandbox.cil"; fi
	printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n' \
		"$name" "$1" >"$tree/DEBIAN/control"
	install -m 755 "$scripts/postinst" "$scripts/prerm" "$tree/DEBIAN"
	dpkg-deb -Znone --build "$tree" "$work/$1.deb"
}

# Whatever happens, the next test finds the program as this one did.
at_end() {
	dpkg --purge "$name" >/dev/null 2>&1
	tar -C / -x --no-overwrite-dir --keep-directory-symlink -f "$work/installed.tar"
	restorecon -R "${files[@]}"
	"$program" setup >/dev/null
}
tar -C / -c -f "$work/installed.tar" "${files[@]#/}"
watch_denials
need 'a package can be made of the installed files' make_package 1
need 'a package with another module can be made' make_package 2 "$text"

ok 'dpkg installs the package' dpkg --install "$work/1.deb"
is 'the modules are in the policy after the installation' "$(modules)" 'virt-sandbox virt-sandbox-container'
is 'the programs have their labels after the installation' "$(monitor_label)" 'object_r:virt_sandbox_monitor_exec_t:s0'
before=$(checksum)
ok 'dpkg upgrades the package' dpkg --install "$work/2.deb"
unlike 'the upgrade brings its version of a module' "$(checksum)" "^$before\$"
is 'the programs have their labels after the upgrade' "$(monitor_label)" 'object_r:virt_sandbox_monitor_exec_t:s0'
ok 'dpkg removes the package' dpkg --remove "$name"
is 'the modules are gone with the package' "$(modules)" ''
is 'SELinux denied nothing' "$(denials | grep -v "path=$work/output")" ''
done_testing
