# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Sourced by the benchmarks: times into files, medians out of them, and rows of tables, which are the lines '#|' and are
# kept in $work/tables.
# shellcheck source=../host/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../host/lib.sh"
bench=$(dirname "${BASH_SOURCE[0]}")
export bench

tell() { sed 's/^/#| /; s/ *$//' | tee -a "$work/tables"; }
row() { printf '%-34s %12s %12s %8s\n' "$@" | tell; }
table() { printf '\n%s\n' "$1" | tell; }
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
total() { awk '{ sum += $1 } END { print sum + 0 }' "$1"; }
milliseconds() { awk -v usec="$1" 'BEGIN { printf "%.1f ms", usec / 1000 }'; }
seconds() { awk -v usec="$1" 'BEGIN { printf "%.2f s", usec / 1000000 }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", b ? a / b : 0 }'; }

# must DESCRIPTION COMMAND...: ends the test if the command fails, because nothing after it could be measured.
must() {
	local before=$failures
	ok "$@"
	[ "$failures" = "$before" ] || done_testing
}

# took FILE COMMAND...: appends the time that the command took to the file, and its processor time to FILE.processor, both in
# microseconds. The latter does not count what other programs do for it.
took() {
	local file=$1 from=${EPOCHREALTIME/./} until TIMEFORMAT='%3U %3S'
	shift
	{ time "$@" >"$work/output" 2>&1; } 2>"$work/processor" || return
	until=${EPOCHREALTIME/./}
	echo $((until - from)) >>"$file"
	awk '{ print ($1 + $2) * 1000000 }' "$work/processor" >>"$file.processor"
}

# forget FILE...: forgets rounds in which something was read for the first time.
forget() {
	local file
	for file; do rm -f "$file" "$file.processor"; done
}

# compare TITLE OURS THEIRS: prints a row with the medians of two files and their ratio, which the reader may judge.
compare() {
	local ours theirs
	ours=$(median "$2") theirs=$(median "$3")
	row "$1" "$(milliseconds "$ours")" "$(milliseconds "$theirs")" "$(ratio "$ours" "$theirs")"
}

# compare_both TITLE OURS THEIRS: the same, and a row for the processor time, which other work on the machine hardly changes.
compare_both() {
	compare "$@"
	compare '  its processor time' "$2.processor" "$3.processor"
}
