#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Texts agree with the program: the manual pages with the program's help and with the tables in the source, the commands in all
# texts with the help, and names of files with the tree.
: "${top_srcdir:=$(dirname "$0")/../..}" "${program:?names the program under test}"
. "$top_srcdir/tests/lib/tap.sh"
cd "$top_srcdir" || exit

man=man/virt-sandbox-service.8 record_page=man/virt-sandbox-service.sandbox.5 unit_page=man/virt-sandbox-service.unit.5
texts=(README.md HACKING.md SECURITY.md NEWS quickstart man/*)

# What --help prints, as lines '-C --copy' and '-u --unitfile=UNIT'.
options_of_help() { sed -nE 's/^ +((-[A-Za-z]), )?(--[a-z0-9-]+(=[A-Z=]+)?) .*/\2 \3/p' | sed 's/^ //' | sort; }
verbs_of_help() { "$program" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p'; }
synopsis_of_help() { "$program" "$1" --help | sed -n "1s/^Usage: virt-sandbox-service //p"; }

# lines_of_man SECTION [SUBSECTION]: prints the source of a part of the page.
lines_of_man() {
	awk -v section="$1" -v subsection="${2-}" '
		/^\.Sh / { in_section = substr($0, 5) == section; current = ""; next }
		/^\.Ss / { current = substr($0, 5); if (subsection == "" && in_section) print; next }
		in_section && current == subsection' "$man"
}
verbs_of_man() { lines_of_man COMMANDS | sed -n 's/^\.Ss //p'; }
options_of_man() {
	lines_of_man "$@" | sed -n '/^\.It Fl /{ s/^\.It //; s/ , / /; s/Fl Fl /--/; s/Fl /-/; s/ Ns = Ns Ar /=/; p; }' | sort
}
# The commands that support --root.
roots_of_man() { lines_of_man OPTIONS | awk '/^\.It / { on = /^\.It Fl Fl root/ } on && /^\.Cm / { print $2 }' | sort; }
roots_of_program() {
	local verb said
	for verb in $(verbs_of_help); do
		said=$("$program" --root="$work" "$verb" 2>&1 </dev/null)
		[[ $said == *'without --root'* ]] || echo "$verb"
	done | sort
}
# What a reader sees of it: the line after the command's heading. Bold text is overstruck.
rendered=$(mandoc -T utf8 -O width=200 "$man" 2>/dev/null | sed 's/.\x08//g')
synopsis_of_man() { awk -v heading="   $1" '$0 == heading { getline; sub(/^ *virt-sandbox-service /, ""); print }' <<<"$rendered"; }

# json_of_man VERB: prints the keys in the tables after the paragraph about it.
json_of_man() {
	lines_of_man JSON | awk -v verb="$1" '/^\.Ql/ { current = $2 } current == verb && /^\.It Va/ { print $3 }' | sort -u
}
json_of_source() { sed -nE 's/.*(json_set[a-z_]*|set_optional)\([a-z]+, "([a-z_]+)".*/\2/p' "$1" | sort -u; }
columns_of_help() { "$program" "$1" --help | sed -n '/^Columns /,$s/^  \([a-z0-9_]*\) .*/\1/p' | sort -u; }
kinds_of_man() { sed -nE '/^\.It Va kind Ta string Ta /{ s///; s/\b(Li|No|or)\b//g; s/[ ,]+/\n/g; p; }' "$man" | grep . | sort; }
kinds_of_source() { sed -nE 's/^(static )?const struct op_kind op_[a-z_]+ = \{ "([a-z]+)".*/\2/p' src/{create,cli,upgrade,copies}/*.c | sort -u; }
rules_of_man() { lines_of_man JSON | sed -n 's/^\.It Li //p'; }
# The rules that every plan has, and those of the table, in its order.
rules_of_source() {
	sed -nE 's/^\top->rule = "([a-z-]+)";.*/\1/p' src/create/plan.c src/create/compose.c src/create/etc-files.c src/create/copied-tree.c
	sed -nE 's/^\t\{ "([a-z-]+)", ACTION_.*/\1/p' src/contents/rules.c
}

# The keys of a record, as lines '[SECTION] KEY=' and whether the key is needed.
keys_of_source() {
	{
		sed -nE 's/^\t\{ ("[A-Za-z]+"), "([A-Za-z]+)", ([A-Z_]+),.*/[\1] \2= \3/p' src/container/record-text.c
		sed -nE 's/^\t\{ ("[a-z0-9]+=?"|NULL), "([A-Za-z0-9]+)", .*/[Network 1] \2=/p' src/container/net-spec.c
	} | sed 's/"//g; s/ OPTIONAL$//; s/ NEEDED_READY$/ needed when ready/; s/ NEEDED$/ needed/'
}
keys_of_page() { awk '/^\.Ss / { section = substr($0, 5) } sub(/^\.It Li /, "") { sub(/ Pq /, " "); print section, $0 }' "$record_page"; }

# The settings of the host's unit, and its time limits.
settings_of_source() { sed -nE 's/^\t\{ "(Unit|Service|Install)", "([A-Za-z]+)",.*/\2=/p' src/create/host-unit.c | sort -u; }
settings_of_page() {
	awk '/^\.Sh / { on = $2 == "SETTINGS" } on && sub(/^\.It Li /, "")' "$unit_page" | sed 's/ , /\n/g' | sort
}
# The settings of its drop-in, which have no effect in others.
resets_of_source() { sed -nE 's/^\t\{ "([A-Za-z]+)", "[^"]*", [A-Z_]+ \},$/\1=/p' src/create/host-dropin.c | sort -u; }
resets_of_page() {
	awk '/^\.Sh / { on = 0 } /sets back what would keep/ { on = 1 } on && sub(/^\.It Li /, "")' "$unit_page" |
		sed 's/ , /\n/g' | sort
}
seconds_of_source() {
	local number='[0-9]+' start margin unit
	start=$(sed -nE "s/^#define START_SECONDS ($number).*/\1/p" src/create/host-unit.c)
	margin=$(sed -nE "s/^#define MARGIN_SECONDS ($number).*/\1/p" src/create/host-unit.c)
	unit=$(sed -nE "s/^#define UNIT_STOP_SECONDS ($number).*/\1/p" src/create/host-unit.h)
	printf '%s\n' "START $start" "STOP $((unit + 2 * margin))" "POWEROFF $((unit + margin))"
}
seconds_of_page() {
	awk '/^\.Sh / { on = $2 == "SETTINGS" } on' "$unit_page" | tr '\n' ' ' | sed -nE \
		's/.*how many seconds a shutdown may take, ([0-9]+) by default, before.*TimeoutStartSec= ([0-9]+):.*TimeoutStopSec= ([0-9]+):.*/START \2\nSTOP \3\nPOWEROFF \1/p'
}

# Prints every command in a text, from the first word after the program's name to the end of the simple command.
commands_of() { grep -oE "(^# |[\`'}])virt-sandbox-service [^|<>;\`']+" "$1" | sed 's/^.*virt-sandbox-service //' | sort -u; }

# wrong_words COMMAND: prints those words that are neither the name of a command nor one of its options.
wrong_words() {
	local verb='' word words known
	read -ra words <<<"$1"
	known=$("$program" --help)
	for word in "${words[@]}"; do
		case $word in
		--) break ;;
		-*) grep -qE -- "^ +(-., )?${word%%=*}[ =,]" <<<"$known" || echo "$word" ;;
		*)
			case $verb in
			execute) break ;; # the rest belongs to another command
			?*) continue ;;
			esac
			verb=$word known=$("$program" "$verb" --help 2>/dev/null)
			grep -qx -- "$verb" <<<"$verbs" || { echo "$verb" && break; }
			;;
		esac
	done
}

