#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# librpm on a database that this test makes: file and rich requirements, versions, architectures, ghosts, modes, scripts.
# Prints TAP. Needs rpmbuild and rpm; no root.
: "${top_srcdir:?}" "${top_builddir:?}"
. "$top_srcdir/tests/lib/tap.sh"
export TMPDIR=$work

for tool in rpmbuild rpm; do
	command -v $tool >/dev/null || skip_all "$tool is missing"
done

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root/var/lib/rpm" "$work/tree"

# package NAME, then lines of the spec's head; %files follow after a line of '%%'.
spec=$work/test.spec
cat >"$spec" <<'SPEC'
Name: test
Version: 1
Release: 1
Summary: Test
License: none
AutoReqProv: no
%description
Test.
%prep
%build
%install
mkdir -p %{buildroot}/etc/app/conf.d %{buildroot}/var/lib/app %{buildroot}/usr/bin %{buildroot}/usr/sbin %{buildroot}/usr/share/app
mkdir -p %{buildroot}/lib/systemd/system %{buildroot}/opt/app %{buildroot}/bin
touch %{buildroot}/etc/app/app.conf %{buildroot}/etc/app/plain %{buildroot}/usr/sbin/app %{buildroot}/usr/share/app/text
touch %{buildroot}/lib/systemd/system/app.service %{buildroot}/opt/app/prog %{buildroot}/usr/bin/tool %{buildroot}/bin/shell
ln -s ../app.conf %{buildroot}/etc/app/conf.d/link
SPEC

package() {
	printf '%%package -n %s\nSummary: Test\nAutoReqProv: no\n' "$1"
	cat
	printf '%%description -n %s\nTest.\n' "$1"
}

{
	package app <<'SPEC'
Requires: /usr/bin/tool, /bin/shell, capability >= 2, unversioned, forced >= 99
Requires: (gone or alternative), (both1 and both2), (only-if if alternative else never), (never if gone else otherwise)
Requires: (feature with special), (feature without special), self
Provides: self
Recommends: recommended
Recommends: (gone or maybe)
%pre -n app
getent passwd app || useradd app
%post -n app
touch /var/lib/app/made
%files -n app
%dir /etc/app
%dir %attr(2750,root,adm) /etc/app/conf.d
/etc/app/conf.d/link
%config(noreplace) %attr(0640,root,app) /etc/app/app.conf
/etc/app/plain
%dir %attr(0700,app,app) /var/lib/app
%ghost %attr(0600,app,app) /var/lib/app/state
/usr/sbin/app
/usr/share/app/text
/lib/systemd/system/app.service
/opt/app/prog
SPEC
	package tool </dev/null
	printf '%%files -n tool\n/usr/bin/tool\n%%dir /etc/app\n'
	package shell </dev/null
	printf '%%files -n shell\n/bin/shell\n'
	echo 'Provides: capability = 1' | package low; echo '%files -n low'
	echo 'Provides: capability = 3, unversioned' | package high; echo '%files -n high'
	echo 'Provides: capability, unversioned' | package none; echo '%files -n none'
	echo 'Provides: feature, special' | package special-one; echo '%files -n special-one'
	echo 'Provides: feature' | package plain-one; echo '%files -n plain-one'
	echo 'Provides: self' | package self-too; echo '%files -n self-too'
	for name in alternative both1 both2 forced only-if never otherwise recommended maybe real; do
		package $name </dev/null; echo "%files -n $name"
	done
	echo 'Provides: real' | package not-real; echo '%files -n not-real'
	echo 'Requires: real, app' | package cycle; echo '%files -n cycle'
} >>"$spec"

