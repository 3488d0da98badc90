#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What an administrator sees of running containers: what they use, and their names for the host's own tools.
. "$(dirname "$0")/lib.sh"

need 'setup makes the host ready' "$program" setup
need 'create of two containers succeeds' create see1
need 'create of the second one succeeds' create see-2
need 'the containers start' "$program" start see1 see-2

# What they use.
like 'top prints a table once' "$("$program" top)" '^see1 +[0-9.]+% '
is 'top -n prints so many tables' "$("$program" top -n 2 -d 0.1 | grep -c '^NAME')" 2
inside see-2 'systemd-run --unit=busy sh -c "while :; do :; done"' >/dev/null
is 'top sorts by processor time' "$("$program" top --no-legend --format=name see1 see-2 | head -n 1)" see-2
is 'top --json has numbers' "$("$program" top --json see-2 | jq -c '.[] | [.name, .cpu > 0, .tasks > 3, .cpu_usec > 0]')" '["see-2",true,true,true]'
is 'top --filter chooses' "$("$program" top --no-legend --filter='cpu>5' --filter=name='see*' --format='{name}')" see-2
inside see-2 'systemctl stop busy' >/dev/null
like 'top on a terminal goes on until q' \
	"$(on_terminal "shows 'see1 .*%' && echo -n n && shows 'see1.*see-2|see-2' && echo -n q" "$program top -d 0.2; stty -a")" '^see1 .*%'
unlike 'top leaves the terminal as it was' "$(cat "$work/terminal")" '-icanon|-echo '
fails 'top of a stopped container fails' "'nosuch' is not running" "$program" top nosuch

done_testing
