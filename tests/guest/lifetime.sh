# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Guests that end, and a vifd that ends before them.

guest_on_eth1() {
	usual_nics 1
	snapshot "$T/empty"
	start_vifd
	guest_start one host 10.9.0.11/24,- --nic dev=eth1,mode=bridge --nic dev=eth1,mode=bridge,type=direct --nic ethernet
	guest_wait one
	guest_ping one 10.9.0.1
	expect_equal "$(our_links | xargs)" "vif0 vif0-0 vif1 vif2"
}

test_a_killed_vmm_takes_its_devices_along_within_a_second() {
	guest_on_eth1
	kill -KILL "${GUEST_PID[one]}"
	wait_until 1 is_without_ports host
	guest_kill one
	expect_json 'length == 0' vif list --json
}

test_a_guest_that_powers_off_releases_its_ports() {
	guest_on_eth1
	guest_run one 'poweroff -f &' || true
	wait_until 10 is_without_ports host
	guest_stop one
}

test_a_guest_does_not_notice_that_vifd_was_killed() {
	guest_on_eth1
	guest_run one 'ping -q -c 30 -i 0.1 -W 1 10.9.0.1 >/tmp/ping 2>&1 &'
	kill_vifd
	sleep 1
	start_vifd
	wait_until 10 guest_run one 'grep -q "packet loss" /tmp/ping'
	guest_run one 'grep -q "30 packets received" /tmp/ping' || fail "$(guest_run one 'cat /tmp/ping')"
	expect_json 'length == 3 and all(.state == "connected" and .guest == "one")' vif list --json

	# And it is still the one that cleans up.
	guest_kill one
	wait_until 1 is_without_ports host
}

test_ports_of_guests_that_ended_while_vifd_was_away_are_released_at_its_start() {
	guest_on_eth1
	kill_vifd
	guest_kill one
	# The taps have gone with their last fds; what stands on the NIC has not.
	expect_equal "$(our_links | xargs)" "vif0-0 vif1"
	start_vifd
	wait_until 5 is_without_ports host
	expect_json 'length == 0' vif list --json
}
