#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The dry run of create for every unit that is installed on this host: each ends in a plan or says why not.
. "$(dirname "$0")/lib.sh"

# Prints what is wrong with the dry run of a unit, or nothing. 'slowest' becomes the longest one, for whoever reads the output.
slowest=0 plans=0
dry_run() {
	local began=${EPOCHREALTIME/./} took status
	"$program" create -n -C -u "$1" every-unit >"$work/plan" 2>"$work/messages" </dev/null
	status=$?
	took=$(((${EPOCHREALTIME/./} - began) / 1000))
	if [ $took -gt "${slowest% ms*}" ]; then slowest="$took ms: $1"; fi
	case $status in
	0) if [ -s "$work/plan" ]; then plans=$((plans + 1)); else echo "$1: no plan"; fi ;;
	1) grep -qE '^virt-sandbox-service: .*\.$' "$work/messages" || echo "$1: no sentence: $(head -c 200 "$work/messages")" ;;
	*) echo "$1: status $status: $(head -c 200 "$work/messages")" ;;
	esac
	grep -vE '^virt-sandbox-service: |^The container ' "$work/messages" | sed "s/^/$1: /"
}

mapfile -t units < <(systemctl list-unit-files --no-legend --type=service,socket,timer,path,target | awk '{ print $1 }')
for unit in "${units[@]}"; do dry_run "$unit"; done >"$work/wrong"
need 'there are units' test ${#units[@]} -gt 50
is 'the dry run of every unit ends in a plan or a sentence' "$(cat "$work/wrong")" ''
ok 'many of them have a plan' test $plans -gt 20
ok 'the web server is one of these' "$program" create -n -C -u "$web" every-unit
echo "# $plans plans; the longest of ${#units[@]} dry runs took $slowest"
done_testing