# Names of files: in links, after './', or in a directory of ours. './configure' is generated.
missing_files() {
	grep -oE '\]\([A-Za-z][^):#]*\)|[`( ]\./[a-z.]+|\b(tests|build-aux)/[a-z0-9/.*-]*[a-z]|\bsrc/[a-z0-9/*-]+\.[ch]\b' "$1" |
		sed -E 's/^(\]\(|[`( ]\.\/)//; s/\)$//; /^configure$/d' | sort -u |
		while read -r name; do compgen -G "$name" >/dev/null || echo "$name"; done
}
# The folders in HACKING.md's table of src/.
# shellcheck disable=SC2016 # backticks of Markdown
rooms() { sed -n '/^## The source/,/^## /s/^| `\([^`]*\)` |.*/\1/p' HACKING.md | sort; }

# SECURITY.md: what its tables call a layer, and the layers that it describes. Those that refuse attempts are in another
# table, and in the list of attempts.
layers_named() { awk -F ' *[|] *' '/^## / { on = $0 == "## What is promised" } on && /^\|/ { print $3 }' SECURITY.md | tail -n +3 | sed 's/, /\n/g' | sort -u; }
layers_described() { awk -F ' *[|] *' '/^## / { on = $0 == "## The layers" } on && /^\|/ { print $2 }' SECURITY.md | tail -n +3 | sort; }

