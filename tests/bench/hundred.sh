#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# hundred.sh [--write] [COUNT]: COUNT containers (30) created, started, reached, idle, stopped and deleted as an
# administrator would do it; what they cost as they become more; starts and stops against libvirt's own 'virsh create'
# and 'virsh destroy' of the same domains; and whether a create takes longer when there are ten times COUNT. Prints TAP;
# the lines '#|' are the tables. --write keeps them in hundred.txt, and draws hundred.svg.
#
# A start by virsh is done when the container's systemd says READY=1. Ours then asks the services inside as well. What
# 'virsh create' needs mounted on the host, lend mounts, outside of its time: LEND says where 'make check' has built that.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

write=no
if [ "${1-}" = --write ]; then write=yes && shift; fi
count=${1:-30}
creates=$((10 * count))
pairs=$((count < 10 ? count : count < 60 ? 10 : 20)) # started in turn
destroys=$((count < 30 ? 3 : count / 10)) # two seconds each
lend=${LEND:-$bench/lend}
mapfile -t names < <(seq --format 'web%g' "$count")
at_end() {
	[ ${#views[@]} = 0 ] || leave_views
	[ ${#containers[@]} = 0 ] || "$program" delete --force "${containers[@]}" >/dev/null 2>&1
}

unit() { echo "$1_sandbox.service"; }
decimal() { awk -v a="$1" -v b="$2" -v digits="$3" 'BEGIN { printf "%.*f", digits, a / b }'; }

# Control groups of the host with a container, its libvirt_lxc, or its monitor. libvirt's own groups outlive a container.
groups() { printf '%s\n' /sys/fs/cgroup/machine.slice /sys/fs/cgroup/system.slice/*_sandbox.service; }
processes() { groups | xargs -d '\n' sh -c 'find "$@" -name cgroup.procs -exec cat {} +' sh; }
memory() { processes | sed 's,.*,/proc/&/smaps_rollup,' | xargs cat 2>/dev/null | awk '/^Pss:/ { sum += $2 } END { print sum + 0 }'; }
processor() { groups | sed 's,$,/cpu.stat,' | xargs cat | awk '/^usage_usec/ { sum += $2 } END { print sum }'; }

# idle TIMES: the percentage of one core that all of them use in 4 s. Other work on the machine makes each wake-up more
# expensive, so the lowest of so many measurements counts.
idle() {
	local from
	for ((i = 0; i < $1; i++)); do
		from=$(processor)
		sleep 4
		decimal $(($(processor) - from)) 40000 3
		echo
	done | sort -n | head -n 1
}

create_all() {
	local i
	for ((i = 1; i <= count; i++)); do took "$work/create" create "web$i" -l "s0:c$i" || return; done
}

growth_row() { printf '%10s %12s %14s %12s %11s %10s %14s %10s\n' "$@" | tell; }
growth() {
	local kib
	kib=$(memory)
	tail -n 10 "$work/start" >"$work/last"
	took "$work/list$1" "$program" list
	sleep 3 # what a start leaves to be done
	growth_row "$1" "$(decimal "$(total "$work/start")" 1000000 2)" "$(decimal "$(median "$work/last")" 1000 0)" \
		"$(decimal "$kib" 1024 1)" "$(decimal "$kib" $(($1 * 1024)) 1)" "$(processes | wc -l)" "$(idle 2)" \
		"$(decimal "$(total "$work/list$1")" 1000 1)"
}
start_each() {
	local i
	growth_row containers 'started, s' 'last ten, ms' 'memory, MiB' 'each, MiB' processes 'idle, % core' 'list, ms'
	for ((i = 1; i <= count; i++)); do
		took "$work/start" systemctl start "$(unit "web$i")" || return
		case $i in 10 | 25 | 50 | 100) growth "$i" ;; esac
	done
}

addresses() { "$program" list --json | jq -r '.[] | select(.state == "running") | .address'; }
# Prints how many answer over HTTP.
serving() {
	addresses | xargs -I {} curl --silent --max-time 10 --output /dev/null --write-out '%{http_code}\n' 'http://{}/' |
		grep -c '^200$'
}

test_idle() {
	local percent
	percent=$(idle 3)
	table 'idle, for 4 s'
	row "all $count, % of one core" "$percent" '' ''
	is 'every container has at least five processes' "$(($(processes | wc -l) >= 5 * count))" 1
}

# Keeps what libvirt needs to start the same domain itself.
keep_domain() {
	virsh --connect lxc:/// dumpxml "$1" >"$work/$1.xml"
	cp "/run/virt-sandbox-service/$1/host/allow" "$work/$1.allow"
}
domains() { virsh --connect lxc:/// list --name | grep -c '^web'; }
no_domains() { [ "$(domains)" = 0 ]; }
by_virsh() { "$lend" virsh "$work" "$@" 2>"$work/output"; }
by_us() { "$lend" command "$@" 2>"$work/output"; }
# forget NAME...: ends what virsh has started. libvirt sometimes misses the end of a container.
forget() {
	local name
	for name; do kill -s KILL "$(leader "$name")"; done
	wait_for no_domains
	for name in $(virsh --connect lxc:/// list --name | grep '^web'); do virsh --quiet --connect lxc:/// destroy "$name"; done
	for name; do rm -r "/run/virt-sandbox-service/$name"; done
	no_domains
}

# against WHAT OURS THEIRS: prints a row with the two times and their ratio.
against() { row "$1" "$(seconds "$2")" "$(seconds "$3")" "$(ratio "$2" "$3")"; }

# Starts one after another and waits for each, in turn with virsh, so that both start with the same number of others.
start_pairs() {
	local name some=("${names[@]:0:pairs}")
	rm -f "$work/start" "$work/lent"
	for name in "${some[@]}"; do
		sleep 0.3 # what the one before still does
		by_us systemctl start "$(unit "$name")" >>"$work/start" && systemctl stop "$(unit "$name")" || return
		sleep 0.3
		by_virsh "$name" >>"$work/lent" || return
	done
	forget "${some[@]}"
}
test_pairs() {
	must "$pairs starts, ours and virsh's in turn" start_pairs
	compare "start, in turn, median of $pairs" "$work/start" "$work/lent"
}

# Starts all of them as fast as possible, until the last one is up. Some of virsh's are then destroyed, one after another.
start_and_stop() {
	by_us "$program" start --all >"$work/start" && [ "$(serving)" = "$count" ] || return
	by_us "$program" stop --all >"$work/stop" && no_domains || return
	by_virsh "${names[@]}" >"$work/lent" && [ "$(domains)" = "$count" ]
}
destroy_some() {
	local name
	for name in "${names[@]:0:destroys}"; do
		took "$work/destroy" virsh --connect lxc:/// destroy "$name" && rm -r "/run/virt-sandbox-service/$name" || return
	done
	forget "${names[@]:destroys}"
}
test_all() {
	must "start --all and stop --all, and $count starts by virsh" start_and_stop
	rm -f "$work/destroy"
	must "virsh destroys $destroys of the domains" destroy_some
	against "start --all of $count" "$(total "$work/start")" "$(total "$work/lent")"
	against "stop --all of $count" "$(total "$work/stop")" $(($(total "$work/destroy") * count / destroys))
}

# Views of the host are mount namespaces, for what else the host has. In both, trees lie in memory: on a disk, ext4 passes
# over inodes that were freed a few minutes ago, one by one, and whatever was deleted before would be measured. In the view
# 'few' the other places where containers are kept have none of those of 'many' either.
places='/etc/libvirt-sandbox/services /var/lib/virt-sandbox-service /etc/systemd/system'
declare -A views=()
in_view() { nsenter --mount="/proc/${views[$1]}/ns/mnt" "${@:2}"; }
make_view() {
	unshare --mount --propagation private sleep infinity &
	views[$1]=$!
	wait_for grep -qx sleep "/proc/$!/comm"
	grep -qx sleep "/proc/$!/comm" && in_view "$1" mount -t tmpfs -o mode=700,nr_inodes=0 trees "$filesystems"
}
make_views() {
	local place
	make_view many && make_view few || return
	for place in $places; do
		cp -a "$place" "$place.few" && in_view few mount --bind "$place.few" "$place" || return
	done
}
leave_views() {
	local place
	kill "${views[@]}"
	wait "${views[@]}" 2>/dev/null
	views=()
	for place in $places; do rm -rf "$place.few"; done
}

# The existing ones are without /var, which takes less time.
fill_views() {
	local many=()
	mapfile -t many < <(seq --format 'many%g' "$creates")
	containers+=("${many[@]}")
	in_view few "$program" create -u "$web" few{1..10} && in_view many "$program" create -u "$web" "${many[@]}"
}
create_in() { in_view "$1" "$program" create -C -u "$web" "$2"; }
# In turn, with few and many, many and few.
create_last() {
	local i
	for i in {1..20}; do
		containers+=("last$i")
		if ((i % 2)); then took "$work/few" create_in few "last$i"; fi
		took "$work/many" create_in many "last$i" || return
		if ((i % 2 == 0)); then took "$work/few" create_in few "last$i"; fi
	done
}
test_thousandth() {
	must 'the views of the host can be made' make_views
	ok "$creates creates in one, ten in the other" fill_views
	ok 'twenty more creates in both, in turn' create_last
	is "one view has $((creates + 20)) containers" "$("$program" list --no-legend | wc -l)" $((creates + 20))
	is 'the other view has 30 containers' "$(in_view few "$program" list --no-legend | wc -l)" 30
	table "create with $creates containers on the host, against one with ten, in turn"
	row '' "of $creates" 'of ten' ratio
	compare 'create -C, median of 20' "$work/many" "$work/few"
	leave_views
	ok 'delete of the containers of a view succeeds' "$program" delete --force "${containers[@]}"
	containers=()
}

delete_all() {
	local name
	for name in "${names[@]}"; do "$program" delete --force "$name" || return; done
	containers=()
}

# Writes the tables and a picture of them, with the machine on which they were measured.
write_tables() {
	{
		echo "$(nproc) cores ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)), $(free --gibi | awk '/^Mem:/ { print $2 }') GiB," \
			"Linux $(uname -r | sed 's/[^0-9.].*//'), $(systemctl --version | sed -n '1s/ (.*//p'), libvirt $(virsh --version)"
		sed 's/^#| \?//' "$work/tables"
	} >"$bench/hundred.txt" && "$bench/plot" "$bench/hundred.txt" >"$bench/hundred.svg"
}

must 'lend is built' test -x "$lend"
must 'setup makes the host ready' "$program" setup
unlike 'a second setup changes nothing' "$("$program" setup)" 'made'
files >"$work/before"
must "$count creates" create_all
table "$count containers started one after another"
start_each
is 'all containers run and serve' "$(serving)" "$count"
test_idle
for name in "${names[@]}"; do keep_domain "$name"; done
ok 'stop --all succeeds' "$program" stop --all
is 'no container runs after stop --all' "$(domains)" 0
table "against libvirt itself ($destroys destroyed, scaled to $count)"
row '' ours virsh ratio
test_pairs
test_all
ok "$count deletes succeed" delete_all
is "$count deletes leave nothing behind" "$(files)" "$(cat "$work/before")"
test_thousandth
if [ $write = yes ]; then ok 'the tables are written' write_tables; fi
done_testing
