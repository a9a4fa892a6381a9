# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a bridge does with the ports on it: isolated ports, and a table of addresses that vifd fills.
#
# br1 is the host's bridge, with eth1 to the switch; br2 another one, with eth2. The network `fixed` is br1 with
# macTableManager=libvirt; the ports of the network `apart`, on br1 too, are isolated.

usual() {
	usual_nics 2
	host_bridge host br1 eth1
	host_bridge host br2
	start_vifd
	bridge_network fixed libvirt no
	bridge_network apart kernel yes
}

# bridge_network NAME MANAGER ISOLATED
bridge_network() {
	cat >"$T/$1.xml" <<-END
		<network>
		  <name>$1</name>
		  <forward mode='bridge'/>
		  <bridge name='br1' macTableManager='$2'/>
		  <port isolated='$3'/>
		</network>
	END
	expect_ok vif network define "$T/$1.xml"
	expect_ok vif network start "$1"
}

# interface FILE NUMBER BRIDGE ISOLATED: with the address 52:54:00:00:00:NUMBER.
interface() {
	cat >"$T/$1" <<-END
		<interface type='bridge'>
		  <mac address='52:54:00:00:00:$2'/>
		  <source bridge='$3'/>
		  <port isolated='$4'/>
		</interface>
	END
}

fixed_interface() {
	cat >"$T/$1" <<-END
		<interface type='network'>
		  <mac address='52:54:00:00:00:$2'/>
		  <source network='fixed'/>
		</interface>
	END
}

# port_flag PORT FLAG true|false: what the bridge does with it, as bridge(8) says.
port_flag() {
	ip netns exec "$HOST" bridge -d -j link show dev "$1" | jq -e ".[0].$2 == $3" >/dev/null
}

# has_entry BRIDGE PORT ADDRESS: a static one, in the bridge's table.
has_entry() {
	ip netns exec "$HOST" bridge -j fdb show br "$1" brport "$2" |
		jq -e --arg mac "$3" 'any(.[]; .mac == $mac and .state == "static")' >/dev/null
}

no_entry() {
	! has_entry "$@"
}

is_fixed() {
	port_flag "$1" learning false && port_flag "$1" flood false && has_entry br1 "$1" "$2"
}

is_usual() {
	port_flag "$1" learning true && port_flag "$1" flood true && port_flag "$1" isolated false
}

# How often the stand-in of that name has got an answer to what it asks all the time.
answers_to() {
	grep -c '^answer' "$T/standin/$1" || true
}

gets_answers() {
	[ "$(answers_to "$1")" -gt "$2" ]
}

test_isolated_ports_reach_the_others_but_not_each_other() {
	usual
	interface one.xml 01 br1 yes
	interface two.xml 02 br1 yes
	interface three.xml 03 br1 no
	standin_start two 10.9.0.12 "$T/two.xml"
	standin_start three 10.9.0.13 "$T/three.xml"
	standin_asks one 10.9.0.11 10.9.0.12 "$T/one.xml"
	standin_asks four 10.9.0.14 10.9.0.11 bridge=br1
	# Both are there and answer the world, and a port that is not isolated.
	expect_answer 10.9.0.11
	expect_answer 10.9.0.12
	wait_until 5 gets_answers four 10
	expect_equal "$(answers_to one)" 0
	standin_stop one
	standin_asks one 10.9.0.11 10.9.0.13 "$T/one.xml"
	wait_until 5 gets_answers one 10
}

test_an_isolated_port_is_isolated_again_whatever_happened() {
	usual
	interface one.xml 01 br1 yes
	standin_start one 10.9.0.11 "$T/one.xml"
	port_flag vif0 isolated true
	expect_json '.[0].isolated' ip netns exec host bridge -d -j link show dev vif0

	ip netns exec host bridge link set dev vif0 isolated off
	wait_until 5 port_flag vif0 isolated true
	ip -n host link set vif0 type bridge_slave isolated off learning off
	wait_until 5 port_flag vif0 isolated true
	wait_until 5 port_flag vif0 learning true

	ip -n host link del br1
	expect_state vif0 waiting "bridge br1 does not exist"
	host_bridge host br1 eth1
	expect_on_bridge vif0 br1
	wait_until 5 port_flag vif0 isolated true
	expect_answer 10.9.0.11

	kill_vifd
	ip netns exec host bridge link set dev vif0 isolated off
	start_vifd
	wait_until 5 port_flag vif0 isolated true
}

test_unknown_addresses_are_not_flooded_to_a_port_of_a_table_that_vifd_fills() {
	local usual fixed
	usual
	fixed_interface one.xml 01
	interface two.xml 02 br1 no
	standin_start two 10.9.0.12 "$T/two.xml"
	standin_start one 10.9.0.11 "$T/one.xml"
	is_fixed vif1 52:54:00:00:00:01
	is_usual vif0
	expect_answer 10.9.0.11
	expect_answer 10.9.0.12
	usual=$(sent_to vif0) fixed=$(sent_to vif1)
	# An address that nobody has, and that is not asked for.
	ip -n world neighbour replace 10.9.0.99 lladdr 52:54:00:00:00:99 dev br0
	ip netns exec world ping -q -c 20 -i 0.02 -W 0.2 10.9.0.99 >"$T/flood" || true
	[ $(($(sent_to vif0) - usual)) -ge 20 ] || fail "nothing is flooded to a usual port"
	[ $(($(sent_to vif1) - fixed)) -lt 10 ] || fail "unknown addresses are flooded to vif1"
	no_entry br1 vif0 52:54:00:00:00:02
	expect_equal "$(link br1 .linkinfo.info_data.vlan_filtering)" 0
}

