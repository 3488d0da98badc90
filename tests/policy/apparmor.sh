#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The rules of containers' AppArmor profiles: they compile, and their capabilities are those that a container can have.
: "${top_srcdir:=$(dirname "$0")/../..}"
. "$top_srcdir/tests/lib/tap.sh"
rules=$top_srcdir/apparmor/container

# Prints the names in lower case, without CAP_.
dropped() { sed -n '/^static const unsigned int dropped/,/^}/s/^\tCAP_\([A-Z_]*\),.*/\1/p' "$top_srcdir/src/inside/capabilities.c" | tr '[:upper:]' '[:lower:]'; }
allowed() { sed -n 's/^  capability \([a-z_]*\),$/\1/p' "$rules"; }
all() { sed -n 's/^#define CAP_\([A-Z_]*\)[[:space:]]*[0-9]\+$/\1/p' /usr/include/linux/capability.h | tr '[:upper:]' '[:lower:]'; }
is 'a profile has all capabilities but those that no container has' "$(allowed | sort)" "$(all | grep -vxF -f <(dropped) | sort)"

# compile RULES: as a container's profile.
parser=/usr/sbin/apparmor_parser abi=$(realpath "$top_srcdir/apparmor/abi")
compile() {
	printf 'abi "'"$abi"'",\nprofile "virt-sandbox-a.b_c" flags=(attach_disconnected,mediate_deleted) {\n  include "%s"\n}\n' "$(realpath "$1")" >"$work/profile"
	"$parser" --skip-kernel-load --skip-cache --features-file "$abi" --ofile "$work/binary" "$work/profile"
}
if [ -x "$parser" ]; then
	ok 'the rules compile' compile "$rules"
	is 'they are rules of the container alone' "$("$parser" --quiet --names "$work/profile" 2>/dev/null)" 'virt-sandbox-a.b_c'
	sed 's/pivot_root,/pivot_rot,/' "$rules" >"$work/broken"
	fails 'broken rules do not compile' 'syntax error' compile "$work/broken"
else
	skip 'the rules compile' 'apparmor_parser is missing'
fi
done_testing
