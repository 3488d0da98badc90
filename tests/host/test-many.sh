#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Twenty administrators at once: each creates a container, starts it, and deletes it.
. "$(dirname "$0")/lib.sh"

count=20
mapfile -t names < <(seq --format 'many%g' $count)

# at_once COMMAND: runs it for each name in a process of its own. Succeeds if all do; prints their output.
at_once() {
	local jobs=() name job status=0
	for name in "${names[@]}"; do
		$1 "$name" >"$work/$name" 2>&1 &
		jobs+=($!)
	done
	for job in "${jobs[@]}"; do wait "$job" || status=1; done
	for name in "${names[@]}"; do sed "s/^/$name: /" "$work/$name"; done
	return "$status"
}
create_one() {
	"$program" --quiet create -C -u "$web" "$1" && echo "I am $1" >"$filesystems/$1/$docroot/content"
}
delete_one() { "$program" delete --force "$1"; }
different() { "$program" list --json | jq -r --arg key "$1" '.[][$key]' | sort -u | grep -c .; }
pages() { for name in "${names[@]}"; do page "$name" content; done; }
host() {
	files
	traces many
}

need 'setup makes the host ready' "$program" setup
need 'systemd-machined starts' systemctl start systemd-machined.service
host >"$work/before"
containers=("${names[@]}")

ok "$count creates at the same time succeed" at_once create_one
is "$count creates at the same time make $count containers" "$("$program" list --no-legend | wc -l)" $count
for key in level uid_base address; do is "$count containers made at the same time have $count different values of $key" "$(different $key)" $count; done
is 'the id ranges of containers made at the same time do not overlap' "$("$program" list --json | jq '[.[].uid_base] | sort | [.[1:], .[:-1]] | transpose |
	map(.[0] - .[1] >= 65536) | all')" true
ok "$count starts at the same time succeed" at_once start
is 'each of the containers started at the same time serves its own page' "$(pages 2>&1)" "$(printf 'I am %s\n' "${names[@]}")"
is "the web servers of $count containers run in $count different id ranges" "$(ps -C "$web" -o uid= | awk '{ print int($1 / 65536) }' | sort -u | wc -l)" $count
ok "$count deletes of running containers at the same time succeed" at_once delete_one
is "$count deletes at the same time leave the host as it was" "$(host)" "$(cat "$work/before")"
done_testing
