# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a guest sees of its NICs.

small_host() {
	host host
	switch world
	nic host eth1 world p1
	start_vifd
}

test_a_tap_on_a_bridge_connects_its_guest() {
	host host
	switch world
	nic host eth1 world p1
	host_bridge host br1 eth1
	start_vifd
	guest_start one host 10.9.0.11/24 --nic bridge=br1
	guest_start two host 10.9.0.12/24 --nic bridge=br1
	guest_wait one two
	guest_ping one 10.9.0.1
	guest_ping one 10.9.0.12
	expect_equal "$(ip netns exec host bridge -j link | jq '[.[] | select(.master == "br1")] | length')" 3
}

test_a_guest_on_a_network_gets_what_the_network_says() {
	small_host
	cat >"$T/lab.xml" <<-END
		<network>
		  <name>lab</name>
		  <forward mode='bridge'><interface dev='eth1'/></forward>
		</network>
	END
	expect_ok vif network define "$T/lab.xml"
	expect_ok vif network start lab
	guest_start one host 10.9.0.11/24 --nic network=lab,mac=52:54:00:00:00:11
	guest_wait one
	guest_ping one 10.9.0.1
	expect_equal "$(guest_run one 'cat /sys/class/net/eth0/address')" 52:54:00:00:00:11
	expect_json '.[0] | .network == "lab" and .actual == "direct" and .mode == "bridge" and .dev == "eth1" and .guest == "one"' \
		vif list --json
}

test_a_guest_has_as_many_queues_as_asked() {
	small_host
	guest_start one host 10.9.0.11/24 --nic dev=eth1,mode=bridge,queues=2 -- -smp 2
	guest_wait one
	expect_equal "$(guest_run one 'ls /sys/class/net/eth0/queues | sort | xargs')" "rx-0 rx-1 tx-0 tx-1"
	expect_equal "$(guest_run one 'cat /sys/class/net/eth0/queues/tx-0/xps_cpus')" 1
	guest_ping one 10.9.0.1
}

test_a_tap_has_as_many_queues_as_asked() {
	small_host
	host_bridge host br1 eth1
	guest_start one host 10.9.0.11/24 --nic bridge=br1,queues=2 -- -smp 2
	guest_wait one
	expect_equal "$(guest_run one 'ls /sys/class/net/eth0/queues | sort | xargs')" "rx-0 rx-1 tx-0 tx-1"
	guest_ping one 10.9.0.1
}

test_a_guest_has_the_mtu_that_was_asked_for() {
	small_host
	ip -n world link set p1 mtu 9000
	ip -n world link set br0 mtu 9000
	ip -n host link set eth1 mtu 9000
	guest_start one host 10.9.0.11/24 --nic dev=eth1,mode=bridge,mtu=4000
	guest_start two host 10.9.0.12/24 --nic dev=eth1,mode=bridge
	guest_wait one two
	expect_equal "$(guest_run one 'cat /sys/class/net/eth0/mtu')" 4000
	expect_equal "$(guest_run two 'cat /sys/class/net/eth0/mtu')" 9000
	# 3972 and 28 bytes of headers: as large as passes in one piece.
	guest_ping one 10.9.0.1 -s 3972
	expect_equal "$(guest_counter one Ip FragCreates)" 0
	guest_ping two 10.9.0.1 -s 8972
}

test_a_guest_with_two_nics_talks_on_both() {
	host host
	switch red 10.9.0.1/24
	switch blue 10.8.0.1/24
	nic host eth1 red p1
	nic host eth2 blue p1
	start_vifd
	guest_start one host 10.9.0.11/24,10.8.0.11/24 --nic dev=eth1,mode=bridge --nic dev=eth2,mode=private
	guest_wait one
	guest_ping one 10.9.0.1
	guest_ping one 10.8.0.1
}
