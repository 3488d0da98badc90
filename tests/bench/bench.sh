#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a container costs, compared with a lower bound: a create with 'cp -a' of the same tree, a start with 'systemd-nspawn
# --boot' of the same tree; and the memory of the monitor. Both sides of a ratio are measured in turn, in one run. No figure is
# judged. Prints TAP; the lines '#|' are the tables. ROUNDS and CONTAINERS change how much is measured.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for database in mariadb.service postgresql.service ''; do
	if [ -z "$database" ] || [ -e "/usr/lib/systemd/system/$database" ]; then break; fi
done
rounds=${ROUNDS:-10} count=${CONTAINERS:-20}
tree=$filesystems/bench0
root=$work/root # the same tree with the host's /usr in its place, for systemd-nspawn
poll=$work/poll
at_end() {
	rm -rf "$filesystems"/copy*
	umount --recursive "$root" 2>/dev/null
	rm -f /etc/libvirt-sandbox/services/listed*.sandbox
	delete_containers
}

# Nothing is deleted between the rounds: ext4 skips inodes that were freed a minute ago, one by one, which would make each round
# slower.
measure_create() {
	local round
	for ((round = 1; round <= rounds + 2; round++)); do
		took "$work/create" create "bench1-$round"
		took "$work/copy" cp -a "$tree" "$filesystems/copy$round"
		took "$work/synced" copy_and_sync "$filesystems/copy-synced$round"
		took "$work/ten" create_ten "bench2-$round"
		[ $round -gt 2 ] || forget "$work"/{create,copy,synced,ten}
	done
}
copy_and_sync() { cp -a "$tree" "$1" && sync --file-system "$1"; }
create_ten() {
	containers+=("$1-"{0..9})
	"$program" create -C -u "$web" "$1-"{0..9}
}

# create writes what it copied to the disk before it says that the container is complete, which cp does not.
bench_create() {
	measure_create
	rm -rf "$filesystems"/copy*
	awk '{ print $1 / 10 }' "$work/ten" >"$work/each"
	awk '{ print $1 / 10 }' "$work/ten.processor" >"$work/each.processor"
	row '' ours 'cp -a' ratio
	compare_both 'create -C' "$work/create" "$work/copy"
	compare_both 'the same, when cp syncs, too' "$work/create" "$work/synced"
	compare_both 'each of ten that one create makes' "$work/each" "$work/copy"
}