layers_refusing() {
	awk -F ' *[|] *' '/^\| Layer \| Refused/ { on = 1 } !/^\|/ { on = 0 } on { print $2 }' SECURITY.md | tail -n +3
	grep -v '^#' tests/host/escapes | cut -s -d '|' -f 2
}

verbs=$(verbs_of_help)
like '--help lists commands' "$verbs" .
is 'the manual page has the commands of --help, in that order' "$(verbs_of_man)" "$verbs"
is 'the manual page names the commands that support --root' "$(roots_of_man)" "$(roots_of_program)"
is 'the manual page has the options before the command of --help' "$(options_of_man OPTIONS)" "$("$program" --help | options_of_help)"
for verb in $verbs; do
	what="the manual page shows the operands of $verb as --help does"
	if [ "$rendered" ]; then
		is "$what" "$(synopsis_of_man "$verb")" "$(synopsis_of_help "$verb")"
	else
		skip "$what" 'mandoc is not installed'
	fi
	is "the manual page has the options of $verb that --help has" "$(options_of_man COMMANDS "$verb")" "$("$program" "$verb" --help | options_of_help)"
done

like '--help lists columns' "$(columns_of_help list)" '^name$'
for verb in $verbs; do
	columns=$(columns_of_help "$verb")
	[ -z "$columns" ] || is "the manual page has the columns of $verb, which are its JSON keys" "$(json_of_man "$verb")" "$columns"
done
is 'the manual page has the JSON keys of status' "$(json_of_man status)" "$(json_of_source src/cli/cmd-status.c)"
is 'the manual page has the JSON keys of a plan' "$(json_of_man create)" "$(json_of_source src/create/plan-json.c)"
is 'the manual page has the JSON keys of import' "$(json_of_man import)" "$(json_of_source <(cat src/archive/import.c src/archive/fit.c))"
is 'the manual page has the kinds of operation' "$(kinds_of_man)" "$(kinds_of_source)"
like 'there are rules of what goes into a container' "$(rules_of_source)" '^host-data$'
is 'the manual page has the same, in this order' "$(rules_of_man)" "$(rules_of_source | awk '!seen[$0]++')"

like 'the source has the keys of a record' "$(keys_of_source)" '^\[Container\] Name= needed$'
is 'the page on records has the keys of the source, in the same order' "$(keys_of_page)" "$(keys_of_source)"
mkdir -p "$work/etc/libvirt-sandbox/services"
record_example=$(sed -n '/^\.Sh EXAMPLES/,/^\.Ed/{/^\.Bd/,/^\.Ed/{//!p}}' "$record_page")
echo "$record_example" >"$work/etc/libvirt-sandbox/services/web1.sandbox"
is 'show accepts the example in the page on records' "$("$program" --root="$work" show web1 2>&1)" "$record_example"
like 'the source has the settings of the unit on the host' "$(settings_of_source)" '^ExecStart=$'
is 'the page on the unit has the settings of the source' "$(settings_of_page)" "$(settings_of_source)"
like 'the source has the settings of the drop-in on the host' "$(resets_of_source)" '^ProtectSystem=$'
is 'the page on the unit has the settings of the drop-in' "$(resets_of_page)" "$(resets_of_source)"
is 'the page on the unit has the time limits of the source' "$(seconds_of_page)" "$(seconds_of_source)"

