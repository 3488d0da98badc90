# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Sourced by the tests of faults, after lib.sh: what they have in common.
#
# FAULTS=N tries N times as many places as a quick test does, FAULTS=all every one, for hours.
: "${work:?is made by lib.sh}"
[ "$(uname -m)" = x86_64 ] || skip_all 'the injector knows x86-64 only'
command -v cc >/dev/null || skip_all 'a C compiler is missing'
need 'the injector compiles' cc -O1 -o "$work/fault" "$(dirname "${BASH_SOURCE[0]}")/../lib/fault.c"

# points COUNT FEW: prints some of the numbers from 1 to COUNT: FEW of them evenly, and as many at the end, where most is at
# stake.
points() {
	local few=$2
	if [ "${FAULTS-}" = all ]; then
		seq "$1"
	else
		few=$((few * ${FAULTS:-1}))
		{ seq 1 $((($1 + few - 1) / few)) "$1" && seq $(($1 > few ? $1 - few + 1 : 1)) "$1"; } | sort -nu
	fi
}

# chosen N EVERY: whether to try case N; a quick test tries every EVERYth.
chosen() { [ "${FAULTS-}" = all ] || [ $(($1 * ${FAULTS:-1} % $2)) -lt "${FAULTS:-1}" ]; }
