# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Sourced by test-worst.sh and bench/worst.sh: a hostile container that attacks everything at once ('worst' in hostile.c), and what
# the host's root does meanwhile. There have to be containers 'worst-other', which is stopped, and 'worst-neighbour', which runs.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mark=worst-$$
tree=$filesystems/worst
folder=$(dirname "${BASH_SOURCE[0]}")

# prepare_worst OPTION...: makes the three containers, the hostile one with these options.
prepare_worst() {
	command -v cc >/dev/null || skip_all 'a C compiler is missing'
	need 'setup makes the host ready' "$program" setup
	need 'the program of the enemy compiles' cc -D_GNU_SOURCE -Wall -o "$work/foul" "$folder/hostile.c"
	need 'the attempts compile' cc -D_GNU_SOURCE -Wall -o "$work/probe" "$folder/probe.c"
	need 'create of the hostile container succeeds' create worst "$@"
	need 'create of another container succeeds' create worst-other
	need 'create of a neighbour succeeds' create worst-neighbour
	need 'the hostile container starts' start worst
	need 'the neighbour starts' start worst-neighbour
	cp "$work/foul" "$tree/opt/"
}

# --- what the host's root does, a function for each ---------------------------------------------------------------------------

list_units() { systemctl list-units --no-pager | grep 'worst_sandbox.service .*running'; }
run_other() { start worst-other && page worst-other '' && systemctl stop worst-other_sandbox.service; }
ask_neighbour() { page worst-neighbour ''; }
show_status() { "$program" status worst-neighbour && "$program" list | grep '^worst '; }
enter_neighbour() { inside worst-neighbour 'echo entered' | grep -x entered; }
# shellcheck disable=SC2016 # the shell of the login expands it
log_in() { on_terminal 'prompt && echo '\''echo "logged in as $(id -u)"; exit'\' 'login -f root' | grep '^[^"]*logged in as 0$'; }
logged() { journalctl --no-pager --output cat --identifier "$mark" | grep -x "$1"; }
log() { logger --tag "$mark" "line $BASHPID" && wait_for logged "line $BASHPID"; }
start_programs() { "$work/foul" start-all /usr/bin >"$work/programs-$1"; }
run_programs() { ls -l /usr/bin && find /usr/lib/systemd -name '*.service' -exec grep -c ExecStart {} + && sort /etc/passwd | awk -F: '{ print $1 }'; }
take() { "$work/probe" hoard-signals 1000 && "$work/probe" hoard-queues 1 && "$work/probe" hoard-watchers 100 && "$work/probe" hoard-terminals 100; }
fork_some() {
	local sleepers=()
	for _ in {1..300}; do sleep infinity & sleepers+=($!); done
	[ ${#sleepers[@]} = 300 ] && kill "${sleepers[@]}"
}

# Each takes one argument, a word for when it happens.
export chores='list_units|lists the units
run_other|starts and stops another container
ask_neighbour|gets an answer from the service of another container
show_status|asks for the status of containers
enter_neighbour|executes a command in another container
log_in|logs in
log|writes to the journal and finds it there
start_programs|starts each program of /usr/bin
run_programs|runs programs that read /usr
take|gets signals, message queues, inotify instances and terminals
fork_some|gets processes'

# --- what root inside does ----------------------------------------------------------------------------------------------------

tally() { "$work/foul" tally "$tree/var/tally"; }
attacks() { tally | cut -d ' ' -f 1; }
column() { tally | awk -v attack="$1" -v column="$2" '$1 == attack { print $column }'; }
has_tried() { [ "$(column "$1" 2)" -gt "$2" ]; }
# What a container may have at most of it, it has.
full() {
	local attempts got
	attempts=$(column "$1" 2) got=$(column "$1" 3)
	wait_for has_tried "$1" "$attempts" && [ "$(column "$1" 3)" = "$got" ]
}

# /tmp is smaller than the limit of memory, because a container that reaches that limit loses processes, and stops attacking.
begin_attack() {
	rm -f "$tree/var/tally"
	# shellcheck disable=SC2016 # the container's shell expands it
	"$program" execute worst -- sh -c 'umount -l /tmp 2>/dev/null; mount -t tmpfs -o size=96M none /tmp; exec /opt/foul worst /var/tally "$1"' sh "$(address worst)" >"$work/attack" 2>&1 </dev/null &
	attack=$!
	wait_for test -e "$tree/var/tally"
}
end_attack() {
	[ -z "${attack-}" ] || kill "$attack" 2>/dev/null
	attack=''
}
