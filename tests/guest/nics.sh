# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a guest sees of its NICs.

test_a_tap_on_a_bridge_connects_its_guest() {
	usual_nics 1
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
	usual_host 1
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
	local nic
	host host
	switch red 10.9.0.1/24
	switch blue 10.8.0.1/24
	switch green 10.7.0.1/24
	nic host eth1 red p1
	nic host eth2 blue p1
	nic host eth3 green p1
	host_bridge host br1 eth3
	start_vifd
	guest_start one host 10.9.0.11/24,10.8.0.11/24,10.7.0.11/24 --nic dev=eth1,mode=bridge,queues=2 \
		--nic dev=eth2,mode=bridge,queues=2,type=direct --nic bridge=br1,queues=2 -- -smp 2
	guest_wait one
	for nic in eth0 eth1 eth2; do
		expect_equal "$(guest_run one "ls /sys/class/net/$nic/queues | sort | xargs")" "rx-0 rx-1 tx-0 tx-1"
		expect_equal "$(guest_run one "cat /sys/class/net/$nic/queues/tx-0/xps_cpus")" 1
	done
	guest_ping one 10.9.0.1
	guest_ping one 10.8.0.1
	guest_ping one 10.7.0.1
}

test_a_guest_has_the_mtu_that_was_asked_for() {
	usual_host 1
	ip -n world link set p1 mtu 9000
	ip -n world link set br0 mtu 9000
	ip -n host link set eth1 mtu 9000
	# Each guest has one NIC with an MTU of its own and one with the host interface's; two of the four are live.
	guest_start one host 10.9.0.11/24,- --nic dev=eth1,mode=bridge,mtu=4000 --nic dev=eth1,mode=bridge,type=direct
	guest_start two host 10.9.0.12/24,- --nic dev=eth1,mode=bridge --nic dev=eth1,mode=bridge,mtu=4000,type=direct
	guest_wait one two
	expect_equal "$(guest_run one 'cat /sys/class/net/eth?/mtu | xargs')" "4000 9000"
	expect_equal "$(guest_run two 'cat /sys/class/net/eth?/mtu | xargs')" "9000 4000"
	# 3972 and 28 bytes of headers: as large as passes in one piece.
	guest_ping one 10.9.0.1 -s 3972
	guest_ping two 10.9.0.1 -s 8972
	guest_run one "ip address flush dev eth0; ip address add 10.9.0.11/24 dev eth1"
	guest_run two "ip address flush dev eth0; ip address add 10.9.0.12/24 dev eth1"
	guest_ping one 10.9.0.1 -s 8972
	guest_ping two 10.9.0.1 -s 3972
	for name in one two; do
		expect_equal "$(guest_counter $name Ip FragCreates)" 0
	done
}

test_a_guest_with_two_nics_talks_on_both() {
	host host
	switch red 10.9.0.1/24
	switch blue 10.8.0.1/24
	nic host eth1 red p1
	nic host eth2 blue p1
	start_vifd
	guest_start one host 10.9.0.11/24,10.8.0.11/24 --nic dev=eth1,mode=bridge --nic dev=eth2,mode=private,type=direct
	guest_wait one
	guest_ping one 10.9.0.1
	guest_ping one 10.8.0.1
}
