#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion, as a user of bash sees it: an interactive bash loads it by the program's name, lines are typed into it, and
# readline inserts what it would show. The host is a directory.
: "${top_srcdir:?}" "${program:?names the program under test}"
. "$top_srcdir/tests/lib/tap.sh"

library=/usr/share/bash-completion/bash_completion
[ -e $library ] || skip_all 'bash-completion is not installed'

root=$work/root
mkdir -p "$root"/{etc/libvirt-sandbox/services,srv} "$root"/{etc,usr/lib}/systemd/system "$root"/var/lib/dpkg/info "$work/bin"
for name in web1 web2 db.main; do
	: >"$root/etc/libvirt-sandbox/services/$name.sandbox"
	: >"$root/etc/systemd/system/${name}_sandbox.service"
done
: >"$root/etc/libvirt-sandbox/services/web3.new"
: >"$root/srv/file"
mkdir -p "$root"/srv/.snapshots/db.main/{.new,before,later}
printf '[Container]\nPath=/srv/db.main\n' >"$root/etc/libvirt-sandbox/services/db.main.sandbox"
: >"$root/etc/systemd/system/web1_sandbox-8080.service"
: >"$root/etc/systemd/system/web1_sandbox-8080.socket"
: >"$root/etc/systemd/system/local.service"
: >"$root/usr/lib/systemd/system/lodge@.service"
: >"$root/usr/lib/systemd/system/lot.socket"
: >"$root/usr/lib/systemd/system/dev-x\\x2dy.service"
printf 'Package: %s\nStatus: %s\nArchitecture: all\nVersion: 1\nMaintainer: X <x@example.org>\nDescription: x\n\n' \
	libone 'install ok installed' libold 'deinstall ok config-files' libtwo 'install ok installed' >"$root/var/lib/dpkg/status"
ln -s "$program" "$work/bin/virt-sandbox-service"
ln -s "${program%/*}/virt-sandbox" "$work/bin/virt-sandbox"

# M-* puts every possible completion into the line; C-x C-p prints the line, and what Tab alone would have made of it.
cat >"$work/rc" <<'EOF2'
PS1= HISTFILE=
bind 'set bell-style none'
bind -x '"\C-x\C-p": printf "%s\n" "${READLINE_LINE% }" >&3; READLINE_LINE='
EOF2
echo ". $library" >>"$work/rc"

# completed KEYS LINE: prints the line after these keys.
completed() {
	printf '%s%b\030\020exit\n' "$2" "$1" |
		env -i HOME="$work" PATH="$work/bin:$PATH" TERM=dumb INPUTRC=/dev/null BASH_COMPLETION_USER_DIR="$top_srcdir" \
			bash --noprofile --rcfile "$work/rc" -i 3>&1 >/dev/null 2>"$work/errors"
}

# offers LINE WORD...: checks that exactly these words are offered at the end of the line, which follows the program's name.
offers() {
	local line=$1 typed prefix
	shift
	typed="virt-sandbox-service $line"
	prefix=${typed%"${typed##*[ =]}"}
	is "completion of '$line' offers: ${*:-nothing}" "$(completed '\033*' "$typed")" \
		"$(if [ $# != 0 ]; then echo "$prefix$*"; else echo "${typed% }"; fi)"
}

# From the program's own help.
verbs=$("$program" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p' | sort | tr '\n' ' ')
options_of() { { "$program" "$@" --help | grep -oE -e '^ +(-[A-Za-z], )?--[a-z0-9-]+' | grep -oE -e '-[^ ,]+'; echo --help; } | sort -u; }
options_of_sandbox() { "${program%/*}/virt-sandbox" "$@" --help | grep -oE -e '^ +(-[A-Za-z], )?--[a-z0-9-]+' | grep -oE -e '-[^ ,]+' | sort | words; }
words() { tr '\n' ' ' | sed 's/ $//'; }

like '--help lists commands' "$verbs" 'start '
# shellcheck disable=SC2086 # a list
offers '' $verbs
offers st start status stop
offers "--root=$root sto" stop
for verb in '' $verbs; do
	# shellcheck disable=SC2046,SC2086 # lists
	is "completion offers all options of ${verb:-the program}" "$(completed '\033*' "virt-sandbox-service $verb -" |
		tr ' ' '\n' | grep -e '^-' | sort | words)" "$(options_of $verb | words)"
done