# The other command.
sandbox=$(dirname "$program")/virt-sandbox
like 'the help of virt-sandbox has options' "$("$sandbox" --help)" '^ +--cwd='
is 'the manual page of virt-sandbox has the options of its help' "$(man=man/virt-sandbox.1 options_of_man OPTIONS)" \
	"$("$sandbox" --help | options_of_help)"
for verb in diff apply; do
	is "the manual page of virt-sandbox has the options of $verb" "$(man=man/virt-sandbox.1 options_of_man COMMANDS $verb)" \
		"$("$sandbox" $verb --help | options_of_help)"
done

for verb in diff apply; do
	is "the manual page of virt-sandbox has the options of $verb" "$(man=man/virt-sandbox.1 options_of_man COMMANDS $verb)" \
		"$("$sandbox" $verb --help | options_of_help)"
done
is 'the manual page of virt-sandbox has the JSON keys of diff' \
	"$(sed -nE '/^\.Ss diff/,/^\.Ss apply/s/^\.It Va ([a-z]+) Ta .*/\1/p' man/virt-sandbox.1 | sort -u)" \
	"$(sed -nE 's/.*(json_set[a-z_]*|set_state)\(o, "([a-z_]+)".*/\2/p' src/sandbox/show-changes.c | sort -u)"
permitted() { sed -nE "s/.*\{ \"([a-z-]+)\", ($1) \}.*/\1/p" <<<"$(grep -oE '\{ "[a-z-]+", (FREE|ASKED|GIVEN) \}' src/sandbox/permit.c)" | sort; }
users=$(sed -n '/^\.It Va Options/,/^\.It Va Cpus/p' man/virt-sandbox-users.conf.5)
is 'the manual page of users.conf has the options that need a permission' "$(sed -n 's/^\.It Li //p' <<<"$users")" "$(permitted 'ASKED|GIVEN')"
is 'and those that need none' "$(sed -n '/^\.El/,$p' <<<"$users" | grep '^\.Fl' | grep -oE '[a-z-]{3,}' | sort)" "$(permitted FREE)"
is 'and the keys of the source' "$(grep -E '^\.It Va' man/virt-sandbox-users.conf.5 | grep -oE 'Va [A-Z][a-z]+' | cut -c 4- | sort)" \
	"$(sed -nE 's/.*\{ LIMIT_[A-Z]+, "([A-Za-z]+)".*/\1/p; s/.*strcmp\(key, "([A-Za-z]+)"\).*/\1/p' src/sandbox/permit.c | sort)"

if command -v mandoc >/dev/null; then
	ok 'mandoc finds nothing wrong with the manual pages' mandoc -T lint -W warning man/*
else
	skip 'mandoc finds nothing wrong with the manual pages' 'mandoc is not installed'
fi

for text in "${texts[@]}"; do
	is "$text has only commands and options that exist" \
		"$(commands_of "$text" | while read -r line; do wrong_words "$line"; done)" ''
	is "$text names only files that exist" "$(missing_files "$text")" ''
done
is 'SECURITY.md describes the layers that hold its promises and no others' "$(layers_named)" "$(layers_described)"
is 'attempts are refused by layers that SECURITY.md describes' "$(layers_refusing | sort -u | comm -23 - <(layers_described))" ''
like 'README.md shows commands' "$(commands_of README.md)" '^create '
is 'HACKING.md lists the folders of src/' "$(rooms)" "$(cd src && printf '%s\n' * | sort)"
done_testing
