# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# VLANs of ports: what of a guest's frames carries which tag on the wire, as a switch in another namespace sees it,
# and who reaches whom. The kernel needs no 8021q for it.

# shellcheck source=tests/harness/vlan.sh
. "$VIFD_SOURCE/tests/harness/vlan.sh"

usual() {
	need tcpdump
	usual_nics 2
	host_bridge host br1 eth2
	start_vifd
}

test_two_guests_of_one_vlan_meet_and_one_of_another_does_not() {
	local place port
	usual
	for place in dev=eth1,mode=bridge dev=eth1,mode=bridge,type=direct bridge=br1; do
		standin_start one 10.9.0.11 "$place,vlan=10"
		asks two 10.9.0.12 10.9.0.11 "$place,vlan=10"
		asks three 10.9.0.13 10.9.0.11 "$place,vlan=20"
		asks four 10.9.0.14 10.9.0.11 "$place"
		wait_until 5 hears two
		expect_deaf three
		expect_deaf four
		port=p1
		[ "$place" != bridge=br1 ] || port=p2
		expect_equal "$(tags_of 10.9.0.12 $port)" "vlan 10"
		expect_equal "$(tags_of 10.9.0.13 $port)" "vlan 20"
		expect_equal "$(tags_of 10.9.0.14 $port)" "bare"
		echo "# $place: vlan 10 meets vlan 10; vlan 20 and no vlan do not"
		end_standins
	done
}

# Across two NICs, through the world's switch, which knows nothing of VLANs and passes tags on.
test_a_vlan_reaches_over_the_wire() {
	usual
	standin_start one 10.9.0.11 dev=eth1,mode=bridge,vlan=10
	asks two 10.9.0.12 10.9.0.11 bridge=br1,vlan=10
	asks three 10.9.0.13 10.9.0.11 bridge=br1,vlan=11
	wait_until 5 hears two
	expect_deaf three
}

test_a_vlan_is_changed_while_the_guest_runs() {
	usual
	standin_start one 10.9.0.11 dev=eth1,mode=bridge,vlan=10
	asks two 10.9.0.12 10.9.0.11 dev=eth1,mode=bridge,vlan=20
	expect_deaf two
	expect_ok vif retarget "$PORT" dev=eth1,mode=bridge,vlan=10
	wait_until 5 hears two
	expect_match "*VLAN 10*" "$(vif security show "$PORT")"
}

test_a_vlan_outlives_the_nic_and_vifd() {
	usual
	standin_start one 10.9.0.11 dev=eth1,mode=bridge,vlan=10
	no_nic host eth1
	expect_state "$PORT" waiting
	kill_vifd
	start_vifd
	nic host eth1 world p1
	expect_on "$PORT" eth1
	asks two 10.9.0.12 10.9.0.11 dev=eth1,mode=bridge,vlan=10
	asks three 10.9.0.13 10.9.0.11 dev=eth1,mode=bridge
	wait_until 5 hears two
	expect_deaf three
}

test_a_portgroup_puts_its_guests_into_a_vlan() {
	usual
	cat >"$T/red.xml" <<-'END'
		<network>
		  <name>red</name>
		  <forward mode='bridge'><interface dev='eth1'/></forward>
		  <portgroup name='ten'><vlan><tag id='10'/></vlan></portgroup>
		  <portgroup name='twenty'><vlan><tag id='20'/></vlan></portgroup>
		</network>
	END
	expect_ok vif network define "$T/red.xml"
	expect_ok vif network start red
	standin_start one 10.9.0.11 network=red,portgroup=ten
	asks two 10.9.0.12 10.9.0.11 network=red,portgroup=ten
	asks three 10.9.0.13 10.9.0.11 network=red,portgroup=twenty
	wait_until 5 hears two
	expect_deaf three
}
