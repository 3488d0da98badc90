#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The style of the source: C as clang-format leaves it, lines of at most 120 columns, a licence in each file, and shell scripts
# and manual pages without complaints from linters.
: "${top_srcdir:=$(dirname "$0")/../..}"
. "$top_srcdir/tests/lib/tap.sh"
cd "$top_srcdir" || exit

# Our files, also in an unpacked archive, without files that are generated in the tree.
mapfile -t files < <(
	if [ -e .git ]; then
		git -c safe.directory='*' ls-files --cached --others --exclude-standard
	else
		find . -type f -printf '%P\n' | grep -vE '^(_build|_inst|autom4te\.cache)/|^build-aux/([^i]|install-sh)|^(configure|aclocal\.m4)$'
	fi | while read -r file; do [ ! -f "$file" ] || echo "$file"; done | sort
)
# of PATTERN: prints those whose names match. Golden files and a corpus have no style.
of() { printf '%s\n' "${files[@]}" | grep -E -- "$1" | grep -vE '^tests/fuzz/corpus/|^build'; }
# A script is recognised by its first line; one that is only sourced, by its line for shellcheck.
scripts() {
	of . | grep -vE '\.(c|h|[0-9])$' |
		tr '\n' '\0' | xargs -0 awk 'FNR == 1 && /^#!.*sh$/ || FNR <= 3 && /^# shellcheck shell=/ { print FILENAME; nextfile } FNR > 3 { nextfile }'
}
mapfile -t c < <(of '^(src|tests)/.*\.[ch]$')
mapfile -t sh < <(scripts)

# clang-format differs from release to release. Ours is that of Debian 12.
version=$(clang-format --version 2>/dev/null | sed -n 's/.*version \([0-9]*\).*/\1/p')
if [ "$version" = 14 ]; then
	ok 'C files are as clang-format leaves them' clang-format --dry-run -Werror "${c[@]}"
else
	skip 'C files are as clang-format leaves them' "clang-format 14 is ${version:+"not installed, but $version"}${version:-"not installed"}"
fi

wide() { expand -t 8 "$1" | awk -v file="$1" 'length > 120 { print file ":" NR ": " length " columns" }'; }
is 'C files have at most 120 columns' "$(export LC_ALL=C.UTF-8; for file in "${c[@]}"; do wide "$file"; done)" ''

# without_licence FILE...: prints files whose first lines do not name a licence.
without_licence() { awk 'FNR == 1 { if (file) print file; file = FILENAME } FNR <= 3 && /SPDX-License-Identifier: / { file = "" } END { if (file) print file }' "$@"; }
mapfile -t licensed < <(of '\.([ch]|sh|[1-9]|am|ac|pm|cases|supp|cil|cil\.in|spec\.in|names)$|(^|/)(Makemodule\.am|escapes)$')
is 'source, scripts, manual pages and makefiles name their licence' "$(without_licence "${licensed[@]}" "${sh[@]}" | sort -u)" ''

# without_purpose FILE...: prints C files that do not begin, after their licence, with what they are for.
without_purpose() { awk 'FNR == 2 && !/^\/\* / { print FILENAME }' "$@"; }
is 'C files begin with what they are for' "$(without_purpose "${c[@]}")" ''

# In the summary of a failed run each sentence stands alone, where one that continues the previous case means nothing.
mapfile -t test_scripts < <(printf '%s\n' "${sh[@]}" | grep '^tests/')
is 'no sentence of a test goes on from the one before' "$(grep -nE " ['\"]\.\.\. " "${test_scripts[@]}")" ''

if [ "${LINT-}" != yes ]; then
	skip 'shell scripts are clean' 'shellcheck takes its time: ./check, or LINT=yes'
elif command -v shellcheck >/dev/null; then
	ok 'shell scripts are clean' shellcheck "${sh[@]}"
else
	skip 'shell scripts are clean' 'shellcheck is not installed'
fi
done_testing
