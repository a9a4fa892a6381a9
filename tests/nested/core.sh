# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What Debian's kernel can and others may not, in a minute: the rest of tests/nested has it whole.
#
# every run

# shellcheck source=tests/harness/vlan.sh
. "$VIFD_SOURCE/tests/harness/vlan.sh"

test_a_bridge_that_filters_vlans_has_its_ports_in_theirs() {
	host host
	host_bridge host br1
	ip -n host link set br1 type bridge vlan_filtering 1
	start_vifd
	expect_ok vif plug bridge=br1,vlan=10
	expect_equal "$(vlans_of vif0)" "10Pu"
	no_guard vif0 || fail "there is a guard too"
	on host bridge vlan add dev vif0 vid 1 pvid untagged
	wait_until 10 has_vlans vif0 10Pu
	expect_ok vif set vif0 vlan=20+21
	expect_equal "$(vlans_of vif0)" "20-21"
	expect_ok vif unplug vif0
}
