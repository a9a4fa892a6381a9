# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A guest that takes other addresses than its own, with what every system has: ip(8) inside of it. It is heard with its own,
# before and after.

# hostile_guest SPEC: a guest on that, which may send from 10.9.0.11 only.
hostile_guest() {
	usual_nics 2
	host_bridge host br1 eth2
	start_vifd
	guest_start one host 10.9.0.11/24 --nic "$1,mac=52:54:00:00:00:01,security=10.9.0.11"
	guest_wait one
}

set_mac() {
	guest_run one "ip link set eth0 down; ip link set eth0 address $1; ip link set eth0 up"
}

# What it says is in the world's neighbour table if it came out.
expect_unheard() {
	ip -n world neigh flush all
	guest_no_ping one 10.9.0.1
	expect_equal "$(ip -n world neigh show nud reachable nud stale nud delay nud probe)" ""
}

tries_all() {
	guest_ping one 10.9.0.1
	guest_run one "ip address del 10.9.0.11/24 dev eth0 && ip address add 10.9.0.99/24 dev eth0"
	expect_unheard
	guest_run one "ip address del 10.9.0.99/24 dev eth0 && ip address add 10.9.0.11/24 dev eth0"
	guest_ping one 10.9.0.1
	set_mac 52:54:00:00:00:99
	expect_unheard
	set_mac 52:54:00:00:00:01
	guest_ping one 10.9.0.1
	vif show --json vif0 | jq -e '[.dropped[].rule] | index("mac") and index("arp")' >/dev/null ||
		fail "$(vif security show vif0)"
	guest_stop one
	wait_until 5 is_without_ports host
}

test_a_guest_on_a_live_port_is_heard_with_its_own_addresses_only() {
	hostile_guest dev=eth1,mode=bridge
	tries_all
}

test_a_guest_on_a_direct_port_is_heard_with_its_own_addresses_only() {
	hostile_guest dev=eth1,mode=bridge,type=direct
	tries_all
}

test_a_guest_on_a_bridge_is_heard_with_its_own_addresses_only() {
	hostile_guest bridge=br1
	tries_all
}

# It gets one from the network's DHCP server, and then that is its own.
test_a_guest_that_may_use_what_it_is_given() {
	usual_host 1
	expect_ok vif network define --default
	expect_ok vif network start default
	guest_start one host - --nic network=default,mac=52:54:00:00:00:01,security=learn
	guest_wait one
	guest_run one "ip address add 192.168.122.77/24 dev eth0"
	guest_no_ping one 192.168.122.1
	guest_run one "ip address del 192.168.122.77/24 dev eth0; udhcpc -i eth0 -n -q -t 10 -T 1 -s /etc/udhcpc/default.script" >"$T/dhcp" ||
		fail "no lease: $(<"$T/dhcp")"
	guest_ping one 192.168.122.1
	expect_match "*learned*192.168.122.*" "$(vif security show vif0)"
	guest_stop one
	wait_until 5 no_link vif0
	expect_ok vif network stop default
}
