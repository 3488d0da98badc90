#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The policy modules, linked with the kinds of policies that 'setup' meets: every name that they require exists there, no type
# is declared twice, and only the expected optional blocks are left out.
: "${top_srcdir:=$(dirname "$0")/../..}" "${top_builddir:=$top_srcdir}"
. "$top_srcdir/tests/lib/tap.sh"
modules=$top_srcdir/policy names=$top_srcdir/tests/policy/fedora.names
command -v secilc >/dev/null || skip_all 'secilc is not installed'

# The optional blocks for which a policy is expected to lack something. In every other block, each name must exist.
lacks_fedora='vss_bus_runtime_refpolicy vss_dpkg vss_init_runtime_refpolicy vss_libvirt_runtime_controller
	vss_libvirt_runtime_refpolicy vss_start_changes vss_transient_units_refpolicy vss_unit_files_refpolicy vss_utmp_refpolicy'
lacks_debian='vss_libvirt_runtime_common vss_libvirt_runtime_lxc vss_libvirt_runtime_network vss_libvirt_runtime_proxy
	vss_libvirtd_network vss_libvirtd_proxy vss_rpm vss_unit_files_fedora vss_user_namespace vss_usr_config
	vss_usr_httpd_content vss_usr_kernel_settings vss_usr_rpm'

# link POLICY... -- MODULE...: with the policy that these files make. left_out then tells which optional blocks of ours were left
# out, which the compiler says only if it is asked to be verbose; it then takes entries for the same file twice for an error.
link() {
	local files=()
	while [ "$1" != -- ]; do
		files+=("$1")
		shift
	done
	shift
	files+=("$top_builddir/policy/virt-sandbox.cil" "${@/#/$modules/}")
	secilc -v -v -M true -P -o "$work/linked" -f "$work/contexts" "${files[@]}" >"$work/messages" 2>&1
	secilc -M true -P -o "$work/linked" -f "$work/contexts" "${files[@]}"
}
left_out() { sed -n "s/^Disabling optional '\(vss_[a-z_]*\)'.*/\1/p" "$work/messages" | sort -u | xargs; }
words() { xargs <<<"$1"; }

# A base policy has the rule for levels already.
"$top_srcdir/tests/policy/stub" "$names" >"$work/fedora.cil"
printf '(defaultrange %s target low)\n' dir file lnk_file >>"$work/fedora.cil"
ok 'Fedora: the modules for a policy with container types link' link "$work/fedora.cil" -- virt-sandbox-beside.cil
is 'Fedora: no optional block is left out but the expected ones' "$(left_out)" "$(words "$lacks_fedora")"
fails 'Fedora: the module with the types would declare a type twice' 're-declaration of type' link "$work/fedora.cil" -- virt-sandbox-container.cil

"$top_srcdir/tests/policy/stub" "$names" container_t container_file_t container_ro_file_t >"$work/plain.cil"
printf '(defaultrange %s target low)\n' dir file lnk_file >>"$work/plain.cil"
ok 'Fedora without container-selinux: the module with the types links' link "$work/plain.cil" -- virt-sandbox-container.cil
is 'Fedora without container-selinux: no other block is left out' "$(left_out)" "$(words "$lacks_fedora")"
ok 'the module beside container types links after they are gone' link "$work/plain.cil" -- virt-sandbox-beside.cil

# A name that no policy has, and that is not optional.
sed 's/shell_exec_t/no_such_type_t/' "$top_builddir/policy/virt-sandbox.cil" >"$work/broken.cil"
fails 'a name that does not exist is found' 'failed to resolve' secilc -v -M true -P -o "$work/linked" -f "$work/contexts" "$work/fedora.cil" \
	"$work/broken.cil" "$modules/virt-sandbox-beside.cil"

# Debian's policy as it is: the modules that its store has, disabled ones left out.
store=/var/lib/selinux/default/active/modules packed=/usr/share/selinux/default
for hll in /usr/lib*/selinux/hll/pp; do :; done
if [ -d $store/100 ] && [ -d $packed ] && [ -x "$hll" ]; then
	mkdir "$work/debian"
	for module in "$store"/100/*; do
		module=${module##*/}
		if [ -e "$store/disabled/$module" ] || [ ! -e "$packed/$module.pp.bz2" ]; then continue; fi
		bunzip2 <"$packed/$module.pp.bz2" | "$hll" >"$work/debian/$module.cil"
	done
	ok "Debian: the modules for a policy without container types link" link "$work"/debian/*.cil -- virt-sandbox-container.cil
	is 'Debian: no optional block is left out but the expected ones' "$(left_out)" "$(words "$lacks_debian")"
else
	skip 'Debian: the modules for a policy without container types link' "Debian's policy is not installed"
	skip 'Debian: no optional block is left out but the expected ones' "Debian's policy is not installed"
fi
done_testing
