#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A host described by dpkg's database and the same host described by rpm's give the same containers: every installed service is
# planned with both. The rpm database is made from everything that dpkg knows about this machine, and only this test sees it.
[ -n "${OWN_MOUNTS-}" ] || OWN_MOUNTS=yes exec unshare --mount "$0"
. "$(dirname "$0")/lib.sh"

[ -s /var/lib/dpkg/status ] || skip_all 'dpkg does not manage this machine'
for tool in rpmbuild rpm perl jq; do
	command -v $tool >/dev/null || skip_all "$tool is missing"
done
[ -d /var/lib/rpm ] || skip_all "there is no folder for rpm's database"
[ ! -s /var/lib/rpm/rpmdb.sqlite ] || skip_all 'this machine has an rpm database of its own'

services='apache2 bind9 cron dbus dovecot haproxy lighttpd mariadb memcached mosquitto named nginx postgresql
	postgresql@15-main redis-server rsyslog ssh tinyproxy unbound vsftpd'

# plan MANAGER OPTION...: writes a plan to $work/MANAGER. Random values, such as the machine id, are not compared.
plan() {
	local manager=$1
	shift
	"$program" create --dry-run --json --package-manager="$manager" -N none "$@" both >"$work/json" 2>"$work/output" || return
	jq -r '(.units[] | "unit " + .), (.packages[] | "package " + sub(":[a-z0-9]+$"; "")),
		(.operations[] | [.kind, .path, .mode, .user, .group, .source] | @tsv)' "$work/json" |
		grep -v '/var/lib/virt-sandbox-scripts/.*\.\(config\|templates\|answers\)' | # what debconf(7) asks, which rpm does not have
		sort >"$work/$manager"
}

# compare DESCRIPTION OPTION...
compare() {
	local what=$1
	shift
	plan dpkg "$@" && plan rpm "$@" && [ "$(grep -c . "$work/dpkg")" -gt 100 ] &&
		diff --label dpkg --label rpm -U 0 "$work/dpkg" "$work/rpm" >"$work/output"
	report $? "$what"
}

need 'an rpm database of the whole machine can be made' "$(dirname "$0")/../package/rpm-from-dpkg" "$work"
need 'the rpm database can be mounted in its place' mount --bind "$work/var/lib/rpm" /var/lib/rpm
compared=0
for service in $services; do
	[ -e "/usr/lib/systemd/system/${service/@*/@}.service" ] || continue
	compare "$service: rpm and dpkg give the same plan" -u "$service"
	compare "$service with its data: rpm and dpkg give the same plan" -C -u "$service"
	compared=$((compared + 1))
done
is 'more than three services were compared' "$((compared > 3))" 1
compare 'dbus with another package: rpm and dpkg give the same plan' -u dbus -P bash
umount /var/lib/rpm
done_testing