# How many frames the bridge has sent to the guest.
sent_to() {
	ip -n "$HOST" -j -s link show dev "$1" | jq '.[0].stats64.tx.packets'
}

test_a_port_of_a_filled_table_is_so_again_whatever_happened() {
	usual
	fixed_interface one.xml 01
	standin_start one 10.9.0.11 "$T/one.xml"
	expect_answer 10.9.0.11
	is_fixed vif0 52:54:00:00:00:01

	ip netns exec host bridge link set dev vif0 learning on flood on
	wait_until 5 is_fixed vif0 52:54:00:00:00:01

	ip -n host link del br1
	expect_state vif0 waiting "bridge br1 does not exist"
	host_bridge host br1 eth1
	expect_on_bridge vif0 br1
	wait_until 5 is_fixed vif0 52:54:00:00:00:01
	expect_answer 10.9.0.11

	kill_vifd
	ip netns exec host bridge fdb del 52:54:00:00:00:01 dev vif0 master
	no_entry br1 vif0 52:54:00:00:00:01
	start_vifd
	wait_until 5 is_fixed vif0 52:54:00:00:00:01
	expect_answer 10.9.0.11
}

# The bridge, and the macvlan's interface, know nothing of what it was before.
test_a_port_that_moves_has_what_its_new_place_says() {
	usual
	fixed_interface one.xml 01
	standin_start one 10.9.0.11 "$T/one.xml"
	is_fixed vif0 52:54:00:00:00:01

	expect_ok vif retarget vif0 network=apart
	expect_on_bridge vif0 br1
	port_flag vif0 isolated true
	port_flag vif0 learning true
	port_flag vif0 flood true
	no_entry br1 vif0 52:54:00:00:00:01

	expect_ok vif retarget vif0 dev=eth2,mode=bridge
	expect_on vif0 eth2
	expect_answer 10.9.0.11

	expect_ok vif retarget vif0 bridge=br2
	expect_on_bridge vif0 br2
	is_usual vif0
	no_entry br2 vif0 52:54:00:00:00:01

	expect_ok vif retarget vif0 network=fixed
	expect_on_bridge vif0 br1
	is_fixed vif0 52:54:00:00:00:01
	expect_answer 10.9.0.11
}

# A host whose bridge br1 is the switch of `host`, by out1, with the network `relay` on it.
relay_host() {
	host host
	host relay
	use_host relay
	host_bridge relay br1
	ip -n relay link add out1 type veth peer name eth1 netns host
	ip -n host link set eth1 addrgenmode none up
	ip -n relay link set out1 addrgenmode none up
	bridge_port relay out1 br1
	cat >"$T/relay.xml" <<-END
		<network xmlns:vif='urn:vifd:1'>
		  <name>relay</name>
		  <forward mode='bridge'/>
		  <bridge name='br1'/>
		  <vif:reflective-relay/>
		  <vif:reflective-relay dev='out1'/>
		  <vif:reflective-relay dev='out2'/>
		</network>
	END
	start_vifd
	expect_ok vif network define "$T/relay.xml"
	use_host host
	start_vifd
}

test_guests_in_mode_vepa_reach_each_other_by_a_host_that_is_their_switch() {
	local before
	relay_host
	standin_start one 10.9.0.11 dev=eth1,mode=vepa
	standin_asks two 10.9.0.12 10.9.0.11 dev=eth1,mode=vepa
	use_host relay
	port_flag out1 hairpin false
	sleep 0.3
	expect_equal "$(answers_to two)" 0
	expect_ok vif network start relay
	expect_match "*br1 sends frames back to out1: *out2 is not a port of br1 now; *" "$OUT"
	wait_until 5 gets_answers two 10

	# Somebody's change does not last, nor does one while vifd is away.
	ip netns exec relay bridge link set dev out1 hairpin off
	wait_until 5 port_flag out1 hairpin true
	kill_vifd
	ip netns exec relay bridge link set dev out1 hairpin off
	start_vifd
	wait_until 5 port_flag out1 hairpin true
	# It leaves the bridge and returns; another one comes.
	ip -n relay link set out1 nomaster
	ip -n relay link set out1 master br1
	wait_until 5 port_flag out1 hairpin true
	ip -n relay link add out2 master br1 type veth peer name in2
	wait_until 5 port_flag out2 hairpin true
	before=$(answers_to two)
	wait_until 5 gets_answers two $((before + 10))

	# A guest's own port, for guests of a guest.
	plug network=relay
	port_flag "$PORT" hairpin true
	ip netns exec relay bridge link set dev "$PORT" hairpin off
	wait_until 5 port_flag "$PORT" hairpin true
	kill_vifd
	start_vifd
	port_flag "$PORT" hairpin true
	unplug "$PORT"

	expect_ok vif network stop relay
	port_flag out1 hairpin false
	port_flag out2 hairpin false
	use_host host
	standin_stop one
	standin_stop two
}