# Sets the address's neighbour entry, because the kernel would resolve it only once a second. Both sides have the same MAC.
pin_neighbour() {
	mac=$(virsh --connect lxc:/// dumpxml bench0 | sed -n "s/.*<mac address='\(.*\)'.*/\1/p")
	network=$(virsh --connect lxc:/// dumpxml bench0 | sed -n "s/.*<source network='\([^']*\)'.*/\1/p")
	bridge=$(virsh --connect lxc:/// net-dumpxml "$network" | sed -n "s/.*<bridge name='\([^']*\)'.*/\1/p")
	ip neighbour replace "$address" lladdr "$mac" dev "$bridge" nud permanent
}

make_network_namespace() {
	local prefix_length
	prefix_length=$(ip -4 -o addr show dev "$bridge" | sed -n '1s,.*inet [0-9.]*/\([0-9]*\).*,\1,p')
	ip netns add bench
	ip link add bench-host type veth peer name eth0 address "$mac" netns bench
	ip link set bench-host master "$bridge" up
	ip -n bench link set lo up
	ip -n bench addr add "$address/$prefix_length" dev eth0
	ip -n bench link set eth0 up
}

# Each function measures a start, from the command to the page, into the file $1, and leaves the container running.
start_ours() {
	"$poll" "$address" content >"$work/answered" &
	asked=$("$poll")
	systemctl start --no-block bench0_sandbox.service
	wait $!
	echo $(($(cat "$work/answered") - asked)) >>"$1"
}
start_nspawn() {
	make_network_namespace
	"$poll" "$address" content >"$work/answered" &
	local poller=$!
	asked=$("$poll")
	systemd-nspawn --quiet --boot --directory="$root" --network-namespace-path=/run/netns/bench --machine=bench-nspawn \
		--console=pipe </dev/null >"$work/output" 2>&1 &
	nspawn=$!
	wait $poller
	echo $(($(cat "$work/answered") - asked)) >>"$1"
}
stop_nspawn() {
	kill -TERM $nspawn
	wait $nspawn
	ip netns delete bench
	ip link delete bench-host 2>/dev/null
}

# steps COMMAND...: prints when the system inside reached each step, on the host's clock. The command runs systemctl inside.
steps() {
	"$@" show --property UserspaceTimestampMonotonic,GeneratorsFinishTimestampMonotonic,UnitsLoadFinishTimestampMonotonic |
		sed 's/TimestampMonotonic=/ /'
	local unit
	for unit in sysinit.target basic.target "$web.service"; do
		"$@" show --property ExecMainStartTimestampMonotonic,ActiveEnterTimestampMonotonic "$unit" |
			sed -n "s/^ExecMainStart.*=\(.*\)/$unit-main \1/p; s/^Active.*=\(.*\)/$unit \1/p"
	done
}

# note FILE COMMAND...: adds the steps of the start that was just measured, in milliseconds since the command.
note() {
	local file=$1
	shift
	{ steps "$@"; echo "answered $(cat "$work/answered")"; } | awk -v asked="$asked" '$2 > 0 { print $1, ($2 - asked) / 1000 }' >>"$file"
}
note_ours() {
	wait_for systemctl is-active bench0_sandbox.service
	note "$work/steps.ours" "$program" execute bench0 -- systemctl
	systemctl show --property ExecMainStartTimestampMonotonic,ActiveEnterTimestampMonotonic bench0_sandbox.service |
		sed 's/ExecMainStart.*=/monitor /; s/ActiveEnter.*=/ready /' |
		awk -v asked="$asked" '{ print $1, ($2 - asked) / 1000 }' >>"$work/steps.ours"
}

step_row() {
	local side times=()
	for side in ours nspawn; do
		grep "^$2 " "$work/steps.$side" | cut -d ' ' -f 2 >"$work/times"
		times+=("$([ ! -s "$work/times" ] || printf '%.1f ms' "$(median "$work/times")")")
	done
	row "$1" "${times[@]}" ''
}

bench_start() {
	local round
	mkdir "$root"
	mount --bind "$tree" "$root"
	mount -o bind,ro /usr "$root/usr"
	for ((round = -2; round < rounds; round++)); do
		start_ours "$work/start"
		[ $round -lt 0 ] || note_ours
		[ -n "${mac-}" ] || pin_neighbour
		systemctl stop bench0_sandbox.service
		start_nspawn "$work/nspawn"
		[ $round -lt 0 ] || note "$work/steps.nspawn" systemctl --machine bench-nspawn
		stop_nspawn
		[ $round -ge 0 ] || rm -f "$work/start" "$work/nspawn"
	done
	umount --recursive "$root"
	row '' ours nspawn ratio
	compare 'start to HTTP 200' "$work/start" "$work/nspawn"
	table 'where the time of a start goes (medians, since it was asked for)'
	step_row 'the monitor runs' monitor
	step_row 'systemd runs inside' Userspace
	step_row 'generators have run' GeneratorsFinish
	step_row 'units are loaded' UnitsLoadFinish
	step_row 'sysinit.target' sysinit.target
	step_row 'basic.target' basic.target
	step_row 'the service is started' "$web.service-main"
	step_row 'the service is active' "$web.service"
	step_row 'the first page' answered
	step_row 'systemctl start returns' ready
}

# PSS in KiB of all processes of the host unit of container $1: its monitor.
monitor_memory() {
	local group pid
	group=$(systemctl show --property ControlGroup --value "$1_sandbox.service")
	while read -r pid; do
		awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup"
	done <"/sys/fs/cgroup$group/cgroup.procs" | awk '{ sum += $1 } END { print sum }'
}

bench_memory() {
	local i
	for ((i = 1; i < count; i++)); do
		[ -n "$(field "bench$i" path)" ] || create "bench$i" >/dev/null
	done
	for ((i = 0; i < count; i++)); do systemctl start "bench${i}_sandbox.service"; done
	for ((i = 0; i < count; i++)); do monitor_memory "bench$i"; done >"$work/memory"
	is "$count containers run" "$(grep -c . "$work/memory")" "$count"
	row '' median largest ''
	row 'PSS of a monitor' "$(median "$work/memory") KiB" "$(sort -n "$work/memory" | tail -n 1) KiB" ''
}

# A thousand records, below a root of their own, and on the host, whose systemd is asked for the units.
bench_list() {
	local records=etc/libvirt-sandbox/services round i
	mkdir -p "$work/thousand/$records"
	for ((i = 0; i < 1000; i++)); do
		sed "s/^Name=.*/Name=listed$i/; s,^\(Path=.*\)/bench0,\1/listed$i," "/$records/bench0.sandbox" >"$work/thousand/$records/listed$i.sandbox"
	done
	cp "$work/thousand/$records"/listed*.sandbox "/$records"
	for ((round = -2; round < rounds; round++)); do
		took "$work/list.root" "$program" --root="$work/thousand" list
		took "$work/list.host" "$program" list
		took "$work/cat" cat "$work/thousand/$records"/*.sandbox
		[ $round -ge 0 ] || forget "$work"/{list.root,list.host,cat}
	done
	is 'list shows a thousand containers' "$("$program" list --no-legend --filter='name=listed*' | wc -l)" 1000
	rm "/$records"/listed*.sandbox
	row '' list cat ratio
	compare 'list below --root' "$work/list.root" "$work/cat"
	compare 'list of the host' "$work/list.host" "$work/cat"
}

# From the command to the first page of the clone. 'cp' makes no container, and starts nothing.
clone_and_ask() {
	containers+=("$1")
	"$program" clone --start bench3 "$1" && page "$1" content
}
bench_clone() {
	local round
	must 'create of a server with its database succeeds' create bench3 ${database:+-u "$database"}
	must 'it starts' "$program" start bench3
	must 'it stops' "$program" stop bench3
	echo ok >"$filesystems/bench3/$docroot/content"
	for ((round = 1; round <= rounds + 1; round++)); do
		containers+=("bench4-$round")
		took "$work/clone" "$program" clone bench3 "bench4-$round"
		took "$work/serving" clone_and_ask "bench5-$round"
		took "$work/reflinked" cp -a --reflink=auto "$filesystems/bench3" "$filesystems/copy-clone$round"
		"$program" stop "bench5-$round"
		[ $round -gt 1 ] || forget "$work"/{clone,serving,reflinked}
	done
	rm -rf "$filesystems"/copy*
	row '' ours 'cp -a' ratio
	compare_both 'clone' "$work/clone" "$work/reflinked"
	compare 'clone --start to HTTP 200' "$work/serving" "$work/reflinked"
	row 'the same, beyond cp -a' "$(milliseconds "$(awk -v a="$(median "$work/serving")" -v b="$(median "$work/reflinked")" 'BEGIN { print a - b }')")" '' ''
}

need 'the poller compiles' cc -O2 -o "$poll" "$bench/poll.c"
need 'setup makes the host ready' "$program" setup
need 'create succeeds' create bench0
echo ok >"$tree/$docroot/content"
address=$(address bench0)

table "list of a thousand records, medians of $rounds"
bench_list
table "create, medians of $rounds, of $(find "$tree" | wc -l) paths and $(du -sk "$tree" | cut -f 1) KiB"
bench_create
table "clone, medians of $rounds, of a server${database:+ with $database}"
bench_clone
table "start, medians of $rounds"
bench_start
table "memory among $count containers"
bench_memory
done_testing
