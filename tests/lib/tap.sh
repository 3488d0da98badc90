# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Sourced by the tests in shell: TAP output, and a folder of their own, 'work', that goes at the end. A test that
# has more to tidy up defines 'at_end'.
set -uo pipefail
export LC_ALL=C

tests=0 failures=0
work=$(mktemp -d)

# A background command that gets a signal before it has executed its program still has the traps of this shell.
finish() {
	[ "$BASHPID" = $$ ] || return
	if declare -F at_end >/dev/null; then at_end; fi
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# report STATUS DESCRIPTION: prints a line of TAP. After a failure, also prints $work/output, in which the last check explains
# it.
report() {
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests - $2"
	else
		failures=$((failures + 1))
		echo "not ok $tests - $2"
		sed 's/^/# /' "$work/output"
	fi
}

# ok DESCRIPTION COMMAND...: the command succeeds.   need: or the test ends here.
# fails DESCRIPTION PATTERN COMMAND...: it does not, and says what matches the pattern.
ok() {
	local what=$1
	shift
	"$@" >"$work/output" 2>&1 </dev/null
	report $? "$what"
}
need() {
	ok "$@"
	[ $failures = 0 ] || done_testing
}
fails() {
	local what=$1 pattern=$2
	shift 2
	if "$@" >"$work/output" 2>&1 </dev/null; then
		echo 'succeeded' >>"$work/output"
		report 1 "$what"
	else
		grep -qiE -- "$pattern" "$work/output"
		report $? "$what"
	fi
}

# is DESCRIPTION GOT EXPECTED: shows several lines as a difference. like and unlike take a regular expression.
is() {
	case $2$3 in
	*$'\n'*) diff --label expected --label got -U 0 <(echo "$3") <(echo "$2") >"$work/output" ;;
	*) printf 'got:      %s\nexpected: %s\n' "$2" "$3" >"$work/output" ;;
	esac
	[ "$2" = "$3" ]
	report $? "$1"
}
like() {
	printf 'got:     %s\npattern: %s\n' "$2" "$3" >"$work/output"
	grep -qE -- "$3" <<<"$2"
	report $? "$1"
}
unlike() {
	printf 'got:         %s\nnot allowed: %s\n' "$2" "$3" >"$work/output"
	! grep -qE -- "$3" <<<"$2"
	report $? "$1"
}
skip() {
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

# wait_for COMMAND...: runs the command until it succeeds, however long that takes on a busy machine. It gives up only after ten
# minutes, and then fails and says what it waited for. Use it instead of sleep, except in tests about time.
wait_for() {
	local until=$((SECONDS + ${WAIT_SECONDS:-600}))
	until "$@" >/dev/null 2>&1; do
		if [ $SECONDS -ge $until ]; then
			echo "# waited ${WAIT_SECONDS:-600} s in vain for: $*"
			return 1
		fi
		sleep 0.05
	done
}

# skip_all REASON: ends the test, because nothing here can be tested.
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

done_testing() {
	echo "1..$tests"
	exit $((failures > 0))
}
