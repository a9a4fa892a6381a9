# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Ports in VLANs on bridges that filter them, as bridge(8) sees them and as frames show it.

# shellcheck source=tests/harness/vlan.sh
. "$VIFD_SOURCE/tests/harness/vlan.sh"

usual() {
	usual_nics 2
	host_bridge host br1 eth2
	ip -n host link set br1 type bridge vlan_filtering 1
	start_vifd
}

test_a_bridge_that_filters_vlans_has_its_ports_in_theirs() {
	usual
	ip netns exec host bridge vlan add dev eth2 vid 10-20
	standin_start one 10.9.0.11 bridge=br1,vlan=10
	expect_equal "$(vlans_of "$PORT")" "10Pu"
	no_guard "$PORT" || fail "there is a guard too"
	local one=$PORT
	asks two 10.9.0.12 10.9.0.11 bridge=br1,vlan=10
	asks three 10.9.0.13 10.9.0.11 bridge=br1,vlan=20
	wait_until 10 hears two
	expect_deaf three
	expect_equal "$(tags_of 10.9.0.12 p2)" "vlan 10"

	# What somebody does to it is put right; a port without VLANs is its own owner's.
	ip netns exec host bridge vlan del dev "$one" vid 10
	wait_until 10 has_vlans "$one" 10Pu
	ip netns exec host bridge vlan add dev "$one" vid 66
	wait_until 10 has_vlans "$one" 10Pu
	plug bridge=br1
	expect_equal "$(vlans_of "$PORT")" "1Pu"
	ip netns exec host bridge vlan add dev "$PORT" vid 66
	wait_until 10 has_vlans "$PORT" "1Pu 66"

	# While the guest runs, and after a restart.
	expect_ok vif set "$one" vlan=20
	expect_equal "$(vlans_of "$one")" "20Pu"
	wait_until 10 hears three
	expect_ok vif set "$one" vlan=30+31+32
	expect_equal "$(vlans_of "$one")" "30-32"
	kill_vifd
	ip netns exec host bridge vlan add dev "$one" vid 1 pvid untagged
	start_vifd
	wait_until 10 has_vlans "$one" "30-32"
	expect_ok vif set "$one" vlan=no
	expect_equal "$(vlans_of "$one")" "1Pu"
	expect_equal "$(vlans_of "$PORT")" "1Pu 66"
	unplug "$PORT"
}

test_who_tags_follows_the_bridge() {
	usual
	ip netns exec host bridge vlan add dev eth2 vid 10
	standin_start one 10.9.0.11 bridge=br1,vlan=10
	asks two 10.9.0.12 10.9.0.11 dev=eth1,mode=bridge,vlan=10
	wait_until 10 hears two
	ip -n host link set br1 type bridge vlan_filtering 0
	standin_stop two
	wait_until 10 has_guard "$(port_of one)"
	asks two 10.9.0.12 10.9.0.11 dev=eth1,mode=bridge,vlan=10
	wait_until 10 hears two
	ip -n host link set br1 type bridge vlan_filtering 1
	wait_until 10 no_guard "$(port_of one)"
	expect_equal "$(vlans_of "$(port_of one)")" "10Pu"
	standin_stop two
	asks two 10.9.0.12 10.9.0.11 dev=eth1,mode=bridge,vlan=10
	wait_until 10 hears two
}

# fdb_of PORT: the guest's address in its bridge's table, as "VLAN VLAN".
fdb_of() {
	on host bridge -j fdb show brport "$1" | jq -r '[.[] | select(.mac == "52:54:00:00:00:11" and .state == "static").vlan // empty] | sort | map(tostring) | join(" ")'
}

has_entries() {
	[ "$(fdb_of "$1")" = "$2" ]
}

test_an_address_that_vifd_puts_into_the_table_is_in_the_ports_vlans() {
	usual
	cat >"$T/table.xml" <<-'END'
		<network><name>table</name><forward mode='bridge'/><bridge name='br1' macTableManager='libvirt'/></network>
	END
	expect_ok vif network define "$T/table.xml"
	expect_ok vif network start table
	expect_ok vif plug network=table,vlan=10,mac=52:54:00:00:00:11
	has_entries vif0 "10" || fail "the table has it in '$(fdb_of vif0)'"
	expect_ok vif set vif0 vlan=20
	has_entries vif0 "20" || fail "the table has it in '$(fdb_of vif0)'"
	ip netns exec host bridge vlan del dev vif0 vid 20
	wait_until 10 has_entries vif0 "20"
	expect_ok vif unplug vif0
	expect_ok vif network stop table
}

test_a_bridge_of_its_own_filters_from_the_first_vlan_on() {
	usual
	cat >"$T/blue.xml" <<-'END'
		<network><name>blue</name><bridge name='vifbr0'/></network>
	END
	expect_ok vif network define "$T/blue.xml"
	expect_ok vif network start blue
	standin_start one 10.9.0.11 network=blue
	expect_equal "$(link vifbr0 .linkinfo.info_data.vlan_filtering)" 0
	standin_start two 10.9.0.12 network=blue,vlan=10
	expect_equal "$(link vifbr0 .linkinfo.info_data.vlan_filtering)" 1
	expect_equal "$(vlans_of "$PORT")" "10Pu"
	asks three 10.9.0.13 10.9.0.12 network=blue,vlan=10
	asks four 10.9.0.14 10.9.0.11 network=blue
	asks five 10.9.0.15 10.9.0.12 network=blue
	wait_until 10 hears three
	wait_until 10 hears four
	expect_deaf five
	ip -n host link set vifbr0 type bridge vlan_filtering 0
	wait_until 10 is_filtering vifbr0
	end_standins
	expect_ok vif network stop blue
}

is_filtering() {
	[ "$(link "$1" .linkinfo.info_data.vlan_filtering)" = 1 ]
}
