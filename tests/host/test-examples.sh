#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The examples in virt-sandbox-service(8) and the transcript in README.md do what they show. The commands are read from the
# texts and run in order; if a text shows output, the command must print the same.
. "$(dirname "$0")/lib.sh"

top_srcdir=$(cd "$(dirname "$0")/../.." && pwd)
page=$top_srcdir/man/virt-sandbox-service.8
disk=$filesystems/.examples # tmpfs, which /srv of a host in namespaces is on, has no id-mapped mounts on older kernels
many=3                      # instead of the hundred containers of an example

for unit in apache2 redis-server; do
	[ -e /usr/lib/systemd/system/$unit.service ] || skip_all "the examples are Debian's, and there is no $unit.service here"
done
[ -z "$("$program" list --no-legend)" ] || skip_all 'the examples end with --all, and this host has containers of its own'

at_end() {
	cd / || exit
	"$program" delete --all --force --yes
	umount /srv
	rm -rf "$disk" /etc/redis/redis-cache1.conf
} >/dev/null 2>&1

# examples_of_page, examples_of_readme: commands with '# ' and '> ' before them, and what they print.
examples_of_page() { sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/{/^\.Bd/,/^\.Ed/{//!{s/\\&//; s/\\e/\\/g; p}}}' "$page"; }
# shellcheck disable=SC2016 # backticks of Markdown
examples_of_readme() { sed -n '/^## The life/,/^## What/{/^```/,/^```/{//!p}}' "$top_srcdir/README.md"; }

# mask: replaces what differs between hosts and between runs. Only this function knows that.
mask() {
	sed -E 's/^ +(State: .*) since .*/\1/; s/^ +((Ids|Packages|Memory|Processors|Tasks|Leader): ).*/\1.../
		s/^[A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} /DATE /; s/main process [0-9]+ /main process PID /; s/made ready$/ready/
		s/s0:c[0-9]+,c[0-9]+/LEVEL/g; s/\b[0-9]+(\.[0-9]+){3}\b/ADDRESS/g; s/\b[0-9]{6,10}\b/ID/g; s/ (-|[0-9.]+[BKMG]) +- +apache2.service$/ SIZE - apache2.service/
		s/^ *[0-9]+ ([a-z]+)$/COUNT \1/; s/^(ID +)[0-9]+ /\1PID /; s/  +/ /g; s/^ +//'
}

# adapt: changes the commands for this host and this test.
adapt() {
	local network
	network=$(ip -4 -o address show dev sandbox0 2>/dev/null | sed -E 's,.* inet ([0-9]+\.[0-9]+)\..*,\1,')
	sed -E "s/\b172\.31\./${network:-172.31}./; s/\b100\b/$many/g"
}

# run COMMAND EXPECTED [MAY-FAIL]: in this shell, so that what one command sets is there for the next.
last=0
run() {
	local command expected=$2 may_fail=${3-}
	command=$(adapt <<<"$1")
	case $command in
	*\ connect\ *) # on a terminal, and by somebody who leaves the shell as soon as it listens
		timeout 600 script --quiet --return --command "$command" /dev/null < <(while sleep 0.2; do echo exit; done)
		;;
	*) eval "(exit $last); $command" ;;
	esac >"$work/output" 2>&1 </dev/null
	last=$?
	report $((last != 0 && ! may_fail)) "the example runs: ${1//$'\n'/ }"
	[ -z "$expected" ] || is "the example prints what the text shows: ${1//$'\n'/ }" "$(mask <"$work/output")" "$(adapt <<<"$expected" | mask)"
}

# run_all TEXT EXAMPLES: every command in them.
run_all() {
	local line i commands=() outputs=()
	while IFS= read -r line; do
		case $line in
		'# '*) commands+=("${line#\# }") outputs+=('') ;;
		'> '*) commands[-1]+=$'\n'${line#> } ;;
		*) outputs[-1]+=${outputs[-1]:+$'\n'}$line ;;
		esac
	done <<<"$2"
	is "all commands that $1 shows are run" "${#commands[@]}" "$(tail -n +2 "$1" | grep -c '^# ')"
	for i in "${!commands[@]}"; do
		# shellcheck disable=SC2016 # the words of an example
		run "${commands[i]}" "${outputs[i]}" "$([ "${commands[i + 1]-}" != 'echo $?' ] || echo 1)"
	done
}

mkdir -p "$work"/{bin,home} "$disk"
for name in virt-sandbox-service virt-sandbox; do ln -s "$(dirname "$program")/$name" "$work/bin"; done
echo silent >"$work/home/.curlrc"
echo 'print(1)' >"$work/home/script.py"
export PATH=$work/bin:$PATH HOME=$work/home
mount --bind "$disk" /srv
run_all "$top_srcdir/README.md" "$(examples_of_readme)"
run_all "$page" "$(examples_of_page)"
is 'the examples leave no container' "$("$program" list --no-legend)" ''
done_testing