offers "--root=$root start " db.main web1 web2
offers "--root $root start w" web1 web2
offers "--root=$root stop web1 " db.main web2
offers "--root=$root delete web1 db.main web2 "
offers "--root=$root -v status d" db.main
offers "--root=$root status web1 " db.main web2
offers "--root=$root connect web1 "
offers "--root=$root cp web" web1: web2:
offers "--root=$root cp web1:/srv/x $root/et" "$root/etc"
offers "--root=$root cp web1:/srv/x $root/etc /y "
offers "--root=$root/none status "
offers "--root=$root rename web1 "
offers "--root=$root clone web1 "
offers "--root=$root edit web1 "
offers "--root=$root export w" web1 web2
offers "--root=$root export --live web1 $root/e" "$root/etc"
offers "--root=$root export web1 $root/etc "
offers "--root=$root import $root/e" "$root/etc"
offers "--root=$root import w"
offers "--root=$root import archive w"
offers "--root=$root adopt $root/sr" "$root/srv"
offers "--root=$root adopt $root/srv $root/e" "$root/etc"
offers "--root=$root restore db" db.main
offers "--root=$root restore db.main " before later
offers "--root=$root restore db.main later "
offers "--root=$root restore web1 "
offers "--root=$root snapshot db.main "
offers "--root=$root snapshot --delete db.main l" later
offers 'help resto' restore
offers 'help restore '
offers "--root=$root rm web1 " db.main web2
offers "--root=$root set --memory 1G we" web1 web2
offers "--root=$root create -l s0:c1,c2 -u x we"

offers "--root=$root create --unitfile=lo" local.service lodge@.service lot.socket
offers "--root=$root create --unitfile lo" local.service lodge@.service lot.socket
offers "--root=$root create -u lo" local.service lodge@.service lot.socket
offers "--root=$root create -Cu lo" local.service lodge@.service lot.socket
offers "--root=$root create -u dev" 'dev-x\\x2dy.service'
offers "--root=$root create -l s0:c1,c2 -u web"
offers "--root=$root create --private-users=" no yes
offers "--root=$root create --capability=CAP_NET_A" CAP_NET_ADMIN
offers "--root=$root create --system-calls=" keyring numa
offers "--root=$root create --level="
offers "--root=$root list --filter=ad" address=
offers "--root=$root list --sort=-pat" -path
offers "--root=$root list --format=name,mem" 'name\,memory' 'name\,memory_max'
offers "--root=$root list --format=js" json
offers '--package-manager=' dpkg rpm
offers "--root=$root/va" "$root/var"
if command -v dpkg-query >/dev/null; then
	offers "--root=$root create --package=lib" libone libtwo
	offers "--root=$root create -P libt" libtwo
	offers "--root=$root create -P 'lib"
	offers "--root=$root --package-manager=rpm create -P libt"
else
	skip 'completion offers packages' 'dpkg is not here'
fi

offers "--root=$root execute w" web1 web2
offers "--root=$root execute web1 mktem" mktemp
offers "--root=$root exec web1 mktem" mktemp
offers "--root=$root execute --user=root --env=A=B:C web1 -- mktem" mktemp
offers "--root=$root execute web1 --" --
offers "--root=$root connect -- we" web1 web2
is 'Tab completes a name that is unambiguous' "$(completed '\t' "virt-sandbox-service --root=$root start d")" \
	"virt-sandbox-service --root=$root start db.main"
is 'Tab completes an ambiguous name as far as it can' "$(completed '\t' "virt-sandbox-service --root=$root start w")" \
	"virt-sandbox-service --root=$root start web"
# The other command.
is 'completion offers the options of a command on kept changes' "$(completed '\033*' 'virt-sandbox diff -' | tr ' ' '\n' | tail -n +3 | sort | words)" \
	"$(options_of_sandbox diff)"
is 'Tab completes the name of the network of containers' "$(completed '\t' 'virt-sandbox -N sa')" 'virt-sandbox -N sandbox'
is 'Tab completes a group of system calls' "$(completed '\t' 'virt-sandbox --system-calls ke')" 'virt-sandbox --system-calls keyring'
is 'completion offers no such options to a program of that name' "$(completed '\033*' 'virt-sandbox -- diff --js')" 'virt-sandbox -- diff --js'
unlike 'completion prints no errors' "$(cat "$work/errors")" 'error|unbound|not found|virt_sandbox'
done_testing