build() {
	rpmbuild -bb --nodeps --buildroot "$work/tree" --define "_topdir $work/rpm" --define "_rpmdir $work/rpms" \
		--define '_rpmfilename %%{NAME}.rpm' --define '__os_install_post %{nil}' --define 'debug_package %{nil}' \
		--define '_unpackaged_files_terminate_build 0' --define "_builddir $work" --define "_tmppath $work" \
		"$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; echo "Bail out! rpmbuild failed"; exit 1; }
}
install() {
	rpm --dbpath "$root/var/lib/rpm" --define '_db_backend sqlite' --force-debian --justdb --nodeps --noscripts --nosignature \
		--nodigest --ignorearch --ignoreos --noplugins -i "$@" >"$work/log" 2>&1 ||
		rpm --dbpath "$root/var/lib/rpm" --define '_db_backend sqlite' --justdb --nodeps --noscripts --nosignature --nodigest \
			--ignorearch --ignoreos --noplugins -i "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; echo "Bail out! rpm failed"; exit 1; }
}
build "$spec"
install "$work"/rpms/*.rpm

# One library for two architectures, and two versions of one kernel.
for what in lib:1:x86_64 lib:1:i686 kernel:1:x86_64 kernel:2:x86_64; do
	name=${what%%:*} version=${what#*:} arch=${what##*:}
	printf 'Name: %s\nVersion: %s\nRelease: 1\nSummary: T\nLicense: n\nAutoReqProv: no\n%%description\nT.\n%%files\n' "$name" "${version%:*}" >"$work/$name.spec"
	rm -rf "$work/rpms"
	build --target "$arch-linux" "$work/$name.spec"
	install "$work"/rpms/*.rpm
done

dump() {
	"$top_builddir/tests/package/pkg-dump" "$root" rpm "$@" 2>&1 | sed '/^app /!b; s/^app //' | tr '\n' ' '
}

before=$(cd "$root" && find . -type f -exec cksum {} + | sort)

is 'requirements are packages, through files, capabilities and rich conditions' "$(dump requires app)" 'alternative both1 both2 forced high none only-if otherwise plain-one shell special-one tool '
is 'recommendations are those that can be had' "$(dump weak app)" 'maybe recommended '
is 'a cycle of requirements ends' "$(dump closure cycle tool)" \
	'alternative app both1 both2 cycle forced high none only-if otherwise plain-one real shell special-one tool '
is 'files are those in /etc and /var, configuration and units' "$(dump files app)" "$(printf '%s ' '/etc/app' '/etc/app/app.conf config' '/etc/app/conf.d' '/etc/app/conf.d/link' \
	'/etc/app/plain' '/usr/lib/systemd/system/app.service' '/var/lib/app' '/var/lib/app/state')"
is 'a shared directory has two owners' "$(dump owners /etc/app)" '/etc/app: app tool '
is 'a program has its owner' "$(dump owners /usr/sbin/app)" '/usr/sbin/app: app '
is 'a program recorded in /bin has its owner in /usr/bin' "$(dump owners /usr/bin/shell)" '/usr/bin/shell: shell '
is 'a unit recorded in /lib has its owner in /usr/lib' "$(dump owners /usr/lib/systemd/system/app.service)" '/usr/lib/systemd/system/app.service: app '
is 'a file in /opt has its owner' "$(dump owners /opt/app/prog)" '/opt/app/prog: app '
is 'a ghost has its owner' "$(dump owners /var/lib/app/state)" '/var/lib/app/state: app '
is 'a file of no package has no owner' "$(dump owners /etc/none)" '/etc/none: '
is 'the scripts of a package are printed' "$(dump scripts app)" 'getent passwd app || useradd app touch /var/lib/app/made '
is 'a package is found by its name' "$(dump find app)" 'app '
is 'one library for two architectures is two packages' "$(dump closure lib.i686 lib.x86_64)" 'lib.i686 lib.x86_64 '
is 'a name with two versions means the last' "$(dump closure kernel)" 'kernel-2-1.x86_64 '
is 'one of two versions is found by its id' "$(dump closure kernel-1-1.x86_64)" 'kernel-1-1.x86_64 '
is 'the database of rpm is found without an option' "$("$top_builddir/tests/package/pkg-dump" "$root" auto find app)" 'app'
is 'reading the database changes no file' "$(cd "$root" && find . -type f -exec cksum {} + | sort)" "$before"

mkdir -p "$work/other/usr/lib/sysimage" "$work/other/var/lib"
cp -R "$root/var/lib/rpm" "$work/other/usr/lib/sysimage/rpm"
rm -f "$work/other/usr/lib/sysimage/rpm/"*-shm "$work/other/usr/lib/sysimage/rpm/"*-wal
ln -s ../../usr/lib/sysimage/rpm "$work/other/var/lib/rpm"
chmod -R a-w "$work/other"
root=$work/other
is 'a read-only database without helper files can be read' "$(dump find app)" 'app '
chmod -R u+w "$work/other"

# The same packages in the two other kinds of database.
root=$work/bdb
mkdir -p "$root/var/lib/rpm"
if command -v db5.3_load >/dev/null; then
	rpmdb --dbpath "$work/root/var/lib/rpm" --define '_db_backend sqlite' --exportdb | perl -I"$top_srcdir/tests/lib" -MTestHost -e '
		local $/; my ($text, @headers) = <STDIN>;
		while (length $text) {
			my ($entries, $bytes) = unpack "x8 N2", $text;
			push @headers, substr $text, 0, 16 + 16 * $entries + $bytes, "";
		}
		TestHost::make_bdb($ARGV[0], @headers)' "$root/var/lib/rpm"
	is 'a database of Berkeley DB without indices has the same packages' "$(dump closure cycle tool)" \
		'alternative app both1 both2 cycle forced high none only-if otherwise plain-one real shell special-one tool '
	is 'and the same owners, wherever the file is' "$(dump owners /opt/app/prog /usr/share/app/text /usr/bin/tool)" \
		'/opt/app/prog: app /usr/share/app/text: app /usr/bin/tool: tool '
	is 'and the same scripts' "$(dump scripts app)" 'getent passwd app || useradd app touch /var/lib/app/made '
	truncate -s 512 "$root/var/lib/rpm/Packages"
	is 'a damaged one is refused' "$(dump find app | grep -cE "Cannot read rpm's database|finds no package")" 1
else
	skip 'Berkeley DB' 'db5.3_load is missing'
fi
root=$work/ndb
mkdir -p "$root/usr/lib/sysimage/rpm" "$work/probe"
if rpmdb --dbpath "$work/probe" --define '_db_backend ndb' --initdb 2>/dev/null && [ -e "$work/probe/Packages.db" ]; then
	skip 'a database of a kind that librpm does not support' 'librpm supports ndb'
else
	printf 'RpmP\0\0\0\0' >"$root/usr/lib/sysimage/rpm/Packages.db"
	is 'a database of a kind that librpm does not support is refused, with advice' \
		"$(dump find app | grep -o "kind 'ndb'\|--rebuilddb" | tr '\n' ' ')" "kind 'ndb' --rebuilddb "
fi
root=$work/other

auto() {
	"$top_builddir/tests/package/pkg-dump" "$root" auto find "$1" 2>&1
}
mkdir -p "$root/var/lib/dpkg/info"
printf 'Package: base\nStatus: install ok installed\nArchitecture: all\nVersion: 7\n\n' >"$root/var/lib/dpkg/status"
is 'two databases and no package of systemd: an option is asked for' "$(auto base | grep -c -- '--package-manager')" 1
echo /lib/systemd/systemd >"$root/var/lib/dpkg/info/base.list"
is 'of two databases, the one that has systemd is used' "$(auto base)" base
is 'no temporary directory is left' "$(find "$TMPDIR" -maxdepth 1 -name 'virt-sandbox-service.*' -newer "$spec" 2>/dev/null)" ''
done_testing
