# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the four modes mean for the guests on one NIC: one with a live port, the other with a direct one.
#
#	mode		guest to guest, switch as usual		switch port in hairpin mode
#	bridge		yes, inside the host			yes
#	vepa		no					yes, by the switch
#	private		no					what needs no broadcast: those are dropped
#	passthrough	one guest only
#
# Every "no" stands beside a "yes" of the same guests (the switch answers them), so
# that it cannot come from a guest that is just dead.

two_guests() {
	local mode=$1
	usual_host 1
	guest_start one host 10.9.0.11/24 --nic "dev=eth1,mode=$mode,type=live"
	guest_start two host 10.9.0.12/24 --nic "dev=eth1,mode=$mode,type=direct"
	guest_wait one two
	guest_ping one 10.9.0.1
	guest_ping two 10.9.0.1
}

# How many of one's three broadcast pings arrive at two.
broadcasts_heard() {
	local before after
	before=$(guest_counter two Icmp InEchos)
	guest_run one "ping -q -c 3 -W 1 10.9.0.255" >/dev/null || true
	after=$(guest_counter two Icmp InEchos)
	echo $((after - before))
}

test_bridge_mode_guests_reach_each_other_and_the_switch() {
	two_guests bridge
	guest_ping one 10.9.0.12
	guest_ping two 10.9.0.11
	expect_equal "$(broadcasts_heard)" 3
}

test_vepa_guests_reach_each_other_only_through_a_reflecting_switch() {
	two_guests vepa
	guest_no_ping one 10.9.0.12
	expect_equal "$(broadcasts_heard)" 0
	hairpin world p1 on
	guest_ping one 10.9.0.12
	guest_ping two 10.9.0.11
	expect_equal "$(broadcasts_heard)" 3
	hairpin world p1 off
	guest_no_ping two 10.9.0.11
}

test_private_guests_do_not_reach_each_other() {
	local mac
	two_guests private
	guest_no_ping one 10.9.0.12
	expect_equal "$(broadcasts_heard)" 0

	# Not even when each knows the other's address, so that no broadcast is needed.
	for name in one two; do
		mac=$(guest_run $name "cat /sys/class/net/eth0/address")
		guest_run "$([ $name = one ] && echo two || echo one)" \
			"arp -s 10.9.0.1$([ $name = one ] && echo 1 || echo 2) $mac"
	done
	guest_no_ping one 10.9.0.12

	# Where the switch reflects, broadcasts are still dropped; what comes to a known address is not.
	hairpin world p1 on
	expect_equal "$(broadcasts_heard)" 0
	guest_ping one 10.9.0.12
}

test_passthrough_takes_the_nic_alone_for_a_live_port() {
	passthrough_alone live
}

test_passthrough_takes_the_nic_alone_for_a_direct_port() {
	passthrough_alone direct
}

passthrough_alone() {
	local nic_mac guest_mac
	usual_host 1
	nic_mac=$(link eth1 .address)
	guest_mac=52:54:00:0a:0b:0c
	guest_start one host 10.9.0.11/24 --nic "dev=eth1,mode=passthrough,mac=$guest_mac,type=$1"
	guest_wait one
	guest_ping one 10.9.0.1
	expect_equal "$(guest_run one 'cat /sys/class/net/eth0/address')" $guest_mac
	expect_equal "$(link eth1 .address)" $guest_mac

	expect_error "eth1 is taken alone (passthrough) by * (port of guest one)" \
		vif plug dev=eth1,mode=bridge
	expect_error "passthrough takes eth1 alone, but it already carries * (port of guest one)" \
		vif plug dev=eth1,mode=passthrough
	guest_ping one 10.9.0.1

	guest_stop one
	wait_until 5 is_without_ports host
	expect_equal "$(link eth1 .address)" "$nic_mac"
	expect_link eth1 '.promiscuity == 0'
	expect_link eth1 '.flags | index("UP") != null'
}
