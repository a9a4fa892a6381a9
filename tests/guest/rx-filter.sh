# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A guest gives its NIC another address: its port has it too where the guest is trusted, and only there.

# address_is PORT MAC: of the device that has the guest's address on the host interface.
address_is() {
	[ "$(link "$(side_of "$1")" .address)" = "$2" ]
}

guest_set_address() {
	guest_run one "ip link set $1 down; ip link set $1 address $2; ip link set $1 up; ip neigh flush all" || fail "the guest has not set it"
}

test_the_address_that_a_guest_takes_is_followed_where_it_is_trusted() {
	local i
	usual_host 3
	vif monitor >"$T/events" &
	guest_start one host 10.9.0.11/24,10.9.0.12/24,10.9.0.13/24 \
		--nic dev=eth1,mode=bridge,type=direct,trust,mac=52:54:00:00:00:11 \
		--nic dev=eth2,mode=bridge,trust,security=mac,mac=52:54:00:00:00:12 \
		--nic dev=eth3,mode=bridge,security=mac,mac=52:54:00:00:00:13
	guest_wait one
	for i in 1 2 3; do
		guest_ping one 10.9.0.1 -I eth$((i - 1))
	done

	guest_set_address eth0 52:54:00:aa:00:11
	wait_until 10 address_is vif0 52:54:00:aa:00:11
	guest_ping one 10.9.0.1 -I eth0
	guest_set_address eth1 52:54:00:aa:00:12
	wait_until 10 address_is vif1 52:54:00:aa:00:12
	guest_ping one 10.9.0.1 -I eth1

	# What is not trusted keeps its address: what is sent with another one is dropped, and counted.
	guest_set_address eth2 52:54:00:aa:00:13
	guest_no_ping one "-I eth2 10.9.0.1"
	address_is vif2 52:54:00:00:00:13 || fail "the address of vif2 is another one"
	expect_json '[.dropped[] | select(.rule == "mac") | .frames > 0] == [true]' vif security show vif2 --json

	# Nor is an address followed that is another's.
	guest_set_address eth0 "$(link eth1 .address)"
	wait_until 10 grep -q "port vif0: its guest took the address .*, which eth1 has" "$T/events"
	address_is vif0 52:54:00:aa:00:11 || fail "vif0 has the address of eth1"

	# It outlives vifd and the host interface, and what was taken meanwhile is seen.
	kill_vifd
	guest_set_address eth1 52:54:00:bb:00:12
	start_vifd
	wait_until 10 address_is vif1 52:54:00:bb:00:12
	address_is vif0 52:54:00:aa:00:11 || fail "vif0 has another address"
	no_nic host eth2
	expect_state vif1 waiting
	nic host eth2 world p2
	expect_on vif1 eth2
	address_is vif1 52:54:00:bb:00:12 || fail "vif1 has another address"
	guest_ping one 10.9.0.1 -I eth1
}
