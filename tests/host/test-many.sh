#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Twenty administrators at once: each makes a container, starts it, and deletes it.
. "$(dirname "$0")/lib.sh"

count=20
mapfile -t names < <(seq --format 'many%g' $count)

# at_once COMMAND: for each name by a process of its own. Succeeds if all do; what they say is printed.
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
delete_one() { "$program" delete "$1"; }
different() { "$program" list --json | jq -r --arg key "$1" '.[][$key]' | sort -u | grep -c .; }
pages() { for name in "${names[@]}"; do page "$name" content; done; }
host() {
	files
	traces many
}

need 'setup' "$program" setup
need 'the services of others are up' systemctl start systemd-machined.service
host >"$work/before"
containers=("${names[@]}")

ok "$count creates at once" at_once create_one
is '... make as many' "$("$program" list --no-legend | wc -l)" $count
for key in level uid_base address; do is "... each with its own $key" "$(different $key)" $count; done
is '... whose ids do not meet' "$("$program" list --json | jq '[.[].uid_base] | sort | [.[1:], .[:-1]] | transpose |
	map(.[0] - .[1] >= 65536) | all')" true
ok "$count starts at once" at_once start
is '... and each serves its own page' "$(pages 2>&1)" "$(printf 'I am %s\n' "${names[@]}")"
is "... by processes of $count id ranges" "$(ps -C "$web" -o uid= | awk '{ print int($1 / 65536) }' | sort -u | wc -l)" $count
ok "$count deletes at once, of running ones" at_once delete_one
is '... leave nothing' "$(host)" "$(cat "$work/before")"
done_testing
