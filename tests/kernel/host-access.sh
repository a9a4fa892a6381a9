# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# <vif:host-access>: the host among the guests that stand on its interface.
#
# eth1 has 10.9.0.2/24; the guests' part of that subnet is 10.9.0.192/27, and the host is 10.9.0.193 there.

access_network() {
	cat >"$T/lan.xml" <<-END
		<network xmlns:vif='urn:vifd:1'>
		  <name>lan</name>
		  <forward mode='bridge' dev='eth1'/>
		  $1
		</network>
	END
	expect_ok vif network define "$T/lan.xml"
}

usual() {
	usual_host 1
	ip -n host address add 10.9.0.2/24 dev eth1
	access_network "<vif:host-access address='10.9.0.193' prefix='27'/>"
}

has_address() {
	[ "$(ip -n host -j address show dev vifhost0 2>/dev/null | jq -r '.[0].addr_info[] | select(.family == "inet").local')" = 10.9.0.193 ]
}

reaches_guest() {
	on host ping -q -c 1 -W 1 10.9.0.200 >/dev/null
}

test_the_host_reaches_the_guests_on_its_interface() {
	usual
	access_network ""
	expect_ok vif network start lan
	standin_asks one 10.9.0.200 10.9.0.193 network=lan
	expect_answer 10.9.0.200
	expect_failure reaches_guest
	standin_stop one
	wait_until 5 is_without_ports host
	expect_ok vif network stop lan
	snapshot "$T/before"

	access_network "<vif:host-access address='10.9.0.193' prefix='27'/>"
	expect_ok vif network start lan
	expect_match "*the host is 10.9.0.193 on vifhost0, and reaches the guests that have an address of 10.9.0.192/27 by that*" "$OUT"
	standin_asks one 10.9.0.200 10.9.0.193 network=lan
	wait_until 5 reaches_guest
	wait_until 5 grep -q "answer from $(link vifhost0 .address | sed 's/:0/:/g')" "$T/standin/one"
	expect_equal "$(on host ip -j route get 10.9.0.200 | jq -r '.[0] | .dev + " " + .prefsrc')" "vifhost0 10.9.0.193"
	# The guest is still a machine of the world's, and so is the host, at its usual address.
	expect_answer 10.9.0.200
	ip -n world neighbour flush all
	expect_answer 10.9.0.2
	expect_equal "$(ip -n world -j neighbour show 10.9.0.2 | jq -r '.[0].lladdr')" "$(link eth1 .address)"
	expect_json '.["host-reaches"] == "yes"' vif check --json network=lan

	# What somebody takes away comes back.
	ip -n host address delete 10.9.0.193/27 dev vifhost0
	wait_until 5 has_address
	ip -n host link set vifhost0 down
	wait_until 5 reaches_guest
	ip -n host link delete vifhost0
	wait_until 5 reaches_guest
	kill_vifd
	ip -n host link delete vifhost0
	start_vifd
	wait_until 5 reaches_guest
	# And it goes and returns with its interface.
	no_nic host eth1
	wait_until 5 no_link vifhost0
	nic host eth1 world p1
	wait_until 5 reaches_guest
	standin_stop one
	wait_until 5 is_without_held_ports host
	expect_ok vif network stop lan
	no_link vifhost0
}

test_a_host_access_that_cannot_be_had_is_told() {
	usual
	access_network "<vif:host-access address='10.9.0.193' prefix='24'/>"
	expect_unchanged expect_error "network 'lan': its <vif:host-access address='10.9.0.193' prefix='24'> has the subnet that eth1 has too; a longer prefix, which holds the guests' addresses alone, leads to them" \
		vif network start lan
	access_network "<vif:host-access address='10.9.0.193' prefix='27'/>"
	host_bridge host br1 eth1
	expect_unchanged expect_error "network 'lan': eth1 cannot carry a macvlan: it is a port of bridge br1" \
		vif network start lan
	# Later it is waited for, and nothing is given up.
	ip -n host link set eth1 nomaster
	expect_ok vif network start lan
	has_address
	ip -n host link delete vifhost0
	wait_until 5 has_address
	# A device that no record explains is removed.
	kill_vifd
	rm "$T/host/run/networks/lan.xml"
	start_vifd
	wait_until 5 no_link vifhost0
}
