# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Plans that the kernel of the machine that tests cannot do, as kernel/golden-undo does the others.

test_plans_with_vlans_are_undone() {
	local program=$VIFD_BUILD/tests/kernel/test-kernel-golden-undo name
	CMOCKA_MESSAGE_OUTPUT=TAP "$program" '*vlan*' >"$T/tap" || fail "$(grep -A3 '^not ok' "$T/tap")"
	for name in bridge-vlan-filtering bridge-vlan-filtering-trunk retarget-vlan-filtering virtual-vlan; do
		grep -q "^ok .* $name.case$" "$T/tap" || fail "$name was not done: $(grep "$name" "$T/tap")"
	done
}
