#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2086 # lists of packages and paths are meant to be split
# The same packages in both databases must give the same answers: rpm-from-dpkg describes a service's packages, and those
# of a shell, to rpm, and each question is put to both backends. Prints TAP. Needs dpkg's database and rpmbuild; no root.
: "${top_srcdir:?}" "${top_builddir:?}"
. "$top_srcdir/tests/lib/tap.sh"

[ -s /var/lib/dpkg/status ] || skip_all 'this machine is not managed by dpkg'
for tool in rpmbuild rpm perl; do
	command -v $tool >/dev/null || skip_all "$tool is missing"
done
dump=$top_builddir/tests/package/pkg-dump
for service in apache2 openssh-server cron rsyslog dbus; do
	"$dump" / dpkg find $service >/dev/null 2>&1 && break
done
"$dump" / dpkg find $service >/dev/null 2>&1 || skip_all 'none of the services that this test knows is installed'

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/root"
# Scripts require the shells that run them in rpm's world, which in dpkg's are there unsaid.
shells=$("$dump" / dpkg owners /bin/sh /bin/bash | sed 's/.*: //' | sort -u)
if ! "$top_srcdir/tests/package/rpm-from-dpkg" "$work/root" $service $shells >"$work/log" 2>&1; then
	cat "$work/log" >&2
	echo 'Bail out! rpm-from-dpkg failed'
	exit 1
fi

in_dpkg() {
	"$dump" / dpkg "$@"
}
in_rpm() {
	"$dump" "$work/root" rpm "$@"
}

# Without the machine's architecture: rpm has each name once.
packages=$(in_dpkg closure $service $shells)
names=$(echo "$packages" | sed 's/:.*//' | sort -u)
is "rpm and dpkg give the same packages that $service requires" "$(in_rpm closure $service $shells)" "$names"

# rpm-from-dpkg leaves out what is not on the disk, which is no difference between the backends.
on_disk() {
	awk '{ print $2, $NF == "config" ? "config" : "" }' | sort -u | while read -r path flag; do
		if [ -L "$path" ] || [ -e "$path" ]; then
			echo "$path $flag"
		fi
	done
}
is 'rpm and dpkg give the same files of those packages' "$(in_rpm files $names | on_disk)" "$(in_dpkg files $packages | on_disk)"

paths=$(in_dpkg files $packages | awk '{ print $2 }' | sort -u | while read -r path; do [ -e "$path" ] && echo "$path"; done)
is 'those packages have more than 20 files to compare' "$(echo "$paths" | awk 'END { print (NR > 20) }')" 1
programs='/bin/sh /usr/bin/sh /usr/sbin/apache2 /usr/sbin/sshd /usr/bin/dbus-daemon /usr/lib/systemd/systemd /no/such /etc/no-such'
among_names() {
	awk -v names="$names" 'BEGIN { split(names, n); for (i in n) known[n[i]] = 1 }
		{ printf "%s", $1; for (i = 2; i <= NF; i++) { sub(/:[a-z0-9]+$/, "", $i); if ($i in known) printf " %s", $i }; print "" }'
}
is 'rpm and dpkg give the same owners of all paths' "$(in_rpm owners $paths $programs | among_names)" "$(in_dpkg owners $paths $programs | among_names)"

requires_of_each() {
	for package in $names; do
		echo "$package: $("$@" requires "$package" | sed 's/:.*//' | grep -vxF "$shells" | tr '\n' ' ')"
	done
}
is 'rpm and dpkg give the same requirements of each package' "$(requires_of_each in_rpm)" "$(requires_of_each in_dpkg)"
done_testing
